//! What the mempool answers when it cannot do as asked, and why it does not take a transaction. The
//! texts that reach clients are part of its interface.

use bytes::Bytes;
use koinos_codec::text::to_base58;

/// The most transactions one request may ask for.
pub const MAX_REQUEST: u64 = 2_000;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// More than [`MAX_REQUEST`] asked for.
    #[error("requested too many pending transactions. max: {MAX_REQUEST}")]
    TooMany,
    /// Transactions after a block that is not known.
    #[error("cannot retrieve pending transactions from an unknown block")]
    TransactionsOfUnknownBlock,
    /// Resources, or whether a nonce is free, after a block that is not known.
    #[error("cannot check pending account resources from an unknown block")]
    ResourcesOfUnknownBlock,
    /// Nonces or their number after a block that is not known.
    #[error("cannot check pending nonce from an unknown block")]
    NonceOfUnknownBlock,
    /// The memory for pending transactions is used up.
    #[error("the mempool is full, try again later")]
    Full,
    /// The request holds no call, or one this version does not know.
    #[error("Error: attempted to call unknown rpc")]
    UnknownRpc,
    /// The request is not valid protobuf.
    #[error("Received bad message")]
    Malformed,
}

impl QueryError {
    /// Whether a block was named that is not known.
    pub fn is_unknown_block(&self) -> bool {
        matches!(
            self,
            Self::TransactionsOfUnknownBlock
                | Self::ResourcesOfUnknownBlock
                | Self::NonceOfUnknownBlock
        )
    }
}

/// Why a transaction was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Its payer cannot pay for it besides what is pending already.
    #[error("transaction would exceed maximum resources for account: {}", to_base58(.0))]
    ExceedsResources(Bytes),
    /// It is pending.
    #[error("cannot insert duplicate transaction")]
    Duplicate,
    /// Its nonce is pending after every block.
    #[error("transaction nonce conflict")]
    NonceConflict,
    /// It is in a block of every branch.
    #[error("the transaction is in a block already")]
    Included,
    /// There is no memory left for it.
    #[error("the mempool is full: {bytes} bytes in {transactions} transactions")]
    Full {
        /// What the transactions take.
        bytes: usize,
        /// How many there are.
        transactions: usize,
    },
}

/// Why a broadcast was not followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BroadcastError {
    /// It is not valid protobuf.
    #[error("it is not a valid message")]
    Decode(#[from] prost::DecodeError),
    /// Something that it has to name is missing.
    #[error("it has no {0}")]
    Missing(&'static str),
}
