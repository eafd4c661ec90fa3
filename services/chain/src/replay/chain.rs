//! Replaying a recorded chain with full execution.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use koinos_chain_core::{Block, Controller, Fault, Proposal, Submitted, Transaction};
use koinos_proto::protocol::{BlockReceipt, TransactionReceipt};
use koinos_proto::rpc;
use koinos_state_db::ForkRule;
use prost::Message;

use super::report::Report;
use super::row::{Row, all_rows, rows};
use super::set::{ChainFiles, RecordedSet};
use super::{Runner, compare, submit};
use crate::answer;

/// A clock that is ahead of every recorded block.
pub(super) const LATE: u64 = u64::MAX / 2;

/// A chain while it is replayed.
struct ChainReplay<'r> {
    controller: Controller,
    report: &'r mut Report,
    /// Receipts of blocks that a proposal applied before their row came.
    proposed: HashMap<Bytes, BlockReceipt>,
    others: Others,
}

/// Rows that belong to a height, in the order in which they are run there.
struct Others {
    reads: Vec<Row>,
    transactions: Vec<Row>,
    rejects: Vec<Row>,
    proposals: Vec<Row>,
}

pub(super) fn run(
    runner: &Runner,
    set: &RecordedSet,
    files: &ChainFiles,
    report: &mut Report,
) -> Result<()> {
    report.show(&set.name);
    let others = Others {
        reads: all_rows(files.reads.as_ref())?,
        transactions: all_rows(files.transactions.as_ref())?,
        rejects: all_rows(files.rejects.as_ref())?,
        proposals: all_rows(files.proposals.as_ref())?,
    };
    let controller = runner.open(set, "blocks", ForkRule::Fifo)?;
    let mut replay = ChainReplay { controller, report, proposed: HashMap::new(), others };
    replay.run_others(0)?;
    if let Some(path) = &files.blocks {
        for row in rows(path)? {
            let row = row?;
            replay.block(&row)?;
            let height = replay.controller.head().height;
            replay.run_others(height)?;
            replay.report.show(&set.name);
        }
    }
    replay.run_last()?;
    replay.left_over();
    for path in [&files.blocks, &files.reads, &files.transactions, &files.rejects, &files.proposals]
    {
        path.iter().for_each(|path| replay.report.done(path));
    }
    Ok(())
}

/// Takes the rows of a height out of a list.
fn take(rows: &mut Vec<Row>, height: u64) -> Vec<Row> {
    rows.extract_if(.., |row| row.number("on_height") == Some(height) && !is_last(row)).collect()
}

/// The row that records a fault of the original, which is not repeated and not counted.
fn is_last(row: &Row) -> bool {
    row.text("note").is_some_and(|note| note.starts_with("LAST"))
}

pub(super) fn decode_block(row: &Row) -> Result<Arc<Block>> {
    let bytes = row.required("block_b64")?;
    Ok(Arc::new(Block::decode(bytes).with_context(|| row.place())?))
}

