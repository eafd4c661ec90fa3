//! Catching up from `block_store` at start.
//!
//! Batches are fetched ahead of application. Stored receipts are applied by checked replay (see
//! `koinos_chain_core::Replayer`), or the blocks are executed when that is asked for. Nothing is
//! stored and nothing is broadcast.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use bytes::Bytes;
use koinos_chain_core::{Block, Controller, ReplayStep, Replayer};
use koinos_codec::{text, wire};
use koinos_proto::BlockTopology;
use koinos_proto::rpc::block_store::{
    GetBlocksByHeightRequest, GetHighestBlockRequest, block_store_request::Request,
    block_store_response::Response,
};
use koinos_rpc::{BlockStore, CallOptions, Contract, Transport, call};
use koinos_service::events as ids;
use koinos_service::{Context, Fatal, blocking};
use prost::Message;
use tokio::sync::mpsc;
use tracing::info;

use crate::now_ms;

/// The first batch; later ones double up to the largest, as far as the blocks are small enough.
const FIRST_BATCH: u32 = 8;
const LARGEST_BATCH: u32 = 1000;
/// Bytes that a batch should not exceed. Receipts grow with the square of the number of
/// transactions: those of a full block may have dozens of megabytes.
const BATCH_BYTES: usize = 64 << 20;
/// What `block_store` says when a batch does not fit into a message.
const TOO_LARGE: &[u8] = b"Response would exceed maximum MQ message size";
/// Batches that wait to be applied.
const AHEAD: usize = 2;
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// Where the reply stands in `block_store_response`, and fields of `block_item`.
const GET_BLOCKS_BY_HEIGHT: u32 = 4;
const ERROR: u32 = 2;
const ITEM_BLOCK: u32 = 3;
const ITEM_RECEIPT: u32 = 4;

/// A stored block and its receipt, serialised.
type Stored = (Bytes, Bytes);

/// Applies all blocks that `block_store` has above the head.
pub(crate) async fn index(
    controller: Arc<Controller>,
    bus: Arc<dyn Transport>,
    verify: bool,
    context: &Context,
) -> Result<(), Fatal> {
    loop {
        let target = highest(&*bus).await?;
        let head = controller.head();
        if target.height <= head.height {
            info!("Chain is at the height of block_store: {}", head.height);
            return Ok(());
        }
        let (from, to) = (head.height, target.height);
        info!(message_id = ids::INDEXING, "Indexing from height {from} to {to}");
        let started = Instant::now();
        let (sender, receiver) = mpsc::channel(AHEAD);
        let fetching = fetch(bus.clone(), target.clone(), head.height + 1, sender);
        let job = Job {
            controller: controller.clone(),
            target: target.height,
            context: context.clone(),
            started,
        };
        let applying = blocking(move || job.apply(receiver, verify));
        let (fetched, applied) = tokio::join!(fetching, applying);
        // A failed application ends the fetching, so it is the cause.
        let re_executed = applied.map_err(|error| failed(error).event(ids::INDEXING_FAILED))?;
        fetched.map_err(failed)?;
        let seconds = started.elapsed().as_secs_f64();
        let count = target.height - head.height;
        info!(
            message_id = ids::INDEXED,
            koinos_height = target.height,
            "Finished indexing {count} blocks in {seconds:.1} seconds ({:.0} blocks/s), {re_executed} executed",
            count as f64 / seconds.max(0.001),
        );
    }
}

fn failed(error: impl Into<anyhow::Error>) -> Fatal {
    Fatal::failure(error).context("indexing failed")
}

async fn highest(bus: &dyn Transport) -> Result<BlockTopology> {
    let request = Request::GetHighestBlock(GetHighestBlockRequest {});
    let options = CallOptions::persistent(Duration::from_secs(1));
    match call::<BlockStore>(bus, request, options).await? {
        Response::GetHighestBlock(reply) => {
            reply.topology.context("block_store does not tell its highest block")
        }
        _ => Err(anyhow!("block_store sent an unexpected kind of reply")),
    }
}

