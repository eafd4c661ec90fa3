//! A plain interpreter, written for comparison: it steps through the operators of the binary one by
//! one and takes a tick before each, just as the rule says. Slow, and simple enough to be believed.

use koinos_vm::{Host, Import, Outcome, Run, Trap};
use wasmparser::{BlockType, ElementItems, Operator, Parser, Payload, TypeRef, ValType};

const PAGE: usize = 65_536;

/// A module taken apart by an independent reader, with the state of one execution.
pub(crate) struct Naive<'w> {
    types: Vec<(usize, usize)>,
    /// For equality of types: parameters and results.
    signatures: Vec<(Vec<ValType>, Vec<ValType>)>,
    imports: Vec<Import>,
    func_types: Vec<u32>,
    bodies: Vec<Body<'w>>,
    table: Vec<Option<u32>>,
    pub(crate) memory: Option<Vec<u8>>,
    max_pages: u64,
    pub(crate) globals: Vec<u64>,
    start: Option<u32>,
}

struct Body<'w> {
    locals: usize,
    ops: Vec<Operator<'w>>,
    /// For a block, loop, if, or else: where its `else` (if any) and its `end` are.
    ends: Vec<(Option<usize>, usize)>,
}

struct Label {
    /// Where a branch goes.
    target: usize,
    height: usize,
    arity: usize,
}

struct Frame {
    body: usize,
    pc: usize,
    locals: Vec<u64>,
    stack: Vec<u64>,
    labels: Vec<Label>,
    results: usize,
}

enum Stop {
    Trap(Trap),
    Host(&'static str),
    OutOfTicks,
}

impl<'w> Naive<'w> {
    /// Reads and instantiates a module that is known to be valid.
    pub(crate) fn new(wasm: &'w [u8]) -> Self {
        let mut this = Self {
            types: Vec::new(),
            signatures: Vec::new(),
            imports: Vec::new(),
            func_types: Vec::new(),
            bodies: Vec::new(),
            table: Vec::new(),
            memory: None,
            max_pages: 512,
            globals: Vec::new(),
            start: None,
        };
        for payload in Parser::new(0).parse_all(wasm) {
            this.payload(payload.unwrap());
        }
        this
    }

