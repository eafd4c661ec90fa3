//! The message types of an ABI.

use std::collections::HashMap;

use bytes::Bytes;
use koinos_codec::text::from_any_base64;
use koinos_codec::wire::{Reader, put_bytes_field, repeated_bytes};
use koinos_proto::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_reflect::{DescriptorPool, MessageDescriptor};
use prost_types::FileDescriptorSet;
use serde_json::Value;

use super::koilib;
use crate::{Error, Result};

/// Field of `FileDescriptorSet`; the name and the imports in `FileDescriptorProto`.
const SET_FILE: u32 = 1;
const FILE_NAME: u32 = 1;
const FILE_DEPENDENCY: u32 = 3;

/// The types that an ABI brings: those in `types`, which old ones have as JSON, or if there are none,
/// in `koilib_types`.
pub(super) fn pool(abi: &Value) -> Result<DescriptorPool> {
    match (abi.get("types"), abi.get("koilib_types")) {
        (Some(Value::String(types)), _) if !types.is_empty() => of_text(types),
        (Some(json @ Value::Object(_)), _) | (_, Some(json @ Value::Object(_))) => {
            koilib::pool(json)
        }
        _ => Ok(DescriptorPool::new()),
    }
}

/// The message type of that full name, or else the first whose full name ends with it.
pub(super) fn find(pool: &DescriptorPool, name: &str) -> Option<MessageDescriptor> {
    let name = name.strip_prefix('.').unwrap_or(name);
    pool.get_message_by_name(name).or_else(|| {
        let ends = |message: &MessageDescriptor| {
            message.full_name().strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
        };
        pool.all_messages().find(ends).filter(|_| !name.is_empty())
    })
}

/// The types in base64. Files that they import and do not bring are taken from the protocol.
fn of_text(types: &str) -> Result<DescriptorPool> {
    let unusable = |error: String| Error::Abi(format!("\"types\": {error}"));
    let bytes = from_any_base64(types).map_err(|error| unusable(error.to_string()))?;
    let set: Bytes = as_set(bytes).into();
    FileDescriptorSet::decode(&set[..]).map_err(|error| unusable(error.to_string()))?;
    let whole = with_imports(&set);
    // Decoded as it is, since the messages of prost-types would lose the custom options.
    DescriptorPool::decode(&whole[..]).map_err(|error| unusable(error.to_string()))
}

/// A single file begins with its name, which is no message of a set.
fn as_set(bytes: Vec<u8>) -> Vec<u8> {
    if !Reader::new(&bytes).bytes(FILE_NAME).ends_with(b".proto") {
        return bytes;
    }
    let mut set = Vec::new();
    put_bytes_field(&mut set, SET_FILE, &bytes);
    set
}

fn with_imports(set: &Bytes) -> Vec<u8> {
    let name = |file: &Bytes| Reader::new(file).bytes(FILE_NAME).to_vec();
    let protocol = Bytes::from_static(FILE_DESCRIPTOR_SET);
    let known: HashMap<Vec<u8>, Bytes> =
        repeated_bytes(&protocol, SET_FILE).map(|file| (name(&file), file)).collect();
    let mut files: Vec<Bytes> = repeated_bytes(set, SET_FILE).collect();
    let mut names: Vec<Vec<u8>> = files.iter().map(name).collect();
    let mut next = 0;
    while let Some(file) = files.get(next).cloned() {
        for import in Reader::new(&file).repeated(FILE_DEPENDENCY) {
            if !names.iter().any(|name| name == import)
                && let Some(found) = known.get(import)
            {
                names.push(import.to_vec());
                files.push(found.clone());
            }
        }
        next += 1;
    }
    let mut whole = Vec::new();
    files.iter().for_each(|file| put_bytes_field(&mut whole, SET_FILE, file));
    whole
}
