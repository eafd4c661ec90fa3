//! The messages of the protocol by field number, from the embedded descriptors.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::{Cardinality, DescriptorPool, FieldDescriptor, MessageDescriptor, Syntax};

use crate::wire::WireType;

/// How the value of a field is declared. Signed and unsigned fixed-width types and floats behave
/// alike on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `bool`: any varint but zero is true.
    Bool,
    /// `int32`: the low 32 bits of a varint, written sign-extended.
    Int32,
    /// `enum`: as [`Kind::Int32`], but a broken varint leaves the field alone.
    Enum,
    /// `uint32` and `sint32`: the low 32 bits of a varint.
    Uint32,
    /// `int64`, `uint64` and `sint64`.
    Uint64,
    /// `fixed32`, `sfixed32`, `float`.
    Fixed32,
    /// `fixed64`, `sfixed64`, `double`.
    Fixed64,
    /// `string`: must be UTF-8.
    String,
    /// `bytes`.
    Bytes,
    /// A message: its place in the table of messages.
    Message(usize),
}

impl Kind {
    /// The wire type of one value.
    pub const fn wire_type(self) -> WireType {
        match self {
            Self::Bool | Self::Int32 | Self::Enum | Self::Uint32 | Self::Uint64 => WireType::Varint,
            Self::Fixed32 => WireType::Fixed32,
            Self::Fixed64 => WireType::Fixed64,
            Self::String | Self::Bytes | Self::Message(_) => WireType::Bytes,
        }
    }

    /// What a varint field holds, and is written as, after a varint of `raw` was read into it.
    pub const fn narrow(self, raw: u64) -> u64 {
        match self {
            Self::Bool => (raw != 0) as u64,
            Self::Int32 | Self::Enum => raw as i32 as i64 as u64,
            Self::Uint32 => raw as u32 as u64,
            _ => raw,
        }
    }
}

/// A field of a message.
#[derive(Debug)]
pub struct FieldSchema {
    /// The field number.
    pub number: u32,
    /// The field name as in the proto file.
    pub name: String,
    /// How its value is declared.
    pub kind: Kind,
    /// Whether it is a list.
    pub repeated: bool,
    /// Whether a list of numbers is written packed, the default of proto3.
    pub packed: bool,
    /// Which oneof of the message it belongs to, counted from 0 without synthetic ones.
    pub oneof: Option<usize>,
    /// Whether a default value that was set is written: oneof members and `optional` fields.
    pub explicit_presence: bool,
}

impl FieldSchema {
    /// The schema of a message field; `None` for other kinds.
    pub fn message(&self) -> Option<&'static MessageSchema> {
        match self.kind {
            Kind::Message(index) => TABLE.messages.get(index),
            _ => None,
        }
    }
}

/// A message: its fields in ascending order of their numbers.
#[derive(Debug)]
pub struct MessageSchema {
    /// The full name, e.g. `koinos.protocol.block`.
    pub name: String,
    /// The fields in ascending order of their numbers.
    pub fields: Vec<FieldSchema>,
    /// How many oneofs it has, synthetic ones not counted.
    pub oneofs: usize,
}

impl MessageSchema {
    /// The place in [`Self::fields`] of the field `number`.
    pub fn index_of(&self, number: u32) -> Option<usize> {
        let guess = (number as usize).wrapping_sub(1);
        match self.fields.get(guess) {
            Some(field) if field.number == number => Some(guess),
            _ => self.fields.binary_search_by_key(&number, |field| field.number).ok(),
        }
    }

    /// The field `number`.
    pub fn field(&self, number: u32) -> Option<&FieldSchema> {
        self.index_of(number).and_then(|index| self.fields.get(index))
    }
}

/// The table of all proto3 messages of the protocol.
#[derive(Debug)]
pub struct Schema {
    messages: Vec<MessageSchema>,
    by_name: HashMap<String, usize>,
}

static TABLE: LazyLock<Schema> = LazyLock::new(|| Schema::build(koinos_proto::descriptor_pool()));

