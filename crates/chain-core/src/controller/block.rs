//! Submitting and proposing blocks (consensus rules, "Applying a block": the controller's checks).

use std::sync::Arc;

use bytes::Bytes;
use koinos_proto::protocol::{BlockReceipt, EventData};
use koinos_state_db::{BlockInfo, Node, WriteSet};

use crate::context::{Context, Intent, Position};
use crate::controller::Controller;
use crate::error::{Family, Fault, Result, code, ensure};
use crate::message::{Block, BlockHeader, Transaction};
use crate::receipt::Receipt;
use crate::stack::Frame;
use crate::text;
use crate::thunk::block_multihash as multihash;

/// How far a block's timestamp may be ahead of the clock, in milliseconds.
const TIME_TOLERANCE_MS: u64 = 5000;

/// A block that was applied.
#[derive(Debug)]
pub struct Submitted {
    /// The receipt, with the state merkle root.
    pub receipt: BlockReceipt,
    /// Whether the block is now the head.
    pub is_head: bool,
    /// All events with their transactions, reverted ones included, as they are broadcast.
    pub events: Vec<(Option<Bytes>, EventData)>,
}

/// The answer to a proposed block.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // it is taken apart at once
pub enum Proposal {
    /// Applied, like a submitted block. `None` if it was known already.
    Accepted(Option<Submitted>),
    /// Transactions that failed, by index. Nothing was applied.
    FailedTransactions(Vec<u32>),
}

/// What an executed block left behind, before it is finalised.
struct Executed {
    state: WriteSet,
    receipt: BlockReceipt,
    events: Vec<(Option<Bytes>, EventData)>,
    last_irreversible: u64,
}

/// Why a block was not executed to its end.
enum Refusal {
    Fault(Fault),
    FailedTransactions(Vec<u32>),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Called with the executed block before it is finalised: stores it, or refuses it.
pub type Store<'s> = &'s mut dyn FnMut(&Block, &BlockReceipt) -> Result<()>;

impl Controller {
    /// Applies a block. `None`: it was known already and nothing happened.
    ///
    /// `now_ms` is the time of the clock in milliseconds. `store` gets the block and its receipt
    /// (still without the state merkle root) before it becomes part of the chain.
    pub fn submit_block(
        &self,
        block: &Arc<Block>,
        now_ms: u64,
        store: Store<'_>,
    ) -> Result<Option<Submitted>> {
        match self.apply(block, now_ms, Intent::BlockApplication, store) {
            Ok(submitted) => Ok(submitted),
            Err(Refusal::Fault(fault)) => Err(fault),
            Err(Refusal::FailedTransactions(_)) => Err(Fault::std("transactions failed")),
        }
    }

    /// Applies a block like [`Self::submit_block`], unless transactions fail: then it reports them.
    pub fn propose_block(
        &self,
        block: &Arc<Block>,
        now_ms: u64,
        store: Store<'_>,
    ) -> Result<Proposal> {
        match self.apply(block, now_ms, Intent::BlockProposal, store) {
            Ok(submitted) => Ok(Proposal::Accepted(submitted)),
            Err(Refusal::Fault(fault)) => Err(fault),
            Err(Refusal::FailedTransactions(indices)) => Ok(Proposal::FailedTransactions(indices)),
        }
    }

    fn apply(
        &self,
        block: &Arc<Block>,
        now_ms: u64,
        intent: Intent,
        store: Store<'_>,
    ) -> Result<Option<Submitted>, Refusal> {
        validate_block(block)?;
        let _writer = self.writer.lock();
        let header = block.header_or_default();
        // Ids are compared as multihashes: bytes behind the digest do not count.
        let id = Bytes::from(multihash(&block.id)?.encode());
        let previous = multihash(&header.previous)?;
        if self.db.node(&id).is_some() {
            return Ok(None);
        }
        let parent = self.find_parent(&previous.encode(), &id, &header)?;
        let Some(parent) = parent else { return Ok(None) };
        let is_first = previous.digest.iter().all(|byte| *byte == 0);
        self.check_header(&parent, &header, is_first, now_ms)?;

        let executed = self.execute(block, &header, &id, &parent, intent, store)?;
        Ok(Some(self.finalize(block, &header, id, &parent, executed)?))
    }

    /// The parent node. `None` when the block is the last irreversible one.
    fn find_parent(
        &self,
        previous: &[u8],
        id: &[u8],
        header: &BlockHeader,
    ) -> Result<Option<Arc<Node>>> {
        if let Some(parent) = self.db.node(previous) {
            return Ok(Some(parent));
        }
        let root = self.db.root();
        ensure(header.height >= root.height(), || {
            Fault::failure(code::PRE_IRREVERSIBILITY_BLOCK, "block is prior to irreversibility")
        })?;
        ensure(id == root.id(), || {
            Fault::failure(code::UNKNOWN_PREVIOUS_BLOCK, "unknown previous block")
        })?;
        Ok(None)
    }

