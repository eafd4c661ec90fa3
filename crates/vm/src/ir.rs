//! The register code that function bodies are translated to.
//!
//! A function works on a window of 64-bit registers: its parameters, its other locals, and one
//! register for each height of the operand stack. An i32 is the lower half of its register; the
//! upper half may hold anything, and whoever reads an i32 looks at the lower half only. This makes
//! one 64-bit instruction serve both widths where the lower half of the result depends on the
//! lower halves of the operands alone.
//!
//! # Runs and ticks
//!
//! Code is cut into *runs*: stretches that are entered at their beginning only and left at their
//! end only (or by a trap). Each run begins with [`Op::Run`], which takes the ticks of the whole
//! run at once. Branch targets, calls, and `memory.grow` end runs, so at a host call the counter
//! is exact. [`Code::unspent`] says for each instruction how many ticks of its run belong to
//! WebAssembly instructions behind it: a trap gives them back, and an execution whose budget ends
//! inside a run finds there how far it still gets.

use crate::exec::Handler;
use crate::ops;

/// What an instruction does. Operands are named after the fields of [`Instr`]; registers are
/// written `r[x]`, branch targets are relative to the following instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Op {
    /// Begins a run of `a` ticks.
    Run,
    /// Second word of the instruction before; never executed.
    Word,
    /// Ends the execution: the budget is used up. Stands in no translated code; see `exec`.
    OutOfTicks,
    Unreachable,
    /// Any floating point instruction.
    Float,
    /// `r[a..b] = 0`
    Zero,
    /// `r[a] = r[b]`
    Copy,
    /// `r[a] = b | c << 32`
    Const,
    /// Goes to `c`.
    Br,
    /// `r[a] += b`, then goes to `c`.
    IncBr,
    /// Goes to entry `min(r[a], c)` of the targets from `b` on.
    BrTable,
    /// The same, copying the register in the second word's `a` to the one the target names.
    BrTableValue,
    Return,
    /// Returns `r[a]`.
    ReturnValue,
    /// Calls function `b` with the window beginning at register `a`.
    Call,
    /// Calls import `b` with the arguments beginning at register `a`.
    CallHost,
    /// Calls table entry `r[b]`, which must have type `c`, with the window beginning at `a`.
    CallIndirect,
    /// `r[a] = if r[second word's a] { r[b] } else { r[c] }`
    Select,
    /// `r[a] = global[b]`
    GlobalGet,
    /// `global[a] = r[b]`
    GlobalSet,
    /// Loads: `r[a] = memory[r[b] + c]`, extended to 64 bits.
    Load8U,
    Load8S,
    Load16U,
    Load16S,
    Load32U,
    Load32S,
    Load64,
    /// Stores: `memory[r[a] + c] = r[b]`.
    Store8,
    Store16,
    Store32,
    Store64,
    /// `r[a] = pages of memory`
    MemorySize,
    /// `r[a] = grow by r[b] pages`
    MemoryGrow,

    // Arithmetic: `r[a] = r[b] op r[c]`, in the Imm forms `r[a] = r[b] op c as i32`.
    Add,
    AddImm,
    Sub,
    Mul,
    MulImm,
    And,
    AndImm,
    Or,
    OrImm,
    Xor,
    XorImm,
    I32Shl,
    I32ShlImm,
    I32ShrS,
    I32ShrSImm,
    I32ShrU,
    I32ShrUImm,
    I32Rotl,
    I32RotlImm,
    I32Rotr,
    I32RotrImm,
    I64Shl,
    I64ShlImm,
    I64ShrS,
    I64ShrSImm,
    I64ShrU,
    I64ShrUImm,
    I64Rotl,
    I64RotlImm,
    I64Rotr,
    I64RotrImm,
    I32DivS,
    I32DivSImm,
    I32DivU,
    I32DivUImm,
    I32RemS,
    I32RemSImm,
    I32RemU,
    I32RemUImm,
    I64DivS,
    I64DivSImm,
    I64DivU,
    I64DivUImm,
    I64RemS,
    I64RemSImm,
    I64RemU,
    I64RemUImm,
    // `r[a] = op r[b]`
    I32Clz,
    I32Ctz,
    I32Popcnt,
    I64Clz,
    I64Ctz,
    I64Popcnt,
    Extend32S,
    Extend32U,

    // Comparisons: `r[a] = r[b] op r[c]`, in the Imm forms `r[a] = r[b] op c as i32`. The forms
    // with two registers come without `gt` and `ge`: these swap their operands.
    I32Eq,
    I32Ne,
    I32LtS,
    I32LtU,
    I32LeS,
    I32LeU,
    I32EqImm,
    I32NeImm,
    I32LtSImm,
    I32LtUImm,
    I32LeSImm,
    I32LeUImm,
    I32GtSImm,
    I32GtUImm,
    I32GeSImm,
    I32GeUImm,
    I64Eq,
    I64Ne,
    I64LtS,
    I64LtU,
    I64LeS,
    I64LeU,
    I64EqImm,
    I64NeImm,
    I64LtSImm,
    I64LtUImm,
    I64LeSImm,
    I64LeUImm,
    I64GtSImm,
    I64GtUImm,
    I64GeSImm,
    I64GeUImm,

    // The same as branches: goes to `c` if `r[a] op r[b]`, or `r[a] op b as i32`.
    BrI32Eq,
    BrI32Ne,
    BrI32LtS,
    BrI32LtU,
    BrI32LeS,
    BrI32LeU,
    BrI32EqImm,
    BrI32NeImm,
    BrI32LtSImm,
    BrI32LtUImm,
    BrI32LeSImm,
    BrI32LeUImm,
    BrI32GtSImm,
    BrI32GtUImm,
    BrI32GeSImm,
    BrI32GeUImm,
    BrI64Eq,
    BrI64Ne,
    BrI64LtS,
    BrI64LtU,
    BrI64LeS,
    BrI64LeU,
    BrI64EqImm,
    BrI64NeImm,
    BrI64LtSImm,
    BrI64LtUImm,
    BrI64LeSImm,
    BrI64LeUImm,
    BrI64GtSImm,
    BrI64GtUImm,
    BrI64GeSImm,
    BrI64GeUImm,
}

