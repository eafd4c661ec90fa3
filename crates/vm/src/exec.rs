//! The interpreter of the register code: direct threaded, each instruction holding the address of
//! its handler (see [`crate::ops`]), which ends by calling the handler of the next one.
//!
//! An optimising compiler makes these last calls jumps, so that the thread's stack does not grow;
//! `build.rs` tells by `cfg(tail_calls)` whether it does. Otherwise handlers return to a loop.
//!
//! A run's ticks are taken when it is entered. If they exceed the budget, the part of the run that
//! the budget still pays for is executed from a copy that ends in [`Op::OutOfTicks`]: the same
//! instructions by the same handlers, without a check at each of them.

use crate::error::Trap;
use crate::host::{Host, Import, Outcome, Run};
use crate::ir::{Body, Code, Instr, Op};
use crate::memory::Memory;
use crate::module::Module;
use crate::raw::{Position, View, Window};
use crate::{MAX_DEPTH, MAX_STACK_VALUES};

/// Registers to begin with; more are taken when calls nest.
const FIRST_REGISTERS: usize = 512;

/// Frames to begin with.
const FIRST_FRAMES: usize = 16;

/// What to execute, and under which rules.
pub(crate) struct Activation {
    /// Index of the body.
    pub(crate) body: u32,
    /// The call depth it begins at.
    pub(crate) depth: u32,
    /// Ticks for each page that `memory.grow` asks for.
    pub(crate) page_ticks: i64,
}

/// The code of an instruction. The parameters are the parts of a [`Machine`], which fit the
/// registers that calls pass arguments in.
pub(crate) type Handler = fn(Position, Window, View, i64, &mut Context<'_>);

/// What a running execution needs, except for the parts that are at hand in every handler.
pub(crate) struct Context<'c> {
    pub(crate) module: &'c Module,
    memory: Option<&'c mut Memory>,
    pub(crate) globals: &'c mut [u64],
    host: &'c mut dyn HostCalls,
    page_ticks: i64,
    stack: Vec<u64>,
    /// Where the window of the running function begins in the stack.
    base: usize,
    /// The callers of the running function are the first `depth` of these.
    frames: Vec<Frame>,
    depth: usize,
    max_depth: usize,
    last_run: Option<LastRun>,
    /// The host function to call, and the length of the stack to make, when it comes to that.
    import: Import,
    wanted: usize,
    end: End,
    #[cfg(not(tail_calls))]
    next: Option<(Position, Window, View, i64)>,
}

/// A caller.
#[derive(Clone, Copy)]
struct Frame {
    /// Where it goes on.
    position: Position,
    /// Where its window begins.
    base: usize,
}

/// How an execution ended.
struct End {
    outcome: Outcome<()>,
    ticks: i64,
}

/// A host whose errors are put aside.
trait HostCalls {
    fn call(
        &mut self,
        import: Import,
        args: [u32; 6],
        memory: Option<&mut [u8]>,
        ticks: &mut i64,
    ) -> Option<i32>;
}

struct Keeper<'h, H: Host> {
    host: &'h mut H,
    error: Option<H::Error>,
}

impl<H: Host> HostCalls for Keeper<'_, H> {
    fn call(
        &mut self,
        import: Import,
        args: [u32; 6],
        memory: Option<&mut [u8]>,
        ticks: &mut i64,
    ) -> Option<i32> {
        self.host.call(import, args, memory, ticks).map_err(|error| self.error = Some(error)).ok()
    }
}

/// The affordable part of a run that exceeds the budget.
struct LastRun {
    /// Its instructions without [`Op::Run`], then [`Op::OutOfTicks`].
    instrs: Vec<Instr>,
    /// Where the first of them stands in the code.
    first: usize,
    /// The ticks of the whole run.
    ticks: u32,
}

impl LastRun {
    fn new(code: &Code, run: usize, budget: i64) -> Self {
        let (ticks, first) = (code.instrs[run].a, run + 1);
        let mut instrs: Vec<Instr> = code.instrs[first..]
            .iter()
            .zip(&code.unspent[first..])
            .take_while(|(instr, unspent)| {
                instr.op != Op::Run && i64::from(ticks - **unspent) <= budget
            })
            .map(|(instr, _)| *instr)
            .collect();
        instrs.push(Instr::new(Op::OutOfTicks, 0, 0, 0));
        Self { instrs, first, ticks }
    }
}

