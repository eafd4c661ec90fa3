//! The crate's error type.

use std::borrow::Cow;

use crate::canonical::DecodeFault;

/// What can go wrong while decoding bytes or text of the protocol.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes are not a well-formed protobuf message.
    #[error("malformed protobuf message")]
    Decode(#[from] DecodeFault),
    /// Bytes are not a message of the type asked for.
    #[error("bytes are not a {message}")]
    Message {
        /// The full name of the message type.
        message: String,
        /// What the decoder found.
        source: prost::DecodeError,
    },
    /// No message type has this full name.
    #[error("unknown message type {0:?}")]
    UnknownType(String),
    /// A multihash ends before its two leading varints do.
    #[error("multihash ends inside its code or size")]
    MultihashTruncated,
    /// A multihash declares a digest longer than any hash function of the protocol makes.
    #[error("multihash declares a digest of {size} bytes, more than {max}")]
    MultihashTooLarge {
        /// The declared digest size in bytes.
        size: u64,
        /// The largest accepted size in bytes.
        max: u64,
    },
    /// Text is not base58 (Bitcoin alphabet).
    #[error("invalid base58 text")]
    Base58(#[source] bs58::decode::Error),
    /// Text is not padded base64 of the expected alphabet.
    #[error("invalid base64 text")]
    Base64(#[source] base64::DecodeError),
    /// Hexadecimal text does not start with `0x`.
    #[error("hex string not prepended with '0x'")]
    HexPrefix,
    /// Text behind `0x` is not hexadecimal.
    #[error("invalid hex text")]
    Hex(#[source] hex::FromHexError),
    /// A JSON value does not fit the message it should become.
    #[error("{}: expected {expected}", place_text(.place))]
    Json {
        /// Where, from the root: `entries[3].key`; empty for the root itself.
        place: String,
        /// What has to stand there instead.
        expected: Cow<'static, str>,
        /// Why the value there could not be read, where that says more.
        source: Option<Box<Error>>,
    },
    /// A well-known type of protobuf has a value that JSON cannot show: a time out of range, a
    /// number that is none.
    #[error("this {0} cannot be written as JSON")]
    Unwritable(String),
    /// A genesis file is not JSON; the cause names line and column.
    #[error("genesis file is not valid JSON; restore it from where the network publishes it")]
    GenesisSyntax(#[source] serde_json::Error),
    /// A genesis file is JSON, but not a `koinos.chain.genesis_data`; the cause names the field.
    #[error("genesis file does not hold a koinos.chain.genesis_data")]
    GenesisContent(#[source] Box<Error>),
}

fn place_text(place: &str) -> &str {
    if place.is_empty() { "JSON value" } else { place }
}
