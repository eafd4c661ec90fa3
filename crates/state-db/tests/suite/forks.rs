//! The recorded trees of blocks under the three fork rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use koinos_kv::MemoryStore;
use koinos_state_db::{BlockInfo, Database, ForkRule, KEYSPACES, Node, WriteSet};
use serde_json::Value;

use crate::support::{from_hex, no_genesis, rows};

/// The rule of the chain without overrides.
fn irreversible_height(height: u64) -> u64 {
    height.saturating_sub(60)
}

fn submit(database: &Database, info: BlockInfo) -> Option<Arc<Node>> {
    let parent = database.node(&info.previous)?;
    if info.timestamp <= parent.info().timestamp {
        return None;
    }
    let mut changes = WriteSet::new(parent);
    changes.put(Bytes::from_static(b"head"), info.id.clone()).unwrap();
    let node = database.finalize(changes, info).ok()?.node;
    let irreversible = irreversible_height(node.height());
    if irreversible > database.root().height() {
        let ancestor = database.ancestor(&node, irreversible).unwrap();
        database.commit(&ancestor).unwrap();
    }
    Some(node)
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

fn recorded_tree(rule: ForkRule, file: &str) {
    let database = Database::open(Arc::new(MemoryStore::new(KEYSPACES)), rule, no_genesis).unwrap();
    let mut ids = BTreeMap::from([("G".to_owned(), database.root().id().clone())]);
    let mut labels = BTreeMap::from([(database.root().id().clone(), "G".to_owned())]);
    let (mut accepted, mut refused) = (0, 0);
    for row in rows(file) {
        let step = &row["step"];
        let id = from_hex(&row["block_id_hex"]);
        ids.insert(text(&row, "label").to_owned(), id.clone());
        // The random part names some blocks again.
        labels.entry(id.clone()).or_insert_with(|| text(&row, "label").to_owned());
        let info = BlockInfo {
            id: id.clone(),
            previous: ids[text(&row, "parent")].clone(),
            height: row["height"].as_u64().unwrap(),
            timestamp: row["timestamp"].as_u64().unwrap(),
            signer: Bytes::from(text(&row, "signer").to_owned()),
        };
        let known = database.node(&id).is_some();
        let node = submit(&database, info);
        assert_eq!(known, row["result"] == "ignored", "step {step}");
        assert_eq!(node.is_some() || known, row["error"].is_null(), "step {step}");
        accepted += u32::from(node.is_some());
        refused += u32::from(node.is_none());

        assert_eq!(labels[database.head().id()], text(&row, "head_label"), "step {step}");
        let expected = row["fork_heads"].as_array().unwrap().iter();
        let expected: BTreeSet<_> =
            expected.map(|label| label.as_str().unwrap().to_owned()).collect();
        let heads = database.fork_heads();
        assert!(heads.is_sorted_by_key(|node| std::cmp::Reverse(node.height())));
        let heads: BTreeSet<_> = heads.iter().map(|node| labels[node.id()].clone()).collect();
        assert_eq!(heads, expected, "step {step}");
        let irreversible = row["last_irreversible_block"].as_u64().unwrap();
        assert_eq!(irreversible, irreversible_height(database.head().height()), "step {step}");
    }
    assert!(accepted > 100 && refused > 0, "{accepted} accepted, {refused} refused");
}

#[test]
fn fifo() {
    recorded_tree(ForkRule::Fifo, "forks/forks_fifo.jsonl.gz");
}

#[test]
fn block_time() {
    recorded_tree(ForkRule::BlockTime, "forks/forks_block_time.jsonl.gz");
}

#[test]
fn pob() {
    recorded_tree(ForkRule::Pob, "forks/forks_pob.jsonl.gz");
}
