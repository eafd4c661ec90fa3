//! `tx sign` without a node, on transactions that the original accepted.

use bytes::Bytes;
use koinos_codec::Multihash;
use koinos_codec::json::Mapping;
use koinos_codec::text::{from_base64url, from_hex};
use koinos_crypto::{SecretKey, recover};
use koinos_proto::protocol::Block;
use koinos_testkit::golden;
use prost::Message;
use serde_json::Value;

use crate::{failure, json};

/// The first recorded transaction, in Koinos JSON.
fn recorded() -> Value {
    let transactions = golden::blocks("core/blocks.jsonl.gz")
        .unwrap()
        .flat_map(|block| Block::decode(block.unwrap().block).unwrap().transactions);
    let first: Bytes = transactions.take(1).next().unwrap().encode_to_vec().into();
    Mapping::koinos().decode("koinos.protocol.transaction", &first).unwrap()
}

/// Takes out what signing has to put in.
fn stripped(mut transaction: Value) -> Value {
    let object = transaction.as_object_mut().unwrap();
    object.remove("id");
    object.remove("signatures");
    object["header"].as_object_mut().unwrap().remove("operation_merkle_root");
    transaction
}

#[test]
fn a_recorded_transaction_gets_its_id_back() {
    let directory = tempfile::tempdir().unwrap();
    let (key, file) = (directory.path().join("key"), directory.path().join("tx.json"));
    let secret = SecretKey::from_seed("koinosctl").unwrap();
    std::fs::write(&key, secret.to_wif()).unwrap();
    let recorded = recorded();
    std::fs::write(&file, stripped(recorded.clone()).to_string()).unwrap();
    let arguments =
        ["--json", "tx", "sign", file.to_str().unwrap(), "--key", key.to_str().unwrap()];
    let signed = json(&arguments);
    assert_eq!(json(&arguments), signed, "signing again gives the same");
    assert_eq!(signed["id"], recorded["id"]);
    assert_eq!(signed["header"], recorded["header"]);
    assert_eq!(signed["operations"], recorded["operations"]);
    let id = from_hex(signed["id"].as_str().unwrap()).unwrap();
    let digest = Multihash::decode(&id).unwrap().digest;
    let signature = from_base64url(signed["signatures"][0].as_str().unwrap()).unwrap();
    assert_eq!(recover(&digest, &signature), Ok(secret.public_key()));

    // What the command line says stands above what the file says.
    let [json_flag, noun, verb, path, key_flag, key] = arguments;
    let other = json_of(&[json_flag, noun, verb, path, key_flag, key, "--nonce", "9"]);
    assert_eq!(other["header"]["nonce"], "KAk=");
    assert_ne!(other["id"], recorded["id"]);
}

fn json_of(arguments: &[&str]) -> Value {
    json(arguments)
}

#[test]
fn what_is_missing_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let (key, file) = (directory.path().join("key"), directory.path().join("tx.json"));
    std::fs::write(&key, SecretKey::from_seed("koinosctl").unwrap().to_wif()).unwrap();
    let sign = |content: &str| {
        std::fs::write(&file, content).unwrap();
        failure(&["tx", "sign", file.to_str().unwrap(), "--key", key.to_str().unwrap()])
    };
    let (status, text) = sign("{\"operations\": []}");
    assert_eq!((status, text.contains("--chain-id")), (64, true), "{text}");
    let (status, text) = sign("{\"operations\": 7}");
    assert_eq!((status, text.contains("operations: expected an array")), (78, true), "{text}");
    let (status, text) = sign("nonsense");
    assert_eq!((status, text.contains("not JSON")), (78, true), "{text}");
}