/// Fetches the blocks from `height` up to the target, on the target's branch.
async fn fetch(
    bus: Arc<dyn Transport>,
    target: BlockTopology,
    mut height: u64,
    batches: mpsc::Sender<Vec<Stored>>,
) -> Result<()> {
    let mut size = FIRST_BATCH;
    while height <= target.height {
        let request = Request::GetBlocksByHeight(GetBlocksByHeightRequest {
            head_block_id: target.id.clone(),
            ancestor_start_height: height,
            num_blocks: size,
            return_block: true,
            return_receipt: true,
        });
        let request = BlockStore::request(request).encode_to_vec().into();
        let options = CallOptions::persistent(Duration::from_secs(5));
        let reply = bus.call_raw(BlockStore::NAME, request, options).await?;
        if size > 1 && error_text(&reply).is_some_and(|text| text == TOO_LARGE) {
            size /= 2;
            continue;
        }
        let batch = read_batch(&reply)?;
        anyhow::ensure!(
            !batch.is_empty(),
            "block_store has no block at height {height}, below its highest at {}; it may be \
             damaged",
            target.height
        );
        height += batch.len() as u64;
        size = next_size(size, batch.len(), reply.len());
        if batches.send(batch).await.is_err() {
            // The application has ended, and says why.
            return Ok(());
        }
    }
    Ok(())
}

/// The size of the next batch, after one of `size` that brought `blocks` in `bytes`.
fn next_size(size: u32, blocks: usize, bytes: usize) -> u32 {
    let fitting = BATCH_BYTES.saturating_mul(blocks) / bytes.max(1);
    let fitting = u32::try_from(fitting).unwrap_or(u32::MAX);
    (size * 2).min(LARGEST_BATCH).min(fitting).max(1)
}

/// The text of a reply that is an error.
fn error_text(reply: &Bytes) -> Option<Bytes> {
    wire::message_bytes(reply, ERROR).map(|error| wire::field_bytes(&error, 1))
}

/// Cuts blocks and receipts out of a reply, byte for byte as they are stored.
fn read_batch(reply: &Bytes) -> Result<Vec<Stored>> {
    if let Some(text) = error_text(reply) {
        return Err(anyhow!("block_store refused: {}", String::from_utf8_lossy(&text)));
    }
    let content = wire::message_bytes(reply, GET_BLOCKS_BY_HEIGHT)
        .context("block_store sent an unexpected kind of reply")?;
    wire::repeated_bytes(&content, 1)
        .map(|item| {
            let block = wire::message_bytes(&item, ITEM_BLOCK).context("a block is missing")?;
            Ok((block, wire::field_bytes(&item, ITEM_RECEIPT)))
        })
        .collect()
}

/// What the applying thread needs.
struct Job {
    controller: Arc<Controller>,
    target: u64,
    context: Context,
    started: Instant,
}

impl Job {
    /// Applies batches as they come; returns how many blocks were executed.
    fn apply(&self, mut batches: mpsc::Receiver<Vec<Stored>>, verify: bool) -> Result<u64> {
        let mut executed = 0;
        let mut replayer = Replayer::new(&self.controller);
        let mut shown = Instant::now();
        while let Some(batch) = batches.blocking_recv() {
            for (block, receipt) in batch {
                anyhow::ensure!(!self.context.shutdown().is_cancelled(), "stopped while indexing");
                let block = Arc::new(Block::decode(block)?);
                let height = block.height();
                match verify {
                    true => {
                        self.execute(&block)?;
                        executed += 1;
                    }
                    false => executed += count(replayer.push(block, &receipt)?),
                }
                if shown.elapsed() >= PROGRESS_EVERY {
                    shown = Instant::now();
                    self.show(height);
                }
            }
        }
        executed += count(replayer.finish(None)?);
        Ok(executed)
    }

