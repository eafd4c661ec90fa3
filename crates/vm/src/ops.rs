//! The handlers of the instructions: what each [`Op`] does.

use crate::error::Trap;
use crate::exec::{Handler, MEMORY_GROW, handler};
use crate::host::Outcome;
use crate::ir::Op;
use crate::module::TableEntry;

/// The right operand of a comparison or operation: in a register, or a constant.
macro_rules! right {
    ($m:ident, $field:expr, register, $t:ty) => {
        $m.window.get($field) as $t
    };
    ($m:ident, $field:expr, constant, $t:ty) => {
        $field as i32 as $t
    };
}

/// `r[a] = f(r[b], right)`, where i32 operands are read from the lower halves.
macro_rules! binary {
    ($t:ty, $f:expr, $right:ident) => {
        handler!(|m, i| {
            let f: fn($t, $t) -> _ = $f;
            m.window.set(i.a, f(m.window.get(i.b) as $t, right!(m, i.c, $right, $t)) as u64);
            m.next()
        })
    };
}

/// The same for what fails by zero, or else by overflow.
macro_rules! divide {
    ($t:ty, $f:expr, $right:ident) => {
        handler!(|m, i| {
            let (left, right) = (m.window.get(i.b) as $t, right!(m, i.c, $right, $t));
            match $f(left, right) {
                Some(result) => {
                    m.window.set(i.a, result as u64);
                    m.next()
                }
                None if right == 0 => m.trap(Trap::DivideByZero),
                None => m.trap(Trap::IntegerOverflow),
            }
        })
    };
}

/// `r[a] = f(r[b])`
macro_rules! unary {
    ($t:ty, $f:expr) => {
        handler!(|m, i| {
            m.window.set(i.a, $f(m.window.get(i.b) as $t) as u64);
            m.next()
        })
    };
}

/// Goes to `c` if `r[a] op right`.
macro_rules! branch_if {
    ($t:ty, $op:tt, $right:ident) => {
        handler!(|m, i| {
            if (m.window.get(i.a) as $t) $op right!(m, i.b, $right, $t) {
                m.branch(i.c)
            } else {
                m.branch(0)
            }
        })
    };
}

/// Loads a `$t` and extends it as a `$as`.
macro_rules! load {
    ($t:ty, $as:ty) => {
        handler!(|m, i| match load(m.view.bytes(), m.window.get(i.b) as u32, i.c) {
            Some(bytes) => {
                m.window.set(i.a, <$t>::from_le_bytes(bytes) as $as as u64);
                m.next()
            }
            None => m.trap(Trap::MemoryBounds),
        })
    };
}

/// Stores the low bytes of a register.
macro_rules! store {
    ($t:ty) => {
        handler!(|m, i| {
            let bytes = (m.window.get(i.b) as $t).to_le_bytes();
            let address = m.window.get(i.a) as u32;
            if store(m.view.bytes_mut(), address, i.c, bytes) {
                m.next()
            } else {
                m.trap(Trap::MemoryBounds)
            }
        })
    };
}

