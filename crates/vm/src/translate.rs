//! Builds the register code of one function body.
//!
//! The operand stack of WebAssembly is followed symbolically: an operand is in its own register
//! (one per stack height), or still a local or a constant that nobody had to move yet. So
//! `local.get`, `local.set` and constants mostly vanish into the operands of other instructions.
//!
//! Two rules keep this right. Where paths meet, every operand is in its own register: blocks
//! begin with [`Translator::settle`]. And before a local changes, operands that still name it are
//! moved to their registers. At most [`PENDING`] operands may wait unmoved, so that the search for
//! them is bounded and translation takes time linear in the size of the body.

mod blocks;

use std::collections::HashMap;

use crate::ir::{Code, Instr, Op};
use blocks::Label;

/// How many operands may be left unmoved.
const PENDING: usize = 16;

/// Where the value of an operand is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// In the register of its stack height.
    Own,
    /// In this register, a local.
    Local(u32),
    /// Nowhere yet; an i32 is extended by its sign.
    Const(i64),
}

/// How a comparison of two operands is done with registers and constants.
#[derive(Clone, Copy)]
pub(crate) struct Compare {
    /// With two registers ...
    pub(crate) registers: Op,
    /// ... whether these change sides.
    pub(crate) swap: bool,
    /// With a constant at the right.
    pub(crate) constant: Op,
    /// With the constant of the left moved to the right.
    pub(crate) mirrored: Op,
}

/// The registers of the locals.
enum Locals {
    /// Each at its index.
    Direct,
    /// Parameters at their index, others from there on as they come into use. For bodies that
    /// declare more locals than they could ever name: a few bytes can declare 2^32 - 1.
    Sparse { params: u32, named: HashMap<u32, u32>, next: u32 },
}

/// The translation of a function body under way.
pub(crate) struct Translator<'c> {
    code: &'c mut Code,
    entry: u32,
    locals: Locals,
    /// The register of the lowest operand.
    first_operand: u32,
    operands: Vec<Value>,
    /// All operands below this height are in their own registers.
    settled: usize,
    max_height: usize,
    labels: Vec<Label>,
    /// The run that is being built; none in dead code.
    run: Option<usize>,
    /// Ticks of the run so far.
    ticks: u32,
    /// Whether the last instruction does nothing but set register `a`, and which it is.
    definition: Option<usize>,
    /// Blocks opened in dead code.
    dead_blocks: usize,
}

impl<'c> Translator<'c> {
    /// Begins a body of `body_len` bytes, which bounds how many locals and operands it can name.
    pub(crate) fn new(
        code: &'c mut Code,
        params: usize,
        declared: u32,
        has_result: bool,
        body_len: usize,
    ) -> Self {
        let (params, body_len) = (params as u32, body_len as u32);
        let entry = code.instrs.len() as u32;
        let (first_operand, locals) = if declared <= body_len {
            (params + declared, Locals::Direct)
        } else {
            let named = HashMap::new();
            (params + body_len, Locals::Sparse { params, named, next: params })
        };
        let mut translator = Self {
            code,
            entry,
            locals,
            first_operand,
            operands: Vec::new(),
            settled: 0,
            max_height: 0,
            labels: vec![Label::body(has_result)],
            run: None,
            ticks: 0,
            definition: None,
            dead_blocks: 0,
        };
        translator.begin_run();
        if declared > 0 {
            // The end is set when all locals in use are known.
            translator.emit(Op::Zero, params, params, 0);
        }
        translator
    }

    /// Whether the code at this point can be reached.
    pub(crate) fn is_live(&self) -> bool {
        self.run.is_some()
    }

    /// Counts an instruction, if it can be reached.
    pub(crate) fn tick(&mut self) {
        self.ticks += 1;
    }

    // Runs and instructions.

    fn position(&self) -> u32 {
        self.code.instrs.len() as u32
    }

    fn emit(&mut self, op: Op, a: u32, b: u32, c: u32) {
        self.definition = None;
        self.code.instrs.push(Instr::new(op, a, b, c));
        // The ticks spent, until the end of the run tells how many are left.
        self.code.unspent.push(self.ticks);
    }

    /// Ends the run before this point, and begins the next one.
    fn begin_run(&mut self) -> u32 {
        if let Some(run) = self.run {
            if self.ticks == 0 && run + 1 == self.code.instrs.len() {
                return run as u32;
            }
            self.end_run();
        }
        let run = self.position();
        self.ticks = 0;
        self.emit(Op::Run, 0, 0, 0);
        self.run = Some(run as usize);
        run
    }

