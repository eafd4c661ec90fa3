//! Koinos JSON in both directions.

#![allow(clippy::unwrap_used)]

use std::borrow::Cow;

use koinos_codec::json::{Mapping, escape_html};
use koinos_codec::{Error, Schema, canonicalize, parse_genesis};
use koinos_proto::chain::value_type::Kind;
use koinos_proto::chain::{AuthorizeArguments, ErrorDetails, ListType, ValueType};
use koinos_proto::protocol::operation::Op;
use koinos_proto::protocol::{
    Block, BlockHeader, CallContractOperation, Operation, StateDeltaEntry, Transaction,
    TransactionHeader,
};
use koinos_proto::rpc::ErrorStatus;
use proptest::prelude::*;
use prost::{Message, Name};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn round_trip<M: Message + Name>(message: &M, expected: &Value) {
    let name = M::full_name();
    let bytes = message.encode_to_vec();
    let json = Mapping::koinos().decode(&name, &bytes).unwrap();
    assert_eq!(&json, expected);
    assert_eq!(Mapping::koinos().encode(&name, &json).unwrap(), bytes);
}

#[test]
fn a_block_with_every_form_of_bytes() {
    let operation = CallContractOperation {
        contract_id: (&[0u8, 1][..]).into(),
        entry_point: 7,
        args: (&[0xfbu8, 0xff][..]).into(),
    };
    let transaction = Transaction {
        id: (&[0x12u8, 0xab][..]).into(),
        header: Some(TransactionHeader { rc_limit: u64::MAX, ..Default::default() }),
        operations: vec![Operation { op: Some(Op::CallContract(operation)) }],
        signatures: vec![(&[1u8][..]).into()],
    };
    let block = Block {
        id: (&[0x12u8, 0x20][..]).into(),
        header: Some(BlockHeader {
            height: 1,
            approved_proposals: vec![(&[0xfu8][..]).into()],
            ..Default::default()
        }),
        transactions: vec![transaction],
        signature: Default::default(),
    };
    let expected = json!({
        "id": "0x1220",
        "header": {"height": "1", "approved_proposals": ["0x0f"]},
        "transactions": [{
            "id": "0x12ab",
            "header": {"rc_limit": "18446744073709551615"},
            "operations": [{"call_contract": {
                "contract_id": "12", "entry_point": 7, "args": "-_8="
            }}],
            "signatures": ["AQ=="],
        }],
    });
    round_trip(&block, &expected);
}

