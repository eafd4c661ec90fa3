//! What can go wrong in making a network.

/// Why there is no contract, no address for it, or no genesis.
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
    /// The amounts of a token do not fit into its supply.
    #[error("the supply of a token is at most 2^64 - 1")]
    Supply,
    /// Blocks could not follow each other so fast.
    #[error("a block interval of {0} ms is too short: 10 ms is the least")]
    BlockInterval(u32),
    /// Nobody could produce a block.
    #[error("no producer has VHP")]
    NoVhp,
    /// A difficulty of zero has no target.
    #[error("the difficulty of proof of work is 1 at least")]
    Difficulty,
}