/// One instruction, or the second word of one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instr {
    /// The code of `op`.
    pub(crate) handler: Handler,
    pub(crate) op: Op,
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) c: u32,
}

/// Where an entry of a branch table leads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// The distance from the instruction that follows the branch.
    pub(crate) distance: u32,
    /// The register that receives the branch's value, if it carries one.
    pub(crate) value: u32,
}

/// The translated bodies of a module.
#[derive(Default)]
pub(crate) struct Code {
    pub(crate) instrs: Vec<Instr>,
    /// For each instruction, the ticks of its run that belong to what comes after it.
    pub(crate) unspent: Vec<u32>,
    /// The entries of all branch tables.
    pub(crate) targets: Vec<Target>,
    /// One for each function that the module defines.
    pub(crate) bodies: Vec<Body>,
}

/// A translated function body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body {
    /// Its first instruction, an [`Op::Run`].
    pub(crate) entry: u32,
    /// Registers of its window.
    pub(crate) registers: u32,
}

impl Code {
    /// Bytes this takes, about.
    pub(crate) fn size(&self) -> usize {
        size_of_val(&*self.instrs)
            + size_of_val(&*self.unspent)
            + size_of_val(&*self.targets)
            + size_of_val(&*self.bodies)
    }
}

impl Instr {
    pub(crate) fn new(op: Op, a: u32, b: u32, c: u32) -> Self {
        Self { handler: ops::of(op), op, a, b, c }
    }
}

impl Op {
    /// For a comparison: the branch taken when it holds, the branch taken when it does not, and
    /// whether the latter has its register operands swapped.
    pub(crate) fn as_branches(self) -> Option<(Op, Op, bool)> {
        use Op::*;
        Some(match self {
            I32Eq => (BrI32Eq, BrI32Ne, false),
            I32Ne => (BrI32Ne, BrI32Eq, false),
            I32LtS => (BrI32LtS, BrI32LeS, true),
            I32LtU => (BrI32LtU, BrI32LeU, true),
            I32LeS => (BrI32LeS, BrI32LtS, true),
            I32LeU => (BrI32LeU, BrI32LtU, true),
            I32EqImm => (BrI32EqImm, BrI32NeImm, false),
            I32NeImm => (BrI32NeImm, BrI32EqImm, false),
            I32LtSImm => (BrI32LtSImm, BrI32GeSImm, false),
            I32LtUImm => (BrI32LtUImm, BrI32GeUImm, false),
            I32LeSImm => (BrI32LeSImm, BrI32GtSImm, false),
            I32LeUImm => (BrI32LeUImm, BrI32GtUImm, false),
            I32GtSImm => (BrI32GtSImm, BrI32LeSImm, false),
            I32GtUImm => (BrI32GtUImm, BrI32LeUImm, false),
            I32GeSImm => (BrI32GeSImm, BrI32LtSImm, false),
            I32GeUImm => (BrI32GeUImm, BrI32LtUImm, false),
            I64Eq => (BrI64Eq, BrI64Ne, false),
            I64Ne => (BrI64Ne, BrI64Eq, false),
            I64LtS => (BrI64LtS, BrI64LeS, true),
            I64LtU => (BrI64LtU, BrI64LeU, true),
            I64LeS => (BrI64LeS, BrI64LtS, true),
            I64LeU => (BrI64LeU, BrI64LtU, true),
            I64EqImm => (BrI64EqImm, BrI64NeImm, false),
            I64NeImm => (BrI64NeImm, BrI64EqImm, false),
            I64LtSImm => (BrI64LtSImm, BrI64GeSImm, false),
            I64LtUImm => (BrI64LtUImm, BrI64GeUImm, false),
            I64LeSImm => (BrI64LeSImm, BrI64GtSImm, false),
            I64LeUImm => (BrI64LeUImm, BrI64GtUImm, false),
            I64GtSImm => (BrI64GtSImm, BrI64LeSImm, false),
            I64GtUImm => (BrI64GtUImm, BrI64LeUImm, false),
            I64GeSImm => (BrI64GeSImm, BrI64LtSImm, false),
            I64GeUImm => (BrI64GeUImm, BrI64LtUImm, false),
            _ => return None,
        })
    }
}
