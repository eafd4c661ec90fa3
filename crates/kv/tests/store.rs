//! Both stores against a plain map, and what only the one on disk has to do.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use koinos_kv::{
    Direction, Durability, Error, Format, Keyspace, Kv, MemoryStore, Options, Read, Store,
    WriteBatch,
};
use proptest::prelude::*;

const FIRST: &str = "first";
const SECOND: &str = "second";
const FORMAT: Format = Format { name: "koinos-test", version: 2, migrate: None };

fn options() -> Options {
    Options::new(FORMAT, &[FIRST, SECOND])
}

#[derive(Debug, Clone)]
enum Change {
    Put(bool, Vec<u8>, Vec<u8>),
    Delete(bool, Vec<u8>),
    Clear(bool),
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![0..3u8, Just(0xff)], 0..3)
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        8 => (any::<bool>(), key(), key()).prop_map(|(at, key, value)| Change::Put(at, key, value)),
        4 => (any::<bool>(), key()).prop_map(|(at, key)| Change::Delete(at, key)),
        1 => any::<bool>().prop_map(Change::Clear),
    ]
}

fn batches() -> impl Strategy<Value = Vec<Vec<Change>>> {
    prop::collection::vec(prop::collection::vec(change(), 0..8), 1..8)
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn name(second: bool) -> &'static str {
    if second { SECOND } else { FIRST }
}

fn apply(models: &mut [Model; 2], changes: &[Change]) -> WriteBatch {
    let mut batch = WriteBatch::new();
    for change in changes.iter().cloned() {
        match change {
            Change::Put(at, key, value) => {
                models[usize::from(at)].insert(key.clone(), value.clone());
                batch.put(name(at), key, value);
            }
            Change::Delete(at, key) => {
                models[usize::from(at)].remove(&key);
                batch.delete(name(at), key);
            }
            Change::Clear(at) => {
                models[usize::from(at)].clear();
                batch.clear(name(at));
            }
        }
    }
    assert_eq!((batch.len(), batch.is_empty()), (changes.len(), changes.is_empty()));
    batch
}

fn all(store: &dyn Read, keyspace: &str, from: &[u8], direction: Direction) -> Vec<(Bytes, Bytes)> {
    store.entries(keyspace, from, direction).unwrap().map(|entry| entry.unwrap()).collect()
}

fn check(store: &dyn Read, models: &[Model; 2]) {
    for (model, keyspace) in models.iter().zip([FIRST, SECOND]) {
        let entry = |(key, value): (&Vec<u8>, &Vec<u8>)| {
            (Bytes::from(key.clone()), Bytes::from(value.clone()))
        };
        let probes = [vec![], vec![0], vec![1, 1], vec![2], vec![0xff], vec![0xff, 0xff]];
        for from in &probes {
            let up: Vec<_> = model.range(from.clone()..).map(entry).collect();
            assert_eq!(all(store, keyspace, from, Direction::Up), up);
            let down: Vec<_> = model.range(..=from.clone()).rev().map(entry).collect();
            assert_eq!(all(store, keyspace, from, Direction::Down), down);
            let value = model.get(from).map(|value| &value[..]);
            assert_eq!(store.get(keyspace, from).unwrap().as_deref(), value);
            let mut seen = None;
            let found = store.get_with(keyspace, from, &mut |value| seen = Some(value.to_vec()));
            assert_eq!((found.unwrap(), seen.as_deref()), (value.is_some(), value));
        }
        let keys: Vec<&[u8]> = probes.iter().map(|key| &key[..]).collect();
        let values = store.multi_get(keyspace, &keys).unwrap();
        for (key, value) in probes.iter().zip(values) {
            assert_eq!(value.as_deref(), model.get(key).map(|value| &value[..]));
        }
        check_cursor(store, keyspace, model);
    }
}

fn check_cursor(store: &dyn Read, keyspace: &str, model: &Model) {
    let mut cursor = store.cursor(keyspace).unwrap();
    assert_eq!(cursor.entry(), None);
    cursor.next().unwrap();
    cursor.prev().unwrap();
    assert_eq!(cursor.entry(), None);
    let entry = |(key, value): (&'_ Vec<u8>, &'_ Vec<u8>)| (key.clone(), value.clone());
    let at =
        |entry: Option<(&[u8], &[u8])>| entry.map(|(key, value)| (key.to_vec(), value.to_vec()));
    cursor.seek_to_last().unwrap();
    assert_eq!(at(cursor.entry()), model.iter().next_back().map(entry));
    cursor.seek_to_first().unwrap();
    assert_eq!(at(cursor.entry()), model.iter().next().map(entry));
    cursor.next().unwrap();
    assert_eq!(at(cursor.entry()), model.iter().nth(1).map(entry));
    if model.len() > 1 {
        cursor.prev().unwrap();
        assert_eq!(at(cursor.entry()), model.iter().next().map(entry));
        cursor.prev().unwrap();
        assert_eq!(cursor.entry(), None);
    }
}

