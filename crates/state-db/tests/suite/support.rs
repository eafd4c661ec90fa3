//! What the tests share.

use std::io::{BufRead, BufReader};
use std::sync::Arc;

use bytes::Bytes;
use koinos_state_db::{BlockInfo, Database, Node};
use serde_json::Value;

/// The rows of a recorded file of JSON lines.
pub(crate) fn rows(file: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/").to_owned() + file;
    let file = flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap());
    let lines = BufReader::new(file).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

/// A field with hexadecimal digits.
pub(crate) fn from_hex(text: &Value) -> Bytes {
    hex::decode(text.as_str().unwrap()).unwrap().into()
}

/// A block on `parent` with nothing special about it.
pub(crate) fn block_on(parent: &Node, name: &str) -> BlockInfo {
    BlockInfo {
        id: Bytes::from(name.to_owned()),
        previous: parent.id().clone(),
        height: parent.height() + 1,
        timestamp: parent.info().timestamp + 1,
        signer: Bytes::new(),
    }
}

/// Commits the block `distance` below the head, if it is above the root.
pub(crate) fn commit_below_head(database: &Database, distance: u64) {
    let head = database.head();
    let height = head.height().saturating_sub(distance);
    if let Some(node) = database.ancestor(&head, height) {
        database.commit(&node).unwrap();
    }
}

/// No objects at all.
pub(crate) fn no_genesis() -> Vec<(Bytes, Bytes)> {
    Vec::new()
}

/// Shares a store.
pub(crate) fn shared<S: koinos_kv::Kv + 'static>(store: S) -> Arc<dyn koinos_kv::Kv> {
    Arc::new(store)
}
