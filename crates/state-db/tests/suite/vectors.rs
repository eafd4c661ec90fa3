//! The recorded cases of the state database: results, delta entries and merkle roots.

use std::sync::Arc;

use base64::Engine as _;
use bytes::Bytes;
use koinos_kv::{Kv, MemoryStore, Store};
use koinos_proto::chain::{DatabaseKey, ObjectSpace};
use koinos_proto::protocol::{self, StateDeltaEntry};
use koinos_state_db::{Database, ForkRule, KEYSPACES, Reader, WriteSet, store_options};
use prost::Message;
use serde_json::Value;

use crate::support::{block_on, from_hex, rows};

fn database_key(row: &Value) -> Bytes {
    let space = ObjectSpace {
        system: row["space"]["system"].as_bool().unwrap(),
        zone: from_hex(&row["space"]["zone"]).to_vec().into(),
        id: row["space"]["id"].as_u64().unwrap() as u32,
    };
    let key = from_hex(&row["key"]).to_vec().into();
    DatabaseKey { space: Some(space), key }.encode_to_vec().into()
}

fn split(key: &[u8]) -> (ObjectSpace, Bytes) {
    let DatabaseKey { space, key } = DatabaseKey::decode(key).unwrap();
    (space.unwrap(), Bytes::copy_from_slice(&key))
}

fn base64_entries<'a>(
    entries: impl Iterator<Item = (&'a Bytes, Option<&'a Bytes>)>,
) -> Vec<String> {
    let encode = |(key, value): (&Bytes, Option<&Bytes>)| {
        let (ObjectSpace { system, zone, id }, key) = split(key);
        let entry = StateDeltaEntry {
            object_space: Some(protocol::ObjectSpace { system, zone, id }),
            key: key.to_vec().into(),
            value: value.map(|value| value.to_vec().into()),
        };
        base64::engine::general_purpose::STANDARD.encode(entry.encode_to_vec())
    };
    entries.map(encode).collect()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The change in size, as the disk charge counts it.
fn size(key: &Bytes, old: Option<usize>, new: Option<usize>) -> i64 {
    let total = |value: Option<usize>| value.map_or(0, |value| (key.len() + value) as i64);
    total(new) - total(old)
}

fn run(changes: &mut WriteSet, step: &Value, expected: &Value) {
    let key = || database_key(step);
    match step["op"].as_str().unwrap() {
        "put" => {
            let value = from_hex(&step["value"]);
            let new = value.len();
            let old = changes.put(key(), value).unwrap();
            assert_eq!(size(&key(), old, Some(new)), expected["size"].as_i64().unwrap());
        }
        "remove" => {
            let old = changes.remove(&key()).unwrap();
            assert_eq!(size(&key(), old, None), expected["size"].as_i64().unwrap());
        }
        "get" => {
            let value = changes.get(&key()).unwrap();
            assert_eq!(value.is_some(), expected["exists"].as_bool().unwrap());
            assert_eq!(value, expected.get("value").map(from_hex));
        }
        "begin" => changes.push(),
        "commit" => changes.commit_level().unwrap(),
        "abort" => changes.drop_level().unwrap(),
        "entries" => {
            assert_eq!(base64_entries(changes.level_entries()), strings(&expected["entries"]));
        }
        walk => {
            let found = match walk {
                "next" => changes.next(&key()).unwrap(),
                "prev" => changes.prev(&key()).unwrap(),
                other => panic!("unknown step {other}"),
            };
            let space = split(&key()).0;
            let found = found.map(|(key, value)| (split(&key), value));
            let found = found.filter(|((at, _), _)| *at == space);
            assert_eq!(found.is_some(), expected["exists"].as_bool().unwrap());
            let (key, value) = found.map(|((_, key), value)| (key, value)).unzip();
            assert_eq!(key, expected.get("key").map(from_hex));
            assert_eq!(value, expected.get("value").map(from_hex));
        }
    }
}

fn run_case(case: &Value, store: Arc<dyn Kv>) {
    let objects = case["root"].as_array().unwrap().iter();
    let objects: Vec<_> =
        objects.map(|object| (database_key(object), from_hex(&object["value"]))).collect();
    let database = Database::open(store, ForkRule::Fifo, move || objects.clone()).unwrap();
    let root = hex::encode(database.root().merkle_root());
    assert_eq!(root, case["expected"]["root_merkle"].as_str().unwrap());

    let deltas = case["deltas"].as_array().unwrap();
    let expected = case["expected"]["deltas"].as_array().unwrap();
    let commit_every = case["commit_every"].as_u64().unwrap();
    assert_eq!(deltas.len(), expected.len());
    for (height, (steps, expected)) in (1u64..).zip(deltas.iter().zip(expected)) {
        let parent = database.head();
        let mut changes = WriteSet::new(Arc::clone(&parent));
        let results = expected["results"].as_array().unwrap();
        for (step, result) in steps.as_array().unwrap().iter().zip(results) {
            run(&mut changes, step, result);
        }
        let entries = strings(&expected["delta_entries_b64"]);
        assert_eq!(base64_entries(changes.delta_entries()), entries);
        let info = block_on(&parent, &format!("block {height}"));
        let node = database.finalize(changes, info).unwrap().node;
        assert_eq!(hex::encode(node.merkle_root()), expected["merkle_root_hex"].as_str().unwrap());
        assert_eq!(base64_entries(node.delta_entries()), entries);
        if commit_every != 0 && height % commit_every == 0 {
            database.commit(&node).unwrap();
        }
    }
}

#[test]
fn recorded_cases_in_memory() {
    let cases = rows("vectors/state_db.jsonl.gz");
    assert_eq!(cases.len(), 50);
    for case in cases {
        println!("{}", case["note"]);
        run_case(&case, Arc::new(MemoryStore::new(KEYSPACES)));
    }
}

#[test]
fn recorded_cases_on_disk() {
    for case in rows("vectors/state_db.jsonl.gz") {
        println!("{}", case["note"]);
        let directory = tempfile::tempdir().unwrap();
        run_case(&case, Arc::new(Store::open(directory.path(), &store_options()).unwrap()));
    }
}
