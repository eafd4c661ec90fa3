//! The protobuf wire format, field by field.
//!
//! [`Reader`] and [`Fields`] look into canonical bytes (see [`crate::canonical`]) without building
//! a message: a known singular field occurs once, and a field of another wire type than declared
//! is an unknown field that happens to carry the same number, so getters take the first
//! occurrence of the wire type asked for. The `put_*` functions append to a buffer.

use std::ops::Range;

use bytes::Bytes;

/// How the value of a field is laid out; the low three bits of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum WireType {
    /// Base-128 varint.
    Varint = 0,
    /// Eight bytes, little endian.
    Fixed64 = 1,
    /// A length varint and that many bytes.
    Bytes = 2,
    /// Opens a group, closed by the end tag of the same number.
    StartGroup = 3,
    /// Closes a group.
    EndGroup = 4,
    /// Four bytes, little endian.
    Fixed32 = 5,
}

impl WireType {
    /// The wire type in the low three bits of `tag`; `None` for the unassigned 6 and 7.
    pub const fn of_tag(tag: u32) -> Option<Self> {
        Some(match tag & 7 {
            0 => Self::Varint,
            1 => Self::Fixed64,
            2 => Self::Bytes,
            3 => Self::StartGroup,
            4 => Self::EndGroup,
            5 => Self::Fixed32,
            _ => return None,
        })
    }
}

/// The value of a field as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValue<'a> {
    /// Base-128 varint.
    Varint(u64),
    /// Four bytes, little endian.
    Fixed32(u32),
    /// Eight bytes, little endian.
    Fixed64(u64),
    /// The content of a string, bytes, message or packed field.
    Bytes(&'a [u8]),
    /// The fields between the tags of a group.
    Group(&'a [u8]),
}

/// A field number and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The field number, 1 to 2^29 - 1.
    pub number: u32,
    /// The value.
    pub value: FieldValue<'a>,
}

/// Iterates over the fields of a message in wire order; ends at the end of the bytes, or at the
/// first byte that is not well-formed.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// Iterates over the fields of the message `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where the next field starts, from the start of the message. After the end of a well-formed
    /// message this is its length.
    pub const fn position(&self) -> usize {
        self.at
    }

    fn varint(&mut self) -> Option<u64> {
        let (value, length) = read_varint(self.bytes.get(self.at..)?)?;
        self.at += length;
        Some(value)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn tag(&mut self) -> Option<(u32, WireType)> {
        let tag = u32::try_from(self.varint()?).ok()?;
        let number = tag >> 3;
        (number != 0).then_some((number, WireType::of_tag(tag)?))
    }

    fn value(&mut self, number: u32, wire: WireType) -> Option<FieldValue<'a>> {
        Some(match wire {
            WireType::Varint => FieldValue::Varint(self.varint()?),
            WireType::Fixed32 => {
                FieldValue::Fixed32(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
            }
            WireType::Fixed64 => {
                FieldValue::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
            }
            WireType::Bytes => {
                let length = usize::try_from(self.varint()?).ok()?;
                FieldValue::Bytes(self.take(length)?)
            }
            WireType::StartGroup => FieldValue::Group(self.group(number)?),
            WireType::EndGroup => return None,
        })
    }

    /// Runs to the end tag of group `number`, over groups inside it; the content without the tag.
    fn group(&mut self, number: u32) -> Option<&'a [u8]> {
        let start = self.at;
        let mut open = vec![number];
        loop {
            let end = self.at;
            match self.tag()? {
                (inner, WireType::StartGroup) => open.push(inner),
                (inner, WireType::EndGroup) => {
                    if open.pop() != Some(inner) {
                        return None;
                    }
                    if open.is_empty() {
                        return self.bytes.get(start..end);
                    }
                }
                (inner, wire) => {
                    self.value(inner, wire)?;
                }
            }
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let start = self.at;
        let field = self.tag().and_then(|(number, wire)| {
            self.value(number, wire).map(|value| Field { number, value })
        });
        if field.is_none() {
            self.at = start;
        }
        field
    }
}

impl std::iter::FusedIterator for Fields<'_> {}

