//! Messages as Koinos JSON.

use koinos_codec::json::Mapping;
use koinos_codec::text::from_hex;
use prost::{Message, Name};
use serde_json::Value;

use crate::error::{Error, Result, refused};

/// A multihash of the protocol: code, size, and 32 bytes.
const ID_LENGTH: usize = 34;

/// The Koinos JSON of a message.
///
/// # Errors
/// When the message holds an `Any` of an unknown type.
pub fn of<M: Message + Name>(message: &M) -> Result<Value> {
    let json = Mapping::koinos().decode(&M::full_name(), &message.encode_to_vec());
    json.map_err(|error| Error::Unknown(error.to_string()))
}

/// The message that Koinos JSON stands for.
///
/// # Errors
/// Naming the member that does not fit.
pub fn read<M: Message + Name + Default>(json: &Value) -> Result<M> {
    let bytes = Mapping::koinos().encode(&M::full_name(), json)?;
    M::decode(&bytes[..]).map_err(|error| Error::Unknown(error.to_string()))
}

/// The bytes of the id of a block or transaction.
///
/// # Errors
/// When it is no such id; `what` says what it should be of.
pub fn id(what: &str, text: &str) -> Result<Vec<u8>> {
    let bytes = from_hex(text).ok().filter(|bytes| bytes.len() == ID_LENGTH);
    bytes.ok_or_else(|| {
        refused(format!("invalid {what} id: expected 0x and {} hexadecimal digits", 2 * ID_LENGTH))
    })
}