    fn payload(&mut self, payload: Payload<'w>) {
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    let ty = ty.unwrap();
                    self.types.push((ty.params().len(), ty.results().len()));
                    self.signatures.push((ty.params().to_vec(), ty.results().to_vec()));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.unwrap();
                    let TypeRef::Func(ty) = import.ty else { panic!("only functions") };
                    self.imports.push(match import.name {
                        "invoke_thunk" => Import::InvokeThunk,
                        _ => Import::InvokeSystemCall,
                    });
                    self.func_types.push(ty);
                }
            }
            Payload::FunctionSection(funcs) => {
                self.func_types.extend(funcs.into_iter().map(Result::unwrap));
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.table = vec![None; table.unwrap().ty.initial as usize];
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory.unwrap();
                    self.max_pages = memory.maximum.unwrap_or(512);
                    self.memory = Some(vec![0; memory.initial as usize * PAGE]);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let op = global.unwrap().init_expr.get_operators_reader().read().unwrap();
                    self.globals.push(constant(&op));
                }
            }
            Payload::ExportSection(exports) => {
                let exports = exports.into_iter().map(Result::unwrap);
                self.start = exports
                    .filter(|export| export.kind == wasmparser::ExternalKind::Func)
                    .find(|export| export.name == "_start")
                    .map(|export| export.index);
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element.unwrap();
                    let wasmparser::ElementKind::Active { offset_expr, .. } = element.kind else {
                        panic!("only active segments")
                    };
                    let at = constant(&offset_expr.get_operators_reader().read().unwrap());
                    let ElementItems::Functions(funcs) = element.items else { panic!("functions") };
                    for (index, func) in funcs.into_iter().enumerate() {
                        self.table[at as usize + index] = Some(func.unwrap());
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(Body::new(&body)),
            Payload::DataSection(data) => {
                for data in data {
                    let data = data.unwrap();
                    let wasmparser::DataKind::Active { offset_expr, .. } = data.kind else {
                        panic!("only active segments")
                    };
                    let at = constant(&offset_expr.get_operators_reader().read().unwrap());
                    let at = at as usize;
                    let memory = self.memory.as_mut().unwrap();
                    memory[at..at + data.data.len()].copy_from_slice(data.data);
                }
            }
            _ => {}
        }
    }

    /// Runs `_start` with a budget.
    pub(crate) fn start(
        &mut self,
        host: &mut impl Host<Error = &'static str>,
        mut ticks: i64,
    ) -> Run<&'static str> {
        let body = self.start.unwrap() as usize - self.imports.len();
        let mut frames = vec![self.frame(body, Vec::new())];
        let outcome = loop {
            ticks -= 1;
            if ticks < 0 {
                break Outcome::OutOfTicks;
            }
            match self.step(&mut frames, host, &mut ticks) {
                Ok(()) if frames.is_empty() => break Outcome::Finished,
                Ok(()) => {}
                Err(Stop::Trap(trap)) => break Outcome::Trap(trap),
                Err(Stop::Host(error)) => break Outcome::Host(error),
                Err(Stop::OutOfTicks) => break Outcome::OutOfTicks,
            }
        };
        Run { outcome, ticks_left: ticks }
    }

    fn frame(&self, body: usize, mut locals: Vec<u64>) -> Frame {
        let Body { locals: declared, ops, .. } = &self.bodies[body];
        locals.resize(locals.len() + declared, 0);
        let results = self.types[self.func_types[self.imports.len() + body] as usize].1;
        let body_label = Label { target: ops.len() - 1, height: 0, arity: results };
        Frame { body, pc: 0, locals, stack: Vec::new(), labels: vec![body_label], results }
    }

    fn call(
        &mut self,
        frames: &mut Vec<Frame>,
        func: u32,
        host: &mut impl Host<Error = &'static str>,
        ticks: &mut i64,
    ) -> Result<(), Stop> {
        if frames.len() + 251 >= 2048 {
            return Err(Stop::Trap(Trap::CallDepth));
        }
        let caller = frames.last_mut().unwrap();
        let params = self.types[self.func_types[func as usize] as usize].0;
        let args = caller.stack.split_off(caller.stack.len() - params);
        if let Some(&import) = self.imports.get(func as usize) {
            let args = std::array::from_fn(|index| args[index] as u32);
            let result = host.call(import, args, self.memory.as_deref_mut(), ticks);
            caller.stack.push(u64::from(result.map_err(Stop::Host)? as u32));
            return Ok(());
        }
        let callee = self.frame(func as usize - self.imports.len(), args);
        frames.push(callee);
        Ok(())
    }

    fn step(
        &mut self,
        frames: &mut Vec<Frame>,
        host: &mut impl Host<Error = &'static str>,
        ticks: &mut i64,
    ) -> Result<(), Stop> {
        use Operator::*;
        let frame = frames.last_mut().unwrap();
        let at = frame.pc;
        let body = &self.bodies[frame.body];
        let op = body.ops[at].clone();
        let (other, end) = body.ends[at];
        frame.pc += 1;
        let trap = |trap| Err(Stop::Trap(trap));
        match op {
            Unreachable => return trap(Trap::Unreachable),
            Nop => {}
            Block { blockty } => frame.open(end + 1, arity(blockty)),
            Loop { .. } => frame.open(at, 0),
            If { blockty } => {
                if frame.pop() as u32 != 0 {
                    frame.open(end + 1, arity(blockty));
                } else if let Some(other) = other {
                    frame.open(end + 1, arity(blockty));
                    frame.pc = other + 1;
                } else {
                    frame.pc = end + 1;
                }
            }
            Else => {
                frame.labels.pop();
                frame.pc = end + 1;
            }
            End => {
                frame.labels.pop();
                if frame.labels.is_empty() {
                    let frame = frames.pop().unwrap();
                    let result = frame.stack.last().copied().filter(|_| frame.results > 0);
                    if let Some(caller) = frames.last_mut() {
                        caller.stack.extend(result);
                    }
                }
            }
            Br { relative_depth } => frame.branch(relative_depth),
            BrIf { relative_depth } => {
                if frame.pop() as u32 != 0 {
                    frame.branch(relative_depth);
                }
            }
            BrTable { targets } => {
                let index = frame.pop() as u32;
                let target = targets.targets().nth(index as usize).map(Result::unwrap);
                frame.branch(target.unwrap_or(targets.default()));
            }
            Return => frame.branch(frame.labels.len() as u32 - 1),
            Call { function_index } => return self.call(frames, function_index, host, ticks),
            CallIndirect { type_index, .. } => {
                let index = frame.pop() as u32 as usize;
                let Some(entry) = self.table.get(index) else { return trap(Trap::TableBounds) };
                let Some(func) = *entry else { return trap(Trap::NullElement) };
                let actual = &self.signatures[self.func_types[func as usize] as usize];
                if *actual != self.signatures[type_index as usize] {
                    return trap(Trap::IndirectType);
                }
                return self.call(frames, func, host, ticks);
            }
            Drop => {
                frame.pop();
            }
            Select => {
                let (condition, second, first) = (frame.pop(), frame.pop(), frame.pop());
                frame.stack.push(if condition as u32 != 0 { first } else { second });
            }
            LocalGet { local_index } => frame.stack.push(frame.locals[local_index as usize]),
            LocalSet { local_index } => frame.locals[local_index as usize] = frame.pop(),
            LocalTee { local_index } => {
                frame.locals[local_index as usize] = *frame.stack.last().unwrap();
            }
            GlobalGet { global_index } => frame.stack.push(self.globals[global_index as usize]),
            GlobalSet { global_index } => self.globals[global_index as usize] = frame.pop(),
            MemorySize { .. } => {
                frame.stack.push((self.memory.as_ref().unwrap().len() / PAGE) as u64);
            }
            MemoryGrow { .. } => {
                let pages = u64::from(frame.pop() as u32);
                *ticks -= pages as i64;
                if *ticks < 0 {
                    return Err(Stop::OutOfTicks);
                }
                let memory = self.memory.as_mut().unwrap();
                let old = (memory.len() / PAGE) as u64;
                let grown = old + pages <= self.max_pages;
                if grown {
                    memory.resize((old + pages) as usize * PAGE, 0);
                }
                frame.stack.push(if grown { old } else { u64::from(u32::MAX) });
            }
            I32Const { value } => frame.stack.push(u64::from(value as u32)),
            I64Const { value } => frame.stack.push(value as u64),
            ref op if access(op).is_some() => {
                let Some((offset, width, store)) = access(op) else { return Ok(()) };
                let value = if store { frame.pop() } else { 0 };
                let address = u64::from(frame.pop() as u32) + offset;
                let memory = self.memory.as_mut().unwrap();
                if address + width as u64 > memory.len() as u64 {
                    return trap(Trap::MemoryBounds);
                }
                let place = &mut memory[address as usize..][..width];
                if store {
                    place.copy_from_slice(&value.to_le_bytes()[..width]);
                } else {
                    let mut bytes = [0; 8];
                    bytes[..width].copy_from_slice(place);
                    frame.stack.push(extend(op, u64::from_le_bytes(bytes)));
                }
            }
            op => {
                if let Some(result) = unary(&op, *frame.stack.last().unwrap_or(&0)) {
                    frame.pop();
                    frame.stack.push(result);
                    return Ok(());
                }
                let [.., left, right] = frame.stack[..] else {
                    return trap(Trap::FloatingPoint);
                };
                let result = binary(&op, left, right).map_err(Stop::Trap)?;
                frame.stack.truncate(frame.stack.len() - 2);
                frame.stack.push(result);
            }
        }
        Ok(())
    }
}