/// Typed access to the fields of canonical bytes. Absent fields read as their proto3 defaults.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the canonical message `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The whole message.
    pub const fn as_slice(&self) -> &'a [u8] {
        self.bytes
    }

    /// All fields in wire order.
    pub const fn fields(&self) -> Fields<'a> {
        Fields::new(self.bytes)
    }

    /// The varint field `number`; `None` when absent.
    pub fn varint(&self, number: u32) -> Option<u64> {
        self.find(number, |value| match value {
            FieldValue::Varint(varint) => Some(varint),
            _ => None,
        })
    }

    /// The uint64 field `number`.
    pub fn u64(&self, number: u32) -> u64 {
        self.varint(number).unwrap_or(0)
    }

    /// The uint32 field `number`.
    pub fn u32(&self, number: u32) -> u32 {
        self.u64(number) as u32
    }

    /// The int32 or enum field `number`.
    pub fn i32(&self, number: u32) -> i32 {
        self.u64(number) as i32
    }

    /// The bool field `number`.
    pub fn bool(&self, number: u32) -> bool {
        self.u64(number) != 0
    }

    /// The fixed32 field `number`; `None` when absent.
    pub fn fixed32(&self, number: u32) -> Option<u32> {
        self.find(number, |value| match value {
            FieldValue::Fixed32(fixed) => Some(fixed),
            _ => None,
        })
    }

    /// The fixed64 field `number`; `None` when absent.
    pub fn fixed64(&self, number: u32) -> Option<u64> {
        self.find(number, |value| match value {
            FieldValue::Fixed64(fixed) => Some(fixed),
            _ => None,
        })
    }

    /// The bytes or string field `number`, empty when absent.
    pub fn bytes(&self, number: u32) -> &'a [u8] {
        self.message(number).unwrap_or_default()
    }

    /// The content of the message field `number` (or of a bytes field whose presence matters).
    pub fn message(&self, number: u32) -> Option<&'a [u8]> {
        self.repeated(number).next()
    }

    /// The contents of the repeated bytes, string or message field `number`, in order.
    pub fn repeated(&self, number: u32) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.fields().filter_map(move |field| match field.value {
            FieldValue::Bytes(content) if field.number == number => Some(content),
            _ => None,
        })
    }

    /// Where the content of the length-delimited field `number` lies in the message.
    pub fn range(&self, number: u32) -> Option<Range<usize>> {
        self.ranges(number).next()
    }

    /// Where the contents of the repeated length-delimited field `number` lie in the message.
    pub fn ranges(&self, number: u32) -> impl Iterator<Item = Range<usize>> + use<'a> {
        let mut fields = self.fields();
        std::iter::from_fn(move || {
            loop {
                let field = fields.next()?;
                if let FieldValue::Bytes(content) = field.value
                    && field.number == number
                {
                    return Some(fields.at - content.len()..fields.at);
                }
            }
        })
    }

    fn find<T>(&self, number: u32, pick: impl Fn(FieldValue<'a>) -> Option<T>) -> Option<T> {
        self.fields().filter(|field| field.number == number).find_map(|field| pick(field.value))
    }
}

/// The content of the length-delimited field `number` of the canonical `message`, without copying.
pub fn message_bytes(message: &Bytes, number: u32) -> Option<Bytes> {
    Reader::new(message).range(number).map(|range| message.slice(range))
}

/// The bytes or string field `number` of the canonical `message`, without copying; empty when
/// absent.
pub fn field_bytes(message: &Bytes, number: u32) -> Bytes {
    message_bytes(message, number).unwrap_or_default()
}

/// The contents of the repeated length-delimited field `number` of the canonical `message`, without
/// copying.
pub fn repeated_bytes(message: &Bytes, number: u32) -> impl Iterator<Item = Bytes> + '_ {
    Reader::new(message).ranges(number).map(|range| message.slice(range))
}

/// Reads a varint from the start of `bytes`: its value and its length. Bits beyond 64 are dropped.
/// `None` when the bytes end inside it or it is longer than ten bytes.
#[inline]
pub fn read_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    match bytes.first() {
        Some(&byte) if byte < 0x80 => Some((byte.into(), 1)),
        _ => read_long_varint(bytes),
    }
}

fn read_long_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Some((value, i + 1));
        }
    }
    None
}

/// The length in bytes of the varint of `value`.
pub const fn varint_len(value: u64) -> usize {
    (70 - (value | 1).leading_zeros() as usize) / 7
}

/// The tag of a field.
pub const fn tag(number: u32, wire: WireType) -> u32 {
    number << 3 | wire as u32
}

/// Appends the varint of `value`.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends the tag of a field.
pub fn put_tag(out: &mut Vec<u8>, number: u32, wire: WireType) {
    put_varint(out, u64::from(tag(number, wire)));
}

