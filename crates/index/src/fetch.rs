//! Asking the chain where it is, and `block_store` for blocks.

use std::time::Duration;

use bytes::Bytes;
use koinos_codec::wire;
use koinos_proto::BlockTopology;
use koinos_proto::rpc::block_store::{
    BlockStoreResponse, GetBlocksByHeightRequest, GetHighestBlockRequest, block_store_request,
    block_store_response,
};
use koinos_proto::rpc::chain::{
    GetForkHeadsRequest, GetForkHeadsResponse, GetHeadInfoRequest, GetHeadInfoResponse,
    chain_request, chain_response,
};
use koinos_rpc::{
    BlockStore, CallOptions, Chain, Contract, RpcError, ServiceError, Transport, call,
};
use prost::Message;

use crate::block::SourceBlock;
use crate::error::Error;

const PATIENCE: CallOptions = CallOptions::once(Duration::from_secs(5));
/// A thousand blocks may be read from a slow disk.
const BLOCKS_PATIENCE: CallOptions = CallOptions::once(Duration::from_secs(60));

/// Blocks asked for at a time, at first and at most.
const FIRST_BATCH: u32 = 100;
const MAX_BATCH: u32 = 1_000;
/// Bytes of blocks that a request is meant to bring.
const BATCH_BYTES: u64 = 4 << 20;

/// Where the blocks stand in `block_store_response`, and there in each item.
const GET_BLOCKS_BY_HEIGHT: u32 = 4;
const BLOCK_ITEMS: u32 = 1;
const BLOCK: u32 = 3;
const RECEIPT: u32 = 4;

fn unexpected<C: Contract>() -> Error {
    RpcError::UnexpectedReply(C::NAME.to_owned()).into()
}

/// The head of the chain and the height of its last irreversible block.
pub(crate) async fn head_info(bus: &dyn Transport) -> Result<(BlockTopology, u64), Error> {
    let request = chain_request::Request::GetHeadInfo(GetHeadInfoRequest {});
    match call::<Chain>(bus, request, PATIENCE).await? {
        chain_response::Response::GetHeadInfo(GetHeadInfoResponse {
            head_topology: Some(head),
            last_irreversible_block,
            ..
        }) => Ok((head, last_irreversible_block)),
        chain_response::Response::GetHeadInfo(_) => {
            Err(Error::Missing { service: Chain::NAME, what: "head" })
        }
        _ => Err(unexpected::<Chain>()),
    }
}

/// The last irreversible block and the heads of all branches.
pub(crate) async fn fork_heads(
    bus: &dyn Transport,
) -> Result<(BlockTopology, Vec<BlockTopology>), Error> {
    let request = chain_request::Request::GetForkHeads(GetForkHeadsRequest {});
    match call::<Chain>(bus, request, PATIENCE).await? {
        chain_response::Response::GetForkHeads(GetForkHeadsResponse {
            last_irreversible_block: Some(root),
            fork_heads,
        }) => Ok((root, fork_heads)),
        chain_response::Response::GetForkHeads(_) => {
            Err(Error::Missing { service: Chain::NAME, what: "last irreversible block" })
        }
        _ => Err(unexpected::<Chain>()),
    }
}

/// The height of the highest block in the archive.
pub(crate) async fn highest(bus: &dyn Transport) -> Result<u64, Error> {
    let request = block_store_request::Request::GetHighestBlock(GetHighestBlockRequest {});
    match call::<BlockStore>(bus, request, PATIENCE).await? {
        block_store_response::Response::GetHighestBlock(reply) => {
            let missing = Error::Missing { service: BlockStore::NAME, what: "highest block" };
            Ok(reply.topology.ok_or(missing)?.height)
        }
        _ => Err(unexpected::<BlockStore>()),
    }
}

/// How many blocks to ask for at a time.
pub(crate) struct BatchSize(u32);

impl Default for BatchSize {
    fn default() -> Self {
        Self(FIRST_BATCH)
    }
}

impl BatchSize {
    pub(crate) fn get(&self) -> u32 {
        self.0
    }

    /// As many as make a request worth its while, if they are like the last `count`, of `bytes` bytes.
    pub(crate) fn fit(&mut self, bytes: usize, count: usize) {
        let per_block = bytes as u64 / count.max(1) as u64 + 1;
        self.0 = (BATCH_BYTES / per_block).clamp(1, u64::from(MAX_BATCH)) as u32;
    }

    /// Whether the blocks together may have been more than a message can hold, or than can be read in
    /// time; then there will be fewer.
    pub(crate) fn shrinks_after(&mut self, error: &Error) -> bool {
        let too_many = matches!(error, Error::Rpc(RpcError::Service(_) | RpcError::Timeout { .. }));
        let shrinks = too_many && self.0 > 1;
        if shrinks {
            self.0 = (self.0 / 8).max(1);
        }
        shrinks
    }
}

/// Blocks that follow each other.
pub(crate) struct Batch {
    pub(crate) blocks: Vec<SourceBlock>,
    /// How large the reply was.
    pub(crate) bytes: usize,
}

/// `count` blocks (at most 1000) on the branch of the block `head` from height `start` up, or as many
/// as there are, at least one.
pub(crate) async fn blocks(
    bus: &dyn Transport,
    head: &Bytes,
    start: u64,
    count: u32,
    receipts: bool,
) -> Result<Batch, Error> {
    let request = block_store_request::Request::GetBlocksByHeight(GetBlocksByHeightRequest {
        head_block_id: head.clone(),
        ancestor_start_height: start,
        num_blocks: count,
        return_block: true,
        return_receipt: receipts,
    });
    let request = BlockStore::request(request).encode_to_vec().into();
    let reply = bus.call_raw(BlockStore::NAME, request, BLOCKS_PATIENCE).await?;
    // The blocks stay as they are, in one piece of memory.
    let Some(content) = wire::message_bytes(&reply, GET_BLOCKS_BY_HEIGHT) else {
        return Err(refusal(reply));
    };
    let mut blocks = Vec::with_capacity(count as usize);
    for item in wire::repeated_bytes(&content, BLOCK_ITEMS) {
        let block = wire::field_bytes(&item, BLOCK);
        blocks.push(SourceBlock::new(block, wire::field_bytes(&item, RECEIPT))?);
    }
    if blocks.is_empty() {
        return Err(Error::Missing { service: BlockStore::NAME, what: "blocks up to the head" });
    }
    Ok(Batch { blocks, bytes: reply.len() })
}

/// What a reply without blocks says.
fn refusal(reply: Bytes) -> Error {
    match BlockStoreResponse::decode(reply).map(BlockStore::reply) {
        Ok(Err(status)) => RpcError::Service(ServiceError(status)).into(),
        _ => unexpected::<BlockStore>(),
    }
}
