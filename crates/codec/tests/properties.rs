//! Properties of the canonical form over arbitrary and over built messages.

use std::borrow::Cow;

use koinos_codec::wire::{Field, FieldValue, Fields, Reader, WireType};
use koinos_codec::wire::{put_message_field, put_tag, put_varint, read_varint, varint_len};
use koinos_codec::{MessageSchema, Multihash, Schema, canonicalize, tolerant};
use koinos_proto::chain::{ObjectSpace, PutObjectArguments, VerifyMerkleRootArguments};
use koinos_proto::protocol::operation::Op;
use koinos_proto::protocol::{
    Block, BlockHeader, CallContractOperation, Operation, Transaction, TransactionHeader,
};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

fn any_schema() -> impl Strategy<Value = &'static MessageSchema> {
    prop::sample::select(Schema::messages().collect::<Vec<_>>())
}

/// Bytes that look like fields: small tags, short lengths, and anything else now and then.
fn wire_like() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        4 => (1u8..16, 0u8..6).prop_map(|(number, wire)| vec![number << 3 | wire]),
        3 => (0u8..24).prop_map(|length| vec![length]),
        2 => vec(any::<u8>(), 0..6),
        1 => Just(vec![0x80, 0x80, 0x01]),
    ];
    vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

fn blob(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..max)
}

fn any_operation() -> impl Strategy<Value = Operation> {
    (blob(26), any::<u32>(), blob(200)).prop_map(|(contract_id, entry_point, args)| Operation {
        op: Some(Op::CallContract(CallContractOperation {
            contract_id: contract_id.into(),
            entry_point,
            args: args.into(),
        })),
    })
}

fn any_transaction() -> impl Strategy<Value = Transaction> {
    (blob(35), any::<u64>(), vec(any_operation(), 0..3), vec(blob(66), 0..3)).prop_map(
        |(id, rc_limit, operations, signatures)| Transaction {
            id: id.clone().into(),
            header: Some(TransactionHeader { rc_limit, payer: id.into(), ..Default::default() }),
            operations,
            signatures: signatures.into_iter().map(Into::into).collect(),
        },
    )
}

fn any_block() -> impl Strategy<Value = Block> {
    (blob(35), any::<u64>(), vec(any_transaction(), 0..4), vec(blob(34), 0..3)).prop_map(
        |(id, height, transactions, proposals)| Block {
            id: id.into(),
            header: Some(BlockHeader {
                height,
                approved_proposals: proposals.into_iter().map(Into::into).collect(),
                ..Default::default()
            }),
            transactions,
            signature: Default::default(),
        },
    )
}

