//! The parser: from any encoding to a [`Node`], keeping what was read before a fault.

use super::DecodeFault;
use super::stream::{Span, Stream};
use super::tree::{Node, Value, put_span};
use crate::schema::{FieldSchema, Kind, MessageSchema};
use crate::wire::{WireType, put_tag, put_varint};

/// Parses `data` as far as it goes.
pub(super) fn parse(
    schema: &'static MessageSchema,
    data: &[u8],
) -> (Node, Result<(), DecodeFault>) {
    let mut parser = Parser { data, stream: Stream::new(data) };
    let mut node = Node::default();
    let parsed = parser.message(schema, &mut node);
    (node, parsed)
}

struct Parser<'a> {
    data: &'a [u8],
    stream: Stream<'a>,
}

impl Parser<'_> {
    /// Reads fields into `node` up to the end of the message.
    fn message(
        &mut self,
        schema: &'static MessageSchema,
        node: &mut Node,
    ) -> Result<(), DecodeFault> {
        while !self.stream.done()? {
            let tag = self.stream.tag()?;
            let wire = WireType::of_tag(tag);
            match schema.index_of(tag >> 3).map(|index| (index, &schema.fields[index])) {
                Some((index, field)) if wire == Some(field.kind.wire_type()) => {
                    self.known(field, node.slot(schema, index))?;
                }
                Some((index, field)) if wire == Some(WireType::Bytes) && field.repeated => {
                    self.packed(field.kind, node.slot(schema, index))?;
                }
                _ if wire == Some(WireType::EndGroup) => return Err(DecodeFault::Group),
                _ => self.unknown(tag, &mut node.unknown)?,
            }
        }
        Ok(())
    }

    /// Reads one value of a known field. A value that was read in part stays.
    fn known(&mut self, field: &'static FieldSchema, slot: &mut Value) -> Result<(), DecodeFault> {
        match field.kind {
            Kind::Message(_) | Kind::String | Kind::Bytes => match field.message() {
                Some(schema) => self.submessage(schema, slot),
                None => self.bytes(field.kind, slot),
            },
            Kind::Fixed32 => {
                slot.put_number(u32::from_le_bytes(self.stream.fixed()).into());
                Ok(())
            }
            Kind::Fixed64 => {
                slot.put_number(u64::from_le_bytes(self.stream.fixed()));
                Ok(())
            }
            Kind::Bool | Kind::Int32 | Kind::Enum | Kind::Uint32 | Kind::Uint64 => {
                let read = self.stream.varint();
                match read {
                    Ok(number) => slot.put_number(field.kind.narrow(number)),
                    // A varint without an end sets a number to zero, but leaves an enum alone.
                    Err(_) if field.kind != Kind::Enum => slot.put_number(0),
                    Err(_) => {}
                }
                read.map(drop)
            }
        }
    }

    /// Reads a string or bytes value. When its length is unreadable the field is set, but keeps
    /// the bytes it had.
    fn bytes(&mut self, kind: Kind, slot: &mut Value) -> Result<(), DecodeFault> {
        let length = self.stream.length().inspect_err(|_| slot.touch_bytes())?;
        let (span, read) = self.stream.bytes(length);
        slot.put_bytes(span);
        read?;
        if kind == Kind::String && std::str::from_utf8(span.within(self.data)).is_err() {
            return Err(DecodeFault::InvalidUtf8);
        }
        Ok(())
    }

    /// Reads a message value: into the one that is there, or a new one of a list.
    fn submessage(
        &mut self,
        schema: &'static MessageSchema,
        slot: &mut Value,
    ) -> Result<(), DecodeFault> {
        let mut node = slot.take_message().unwrap_or_default();
        let read = self.framed(schema, &mut node);
        slot.put_message(node);
        read
    }

    fn framed(
        &mut self,
        schema: &'static MessageSchema,
        node: &mut Node,
    ) -> Result<(), DecodeFault> {
        let length = self.stream.length()?;
        let outer = self.stream.enter(length)?;
        self.message(schema, node)?;
        self.stream.leave(outer);
        Ok(())
    }

    /// Reads a packed list into a numeric list.
    fn packed(&mut self, kind: Kind, slot: &mut Value) -> Result<(), DecodeFault> {
        let length = self.stream.length()?;
        self.stream.packed_varints(length, |number| slot.put_number(kind.narrow(number)))
    }

    /// Reads a field that the schema does not have and appends it to `out` as it is written.
    fn unknown(&mut self, tag: u32, out: &mut Vec<u8>) -> Result<(), DecodeFault> {
        let number = tag >> 3;
        if number == 0 {
            return Err(DecodeFault::FieldZero);
        }
        match WireType::of_tag(tag).ok_or(DecodeFault::WireType)? {
            WireType::Varint => {
                let value = self.stream.varint()?;
                put_tag(out, number, WireType::Varint);
                put_varint(out, value);
            }
            WireType::Fixed64 => {
                put_tag(out, number, WireType::Fixed64);
                out.extend(self.stream.fixed::<8>());
            }
            WireType::Fixed32 => {
                put_tag(out, number, WireType::Fixed32);
                out.extend(self.stream.fixed::<4>());
            }
            WireType::Bytes => {
                put_tag(out, number, WireType::Bytes);
                let (span, read) = match self.stream.length() {
                    Ok(length) => self.stream.bytes(length),
                    Err(fault) => (Span::EMPTY, Err(fault)),
                };
                put_span(out, span, self.data);
                read?;
            }
            WireType::StartGroup => {
                put_tag(out, number, WireType::StartGroup);
                let read = self.group(number, out);
                put_tag(out, number, WireType::EndGroup);
                read?;
            }
            WireType::EndGroup => return Err(DecodeFault::Group),
        }
        Ok(())
    }

    /// Reads the fields of group `number` up to and with its end tag.
    fn group(&mut self, number: u32, out: &mut Vec<u8>) -> Result<(), DecodeFault> {
        self.stream.descend()?;
        while !self.stream.done()? {
            let tag = self.stream.tag()?;
            if WireType::of_tag(tag) != Some(WireType::EndGroup) {
                self.unknown(tag, out)?;
            } else if tag >> 3 == number {
                self.stream.ascend();
                return Ok(());
            } else {
                return Err(DecodeFault::Group);
            }
        }
        Err(DecodeFault::Group)
    }
}