/// The handler of an operation.
pub(crate) const fn of(op: Op) -> Handler {
    match op {
        Op::Run => handler!(|m, _i| m.enter()),
        Op::OutOfTicks => handler!(|m, _i| {
            m.ticks = -1;
            m.end(Outcome::OutOfTicks)
        }),
        Op::Unreachable | Op::Word => handler!(|m, _i| m.trap(Trap::Unreachable)),
        Op::Float => handler!(|m, _i| m.trap(Trap::FloatingPoint)),
        Op::Zero => handler!(|m, i| {
            (i.a..i.b).for_each(|register| m.window.set(register, 0));
            m.next()
        }),
        Op::Copy => handler!(|m, i| {
            m.window.set(i.a, m.window.get(i.b));
            m.next()
        }),
        Op::Const => handler!(|m, i| {
            m.window.set(i.a, u64::from(i.b) | u64::from(i.c) << 32);
            m.next()
        }),
        Op::Br => handler!(|m, i| m.branch(i.c)),
        Op::IncBr => handler!(|m, i| {
            m.window.set(i.a, m.window.get(i.a).wrapping_add(i.b as i32 as u64));
            m.branch(i.c)
        }),
        Op::BrTable => handler!(|m, i| {
            let index = i.c.min(m.window.get(i.a) as u32);
            let target = m.context.module.code.targets[i.b as usize + index as usize];
            m.branch(target.distance)
        }),
        Op::BrTableValue => handler!(|m, i| {
            let index = i.c.min(m.window.get(i.a) as u32);
            let target = m.context.module.code.targets[i.b as usize + index as usize];
            m.window.set(target.value, m.window.get(m.second_word()));
            m.branch(target.distance)
        }),
        Op::Return => handler!(|m, _i| m.ret()),
        Op::ReturnValue => handler!(|m, i| {
            m.window.set(0, m.window.get(i.a));
            m.ret()
        }),
        Op::Call => handler!(|m, i| {
            let body = m.context.module.code.bodies[i.b as usize];
            m.call(body, i.a)
        }),
        Op::CallHost => handler!(|m, i| {
            let import = m.context.module.imports[i.b as usize];
            m.call_host(import)
        }),
        Op::CallIndirect => handler!(|m, i| {
            let module = m.context.module;
            let func = match module.table.get(m.window.get(i.b) as u32) {
                TableEntry::Func(func) => func as usize,
                TableEntry::Null => return m.trap(Trap::NullElement),
                TableEntry::OutOfBounds => return m.trap(Trap::TableBounds),
            };
            if module.func_types[func] != i.c {
                return m.trap(Trap::IndirectType);
            }
            match module.imports.get(func) {
                Some(&import) => m.call_host(import),
                None => m.call(module.code.bodies[func - module.imports.len()], i.a),
            }
        }),
        Op::Select => handler!(|m, i| {
            let condition = m.window.get(m.second_word()) as u32;
            let chosen = if condition != 0 { i.b } else { i.c };
            m.window.set(i.a, m.window.get(chosen));
            m.position = m.position.jump(1);
            m.next()
        }),
        Op::GlobalGet => handler!(|m, i| {
            m.window.set(i.a, m.context.globals[i.b as usize]);
            m.next()
        }),
        Op::GlobalSet => handler!(|m, i| {
            m.context.globals[i.a as usize] = m.window.get(i.b);
            m.next()
        }),

        Op::Load8U => load!(u8, u8),
        Op::Load8S => load!(i8, i64),
        Op::Load16U => load!(u16, u16),
        Op::Load16S => load!(i16, i64),
        Op::Load32U => load!(u32, u32),
        Op::Load32S => load!(i32, i64),
        Op::Load64 => load!(u64, u64),
        Op::Store8 => store!(u8),
        Op::Store16 => store!(u16),
        Op::Store32 => store!(u32),
        Op::Store64 => store!(u64),
        Op::MemorySize => handler!(|m, i| {
            m.window.set(i.a, (m.view.len() / crate::PAGE_SIZE) as u64);
            m.next()
        }),
        Op::MemoryGrow => MEMORY_GROW,

        Op::Add => binary!(u64, u64::wrapping_add, register),
        Op::AddImm => binary!(u64, u64::wrapping_add, constant),
        Op::Sub => binary!(u64, u64::wrapping_sub, register),
        Op::Mul => binary!(u64, u64::wrapping_mul, register),
        Op::MulImm => binary!(u64, u64::wrapping_mul, constant),
        Op::And => binary!(u64, |left, right| left & right, register),
        Op::AndImm => binary!(u64, |left, right| left & right, constant),
        Op::Or => binary!(u64, |left, right| left | right, register),
        Op::OrImm => binary!(u64, |left, right| left | right, constant),
        Op::Xor => binary!(u64, |left, right| left ^ right, register),
        Op::XorImm => binary!(u64, |left, right| left ^ right, constant),
        Op::I32Shl => binary!(u32, u32::wrapping_shl, register),
        Op::I32ShlImm => binary!(u32, u32::wrapping_shl, constant),
        Op::I32ShrS => binary!(i32, |left: i32, right| left.wrapping_shr(right as u32), register),
        Op::I32ShrSImm => {
            binary!(i32, |left: i32, right| left.wrapping_shr(right as u32), constant)
        }
        Op::I32ShrU => binary!(u32, u32::wrapping_shr, register),
        Op::I32ShrUImm => binary!(u32, u32::wrapping_shr, constant),
        Op::I32Rotl => binary!(u32, |left: u32, right| left.rotate_left(right % 32), register),
        Op::I32RotlImm => binary!(u32, |left: u32, right| left.rotate_left(right % 32), constant),
        Op::I32Rotr => binary!(u32, |left: u32, right| left.rotate_right(right % 32), register),
        Op::I32RotrImm => binary!(u32, |left: u32, right| left.rotate_right(right % 32), constant),
        Op::I64Shl => binary!(u64, |left: u64, right| left.wrapping_shl(right as u32), register),
        Op::I64ShlImm => binary!(u64, |left: u64, right| left.wrapping_shl(right as u32), constant),
        Op::I64ShrS => binary!(i64, |left: i64, right| left.wrapping_shr(right as u32), register),
        Op::I64ShrSImm => {
            binary!(i64, |left: i64, right| left.wrapping_shr(right as u32), constant)
        }
        Op::I64ShrU => binary!(u64, |left: u64, right| left.wrapping_shr(right as u32), register),
        Op::I64ShrUImm => {
            binary!(u64, |left: u64, right| left.wrapping_shr(right as u32), constant)
        }
        Op::I64Rotl => {
            binary!(u64, |left: u64, right| left.rotate_left(right as u32 % 64), register)
        }
        Op::I64RotlImm => {
            binary!(u64, |left: u64, right| left.rotate_left(right as u32 % 64), constant)
        }
        Op::I64Rotr => {
            binary!(u64, |left: u64, right| left.rotate_right(right as u32 % 64), register)
        }
        Op::I64RotrImm => {
            binary!(u64, |left: u64, right| left.rotate_right(right as u32 % 64), constant)
        }

        Op::I32DivS => divide!(i32, i32::checked_div, register),
        Op::I32DivSImm => divide!(i32, i32::checked_div, constant),
        Op::I32DivU => divide!(u32, u32::checked_div, register),
        Op::I32DivUImm => divide!(u32, u32::checked_div, constant),
        Op::I32RemS => divide!(i32, rem_i32, register),
        Op::I32RemSImm => divide!(i32, rem_i32, constant),
        Op::I32RemU => divide!(u32, u32::checked_rem, register),
        Op::I32RemUImm => divide!(u32, u32::checked_rem, constant),
        Op::I64DivS => divide!(i64, i64::checked_div, register),
        Op::I64DivSImm => divide!(i64, i64::checked_div, constant),
        Op::I64DivU => divide!(u64, u64::checked_div, register),
        Op::I64DivUImm => divide!(u64, u64::checked_div, constant),
        Op::I64RemS => divide!(i64, rem_i64, register),
        Op::I64RemSImm => divide!(i64, rem_i64, constant),
        Op::I64RemU => divide!(u64, u64::checked_rem, register),
        Op::I64RemUImm => divide!(u64, u64::checked_rem, constant),

        Op::I32Clz => unary!(u32, u32::leading_zeros),
        Op::I32Ctz => unary!(u32, u32::trailing_zeros),
        Op::I32Popcnt => unary!(u32, u32::count_ones),
        Op::I64Clz => unary!(u64, u64::leading_zeros),
        Op::I64Ctz => unary!(u64, u64::trailing_zeros),
        Op::I64Popcnt => unary!(u64, u64::count_ones),
        Op::Extend32S => unary!(i32, i64::from),
        Op::Extend32U => unary!(u32, u64::from),

        Op::I32Eq => binary!(u32, |left, right| left == right, register),
        Op::I32Ne => binary!(u32, |left, right| left != right, register),
        Op::I32LtS => binary!(i32, |left, right| left < right, register),
        Op::I32LtU => binary!(u32, |left, right| left < right, register),
        Op::I32LeS => binary!(i32, |left, right| left <= right, register),
        Op::I32LeU => binary!(u32, |left, right| left <= right, register),
        Op::I32EqImm => binary!(u32, |left, right| left == right, constant),
        Op::I32NeImm => binary!(u32, |left, right| left != right, constant),
        Op::I32LtSImm => binary!(i32, |left, right| left < right, constant),
        Op::I32LtUImm => binary!(u32, |left, right| left < right, constant),
        Op::I32LeSImm => binary!(i32, |left, right| left <= right, constant),
        Op::I32LeUImm => binary!(u32, |left, right| left <= right, constant),
        Op::I32GtSImm => binary!(i32, |left, right| left > right, constant),
        Op::I32GtUImm => binary!(u32, |left, right| left > right, constant),
        Op::I32GeSImm => binary!(i32, |left, right| left >= right, constant),
        Op::I32GeUImm => binary!(u32, |left, right| left >= right, constant),
        Op::I64Eq => binary!(u64, |left, right| left == right, register),
        Op::I64Ne => binary!(u64, |left, right| left != right, register),
        Op::I64LtS => binary!(i64, |left, right| left < right, register),
        Op::I64LtU => binary!(u64, |left, right| left < right, register),
        Op::I64LeS => binary!(i64, |left, right| left <= right, register),
        Op::I64LeU => binary!(u64, |left, right| left <= right, register),
        Op::I64EqImm => binary!(u64, |left, right| left == right, constant),
        Op::I64NeImm => binary!(u64, |left, right| left != right, constant),
        Op::I64LtSImm => binary!(i64, |left, right| left < right, constant),
        Op::I64LtUImm => binary!(u64, |left, right| left < right, constant),
        Op::I64LeSImm => binary!(i64, |left, right| left <= right, constant),
        Op::I64LeUImm => binary!(u64, |left, right| left <= right, constant),
        Op::I64GtSImm => binary!(i64, |left, right| left > right, constant),
        Op::I64GtUImm => binary!(u64, |left, right| left > right, constant),
        Op::I64GeSImm => binary!(i64, |left, right| left >= right, constant),
        Op::I64GeUImm => binary!(u64, |left, right| left >= right, constant),

        Op::BrI32Eq => branch_if!(u32, ==, register),
        Op::BrI32Ne => branch_if!(u32, !=, register),
        Op::BrI32LtS => branch_if!(i32, <, register),
        Op::BrI32LtU => branch_if!(u32, <, register),
        Op::BrI32LeS => branch_if!(i32, <=, register),
        Op::BrI32LeU => branch_if!(u32, <=, register),
        Op::BrI32EqImm => branch_if!(u32, ==, constant),
        Op::BrI32NeImm => branch_if!(u32, !=, constant),
        Op::BrI32LtSImm => branch_if!(i32, <, constant),
        Op::BrI32LtUImm => branch_if!(u32, <, constant),
        Op::BrI32LeSImm => branch_if!(i32, <=, constant),
        Op::BrI32LeUImm => branch_if!(u32, <=, constant),
        Op::BrI32GtSImm => branch_if!(i32, >, constant),
        Op::BrI32GtUImm => branch_if!(u32, >, constant),
        Op::BrI32GeSImm => branch_if!(i32, >=, constant),
        Op::BrI32GeUImm => branch_if!(u32, >=, constant),
        Op::BrI64Eq => branch_if!(u64, ==, register),
        Op::BrI64Ne => branch_if!(u64, !=, register),
        Op::BrI64LtS => branch_if!(i64, <, register),
        Op::BrI64LtU => branch_if!(u64, <, register),
        Op::BrI64LeS => branch_if!(i64, <=, register),
        Op::BrI64LeU => branch_if!(u64, <=, register),
        Op::BrI64EqImm => branch_if!(u64, ==, constant),
        Op::BrI64NeImm => branch_if!(u64, !=, constant),
        Op::BrI64LtSImm => branch_if!(i64, <, constant),
        Op::BrI64LtUImm => branch_if!(u64, <, constant),
        Op::BrI64LeSImm => branch_if!(i64, <=, constant),
        Op::BrI64LeUImm => branch_if!(u64, <=, constant),
        Op::BrI64GtSImm => branch_if!(i64, >, constant),
        Op::BrI64GtUImm => branch_if!(u64, >, constant),
        Op::BrI64GeSImm => branch_if!(i64, >=, constant),
        Op::BrI64GeUImm => branch_if!(u64, >=, constant),
    }
}

#[inline(always)]
fn load<const N: usize>(memory: &[u8], address: u32, offset: u32) -> Option<[u8; N]> {
    let start = address as usize + offset as usize;
    memory.get(start..start + N)?.first_chunk().copied()
}

#[inline(always)]
fn store<const N: usize>(memory: &mut [u8], address: u32, offset: u32, bytes: [u8; N]) -> bool {
    let start = address as usize + offset as usize;
    match memory.get_mut(start..start + N) {
        Some(place) => {
            place.copy_from_slice(&bytes);
            true
        }
        None => false,
    }
}

/// The remainder of a division that, unlike the quotient, cannot overflow.
fn rem_i32(left: i32, right: i32) -> Option<i32> {
    if right == 0 { None } else { Some(left.wrapping_rem(right)) }
}

/// See [`rem_i32`].
fn rem_i64(left: i64, right: i64) -> Option<i64> {
    if right == 0 { None } else { Some(left.wrapping_rem(right)) }
}