/// Runs a body of a module whose `memory` and `globals` are given, until it ends.
pub(crate) fn run<H: Host>(
    module: &Module,
    memory: Option<&mut Memory>,
    globals: &mut [u64],
    host: &mut H,
    activation: Activation,
    ticks: i64,
) -> Run<H::Error> {
    let mut keeper = Keeper { host, error: None };
    let end = execute(module, memory, globals, &mut keeper, activation, ticks);
    let outcome = match (end.outcome, keeper.error) {
        (_, Some(error)) => Outcome::Host(error),
        (Outcome::Trap(trap), _) => Outcome::Trap(trap),
        (Outcome::OutOfTicks, _) => Outcome::OutOfTicks,
        (Outcome::Finished | Outcome::Host(()), _) => Outcome::Finished,
    };
    Run { outcome, ticks_left: end.ticks }
}

fn execute(
    module: &Module,
    mut memory: Option<&mut Memory>,
    globals: &mut [u64],
    host: &mut dyn HostCalls,
    activation: Activation,
    ticks: i64,
) -> End {
    if ticks < 0 {
        return End { outcome: Outcome::OutOfTicks, ticks: ticks.saturating_sub(1) };
    }
    let body = module.code.bodies[activation.body as usize];
    let registers = body.registers as usize;
    if registers > MAX_STACK_VALUES {
        return End { outcome: Outcome::Trap(Trap::StackExhausted), ticks };
    }
    let mut stack = vec![0; FIRST_REGISTERS.max(registers)];
    // SAFETY: windows are made anew whenever the stack is replaced or the base changes. The stack
    // holds the registers of the body, here and at each call, and bodies stay inside (`raw`, 1).
    let window = unsafe { Window::new(&mut stack, 0) };
    // SAFETY: the code belongs to the module, which outlives the execution. Bodies are entered at
    // their entry and stay inside (`raw`, 2).
    let position = unsafe { Position::new(&module.code.instrs, body.entry as usize) };
    // SAFETY: the view is made anew after each growth and each call of the host, which are all
    // else that accesses the memory.
    let view = unsafe { View::new(memory.as_deref_mut()) };
    let mut context = Context {
        module,
        memory,
        globals,
        host,
        page_ticks: activation.page_ticks,
        stack,
        base: 0,
        frames: vec![Frame { position, base: 0 }; FIRST_FRAMES],
        depth: 0,
        // Calls that may nest below the first function.
        max_depth: MAX_DEPTH.saturating_sub(activation.depth + 1) as usize,
        last_run: None,
        import: Import::InvokeThunk,
        wanted: 0,
        end: End { outcome: Outcome::Finished, ticks },
        #[cfg(not(tail_calls))]
        next: None,
    };
    Machine { position, window, view, ticks, context: &mut context }.go_on();
    #[cfg(not(tail_calls))]
    while let Some((position, window, view, ticks)) = context.next.take() {
        (position.instr().handler)(position, window, view, ticks, &mut context);
    }
    context.end
}

/// The state of an execution in a handler: the position is that of the running instruction.
pub(crate) struct Machine<'m, 'c> {
    pub(crate) position: Position,
    pub(crate) window: Window,
    pub(crate) view: View,
    pub(crate) ticks: i64,
    pub(crate) context: &'m mut Context<'c>,
}

impl Machine<'_, '_> {
    /// Executes the instruction at the position.
    #[inline(always)]
    pub(crate) fn go_on(self) {
        let Self { position, window, view, ticks, context } = self;
        #[cfg(tail_calls)]
        (position.instr().handler)(position, window, view, ticks, context);
        #[cfg(not(tail_calls))]
        {
            context.next = Some((position, window, view, ticks));
        }
    }

