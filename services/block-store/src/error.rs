//! What the block store answers when it cannot do as asked. The texts are part of its interface.

use bytes::Bytes;

/// The most blocks one request may ask for.
pub const MAX_BLOCKS: u32 = 1_000;

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More than [`MAX_BLOCKS`] asked for.
    #[error("cannot request more than {MAX_BLOCKS} blocks")]
    TooManyBlocks,
    /// `get_blocks_by_id` without ids.
    #[error("expected field 'block_id' was nil")]
    NoBlockIds,
    /// `get_blocks_by_height` from height 0.
    #[error("ancestor_start_height must be greater than 0")]
    StartHeightZero,
    /// `get_blocks_by_height` without a head.
    #[error("expected field, 'head_block_id' was nil")]
    NoHeadBlockId,
    /// A block that a request builds on is not stored.
    #[error("Block not present - ID: 0x{}", hex(.0))]
    BlockNotPresent(Bytes),
    /// A height above the block it should be an ancestor of.
    #[error("Block height mismatch")]
    HeightMismatch,
    /// Stored heights do not fit together.
    #[error("Unexpected height (corrupt block store?)")]
    UnexpectedHeight,
    /// A chain that has no beginning in the store.
    #[error("Attempt to traverse before genesis")]
    BeforeGenesis,
    /// `add_block` without a block.
    #[error("cannot add empty optional block")]
    NoBlock,
    /// A block without id.
    #[error("block id must not be nil")]
    NoId,
    /// A block without header.
    #[error("block header must not be nil")]
    NoHeader,
    /// The request holds no call, or one this version does not know.
    #[error("expected request was nil")]
    NoRequest,
    /// A call that the block store does not serve.
    #[error("unknown request")]
    UnknownRequest,
    /// The request is not valid protobuf.
    #[error("{}", koinos_rpc::MALFORMED_REQUEST)]
    Malformed,
    /// The reply would be larger than a message may be.
    #[error("Response would exceed maximum MQ message size")]
    TooLarge,
    /// A stored record cannot be read.
    #[error("the stored record cannot be read")]
    Record(#[from] prost::DecodeError),
    /// The storage failed.
    #[error("the storage failed")]
    Storage(#[from] std::sync::Arc<koinos_kv::Error>),
}

impl From<koinos_kv::Error> for Error {
    fn from(error: koinos_kv::Error) -> Self {
        Self::Storage(std::sync::Arc::new(error))
    }
}

impl Error {
    /// Whether the fault is the store's and not the asker's.
    pub fn is_internal(&self) -> bool {
        matches!(
            self,
            Self::Record(_) | Self::Storage(_) | Self::UnexpectedHeight | Self::BeforeGenesis
        )
    }
}

impl Error {
    /// The text with its causes, for the log.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
