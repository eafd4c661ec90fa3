//! Access to a field of a message by its path, for `get_transaction_field` and `get_block_field`.
//!
//! A segment of the path is looked up by name in the protocol descriptor that is stored in the
//! state, and the number found there is looked up in the message as it is compiled in.

use std::collections::HashMap;

use koinos_codec::schema::{FieldSchema, Kind, MessageSchema, Schema};
use koinos_codec::wire::{self, FieldValue, Reader};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use prost_types::field_descriptor_proto::Type;

use crate::error::{Fault, Result, code, ensure};

/// Names and numbers of fields by the full name of their message.
#[derive(Debug)]
pub(crate) struct ProtocolDescriptor {
    messages: HashMap<String, HashMap<Vec<u8>, (u32, Type)>>,
}

fn not_found(text: String) -> Fault {
    Fault::failure(code::FIELD_NOT_FOUND, text)
}

/// The reference throws its protobuf library's usage error here.
fn usage_error() -> Fault {
    Fault::std("Protocol Buffer reflection usage error")
}

impl ProtocolDescriptor {
    /// Parses the stored `google.protobuf.FileDescriptorSet`.
    pub(crate) fn parse(object: &[u8]) -> Result<Self> {
        let set = FileDescriptorSet::decode(object)
            .map_err(|_| Fault::reversion(code::REVERSION, "file descriptor set is malformed"))?;
        let mut messages = HashMap::new();
        for file in &set.file {
            for message in &file.message_type {
                let fields = message.field.iter().map(|field| {
                    (field.name().as_bytes().to_vec(), (field.number() as u32, field.r#type()))
                });
                let name = format!("{}.{}", file.package(), message.name());
                messages.insert(name, fields.collect());
            }
        }
        Ok(Self { messages })
    }

    /// The value at `path` of the canonical message `bytes` of type `root`, as a canonical
    /// `koinos.chain.value_type`. It is explicitly set even when it is a default.
    pub(crate) fn field(&self, root: &str, bytes: &[u8], path: &[u8]) -> Result<Vec<u8>> {
        let mut names = self.messages.get(root).ok_or_else(|| {
            let text = format!("{root} descriptor was not found");
            Fault::reversion(code::INTERNAL_ERROR, text)
        })?;
        let mut schema = Schema::of(root).ok_or_else(usage_error)?;
        let mut message = bytes;
        let mut segments = path.split(|byte| *byte == b'.').peekable();
        while let Some(segment) = segments.next() {
            let (number, kind) = *names.get(segment).ok_or_else(|| unknown_field(segment))?;
            let field = schema.field(number).ok_or_else(|| {
                let text =
                    format!("unable to find field number {number} on {} message", schema.name);
                not_found(text)
            })?;
            if segments.peek().is_none() {
                return value(message, field);
            }
            ensure(kind == Type::Message, || {
                not_found("expected nested field to be within a message".to_owned())
            })?;
            ensure(!field.repeated, usage_error)?;
            schema = field.message().ok_or_else(usage_error)?;
            names = self.messages.get(&schema.name).ok_or_else(usage_error)?;
            message = Reader::new(message).bytes(number);
        }
        Err(unknown_field(path))
    }
}

/// The reference puts names into its texts as JSON strings, less the quotes, and throws a standard
/// exception for a name that is not UTF-8.
fn unknown_field(name: &[u8]) -> Fault {
    let Ok(name) = std::str::from_utf8(name) else {
        return Fault::std("[json.exception.type_error.316] invalid UTF-8 byte");
    };
    let quoted = serde_json::Value::from(name).to_string();
    let escaped = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    not_found(format!("unable to find field {}", escaped.unwrap_or(name))).with("fname", name)
}

/// Members of the oneof of `koinos.chain.value_type`.
mod member {
    pub(super) const MESSAGE: u32 = 1;
    pub(super) const INT32: u32 = 2;
    pub(super) const UINT32: u32 = 4;
    pub(super) const UINT64: u32 = 5;
    pub(super) const BOOL: u32 = 12;
    pub(super) const STRING: u32 = 13;
    pub(super) const BYTES: u32 = 14;
}

/// The `value_type` of a field of `message`.
fn value(message: &[u8], field: &FieldSchema) -> Result<Vec<u8>> {
    let reader = Reader::new(message);
    if field.repeated {
        let mut list = Vec::new();
        for item in reader.fields().filter(|item| item.number == field.number) {
            wire::put_message_field(&mut list, 1, &single(item.value, field)?);
        }
        return Ok(message_value("koinos.chain.list_type", &list));
    }
    let present = reader.fields().find(|item| item.number == field.number);
    match present {
        Some(item) => single(item.value, field),
        None => single(default_of(field.kind), field),
    }
}

fn default_of(kind: Kind) -> FieldValue<'static> {
    match kind {
        Kind::String | Kind::Bytes | Kind::Message(_) => FieldValue::Bytes(&[]),
        _ => FieldValue::Varint(0),
    }
}

fn single(value: FieldValue<'_>, field: &FieldSchema) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    match (field.kind, value) {
        (Kind::Bytes, FieldValue::Bytes(bytes)) => {
            wire::put_message_field(&mut out, member::BYTES, bytes);
        }
        (Kind::String, FieldValue::Bytes(bytes)) => {
            wire::put_message_field(&mut out, member::STRING, bytes);
        }
        (Kind::Message(_), FieldValue::Bytes(bytes)) => {
            let schema: &MessageSchema = field.message().ok_or_else(usage_error)?;
            return Ok(message_value(&schema.name, bytes));
        }
        (kind, FieldValue::Varint(raw)) => {
            let member = match kind {
                Kind::Bool => member::BOOL,
                Kind::Int32 => member::INT32,
                Kind::Uint32 => member::UINT32,
                Kind::Uint64 => member::UINT64,
                _ => return Err(usage_error()),
            };
            wire::put_tag(&mut out, member, wire::WireType::Varint);
            wire::put_varint(&mut out, raw);
        }
        _ => return Err(usage_error()),
    }
    Ok(out)
}

/// A `value_type` that holds a message as `google.protobuf.Any`.
fn message_value(name: &str, message: &[u8]) -> Vec<u8> {
    let mut any = Vec::with_capacity(message.len() + 64);
    wire::put_bytes_field(&mut any, 1, format!("type.googleapis.com/{name}").as_bytes());
    wire::put_bytes_field(&mut any, 2, message);
    let mut out = Vec::with_capacity(any.len() + 8);
    wire::put_message_field(&mut out, member::MESSAGE, &any);
    out
}
