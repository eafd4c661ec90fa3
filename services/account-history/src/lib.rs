//! The account history: for each account the blocks and transactions that concern it, numbered from
//! 0 in the order of the chain.
//!
//! It serves `koinos.rpc.account_history` from an index ([`koinos_index`]) that it keeps of the
//! blocks. The numbers of what is not irreversible yet depend on the branch: they are those of the
//! branch of the head.

mod config;
mod effects;
mod handler;
mod history;
mod store;

use koinos_index::IndexService;

pub use config::Options;
pub use effects::Effects;
pub use store::Histories;

/// The daemon.
pub type AccountHistoryService = IndexService<Histories>;