/// Appends a message field, or a bytes field with presence: written also when empty.
pub fn put_message_field(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    put_tag(out, number, WireType::Bytes);
    put_varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

/// Appends a bytes or string field, nothing when empty.
pub fn put_bytes_field(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    if !content.is_empty() {
        put_message_field(out, number, content);
    }
}

/// Appends a uint64 or uint32 field, nothing when zero.
pub fn put_u64_field(out: &mut Vec<u8>, number: u32, value: u64) {
    if value != 0 {
        put_tag(out, number, WireType::Varint);
        put_varint(out, value);
    }
}

/// Appends an int32 or enum field, nothing when zero; a negative value takes ten bytes.
pub fn put_i32_field(out: &mut Vec<u8>, number: u32, value: i32) {
    put_u64_field(out, number, i64::from(value) as u64);
}

/// Appends a bool field, nothing when false.
pub fn put_bool_field(out: &mut Vec<u8>, number: u32, value: bool) {
    put_u64_field(out, number, u64::from(value));
}

/// The bytes that [`put_message_field`] appends for a content of `length` bytes.
pub const fn message_field_len(number: u32, length: usize) -> usize {
    varint_len(tag(number, WireType::Bytes) as u64) + varint_len(length as u64) + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn getters_skip_fields_of_another_wire_type() {
        let mut bytes = Vec::new();
        put_bytes_field(&mut bytes, 1, b"text");
        put_u64_field(&mut bytes, 1, 7);
        put_i32_field(&mut bytes, 2, -2);
        put_bool_field(&mut bytes, 3, true);
        let reader = Reader::new(&bytes);
        assert_eq!(reader.u64(1), 7);
        assert_eq!(reader.bytes(1), b"text");
        assert_eq!((reader.i32(2), reader.bool(3), reader.bool(4)), (-2, true, false));
        assert_eq!((reader.bytes(9), reader.message(9), reader.range(9)), (&[][..], None, None));
    }

    #[test]
    fn defaults_are_not_written() {
        let mut bytes = Vec::new();
        put_bytes_field(&mut bytes, 1, b"");
        put_u64_field(&mut bytes, 2, 0);
        put_i32_field(&mut bytes, 3, 0);
        put_bool_field(&mut bytes, 4, false);
        assert!(bytes.is_empty());
        put_message_field(&mut bytes, 16, b"");
        assert_eq!(bytes, [0x82, 0x01, 0x00]);
        assert_eq!(bytes.len(), message_field_len(16, 0));
    }

    #[test]
    fn slices_share_the_buffer() {
        let mut bytes = Vec::new();
        put_bytes_field(&mut bytes, 2, b"one");
        put_bytes_field(&mut bytes, 2, b"two");
        let bytes = Bytes::from(bytes);
        let all: Vec<_> = repeated_bytes(&bytes, 2).collect();
        assert_eq!(all, [&b"one"[..], b"two"]);
        assert_eq!(all[1].as_ptr(), bytes[7..].as_ptr());
        assert_eq!(field_bytes(&bytes, 2), all[0]);
        assert_eq!(message_bytes(&bytes, 3), None);
    }

    #[test]
    fn groups_and_faults() {
        // Group 5 with group 6 and a varint inside, then a varint.
        let bytes = [0x2b, 0x33, 0x08, 0x01, 0x34, 0x2c, 0x08, 0x02];
        let mut fields = Fields::new(&bytes);
        let group = FieldValue::Group(&bytes[1..5]);
        assert_eq!(fields.next(), Some(Field { number: 5, value: group }));
        assert_eq!(fields.next(), Some(Field { number: 1, value: FieldValue::Varint(2) }));
        assert_eq!((fields.next(), fields.position()), (None, 8));
        for broken in [&[0x2b, 0x34][..], &[0x2b], &[0x2c], &[0x00, 0x00], &[0x0a, 0x02, 0x00]] {
            let mut fields = Fields::new(broken);
            assert_eq!((fields.next(), fields.position()), (None, 0), "{broken:?}");
        }
    }

    #[test]
    fn varints_at_their_limits() {
        assert_eq!(read_varint(&[0xff; 9]), None);
        assert_eq!(read_varint(&[0x80; 11]), None);
        let mut longest = [0xff; 10];
        longest[9] = 0x7f;
        assert_eq!(read_varint(&longest), Some((u64::MAX, 10)));
        assert_eq!([0, 127, 128, u64::MAX].map(varint_len), [1, 1, 2, 10]);
    }
}