#[test]
fn presence_enums_and_oneofs() {
    let entry = StateDeltaEntry { value: Some(Default::default()), ..Default::default() };
    round_trip(&entry, &json!({"value": ""}));
    round_trip(&StateDeltaEntry::default(), &json!({}));
    let arguments = AuthorizeArguments { r#type: 2, call: None };
    round_trip(&arguments, &json!({"type": "contract_upload"}));
    round_trip(&AuthorizeArguments { r#type: 9, call: None }, &json!({"type": 9}));
    let values = [Kind::Uint32Value(0), Kind::Sint64Value(-3), Kind::BoolValue(false)];
    let values = values.map(|kind| ValueType { kind: Some(kind) }).into();
    let expected = json!([{"uint32_value": 0}, {"sint64_value": "-3"}, {"bool_value": false}]);
    round_trip(&ListType { values }, &json!({"values": expected}));
}

/// Maps and floating point numbers, which only messages from outside the protocol have.
#[test]
fn maps_and_floats() {
    use prost_reflect::prost_types::{
        DescriptorProto, FieldDescriptorProto, FileDescriptorProto, MessageOptions,
        field_descriptor_proto::{Label, Type},
    };
    let field = |name: &str, number, kind, label| FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        r#type: Some(kind as i32),
        label: Some(label as i32),
        ..Default::default()
    };
    let single = |name, number, kind| field(name, number, kind, Label::Optional);
    let entry = |name: &str, key, value| DescriptorProto {
        name: Some(name.to_owned()),
        field: vec![single("key", 1, key), single("value", 2, value)],
        options: Some(MessageOptions { map_entry: Some(true), ..Default::default() }),
        ..Default::default()
    };
    let map = |name, number, entry: &str| FieldDescriptorProto {
        type_name: Some(format!(".x.m.{entry}")),
        ..field(name, number, Type::Message, Label::Repeated)
    };
    let message = DescriptorProto {
        name: Some("m".to_owned()),
        field: vec![
            map("names", 1, "NamesEntry"),
            map("flags", 2, "FlagsEntry"),
            single("half", 3, Type::Float),
            single("whole", 4, Type::Double),
        ],
        nested_type: vec![
            entry("NamesEntry", Type::Sint64, Type::Bytes),
            entry("FlagsEntry", Type::Bool, Type::Uint64),
        ],
        ..Default::default()
    };
    let file = FileDescriptorProto {
        name: Some("x.proto".to_owned()),
        package: Some("x".to_owned()),
        message_type: vec![message],
        syntax: Some("proto3".to_owned()),
        ..Default::default()
    };
    let mut pool = prost_reflect::DescriptorPool::new();
    pool.add_file_descriptor_proto(file).unwrap();
    let mapping = Mapping::new(pool);
    let json = json!({
        "names": {"-3": "-_8=", "20": ""}, "flags": {"true": "7"}, "half": 0.1, "whole": 3,
    });
    let bytes = mapping.encode("x.m", &json).unwrap();
    let written = mapping.decode("x.m", &bytes).unwrap();
    assert_eq!(written.to_string(), json.to_string());
    for wrong in [json!({"names": {"x": ""}}), json!({"flags": {"1": 1}}), json!({"names": []})] {
        assert!(matches!(mapping.encode("x.m", &wrong), Err(Error::Json { .. })), "{wrong}");
    }
    assert!(mapping.encode("x.m", &json!({"names": {"1": null}})).is_err());
}

#[test]
fn any_shows_its_content() {
    let details = ErrorDetails { code: -200, logs: vec!["<log>".to_owned()] };
    let status = ErrorStatus {
        message: "no".to_owned(),
        details: vec![prost_types::Any::from_msg(&details).unwrap()],
        ..Default::default()
    };
    let expected = json!({"message": "no", "details": [
        {"@type": "type.googleapis.com/koinos.chain.error_details", "code": -200, "logs": ["<log>"]}
    ]});
    round_trip(&status, &expected);
    assert!(escape_html(&expected.to_string()).contains("\\u003clog\\u003e"));

    let inner = prost_types::Any::from_msg(&details).unwrap();
    let mut outer = prost_types::Any { value: inner.encode_to_vec(), ..Default::default() };
    outer.type_url = "type.googleapis.com/google.protobuf.Any".to_owned();
    round_trip(
        &ValueType { kind: Some(Kind::MessageValue(outer)) },
        &json!({"message_value": {
            "@type": "type.googleapis.com/google.protobuf.Any",
            "value": expected["details"][0],
        }}),
    );
}

#[test]
fn input_is_read_in_all_its_forms() {
    let encode =
        |json: Value| Mapping::koinos().encode("koinos.protocol.transaction_header", &json);
    let plain = encode(json!({"rc_limit": "5", "operation_merkle_root": "AQ=="})).unwrap();
    for same in [
        json!({"rcLimit": 5, "operationMerkleRoot": "AQ==", "unheard_of": [1]}),
        json!({"rc_limit": 5.0, "operation_merkle_root": "AQ==", "payer": null}),
        json!({"rc_limit": "5e0", "operation_merkle_root": "AQ==", "payer": ""}),
    ] {
        assert_eq!(encode(same).unwrap(), plain);
    }
}

#[test]
fn faults_name_their_place() {
    let fault = |json: Value| {
        let result = Mapping::koinos().encode("koinos.protocol.block", &json);
        match result.unwrap_err() {
            Error::Json { place, expected, source } => (place, expected, source),
            other => panic!("{other}"),
        }
    };
    let (place, _, source) = fault(json!({"transactions": [{}, {"id": "12"}]}));
    assert_eq!(place, "transactions[1].id");
    assert_eq!(source.unwrap().to_string(), "hex string not prepended with '0x'");
    for (json, at) in [
        (json!([]), ""),
        (json!({"header": 1}), "header"),
        (json!({"header": {"height": -1}}), "header.height"),
        (json!({"header": {"height": "18446744073709551616"}}), "header.height"),
        (json!({"header": {"height": 1.5}}), "header.height"),
        (json!({"header": {"height": " 1"}}), "header.height"),
        (json!({"header": {"signer": "0OIl"}}), "header.signer"),
        (
            json!({"header": {"timestamp": 1, "previousStateMerkleRoot": "AQ"}}),
            "header.previousStateMerkleRoot",
        ),
        (
            json!({"header": {"previous_state_merkle_root": "AQ==", "previousStateMerkleRoot": ""}}),
            "header.previousStateMerkleRoot",
        ),
        (json!({"transactions": {}}), "transactions"),
        (json!({"transactions": [null]}), "transactions[0]"),
        (
            json!({"transactions": [{"operations": [{"upload_contract": {}, "call_contract": {}}]}]}),
            "transactions[0].operations[0].call_contract",
        ),
    ] {
        assert_eq!(fault(json).0, at);
    }
    let unknown = Mapping::koinos().encode("koinos.protocol.nothing", &json!({}));
    assert!(matches!(unknown, Err(Error::UnknownType(_))));
    let broken = Mapping::koinos().decode("koinos.protocol.block", &[0x0a]);
    assert!(matches!(broken, Err(Error::Message { .. })));
}

/// The chain ids that the transactions of the recorded chains carry.
#[test]
fn genesis_files_give_their_chain_ids() {
    for (set, digest) in [
        ("core", "b7ce71d74bd2ffbc5e7c1af02d1ab288e593ad78a0591860ee8e6265243dbb10"),
        ("trunc", "c445dbb761d2a26d1c7f9b45877dd273417a5b86f85e3a4a3329a06f4d7e6241"),
        ("forks", "36be3f6d1c5e5bddf797a01d4b948529650e6aa97d69199281c63b1d7bc9b904"),
        ("overrides", "a0735934edc83f9f6e1da9f362d2e94d8cef43bc1a599bc493c9475517663310"),
    ] {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");
        let text = std::fs::read_to_string(format!("{root}/{set}/genesis_data.json")).unwrap();
        let bytes = parse_genesis(&text).unwrap();
        assert_eq!(hex::encode(Sha256::digest(&bytes)), digest, "{set}");
        let schema = Schema::of("koinos.chain.genesis_data").unwrap();
        assert!(matches!(canonicalize(schema, &bytes), Ok(Cow::Borrowed(_))));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "id",
        "header",
        "transactions",
        "operations",
        "call_contract",
        "args",
        "height",
        "payer",
        "value",
        "@type",
        "details",
        "contractId",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9a-zA-Z_=./-]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..4).prop_map(|members| {
                Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_read_is_written_the_same(json in any_json()) {
        let mapping = Mapping::koinos();
        for name in ["koinos.protocol.block", "koinos.rpc.error_status"] {
            if let Ok(bytes) = mapping.encode(name, &json) {
                let written = mapping.decode(name, &bytes).unwrap();
                prop_assert_eq!(mapping.encode(name, &written).unwrap(), bytes);
            }
        }
    }
}
