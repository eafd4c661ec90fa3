//! Bytes and text of the Koinos protocol: protobuf wire format, canonical form, multihashes,
//! text encodings, Koinos JSON and genesis files.
//!
//! Hashes, fees and state keys of the chain depend on the exact bytes of a message, so this crate
//! treats protobuf as a byte format first: [`wire`] reads and writes fields, [`schema`] knows the
//! messages by field number, and [`canonical`] brings any encoding of a message into the one form
//! everything is computed over.

pub mod canonical;
pub mod json;
pub mod schema;
pub mod text;
pub mod wire;

mod error;
mod genesis;
mod multihash;

pub use canonical::{DecodeFault, canonicalize, tolerant};
pub use error::Error;
pub use genesis::{genesis_to_json, parse_genesis};
pub use multihash::{Multihash, read_unsigned_varint};
pub use schema::{MessageSchema, Schema};