    /// Ends the run; what follows is dead until a run begins.
    fn end_run(&mut self) {
        let Some(run) = self.run.take() else { return };
        self.code.instrs[run].a = self.ticks;
        for spent in &mut self.code.unspent[run..] {
            *spent = self.ticks - *spent;
        }
    }

    // Operands.

    fn own_register(&self, height: usize) -> u32 {
        self.first_operand + height as u32
    }

    fn push(&mut self, value: Value) {
        self.operands.push(value);
        self.max_height = self.max_height.max(self.operands.len());
        if self.operands.len() - self.settled > PENDING {
            self.move_to_own(self.settled);
            self.settled += 1;
        }
    }

    /// Takes the top operand and the height it stood at.
    fn pop(&mut self) -> (Value, usize) {
        debug_assert!(!self.operands.is_empty(), "validation precedes translation");
        let value = self.operands.pop().unwrap_or(Value::Own);
        let height = self.operands.len();
        self.settled = self.settled.min(height);
        (value, height)
    }

    /// The register of a value taken from the given height.
    fn register(&mut self, (value, height): (Value, usize)) -> u32 {
        match value {
            Value::Own => self.own_register(height),
            Value::Local(register) => register,
            Value::Const(_) => {
                let register = self.own_register(height);
                self.emit_move(register, value, height);
                register
            }
        }
    }

    /// Sets a register to a value that stands at the given height.
    fn emit_move(&mut self, to: u32, value: Value, height: usize) {
        match value {
            Value::Own => self.emit(Op::Copy, to, self.own_register(height), 0),
            Value::Local(from) => self.emit(Op::Copy, to, from, 0),
            Value::Const(bits) => self.emit(Op::Const, to, bits as u32, (bits >> 32) as u32),
        }
    }

    fn move_to_own(&mut self, height: usize) {
        let value = self.operands[height];
        if value != Value::Own {
            self.emit_move(self.own_register(height), value, height);
            self.operands[height] = Value::Own;
        }
    }

    /// Moves all operands from a height on to their own registers.
    fn settle_from(&mut self, height: usize) {
        for height in height.max(self.settled)..self.operands.len() {
            self.move_to_own(height);
        }
    }

    /// Moves all operands to their own registers.
    fn settle(&mut self) {
        self.settle_from(0);
        self.settled = self.operands.len();
    }

    /// Emits an instruction that sets register `a` and does nothing else, and pushes that.
    fn define(&mut self, op: Op, b: u32, c: u32) {
        let position = self.code.instrs.len();
        let register = self.own_register(self.operands.len());
        self.emit(op, register, b, c);
        self.push(Value::Own);
        if position + 1 == self.code.instrs.len() {
            self.definition = Some(position);
        }
    }

    /// The last instruction, if it does nothing but set the own register of a height.
    fn definition_at(&self, height: usize) -> Option<usize> {
        let register = self.own_register(height);
        self.definition.filter(|&position| self.code.instrs[position].a == register)
    }

    // Variables, constants, arithmetic, memory.

    pub(crate) fn constant(&mut self, value: i64) {
        self.push(Value::Const(value));
    }

    pub(crate) fn drop_operand(&mut self) {
        self.pop();
    }

    fn local(&mut self, index: u32) -> u32 {
        match &mut self.locals {
            Locals::Sparse { params, named, next } if index >= *params => {
                *named.entry(index).or_insert_with(|| {
                    *next += 1;
                    *next - 1
                })
            }
            _ => index,
        }
    }

    pub(crate) fn local_get(&mut self, index: u32) {
        let register = self.local(index);
        self.push(Value::Local(register));
    }

    pub(crate) fn local_set(&mut self, index: u32) {
        self.assign(index);
    }

    pub(crate) fn local_tee(&mut self, index: u32) {
        let value = self.assign(index);
        self.push(value);
    }

