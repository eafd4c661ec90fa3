//! Replaying a recorded tree of blocks under a fork rule.

use std::path::Path;

use anyhow::Result;
use koinos_chain_core::Controller;
use koinos_state_db::ForkRule;
use prost::Message;

use super::chain::{LATE, decode_block, fork_heads, receipt_difference};
use super::report::Report;
use super::row::{Row, rows};
use super::set::RecordedSet;
use super::{Runner, compare, submit};
use crate::answer;

pub(super) fn run(
    runner: &Runner,
    set: &RecordedSet,
    rule: ForkRule,
    path: &Path,
    report: &mut Report,
) -> Result<()> {
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
    let name = file.split(".jsonl").next().unwrap_or(&file);
    let controller = runner.open(set, name, rule)?;
    for row in rows(path)? {
        let row = row?;
        step(&controller, &row, report)?;
        report.show(name);
    }
    report.done(path);
    Ok(())
}

/// Submits a block and compares the answer and the state of the node after it.
fn step(controller: &Controller, row: &Row, report: &mut Report) -> Result<()> {
    let place = row.place();
    let block = decode_block(row)?;
    let (outcome, elapsed) = submit(controller, &block, row.number("now_ms").unwrap_or(LATE));
    let difference = match (outcome, row.error()) {
        (Ok(Some(submitted)), None) => {
            report.block(block.transactions.len(), elapsed);
            receipt_difference(row, &submitted.receipt)?
        }
        (Err(fault), Some(error)) => {
            report.rejects += 1;
            compare::errors(&error, &fault)
        }
        (Ok(None), None) if row.text("result") == Some("ignored") => {
            report.rejects += 1;
            None
        }
        (outcome, error) => Some(format!("  expected {error:?}, found {outcome:?}")),
    };
    report.compare(&place, difference);
    compare_head(controller, row, &place, report)
}

fn compare_head(
    controller: &Controller,
    row: &Row,
    place: &str,
    report: &mut Report,
) -> Result<()> {
    if let Some(expected) = row.hex("head_id_hex")? {
        let found = controller.head().id;
        let text = || {
            format!("  head: expected {}, found {}", hex::encode(&expected), hex::encode(&found))
        };
        report.compare(place, (expected != found).then(text));
    }
    if let Some(expected) = row.base64("head_info_b64")? {
        let found = answer::get_head_info(controller)?.encode_to_vec();
        let name = "koinos.rpc.chain.get_head_info_response";
        report.compare(place, compare::messages(name, &expected, &found));
    }
    if let Some(expected) = row.base64("fork_heads_b64")? {
        let found = answer::get_fork_heads(controller)?.encode_to_vec();
        report.compare(place, fork_heads(&expected, &found));
    }
    Ok(())
}