    /// Leaves the rest to another handler. What is rare, or needs registers of the processor of
    /// its own, is set apart by this, and so costs the common way nothing.
    #[inline(always)]
    fn become_handler(self, handler: Handler) {
        let Self { position, window, view, ticks, context } = self;
        handler(position, window, view, ticks, context);
    }

    /// The register that the second word of the instruction names.
    #[inline(always)]
    pub(crate) fn second_word(&self) -> u32 {
        self.position.jump(1).instr().a
    }

    /// Executes the following instruction.
    #[inline(always)]
    pub(crate) fn next(mut self) {
        self.position = self.position.jump(1);
        self.go_on();
    }

    /// Enters the run a distance behind the following instruction.
    #[inline(always)]
    pub(crate) fn branch(mut self, distance: u32) {
        self.position = self.position.jump(1).jump(distance);
        self.enter();
    }

    /// Enters the run at the position.
    #[inline(always)]
    pub(crate) fn enter(mut self) {
        let left = self.ticks - i64::from(self.position.instr().a);
        if left < 0 {
            return self.become_handler(ENTER_LAST_RUN);
        }
        self.ticks = left;
        self.next();
    }

    /// Ends the execution with the counter as it is.
    pub(crate) fn end(self, outcome: Outcome<()>) {
        self.context.end = End { outcome, ticks: self.ticks };
    }

    /// Ends the execution at the running instruction.
    #[inline(always)]
    pub(crate) fn trap(self, trap: Trap) {
        self.context.end.outcome = Outcome::Trap(trap);
        self.become_handler(END_WITH_TRAP);
    }

    /// Calls a body with its window beginning at register `first`.
    #[inline(always)]
    pub(crate) fn call(mut self, body: Body, first: u32) {
        let context = &mut *self.context;
        let base = context.base + first as usize;
        let end = base + body.registers as usize;
        if context.depth >= context.frames.len() || end > context.stack.len() {
            context.wanted = end;
            return self.become_handler(MAKE_ROOM);
        }
        context.frames[context.depth] =
            Frame { position: self.position.jump(1), base: context.base };
        context.depth += 1;
        context.base = base;
        // SAFETY: as for the first window; the registers of the body are reserved.
        self.window = unsafe { Window::new(&mut context.stack, base) };
        // SAFETY: as for the first position.
        self.position = unsafe { Position::new(&context.module.code.instrs, body.entry as usize) };
        self.enter();
    }

    /// Returns to the caller.
    #[inline(always)]
    pub(crate) fn ret(mut self) {
        let context = &mut *self.context;
        let Some(depth) = context.depth.checked_sub(1) else {
            return self.end(Outcome::Finished);
        };
        let Frame { position, base } = context.frames[depth];
        context.depth = depth;
        context.base = base;
        // SAFETY: as for the first window; the caller's registers are still reserved.
        self.window = unsafe { Window::new(&mut context.stack, base) };
        self.position = position;
        self.enter();
    }

    /// Calls the host with the arguments beginning at register `a`.
    #[inline(always)]
    pub(crate) fn call_host(self, import: Import) {
        self.context.import = import;
        self.become_handler(CALL_HOST);
    }
}

/// A handler: what to do with the machine `$m` and the instruction `$i`.
macro_rules! handler {
    (|$m:ident, $i:ident| $body:expr) => {{
        fn handler(
            position: $crate::raw::Position,
            window: $crate::raw::Window,
            view: $crate::raw::View,
            ticks: i64,
            context: &mut $crate::exec::Context<'_>,
        ) {
            #[allow(unused_mut, reason = "few handlers change more than registers")]
            let mut $m = $crate::exec::Machine { position, window, view, ticks, context };
            let $i = $m.position.instr();
            $body
        }
        handler
    }};
}
pub(crate) use handler;

/// Enters a run that exceeds the budget.
const ENTER_LAST_RUN: Handler = handler!(|m, _i| {
    m.position = m.context.last_run(m.position, m.ticks);
    m.go_on()
});