/// Writes the batches, with a snapshot before each that must not change.
fn run(store: &dyn Kv, batches: &[Vec<Change>]) -> [Model; 2] {
    let mut models = [Model::new(), Model::new()];
    let mut snapshots: Vec<(Arc<dyn Read>, [Model; 2])> = Vec::new();
    for changes in batches {
        snapshots.push((store.snapshot(), models.clone()));
        store.write(apply(&mut models, changes), store.durability()).unwrap();
        check(store, &models);
    }
    for (snapshot, models) in &snapshots {
        check(&**snapshot, models);
    }
    models
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn memory_is_a_map(batches in batches()) {
        run(&MemoryStore::new(&[FIRST, SECOND]), &batches);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn disk_is_a_map(batches in batches()) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), &options()).unwrap();
        let models = run(&store, &batches);
        drop(store);
        check(&Store::open(directory.path(), &options()).unwrap(), &models);
    }
}

#[test]
fn a_snapshot_outlives_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), &options()).unwrap();
    let mut models = [Model::new(), Model::new()];
    let changes = [Change::Put(false, vec![1], vec![2; 10_000]), Change::Put(true, vec![], vec![])];
    store.write(apply(&mut models, &changes), Durability::Sync).unwrap();
    let snapshot = store.snapshot();
    store.write(apply(&mut models.clone(), &[Change::Clear(false)]), Durability::NoSync).unwrap();
    drop(store);
    check(&*snapshot, &models);
}

#[test]
fn a_batch_with_an_unknown_keyspace_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Store::open(directory.path(), &options()).unwrap();
    for store in [&disk as &dyn Kv, &MemoryStore::new(&[FIRST, SECOND])] {
        let mut batch = WriteBatch::new();
        batch.put(FIRST, "key", "value");
        batch.put("third", "key", "value");
        let unknown = store.write(batch, Durability::NoSync);
        assert!(matches!(unknown, Err(Error::UnknownKeyspace { name }) if name == "third"));
        assert_eq!(store.get(FIRST, b"key").unwrap(), None);
        assert!(matches!(store.get("third", b""), Err(Error::UnknownKeyspace { .. })));
        assert!(store.cursor("third").is_err());
        store.flush().unwrap();
    }
}

#[test]
fn large_values_are_kept_and_found() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options();
    options.keyspaces = vec![Keyspace { name: FIRST, large_values: true }];
    let value = |number: u8| Bytes::from(vec![number; 3_000_000]);
    let store = Store::open(directory.path(), &options).unwrap();
    for number in 0..20 {
        let mut batch = WriteBatch::new();
        batch.put(FIRST, vec![number], value(number));
        store.write(batch, Durability::NoSync).unwrap();
    }
    drop(store);
    // A keyspace that this program does not name stays in place.
    options.keyspaces.push(Keyspace { name: "later", large_values: false });
    drop(Store::open(directory.path(), &options).unwrap());
    options.keyspaces.pop();
    let store = Store::open(directory.path(), &options).unwrap();
    for number in 0..20 {
        assert_eq!(store.get(FIRST, &[number]).unwrap().unwrap(), value(number));
    }
    assert!(store.disk_size(FIRST).unwrap() > 0);
    assert_eq!(store.path(), directory.path());
}

