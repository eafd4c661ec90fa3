//! The state of a chain: a fork-aware tree of deltas over a key-value store.
//!
//! The *root* is the last irreversible block; its objects are in the store. Above it every block is a
//! [`Node`] with the changes it made (its delta), in memory only. A block is written in a [`WriteSet`]
//! over its parent, becomes a node by [`Database::finalize`], and reaches the store when it, or a
//! descendant, is given to [`Database::commit`]; all of that is lost when the process ends and is not
//! committed yet, and is applied again from the blocks.
//!
//! Keys and values are byte strings. Keys are compared bytewise; the chain uses serialised
//! `database_key` messages.
//!
//! # Readers and the writer
//!
//! Any number of threads may read while one writes. A [`Node`] is immutable and is read without
//! locks; the tree itself is behind a lock that is held only to look up or exchange pointers, never
//! while a block is applied or the store is written. Writers ([`Database::finalize`],
//! [`Database::commit`], [`Database::reset`]) take turns.
//!
//! A node finds an object in its *overlay*, the merged changes of the blocks from some root up to
//! itself, and else in the store. The store, however, moves on when a later root is committed. That a
//! reader never sees a mixture follows from two facts:
//!
//! 1. A node that descends from the new root, or is the new root, has every change of the commit in
//!    its overlay, because the commit consists of the deltas on its own path. What it then looks up in
//!    the store is, by that, unchanged by the commit, whether it reads before, while or after.
//! 2. Every other node (the old root, blocks between the roots, side branches) is *frozen* before the
//!    store is written: it is given a snapshot of the store at the old root, on which its overlay
//!    fits. A reader looks whether the node is frozen after it has read the store. If it saw anything
//!    of the commit, the node was frozen before, the reader notices, and reads the snapshot instead.
//!
//! The snapshot is kept by the frozen nodes and goes when the last reader lets go of them.

mod cached;
mod database;
mod delta;
mod error;
mod layer;
mod node;
mod record;
mod write_set;

use koinos_kv::{Format, Options};

pub use database::{Database, Finalized};
pub use delta::{Entry, MERKLE_ROOT_LEN, MerkleRoot, NO_MERKLE_ROOT, entries_root};
pub use error::{Error, Result};
pub use koinos_fork_choice::{BlockInfo, ForkRule};
pub use node::{Node, Reader};
pub use write_set::WriteSet;

/// The layout of a state database.
pub const FORMAT: Format = Format { name: "koinos-state", version: 1, migrate: None };

/// The keyspaces of a state database.
pub const KEYSPACES: &[&str] = &[OBJECTS, META];

/// How a state database is opened on disk, to be adjusted by the caller.
pub fn store_options() -> Options {
    Options::new(FORMAT, KEYSPACES)
}

/// The objects of the root.
const OBJECTS: &str = "objects";
/// The record of the root.
const META: &str = "meta";