impl ChainReplay<'_> {
    fn block(&mut self, row: &Row) -> Result<()> {
        let place = row.place();
        let block = decode_block(row)?;
        let (outcome, elapsed) = submit(&self.controller, &block, LATE);
        self.report.block(block.transactions.len(), elapsed);
        let receipt = match outcome {
            Ok(Some(Submitted { receipt, .. })) => Some(receipt),
            // It was applied as a proposal.
            Ok(None) => self.proposed.remove(&block.id),
            Err(fault) => {
                self.report.mismatch(&place, || format!("  the block is refused: {fault}"));
                return Ok(());
            }
        };
        match receipt {
            Some(receipt) => self.receipt(row, &place, &receipt)?,
            None => self.report.mismatch(&place, || "  the block gave no receipt".to_owned()),
        }
        if let Some(expected) = row.base64("head_info_b64")? {
            self.head_info(&place, &expected);
        }
        Ok(())
    }

    fn receipt(&mut self, row: &Row, place: &str, receipt: &BlockReceipt) -> Result<()> {
        let difference = receipt_difference(row, receipt)?;
        self.report.compare(place, difference);
        Ok(())
    }

    fn head_info(&mut self, place: &str, expected: &Bytes) {
        let name = "koinos.rpc.chain.get_head_info_response";
        let difference = match answer::get_head_info(&self.controller) {
            Ok(found) => compare::messages(name, expected, &found.encode_to_vec()),
            Err(fault) => Some(format!("  get_head_info: {fault}")),
        };
        self.report.compare(place, difference);
    }

    /// Runs what was recorded at a height beside its block. A proposal that is accepted makes the
    /// next block, so proposals come last.
    fn run_others(&mut self, height: u64) -> Result<()> {
        for row in take(&mut self.others.reads, height) {
            self.read(&row)?;
        }
        for row in take(&mut self.others.transactions, height) {
            self.transaction(&row)?;
        }
        for row in take(&mut self.others.rejects, height) {
            self.reject(&row)?;
        }
        for row in take(&mut self.others.proposals, height) {
            self.proposal(&row)?;
        }
        Ok(())
    }

    fn read(&mut self, row: &Row) -> Result<()> {
        self.report.reads += 1;
        let method = row.text("method").with_context(|| row.place())?;
        let request = row.base64("request_b64")?.unwrap_or_default();
        let expected = row.base64("response_b64")?;
        let found = read(&self.controller, method, &request).with_context(|| row.place())?;
        let difference = match (found, row.error()) {
            (Err(fault), Some(error)) => compare::errors(&error, &fault),
            (Ok(found), None) => {
                let name = format!("koinos.rpc.chain.{method}_response");
                let expected = expected.unwrap_or_default();
                match method {
                    "get_fork_heads" => fork_heads(&expected, &found),
                    _ => compare::messages(&name, &expected, &found),
                }
            }
            (Ok(_), Some(error)) => Some(format!(
                "  expected {:?} (code {:?}), found an answer",
                error.message, error.code
            )),
            (Err(fault), None) => Some(format!("  expected an answer, found {fault}")),
        };
        self.report.compare(&row.place(), difference);
        Ok(())
    }

    fn transaction(&mut self, row: &Row) -> Result<()> {
        self.report.transactions += 1;
        let transaction =
            Transaction::decode(row.required("transaction_b64")?).with_context(|| row.place())?;
        let outcome = self.controller.submit_transaction(&transaction, None);
        let difference = match (outcome, row.error()) {
            (Err(fault), Some(error)) => compare::errors(&error, &fault),
            (Ok(trial), None) => transaction_difference(row, trial.receipt)?,
            (Ok(_), Some(error)) => Some(format!(
                "  expected {:?} (code {:?}), found a receipt",
                error.message, error.code
            )),
            (Err(fault), None) => Some(format!("  expected a receipt, found {fault}")),
        };
        self.report.compare(&row.place(), difference);
        Ok(())
    }

    fn reject(&mut self, row: &Row) -> Result<()> {
        self.report.rejects += 1;
        let block = decode_block(row)?;
        let (outcome, _) = submit(&self.controller, &block, row.number("now_ms").unwrap_or(LATE));
        let ignored = row.text("result") == Some("ignored");
        let difference = match (outcome, row.error()) {
            (Err(fault), Some(error)) => compare::errors(&error, &fault),
            (Ok(None), None) if ignored => None,
            (Ok(None), _) => Some("  expected a refusal, but the block is ignored".to_owned()),
            (Ok(Some(_)), _) => Some("  expected a refusal, but the block is accepted".to_owned()),
            (Err(fault), None) => Some(format!("  expected to be ignored, found {fault}")),
        };
        self.report.compare(&row.place(), difference);
        Ok(())
    }

    fn proposal(&mut self, row: &Row) -> Result<()> {
        self.report.reads += 1;
        let block = decode_block(row)?;
        let now_ms = row.number("now_ms").unwrap_or(LATE);
        let outcome = self.controller.propose_block(&block, now_ms, &mut |_, _| Ok(()));
        let difference = match (outcome, row.error()) {
            (Err(fault), Some(error)) => compare::errors(&error, &fault),
            (Ok(proposal), None) => self.proposal_difference(row, &block, proposal)?,
            (Ok(_), Some(error)) => Some(format!(
                "  expected {:?} (code {:?}), found an answer",
                error.message, error.code
            )),
            (Err(fault), None) => Some(format!("  expected an answer, found {fault}")),
        };
        self.report.compare(&row.place(), difference);
        if let Some(expected) = row.base64("head_info_b64")? {
            self.head_info(&row.place(), &expected);
        }
        Ok(())
    }

    fn proposal_difference(
        &mut self,
        row: &Row,
        block: &Block,
        proposal: Proposal,
    ) -> Result<Option<String>> {
        let expected = row.base64("response_b64")?;
        let mut expected = expected
            .map(rpc::chain::ProposeBlockResponse::decode)
            .transpose()
            .with_context(|| row.place())?
            .unwrap_or_default();
        let name = "koinos.rpc.chain.propose_block_response";
        match proposal {
            Proposal::FailedTransactions(failed_transaction_indices) => {
                let found = rpc::chain::ProposeBlockResponse {
                    failed_transaction_indices,
                    ..Default::default()
                };
                Ok(compare::messages(name, &expected.encode_to_vec(), &found.encode_to_vec()))
            }
            Proposal::Accepted(None) => Ok(Some("  the proposed block is known".to_owned())),
            Proposal::Accepted(Some(Submitted { receipt, .. })) => {
                self.proposed.insert(block.id.clone(), receipt.clone());
                match expected.receipt.take() {
                    Some(expected) => {
                        Ok(compare::receipts(&expected.encode_to_vec(), &receipt, true))
                    }
                    None => receipt_difference(row, &receipt),
                }
            }
        }
    }

    /// Runs the rows that record a fault of the original: they must not break anything.
    fn run_last(&mut self) -> Result<()> {
        for row in self.others.proposals.extract_if(.., |row| is_last(row)) {
            let block = decode_block(&row)?;
            let now_ms = row.number("now_ms").unwrap_or(LATE);
            let outcome = self.controller.propose_block(&block, now_ms, &mut |_, _| Ok(()));
            if matches!(outcome, Ok(Proposal::Accepted(_))) {
                let text = "  the proposal is accepted, though no node would accept the block";
                self.report.mismatch(&row.place(), || text.to_owned());
            }
        }
        Ok(())
    }

    /// Rows of heights that the chain never reached.
    fn left_over(&mut self) {
        let Others { reads, transactions, rejects, proposals } = &self.others;
        for row in [reads, transactions, rejects, proposals].into_iter().flatten() {
            let text = "  not run: the chain did not reach its height";
            self.report.mismatch(&row.place(), || text.to_owned());
        }
    }
}