#[test]
fn formats() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let open = |version, name, migrate| {
        let format = Format { name, version, migrate };
        Store::open(path, &Options::new(format, &[FIRST, SECOND]))
    };
    drop(open(2, "koinos-test", None).unwrap());
    drop(open(2, "koinos-test", None).unwrap());
    let newer = open(1, "koinos-test", None).err().unwrap();
    assert!(matches!(newer, Error::NewerFormat { found: 2, known: 1, .. }), "{newer}");
    let foreign = open(2, "koinos-other", None).err().unwrap();
    assert!(matches!(foreign, Error::ForeignFormat { .. }));
    assert!(foreign.to_string().contains("koinos-test database, not a koinos-other"), "{foreign}");
    let older = open(3, "koinos-test", None).err().unwrap();
    assert!(matches!(older, Error::OlderFormat { found: 2, .. }), "{older}");

    let store = open(
        4,
        "koinos-test",
        Some(|store, version| {
            assert_eq!(store.get(FIRST, b"migrated").unwrap().is_some(), version == 3);
            let mut batch = WriteBatch::new();
            batch.put(FIRST, "migrated", format!("from {version}"));
            Ok(batch)
        }),
    );
    assert_eq!(store.unwrap().get(FIRST, b"migrated").unwrap().unwrap(), "from 3");
    assert!(matches!(open(3, "koinos-test", None), Err(Error::NewerFormat { found: 4, .. })));
}

#[test]
fn a_database_without_a_record_is_not_ours() {
    let directory = tempfile::tempdir().unwrap();
    let mut plain = rocksdb::Options::default();
    plain.create_if_missing(true);
    let other = rocksdb::DB::open(&plain, directory.path()).unwrap();
    other.put(b"key", b"value").unwrap();
    drop(other);
    let error = Store::open(directory.path(), &options()).err().unwrap();
    assert!(matches!(error, Error::ForeignFormat { .. }), "{error}");
}

#[test]
fn a_missing_store_is_not_created_unasked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/down");
    let mut options = options();
    options.create = false;
    assert!(matches!(Store::open(&path, &options), Err(Error::Missing { .. })));
    assert!(!path.exists());
    options.create = true;
    drop(Store::open(&path, &options).unwrap());
    options.create = false;
    Store::open(&path, &options).unwrap();
}

#[test]
fn a_store_is_opened_once() {
    let directory = tempfile::tempdir().unwrap();
    let _store = Store::open(directory.path(), &options()).unwrap();
    let error = Store::open(directory.path(), &options()).err().unwrap();
    assert!(matches!(error, Error::Locked { .. }), "{error:?}");
    assert!(error.to_string().contains(directory.path().to_str().unwrap()));
}

#[test]
fn a_file_in_the_way() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "not a directory").unwrap();
    let error = Store::open(&path, &options()).err().unwrap();
    assert!(matches!(error, Error::Io { .. }), "{error:?}");
    assert!(std::error::Error::source(&error).is_some());
}

fn files(directory: &std::path::Path, ending: &str) -> Vec<std::path::PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_str().unwrap().contains(ending)).collect()
}

#[test]
fn damage_is_an_error_and_never_an_absence() {
    let directory = tempfile::tempdir().unwrap();
    let key = |number: u32| number.to_be_bytes();
    let store = Store::open(directory.path(), &options()).unwrap();
    let mut batch = WriteBatch::new();
    for number in 0..5000 {
        batch.put(FIRST, key(number).to_vec(), vec![number as u8; 100]);
    }
    store.write(batch, Durability::NoSync).unwrap();
    drop(store);
    // Opening again makes a file of what the log holds.
    drop(Store::open(directory.path(), &options()).unwrap());
    let mut damaged = 0;
    for path in files(directory.path(), ".sst") {
        let mut bytes = fs::read(&path).unwrap();
        if bytes.len() > 10_000 {
            let middle = bytes.len() / 3;
            bytes[middle..middle + 1000].fill(0x5a);
            fs::write(&path, bytes).unwrap();
            damaged += 1;
        }
    }
    assert!(damaged > 0);
    let store = Store::open(directory.path(), &options()).unwrap();
    let mut errors = 0;
    for number in 0..5000 {
        match store.get(FIRST, &key(number)) {
            Ok(value) => assert_eq!(value.unwrap(), vec![number as u8; 100]),
            Err(Error::Corrupt { .. }) => errors += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(errors > 0);
    let walk = store.entries(FIRST, &[], Direction::Up).unwrap();
    let walked: Vec<_> = walk.take(5001).collect();
    assert!(walked.len() < 5001, "an error ends the walk");
    assert!(matches!(walked.last(), Some(Err(Error::Corrupt { .. }))));
    let keys: Vec<_> = (0..5000).map(key).collect();
    let keys: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
    assert!(store.multi_get(FIRST, &keys).is_err());
    drop(store);

    for path in files(directory.path(), "MANIFEST") {
        fs::write(path, [0x5a; 4096]).unwrap();
    }
    let error = Store::open(directory.path(), &options()).err().unwrap();
    assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
}