impl Frame {
    fn pop(&mut self) -> u64 {
        self.stack.pop().unwrap()
    }

    fn open(&mut self, target: usize, arity: usize) {
        self.labels.push(Label { target, height: self.stack.len(), arity });
    }

    /// Branches to the function's label go to its final `end`, which takes that label.
    fn branch(&mut self, depth: u32) {
        let index = self.labels.len() - 1 - depth as usize;
        let Label { target, height, arity } = self.labels[index];
        self.labels.truncate(index.max(1));
        let values = self.stack.split_off(self.stack.len() - arity);
        self.stack.truncate(height);
        self.stack.extend(values);
        self.pc = target;
    }
}

impl<'w> Body<'w> {
    fn new(body: &wasmparser::FunctionBody<'w>) -> Self {
        let locals = body.get_locals_reader().unwrap().into_iter();
        let locals = locals.map(|group| group.unwrap().0 as usize).sum();
        let ops: Vec<_> = body.get_operators_reader().unwrap().into_iter().collect();
        let ops: Vec<Operator<'w>> = ops.into_iter().map(Result::unwrap).collect();
        let mut ends = vec![(None, 0); ops.len()];
        let mut open: Vec<usize> = Vec::new();
        for (at, op) in ops.iter().enumerate() {
            match op {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                    open.push(at);
                }
                Operator::Else => ends[*open.last().unwrap()].0 = Some(at),
                Operator::End => {
                    if let Some(block) = open.pop() {
                        ends[block].1 = at;
                        if let Some(other) = ends[block].0 {
                            ends[other].1 = at;
                        }
                    }
                }
                _ => {}
            }
        }
        Self { locals, ops, ends }
    }
}

