//! What the opcodes of memory accesses and of arithmetic stand for.

use crate::ir::Op;
use crate::translate::{Compare, Translator};
use crate::types::ValType::{self, F32, F64, I32, I64};

impl Translator<'_> {
    /// Translates an instruction of the opcodes 0x45 to 0xbf.
    pub(crate) fn numeric(&mut self, opcode: u8) {
        use Op::*;
        match opcode {
            0x45 => self.is_zero(I32EqImm),
            0x46..=0x4f => self.compare(I32_COMPARES[usize::from(opcode - 0x46)]),
            0x50 => self.is_zero(I64EqImm),
            0x51..=0x5a => self.compare(I64_COMPARES[usize::from(opcode - 0x51)]),
            0x67 => self.unary(I32Clz),
            0x68 => self.unary(I32Ctz),
            0x69 => self.unary(I32Popcnt),
            0x79 => self.unary(I64Clz),
            0x7a => self.unary(I64Ctz),
            0x7b => self.unary(I64Popcnt),
            0x6a | 0x7c => self.binary(Add, Some(AddImm), true),
            0x6b | 0x7d => self.subtract(),
            0x6c | 0x7e => self.binary(Mul, Some(MulImm), true),
            0x71 | 0x83 => self.binary(And, Some(AndImm), true),
            0x72 | 0x84 => self.binary(Or, Some(OrImm), true),
            0x73 | 0x85 => self.binary(Xor, Some(XorImm), true),
            0x6d => self.binary(I32DivS, Some(I32DivSImm), false),
            0x6e => self.binary(I32DivU, Some(I32DivUImm), false),
            0x6f => self.binary(I32RemS, Some(I32RemSImm), false),
            0x70 => self.binary(I32RemU, Some(I32RemUImm), false),
            0x7f => self.binary(I64DivS, Some(I64DivSImm), false),
            0x80 => self.binary(I64DivU, Some(I64DivUImm), false),
            0x81 => self.binary(I64RemS, Some(I64RemSImm), false),
            0x82 => self.binary(I64RemU, Some(I64RemUImm), false),
            0x74 => self.binary(I32Shl, Some(I32ShlImm), false),
            0x75 => self.binary(I32ShrS, Some(I32ShrSImm), false),
            0x76 => self.binary(I32ShrU, Some(I32ShrUImm), false),
            0x77 => self.binary(I32Rotl, Some(I32RotlImm), false),
            0x78 => self.binary(I32Rotr, Some(I32RotrImm), false),
            0x86 => self.binary(I64Shl, Some(I64ShlImm), false),
            0x87 => self.binary(I64ShrS, Some(I64ShrSImm), false),
            0x88 => self.binary(I64ShrU, Some(I64ShrUImm), false),
            0x89 => self.binary(I64Rotl, Some(I64RotlImm), false),
            0x8a => self.binary(I64Rotr, Some(I64RotrImm), false),
            0xa7 => self.wrap(),
            0xac => self.unary(Extend32S),
            0xad => self.unary(Extend32U),
            // All others compute with floats.
            _ => self.trap(Float),
        }
    }
}

const fn compare(registers: Op, swap: bool, constant: Op, mirrored: Op) -> Compare {
    Compare { registers, swap, constant, mirrored }
}

/// i32.eq to i32.ge_u, in the order of their opcodes.
const I32_COMPARES: [Compare; 10] = [
    compare(Op::I32Eq, false, Op::I32EqImm, Op::I32EqImm),
    compare(Op::I32Ne, false, Op::I32NeImm, Op::I32NeImm),
    compare(Op::I32LtS, false, Op::I32LtSImm, Op::I32GtSImm),
    compare(Op::I32LtU, false, Op::I32LtUImm, Op::I32GtUImm),
    compare(Op::I32LtS, true, Op::I32GtSImm, Op::I32LtSImm),
    compare(Op::I32LtU, true, Op::I32GtUImm, Op::I32LtUImm),
    compare(Op::I32LeS, false, Op::I32LeSImm, Op::I32GeSImm),
    compare(Op::I32LeU, false, Op::I32LeUImm, Op::I32GeUImm),
    compare(Op::I32LeS, true, Op::I32GeSImm, Op::I32LeSImm),
    compare(Op::I32LeU, true, Op::I32GeUImm, Op::I32LeUImm),
];

