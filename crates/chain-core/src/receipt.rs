//! Receipts: what a block or a transaction did, as it is stored and answered.

use bytes::Bytes;
use koinos_proto::protocol::{BlockReceipt, ObjectSpace, StateDeltaEntry, TransactionReceipt};

use crate::context::{Context, Intent};
use crate::error::{Fault, Result, code};
use crate::keys::{self, Space};
use crate::message::{Block, BlockHeader, Transaction, TransactionHeader};

/// The receipt of a context: of its block, or of its single transaction.
#[derive(Debug, Default)]
pub(crate) enum Receipt {
    #[default]
    None,
    Block(Box<BlockReceipt>),
    Transaction(Box<TransactionReceipt>),
}

/// Resource amounts of a receipt.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Amounts {
    pub(crate) disk: u64,
    pub(crate) network: u64,
    pub(crate) compute: u64,
}

impl Amounts {
    /// Differences modulo 2^64: a transaction that frees storage shows `2^64 - n`.
    pub(crate) fn since(self, start: Self) -> Self {
        Self {
            disk: self.disk.wrapping_sub(start.disk),
            network: self.network.wrapping_sub(start.network),
            compute: self.compute.wrapping_sub(start.compute),
        }
    }
}

/// A delta entry as receipts show it: only the known fields of the object space.
pub(crate) fn state_delta_entry(
    (database_key, value): (&Bytes, Option<&Bytes>),
) -> StateDeltaEntry {
    let (space, key) = keys::split(database_key);
    let slice = |part: &[u8]| database_key.slice_ref(part);
    let Space { system, zone, id } = Space::parse(space);
    StateDeltaEntry {
        object_space: Some(ObjectSpace { system, zone: slice(zone), id }),
        key: slice(key),
        value: value.cloned(),
    }
}

impl Context<'_> {
    /// What the block has used so far.
    pub(crate) fn amounts(&self) -> Amounts {
        Amounts {
            disk: self.meter.disk_used(),
            network: self.meter.network_used(),
            compute: self.meter.compute_used(),
        }
    }

    /// The block's delta so far, as the running level of the state sees it.
    pub(crate) fn delta(&self) -> Vec<StateDeltaEntry> {
        self.state.level_entries().map(state_delta_entry).collect()
    }

    /// Writes the block's receipt. Lists are appended to, as the reference appends to them.
    pub(crate) fn write_block_receipt(
        &mut self,
        block: &Block,
        header: &BlockHeader,
        charged: Amounts,
    ) -> Result<()> {
        let used = self.amounts();
        let delta = self.delta();
        let Receipt::Block(receipt) = &mut self.receipt else { return Err(unexpected()) };
        receipt.id = block.id.clone();
        receipt.height = header.height;
        receipt.disk_storage_used = used.disk;
        receipt.network_bandwidth_used = used.network;
        receipt.compute_bandwidth_used = used.compute;
        receipt.disk_storage_charged = charged.disk;
        receipt.network_bandwidth_charged = charged.network;
        receipt.compute_bandwidth_charged = charged.compute;
        let own = self.chronicle.events().iter().filter(|(transaction, _)| transaction.is_none());
        receipt.events.extend(own.map(|(_, event)| event.clone()));
        receipt.logs.extend_from_slice(self.chronicle.logs());
        receipt.state_delta_entries.extend(delta);
        Ok(())
    }

    /// Completes a transaction's receipt and files it where the context keeps receipts.
    pub(crate) fn file_transaction_receipt(
        &mut self,
        mut receipt: TransactionReceipt,
        transaction: &Transaction,
        header: &TransactionHeader,
    ) -> Result<()> {
        receipt.id = transaction.id.clone();
        receipt.payer = header.payer.clone();
        receipt.rc_limit = header.rc_limit;
        receipt.state_delta_entries = self.delta();
        match (self.intent, &mut self.receipt) {
            (Intent::ReadOnly, _) => {}
            (Intent::TransactionApplication, own) => *own = Receipt::Transaction(Box::new(receipt)),
            (_, Receipt::Block(block)) => block.transaction_receipts.push(receipt),
            _ => return Err(unexpected()),
        }
        Ok(())
    }

    /// Logs of the receipt written so far, for error answers.
    pub(crate) fn receipt_logs(&self) -> Option<&[Bytes]> {
        match &self.receipt {
            Receipt::None => None,
            Receipt::Block(receipt) => Some(&receipt.logs),
            Receipt::Transaction(receipt) => Some(&receipt.logs),
        }
    }
}

fn unexpected() -> Fault {
    Fault::failure(code::FAILURE, "expected block receipt with block application intent")
}