fn arity(ty: BlockType) -> usize {
    usize::from(ty != BlockType::Empty)
}

fn constant(op: &Operator<'_>) -> u64 {
    match op {
        Operator::I32Const { value } => u64::from(*value as u32),
        Operator::I64Const { value } => *value as u64,
        Operator::F32Const { value } => u64::from(value.bits()),
        Operator::F64Const { value } => value.bits(),
        other => panic!("not a constant: {other:?}"),
    }
}

/// Offset, width, and whether it is a store, of an integer memory access.
fn access(op: &Operator<'_>) -> Option<(u64, usize, bool)> {
    use Operator::*;
    let (memarg, width, store) = match op {
        I32Load8S { memarg } | I32Load8U { memarg } => (memarg, 1, false),
        I64Load8S { memarg } | I64Load8U { memarg } => (memarg, 1, false),
        I32Load16S { memarg } | I32Load16U { memarg } => (memarg, 2, false),
        I64Load16S { memarg } | I64Load16U { memarg } => (memarg, 2, false),
        I32Load { memarg } | I64Load32S { memarg } | I64Load32U { memarg } => (memarg, 4, false),
        I64Load { memarg } => (memarg, 8, false),
        I32Store8 { memarg } | I64Store8 { memarg } => (memarg, 1, true),
        I32Store16 { memarg } | I64Store16 { memarg } => (memarg, 2, true),
        I32Store { memarg } | I64Store32 { memarg } => (memarg, 4, true),
        I64Store { memarg } => (memarg, 8, true),
        _ => return None,
    };
    Some((memarg.offset, width, store))
}

/// What a load makes of the loaded bytes.
fn extend(op: &Operator<'_>, value: u64) -> u64 {
    use Operator::*;
    match op {
        I32Load8S { .. } => u64::from(value as i8 as u32),
        I32Load16S { .. } => u64::from(value as i16 as u32),
        I64Load8S { .. } => value as i8 as u64,
        I64Load16S { .. } => value as i16 as u64,
        I64Load32S { .. } => value as i32 as u64,
        _ => value,
    }
}