/// Compares the receipt of a transaction tried alone with the recorded answer or its digest.
fn transaction_difference(row: &Row, receipt: TransactionReceipt) -> Result<Option<String>> {
    if let Some(digest) = row.hex("receipt_sha256_hex")? {
        let found = koinos_crypto::sha256(&receipt.encode_to_vec());
        return Ok((digest != found[..]).then(|| "  the digest of the receipt differs".to_owned()));
    }
    let expected = rpc::chain::SubmitTransactionResponse::decode(row.required("response_b64")?)
        .with_context(|| row.place())?;
    let expected = expected.receipt.unwrap_or_default();
    Ok(compare::transaction_receipts(expected, receipt))
}

/// Compares a receipt with what a row has of it: all, all but the transactions' deltas, a digest,
/// or only the state merkle root.
pub(super) fn receipt_difference(row: &Row, receipt: &BlockReceipt) -> Result<Option<String>> {
    let root = row.hex("state_merkle_root_hex")?;
    if let Some(root) = root.filter(|root| *root != receipt.state_merkle_root) {
        let (expected, found) = (hex::encode(root), hex::encode(&receipt.state_merkle_root));
        return Ok(Some(format!("  state merkle root: expected {expected}, found {found}")));
    }
    if let Some(expected) = row.base64("receipt_b64")? {
        return Ok(compare::receipts(&expected, receipt, true));
    }
    if let Some(expected) = row.base64("receipt_without_transaction_deltas_b64")? {
        return Ok(compare::receipts(&expected, receipt, false));
    }
    if let Some(expected) = row.hex("receipt_sha256_hex")? {
        let found = koinos_crypto::sha256(&receipt.encode_to_vec());
        // A digest does not tell whether only the engine's details differ.
        if expected != found[..] && !compare::has_engine_details(receipt) {
            let (expected, found) = (hex::encode(expected), hex::encode(found));
            return Ok(Some(format!("  receipt digest: expected {expected}, found {found}")));
        }
    }
    Ok(None)
}

/// Fork heads are compared as sets.
pub(super) fn fork_heads(expected: &[u8], found: &[u8]) -> Option<String> {
    let name = "koinos.rpc.chain.get_fork_heads_response";
    let sorted = |bytes: &[u8]| {
        let mut heads = rpc::chain::GetForkHeadsResponse::decode(bytes).ok()?;
        heads.fork_heads.sort_by(|a, b| a.id.cmp(&b.id));
        Some(heads.encode_to_vec())
    };
    match (sorted(expected), sorted(found)) {
        (Some(expected), Some(found)) => compare::messages(name, &expected, &found),
        _ => compare::messages(name, expected, found),
    }
}

/// Answers a read request by the name of its method.
fn read(controller: &Controller, method: &str, request: &[u8]) -> Result<Result<Vec<u8>, Fault>> {
    fn encoded<M: Message>(answer: Result<M, Fault>) -> Result<Vec<u8>, Fault> {
        answer.map(|answer| answer.encode_to_vec())
    }
    Ok(match method {
        "get_head_info" => encoded(answer::get_head_info(controller)),
        "get_chain_id" => encoded(answer::get_chain_id(controller)),
        "get_fork_heads" => encoded(answer::get_fork_heads(controller)),
        "get_resource_limits" => encoded(answer::get_resource_limits(controller)),
        "get_account_rc" => encoded(answer::get_account_rc(controller, &Message::decode(request)?)),
        "get_account_nonce" => {
            encoded(answer::get_account_nonce(controller, &Message::decode(request)?))
        }
        "read_contract" => encoded(answer::read_contract(controller, &Message::decode(request)?)),
        "invoke_system_call" => {
            encoded(answer::invoke_system_call(controller, &Message::decode(request)?))
        }
        _ => anyhow::bail!("unknown method {method}"),
    })
}
