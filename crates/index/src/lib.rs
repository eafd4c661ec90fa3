//! Indexes over the chain: what `transaction_store`, `contract_meta_store` and `account_history`
//! have in common.
//!
//! An [`Index`] is two things in one store. On the disk are the records of all irreversible blocks,
//! up to a *cursor*. Above the cursor are the *recent* blocks, of all branches, in the order they
//! came: what each of them changes is in memory and on the disk. An answer puts both together. When
//! blocks become irreversible their changes become records, and the cursor moves, in one write; what
//! died with a branch never became a record that would have to be undone.
//!
//! A service says what a block changes and how questions are answered ([`Records`]); the rest is
//! here: catching up from `block_store`, following the broadcasts of the chain, taking requests only
//! at the head ([`IndexService`]), and the checksum of the records.

mod announce;
mod block;
mod checksum;
mod config;
mod error;
mod events;
mod fetch;
mod follow;
mod index;
mod progress;
mod recent;
mod records;
mod service;
mod state;
mod view;

pub use block::SourceBlock;
pub use checksum::{Checksum, Hasher};
pub use config::IndexOptions;
pub use error::Error;
pub use index::{Digested, Index, Taken};
pub use recent::Parts;
pub use records::{Fate, Layout, Leaving, Records};
pub use service::IndexService;
pub use state::Recent;
pub use view::{Standing, View};
