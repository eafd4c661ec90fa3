//! Readers that hold old states while the writer moves on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use koinos_kv::{Kv, MemoryStore, Store};
use koinos_state_db::{Database, ForkRule, KEYSPACES, Node, Reader, WriteSet, store_options};

use crate::support::{block_on, commit_below_head, no_genesis, shared};

const KEYS: u8 = 12;

/// Every block sets half of the keys to its height and removes the other half, in turns, so the state
/// at a height is known.
fn expected(key: u8, height: u64) -> Option<Bytes> {
    let present = (u64::from(key) + height).is_multiple_of(2);
    (present && height > 0).then(|| Bytes::from(height.to_string()))
}

fn key(number: u8) -> Bytes {
    Bytes::from(vec![number])
}

fn apply_block(database: &Database, parent: &Arc<Node>, name: &str) -> Arc<Node> {
    let mut changes = WriteSet::new(Arc::clone(parent));
    let height = parent.height() + 1;
    for number in 0..KEYS {
        match expected(number, height) {
            Some(value) => changes.put(key(number), value).unwrap(),
            None => changes.remove(&key(number)).unwrap(),
        };
    }
    database.finalize(changes, block_on(parent, name)).unwrap().node
}

fn check(node: &Node) {
    let height = node.height();
    for number in 0..KEYS {
        assert_eq!(node.get(&key(number)).unwrap(), expected(number, height), "at {height}");
    }
    let visible = (0..KEYS).filter(|number| expected(*number, height).is_some());
    let mut at = Bytes::new();
    for number in visible {
        let (next, value) = node.next(&at).unwrap().unwrap();
        assert_eq!((&next, Some(value)), (&key(number), expected(number, height)), "at {height}");
        at = next;
    }
    assert_eq!(node.next(&at).unwrap(), None);
}

fn race(store: Arc<dyn Kv>, blocks: u64) {
    let database = Database::open(store, ForkRule::Fifo, no_genesis).unwrap();
    let stop = AtomicBool::new(false);
    let checks = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for reader in 0..3u8 {
            let (database, stop, checks) = (&database, &stop, &checks);
            scope.spawn(move || {
                let mut held = database.root();
                for round in 0u32.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let node = if reader == 0 { database.root() } else { database.head() };
                    check(&node);
                    check(&held);
                    if round % 16 == 0 {
                        held = node;
                    }
                    checks.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut side = None;
        for height in 1..=blocks {
            let parent = database.head();
            let node = apply_block(&database, &parent, &format!("main {height}"));
            if height % 7 == 0 {
                side = Some(apply_block(&database, &parent, &format!("side {height}")));
            }
            commit_below_head(&database, 2);
            side.iter().for_each(|node| check(node));
            check(&node);
        }
        while checks.load(Ordering::Relaxed) < 20 {
            std::thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
    });
    database.reset().unwrap();
    assert_eq!(database.head().next(&[]).unwrap(), None);
}

#[test]
fn race_in_memory() {
    race(shared(MemoryStore::new(KEYSPACES)), 3000);
}

#[test]
fn race_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    race(shared(Store::open(directory.path(), &store_options()).unwrap()), 3000);
}

#[test]
fn every_node_keeps_its_state() {
    let store = shared(MemoryStore::new(KEYSPACES));
    let database = Database::open(store, ForkRule::Fifo, no_genesis).unwrap();
    let mut held = vec![database.root()];
    for height in 1..=30u64 {
        let parent = database.head();
        held.push(apply_block(&database, &parent, &format!("main {height}")));
        held.push(apply_block(&database, &parent, &format!("side {height}")));
        if height % 3 == 0 {
            commit_below_head(&database, height % 4);
        }
        held.iter().for_each(|node| check(node));
    }
    database.reset().unwrap();
    held.iter().for_each(|node| check(node));
    let head = database.head();
    assert_eq!((head.height(), head.is_root()), (0, true));
    apply_block(&database, &head, "again");
    commit_below_head(&database, 0);
    held.iter().for_each(|node| check(node));
    check(&database.root());
    assert_eq!(database.root().id(), "again");
}
