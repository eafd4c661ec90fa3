//! What can be wrong with a module, and why an execution ends.
//!
//! The texts of [`ModuleError`] and [`InstantiateError`] reach users, in the log of a reverted
//! transaction, behind the name of the error's class. They are no part of the state, and each node
//! software words them in its own way; clients go by the class.

/// Most bytes of an error text that a log carries; longer ones end in three dots.
const TEXT_LIMIT: usize = 255;

/// A module that cannot be used. On the chain both kinds end alike, in a reversion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// The bytes are not a WebAssembly 1.0 binary.
    #[error("{0}")]
    Malformed(String),
    /// The bytes are a binary, but the module breaks a validation rule of WebAssembly 1.0.
    #[error("{0}")]
    Invalid(String),
}

impl ModuleError {
    pub(crate) fn malformed(text: impl Into<String>) -> Self {
        Self::Malformed(shorten(text.into()))
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(shorten(text.into()))
    }
}

/// A valid module that cannot be brought to life.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstantiateError {
    /// An import that the host does not offer, or with another type; the text says which.
    #[error("{0}")]
    Import(String),
    /// The memory has, or may grow to, more pages than the chain allows.
    #[error("more memory than the {} bytes that the chain allows", crate::MAX_MEMORY_PAGES as u64 * crate::PAGE_SIZE as u64)]
    MemoryLimit,
    /// The table has more entries than any host could hold.
    #[error("the table is too large")]
    TableLimit,
    /// A data segment reaches beyond the memory.
    #[error("a data segment beyond the memory")]
    DataSegment,
    /// An element segment reaches beyond the table.
    #[error("an element segment beyond the table")]
    ElementSegment,
    /// The start section's function trapped, called the host, or did not end.
    #[error("the start function did not come to its end")]
    StartFunction,
}

impl InstantiateError {
    pub(crate) fn import(text: String) -> Self {
        Self::Import(shorten(text))
    }
}

/// The module exports no function `_start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("module does not have _start function")]
pub struct NoStart;

/// Why an execution was stopped by the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trap {
    /// `unreachable` was executed.
    #[error("unreachable executed")]
    Unreachable,
    /// A floating point instruction was executed; consensus rule: all of them trap.
    #[error("floating point instruction executed")]
    FloatingPoint,
    /// Integer division or remainder by zero.
    #[error("integer divide by zero")]
    DivideByZero,
    /// The quotient of a signed division does not fit its type.
    #[error("integer overflow")]
    IntegerOverflow,
    /// A load or store beyond the end of the memory.
    #[error("out of bounds memory access")]
    MemoryBounds,
    /// `call_indirect` with an index beyond the table.
    #[error("undefined table element")]
    TableBounds,
    /// `call_indirect` of a table entry that no element segment filled.
    #[error("uninitialized table element")]
    NullElement,
    /// `call_indirect` of a function of another type.
    #[error("indirect call type mismatch")]
    IndirectType,
    /// Calls nested beyond [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("call depth exceeded")]
    CallDepth,
    /// Locals and operands of all nested calls exceed
    /// [`MAX_STACK_VALUES`](crate::MAX_STACK_VALUES).
    #[error("value stack exhausted")]
    StackExhausted,
    /// The export `_start` takes parameters or is an import, and cannot be run.
    #[error("_start is not a function without parameters of this module")]
    BadStart,
}

/// Cuts a text to the length that logs carry. A zero byte ends it too.
fn shorten(mut text: String) -> String {
    if let Some(end) = text.find('\0') {
        text.truncate(end);
    }
    if text.len() > TEXT_LIMIT {
        let mut end = TEXT_LIMIT - 3;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str("...");
    }
    text
}
