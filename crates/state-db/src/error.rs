//! What can go wrong with the state.

use bytes::Bytes;

/// The result of a fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the state database. Except for [`Error::Storage`] these are mistakes of the caller or
/// contradictions in the stored data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed.
    #[error("the state database failed")]
    Storage(#[from] koinos_kv::Error),
    /// The store has objects but no valid record of the block they belong to.
    #[error("the state database is damaged: {0}; delete its directory to rebuild it")]
    Damaged(&'static str),
    /// The genesis objects contain a key twice.
    #[error("the genesis data has an object twice, database key {0:x}")]
    DuplicateGenesisKey(Bytes),
    /// The node is not in the tree: discarded, of another database, or below the root.
    #[error("block {0:x} is not part of the state tree")]
    UnknownNode(Bytes),
    /// A block with this id is in the tree already.
    #[error("block {0:x} is part of the state tree already")]
    AlreadyFinalized(Bytes),
    /// The block does not fit on the node its write set was opened on.
    #[error("block {0:x} does not follow the block its changes were made on")]
    WrongParent(Bytes),
    /// The commit would discard the head of the chain.
    #[error("block {0:x} cannot become irreversible: the head does not descend from it")]
    HeadNotDescendant(Bytes),
    /// A block was finalised while a transaction level was open.
    #[error("the block still has an open transaction")]
    OpenLevel,
    /// A level was closed that was not opened.
    #[error("there is no open transaction")]
    NoOpenLevel,
}