/// Gives back the ticks of the instructions behind the one that trapped.
const END_WITH_TRAP: Handler = handler!(|m, _i| {
    let code = &m.context.module.code;
    m.context.end.ticks = match &m.context.last_run {
        None => m.ticks + i64::from(code.unspent[m.position.index_in(&code.instrs)]),
        Some(last) => {
            let index = last.first + m.position.index_in(&last.instrs);
            m.ticks - i64::from(last.ticks - code.unspent[index])
        }
    };
});

/// Makes room for a call that lacks it and repeats the calling instruction, or traps.
const MAKE_ROOM: Handler = handler!(|m, _i| {
    let context = &mut *m.context;
    if context.depth >= context.max_depth {
        return m.trap(Trap::CallDepth);
    }
    if context.wanted > MAX_STACK_VALUES {
        return m.trap(Trap::StackExhausted);
    }
    context.make_room(m.position);
    // SAFETY: as for the first window; the running function's registers were copied.
    m.window = unsafe { Window::new(&mut context.stack, context.base) };
    m.go_on()
});

const CALL_HOST: Handler = handler!(|m, i| {
    if m.context.depth >= m.context.max_depth {
        return m.trap(Trap::CallDepth);
    }
    m.context.end.ticks = m.ticks;
    if !m.context.call_host(m.window, i.a) {
        return;
    }
    m.ticks = m.context.end.ticks;
    // SAFETY: as for the first view.
    m.view = unsafe { View::new(m.context.memory.as_deref_mut()) };
    m.branch(0)
});

/// `memory.grow`, whose ticks for pages are taken first.
pub(crate) const MEMORY_GROW: Handler = handler!(|m, i| {
    let pages = m.window.get(i.b) as u32;
    m.ticks -= i64::from(pages) * m.context.page_ticks;
    if m.ticks < 0 {
        return m.end(Outcome::OutOfTicks);
    }
    let grown = m.context.grow_memory(pages);
    // SAFETY: as for the first view.
    m.view = unsafe { View::new(m.context.memory.as_deref_mut()) };
    m.window.set(i.a, u64::from(grown));
    m.branch(0)
});

/// What handlers have others do for them: a function that lends its own variables to another one
/// cannot end in a jump.
impl Context<'_> {
    /// Prepares what the budget allows of a run, and returns where that begins.
    #[inline(never)]
    fn last_run(&mut self, run: Position, budget: i64) -> Position {
        let code = &self.module.code;
        let last = LastRun::new(code, run.index_in(&code.instrs), budget);
        let last = self.last_run.insert(last);
        // SAFETY: the copy is not touched any more until the execution ends. It contains no
        // branch, and its last instruction ends the execution.
        unsafe { Position::new(&last.instrs, 0) }
    }

    /// Enlarges what a call found too small.
    #[inline(never)]
    fn make_room(&mut self, position: Position) {
        if self.depth == self.frames.len() {
            let len = (2 * self.depth).min(self.max_depth);
            self.frames.resize(len, Frame { position, base: 0 });
        }
        if self.wanted > self.stack.len() {
            let len = self.wanted.max(2 * self.stack.len()).min(MAX_STACK_VALUES);
            let mut stack = vec![0; len];
            stack[..self.stack.len()].copy_from_slice(&self.stack);
            self.stack = stack;
        }
    }

    /// Calls the host, which may change the counter in `end`; false if that ends the execution.
    #[inline(never)]
    fn call_host(&mut self, window: Window, first: u32) -> bool {
        let args = std::array::from_fn(|index| window.get(first + index as u32) as u32);
        let memory = self.memory.as_deref_mut().map(Memory::bytes_mut);
        let ticks = &mut self.end.ticks;
        let Some(result) = self.host.call(self.import, args, memory, ticks) else {
            self.end.outcome = Outcome::Host(());
            return false;
        };
        window.set(first, u64::from(result as u32));
        if *ticks < 0 {
            *ticks = ticks.saturating_sub(1);
            self.end.outcome = Outcome::OutOfTicks;
            return false;
        }
        true
    }

    #[inline(never)]
    fn grow_memory(&mut self, pages: u32) -> u32 {
        self.memory.as_deref_mut().and_then(|memory| memory.grow(pages)).unwrap_or(u32::MAX)
    }
}
