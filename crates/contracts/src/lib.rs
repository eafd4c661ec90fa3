//! The project's own contracts, and the genesis of networks that run them: for development and for
//! tests.
//!
//! The sources are C, in the folder `contracts`, with the WebAssembly text that they compile to. They
//! implement the entry points of the contracts of the public network as far as the chain, the block
//! producer and wallets call them.
//!
//! | contract | what it is | system calls it serves |
//! |---|---|---|
//! | [`KOIN`] | the token whose owners have mana | `get_account_rc`, `consume_account_rc` |
//! | [`VHP`] | burned KOIN, which produces blocks | |
//! | [`POB`] | proof of burn | `process_block_signature` |
//! | [`POW`] | proof of work | `process_block_signature` |
//! | [`NAMES`] | names of contracts | `get_contract_address`, `get_contract_name` |
//! | [`METADATA`] | what the chain keeps of contracts | `get_contract_metadata` |
//! | [`COUNTER`] | a number to add to | |
//!
//! [`Genesis`] makes genesis data of contracts and objects; [`Federated`], [`ProofOfBurn`] and
//! [`ProofOfWork`] are networks made with it.
//!
//! ```
//! use koinos_contracts::{Addresses, Federated, System};
//!
//! let key = koinos_crypto::SecretKey::from_seed("example")?.public_key().address();
//! let addresses = Addresses::from_seed("example")?;
//! let system = System { key, addresses, balances: vec![(key, 1_000_000_000_000)] };
//! let genesis = Federated(system).genesis()?.build();
//! let file = koinos_codec::genesis_to_json(&genesis);
//! # assert!(koinos_codec::parse_genesis(&file).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod fees;
mod genesis;
mod networks;
mod objects;

use bytes::Bytes;

pub use error::Error;
pub use genesis::{Genesis, Installation, default_resource_limits};
pub use networks::{Addresses, Federated, Producer, ProofOfBurn, ProofOfWork, System};

/// The result of a fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A contract as a client uploads it.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// Its name, in the folder of sources and in the name service.
    pub name: &'static str,
    /// The WebAssembly module as text.
    pub text: &'static str,
    /// The ABI as JSON: methods, events, and types both as descriptors and in koilib's form.
    pub abi: &'static str,
}

impl Contract {
    /// The WebAssembly module.
    ///
    /// # Errors
    /// When the text is no module (never seen: a test assembles all of them).
    pub fn bytecode(&self) -> Result<Bytes> {
        let module = wat::parse_str(self.text);
        module.map(Bytes::from).map_err(|cause| Error::Module { name: self.name, cause })
    }
}

macro_rules! contract {
    ($name:literal) => {
        Contract {
            name: $name,
            text: include_str!(concat!("../../../contracts/", $name, "/", $name, ".wat")),
            abi: include_str!(concat!("../../../contracts/", $name, "/", $name, ".abi.json")),
        }
    };
}

/// The token KOIN.
pub const KOIN: Contract = contract!("koin");
/// The token VHP.
pub const VHP: Contract = contract!("vhp");
/// Proof of burn.
pub const POB: Contract = contract!("pob");
/// Proof of work.
pub const POW: Contract = contract!("pow");
/// The name service.
pub const NAMES: Contract = contract!("names");
/// What the chain keeps of contracts.
pub const METADATA: Contract = contract!("metadata");
/// A number that anybody may read and add to.
pub const COUNTER: Contract = contract!("counter");

/// All contracts.
pub const CONTRACTS: [Contract; 7] = [KOIN, VHP, POB, POW, NAMES, METADATA, COUNTER];

/// The entry point of a method: the first four bytes of the SHA2-256 digest of its name.
pub fn entry_point(method: &str) -> u32 {
    let [a, b, c, d, ..] = koinos_crypto::sha256(method.as_bytes());
    u32::from_be_bytes([a, b, c, d])
}