impl Schema {
    /// The message of the full name `name`, e.g. `koinos.protocol.block`.
    pub fn of(name: &str) -> Option<&'static MessageSchema> {
        TABLE.messages.get(*TABLE.by_name.get(name)?)
    }

    /// All messages of the table.
    pub fn messages() -> impl Iterator<Item = &'static MessageSchema> {
        TABLE.messages.iter()
    }

    fn build(pool: &DescriptorPool) -> Self {
        let proto3 = |message: &MessageDescriptor| message.parent_file().syntax() == Syntax::Proto3;
        let descriptors: Vec<_> = pool.all_messages().filter(proto3).collect();
        let by_name: HashMap<_, _> = descriptors
            .iter()
            .enumerate()
            .map(|(index, message)| (message.full_name().to_owned(), index))
            .collect();
        let messages =
            descriptors.iter().map(|message| message_schema(message, &by_name)).collect();
        Self { messages, by_name }
    }
}

fn message_schema(message: &MessageDescriptor, by_name: &HashMap<String, usize>) -> MessageSchema {
    let oneofs: Vec<_> = message.oneofs().filter(|oneof| !oneof.is_synthetic()).collect();
    let mut fields: Vec<_> = message
        .fields()
        .filter_map(|field| {
            let oneof =
                field.containing_oneof().and_then(|of| oneofs.iter().position(|one| *one == of));
            field_schema(&field, oneof, by_name)
        })
        .collect();
    fields.sort_by_key(|field| field.number);
    MessageSchema { name: message.full_name().to_owned(), fields, oneofs: oneofs.len() }
}

/// `None` only for a field of a proto2 message type, which the protocol's messages do not have.
fn field_schema(
    field: &FieldDescriptor,
    oneof: Option<usize>,
    by_name: &HashMap<String, usize>,
) -> Option<FieldSchema> {
    use prost_reflect::Kind as Declared;
    let kind = match field.kind() {
        Declared::Bool => Kind::Bool,
        Declared::Int32 => Kind::Int32,
        Declared::Enum(_) => Kind::Enum,
        Declared::Uint32 | Declared::Sint32 => Kind::Uint32,
        Declared::Int64 | Declared::Uint64 | Declared::Sint64 => Kind::Uint64,
        Declared::Fixed32 | Declared::Sfixed32 | Declared::Float => Kind::Fixed32,
        Declared::Fixed64 | Declared::Sfixed64 | Declared::Double => Kind::Fixed64,
        Declared::String => Kind::String,
        Declared::Bytes => Kind::Bytes,
        Declared::Message(message) => Kind::Message(*by_name.get(message.full_name())?),
    };
    Some(FieldSchema {
        number: field.number(),
        name: field.name().to_owned(),
        kind,
        repeated: field.cardinality() == Cardinality::Repeated,
        packed: field.is_packed(),
        oneof,
        explicit_presence: field.supports_presence(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_by_name() {
        let block = Schema::of("koinos.protocol.block").unwrap();
        assert_eq!(block.fields.len(), 4);
        let transactions = block.field(3).unwrap();
        assert!(transactions.repeated && !transactions.packed);
        assert_eq!(transactions.message().unwrap().name, "koinos.protocol.transaction");
        assert!(Schema::of("koinos.protocol.nothing").is_none());
    }

    #[test]
    fn presence_oneofs_and_packing() {
        let entry = Schema::of("koinos.protocol.state_delta_entry").unwrap();
        assert!(entry.field(3).unwrap().explicit_presence);
        assert_eq!(entry.field(3).unwrap().oneof, None);
        assert!(!entry.field(2).unwrap().explicit_presence);
        let operation = Schema::of("koinos.protocol.operation").unwrap();
        assert_eq!(operation.oneofs, 1);
        assert!(operation.fields.iter().all(|field| field.oneof == Some(0)));
        let propose = Schema::of("koinos.rpc.chain.propose_block_response").unwrap();
        assert!(propose.field(2).unwrap().packed);
    }

    /// The parser covers what the messages use; a new construct must not slip in unnoticed.
    #[test]
    fn every_field_is_covered() {
        for message in koinos_proto::descriptor_pool().all_messages() {
            let Some(schema) = Schema::of(message.full_name()) else {
                assert!(message.full_name().starts_with("google.protobuf."));
                continue;
            };
            assert_eq!(schema.fields.len(), message.fields().len(), "{}", schema.name);
            for field in message.fields() {
                assert!(!field.is_map() && !field.is_group(), "{}", field.full_name());
            }
            for field in &schema.fields {
                let fixed = matches!(field.kind, Kind::Fixed32 | Kind::Fixed64);
                assert!(!(field.packed && fixed), "{}.{}", schema.name, field.name);
            }
        }
    }
}
