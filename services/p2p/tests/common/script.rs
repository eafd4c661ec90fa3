//! A chain and a block_store that follow a script instead of executing anything.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use koinos_mq::Bus;
use koinos_proto::BlockTopology;
use koinos_proto::block_store::BlockItem;
use koinos_proto::broadcast::{BlockAccepted, ForkHeads, MempoolAccepted};
use koinos_proto::protocol::{Block, BlockHeader, Transaction};
use koinos_proto::rpc::block_store::{
    GetBlocksByHeightResponse, GetBlocksByIdResponse, block_store_request, block_store_response,
};
use koinos_proto::rpc::chain::{
    GetChainIdResponse, GetForkHeadsResponse, GetHeadInfoResponse, SubmitBlockResponse,
    SubmitTransactionResponse, chain_request, chain_response,
};
use koinos_rpc::{BlockStore, Chain, Contract, ErrorStatus, Transport, answer, names};
use prost::Message;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

/// Blocks that may still change.
const REVERSIBLE: u64 = 60;

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

/// The id of a chain of that name.
pub fn chain_id(name: &str) -> Vec<u8> {
    [&[0x12, 0x20][..], &Sha256::digest(name)].concat()
}

/// The id of the block with that header.
fn id_of(header: &BlockHeader) -> Bytes {
    [&[0x12, 0x20][..], &Sha256::digest(header.encode_to_vec())].concat().into()
}

fn zero() -> Bytes {
    [&[0x12, 0x20][..], &[0; 32]].concat().into()
}

/// A line of `count` blocks on `parent`, the last one of now. `salt` makes another line.
pub fn line(parent: Option<&Block>, count: u64, salt: &[u8]) -> Vec<Block> {
    let mut previous = parent.map_or(zero(), |block| block.id.clone());
    let start = parent.map_or(0, height) + 1;
    let mut line = Vec::new();
    for at in 0..count {
        let header = BlockHeader {
            previous,
            height: start + at,
            timestamp: now_ms() - (count - 1 - at),
            previous_state_merkle_root: zero(),
            transaction_merkle_root: zero(),
            signer: Bytes::copy_from_slice(salt),
            ..Default::default()
        };
        let id = id_of(&header);
        previous = id.clone();
        let signature = Bytes::from_static(&[7; 65]);
        line.push(Block { id, header: Some(header), signature, ..Default::default() });
    }
    line
}

pub fn height(block: &Block) -> u64 {
    block.header.as_ref().unwrap().height
}

#[derive(Default)]
struct State {
    blocks: HashMap<Bytes, Block>,
    head: Option<Block>,
    /// The ids of the head's line.
    line: BTreeMap<u64, Bytes>,
    refused: HashSet<Bytes>,
    transactions: HashSet<Bytes>,
    /// Blocks that were given out, by height.
    given: Vec<u64>,
    /// Times a block was submitted.
    submitted: u64,
}

/// The script of a node's own services.
pub struct Script {
    chain_id: Bytes,
    state: Mutex<State>,
    /// Held while a block is applied and told of, so that blocks are told of in order.
    turn: Mutex<()>,
    height: watch::Sender<u64>,
    heard: watch::Sender<usize>,
    pause: Duration,
}

impl Script {
    /// A chain of that name.
    pub fn new(name: &str) -> Arc<Self> {
        Self::slow(name, Duration::ZERO)
    }

