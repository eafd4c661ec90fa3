//! The cryptography of the Koinos protocol: hashes and multihashes, merkle trees, secp256k1 keys and
//! signatures, and the verifiable random function of proof-of-burn.
//!
//! Everything here is a pure function of its arguments: no randomness, no clock, no state. Digests
//! and multihashes are byte strings; a multihash is `varint code, varint digest length, digest`.

mod error;
mod hash;
mod key;
mod merkle;
mod nonce;
mod signature;
pub mod vrf;

pub use error::Error;
pub use hash::{Digest, HashCode, Hasher, digest, multihash, multihash_from_digest, sha256};
pub use key::{ADDRESS_LEN, Address, PublicKey, SecretKey};
pub use merkle::{MerkleBuilder, merkle_root, sha256_merkle_root};
pub use signature::{SIGNATURE_LEN, Signature, is_canonical, recover, sign};

/// The result of a fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
