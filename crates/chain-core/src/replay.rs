//! Checked replay: the state from stored receipts, each proven by the next block's header.
//!
//! A receipt lists what its block changed. Taken as a multiset, the list gives the block's state
//! merkle root, which the next header must name. So a block is held until its successor arrives;
//! then it is attached, or, when the root does not come out (an incomplete receipt, an object
//! space with unknown fields), executed once. If that does not give the root either, the replay
//! stops and names the block that is the cause.

use std::sync::Arc;

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};
use koinos_codec::{canonicalize, schema::MessageSchema};
use koinos_state_db::{Node, WriteSet};

use crate::context::{Context, Intent, Position};
use crate::controller::{Controller, Topology, block_info};
use crate::error::{Fault, Result};
use crate::keys::database_key;
use crate::message::Block;
use crate::rectify::is_signed_root_scar;
use crate::schemas;
use crate::stack::Frame;
use crate::text;

/// Why a replay stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The receipt is not a protobuf message.
    #[error("the receipt of block {block} at height {height} is not a valid protobuf message")]
    Receipt {
        /// Id of the block.
        block: String,
        /// Its height.
        height: u64,
    },
    /// The block does not follow the block before it.
    #[error(
        "block {block} at height {height} does not follow the state, which is at block {head} at height {head_height}"
    )]
    Unlinked {
        /// Id of the block.
        block: String,
        /// Its height.
        height: u64,
        /// Id of the head.
        head: String,
        /// Its height.
        head_height: u64,
    },
    /// Neither the receipt nor the execution of a block gives the root the next header names.
    #[error(
        "block {block} at height {height} does not lead to the state the chain agreed on: the next header names root {expected}, the receipt's {entries} entries give {replayed}, execution gives {executed}"
    )]
    Root {
        /// Id of the causal block.
        block: String,
        /// Its height.
        height: u64,
        /// Root in the next header.
        expected: String,
        /// Entries of the receipt.
        entries: usize,
        /// Root of the receipt's entries.
        replayed: String,
        /// Root after execution, or why it failed.
        executed: String,
    },
    /// A block had to be executed, or a state read or written, and that failed.
    #[error("block {block} at height {height} failed")]
    Fault {
        /// Id of the block.
        block: String,
        /// Its height.
        height: u64,
        /// What was refused.
        #[source]
        fault: Fault,
    },
}

/// How a block was attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayStep {
    /// By its receipt.
    Receipt,
    /// By execution.
    Execution,
}

/// A block that waits for the header that proves it.
struct Held {
    block: Arc<Block>,
    entries: Vec<(Bytes, Option<Bytes>)>,
}

/// Applies stored receipts to the head of a chain, in the order of heights.
pub struct Replayer<'c> {
    controller: &'c Controller,
    held: Option<Held>,
}

impl<'c> Replayer<'c> {
    /// A replay that continues at the controller's head.
    pub fn new(controller: &'c Controller) -> Self {
        Self { controller, held: None }
    }

    /// The last block that was attached.
    pub fn head(&self) -> Topology {
        self.controller.head()
    }

    /// Takes the next block with its serialised receipt and attaches the one before it. Returns
    /// how that was done, `None` for the first block.
    pub fn push(
        &mut self,
        block: Arc<Block>,
        receipt: &Bytes,
    ) -> Result<Option<ReplayStep>, ReplayError> {
        let entries = delta_entries(receipt).ok_or_else(|| ReplayError::Receipt {
            block: text::hex(&block.id),
            height: block.height(),
        })?;
        let header = block.header_or_default();
        let step = match self.held.take() {
            Some(held) => Some(self.attach(held, Some(&header.previous_state_merkle_root))?),
            None => None,
        };
        let head = self.controller.head();
        if header.previous != head.id || header.height != head.height + 1 {
            return Err(unlinked(&block, head));
        }
        self.held = Some(Held { block, entries });
        Ok(step)
    }

    /// Attaches the last block. Without a successor to prove it, it is executed, unless its root
    /// is known from elsewhere.
    pub fn finish(&mut self, root: Option<&Bytes>) -> Result<Option<ReplayStep>, ReplayError> {
        match self.held.take() {
            Some(held) => self.attach(held, root).map(Some),
            None => Ok(None),
        }
    }

    fn attach(&self, held: Held, expected: Option<&Bytes>) -> Result<ReplayStep, ReplayError> {
        let Held { block, entries } = held;
        let failed = |fault| ReplayError::Fault {
            block: text::hex(&block.id),
            height: block.height(),
            fault,
        };
        let parent = self.controller.database().head();
        let mut replayed = WriteSet::new(parent.clone());
        replayed.replay(&entries);
        let computed = replayed.merkle_root();
        let proven = expected.is_some_and(|expected| {
            expected == &computed[..] || is_signed_root_scar(&block.id, &computed, expected)
        });
        if proven {
            self.attach_state(&block, replayed, &parent).map_err(failed)?;
            return Ok(ReplayStep::Receipt);
        }
        let executed = self.controller.execute_stored(&block, &parent);
        let unproven = |executed: String| ReplayError::Root {
            block: text::hex(&block.id),
            height: block.height(),
            expected: expected.map(|root| text::hex(root)).unwrap_or_default(),
            entries: entries.len(),
            replayed: text::hex(&computed),
            executed,
        };
        let state = match (executed, expected) {
            (Ok(state), Some(expected)) => {
                let root = state.merkle_root();
                if expected != &root[..] && !is_signed_root_scar(&block.id, &root, expected) {
                    return Err(unproven(text::hex(&root)));
                }
                state
            }
            (Ok(state), None) => state,
            (Err(fault), Some(_)) => return Err(unproven(fault.to_string())),
            (Err(fault), None) => return Err(failed(fault)),
        };
        self.attach_state(&block, state, &parent).map_err(failed)?;
        Ok(ReplayStep::Execution)
    }

    /// Attaches a state, asking in it how far the chain is final.
    fn attach_state(&self, block: &Arc<Block>, state: WriteSet, parent: &Arc<Node>) -> Result<()> {
        let header = block.header_or_default();
        let id = block.id.clone();
        let position =
            Position { id: id.clone(), previous: parent.id().clone(), height: header.height };
        let engine = self.controller.engine();
        let mut context = Context::new(
            engine,
            Intent::BlockApplication,
            state,
            parent.clone(),
            position,
            Frame::KERNEL,
        )?;
        let last_irreversible = context.call_get_last_irreversible_block()?;
        let info = block_info(&header, id, parent);
        self.controller.attach(block, context.state, info, last_irreversible, |_| {})?;
        Ok(())
    }
}

fn unlinked(block: &Block, head: Topology) -> ReplayError {
    ReplayError::Unlinked {
        block: text::hex(&block.id),
        height: block.height(),
        head: text::hex(&head.id),
        head_height: head.height,
    }
}

/// The block-level delta of a serialised receipt: database keys with their values, `None` for a
/// removal. Every entry counts, also one that is listed twice.
fn delta_entries(receipt: &Bytes) -> Option<Vec<(Bytes, Option<Bytes>)>> {
    let schema: &'static MessageSchema = schemas::block_receipt();
    let canonical = match canonicalize(schema, receipt).ok()? {
        std::borrow::Cow::Borrowed(_) => receipt.clone(),
        std::borrow::Cow::Owned(canonical) => canonical.into(),
    };
    let entries = wire::repeated_bytes(&canonical, 13).map(|entry| {
        let message = Reader::new(&entry);
        let key = database_key(message.bytes(1), message.bytes(2));
        (key, wire::message_bytes(&entry, 3))
    });
    Some(entries.collect())
}
