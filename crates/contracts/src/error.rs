//! What can go wrong in making a network.

/// Why there is no contract, or no address for it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A seed gives no valid key.
    #[error("the seed gives no valid key")]
    Seed(#[from] koinos_crypto::Error),
    /// The text of a contract is no WebAssembly module.
    #[error("the text of the contract {name} cannot be assembled")]
    Module {
        /// Which contract.
        name: &'static str,
        /// What is wrong with it.
        #[source]
        cause: wat::Error,
    },
}