    fn execute(&self, block: &Arc<Block>) -> Result<()> {
        let keep = &mut |_: &Block, _: &_| Ok(());
        self.controller.submit_block(block, now_ms(), keep).with_context(|| {
            format!("block {} at height {}", text::to_hex(&block.id), block.height())
        })?;
        Ok(())
    }

    fn show(&self, height: u64) {
        let done = height as f64 / self.target as f64 * 100.0;
        let rate = self.controller.head().height as f64 / self.started.elapsed().as_secs_f64();
        let text = format!("indexing {done:.1}%, height {height} of {}", self.target);
        info!(
            message_id = ids::SYNC_PROGRESS,
            koinos_height = height,
            "Indexing chain ({done:.1}%) - Height: {height}, {rate:.0} blocks/s"
        );
        self.context.status(text);
    }
}

fn count(step: Option<ReplayStep>) -> u64 {
    u64::from(step == Some(ReplayStep::Execution))
}

#[cfg(test)]
mod tests {
    use koinos_proto::block_store::BlockItem;
    use koinos_proto::protocol::{Block, BlockReceipt};
    use koinos_proto::rpc::block_store::{BlockStoreRequest, GetBlocksByHeightResponse};
    use koinos_rpc::{ErrorStatus, LocalTransport, raw_error};

    use super::*;

    /// A block store whose messages hold `most` blocks.
    fn store(most: u32) -> Arc<LocalTransport> {
        let bus = LocalTransport::new();
        bus.serve(BlockStore::NAME, move |request| {
            let request = BlockStoreRequest::decode(request).unwrap().request.unwrap();
            let Request::GetBlocksByHeight(request) = request else { panic!("{request:?}") };
            if request.num_blocks > most {
                let text = String::from_utf8_lossy(TOO_LARGE).into_owned();
                return std::future::ready(raw_error::<BlockStore>(ErrorStatus::new(text)));
            }
            let first = request.ancestor_start_height;
            let heights = first..(first + u64::from(request.num_blocks)).min(21);
            let item = |height: u64| BlockItem {
                block_height: height,
                block: Some(Block {
                    id: height.to_be_bytes().to_vec().into(),
                    ..Default::default()
                }),
                receipt: Some(BlockReceipt { height, ..Default::default() }),
                ..Default::default()
            };
            let reply = GetBlocksByHeightResponse { block_items: heights.map(item).collect() };
            let reply = BlockStore::response(Response::GetBlocksByHeight(reply));
            std::future::ready(reply.encode_to_vec().into())
        });
        Arc::new(bus)
    }

    async fn fetched(most: u32) -> Result<Vec<u64>> {
        let (sender, mut receiver) = mpsc::channel(100);
        let target = BlockTopology { height: 20, ..Default::default() };
        fetch(store(most), target, 1, sender).await?;
        let mut heights = Vec::new();
        while let Some(batch) = receiver.recv().await {
            for (_, receipt) in batch {
                heights.push(BlockReceipt::decode(receipt)?.height);
            }
        }
        Ok(heights)
    }

    #[tokio::test]
    async fn blocks_that_do_not_fit_into_one_message_come_in_several() {
        for most in [1, 3, 1000] {
            assert_eq!(fetched(most).await.unwrap(), (1..=20).collect::<Vec<_>>());
        }
        let error = fetched(0).await.unwrap_err().to_string();
        assert!(error.contains("block_store refused: Response would exceed"), "{error}");
    }

    #[test]
    fn batches_grow_as_far_as_the_blocks_are_small() {
        assert_eq!(next_size(8, 8, 8_000), 16);
        assert_eq!(next_size(800, 800, 800_000), LARGEST_BATCH);
        assert_eq!(next_size(16, 16, 16 * (8 << 20)), 8);
        assert_eq!(next_size(1, 1, 200 << 20), 1);
        assert_eq!(next_size(8, 8, 0), 16);
    }
}