fn unary(op: &Operator<'_>, value: u64) -> Option<u64> {
    use Operator::*;
    let low = value as u32;
    Some(match op {
        I32Eqz => u64::from(low == 0),
        I64Eqz => u64::from(value == 0),
        I32Clz => u64::from(low.leading_zeros()),
        I32Ctz => u64::from(low.trailing_zeros()),
        I32Popcnt => u64::from(low.count_ones()),
        I64Clz => u64::from(value.leading_zeros()),
        I64Ctz => u64::from(value.trailing_zeros()),
        I64Popcnt => u64::from(value.count_ones()),
        I32WrapI64 => u64::from(low),
        I64ExtendI32S => low as i32 as u64,
        I64ExtendI32U => u64::from(low),
        _ => return None,
    })
}

fn binary(op: &Operator<'_>, left: u64, right: u64) -> Result<u64, Trap> {
    use Operator::*;
    let (l, r) = (left as u32, right as u32);
    let (ls, rs) = (l as i32, r as i32);
    let (left_s, right_s) = (left as i64, right as i64);
    let divide = |zero: bool, result: Option<u64>| {
        if zero { Err(Trap::DivideByZero) } else { result.ok_or(Trap::IntegerOverflow) }
    };
    Ok(match op {
        I32Eq => u64::from(l == r),
        I32Ne => u64::from(l != r),
        I32LtS => u64::from(ls < rs),
        I32LtU => u64::from(l < r),
        I32GtS => u64::from(ls > rs),
        I32GtU => u64::from(l > r),
        I32LeS => u64::from(ls <= rs),
        I32LeU => u64::from(l <= r),
        I32GeS => u64::from(ls >= rs),
        I32GeU => u64::from(l >= r),
        I64Eq => u64::from(left == right),
        I64Ne => u64::from(left != right),
        I64LtS => u64::from(left_s < right_s),
        I64LtU => u64::from(left < right),
        I64GtS => u64::from(left_s > right_s),
        I64GtU => u64::from(left > right),
        I64LeS => u64::from(left_s <= right_s),
        I64LeU => u64::from(left <= right),
        I64GeS => u64::from(left_s >= right_s),
        I64GeU => u64::from(left >= right),
        I32Add => u64::from(l.wrapping_add(r)),
        I32Sub => u64::from(l.wrapping_sub(r)),
        I32Mul => u64::from(l.wrapping_mul(r)),
        I32DivS => divide(r == 0, ls.checked_div(rs).map(|value| u64::from(value as u32)))?,
        I32DivU => divide(r == 0, l.checked_div(r).map(u64::from))?,
        I32RemS => divide(r == 0, (r != 0).then(|| u64::from(ls.wrapping_rem(rs) as u32)))?,
        I32RemU => divide(r == 0, l.checked_rem(r).map(u64::from))?,
        I32And => u64::from(l & r),
        I32Or => u64::from(l | r),
        I32Xor => u64::from(l ^ r),
        I32Shl => u64::from(l << (r % 32)),
        I32ShrS => u64::from((ls >> (r % 32)) as u32),
        I32ShrU => u64::from(l >> (r % 32)),
        I32Rotl => u64::from(l.rotate_left(r % 32)),
        I32Rotr => u64::from(l.rotate_right(r % 32)),
        I64Add => left.wrapping_add(right),
        I64Sub => left.wrapping_sub(right),
        I64Mul => left.wrapping_mul(right),
        I64DivS => divide(right == 0, left_s.checked_div(right_s).map(|value| value as u64))?,
        I64DivU => divide(right == 0, left.checked_div(right))?,
        I64RemS => divide(right == 0, (right != 0).then(|| left_s.wrapping_rem(right_s) as u64))?,
        I64RemU => divide(right == 0, left.checked_rem(right))?,
        I64And => left & right,
        I64Or => left | right,
        I64Xor => left ^ right,
        I64Shl => left << (right % 64),
        I64ShrS => (left_s >> (right % 64)) as u64,
        I64ShrU => left >> (right % 64),
        I64Rotl => left.rotate_left((right % 64) as u32),
        I64Rotr => left.rotate_right((right % 64) as u32),
        _ => return Err(Trap::FloatingPoint),
    })
}
