//! Protobuf messages as bytes: finding fields and putting messages together without decoding what
//! is inside, so that stored blocks stay exactly as they came.

use std::ops::Range;

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// A field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its number.
    pub(crate) number: u32,
    /// The whole field, tag included.
    pub(crate) whole: Range<usize>,
    /// The content of a length-delimited field; empty for other kinds.
    pub(crate) content: Range<usize>,
    /// The value of a varint field; 0 for other kinds.
    pub(crate) varint: u64,
}

/// The fields of a message in their order.
///
/// # Errors
/// When the bytes are not a protobuf message.
pub(crate) fn fields(message: &[u8]) -> Result<Vec<Field>, prost::DecodeError> {
    let mut fields = Vec::with_capacity(8);
    let mut rest = message;
    while !rest.is_empty() {
        let start = message.len() - rest.len();
        let (number, kind) = decode_key(&mut rest)?;
        let mut field = Field { number, whole: start..start, content: 0..0, varint: 0 };
        match kind {
            WireType::Varint => field.varint = decode_varint(&mut rest)?,
            WireType::LengthDelimited => {
                let mut ahead = rest;
                let length = decode_varint(&mut ahead)?;
                let from = message.len() - ahead.len();
                skip_field(kind, number, &mut rest, DecodeContext::default())?;
                // Skipping has proved that the content lies within the message.
                field.content = from..from + length as usize;
            }
            _ => skip_field(kind, number, &mut rest, DecodeContext::default())?,
        }
        field.whole.end = message.len() - rest.len();
        fields.push(field);
    }
    Ok(fields)
}

/// Appends a length-delimited field.
pub(crate) fn put_bytes(number: u32, content: &[u8], into: &mut Vec<u8>) {
    put_header(number, content.len(), into);
    into.extend_from_slice(content);
}

/// Appends the tag and length of a length-delimited field.
pub(crate) fn put_header(number: u32, length: usize, into: &mut Vec<u8>) {
    prost::encoding::encode_key(number, WireType::LengthDelimited, into);
    prost::encoding::encode_varint(length as u64, into);
}

#[cfg(test)]
mod tests {
    use super::*;
    use koinos_proto::block_store::BlockRecord;
    use proptest::prelude::*;
    use prost::Message;

    #[test]
    fn fields_are_found_with_their_content() {
        let record = BlockRecord {
            block_id: vec![1, 2, 3].into(),
            block_height: 300,
            previous_block_ids: vec![vec![9].into(), vec![].into()],
            ..Default::default()
        };
        let bytes = record.encode_to_vec();
        let fields = fields(&bytes).unwrap();
        let numbers: Vec<u32> = fields.iter().map(|field| field.number).collect();
        assert_eq!(numbers, [1, 2, 5, 5]);
        assert_eq!(&bytes[fields[0].content.clone()], [1, 2, 3]);
        assert_eq!(fields[1].varint, 300);
        assert_eq!(&bytes[fields[2].content.clone()], [9]);
        assert!(fields[3].content.is_empty());
        let whole: Vec<u8> =
            fields.iter().flat_map(|field| bytes[field.whole.clone()].to_vec()).collect();
        assert_eq!(whole, bytes);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(fields) = fields(&bytes) {
                let mut at = 0;
                for field in fields {
                    prop_assert_eq!(field.whole.start, at);
                    prop_assert!(field.content.end <= field.whole.end);
                    at = field.whole.end;
                }
                prop_assert_eq!(at, bytes.len());
            }
        }
    }
}
