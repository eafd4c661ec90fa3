//! Blocks, branches, and calls: where runs end and paths meet.

use super::{Locals, Translator, Value};
use crate::ir::{Body, Instr, Op, Target};

/// A branch whose target is not yet known.
#[derive(Clone, Copy)]
enum Patch {
    Instr(u32),
    Table { entry: u32, branch: u32 },
}

/// A block that was entered by live code.
pub(super) struct Label {
    /// For a loop, the run that branches go to.
    loop_run: Option<u32>,
    /// Operands below the block.
    height: usize,
    has_result: bool,
    /// The branch of an `if` to its other side, while that side has not begun.
    to_else: Option<u32>,
    /// Branches to the end of the block.
    to_end: Vec<Patch>,
}

impl Label {
    /// The label of a function's body, which lies below all others.
    pub(super) fn body(has_result: bool) -> Self {
        Self { loop_run: None, height: 0, has_result, to_else: None, to_end: Vec::new() }
    }
}

impl Translator<'_> {
    // Traps and calls.

    /// An instruction that always traps.
    pub(crate) fn trap(&mut self, op: Op) {
        self.emit(op, 0, 0, 0);
        self.end_run();
    }

    pub(crate) fn call(&mut self, op: Op, callee: u32, params: usize, has_result: bool) {
        let base = self.operands.len() - params;
        self.settle_from(base);
        self.emit(op, self.own_register(base), callee, 0);
        self.after_call(base, has_result);
    }

    pub(crate) fn call_indirect(&mut self, type_id: u32, params: usize, has_result: bool) {
        let index = self.pop();
        let base = self.operands.len() - params;
        self.settle_from(base);
        let index = self.register(index);
        self.emit(Op::CallIndirect, self.own_register(base), index, type_id);
        self.after_call(base, has_result);
    }

    /// The callee's window lies over its arguments; its result takes the place of the first.
    fn after_call(&mut self, base: usize, has_result: bool) {
        self.operands.truncate(base);
        self.settled = self.settled.min(base);
        self.begin_run();
        if has_result {
            self.push(Value::Own);
        }
    }

    // Blocks and branches.

    fn open(&mut self, loop_run: Option<u32>, has_result: bool, to_else: Option<u32>) {
        let height = self.operands.len();
        self.labels.push(Label { loop_run, height, has_result, to_else, to_end: Vec::new() });
    }

    pub(crate) fn block(&mut self, has_result: bool) {
        if !self.is_live() {
            self.dead_blocks += 1;
            return;
        }
        self.settle();
        self.open(None, has_result, None);
    }

    /// The `loop` instruction belongs to the run that branches go to: each round is charged it.
    pub(crate) fn begin_loop(&mut self, has_result: bool) {
        if !self.is_live() {
            self.dead_blocks += 1;
            return;
        }
        self.settle();
        let run = self.begin_run();
        self.tick();
        self.open(Some(run), has_result, None);
    }

    pub(crate) fn begin_if(&mut self, has_result: bool) {
        if !self.is_live() {
            self.dead_blocks += 1;
            return;
        }
        let (_, otherwise) = self.pop_condition();
        self.settle();
        let branch = self.position();
        self.emit(otherwise.op, otherwise.a, otherwise.b, 0);
        self.begin_run();
        self.open(None, has_result, Some(branch));
    }

    /// Reaching `else` costs its tick, already counted, and goes behind the end.
    pub(crate) fn turn_to_else(&mut self) {
        if self.dead_blocks > 0 {
            return;
        }
        let innermost = self.labels.len() - 1;
        if self.is_live() {
            self.settle();
            self.emit_branch(innermost);
        }
        let height = self.labels[innermost].height;
        self.operands.truncate(height);
        self.settled = height;
        let run = self.begin_run();
        if let Some(branch) = self.labels[innermost].to_else.take() {
            self.patch(Patch::Instr(branch), run);
        }
    }

    /// The `end` of a block inside the body. Falling through it costs a tick; branches and the
    /// false side of an `if` without `else` go behind it.
    pub(crate) fn end_block(&mut self) {
        if self.dead_blocks > 0 {
            self.dead_blocks -= 1;
            return;
        }
        let Some(label) = self.labels.pop() else { return };
        if self.is_live() {
            self.settle();
            self.tick();
        }
        if label.to_else.is_some() || !label.to_end.is_empty() {
            let run = self.begin_run();
            self.patch_all(&label, run);
        }
        self.leave_block(&label);
    }

    /// Leaves on the stack what a block found there, and its result.
    fn leave_block(&mut self, label: &Label) {
        self.operands.truncate(label.height);
        self.settled = label.height;
        if label.has_result {
            self.push(Value::Own);
        }
    }

    /// The `end` of the body. Branches to it are charged its tick.
    pub(crate) fn finish(mut self) {
        if let Some(label) = self.labels.pop() {
            if !label.to_end.is_empty() {
                if self.is_live() {
                    self.settle();
                }
                let run = self.begin_run();
                self.patch_all(&label, run);
                self.leave_block(&label);
            }
            if self.is_live() {
                self.emit_return(label.has_result);
            }
        }
        let zero = &mut self.code.instrs[self.entry as usize + 1];
        if zero.op == Op::Zero {
            zero.b = match &self.locals {
                Locals::Direct => self.first_operand,
                Locals::Sparse { next, .. } => *next,
            };
        }
        // One more than needed, for a result that comes without any operand.
        let registers = self.first_operand + self.max_height as u32 + 1;
        self.code.bodies.push(Body { entry: self.entry, registers });
    }

    /// Leaves the function through its final `end`.
    fn emit_return(&mut self, has_result: bool) {
        self.tick();
        if has_result {
            let value = self.pop();
            let register = self.register(value);
            self.emit(Op::ReturnValue, register, 0, 0);
        } else {
            self.emit(Op::Return, 0, 0, 0);
        }
        self.end_run();
    }

    pub(crate) fn return_now(&mut self) {
        self.emit_return(self.labels[0].has_result);
    }

    pub(crate) fn br(&mut self, depth: u32) {
        let index = self.label_index(depth);
        if index == 0 {
            return self.return_now();
        }
        self.carry_value(index);
        self.emit_branch(index);
    }

    fn label_index(&self, depth: u32) -> usize {
        self.labels.len() - 1 - depth as usize
    }

    /// Whether a branch to a label carries a value.
    fn carries_value(&self, index: usize) -> bool {
        self.labels[index].has_result && self.labels[index].loop_run.is_none()
    }

    /// Moves the value that a branch carries to where the label expects it.
    fn carry_value(&mut self, index: usize) {
        if !self.carries_value(index) {
            return;
        }
        let (value, height) = self.pop();
        let wanted = self.labels[index].height;
        if (value, height) != (Value::Own, wanted) {
            self.emit_move(self.own_register(wanted), value, height);
        }
    }

    /// Goes to a label whatever happens; what follows is dead.
    fn emit_branch(&mut self, index: usize) {
        let last = self.code.instrs.len() - 1;
        let Instr { op, a, b, c, .. } = self.code.instrs[last];
        // The usual end of a loop: count up and go round again.
        if op == Op::AddImm && a == b {
            self.code.instrs[last] = Instr::new(Op::IncBr, a, c, 0);
            self.code.unspent[last] = self.ticks;
        } else {
            self.emit(Op::Br, 0, 0, 0);
        }
        self.aim(index, Patch::Instr(self.position() - 1));
        self.end_run();
    }

    pub(crate) fn br_if(&mut self, depth: u32) {
        let index = self.label_index(depth);
        let (taken, otherwise) = self.pop_condition();
        if self.carries_value(index) {
            let top = self.operands.len() - 1;
            if top != self.labels[index].height {
                return self.br_if_moving(index, otherwise);
            }
            self.move_to_own(top);
        }
        let branch = self.position();
        self.emit(taken.op, taken.a, taken.b, 0);
        self.aim(index, Patch::Instr(branch));
        self.begin_run();
    }

    /// A conditional branch whose value has to be moved when it is taken.
    fn br_if_moving(&mut self, index: usize, otherwise: Instr) {
        let around = self.position();
        self.emit(otherwise.op, otherwise.a, otherwise.b, 0);
        self.begin_run();
        let top = self.operands.len() - 1;
        let register = self.own_register(self.labels[index].height);
        self.emit_move(register, self.operands[top], top);
        self.emit_branch(index);
        let run = self.begin_run();
        self.patch(Patch::Instr(around), run);
    }

    pub(crate) fn br_table(&mut self, depths: &[u32], default: u32) {
        let index = self.pop();
        let index = self.register(index);
        let has_value = self.carries_value(self.label_index(default));
        let value = if has_value {
            let value = self.pop();
            Some(self.register(value))
        } else {
            None
        };
        let branch = self.position();
        let first = self.code.targets.len() as u32;
        let op = if has_value { Op::BrTableValue } else { Op::BrTable };
        self.emit(op, index, first, depths.len() as u32);
        if let Some(register) = value {
            self.emit(Op::Word, register, 0, 0);
        }
        for &depth in depths.iter().chain([&default]) {
            let label = self.label_index(depth);
            let value = self.own_register(self.labels[label].height);
            let entry = self.code.targets.len() as u32;
            self.code.targets.push(Target { distance: 0, value });
            self.aim(label, Patch::Table { entry, branch });
        }
        self.end_run();
    }

    /// Takes the condition of a branch: the branches for true and for false, targets left open.
    /// A comparison right before the branch becomes part of it.
    fn pop_condition(&mut self) -> (Instr, Instr) {
        let (value, height) = self.pop();
        if value == Value::Own
            && let Some(position) = self.definition_at(height)
            && let Instr { op, b, c, .. } = self.code.instrs[position]
            && let Some((taken, otherwise, swap)) = op.as_branches()
        {
            self.code.instrs.truncate(position);
            self.code.unspent.truncate(position);
            self.definition = None;
            let (left, right) = if swap { (c, b) } else { (b, c) };
            return (Instr::new(taken, b, c, 0), Instr::new(otherwise, left, right, 0));
        }
        let register = self.register((value, height));
        let (taken, otherwise) = (Op::BrI32NeImm, Op::BrI32EqImm);
        (Instr::new(taken, register, 0, 0), Instr::new(otherwise, register, 0, 0))
    }

    /// Gives a branch its target: at once for a loop, else when the block ends.
    fn aim(&mut self, index: usize, branch: Patch) {
        match self.labels[index].loop_run {
            Some(run) => self.patch(branch, run),
            None => self.labels[index].to_end.push(branch),
        }
    }

    fn patch_all(&mut self, label: &Label, run: u32) {
        if let Some(branch) = label.to_else {
            self.patch(Patch::Instr(branch), run);
        }
        for &branch in &label.to_end {
            self.patch(branch, run);
        }
    }

    fn patch(&mut self, branch: Patch, run: u32) {
        match branch {
            Patch::Instr(position) => {
                self.code.instrs[position as usize].c = run.wrapping_sub(position + 1);
            }
            Patch::Table { entry, branch } => {
                self.code.targets[entry as usize].distance = run.wrapping_sub(branch + 1);
            }
        }
    }
}
