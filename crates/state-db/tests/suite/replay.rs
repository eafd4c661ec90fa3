//! State roots from stored receipts, without execution.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use bytes::Bytes;
use koinos_kv::MemoryStore;
use koinos_proto::chain::{DatabaseKey, ObjectSpace};
use koinos_proto::protocol::BlockReceipt;
use koinos_state_db::{Database, Entry, ForkRule, KEYSPACES, Reader, WriteSet, entries_root};
use prost::Message;
use serde_json::Value;

use crate::support::{block_on, from_hex, no_genesis, rows};

fn entries(row: &Value) -> Vec<Entry> {
    let receipt = row["receipt_b64"].as_str().unwrap();
    let receipt = base64::engine::general_purpose::STANDARD.decode(receipt).unwrap();
    let receipt = BlockReceipt::decode(&receipt[..]).unwrap();
    let entry = |entry: koinos_proto::protocol::StateDeltaEntry| {
        let space = entry.object_space.unwrap();
        let space = ObjectSpace { system: space.system, zone: space.zone, id: space.id };
        let key = DatabaseKey { space: Some(space), key: entry.key }.encode_to_vec();
        (Bytes::from(key), entry.value.map(|value| Bytes::copy_from_slice(&value)))
    };
    receipt.state_delta_entries.into_iter().map(entry).collect()
}

fn has_tag(row: &Value, tag: &str) -> bool {
    row["tags"].as_array().unwrap().iter().any(|at| at == tag)
}

#[test]
fn recorded_receipts() {
    let mut scenarios: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows("delta/delta_public.jsonl.gz") {
        let scenario = row["scenario"].as_str().unwrap().to_owned();
        scenarios.entry(scenario).or_default().push(row);
    }
    let (mut blocks, mut tombstones, mut doubles) = (0, 0, 0);
    for (scenario, expected) in scenarios {
        let recorded = rows(&format!("{scenario}/blocks.jsonl.gz"));
        let store = Arc::new(MemoryStore::new(KEYSPACES));
        let database = Database::open(store, ForkRule::Fifo, no_genesis).unwrap();
        for row in expected {
            let entries = entries(&recorded[row["row"].as_u64().unwrap() as usize]);
            assert_eq!(entries.len() as u64, row["entries"].as_u64().unwrap());
            let head = database.head();
            let mut changes = WriteSet::new(Arc::clone(&head));
            changes.replay(&entries);
            let root = Bytes::copy_from_slice(&changes.merkle_root());
            let determined = !has_tag(&row, "entries_do_not_determine_the_root");
            let at = format!("{scenario} {}", row["height"]);
            assert_eq!(root == from_hex(&row["expected_root_hex"]), determined, "{at}");
            // What the write set lists is the receipt's list again.
            if determined {
                let listed = |(key, value): (&Bytes, Option<&Bytes>)| (key.clone(), value.cloned());
                assert!(changes.delta_entries().map(listed).eq(entries.iter().cloned()), "{at}");
                for (key, value) in &entries {
                    assert_eq!(changes.get(key).unwrap(), *value, "{at}");
                }
            }
            blocks += 1;
            tombstones += u32::from(has_tag(&row, "tombstone_of_key_absent_below"));
            doubles += u32::from(has_tag(&row, "duplicate_key"));
            database.finalize(changes, block_on(&head, &at)).unwrap();
        }
    }
    assert!(blocks > 500 && tombstones > 10 && doubles > 10);
}

#[test]
fn changes_after_a_replay_count() {
    let store = Arc::new(MemoryStore::new(KEYSPACES));
    let database = Database::open(store, ForkRule::Fifo, no_genesis).unwrap();
    let entry =
        |key: &'static str, value: &'static str| (Bytes::from(key), Some(Bytes::from(value)));
    let both = [entry("a", "1"), entry("b", "2")];
    let mut changes = WriteSet::new(database.root());
    changes.replay(&both[..1]);
    assert_eq!(changes.merkle_root(), entries_root(&both[..1]));
    changes.put(both[1].0.clone(), both[1].1.clone().unwrap()).unwrap();
    assert_eq!(changes.merkle_root(), entries_root(&both));
    let mut twice = WriteSet::new(database.root());
    twice.replay(&both[..1]);
    twice.replay(&both[1..]);
    assert_eq!(twice.merkle_root(), entries_root(&both));
}

#[test]
fn the_root_of_a_list_keeps_every_entry_and_ignores_its_order() {
    let entry =
        |key: &'static str, value: Option<&'static str>| (Bytes::from(key), value.map(Bytes::from));
    let thrice = [entry("a", Some("1")), entry("a", Some("1")), entry("a", Some("1"))];
    assert_ne!(entries_root(&thrice), entries_root(&thrice[..2]));
    let list = [entry("b", None), entry("a", Some("1"))];
    let sorted = [list[1].clone(), list[0].clone()];
    assert_eq!(entries_root(&list), entries_root(&sorted));
    // A removal and an empty value are told apart by the state, not by the root.
    assert_eq!(entries_root(&[entry("b", None)]), entries_root(&[entry("b", Some(""))]));
}
