//! What can go wrong in a wallet.

use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key file cannot be read or written.
    #[error("cannot {verb} the key file {}", .path.display())]
    KeyFile {
        /// `read` or `write`.
        verb: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A key file holds something else.
    #[error("{} does not hold a private key in wallet import format on its first line", .path.display())]
    KeyContent {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: koinos_crypto::Error,
    },
    /// The system has no randomness to give.
    #[error("the system gives no random numbers: {0}")]
    Randomness(String),
    /// A signature cannot be made.
    #[error("cannot sign")]
    Signature(#[source] koinos_crypto::Error),
    /// A transaction has no id, or one that is no multihash.
    #[error("the transaction has no valid id; seal it first")]
    Unsealed,
    /// An ABI is not what it should be.
    #[error("the ABI is not usable: {0}")]
    Abi(String),
    /// The ABI has no such method.
    #[error("the ABI has no method {name:?}; it has: {known}")]
    UnknownMethod {
        /// The name asked for.
        name: String,
        /// The names there are, with commas.
        known: String,
    },
    /// Arguments or results do not fit their message.
    #[error(transparent)]
    Codec(#[from] koinos_codec::Error),
}
