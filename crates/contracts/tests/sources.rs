//! What is kept beside the sources agrees with them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use koinos_codec::wire;
use koinos_contracts::{CONTRACTS, Contract, entry_point};
use koinos_crypto::sha256;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts")
}

fn file(contract: Contract, extension: &str) -> PathBuf {
    sources().join(contract.name).join(format!("{}.{extension}", contract.name))
}

/// `contracts/build.sh` writes the digest of what it compiled into the first line of the text.
#[test]
fn texts_are_those_of_the_sources() {
    let mut headers: Vec<PathBuf> =
        sources().join("sdk").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    headers.sort();
    for contract in CONTRACTS {
        let mut source = Vec::new();
        for path in headers.iter().chain([&file(contract, "c")]) {
            source.extend(std::fs::read(path).unwrap());
        }
        let expected = format!(";; source sha256 {}", hex::encode(sha256(&source)));
        let text = std::fs::read_to_string(file(contract, "wat")).unwrap();
        let advice = "run contracts/build.sh after a change of the sources";
        assert_eq!(text.lines().next(), Some(&*expected), "{}: {advice}", contract.name);
    }
}

#[test]
fn texts_are_modules() {
    for contract in CONTRACTS {
        assert!(contract.bytecode().unwrap().starts_with(b"\0asm"), "{}", contract.name);
    }
}

/// The types of an ABI follow from the messages that its methods and events name. With the
/// environment variable UPDATE_ABI set, the test writes them.
#[test]
fn abis_agree_with_the_messages() {
    for contract in CONTRACTS {
        let mut abi: Value = serde_json::from_str(contract.abi).unwrap();
        let (pool, set) = descriptors(contract);
        let roots = messages_of(&abi, &pool);
        abi["types"] = BASE64_STANDARD.encode(types(&roots, &set)).into();
        abi["koilib_types"] = koilib_types(&roots);
        let expected = format!("{abi:#}\n");
        if std::env::var_os("UPDATE_ABI").is_some() {
            std::fs::write(file(contract, "abi.json"), expected).unwrap();
            continue;
        }
        let advice = "run this test with UPDATE_ABI=1 and build again";
        assert!(contract.abi == expected, "{}: {advice}", contract.name);
    }
}

#[test]
fn entry_points_are_those_of_the_names() {
    assert_eq!(entry_point("transfer"), 0x27f5_76ca);
    for contract in CONTRACTS {
        let abi: Value = serde_json::from_str(contract.abi).unwrap();
        let source = std::fs::read_to_string(file(contract, "c")).unwrap();
        let token = std::fs::read_to_string(sources().join("sdk/token.h")).unwrap();
        for (name, method) in abi["methods"].as_object().unwrap() {
            let number = entry_point(name);
            assert_eq!(method["entry_point"], number, "{name}");
            let served = format!("{number:#010x}");
            assert!(source.contains(&served) || token.contains(&served), "{name} is not served");
        }
    }
}

/// The messages that a contract may use, and their serialised `FileDescriptorSet`.
fn descriptors(contract: Contract) -> (DescriptorPool, Vec<u8>) {
    let own = file(contract, "proto");
    if !own.exists() {
        let pool = koinos_proto::descriptor_pool().clone();
        return (pool, koinos_proto::FILE_DESCRIPTOR_SET.to_vec());
    }
    let protocol = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/proto");
    let mut compiler = protox::Compiler::new([own.parent().unwrap(), &protocol]).unwrap();
    compiler.include_imports(true).open_file(&own).unwrap();
    let set = compiler.encode_file_descriptor_set();
    (DescriptorPool::decode(&*set).unwrap(), set)
}

/// What methods and events name, and the messages and enums inside those.
fn messages_of(abi: &Value, pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let mut open: Vec<String> = Vec::new();
    for list in ["methods", "events"] {
        for item in abi[list].as_object().unwrap().values() {
            let names = ["argument", "return", "type"].iter().filter_map(|key| item[key].as_str());
            open.extend(names.map(str::to_owned));
        }
    }
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        let message = pool.get_message_by_name(&name).unwrap_or_else(|| panic!("no {name}"));
        if found.insert(name) {
            open.extend(message.fields().filter_map(|field| match field.kind() {
                Kind::Message(inner) => Some(inner.full_name().to_owned()),
                _ => None,
            }));
        }
    }
    found.iter().map(|name| pool.get_message_by_name(name).unwrap()).collect()
}

/// The `FileDescriptorSet` of the files that declare the messages.
fn types(messages: &[MessageDescriptor], set: &[u8]) -> Vec<u8> {
    let names: BTreeSet<String> =
        messages.iter().map(|message| message.parent_file().name().to_owned()).collect();
    let mut out = Vec::new();
    for file in wire::Reader::new(set).repeated(1) {
        let name = String::from_utf8(wire::Reader::new(file).bytes(1).to_vec()).unwrap();
        if names.contains(&name) {
            wire::put_message_field(&mut out, 1, file);
        }
    }
    out
}

/// The JSON form of protobuf.js, which koilib reads.
fn koilib_types(messages: &[MessageDescriptor]) -> Value {
    let mut root = json!({});
    for message in messages {
        let mut place = &mut root;
        for segment in message.full_name().split('.') {
            place = &mut place["nested"][segment];
        }
        *place = koilib_message(message);
    }
    root
}

fn koilib_message(message: &MessageDescriptor) -> Value {
    let mut out = Map::new();
    let mut oneofs = Map::new();
    for oneof in message.oneofs() {
        let names: Vec<String> = oneof.fields().map(|field| field.name().to_owned()).collect();
        oneofs.insert(oneof.name().to_owned(), json!({ "oneof": names }));
    }
    if !oneofs.is_empty() {
        out.insert("oneofs".to_owned(), oneofs.into());
    }
    let fields: Map<String, Value> =
        message.fields().map(|field| (field.name().to_owned(), koilib_field(&field))).collect();
    out.insert("fields".to_owned(), fields.into());
    out.into()
}

fn koilib_field(field: &FieldDescriptor) -> Value {
    let mut out = Map::new();
    if field.is_list() {
        out.insert("rule".to_owned(), "repeated".into());
    }
    let kind = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(kind) => panic!("{}: enums are not needed so far", kind.full_name()),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    out.insert("type".to_owned(), kind.into());
    out.insert("id".to_owned(), field.number().into());
    let options = koilib_options(field);
    if !options.is_empty() {
        out.insert("options".to_owned(), options.into());
    }
    out.into()
}

fn koilib_options(field: &FieldDescriptor) -> Map<String, Value> {
    let mut out = Map::new();
    let options = field.options();
    let btype = field.parent_pool().get_extension_by_name("koinos.btype").unwrap();
    if options.has_extension(&btype) {
        let number = options.get_extension(&btype).as_enum_number().unwrap();
        let Kind::Enum(kind) = btype.kind() else { panic!("btype is an enum") };
        out.insert("(koinos.btype)".to_owned(), kind.get_value(number).unwrap().name().into());
    }
    if options.get_field_by_name("jstype").and_then(|value| value.as_enum_number()) == Some(1) {
        out.insert("jstype".to_owned(), "JS_STRING".into());
    }
    if field.field_descriptor_proto().proto3_optional() {
        out.insert("proto3_optional".to_owned(), true.into());
    }
    out
}
