//! The one byte form of a message that hashes, fees and state are computed over.
//!
//! A message may arrive in many encodings: fields in any order, repeated or split, non-minimal
//! varints, unknown fields. Everything the chain computes is computed over what the reference
//! implementation's protobuf library writes after it has parsed such an encoding (consensus rule).
//! The canonical form is: known fields in ascending order of their numbers, defaults omitted where
//! presence is not tracked, then the unknown fields of the message in order of arrival; varints
//! minimal.
//!
//! [`canonicalize`] demands a well-formed message. [`tolerant`] is for arguments of system calls,
//! whose parse errors the reference ignores: what was parsed up to the fault counts, including what
//! a parser reads from the zero bytes behind the end of its input. Both run the same parser, a
//! model of the reference's input stream; a scan in front of it recognises bytes that are canonical
//! already and returns them as they are.

mod parse;
mod scan;
mod stream;
mod tree;

use std::borrow::Cow;

use crate::schema::MessageSchema;

/// Why bytes are not a well-formed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeFault {
    /// A tag is longer than five bytes.
    #[error("a field tag is longer than five bytes")]
    TagTooLong,
    /// A tag has field number 0.
    #[error("a field has number 0")]
    FieldZero,
    /// A tag has one of the unassigned wire types 6 and 7.
    #[error("a field has an unassigned wire type")]
    WireType,
    /// A varint is longer than ten bytes.
    #[error("a varint is longer than ten bytes")]
    VarintTooLong,
    /// A length is 2^31 - 16 or more.
    #[error("a field is longer than a message can be")]
    LengthTooLarge,
    /// The input ends inside a field.
    #[error("the message ends inside a field")]
    Truncated,
    /// A field runs over the end of the message it is in.
    #[error("a field runs over the end of its message")]
    LimitOverrun,
    /// A group is not closed, or an end tag closes no group.
    #[error("start and end of a group do not match")]
    Group,
    /// Messages or groups are nested more than 100 deep.
    #[error("messages are nested too deeply")]
    TooDeep,
    /// A string is not UTF-8.
    #[error("a string is not valid UTF-8")]
    InvalidUtf8,
}

/// The canonical form of a well-formed message; borrowed when `bytes` already are that form.
///
/// # Errors
/// The first [`DecodeFault`] of a message that the reference implementation refuses.
pub fn canonicalize<'a>(
    schema: &'static MessageSchema,
    bytes: &'a [u8],
) -> Result<Cow<'a, [u8]>, DecodeFault> {
    if scan::is_canonical(schema, bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let (tree, parsed) = parse::parse(schema, bytes);
    parsed.map(|()| Cow::Owned(tree.serialize(schema, bytes)))
}

/// The canonical form of as much of a message as the reference implementation has parsed when it
/// stops at the first fault; the same as [`canonicalize`] when there is none.
pub fn tolerant<'a>(schema: &'static MessageSchema, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    if scan::is_canonical(schema, bytes) {
        return Cow::Borrowed(bytes);
    }
    let (tree, _) = parse::parse(schema, bytes);
    Cow::Owned(tree.serialize(schema, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;
    use crate::wire::Reader;

    fn schema(name: &str) -> &'static MessageSchema {
        Schema::of(name).unwrap()
    }

    fn hash_object(bytes: &[u8]) -> Vec<u8> {
        let canonical = tolerant(schema("koinos.chain.hash_arguments"), bytes);
        Reader::new(&canonical).bytes(2).to_vec()
    }

    #[test]
    fn canonical_bytes_are_borrowed() {
        let header = [0x0a, 0x01, 0x41, 0x10, 0x05, 0x80, 0x01, 0x07, 0x0a + 0x20, 0x00];
        let schema = schema("koinos.protocol.block_header");
        // Field 5 with no bytes is not canonical; field 16 is unknown and must be behind it.
        let canonical = canonicalize(schema, &header).unwrap();
        assert_eq!(canonical, [0x0a, 0x01, 0x41, 0x10, 0x05, 0x80, 0x01, 0x07].as_slice());
        assert!(matches!(canonicalize(schema, &canonical), Ok(Cow::Borrowed(_))));
        assert!(matches!(canonicalize(schema, &[]), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn a_cut_off_value_is_padded_near_the_end_of_short_input() {
        let log = schema("koinos.chain.log_arguments");
        assert_eq!(tolerant(log, b"\x0a\x05cut"), b"\x0a\x05cut\0\0".as_slice());
        assert_eq!(canonicalize(log, b"\x0a\x05cut"), Err(DecodeFault::LimitOverrun));
        // Sixteen missing bytes are made up, one more empties the field.
        assert_eq!(hash_object(b"\x12\x13cut"), b"cut\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(hash_object(b"\x12\x14cut"), b"");
    }

    #[test]
    fn a_cut_off_value_that_starts_early_is_kept_unpadded() {
        let mut bytes = b"\x12\x7f".to_vec();
        bytes.extend([b'x'; 14]);
        assert_eq!(hash_object(&bytes), b"");
        bytes.push(b'x');
        assert_eq!(hash_object(&bytes), [b'x'; 15]);
    }

    #[test]
    fn a_cut_off_varint_is_completed() {
        let exit = schema("koinos.chain.exit_arguments");
        let code = |bytes: &[u8]| Reader::new(&tolerant(exit, bytes)).i32(1);
        assert_eq!(code(&[0x08, 0x85]), 5);
        assert_eq!(code(&[0x08, 0x85, 0x80, 0x80, 0x80, 0x80, 0x10]), 5);
        assert_eq!(code(&[0x08, 0xff, 0xff, 0xff, 0xff, 0x0f]), -1);
        // A length of 2^31 - 16 or more leaves the field as it was; a lesser one empties it.
        assert_eq!(hash_object(b"\x12\x01a\x12\xf0\xff\xff\xff\x07"), b"a");
        assert_eq!(hash_object(b"\x12\x01a\x12\xef\xff\xff\xff\x07"), b"");
    }

    #[test]
    fn invalid_text_is_kept_and_ends_the_parse() {
        let result = schema("koinos.chain.exit_arguments");
        let bytes = [0x12, 0x05, 0x12, 0x03, 0x0a, 0x01, 0xff, 0x08, 0x07];
        assert_eq!(canonicalize(result, &bytes), Err(DecodeFault::InvalidUtf8));
        assert_eq!(tolerant(result, &bytes), &bytes[..7]);
    }
}
