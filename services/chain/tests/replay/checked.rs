//! Checked replay: receipts are applied as far as the headers prove them.

use koinos_chain::replay::{Report, run};
use koinos_chain_core::Block;
use koinos_codec::text;
use koinos_proto::protocol;
use koinos_testkit::golden;
use prost::Message;
use serde_json::Value;

use crate::support::{base64, directory, exact, rows, set_base64, write_set};

/// Replays `rows` on the genesis of core, checked.
fn checked(rows: &[Value]) -> Report {
    let set = tempfile::tempdir().unwrap();
    write_set(set.path(), "core", rows);
    let mut options = directory(set.path().to_owned());
    options.checked = true;
    run(options).unwrap()
}

/// Changes the receipt of a row.
fn change_receipt(row: &mut Value, change: impl FnOnce(&mut protocol::BlockReceipt)) {
    let mut receipt = protocol::BlockReceipt::decode(&*base64(row, "receipt_b64")).unwrap();
    change(&mut receipt);
    set_base64(row, "receipt_b64", &receipt.encode_to_vec());
}

/// The first blocks of core, with `changed`, one that writes objects, among them.
fn chain_with(changed: usize) -> Vec<Value> {
    let mut rows = rows("core/blocks.jsonl.gz");
    rows.truncate(changed + 5);
    rows
}

#[test]
fn recorded_sets_come_out_right() {
    // A receipt hides unknown fields of an object space: one block of core must be executed.
    for (set, blocks, re_executed) in [
        ("core", 139, 1),
        ("vm", 50, 0),
        ("vmfuzz", 80, 0),
        ("overrides", 200, 0),
        ("hashcode", 4, 0),
        ("trunc", 32, 0),
    ] {
        let mut options = directory(golden::path(set));
        options.checked = true;
        let report = exact(options);
        assert_eq!((report.blocks, report.re_executed), (blocks, re_executed), "{set}");
    }
}

#[test]
fn an_intact_chain_needs_no_execution() {
    let report = checked(&chain_with(10));
    assert_eq!((report.blocks, report.re_executed, report.mismatches), (15, 0, 0));
}

#[test]
fn a_damaged_receipt_is_replaced_by_execution() {
    let damages: [fn(&mut protocol::BlockReceipt); 3] = [
        |receipt| receipt.state_delta_entries.clear(),
        |receipt| receipt.state_delta_entries[0].value = Some(b"forged".to_vec().into()),
        |receipt| receipt.state_delta_entries.push(receipt.state_delta_entries[0].clone()),
    ];
    for damage in damages {
        let mut rows = chain_with(10);
        change_receipt(&mut rows[10], damage);
        let report = checked(&rows);
        let first = report.first_mismatch.unwrap_or_default();
        assert_eq!((report.blocks, report.re_executed, report.mismatches), (15, 1, 0), "{first}");
    }
}

#[test]
fn a_lost_receipt_is_replaced_by_execution() {
    let mut rows = chain_with(10);
    rows[10]["receipt_b64"] = Value::Null;
    let report = checked(&rows);
    assert_eq!((report.blocks, report.re_executed, report.mismatches), (15, 1, 0));
}

#[test]
fn a_receipt_that_is_no_message_stops_the_replay() {
    let mut rows = chain_with(10);
    let receipt = base64(&rows[10], "receipt_b64");
    set_base64(&mut rows[10], "receipt_b64", &receipt[..receipt.len() - 1]);
    let report = checked(&rows);
    assert_eq!((report.blocks, report.mismatches), (10, 1));
    let first = report.first_mismatch.unwrap();
    assert!(first.contains("at height 11 is not a valid protobuf message"), "{first}");
}

/// The block whose execution does not lead where the next header says is named, not the one at
/// which that comes out.
#[test]
fn a_block_that_leads_elsewhere_is_named() {
    let mut rows = chain_with(10);
    let mut block = protocol::Block::decode(&*base64(&rows[10], "block_b64")).unwrap();
    let dropped = block.transactions.pop();
    assert!(dropped.is_some(), "the block has a transaction");
    set_base64(&mut rows[10], "block_b64", &block.encode_to_vec());
    change_receipt(&mut rows[10], |receipt| receipt.state_delta_entries.clear());
    assert_cause(&checked(&rows), &block.id);
}

#[test]
fn a_forged_root_in_a_header_is_found() {
    let mut rows = chain_with(10);
    let causal = Block::decode(base64(&rows[10], "block_b64").into()).unwrap();
    let mut block = protocol::Block::decode(&*base64(&rows[11], "block_b64")).unwrap();
    let header = block.header.as_mut().unwrap();
    let mut root = header.previous_state_merkle_root.to_vec();
    *root.last_mut().unwrap() ^= 1;
    header.previous_state_merkle_root = root.into();
    set_base64(&mut rows[11], "block_b64", &block.encode_to_vec());
    assert_cause(&checked(&rows), &causal.id);
}

/// The replay stopped after 11 blocks and names the eleventh.
fn assert_cause(report: &Report, id: &[u8]) {
    assert_eq!((report.blocks, report.mismatches), (11, 1));
    let first = report.first_mismatch.as_deref().unwrap();
    let cause = format!("block {} at height 11 does not lead to the state", text::to_hex(id));
    assert!(first.contains(&cause), "{first}");
}
