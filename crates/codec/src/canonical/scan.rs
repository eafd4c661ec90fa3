//! The fast path: recognises bytes that are in canonical form already, without allocating.
//!
//! A `false` only costs time; a `true` must be right.

use crate::schema::{FieldSchema, Kind, MessageSchema};
use crate::wire::WireType;

/// Levels of messages the scan follows.
const MAX_DEPTH: u32 = 64;

/// Whether parsing and writing `bytes` would give the same bytes.
pub(super) fn is_canonical(schema: &'static MessageSchema, bytes: &[u8]) -> bool {
    bytes.len() < i32::MAX as usize / 2 && message(schema, bytes, MAX_DEPTH).is_some()
}

/// What has been seen of a message so far.
#[derive(Default)]
struct Progress {
    /// One more than the place of the last known field in the schema.
    fields: usize,
    /// The oneofs with a member, one bit each.
    oneofs: u64,
    /// Whether the unknown fields have begun.
    unknown: bool,
}

impl Progress {
    /// Whether a known field may come here; takes note of it.
    fn admits(&mut self, index: usize, field: &FieldSchema) -> bool {
        let again = index + 1 == self.fields && field.repeated;
        if self.unknown || (index < self.fields && !again) {
            return false;
        }
        self.fields = index + 1;
        let Some(oneof) = field.oneof else { return true };
        let bit = 1u64.checked_shl(oneof as u32).unwrap_or(0);
        let first = bit != 0 && self.oneofs & bit == 0;
        self.oneofs |= bit;
        first
    }
}

fn message(schema: &'static MessageSchema, bytes: &[u8], depth: u32) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let mut rest = bytes;
    let mut progress = Progress::default();
    while !rest.is_empty() {
        let tag = u32::try_from(varint(&mut rest)?).ok()?;
        let wire = WireType::of_tag(tag)?;
        let number = tag >> 3;
        match schema.index_of(number).map(|index| (index, &schema.fields[index])) {
            Some((index, field)) if field.kind.wire_type() == wire => {
                if !progress.admits(index, field) {
                    return None;
                }
                known(field, &mut rest, depth)?;
            }
            // A list of numbers, packed or not as it should not be.
            Some((_, field)) if field.repeated && wire == WireType::Bytes => return None,
            _ => {
                progress.unknown = true;
                unknown(number, wire, &mut rest)?;
            }
        }
    }
    Some(())
}

fn known(field: &'static FieldSchema, rest: &mut &[u8], depth: u32) -> Option<()> {
    let is_default = match field.kind {
        Kind::Bool | Kind::Int32 | Kind::Enum | Kind::Uint32 | Kind::Uint64 => {
            let number = varint(rest)?;
            if field.repeated || field.kind.narrow(number) != number {
                return None;
            }
            number == 0
        }
        Kind::Fixed32 => take(rest, 4)?.iter().all(|byte| *byte == 0),
        Kind::Fixed64 => take(rest, 8)?.iter().all(|byte| *byte == 0),
        Kind::String => std::str::from_utf8(framed(rest)?).ok()?.is_empty(),
        Kind::Bytes => framed(rest)?.is_empty(),
        Kind::Message(_) => {
            message(field.message()?, framed(rest)?, depth)?;
            false
        }
    };
    (!is_default || field.explicit_presence || field.repeated).then_some(())
}

/// Groups are left to the parser.
fn unknown(number: u32, wire: WireType, rest: &mut &[u8]) -> Option<()> {
    if number == 0 {
        return None;
    }
    match wire {
        WireType::Varint => varint(rest).map(drop),
        WireType::Fixed32 => take(rest, 4).map(drop),
        WireType::Fixed64 => take(rest, 8).map(drop),
        WireType::Bytes => framed(rest).map(drop),
        WireType::StartGroup | WireType::EndGroup => None,
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn framed<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(rest)?).ok()?;
    take(rest, length)
}

/// A varint in its shortest form that fits 64 bits.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for (i, &byte) in rest.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            let shortest = (byte != 0 || i == 0) && (i < 9 || byte == 1);
            *rest = rest.get(i + 1..)?;
            return shortest.then_some(value);
        }
    }
    None
}
