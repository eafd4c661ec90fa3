//! The contract meta store: the ABIs that contracts were uploaded with.
//!
//! It serves `koinos.rpc.contract_meta_store` from an index ([`koinos_index`]) that it keeps of the
//! blocks.

mod handler;
mod record;
mod store;

use koinos_index::IndexService;

pub use record::Upload;
pub use store::ContractMeta;

/// The daemon.
pub type ContractMetaStoreService = IndexService<ContractMeta>;
