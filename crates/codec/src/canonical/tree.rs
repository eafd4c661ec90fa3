//! A parsed message: which field has which value, and the bytes it is written as.

use super::stream::Span;
use crate::schema::{FieldSchema, Kind, MessageSchema};
use crate::wire::{WireType, put_tag, put_varint, tag, varint_len};

/// The value of a field.
#[derive(Debug)]
pub(super) enum Value {
    Absent,
    /// A varint or fixed-width number as it is written.
    Number(u64),
    Bytes(Span),
    Message(Box<Node>),
    Numbers(Vec<u64>),
    BytesList(Vec<Span>),
    Messages(Vec<Node>),
}

/// A parsed message.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The values in the order of the fields of the schema; none before the first is set, since
    /// input may hold very many empty messages.
    values: Vec<Value>,
    /// The unknown fields as they are written.
    pub(super) unknown: Vec<u8>,
    /// The length of its serialization, once measured.
    length: usize,
}

impl Node {
    /// The value of the field at `index`, for setting it: clears the other members of its oneof.
    pub(super) fn slot(&mut self, schema: &MessageSchema, index: usize) -> &mut Value {
        if self.values.is_empty() {
            self.values = schema.fields.iter().map(Value::unset).collect();
        }
        let oneof = schema.fields[index].oneof;
        if oneof.is_some() {
            for (other, value) in self.values.iter_mut().enumerate() {
                if other != index && schema.fields[other].oneof == oneof {
                    *value = Value::Absent;
                }
            }
        }
        &mut self.values[index]
    }

    /// Writes the message in its canonical form. `data` is the input the spans refer to.
    pub(super) fn serialize(mut self, schema: &MessageSchema, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.measure(schema));
        self.write(schema, data, &mut out);
        out
    }

    /// Computes the length of this message and those inside it.
    fn measure(&mut self, schema: &MessageSchema) -> usize {
        let mut length = self.unknown.len();
        for (field, value) in schema.fields.iter().zip(&mut self.values) {
            length += measure_field(field, value);
        }
        self.length = length;
        length
    }

    fn write(&self, schema: &MessageSchema, data: &[u8], out: &mut Vec<u8>) {
        for (field, value) in schema.fields.iter().zip(&self.values) {
            write_field(field, value, data, out);
        }
        out.extend_from_slice(&self.unknown);
    }
}

impl Value {
    /// What a field holds before anything was read into it.
    fn unset(field: &FieldSchema) -> Self {
        match field.kind {
            _ if !field.repeated => Self::Absent,
            Kind::Message(_) => Self::Messages(Vec::new()),
            Kind::String | Kind::Bytes => Self::BytesList(Vec::new()),
            _ => Self::Numbers(Vec::new()),
        }
    }

    /// Sets a number, or appends to a list of numbers.
    pub(super) fn put_number(&mut self, number: u64) {
        match self {
            Self::Numbers(list) => list.push(number),
            value => *value = Self::Number(number),
        }
    }

    /// Sets bytes, or appends to a list of bytes.
    pub(super) fn put_bytes(&mut self, span: Span) {
        match self {
            Self::BytesList(list) => list.push(span),
            value => *value = Self::Bytes(span),
        }
    }

    /// Makes bytes present without setting them: what they were stays, a list gets an empty entry.
    pub(super) fn touch_bytes(&mut self) {
        if !matches!(self, Self::Bytes(_)) {
            self.put_bytes(Span::EMPTY);
        }
    }

    /// Takes out the message that further fields are merged into; `None` for lists and when unset.
    pub(super) fn take_message(&mut self) -> Option<Node> {
        if !matches!(self, Self::Message(_)) {
            return None;
        }
        match std::mem::replace(self, Self::Absent) {
            Self::Message(node) => Some(*node),
            _ => None,
        }
    }

    /// Sets a message, or appends to a list of messages.
    pub(super) fn put_message(&mut self, node: Node) {
        match self {
            Self::Messages(list) => list.push(node),
            value => *value = Self::Message(Box::new(node)),
        }
    }