    /// Height, time and state root, against the parent.
    fn check_header(
        &self,
        parent: &Arc<Node>,
        header: &BlockHeader,
        is_first: bool,
        now_ms: u64,
    ) -> Result<()> {
        let (parent_height, parent_time) =
            if is_first { (0, 0) } else { self.height_and_time(parent)? };
        ensure(!is_first || header.height == 1, || {
            Fault::failure(code::UNEXPECTED_HEIGHT, "first block must have height of 1")
        })?;
        let expected = parent_height.wrapping_add(1);
        ensure(header.height == expected, || {
            let text = format!("expected block height of {expected}, was {}", header.height);
            let fault = Fault::failure(code::UNEXPECTED_HEIGHT, text);
            fault.with("a", expected).with("b", header.height)
        })?;
        let out_of_bounds =
            |text: &'static str| move || Fault::failure(code::TIMESTAMP_OUT_OF_BOUNDS, text);
        ensure(
            header.timestamp <= now_ms.saturating_add(TIME_TOLERANCE_MS),
            out_of_bounds("block timestamp is too far in the future"),
        )?;
        ensure(header.timestamp > parent_time, out_of_bounds("block timestamp is too old"))?;
        let claimed = &header.previous_state_merkle_root;
        let matches = claimed == &parent.merkle_root()[..]
            || crate::rectify::is_signed_root_scar(parent.id(), parent.merkle_root(), claimed);
        ensure(matches, || {
            Fault::failure(code::STATE_MERKLE_MISMATCH, "block previous state merkle mismatch")
        })
    }

    /// What `get_head_info` says in the parent's state. Its overrides are those of the state before
    /// the parent.
    fn height_and_time(&self, parent: &Arc<Node>) -> Result<(u64, u64)> {
        let grandparent = self.db.parent(parent).unwrap_or_else(|| parent.clone());
        let mut context = Context::new(
            &self.engine,
            Intent::ReadOnly,
            WriteSet::new(parent.clone()),
            grandparent,
            Position::of(parent),
            Frame::KERNEL,
        )?;
        let info = context.call_get_head_info()?;
        Ok((info.height, info.time))
    }

    fn execute(
        &self,
        block: &Arc<Block>,
        header: &BlockHeader,
        id: &Bytes,
        parent: &Arc<Node>,
        intent: Intent,
        store: Store<'_>,
    ) -> Result<Executed, Refusal> {
        let position =
            Position { id: id.clone(), previous: parent.id().clone(), height: header.height };
        let state = WriteSet::new(parent.clone());
        let mut context =
            Context::new(&self.engine, intent, state, parent.clone(), position, Frame::KERNEL)?;
        let outcome = self.run_block(&mut context, block, store);
        let failed = std::mem::take(&mut context.failed_transactions);
        match outcome {
            Ok((receipt, last_irreversible)) => Ok(Executed {
                receipt,
                last_irreversible,
                events: context.chronicle.take_events(),
                state: context.state,
            }),
            Err(fault) if fault.family() == Family::Std => Err(Refusal::Fault(fault)),
            Err(_) if !failed.is_empty() => Err(Refusal::FailedTransactions(failed)),
            Err(fault) => Err(Refusal::Fault(with_logs(fault, context.receipt_logs()))),
        }
    }

    /// Runs the block in its context, up to the point where it can be finalised.
    fn run_block(
        &self,
        context: &mut Context<'_>,
        block: &Arc<Block>,
        store: Store<'_>,
    ) -> Result<(BlockReceipt, u64)> {
        context.call_apply_block(block)?;
        ensure(context.failed_transactions.is_empty(), || {
            let count = context.failed_transactions.len();
            Fault::failure(code::FAILURE, format!("{count} transactions failed in the block"))
        })?;
        let Receipt::Block(receipt) = std::mem::take(&mut context.receipt) else {
            return Err(Fault::std("expected block receipt"));
        };
        let mut receipt = *receipt;
        self.rectifications.apply(block, &mut receipt, &mut context.state)?;
        store(block, &receipt)?;
        // Its fee must still fit into the block, though it is not in the receipt.
        let last_irreversible = context.call_get_last_irreversible_block()?;
        Ok((receipt, last_irreversible))
    }

