//! The WebAssembly machine of the chain.
//!
//! Contracts are WebAssembly 1.0 modules whose every executed instruction costs one *tick*, and
//! the count is consensus: at each call of the host, at a trap, and at the end. This crate decodes
//! and validates modules, translates them to register code that charges ticks by straight-line
//! runs without losing exactness, and runs them.
//!
//! ```
//! # use koinos_vm::{Host, Import, Instance, Module, Outcome};
//! # struct Nothing;
//! # impl Host for Nothing {
//! #     type Error = ();
//! #     fn call(
//! #         &mut self, _: Import, _: [u32; 6], _: Option<&mut [u8]>, _: &mut i64,
//! #     ) -> Result<i32, ()> { Err(()) }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // (module (func (export "_start") nop))
//! let wasm = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x0a\x01\x06_start\0\0\
//!              \x0a\x05\x01\x03\0\x01\x0b";
//! let module = std::sync::Arc::new(Module::new(wasm)?);
//! let mut instance = Instance::new(&module)?;
//! let run = instance.start(&mut Nothing, 10)?;
//! assert_eq!(run.outcome, Outcome::Finished);
//! assert_eq!(run.ticks_left, 8); // nop, end
//! # Ok(())
//! # }
//! ```
//!
//! The way of a module: `decode` reads the sections, `check` validates them, `body` decodes and
//! validates (`validate`) each function and hands it to `translate`, which builds the code described
//! in `ir`. `exec` runs that code, with the instructions in `ops`; `raw` holds the unsafe accesses
//! it needs. A compiled tier would stand beside `exec`, behind the same call of [`Instance`].

mod body;
mod cache;
mod check;
mod decode;
mod error;
mod exec;
mod host;
mod instance;
mod ir;
mod memory;
mod module;
mod opcode;
mod ops;
mod raw;
mod reader;
mod translate;
mod types;
mod validate;

pub use cache::ModuleCache;
pub use error::{InstantiateError, ModuleError, NoStart, Trap};
pub use host::{Host, Import, Outcome, Run};
pub use instance::Instance;
pub use module::Module;
pub use types::Value;

/// Bytes of a memory page.
pub const PAGE_SIZE: usize = 65_536;

/// Pages a memory may have or grow to; consensus rule.
pub const MAX_MEMORY_PAGES: u32 = 512;

/// Nested calls, counted from a depth of 0, that a thread of execution may have; consensus rule.
pub const MAX_DEPTH: u32 = 2048;

/// The call depth at which `_start` begins; consensus rule.
pub const START_DEPTH: u32 = 251;

/// Instructions that a start section may execute. The original implementation has no bound, and
/// hangs on an endless loop there.
pub const START_SECTION_TICKS: i64 = 100_000_000;

/// Registers that all nested calls of an execution may take together: parameters, locals, and
/// operands, 8 bytes each. Consensus has no such bound short of the host's memory; at full depth
/// it leaves more than 37,000 registers to each call.
pub const MAX_STACK_VALUES: usize = 1 << 26;