/// i64.eq to i64.ge_u, in the order of their opcodes.
const I64_COMPARES: [Compare; 10] = [
    compare(Op::I64Eq, false, Op::I64EqImm, Op::I64EqImm),
    compare(Op::I64Ne, false, Op::I64NeImm, Op::I64NeImm),
    compare(Op::I64LtS, false, Op::I64LtSImm, Op::I64GtSImm),
    compare(Op::I64LtU, false, Op::I64LtUImm, Op::I64GtUImm),
    compare(Op::I64LtS, true, Op::I64GtSImm, Op::I64LtSImm),
    compare(Op::I64LtU, true, Op::I64GtUImm, Op::I64LtUImm),
    compare(Op::I64LeS, false, Op::I64LeSImm, Op::I64GeSImm),
    compare(Op::I64LeU, false, Op::I64LeUImm, Op::I64GeUImm),
    compare(Op::I64LeS, true, Op::I64GeSImm, Op::I64LeSImm),
    compare(Op::I64LeU, true, Op::I64GeUImm, Op::I64LeUImm),
];

/// For the opcodes 0x28 to 0x40: the instruction, its type, and the largest alignment exponent.
pub(crate) fn memory_access(opcode: u8) -> (Op, &'static [ValType], Option<ValType>, u32) {
    let load = |op, ty, align| (op, &[I32][..], Some(ty), align);
    // For the upper half of a register is of no account, i32 and i64 share their narrow loads.
    match opcode {
        0x28 => load(Op::Load32U, I32, 2),
        0x29 => load(Op::Load64, I64, 3),
        0x2a => load(Op::Float, F32, 2),
        0x2b => load(Op::Float, F64, 3),
        0x2c => load(Op::Load8S, I32, 0),
        0x2d => load(Op::Load8U, I32, 0),
        0x2e => load(Op::Load16S, I32, 1),
        0x2f => load(Op::Load16U, I32, 1),
        0x30 => load(Op::Load8S, I64, 0),
        0x31 => load(Op::Load8U, I64, 0),
        0x32 => load(Op::Load16S, I64, 1),
        0x33 => load(Op::Load16U, I64, 1),
        0x34 => load(Op::Load32S, I64, 2),
        0x35 => load(Op::Load32U, I64, 2),
        0x36 => (Op::Store32, &[I32, I32], None, 2),
        0x37 => (Op::Store64, &[I32, I64], None, 3),
        0x38 => (Op::Float, &[I32, F32], None, 2),
        0x39 => (Op::Float, &[I32, F64], None, 3),
        0x3a => (Op::Store8, &[I32, I32], None, 0),
        0x3b => (Op::Store16, &[I32, I32], None, 1),
        0x3c => (Op::Store8, &[I32, I64], None, 0),
        0x3d => (Op::Store16, &[I32, I64], None, 1),
        0x3e => (Op::Store32, &[I32, I64], None, 2),
        0x3f => (Op::MemorySize, &[], Some(I32), 0),
        _ => (Op::MemoryGrow, &[I32], Some(I32), 0),
    }
}

/// For the opcodes 0x45 to 0xbf: the types of the operands and of the result.
pub(crate) fn numeric_type(opcode: u8) -> (&'static [ValType], ValType) {
    match opcode {
        0x45 => (&[I32], I32),
        0x46..=0x4f => (&[I32, I32], I32),
        0x50 => (&[I64], I32),
        0x51..=0x5a => (&[I64, I64], I32),
        0x5b..=0x60 => (&[F32, F32], I32),
        0x61..=0x66 => (&[F64, F64], I32),
        0x67..=0x69 => (&[I32], I32),
        0x6a..=0x78 => (&[I32, I32], I32),
        0x79..=0x7b => (&[I64], I64),
        0x7c..=0x8a => (&[I64, I64], I64),
        0x8b..=0x91 => (&[F32], F32),
        0x92..=0x98 => (&[F32, F32], F32),
        0x99..=0x9f => (&[F64], F64),
        0xa0..=0xa6 => (&[F64, F64], F64),
        0xa7 => (&[I64], I32),
        0xa8 | 0xa9 | 0xbc => (&[F32], I32),
        0xaa | 0xab => (&[F64], I32),
        0xac | 0xad => (&[I32], I64),
        0xae | 0xaf => (&[F32], I64),
        0xb0 | 0xb1 | 0xbd => (&[F64], I64),
        0xb2 | 0xb3 | 0xbe => (&[I32], F32),
        0xb4 | 0xb5 => (&[I64], F32),
        0xb6 => (&[F64], F32),
        0xb7 | 0xb8 => (&[I32], F64),
        0xb9 | 0xba | 0xbf => (&[I64], F64),
        _ => (&[F32], F64),
    }
}
