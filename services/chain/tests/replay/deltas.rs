//! States from stored receipts alone: the roots, the objects, and what a careless replay would
//! give instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use koinos_chain::replay::read_genesis;
use koinos_crypto::sha256;
use koinos_kv::MemoryStore;
use koinos_proto::chain::{DatabaseKey, ObjectSpace};
use koinos_proto::protocol::{BlockReceipt, StateDeltaEntry};
use koinos_state_db::{
    BlockInfo, Database, Entry, ForkRule, KEYSPACES, Reader, WriteSet, entries_root,
};
use koinos_testkit::golden;
use prost::Message;
use serde_json::Value;

use crate::support::{base64, rows};

fn entry(entry: StateDeltaEntry) -> Entry {
    let space = entry.object_space.unwrap();
    let space = ObjectSpace { system: space.system, zone: space.zone, id: space.id };
    let key = DatabaseKey { space: Some(space), key: entry.key }.encode_to_vec();
    (key.into(), entry.value)
}

fn hex_field(row: &Value, field: &str) -> Option<Bytes> {
    row[field].as_str().map(|text| hex::decode(text).unwrap().into())
}

/// How many objects a state has, and the digest of all of them in the order of their keys, each as
/// length (u32, little endian) and bytes of key and value.
fn digest(state: &dyn Reader) -> (u64, Bytes) {
    let (mut objects, mut text, mut last) = (0, Vec::new(), Bytes::new());
    while let Some((key, value)) = state.next(&last).unwrap() {
        for part in [&key, &value] {
            text.extend_from_slice(&u32::try_from(part.len()).unwrap().to_le_bytes());
            text.extend_from_slice(part);
        }
        objects += 1;
        last = key;
    }
    (objects, Bytes::copy_from_slice(&sha256(&text)))
}

/// The root of the entries after they were put and removed one by one, which loses those that are
/// listed twice and removals of what does not exist.
fn careless_root(parent: &Arc<koinos_state_db::Node>, entries: &[Entry]) -> Bytes {
    let mut changes = WriteSet::new(parent.clone());
    for (key, value) in entries {
        match value {
            Some(value) => drop(changes.put(key.clone(), value.clone()).unwrap()),
            None => drop(changes.remove(key).unwrap()),
        }
    }
    Bytes::copy_from_slice(&changes.merkle_root())
}

#[test]
fn receipts_give_roots_and_states() {
    let mut scenarios: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows("delta/delta_public.jsonl.gz") {
        let scenario = row["scenario"].as_str().unwrap().to_owned();
        scenarios.entry(scenario).or_default().push(row);
    }
    let mut tags: BTreeMap<String, u32> = BTreeMap::new();
    for (scenario, expected) in &scenarios {
        let recorded = rows(&format!("{scenario}/blocks.jsonl.gz"));
        assert_eq!(expected.len(), recorded.len(), "{scenario}");
        let genesis = read_genesis(&golden::path(scenario).join("genesis_data.json")).unwrap();
        let store = Arc::new(MemoryStore::new(KEYSPACES));
        let objects = move || genesis.objects().to_vec();
        let database = Database::open(store, ForkRule::Fifo, objects).unwrap();
        for row in expected {
            let source = &recorded[row["row"].as_u64().unwrap() as usize];
            apply(&database, row, source);
            for tag in row["tags"].as_array().unwrap() {
                *tags.entry(tag.as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
    }
    let found: Vec<(&str, u32)> = tags.iter().map(|(tag, count)| (&**tag, *count)).collect();
    let expected = [
        ("duplicate_key", 54),
        ("entries_do_not_determine_the_root", 1),
        ("naive_replay_gives_another_root", 63),
        ("put_of_empty_value", 11),
        ("tombstone", 106),
        ("tombstone_of_key_absent_below", 62),
    ];
    assert_eq!(found, expected);
}

/// Attaches a block by its receipt and compares root and state.
fn apply(database: &Database, row: &Value, source: &Value) {
    let at = format!("{} {}", row["scenario"], row["height"]);
    let receipt = BlockReceipt::decode(&*base64(source, "receipt_b64")).unwrap();
    let entries: Vec<Entry> = receipt.state_delta_entries.into_iter().map(entry).collect();
    assert_eq!(entries.len() as u64, row["entries"].as_u64().unwrap(), "{at}");
    let expected = hex_field(row, "expected_root_hex").unwrap();
    assert_eq!(expected, hex_field(source, "state_merkle_root_hex").unwrap(), "{at}");

    // An object space with fields that the receipt does not show is part of the key all the same.
    let tags = row["tags"].as_array().unwrap();
    let determined = !tags.iter().any(|tag| tag == "entries_do_not_determine_the_root");
    assert_eq!(entries_root(&entries)[..] == expected[..], determined, "{at}");

    let parent = database.head();
    let other = hex_field(row, "root_of_naive_replay_hex");
    let careless = careless_root(&parent, &entries);
    assert_eq!(careless, other.unwrap_or(entries_root(&entries).to_vec().into()), "{at}");

    let mut changes = WriteSet::new(parent);
    changes.replay(&entries);
    assert_eq!(changes.merkle_root(), entries_root(&entries), "{at}");
    let block = BlockInfo {
        id: hex_field(row, "block_id_hex").unwrap(),
        previous: hex_field(row, "previous_block_id_hex").unwrap(),
        height: row["height"].as_u64().unwrap(),
        timestamp: row["height"].as_u64().unwrap(),
        signer: Bytes::new(),
    };
    let node = database.finalize(changes, block).unwrap().node;
    let state = (row["objects_after"].as_u64().unwrap(), hex_field(row, "state_digest_after_hex"));
    let (objects, found) = digest(&*node);
    assert_eq!((objects, Some(found)), state, "{at}");
}
