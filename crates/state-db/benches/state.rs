//! Reads and writes at the usual depth of a chain: 60 blocks above the root.

#![allow(clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use koinos_kv::Store;
use koinos_state_db::{BlockInfo, Database, ForkRule, Node, Reader, WriteSet, store_options};

const DEPTH: u64 = 60;
const STORED: u64 = 100_000;
const CHANGES: u64 = 50;

/// As long as the key of a balance.
fn key(number: u64) -> Bytes {
    let mut bytes = vec![0x0a, 0x1d, 0x08, 0x01, 0x12, 0x19];
    bytes.extend_from_slice(&[7; 25]);
    bytes.extend_from_slice(&[0x12, 0x19]);
    bytes.extend_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes.extend_from_slice(&[9; 17]);
    bytes.into()
}

fn block_on(parent: &Node) -> BlockInfo {
    BlockInfo {
        id: Bytes::from(format!("block {}", parent.height() + 1)),
        previous: parent.id().clone(),
        height: parent.height() + 1,
        timestamp: parent.height(),
        signer: Bytes::new(),
    }
}

/// The changes of the block at `height`: some keys of its own, some that every block changes.
fn changed_keys(height: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count / 2).chain((0..count - count / 2).map(move |at| 1000 + height * count + at))
}

fn apply(parent: Arc<Node>, count: u64) -> WriteSet {
    let height = parent.height() + 1;
    let mut changes = WriteSet::new(parent);
    for number in changed_keys(height, count) {
        changes.put(key(number), Bytes::from(vec![height as u8; 40])).expect("put");
    }
    changes
}

fn add_block(database: &Database, count: u64) -> Arc<Node> {
    let head = database.head();
    let info = block_on(&head);
    database.finalize(apply(head, count), info).expect("finalize").node
}

fn commit(database: &Database, head: &Arc<Node>) {
    let root = database.ancestor(head, head.height() - DEPTH).expect("ancestor");
    database.commit(&root).expect("commit");
}

fn open(directory: &std::path::Path, count: u64) -> Database {
    let store = Arc::new(Store::open(directory, &store_options()).expect("open"));
    let genesis = || (0..STORED).map(|at| (key(at), Bytes::from(vec![1; 40]))).collect();
    let database = Database::open(store, ForkRule::Pob, genesis).expect("open");
    for _ in 0..DEPTH {
        add_block(&database, count);
    }
    database
}

/// What the merged overlay is compared with: every block has its own changes and a pointer to its
/// parent, and a lookup walks down.
struct Chain {
    changes: BTreeMap<Bytes, Option<Bytes>>,
    parent: Option<Arc<Chain>>,
}

impl Chain {
    fn get<'a>(mut self: &'a Chain, key: &[u8]) -> Option<&'a Option<Bytes>> {
        loop {
            if let Some(value) = self.changes.get(key) {
                return Some(value);
            }
            self = self.parent.as_ref()?;
        }
    }
}

fn chain() -> Arc<Chain> {
    let mut tip = Arc::new(Chain { changes: BTreeMap::new(), parent: None });
    for height in 1..=DEPTH {
        let changes =
            changed_keys(height, CHANGES).map(|at| (key(at), Some(Bytes::from(vec![1; 40]))));
        tip = Arc::new(Chain { changes: changes.collect(), parent: Some(tip) });
    }
    tip
}

fn reads(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("directory");
    let database = open(directory.path(), CHANGES);
    let head = database.head();
    let changed: Vec<Bytes> =
        (1..=DEPTH).flat_map(|height| changed_keys(height, CHANGES)).map(key).collect();
    let unchanged: Vec<Bytes> = (STORED / 2..STORED / 2 + 1000).map(key).collect();
    let cold: Vec<Bytes> = (10_000..STORED).map(key).collect();
    let absent: Vec<Bytes> = (STORED..STORED + 1000).map(key).collect();

    let mut group = criterion.benchmark_group("read");
    let mut over = |name: &str, keys: &[Bytes], read: &dyn Fn(&Bytes)| {
        let mut keys = keys.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| keys.next().map(read));
        });
    };
    let get = |key: &Bytes| drop(black_box(head.get(key).expect("get")));
    over("changed", &changed, &get);
    over("unchanged, cached", &unchanged, &get);
    over("absent, cached", &absent, &get);
    over("unchanged, mostly not cached", &cold, &get);
    over("next", &unchanged, &|key| drop(black_box(head.next(key).expect("next"))));
    over("prev", &unchanged, &|key| drop(black_box(head.prev(key).expect("prev"))));
    let chain = chain();
    let walk = |key: &Bytes| drop(black_box(chain.get(key).cloned()));
    over("changed, parent chain", &changed, &walk);
    over("unchanged, parent chain without the store", &unchanged, &walk);
}

fn writes(criterion: &mut Criterion) {
    for count in [5, CHANGES] {
        let directory = tempfile::tempdir().expect("directory");
        let database = open(directory.path(), count);
        let mut group = criterion.benchmark_group(format!("block of {count} changes"));
        group.bench_function("apply", |bencher| {
            bencher.iter_batched(
                || database.head(),
                |head| apply(head, count),
                BatchSize::SmallInput,
            );
        });
        group.bench_function("merkle root", |bencher| {
            let changes = apply(database.head(), count);
            bencher.iter(|| black_box(changes.merkle_root()));
        });
        group.bench_function("finalize", |bencher| {
            bencher.iter_batched(
                || {
                    let head = database.head();
                    commit(&database, &head);
                    let info = block_on(&head);
                    (apply(head, count), info)
                },
                |(changes, info)| database.finalize(changes, info).expect("finalize"),
                BatchSize::PerIteration,
            );
        });
        group.bench_function("commit", |bencher| {
            bencher.iter_batched(
                || add_block(&database, count),
                |head| commit(&database, &head),
                BatchSize::PerIteration,
            );
        });
    }
}

criterion_group!(benches, reads, writes);
criterion_main!(benches);
