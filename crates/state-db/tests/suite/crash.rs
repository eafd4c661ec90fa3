//! Sudden death: a child process commits blocks until it is killed; what it leaves must be the state of
//! one block.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use koinos_kv::Store;
use koinos_state_db::{Database, ForkRule, Reader, WriteSet, store_options};

use crate::support::{block_on, no_genesis};

/// Names the directory of the store to the child process.
const DIRECTORY: &str = "STATE_DB_CRASH_TEST_DIRECTORY";
const KEYS: u64 = 20;
const WINDOW: u64 = 50;

fn open(directory: &Path) -> Database {
    let store = Store::open(directory, &store_options()).unwrap();
    Database::open(Arc::new(store), ForkRule::Fifo, no_genesis).unwrap()
}

fn key(name: &str, number: u64) -> Bytes {
    Bytes::from(format!("{name} {number:020}"))
}

/// Applies and commits blocks for ever, and says so after each: all keys get the height as value, and
/// of a trail of keys one is added and one removed.
fn write_until_killed(directory: &Path) {
    let database = open(directory);
    loop {
        let parent = database.head();
        let height = parent.height() + 1;
        let mut changes = WriteSet::new(Arc::clone(&parent));
        for number in 0..KEYS {
            changes.put(key("key", number), Bytes::from(height.to_string())).unwrap();
        }
        changes.put(key("trail", height), Bytes::from(vec![7; 300])).unwrap();
        if let Some(old) = height.checked_sub(WINDOW) {
            changes.remove(&key("trail", old)).unwrap();
        }
        let info = block_on(&parent, &format!("block {height}"));
        let node = database.finalize(changes, info).unwrap().node;
        database.commit(&node).unwrap();
        println!("committed {height}");
    }
}

fn check(database: &Database) -> u64 {
    let root = database.root();
    let height = root.height();
    let mut expected: Vec<(Bytes, Bytes)> = Vec::new();
    if height > 0 {
        assert_eq!(root.id(), format!("block {height}").as_bytes());
        let value = Bytes::from(height.to_string());
        expected.extend((0..KEYS).map(|number| (key("key", number), value.clone())));
        let trail = height.saturating_sub(WINDOW) + 1..=height;
        expected.extend(trail.map(|at| (key("trail", at), Bytes::from(vec![7; 300]))));
    }
    let mut at = Bytes::new();
    for entry in expected {
        assert_eq!(root.next(&at).unwrap().as_ref(), Some(&entry), "height {height}");
        at = entry.0;
    }
    assert_eq!(root.next(&at).unwrap(), None, "height {height}");
    height
}

#[test]
fn a_killed_process_leaves_the_state_of_one_block() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return write_until_killed(Path::new(&directory));
    }
    let directory = tempfile::tempdir().unwrap();
    let mut reached = 0;
    for round in 0..8u64 {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
        let lines = 1 + (u64::from(nanos) >> 5) % (200 * (round + 1));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::a_killed_process_leaves_the_state_of_one_block", "--exact"])
            .args(["--nocapture", "--test-threads=1"])
            .env(DIRECTORY, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let committed = output.filter_map(|line| {
            let line = line.unwrap();
            line.rsplit_once("committed ").map(|(_, height)| height.parse::<u64>().unwrap())
        });
        let said = committed.take(lines as usize).last().unwrap();
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        let height = check(&open(directory.path()));
        assert!(height >= said && said > reached, "{said} was committed, {height} is left");
        reached = height;
    }
}