    /// One that takes its time for each block.
    pub fn slow(name: &str, pause: Duration) -> Arc<Self> {
        Arc::new(Self {
            chain_id: chain_id(name).into(),
            state: Mutex::default(),
            turn: Mutex::default(),
            height: watch::Sender::new(0),
            heard: watch::Sender::new(0),
            pause,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Takes in blocks without telling anybody.
    pub fn load(&self, blocks: &[Block]) {
        for block in blocks {
            self.apply(block).unwrap();
            self.height.send_replace(height(block));
        }
    }

    /// Refuses a block for ever.
    pub fn refuse(&self, block: &Block) {
        self.state().refused.insert(block.id.clone());
    }

    pub fn head(&self) -> Option<Block> {
        self.state().head.clone()
    }

    pub fn has(&self, id: &[u8]) -> bool {
        self.state().blocks.contains_key(id)
    }

    pub fn has_transaction(&self, id: &[u8]) -> bool {
        self.state().transactions.contains(id)
    }

    /// The heights of the blocks given out since the last time.
    pub fn take_given(&self) -> Vec<u64> {
        std::mem::take(&mut self.state().given)
    }

    pub fn submitted(&self) -> u64 {
        self.state().submitted
    }

    /// The height of the head, as it changes.
    pub fn height(&self) -> watch::Receiver<u64> {
        self.height.subscribe()
    }

    /// The number of transactions, as it changes.
    pub fn heard(&self) -> watch::Receiver<usize> {
        self.heard.subscribe()
    }

    /// Applies a block: whether it is new and now the head.
    fn apply(&self, block: &Block) -> Result<Option<bool>, (i32, &'static str)> {
        let mut state = self.state();
        let header = block.header.as_ref().unwrap();
        if state.blocks.contains_key(&block.id) {
            return Ok(None);
        }
        if header.height > 1 && !state.blocks.contains_key(&header.previous) {
            return Err((-1003, "unknown previous block"));
        }
        if state.refused.contains(&block.id) {
            return Err((-202, "invalid signature"));
        }
        state.blocks.insert(block.id.clone(), block.clone());
        let is_head = state.head.as_ref().is_none_or(|head| header.height > height(head));
        if is_head {
            state.head = Some(block.clone());
            let (mut id, mut at) = (block.id.clone(), header.height);
            while at > 0 && state.line.get(&at) != Some(&id) {
                state.line.insert(at, id.clone());
                id = state.blocks[&id].header.as_ref().unwrap().previous.clone();
                at -= 1;
            }
            state.line.split_off(&(header.height + 1));
        }
        Ok(Some(is_head))
    }

    /// Makes a block as a producer does, and tells of it.
    pub fn produce(&self, bus: &Bus, block: &Block) {
        self.take(bus, block).unwrap();
    }

    /// Applies a block and tells of it.
    fn take(&self, bus: &Bus, block: &Block) -> Result<(), (i32, &'static str)> {
        let _turn = self.turn.lock().unwrap();
        if let Some(is_head) = self.apply(block)? {
            self.tell(bus, block, is_head);
            if is_head {
                self.height.send_replace(height(block));
            }
        }
        Ok(())
    }

    /// Tells of a transaction as mempool does.
    pub fn tell_transaction(&self, bus: &Bus, transaction: &Transaction) {
        let transaction = Some(transaction.clone());
        let message = MempoolAccepted { transaction, ..Default::default() };
        bus.broadcast(names::MEMPOOL_ACCEPT, message.encode_to_vec().into());
    }

    fn forks(&self) -> (BlockTopology, BlockTopology) {
        let state = self.state();
        let place = |height: u64| BlockTopology {
            id: state.line.get(&height).cloned().unwrap_or_else(zero),
            height,
            ..Default::default()
        };
        let head = state.head.as_ref().map_or(0, height);
        (place(head.saturating_sub(REVERSIBLE)), place(head))
    }

    fn tell(&self, bus: &Bus, block: &Block, head: bool) {
        let (irreversible, tip) = self.forks();
        let forks = ForkHeads { last_irreversible_block: Some(irreversible), heads: vec![tip] };
        bus.broadcast(names::BLOCK_FORKS, forks.encode_to_vec().into());
        let accepted =
            BlockAccepted { block: Some(block.clone()), live: true, head, ..Default::default() };
        bus.broadcast(names::MEMPOOL_BLOCK_ACCEPTED, accepted.encode_to_vec().into());
    }

    /// Serves `chain` and `block_store`.
    pub fn serve(self: &Arc<Self>, bus: &Bus) {
        let (script, teller) = (self.clone(), bus.clone());
        bus.serve(Chain::NAME, 2, move |request| {
            let (script, bus) = (script.clone(), teller.clone());
            async move {
                if !script.pause.is_zero() && is_block(&request) {
                    tokio::time::sleep(script.pause).await;
                }
                let malformed = |_| ErrorStatus::new("malformed");
                answer::<Chain>(request, malformed, |call| script.answer_chain(&bus, call))
            }
        });
        let script = self.clone();
        bus.serve(BlockStore::NAME, 2, move |request| {
            let malformed = |_| ErrorStatus::new("malformed");
            let answer = answer::<BlockStore>(request, malformed, |call| script.answer_store(call));
            std::future::ready(answer)
        });
    }

    fn answer_chain(&self, bus: &Bus, call: Option<chain_request::Request>) -> Reply {
        match call {
            Some(chain_request::Request::SubmitBlock(request)) => {
                self.state().submitted += 1;
                let block = request.block.unwrap();
                match self.take(bus, &block) {
                    Ok(()) => chain_response::Response::SubmitBlock(SubmitBlockResponse::default()),
                    Err((code, text)) => refuse(code, text),
                }
            }
            Some(chain_request::Request::SubmitTransaction(request)) => {
                let transaction = request.transaction.unwrap();
                let mut state = self.state();
                state.transactions.insert(transaction.id.clone());
                let count = state.transactions.len();
                drop(state);
                self.tell_transaction(bus, &transaction);
                self.heard.send_replace(count);
                let reply = SubmitTransactionResponse::default();
                chain_response::Response::SubmitTransaction(reply)
            }
            Some(chain_request::Request::GetChainId(_)) => {
                let chain_id = self.chain_id.clone();
                chain_response::Response::GetChainId(GetChainIdResponse { chain_id })
            }
            Some(chain_request::Request::GetHeadInfo(_)) => {
                let (irreversible, head) = self.forks();
                let head_block_time = self
                    .head()
                    .map_or(0, |block| block.header.as_ref().map_or(0, |header| header.timestamp));
                chain_response::Response::GetHeadInfo(GetHeadInfoResponse {
                    head_topology: Some(head),
                    last_irreversible_block: irreversible.height,
                    head_block_time,
                    ..Default::default()
                })
            }
            Some(chain_request::Request::GetForkHeads(_)) => {
                let (irreversible, head) = self.forks();
                chain_response::Response::GetForkHeads(GetForkHeadsResponse {
                    last_irreversible_block: Some(irreversible),
                    fork_heads: vec![head],
                })
            }
            _ => refuse(-1, "unknown request"),
        }
    }

    fn answer_store(&self, call: Option<block_store_request::Request>) -> StoreReply {
        match call {
            Some(block_store_request::Request::GetBlocksById(request)) => {
                let state = self.state();
                let item = |id: &Bytes| state.blocks.get(id).map_or(Default::default(), item);
                let block_items = request.block_ids.iter().map(item).collect();
                let reply = GetBlocksByIdResponse { block_items };
                block_store_response::Response::GetBlocksById(reply)
            }
            Some(block_store_request::Request::GetBlocksByHeight(request)) => {
                let mut state = self.state();
                let Some(head) = state.blocks.get(&request.head_block_id).cloned() else {
                    return BlockStore::error(ErrorStatus::new("Block not present").build());
                };
                let start = request.ancestor_start_height;
                let end = height(&head).min(start + u64::from(request.num_blocks) - 1);
                let (mut block, mut items) = (Some(head), Vec::new());
                while let Some(this) = block.take().filter(|this| height(this) >= start) {
                    // Along the line by height where it is the head's, for speed.
                    let at = height(&this);
                    let on_line = state.line.get(&at) == Some(&this.id);
                    let next = match on_line && at > end {
                        true => state.line.get(&end).cloned(),
                        false => Some(this.header.as_ref().unwrap().previous.clone()),
                    };
                    if at <= end {
                        items.push(item(&this));
                    }
                    block = next.and_then(|id| state.blocks.get(&id).cloned());
                }
                items.reverse();
                if request.return_block {
                    state.given.extend(items.iter().map(|item| item.block_height));
                }
                let reply = GetBlocksByHeightResponse { block_items: items };
                block_store_response::Response::GetBlocksByHeight(reply)
            }
            Some(block_store_request::Request::Reserved(_)) => {
                BlockStore::error(ErrorStatus::new("unknown request").build())
            }
            _ => panic!("nobody asks for that"),
        }
    }
}

type Reply = chain_response::Response;
type StoreReply = block_store_response::Response;

fn refuse(code: i32, text: &str) -> Reply {
    Chain::error(ErrorStatus::new(text).with_details(code, Vec::new()).build())
}

fn item(block: &Block) -> BlockItem {
    BlockItem {
        block_id: block.id.clone(),
        block_height: height(block),
        block: Some(block.clone()),
        ..Default::default()
    }
}

/// Whether a request to the chain submits a block.
fn is_block(request: &[u8]) -> bool {
    request.first() == Some(&0x12)
}
