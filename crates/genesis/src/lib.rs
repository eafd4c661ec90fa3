//! The objects that a chain starts with: where they live, how they are read from a file, and how they
//! are made for a new chain.

mod builder;
mod fees;
mod genesis;
pub mod keys;

pub use builder::{GenesisBuilder, GenesisContract, SystemCallOverride};
pub use genesis::{Genesis, GenesisError};