/// Writes fields back as they are on the wire.
fn rewrite<'a>(fields: impl IntoIterator<Item = Field<'a>>) -> Vec<u8> {
    let mut out = Vec::new();
    for Field { number, value } in fields {
        match value {
            FieldValue::Varint(varint) => {
                put_tag(&mut out, number, WireType::Varint);
                put_varint(&mut out, varint);
            }
            FieldValue::Fixed32(fixed) => {
                put_tag(&mut out, number, WireType::Fixed32);
                out.extend(fixed.to_le_bytes());
            }
            FieldValue::Fixed64(fixed) => {
                put_tag(&mut out, number, WireType::Fixed64);
                out.extend(fixed.to_le_bytes());
            }
            FieldValue::Bytes(content) => put_message_field(&mut out, number, content),
            FieldValue::Group(content) => {
                put_tag(&mut out, number, WireType::StartGroup);
                out.extend(content);
                put_tag(&mut out, number, WireType::EndGroup);
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn canonical_form_is_a_fixed_point(schema in any_schema(), bytes in wire_like()) {
        let kept = tolerant(schema, &bytes);
        if let Ok(canonical) = canonicalize(schema, &bytes) {
            prop_assert_eq!(&canonical, &kept);
            prop_assert_eq!(&canonicalize(schema, &canonical).unwrap(), &canonical);
            let mut fields = Fields::new(&canonical);
            fields.by_ref().for_each(drop);
            prop_assert_eq!(fields.position(), canonical.len());
        }
    }

    #[test]
    fn arbitrary_bytes_are_survived(schema in any_schema(), bytes in blob(300)) {
        let _ = canonicalize(schema, &bytes);
        tolerant(schema, &bytes);
        Reader::new(&bytes).repeated(2).for_each(drop);
        let _ = Multihash::decode(&bytes);
    }

    #[test]
    fn built_messages_are_recognised_as_canonical(block in any_block()) {
        let schema = Schema::of("koinos.protocol.block").unwrap();
        let bytes = block.encode_to_vec();
        prop_assert!(matches!(canonicalize(schema, &bytes), Ok(Cow::Borrowed(_))));
        prop_assert!(matches!(tolerant(schema, &bytes), Cow::Borrowed(_)));
    }

    #[test]
    fn order_and_splitting_do_not_matter(
        tx in any_transaction(),
        order in Just((0..64usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let schema = Schema::of("koinos.protocol.transaction").unwrap();
        let bytes = tx.encode_to_vec();
        let mut fields = Vec::new();
        for field in Fields::new(&bytes) {
            // The header in two halves, to be merged.
            match field.value {
                FieldValue::Bytes(header) if field.number == 2 => {
                    let at = Fields::new(header).next().map_or(0, |first| rewrite([first]).len());
                    for half in [&header[..at], &header[at..]] {
                        fields.push(Field { number: 2, value: FieldValue::Bytes(half) });
                    }
                }
                _ => fields.push(field),
            }
        }
        // A shuffle that keeps the order among fields of one number.
        let mut shuffled: Vec<_> = fields.iter().enumerate().collect();
        let rank = |number: u32| order[number as usize];
        shuffled.sort_by_key(|(index, field)| (rank(field.number), *index));
        let shuffled = rewrite(shuffled.into_iter().map(|(_, field)| *field));
        prop_assert_eq!(canonicalize(schema, &shuffled).unwrap(), bytes);
    }

    #[test]
    fn every_prefix_keeps_what_came_before(
        key in blob(40), obj in blob(40), id in any::<u32>(),
    ) {
        let schema = Schema::of("koinos.chain.put_object_arguments").unwrap();
        let space = Some(ObjectSpace { system: true, zone: Default::default(), id });
        let full = PutObjectArguments { space, key: key.into(), obj: obj.into() };
        let bytes = full.encode_to_vec();
        let space_end = PutObjectArguments { space: full.space.clone(), ..Default::default() }
            .encode_to_vec()
            .len();
        for cut in space_end..bytes.len() {
            let kept = tolerant(schema, &bytes[..cut]);
            let kept = PutObjectArguments::decode(&*kept).unwrap();
            prop_assert_eq!(&kept.space, &full.space);
            let fields = Fields::new(&bytes[..cut]);
            if fields.map(|field| field.number).any(|number| number == 2) {
                prop_assert_eq!(&kept.key, &full.key);
            }
        }
    }

    #[test]
    fn varints_round_trip(value in any::<u64>()) {
        let mut bytes = Vec::new();
        put_varint(&mut bytes, value);
        prop_assert_eq!(bytes.len(), varint_len(value));
        prop_assert_eq!(read_varint(&bytes), Some((value, bytes.len())));
    }

    #[test]
    // Codes of more than 31 bits are not read back as they were written, see `read_unsigned_varint`.
    fn multihashes_round_trip(code in 0..1u64 << 31, digest in blob(100)) {
        let hash = Multihash::new(code, digest);
        prop_assert_eq!(Multihash::decode(&hash.encode()).unwrap(), hash);
    }

    #[test]
    fn readers_see_what_was_encoded(root in blob(40), hashes in vec(blob(40), 0..6)) {
        let bytes = VerifyMerkleRootArguments {
            root: root.clone().into(),
            hashes: hashes.iter().cloned().map(Into::into).collect(),
        }
        .encode_to_vec();
        let reader = Reader::new(&bytes);
        prop_assert_eq!(reader.bytes(1), &root[..]);
        prop_assert_eq!(reader.repeated(2).map(<[u8]>::to_vec).collect::<Vec<_>>(), hashes);
        for range in reader.ranges(2) {
            prop_assert!(range.end <= bytes.len());
        }
    }
}

/// Inputs of some megabytes that would take minutes if anything were done once per pair of fields.
#[test]
fn hostile_inputs_take_linear_time() {
    let repeat = |unit: &[u8]| unit.repeat((4 << 20) / unit.len());
    let operation = Schema::of("koinos.protocol.operation").unwrap();
    let block = Schema::of("koinos.protocol.block").unwrap();

    // A message merged again and again, with unknown fields that pile up.
    let merged = repeat(&[0x12, 0x05, 0x0a, 0x00, 0xf8, 0x07, 0x01]);
    let kept = canonicalize(operation, &merged).unwrap();
    assert!(kept.len() > merged.len() / 3);
    // A oneof that changes its member every time.
    let flipped = repeat(&[0x0a, 0x02, 0x0a, 0x00, 0x12, 0x00]);
    assert_eq!(canonicalize(operation, &flipped).unwrap(), [0x12, 0x00].as_slice());
    // One singular field over and over, empty list entries, and unknown fields between them.
    let scalars = repeat(&[0x0a, 0x01, 0x41, 0x22, 0x01, 0x42]);
    assert_eq!(canonicalize(block, &scalars).unwrap().len(), 6);
    let entries = repeat(&[0x1a, 0x00, 0xf8, 0x07, 0x80, 0x00]);
    assert!(canonicalize(block, &entries).unwrap().len() >= entries.len() / 2);

    // Groups as deep as they may be, one after the other; and far too deep.
    let tower = [[0x7b; 99], [0x7c; 99]].concat();
    let towers = repeat(&tower);
    assert_eq!(canonicalize(block, &towers).unwrap(), towers);
    assert!(Fields::new(&towers).all(|field| matches!(field.value, FieldValue::Group(_))));
    let abyss = repeat(&[0x7b]);
    assert!(canonicalize(block, &abyss).is_err());
    assert_eq!(tolerant(block, &abyss).len(), 202);
    assert_eq!(Fields::new(&abyss).count(), 0);
}
