//! What a wallet does: keys in files, transactions built and signed, contracts called by the names of
//! their ABI.

mod abi;
mod error;
pub mod keys;
pub mod transaction;

pub use abi::{Abi, Method};
pub use error::Error;

/// The result of a fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