    /// Whether the value is written: set, and no default unless presence is tracked.
    fn is_written(&self, field: &FieldSchema) -> bool {
        match self {
            Self::Absent => false,
            Self::Number(number) => field.explicit_presence || *number != 0,
            Self::Bytes(span) => field.explicit_presence || span.len() != 0,
            Self::Message(_) => true,
            Self::Numbers(list) => !list.is_empty(),
            Self::BytesList(list) => !list.is_empty(),
            Self::Messages(list) => !list.is_empty(),
        }
    }
}

fn measure_field(field: &FieldSchema, value: &mut Value) -> usize {
    if !value.is_written(field) {
        return 0;
    }
    let key = varint_len(u64::from(tag(field.number, WireType::Bytes)));
    let framed = |length: usize| key + varint_len(length as u64) + length;
    let mut measured = |node: &mut Node| framed(field.message().map_or(0, |s| node.measure(s)));
    match value {
        Value::Absent => 0,
        Value::Number(number) => key + number_len(field, *number),
        Value::Bytes(span) => framed(span.len()),
        Value::Message(node) => measured(node),
        Value::Numbers(list) if field.packed => framed(packed_len(field, list)),
        Value::Numbers(list) => list.len() * key + packed_len(field, list),
        Value::BytesList(list) => list.iter().map(|span| framed(span.len())).sum(),
        Value::Messages(list) => list.iter_mut().map(&mut measured).sum(),
    }
}

fn write_field(field: &FieldSchema, value: &Value, data: &[u8], out: &mut Vec<u8>) {
    if !value.is_written(field) {
        return;
    }
    match value {
        Value::Absent => {}
        Value::Number(number) => {
            put_tag(out, field.number, field.kind.wire_type());
            put_number(out, field, *number);
        }
        Value::Bytes(span) => write_bytes(field, *span, data, out),
        Value::Message(node) => write_message(field, node, data, out),
        Value::Numbers(list) if field.packed => {
            put_tag(out, field.number, WireType::Bytes);
            put_varint(out, packed_len(field, list) as u64);
            list.iter().for_each(|number| put_number(out, field, *number));
        }
        Value::Numbers(list) => {
            for number in list {
                put_tag(out, field.number, field.kind.wire_type());
                put_number(out, field, *number);
            }
        }
        Value::BytesList(list) => {
            list.iter().for_each(|span| write_bytes(field, *span, data, out));
        }
        Value::Messages(list) => {
            list.iter().for_each(|node| write_message(field, node, data, out));
        }
    }
}

fn write_bytes(field: &FieldSchema, span: Span, data: &[u8], out: &mut Vec<u8>) {
    put_tag(out, field.number, WireType::Bytes);
    put_span(out, span, data);
}

fn write_message(field: &FieldSchema, node: &Node, data: &[u8], out: &mut Vec<u8>) {
    if let Some(schema) = field.message() {
        put_tag(out, field.number, WireType::Bytes);
        put_varint(out, node.length as u64);
        node.write(schema, data, out);
    }
}

/// Appends the length of a span and its bytes, zeros for the part behind the end of `data`.
pub(super) fn put_span(out: &mut Vec<u8>, span: Span, data: &[u8]) {
    put_varint(out, span.len() as u64);
    let end = out.len() + span.len();
    out.extend_from_slice(span.within(data));
    out.resize(end, 0);
}

fn put_number(out: &mut Vec<u8>, field: &FieldSchema, number: u64) {
    match field.kind.wire_type() {
        WireType::Fixed32 => out.extend_from_slice(&(number as u32).to_le_bytes()),
        WireType::Fixed64 => out.extend_from_slice(&number.to_le_bytes()),
        _ => put_varint(out, number),
    }
}

fn number_len(field: &FieldSchema, number: u64) -> usize {
    match field.kind.wire_type() {
        WireType::Fixed32 => 4,
        WireType::Fixed64 => 8,
        _ => varint_len(number),
    }
}

fn packed_len(field: &FieldSchema, list: &[u64]) -> usize {
    list.iter().map(|number| number_len(field, *number)).sum()
}
