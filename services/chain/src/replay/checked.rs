//! Checked replay of a recorded chain: receipts are applied, each root proven by the next header.

use std::time::Instant;

use anyhow::Result;
use bytes::Bytes;
use koinos_chain_core::{Block, ReplayStep, Replayer};
use koinos_state_db::ForkRule;

use super::Runner;
use super::chain::decode_block;
use super::report::Report;
use super::row::{Row, rows};
use super::set::{ChainFiles, RecordedSet};

pub(super) fn run(
    runner: &Runner,
    set: &RecordedSet,
    files: &ChainFiles,
    report: &mut Report,
) -> Result<()> {
    report.set_checked();
    let Some(path) = &files.blocks else { return Ok(()) };
    let controller = runner.open(set, "checked", ForkRule::Fifo)?;
    let mut replayer = Replayer::new(&controller);
    let mut last = None;
    for row in rows(path)? {
        let row = row?;
        let block = decode_block(&row)?;
        let receipt = stored_receipt(&row)?;
        let transactions = block.transactions.len();
        let started = Instant::now();
        match replayer.push(block.clone(), &receipt) {
            Ok(step) => count(step, report),
            Err(error) => {
                report.mismatch(&row.place(), || format!("  {:#}", anyhow::Error::new(error)));
                return Ok(());
            }
        }
        report.block(transactions, started.elapsed());
        last = Some((row, block));
        report.show(&set.name);
    }
    if let Some((row, block)) = last {
        finish(&mut replayer, &row, &block, report)?;
    }
    report.done(path);
    Ok(())
}

/// Attaches the last block, proven by the recorded root after it.
fn finish(
    replayer: &mut Replayer<'_>,
    row: &Row,
    block: &Block,
    report: &mut Report,
) -> Result<()> {
    let root = row.hex("state_merkle_root_hex")?;
    let started = Instant::now();
    match replayer.finish(root.as_ref()) {
        Ok(step) => count(step, report),
        Err(error) => {
            report.mismatch(&row.place(), || format!("  {:#}", anyhow::Error::new(error)));
        }
    }
    report.applying += started.elapsed();
    let head = replayer.head();
    if head.id != block.id {
        let (expected, found) = (hex::encode(&block.id), hex::encode(head.id));
        let text = format!("  head: expected {expected}, found {found}");
        report.mismatch(&row.place(), || text);
    }
    Ok(())
}

fn count(step: Option<ReplayStep>, report: &mut Report) {
    if step == Some(ReplayStep::Execution) {
        report.re_executed += 1;
    }
}

/// The receipt that a row stores. One that is recorded by its digest only counts as lost: its
/// block is executed.
fn stored_receipt(row: &Row) -> Result<Bytes> {
    for field in ["receipt_b64", "receipt_without_transaction_deltas_b64"] {
        if let Some(receipt) = row.base64(field)? {
            return Ok(receipt);
        }
    }
    Ok(Bytes::new())
}
