//! The unchecked accesses of the interpreter: registers, code, and the place of the memory.
//!
//! They rest on what validation and translation establish, which the constructors ask for:
//!
//! 1. Every register that the code of a body names is below [`Body::registers`], and a window of
//!    that many registers is reserved before the body is entered.
//! 2. Execution of a body begins at its entry. Every instruction is followed by another one or
//!    ends its path (branch, return, trap), and every branch distance leads to an instruction of
//!    the same body; so the position stays inside the code.
//! 3. A memory stays in its place until it grows.
//!
//! [`Body::registers`]: crate::ir::Body::registers

use crate::ir::Instr;
use crate::memory::Memory;

/// The window of registers of the running function.
#[derive(Clone, Copy)]
pub(crate) struct Window(*mut u64);

impl Window {
    /// The window that begins at `base`.
    ///
    /// # Safety
    ///
    /// Until the window is replaced, `stack` must stay where it is and be accessed through the
    /// window only, and every register that is accessed must lie inside: `base` plus its index
    /// is below the length of `stack`.
    #[inline(always)]
    pub(crate) unsafe fn new(stack: &mut [u64], base: usize) -> Self {
        debug_assert!(base <= stack.len());
        // SAFETY: the caller has registers behind `base`, so it is inside or at the end.
        Self(unsafe { stack.as_mut_ptr().add(base) })
    }

    #[inline(always)]
    pub(crate) fn get(self, register: u32) -> u64 {
        // SAFETY: the register lies inside the window (contract of `new`).
        unsafe { *self.0.add(register as usize) }
    }

    #[inline(always)]
    pub(crate) fn set(self, register: u32, value: u64) {
        // SAFETY: the register lies inside the window (contract of `new`).
        unsafe { *self.0.add(register as usize) = value }
    }
}

/// A position in code.
#[derive(Clone, Copy)]
pub(crate) struct Position(*const Instr);

impl Position {
    /// The position of an instruction.
    ///
    /// # Safety
    ///
    /// `code` must outlive the position and everything derived from it, and positions must be
    /// read only where there is an instruction.
    #[inline(always)]
    pub(crate) unsafe fn new(code: &[Instr], index: usize) -> Self {
        debug_assert!(index < code.len());
        // SAFETY: the caller names an instruction of the code.
        Self(unsafe { code.as_ptr().add(index) })
    }

    #[inline(always)]
    pub(crate) fn instr<'i>(self) -> &'i Instr {
        // SAFETY: there is an instruction, which outlives all use of it (contract of `new`).
        unsafe { &*self.0 }
    }

    /// The position a signed distance from here.
    #[inline(always)]
    pub(crate) fn jump(self, distance: u32) -> Self {
        // The position behind the last instruction of a body may be formed, though never read.
        Self(self.0.wrapping_offset(distance as i32 as isize))
    }

    /// How many instructions this is behind the beginning of `code`, in which it must lie.
    pub(crate) fn index_in(self, code: &[Instr]) -> usize {
        (self.0.addr() - code.as_ptr().addr()) / size_of::<Instr>()
    }
}

/// Where the memory of the running instance is.
#[derive(Clone, Copy)]
pub(crate) struct View {
    start: *mut u8,
    len: usize,
}

impl View {
    /// The place of a memory, or of no byte.
    ///
    /// # Safety
    ///
    /// When the memory was accessed in another way, or has grown, the view must be replaced.
    pub(crate) unsafe fn new(memory: Option<&mut Memory>) -> Self {
        let bytes = memory.map_or(&mut [][..], Memory::bytes_mut);
        Self { start: bytes.as_mut_ptr(), len: bytes.len() }
    }

    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: these are the bytes of the memory, and nobody else accesses them (contract of
        // `new`).
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }

    #[inline(always)]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `bytes`; the exclusive borrow of the view keeps the slice unique.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }
}
