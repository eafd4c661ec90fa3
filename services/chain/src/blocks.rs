//! Taking in blocks: apply, store, tell. One after another, so that broadcasts keep the order of
//! the blocks.

use std::sync::Arc;
use std::time::Duration;

use koinos_chain_core::{Block, Controller, Fault, Proposal, Submitted, code};
use koinos_codec::{text, wire};
use koinos_proto::protocol::BlockReceipt;
use koinos_proto::rpc::block_store::{BlockStoreResponse, block_store_response::Response};
use koinos_rpc::{BlockStore, CallOptions, Contract, Transport};
use koinos_service::events as ids;
use parking_lot::Mutex;
use prost::Message;
use tracing::{debug, info, warn};

use crate::{events, now_ms};

/// How long `block_store` may take to make a block durable.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);
/// A block is live when its timestamp is at most this old, in milliseconds.
const LIVE_MS: u64 = 60_000;
/// While syncing, every so many blocks are logged.
const PROGRESS_EVERY: u64 = 1000;
/// Fields of `add_block_request`, and where it stands in `block_store_request`.
const ADD_BLOCK: u32 = 4;
const BLOCK_TO_ADD: u32 = 1;
const RECEIPT_TO_ADD: u32 = 2;

/// Applies blocks for this service.
pub(crate) struct Blocks {
    controller: Arc<Controller>,
    bus: Arc<dyn Transport>,
    runtime: tokio::runtime::Handle,
    /// Held from application to the last broadcast of a block.
    turn: Mutex<()>,
}

impl Blocks {
    pub(crate) fn new(
        controller: Arc<Controller>,
        bus: Arc<dyn Transport>,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        Self { controller, bus, runtime, turn: Mutex::new(()) }
    }

    /// Applies a block. `None`: it was known.
    pub(crate) fn submit(&self, block: Block) -> Result<Option<BlockReceipt>, Fault> {
        let block = Arc::new(block);
        let _turn = self.turn.lock();
        let now = now_ms();
        let mut store = |block: &Block, receipt: &BlockReceipt| self.store(block, receipt);
        match self.controller.submit_block(&block, now, &mut store) {
            Ok(submitted) => self.accepted(&block, submitted, now),
            Err(fault) => Err(self.refused(&block, fault)),
        }
    }

    /// Applies a proposed block, or names the transactions that failed.
    pub(crate) fn propose(
        &self,
        block: Block,
    ) -> Result<Result<Option<BlockReceipt>, Vec<u32>>, Fault> {
        let block = Arc::new(block);
        let _turn = self.turn.lock();
        let now = now_ms();
        let mut store = |block: &Block, receipt: &BlockReceipt| self.store(block, receipt);
        match self.controller.propose_block(&block, now, &mut store) {
            Ok(Proposal::Accepted(submitted)) => self.accepted(&block, submitted, now).map(Ok),
            Ok(Proposal::FailedTransactions(indices)) => {
                for index in &indices {
                    if let Some(transaction) = block.transactions.get(*index as usize) {
                        events::transaction_failed(&*self.bus, transaction.id.clone());
                    }
                }
                Ok(Err(indices))
            }
            Err(fault) => Err(self.refused(&block, fault)),
        }
    }

    /// Takes in a block that another instance accepted.
    pub(crate) fn follow(&self, block: Block) {
        if self.controller.is_known(&block.id) {
            return;
        }
        if let Err(fault) = self.submit(block) {
            debug!("A broadcasted block was not applied: {fault}");
        }
    }

    fn accepted(
        &self,
        block: &Block,
        submitted: Option<Submitted>,
        now: u64,
    ) -> Result<Option<BlockReceipt>, Fault> {
        let Some(submitted) = submitted else { return Ok(None) };
        let live = block.timestamp() > now.saturating_sub(LIVE_MS);
        log_applied(block, live, now);
        let receipt = submitted.receipt.clone();
        events::block_accepted(&*self.bus, &self.controller, block, submitted, live)?;
        Ok(Some(receipt))
    }

    /// Logs a refusal, and tells of the transaction it is due to.
    fn refused(&self, block: &Block, fault: Fault) -> Fault {
        warn!(
            message_id = ids::BLOCK_REFUSED,
            koinos_height = block.height(),
            koinos_block_id = text::to_hex(&block.id),
            error_code = fault.code(),
            "Block application failed - Height: {}, ID: {}, with reason: {fault}",
            block.height(),
            text::to_hex(&block.id),
        );
        let id = fault.details().get("transaction_id").and_then(|id| id.as_str());
        if let Some(id) = id.and_then(|id| text::from_hex(id).ok()) {
            events::transaction_failed(&*self.bus, id.into());
        }
        fault
    }

    /// Stores a block before it is finalised: it is durable once this returns.
    fn store(&self, block: &Block, receipt: &BlockReceipt) -> Result<(), Fault> {
        let receipt = receipt.encode_to_vec();
        let mut add = Vec::with_capacity(block.bytes.len() + receipt.len() + 32);
        wire::put_message_field(&mut add, BLOCK_TO_ADD, &block.bytes);
        wire::put_message_field(&mut add, RECEIPT_TO_ADD, &receipt);
        let mut request = Vec::with_capacity(add.len() + 16);
        wire::put_message_field(&mut request, ADD_BLOCK, &add);

        let options = CallOptions::once(STORE_TIMEOUT);
        let call = self.bus.call_raw(BlockStore::NAME, request.into(), options);
        let reply = self.runtime.block_on(call).map_err(rpc_failure)?;
        let response = BlockStoreResponse::decode(reply).map_err(rpc_failure)?;
        match BlockStore::reply(response) {
            Ok(Some(Response::AddBlock(_))) => Ok(()),
            Ok(_) => Err(rpc_failure("unexpected response when submitting block")),
            Err(error) => {
                Err(rpc_failure(format!("received error from block store: {}", error.message)))
            }
        }
    }
}

/// A failure of another service.
pub(crate) fn rpc_failure(error: impl std::fmt::Display) -> Fault {
    Fault::failure(code::RPC_FAILURE, error.to_string())
}

fn log_applied(block: &Block, live: bool, now: u64) {
    let (height, id) = (block.height(), text::to_hex(&block.id));
    if live {
        let count = block.transactions.len();
        let noun = if count == 1 { "transaction" } else { "transactions" };
        info!(
            message_id = ids::BLOCK_APPLIED,
            koinos_height = height,
            koinos_block_id = id,
            "Block applied - Height: {height}, ID: {id} ({count} {noun})"
        );
    } else if height.is_multiple_of(PROGRESS_EVERY) {
        let behind = Duration::from_millis(now.saturating_sub(block.timestamp()));
        info!(
            message_id = ids::SYNC_PROGRESS,
            koinos_height = height,
            koinos_block_id = id,
            "Sync progress - Height: {height}, ID: {id} ({} block time remaining)",
            days_and_time(behind)
        );
    }
}

/// A span of time as days, hours, minutes and seconds.
fn days_and_time(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let time = format!("{hours:02}h, {:02}m, {:02}s", seconds / 60 % 60, seconds % 60);
    if days > 0 { format!("{days}d, {time}") } else { time }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_readable() {
        assert_eq!(days_and_time(Duration::from_secs(59)), "00h, 00m, 59s");
        assert_eq!(days_and_time(Duration::from_secs(2 * 86_400 + 3661)), "2d, 01h, 01m, 01s");
    }
}
