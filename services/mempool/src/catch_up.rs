//! Learning of blocks whose broadcast was missed: at start, after the broker was away, when a block
//! comes whose parent is not known, and when somebody asks about an unknown block.
//!
//! The chain tells the tips of its branches, `block_store` the blocks that lead there. Broadcasts go
//! on meanwhile; a block that comes both ways is taken once.

use std::time::Duration;

use bytes::Bytes;
use koinos_fork_choice::BlockInfo;
use koinos_proto::BlockTopology;
use koinos_proto::block_store::BlockItem;
use koinos_proto::rpc::block_store::{
    GetBlocksByHeightRequest, block_store_request, block_store_response,
};
use koinos_proto::rpc::chain::{
    GetForkHeadsRequest, GetForkHeadsResponse, chain_request, chain_response,
};
use koinos_rpc::{BlockStore, CallOptions, Chain, Contract, RpcError, Transport, call, partial};
use parking_lot::RwLock;
use tracing::debug;

use crate::error::BroadcastError;
use crate::mempool::{Mempool, Taken};
use crate::tree::Block;

/// Beyond this gap the blocks in between are not looked at. What they include is dropped when it
/// expires, or when a block fails because of it.
const MAX_GAP: u64 = 1_000;
/// Blocks asked for at a time.
const BATCH: u32 = 100;
const PATIENCE: CallOptions = CallOptions::once(Duration::from_secs(5));

/// Why catching up has to be tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatchUpError {
    /// A service did not answer, or with an error.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// What was missed cannot be told from the answer of a service.
    #[error("{service} has no {what}")]
    Missing {
        /// The service.
        service: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// A stored block cannot be used.
    #[error("a stored block cannot be used: {0}")]
    Block(#[from] BroadcastError),
}

/// Takes in the blocks that lead to the tips of the chain's branches. Returns how many were new.
///
/// # Errors
/// When a service does not answer. What was taken in until then stays.
pub async fn catch_up(
    bus: &dyn Transport,
    mempool: &RwLock<Mempool>,
) -> Result<usize, CatchUpError> {
    let before = mempool.read().head().clone();
    let GetForkHeadsResponse { last_irreversible_block, fork_heads } = fork_heads(bus).await?;
    let missing = |what| CatchUpError::Missing { service: Chain::NAME, what };
    let root = last_irreversible_block.ok_or(missing("last irreversible block"))?;
    // The highest comes first.
    let best = fork_heads.first().ok_or(missing("head"))?;
    let mut taken = 0;
    if !follow(bus, mempool, best, &mut taken).await? {
        let mut mempool = mempool.write();
        // With a head that moves, the pool is not lost: the answer has been overtaken.
        if *mempool.head() != before {
            return Ok(taken);
        }
        mempool.restart(info(&root));
    }
    for head in &fork_heads {
        if !follow(bus, mempool, head, &mut taken).await? {
            debug!(height = head.height, "a branch leaves below the oldest block known");
        }
    }
    mempool.write().irreversible(&root.id, root.height);
    Ok(taken)
}

/// Takes in the blocks up to `head`. Returns whether it could be reached from the root.
async fn follow(
    bus: &dyn Transport,
    mempool: &RwLock<Mempool>,
    head: &BlockTopology,
    taken: &mut usize,
) -> Result<bool, CatchUpError> {
    let root = {
        let mempool = mempool.read();
        if mempool.knows(&head.id) {
            return Ok(true);
        }
        let Some(root) = mempool.root() else { return Ok(false) };
        root.height
    };
    if head.height <= root || head.height - root > MAX_GAP {
        return Ok(false);
    }
    let mut height = root + 1;
    while height <= head.height {
        for item in blocks(bus, &head.id, height).await? {
            let missing = CatchUpError::Missing { service: BlockStore::NAME, what: "such block" };
            let block = Block::try_from(partial::Block::from(&item.block.ok_or(missing)?))?;
            height = block.info.height + 1;
            match mempool.write().take_block(block) {
                Taken::Linked(_) => *taken += 1,
                Taken::Known => {}
                Taken::Unlinkable => return Ok(false),
            }
        }
    }
    Ok(true)
}

async fn fork_heads(bus: &dyn Transport) -> Result<GetForkHeadsResponse, CatchUpError> {
    let request = chain_request::Request::GetForkHeads(GetForkHeadsRequest {});
    match call::<Chain>(bus, request, PATIENCE).await? {
        chain_response::Response::GetForkHeads(reply) => Ok(reply),
        _ => Err(RpcError::UnexpectedReply(Chain::NAME.to_owned()).into()),
    }
}

/// Blocks of the branch of `head` from `height` on, one at least.
async fn blocks(
    bus: &dyn Transport,
    head: &Bytes,
    height: u64,
) -> Result<Vec<BlockItem>, CatchUpError> {
    let request = block_store_request::Request::GetBlocksByHeight(GetBlocksByHeightRequest {
        head_block_id: head.clone(),
        ancestor_start_height: height,
        num_blocks: BATCH,
        return_block: true,
        return_receipt: false,
    });
    match call::<BlockStore>(bus, request, PATIENCE).await? {
        block_store_response::Response::GetBlocksByHeight(reply)
            if reply.block_items.is_empty() =>
        {
            Err(CatchUpError::Missing { service: BlockStore::NAME, what: "blocks up to the head" })
        }
        block_store_response::Response::GetBlocksByHeight(reply) => Ok(reply.block_items),
        _ => Err(RpcError::UnexpectedReply(BlockStore::NAME.to_owned()).into()),
    }
}

fn info(block: &BlockTopology) -> BlockInfo {
    BlockInfo {
        id: block.id.clone(),
        previous: block.previous.clone(),
        height: block.height,
        timestamp: 0,
        signer: Bytes::new(),
    }
}

#[cfg(test)]
#[path = "catch_up_tests.rs"]
mod tests;
