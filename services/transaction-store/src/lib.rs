//! The transaction store: transactions by their ids, and the blocks that have them.
//!
//! It serves `koinos.rpc.transaction_store` from an index ([`koinos_index`]) that it keeps of the
//! blocks.

mod handler;
mod record;
mod store;

use koinos_index::IndexService;

pub use store::Transactions;

/// The daemon.
pub type TransactionStoreService = IndexService<Transactions>;
