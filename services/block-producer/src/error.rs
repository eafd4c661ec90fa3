//! Why no block is produced for now.

use koinos_rpc::RpcError;

use crate::draft::NotInBlock;
use crate::lottery::LotteryError;
use crate::nonce::TargetError;
use crate::signed::SignedError;

/// What keeps the producer from making a block. It tries again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another service refused, or cannot be understood.
    #[error("cannot {action}: {source}")]
    Call {
        /// What it was asked for.
        action: &'static str,
        /// Its answer.
        #[source]
        source: RpcError,
    },
    /// A reply or the result of a contract is not the message it should be.
    #[error("cannot {action}: the answer cannot be read")]
    Unreadable {
        /// What was asked for.
        action: &'static str,
    },
    /// A contract's parameter is out of the range that the protocol allows.
    #[error("expected {what}, was {found}")]
    Parameter {
        /// The parameter and its range.
        what: &'static str,
        /// Its value.
        found: String,
    },
    /// Nothing can be drawn.
    #[error(transparent)]
    Lottery(#[from] LotteryError),
    /// Nothing can be searched for.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// All nonces were tried.
    #[error("no nonce meets the difficulty target")]
    NoNonce,
    /// The chain named transactions that were not in the block.
    #[error(transparent)]
    NotInBlock(#[from] NotInBlock),
    /// The guard against signing twice does not work.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// The key does not sign (never seen).
    #[error("cannot sign: {0}")]
    Crypto(#[from] koinos_crypto::Error),
}