    /// Moves the top operand to a local, and says where its value is now.
    fn assign(&mut self, index: u32) -> Value {
        let register = self.local(index);
        let (value, height) = self.pop();
        if value == Value::Local(register) {
            return value;
        }
        let waiting = self.settled..self.operands.len();
        let definition = self.definition_at(height).filter(|_| value == Value::Own);
        for height in waiting {
            if self.operands[height] == Value::Local(register) {
                self.move_to_own(height);
            }
        }
        match definition {
            // Nothing was emitted behind the defining instruction: let it set the local itself.
            Some(position) if position + 1 == self.code.instrs.len() => {
                self.code.instrs[position].a = register;
                self.definition = None;
                Value::Local(register)
            }
            _ => {
                self.emit_move(register, value, height);
                value
            }
        }
    }

    pub(crate) fn global_get(&mut self, global: u32) {
        self.define(Op::GlobalGet, global, 0);
    }

    pub(crate) fn global_set(&mut self, global: u32) {
        let value = self.pop();
        let register = self.register(value);
        self.emit(Op::GlobalSet, global, register, 0);
    }

    pub(crate) fn load(&mut self, op: Op, offset: u32) {
        let address = self.pop();
        let address = self.register(address);
        self.define(op, address, offset);
    }

    pub(crate) fn store(&mut self, op: Op, offset: u32) {
        let value = self.pop();
        let address = self.pop();
        let value = self.register(value);
        let address = self.register(address);
        self.emit(op, address, value, offset);
    }

    pub(crate) fn memory_size(&mut self) {
        self.define(Op::MemorySize, 0, 0);
    }

    /// Ends the run: the ticks for pages are taken from an exact counter.
    pub(crate) fn memory_grow(&mut self) {
        let pages = self.pop();
        let pages = self.register(pages);
        self.define(Op::MemoryGrow, pages, 0);
        self.begin_run();
    }

    pub(crate) fn unary(&mut self, op: Op) {
        let operand = self.pop();
        let register = self.register(operand);
        self.define(op, register, 0);
    }

    /// Reading the lower half is all there is to it.
    pub(crate) fn wrap(&mut self) {
        if let Some(Value::Const(value)) = self.operands.last_mut() {
            *value = i64::from(*value as i32);
        }
    }

    /// An operation of two operands, with its form for a constant at the right, if any.
    pub(crate) fn binary(&mut self, op: Op, constant: Option<Op>, commutative: bool) {
        let (mut right, mut left) = (self.pop(), self.pop());
        if commutative && matches!(left.0, Value::Const(_)) {
            std::mem::swap(&mut left, &mut right);
        }
        match (constant, small_constant(right.0)) {
            (Some(op), Some(value)) => {
                let left = self.register(left);
                self.define(op, left, value);
            }
            _ => {
                let left = self.register(left);
                let right = self.register(right);
                self.define(op, left, right);
            }
        }
    }

    /// Subtraction of a constant is addition of its negative.
    pub(crate) fn subtract(&mut self) {
        if let Some(Value::Const(value)) = self.operands.last_mut() {
            let negative = value.wrapping_neg();
            if i32::try_from(negative).is_ok() {
                *value = negative;
                return self.binary(Op::Add, Some(Op::AddImm), false);
            }
        }
        self.binary(Op::Sub, None, false);
    }

    pub(crate) fn compare(&mut self, compare: Compare) {
        let (right, left) = (self.pop(), self.pop());
        if let Some(value) = small_constant(right.0) {
            let left = self.register(left);
            self.define(compare.constant, left, value);
        } else if let Some(value) = small_constant(left.0) {
            let right = self.register(right);
            self.define(compare.mirrored, right, value);
        } else {
            let (left, right) = (self.register(left), self.register(right));
            let (b, c) = if compare.swap { (right, left) } else { (left, right) };
            self.define(compare.registers, b, c);
        }
    }

    /// `eqz`, given as the comparison for equality with a constant.
    pub(crate) fn is_zero(&mut self, equal: Op) {
        let operand = self.pop();
        let register = self.register(operand);
        self.define(equal, register, 0);
    }

    pub(crate) fn select(&mut self) {
        let (condition, second, first) = (self.pop(), self.pop(), self.pop());
        let first = self.register(first);
        let second = self.register(second);
        let condition = self.register(condition);
        let result = self.own_register(self.operands.len());
        self.emit(Op::Select, result, first, second);
        self.emit(Op::Word, condition, 0, 0);
        self.push(Value::Own);
    }
}

/// A constant that fits the 32 bits of an instruction.
fn small_constant(value: Value) -> Option<u32> {
    match value {
        Value::Const(value) => i32::try_from(value).ok().map(|value| value as u32),
        _ => None,
    }
}
