//! A chain and its archive, as services tell of them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use koinos_mq::Bus;
use koinos_proto::BlockTopology;
use koinos_proto::block_store::BlockItem;
use koinos_proto::broadcast::{BlockAccepted, BlockIrreversible};
use koinos_proto::rpc::block_store::{
    GetBlocksByHeightRequest, GetBlocksByHeightResponse, GetHighestBlockResponse,
    block_store_request, block_store_response,
};
use koinos_proto::rpc::chain::{
    GetForkHeadsResponse, GetHeadInfoResponse, chain_request, chain_response,
};
use koinos_rpc::names::{BLOCK_ACCEPT, BLOCK_IRREVERSIBLE};
use koinos_rpc::{BlockStore, Chain, Contract, ErrorStatus, Transport, answer};
use prost::Message;

use super::{genesis, topology};

/// Blocks of all branches. The highest is the head, the first of its height; so many blocks below it
/// is the last irreversible one. Clones share it.
#[derive(Clone)]
pub struct World(Arc<Mutex<Inner>>);

struct Inner {
    blocks: HashMap<Bytes, BlockAccepted>,
    head: BlockTopology,
    depth: u64,
    /// The most blocks that fit into a reply.
    most: u32,
}

impl Inner {
    fn ancestor(&self, from: &Bytes, height: u64) -> BlockTopology {
        let mut at = from;
        while let Some(accepted) = self.blocks.get(at) {
            let found = topology(accepted);
            if found.height == height {
                return found;
            }
            at = &accepted.block.as_ref().unwrap().header.as_ref().unwrap().previous;
        }
        genesis()
    }

    fn irreversible(&self) -> BlockTopology {
        self.ancestor(&self.head.id, self.head.height.saturating_sub(self.depth))
    }

    fn tips(&self) -> Vec<BlockTopology> {
        let all: Vec<_> = self.blocks.values().map(topology).collect();
        let parents: HashSet<_> = all.iter().map(|block| &block.previous).collect();
        let low = self.irreversible().height;
        let is_tip = |block: &&BlockTopology| block.height > low && !parents.contains(&block.id);
        let mut tips: Vec<_> = all.iter().filter(is_tip).cloned().collect();
        tips.sort_by_key(|tip| std::cmp::Reverse(tip.height));
        tips
    }

    fn blocks(&self, call: &GetBlocksByHeightRequest) -> GetBlocksByHeightResponse {
        let mut items = Vec::new();
        let top = topology(&self.blocks[&call.head_block_id]).height;
        let last = (call.ancestor_start_height + u64::from(call.num_blocks) - 1).min(top);
        let mut at = self.ancestor(&call.head_block_id, last).id;
        for height in (call.ancestor_start_height..=last).rev() {
            let accepted = &self.blocks[&at];
            items.push(BlockItem {
                block_id: at.clone(),
                block_height: height,
                block: accepted.block.clone().filter(|_| call.return_block),
                receipt: accepted.receipt.clone().filter(|_| call.return_receipt),
            });
            at = topology(accepted).previous;
        }
        items.reverse();
        GetBlocksByHeightResponse { block_items: items }
    }
}

impl World {
    /// A chain without blocks.
    pub fn new(depth: u64) -> Self {
        let inner = Inner { blocks: HashMap::new(), head: genesis(), depth, most: u32::MAX };
        Self(Arc::new(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    pub fn head(&self) -> BlockTopology {
        self.inner().head.clone()
    }

    pub fn irreversible(&self) -> BlockTopology {
        self.inner().irreversible()
    }

    /// From now on more blocks than that are too large for a reply together.
    pub fn at_most(&self, most: u32) {
        self.inner().most = most;
    }

    /// The ancestor of a block at a height.
    pub fn ancestor(&self, block: &BlockTopology, height: u64) -> BlockTopology {
        self.inner().ancestor(&block.id, height)
    }

    /// Takes in a block without telling anybody. Returns what there would be to tell.
    pub fn add(&self, mut accepted: BlockAccepted) -> BlockAccepted {
        let mut inner = self.inner();
        let block = topology(&accepted);
        accepted.head = block.height > inner.head.height;
        inner.blocks.insert(block.id.clone(), accepted.clone());
        if accepted.head {
            inner.head = block;
        }
        accepted
    }

    /// Takes in a block and tells of it, as the chain does.
    pub fn tell(&self, bus: &Bus, accepted: BlockAccepted) -> BlockTopology {
        let accepted = self.add(accepted);
        let message = BlockIrreversible { topology: Some(self.irreversible()) };
        bus.broadcast(BLOCK_IRREVERSIBLE, message.encode_to_vec().into());
        bus.broadcast(BLOCK_ACCEPT, accepted.encode_to_vec().into());
        topology(&accepted)
    }

    /// Serves as the chain.
    pub fn serve_chain(&self, bus: &Bus) {
        let world = self.clone();
        bus.serve(Chain::NAME, 2, move |request| {
            let inner = world.inner();
            let malformed = |_| ErrorStatus::new("malformed");
            let reply = answer::<Chain>(request, malformed, |call| match call {
                Some(chain_request::Request::GetHeadInfo(_)) => {
                    chain_response::Response::GetHeadInfo(GetHeadInfoResponse {
                        head_topology: Some(inner.head.clone()),
                        last_irreversible_block: inner.irreversible().height,
                        ..Default::default()
                    })
                }
                Some(chain_request::Request::GetForkHeads(_)) => {
                    chain_response::Response::GetForkHeads(GetForkHeadsResponse {
                        last_irreversible_block: Some(inner.irreversible()),
                        fork_heads: inner.tips(),
                    })
                }
                _ => Chain::error(ErrorStatus::new("not served").build()),
            });
            async move { reply }
        });
    }

    /// Serves as the archive.
    pub fn serve_block_store(&self, bus: &Bus) {
        let world = self.clone();
        bus.serve(BlockStore::NAME, 2, move |request| {
            let inner = world.inner();
            let malformed = |_| ErrorStatus::new("malformed");
            let reply = answer::<BlockStore>(request, malformed, |call| match call {
                Some(block_store_request::Request::GetBlocksByHeight(call))
                    if call.num_blocks > inner.most =>
                {
                    let text = "Response would exceed maximum MQ message size";
                    BlockStore::error(ErrorStatus::new(text).build())
                }
                Some(block_store_request::Request::GetBlocksByHeight(call)) => {
                    block_store_response::Response::GetBlocksByHeight(inner.blocks(&call))
                }
                Some(block_store_request::Request::GetHighestBlock(_)) => {
                    let topology = Some(inner.head.clone());
                    block_store_response::Response::GetHighestBlock(GetHighestBlockResponse {
                        topology,
                    })
                }
                _ => BlockStore::error(ErrorStatus::new("not served").build()),
            });
            async move { reply }
        });
    }
}