    /// Executes a stored block on its parent: the state it leaves behind.
    pub(crate) fn execute_stored(
        &self,
        block: &Arc<Block>,
        parent: &Arc<Node>,
    ) -> Result<WriteSet> {
        let header = block.header_or_default();
        let mut keep = |_: &Block, _: &BlockReceipt| Ok(());
        let intent = Intent::BlockApplication;
        match self.execute(block, &header, &block.id, parent, intent, &mut keep) {
            Ok(executed) => Ok(executed.state),
            Err(Refusal::Fault(fault)) => Err(fault),
            Err(Refusal::FailedTransactions(_)) => Err(Fault::std("transactions failed")),
        }
    }

    /// Makes the block part of the chain, and final what it makes final.
    fn finalize(
        &self,
        block: &Arc<Block>,
        header: &BlockHeader,
        id: Bytes,
        parent: &Arc<Node>,
        executed: Executed,
    ) -> Result<Submitted> {
        let Executed { state, mut receipt, events, last_irreversible } = executed;
        let info = block_info(header, id, parent);
        let is_head = self.attach(block, state, info, last_irreversible, |node| {
            receipt.state_merkle_root = Bytes::copy_from_slice(node.merkle_root());
        })?;
        Ok(Submitted { receipt, is_head, events })
    }

    /// Adds a node to the tree, moves the head to it if the fork rule says so, and commits up to
    /// the height that is now irreversible. Any accepted block may move the root, also one that
    /// does not become head; lower answers are ignored, higher ones than the block commit it.
    pub(crate) fn attach(
        &self,
        block: &Arc<Block>,
        state: WriteSet,
        info: BlockInfo,
        last_irreversible: u64,
        on_node: impl FnOnce(&Node),
    ) -> Result<bool> {
        let finalized = {
            let mut head_block = self.head_block.write();
            let finalized = self.db.finalize(state, info)?;
            if finalized.is_head {
                *head_block = block.clone();
            }
            finalized
        };
        on_node(&finalized.node);
        if last_irreversible > self.db.root().height()
            && let Some(final_node) = self.db.ancestor(&finalized.node, last_irreversible)
        {
            self.db.commit(&final_node)?;
        }
        Ok(finalized.is_head)
    }
}

/// What the state database keeps of a header.
pub(crate) fn block_info(header: &BlockHeader, id: Bytes, parent: &Node) -> BlockInfo {
    BlockInfo {
        id,
        previous: parent.id().clone(),
        height: header.height,
        timestamp: header.timestamp,
        signer: header.signer.clone(),
    }
}

/// Adds the log lines of a receipt to an error, as clients expect them.
pub(crate) fn with_logs(fault: Fault, logs: Option<&[Bytes]>) -> Fault {
    match logs {
        Some(logs) => {
            let lines: Vec<String> =
                logs.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
            fault.with("logs", lines)
        }
        None => fault,
    }
}

fn missing(place: &str, field: &str) -> Fault {
    let text = format!("missing expected field in {place}: {field}");
    Fault::failure(code::MISSING_REQUIRED_ARGUMENTS, text).with("field", field)
}

fn validate_block(block: &Block) -> Result<()> {
    ensure(!block.id.is_empty(), || missing("block", "id"))?;
    let with_id = |fault: Fault| fault.with("block_id", text::hex(&block.id));
    let header = block.header.as_ref().ok_or_else(|| with_id(missing("block", "header")))?;
    let required = [
        (header.previous.is_empty(), "previous"),
        (header.height == 0, "height"),
        (header.timestamp == 0, "timestamp"),
        (header.previous_state_merkle_root.is_empty(), "previous_state_merkle_root"),
        (header.transaction_merkle_root.is_empty(), "transaction_merkle_root"),
    ];
    for (is_missing, field) in required {
        ensure(!is_missing, || with_id(missing("block header", field)))?;
    }
    ensure(!block.signature.is_empty(), || with_id(missing("block", "signature_data")))?;
    block.transactions.iter().try_for_each(validate_transaction)
}

/// Refuses a transaction that lacks a field without which it cannot be looked at.
pub(crate) fn validate_transaction(transaction: &Transaction) -> Result<()> {
    ensure(!transaction.id.is_empty(), || missing("transaction", "id"))?;
    let with_id = |fault: Fault| fault.with("transaction_id", text::hex(&transaction.id));
    let header =
        transaction.header.as_ref().ok_or_else(|| with_id(missing("transaction", "header")))?;
    let required = [
        (header.payer.is_empty(), "transaction", "payer"),
        (header.rc_limit == 0, "transaction header", "rc_limit"),
        (header.operation_merkle_root.is_empty(), "transaction header", "operation_merkle_root"),
        (transaction.signatures.is_empty(), "transaction", "signature_data"),
    ];
    for (is_missing, place, field) in required {
        ensure(!is_missing, || with_id(missing(place, field)))?;
    }
    Ok(())
}
