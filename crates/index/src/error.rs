//! What can go wrong with an index.

use bytes::Bytes;
use koinos_codec::text::to_hex;
use koinos_rpc::RpcError;
use koinos_service::{Fatal, events};

/// Why an index cannot go on, or not now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The storage failed.
    #[error("the storage of the index failed")]
    Storage(#[from] koinos_kv::Error),
    /// A stored record cannot be read.
    #[error("the index is damaged: {0}; start once with --reset to build it again")]
    Damaged(&'static str),
    /// The index was made from another chain.
    #[error(
        "the index ends at block {height} ({}), which is not an ancestor of the chain's blocks: it \
         was made from another chain; choose another base directory, or start once with --reset to \
         build it again", to_hex(.id)
    )]
    OtherChain {
        /// Height of the last block of the index.
        height: u64,
        /// Its id.
        id: Bytes,
    },
    /// A block without something that every block has.
    #[error("a block has no {0}")]
    Block(&'static str),
    /// Another service did not answer, or with an error.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The answer of another service lacks something.
    #[error("{service} has no {what}")]
    Missing {
        /// The service.
        service: &'static str,
        /// What is missing.
        what: &'static str,
    },
}

impl Error {
    /// Whether another attempt may go well without anything being done about it.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Rpc(_) | Self::Missing { .. } | Self::Block(_))
    }

    /// The end of the process. What the operator has to cure is told apart from what a restart may.
    pub(crate) fn fatal(self) -> Fatal {
        let operator = match &self {
            Self::Storage(error) => error.needs_operator(),
            Self::Damaged(_) | Self::OtherChain { .. } => true,
            _ => false,
        };
        let event = match &self {
            Self::Storage(error) => error.event_id(),
            Self::Damaged(_) => Some(events::STORE_DAMAGED),
            Self::OtherChain { .. } => Some(events::STORE_FOREIGN),
            _ => None,
        };
        let fatal = if operator { Fatal::config(self) } else { Fatal::failure(self) };
        match event {
            Some(id) => fatal.event(id),
            None => fatal,
        }
    }
}
