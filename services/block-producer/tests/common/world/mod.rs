//! A chain, a mempool and a p2p that keep the rules of the protocol as far as the producer has to
//! do with them, and that answer proposals by a script.

mod rules;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use koinos_crypto::{HashCode, PublicKey, SecretKey, merkle_root, multihash, recover, sha256, vrf};
use koinos_proto::BlockTopology;
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::chain::ResourceLimitData;
use koinos_proto::contracts::name_service::{AddressRecord, GetAddressArguments, GetAddressResult};
use koinos_proto::contracts::{pob, pow, token, vhp};
use koinos_proto::mempool::PendingTransaction;
use koinos_proto::protocol::{Block, BlockReceipt, Transaction, TransactionHeader};
use koinos_proto::rpc::chain::chain_request::Request;
use koinos_proto::rpc::chain::chain_response::Response;
use koinos_proto::rpc::chain::invoke_system_call_request::SystemCall;
use koinos_proto::rpc::chain::{
    ChainRequest, GetHeadInfoResponse, GetResourceLimitsResponse, InvokeSystemCallResponse,
    ProposeBlockResponse, ReadContractRequest, ReadContractResponse,
};
use koinos_proto::rpc::mempool::{
    GetPendingTransactionsResponse, MempoolRequest, mempool_request, mempool_response,
};
use koinos_proto::rpc::p2p::{GetGossipStatusResponse, p2p_response};
use koinos_rpc::{Chain, Contract, ErrorStatus, Mempool, P2p};
use prost::Message;
use tokio::sync::watch;

/// Consensus of the chain.
pub enum Rule {
    Federated,
    Pow { target: [u8; 32] },
    Pob { key: PublicKey, vhp: u64, difficulty: u128 },
}

/// How the chain treats one proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// By its rules.
    Honest,
    /// By its rules, but the producer is killed before it hears of it.
    HonestThenKill,
    /// The producer is killed, and the chain does not get the proposal.
    KillFirst,
    /// Refused whatever it is.
    Refuse,
    /// Refused, and the producer is killed before it hears of it.
    RefuseThenKill,
    /// Not accepted, but perhaps stored.
    Uncertain,
    /// Accepted, answered, and lost: the chain comes back with the parent as its head.
    AcceptThenLose,
    /// Accepted and answered, but the fork rule puts it aside: the head is the parent again.
    AcceptThenPutAside,
    /// No answer, as if the chain had not got it.
    Ignore,
}

/// What comes of a request.
pub enum Answer {
    Reply(Bytes),
    Silence,
    /// Silence, and the producer is to be killed.
    Kill,
}

pub struct Known {
    pub block: Block,
    seed: Bytes,
}

type Listener = Box<dyn Fn(Bytes) + Send>;

#[derive(Default)]
pub struct State {
    pub blocks: HashMap<Bytes, Known>,
    pub head: Bytes,
    pub script: VecDeque<Step>,
    /// Proposals in the order they came.
    pub proposals: Vec<Block>,
    /// For each parent, the last block proposed and not refused.
    standing: HashMap<Bytes, Bytes>,
    /// Blocks that the fork rule has put aside.
    aside: HashSet<Bytes>,
    /// Breaches of the rule that no second block is signed while the first stands.
    pub breaches: Vec<String>,
    pub pending: Vec<PendingTransaction>,
    /// Names of transactions that fail.
    pub failing: HashSet<Bytes>,
    pub gossip: bool,
    /// Requests by service.
    pub calls: HashMap<String, usize>,
    listener: Option<Listener>,
    heights: watch::Sender<u64>,
}

#[derive(Clone)]
pub struct World {
    rule: Arc<Rule>,
    state: Arc<Mutex<State>>,
}

pub fn zero_id() -> Bytes {
    [&[0x12, 0x20][..], &[0; 32]].concat().into()
}

fn state_root(id: &[u8]) -> Bytes {
    multihash(HashCode::Sha2_256, id).into()
}

impl World {
    pub fn new(rule: Rule) -> Self {
        let state = State { head: zero_id(), ..State::default() };
        Self { rule: Arc::new(rule), state: Arc::new(Mutex::new(state)) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Hears what the mempool relays of accepted blocks.
    pub fn listen(&self, listener: impl Fn(Bytes) + Send + 'static) {
        self.state().listener = Some(Box::new(listener));
    }

    pub fn script(&self, steps: impl IntoIterator<Item = Step>) {
        self.state().script.extend(steps);
    }

    pub fn height(&self) -> u64 {
        let state = self.state();
        state.height(&state.head)
    }

    /// The height of the chain as it changes.
    pub fn heights(&self) -> watch::Receiver<u64> {
        self.state().heights.subscribe()
    }

    /// The blocks of the chain from the first to the head.
    pub fn chain(&self) -> Vec<Block> {
        let state = self.state();
        let mut blocks = Vec::new();
        let mut id = state.head.clone();
        while let Some(known) = state.blocks.get(&id) {
            id = known.block.header.as_ref().unwrap().previous.clone();
            blocks.push(known.block.clone());
        }
        blocks.reverse();
        blocks
    }

    /// Adds a pending transaction that uses `amount` of each resource.
    pub fn add_pending(&self, name: &str, amount: u64, fails: bool) {
        let header = TransactionHeader { rc_limit: 10, ..Default::default() };
        let id = Bytes::copy_from_slice(name.as_bytes());
        let transaction = Transaction {
            id: id.clone(),
            header: Some(header),
            signatures: vec![vec![7; 65].into()],
            ..Default::default()
        };
        let mut state = self.state();
        if fails {
            state.failing.insert(id);
        }
        state.pending.push(PendingTransaction {
            transaction: Some(transaction),
            disk_storage_used: amount,
            network_bandwidth_used: amount,
            compute_bandwidth_used: amount,
            ..Default::default()
        });
    }

    /// Another producer's block becomes the head, without any proof.
    pub fn foreign_block(&self, time: u64) {
        let mut state = self.state();
        let mut block = Block::default();
        let header = block.header.get_or_insert_default();
        header.previous = state.head.clone();
        header.height = state.height(&state.head) + 1;
        header.timestamp = time;
        header.signer = Bytes::from_static(b"another");
        block.id = multihash(HashCode::Sha2_256, &header.encode_to_vec()).into();
        let seed = Bytes::copy_from_slice(&sha256(&block.id));
        state.accept(block, seed);
    }

    pub fn answer(&self, service: &str, request: &Bytes) -> Answer {
        *self.state().calls.entry(service.to_owned()).or_default() += 1;
        match service {
            "chain" => self.chain_answer(request),
            "mempool" => Answer::Reply(self.mempool_answer(request)),
            "p2p" => {
                let enabled = self.state().gossip;
                let status =
                    p2p_response::Response::GetGossipStatus(GetGossipStatusResponse { enabled });
                Answer::Reply(P2p::response(status).encode_to_vec().into())
            }
            other => panic!("there is no {other}"),
        }
    }

    fn mempool_answer(&self, request: &Bytes) -> Bytes {
        let request = MempoolRequest::decode(request.clone()).unwrap();
        let Some(mempool_request::Request::GetPendingTransactions(call)) = request.request else {
            panic!("unexpected {request:?}");
        };
        let state = self.state();
        let block_id = call.block_id.unwrap();
        let known = block_id == zero_id() || state.blocks.contains_key(&block_id);
        assert!(call.limit <= 2000);
        let reply = if known {
            let pending_transactions =
                state.pending.iter().take(call.limit as usize).cloned().collect();
            let reply = GetPendingTransactionsResponse { pending_transactions };
            mempool_response::Response::GetPendingTransactions(reply)
        } else {
            Mempool::error(ErrorStatus::new("unknown block").build())
        };
        Mempool::response(reply).encode_to_vec().into()
    }

    fn chain_answer(&self, request: &Bytes) -> Answer {
        let request = ChainRequest::decode(request.clone()).unwrap();
        let response = match request.request.unwrap() {
            Request::GetHeadInfo(_) => self.head_info(),
            Request::GetResourceLimits(_) => {
                let resource_limit_data = Some(ResourceLimitData {
                    disk_storage_limit: 1000,
                    network_bandwidth_limit: 1000,
                    compute_bandwidth_limit: 1000,
                    ..Default::default()
                });
                Response::GetResourceLimits(GetResourceLimitsResponse { resource_limit_data })
            }
            Request::ReadContract(call) => self.read_contract(&call),
            Request::InvokeSystemCall(call) => {
                assert_eq!(call.system_call, Some(SystemCall::Id(10001)));
                let address = GetAddressArguments::decode(call.args).unwrap().name.into();
                let result = GetAddressResult { value: Some(AddressRecord { address }) };
                let value = result.encode_to_vec().into();
                Response::InvokeSystemCall(InvokeSystemCallResponse { value })
            }
            Request::ProposeBlock(call) => return self.propose(call.block.unwrap()),
            other => panic!("unexpected {other:?}"),
        };
        reply(response)
    }

    fn head_info(&self) -> Response {
        let state = self.state();
        let (id, height) = (state.head.clone(), state.height(&state.head));
        Response::GetHeadInfo(GetHeadInfoResponse {
            head_state_merkle_root: state_root(&id),
            head_block_time: state.time(&id),
            head_topology: Some(BlockTopology { id, height, ..Default::default() }),
            last_irreversible_block: 0,
        })
    }

    fn propose(&self, block: Block) -> Answer {
        let mut state = self.state();
        state.watch_for_breaches(&block);
        let step = state.script.pop_front().unwrap_or(Step::Honest);
        state.proposals.push(block.clone());
        let parent = block.header.as_ref().unwrap().previous.clone();
        match step {
            Step::KillFirst => Answer::Kill,
            Step::Ignore => Answer::Silence,
            Step::Refuse => state.refuse(&block, "refused by the script", -203),
            Step::RefuseThenKill => {
                state.refuse(&block, "refused by the script", -203);
                Answer::Kill
            }
            Step::Uncertain => error("block_store did not answer within 5000 ms", -1008),
            Step::Honest => self.judge(&mut state, block),
            Step::HonestThenKill => {
                self.judge(&mut state, block);
                Answer::Kill
            }
            Step::AcceptThenLose => {
                let answer = self.judge(&mut state, block.clone());
                state.blocks.remove(&block.id);
                state.head = parent;
                answer
            }
            Step::AcceptThenPutAside => {
                state.aside.insert(block.id.clone());
                let answer = self.judge(&mut state, block);
                // The fork rule has the word of the chain: the block is out.
                state.standing.remove(&parent);
                state.head = parent;
                answer
            }
        }
    }

    /// Applies a block by the rules.
    fn judge(&self, state: &mut State, block: Block) -> Answer {
        if state.blocks.contains_key(&block.id) {
            return reply(Response::ProposeBlock(ProposeBlockResponse::default()));
        }
        let failed_transaction_indices: Vec<u32> = (0..)
            .zip(&block.transactions)
            .filter(|(_, transaction)| state.failing.contains(&transaction.id))
            .map(|(index, _)| index)
            .collect();
        if !failed_transaction_indices.is_empty() {
            state.standing.remove(&block.header.as_ref().unwrap().previous);
            let failed = ProposeBlockResponse { failed_transaction_indices, ..Default::default() };
            return reply(Response::ProposeBlock(failed));
        }
        match self.check(state, &block) {
            Err(text) => state.refuse(&block, &text, -203),
            Ok(seed) => {
                let receipt = BlockReceipt {
                    id: block.id.clone(),
                    height: block.header.as_ref().unwrap().height,
                    transaction_receipts: vec![Default::default(); block.transactions.len()],
                    ..Default::default()
                };
                state.accept(block, seed);
                let accepted =
                    ProposeBlockResponse { receipt: Some(receipt), ..Default::default() };
                reply(Response::ProposeBlock(accepted))
            }
        }
    }
}

impl State {
    fn height(&self, id: &Bytes) -> u64 {
        self.blocks.get(id).map_or(0, |known| known.block.header.as_ref().unwrap().height)
    }

    fn time(&self, id: &Bytes) -> u64 {
        self.blocks.get(id).map_or(0, |known| known.block.header.as_ref().unwrap().timestamp)
    }

    fn seed(&self, id: &Bytes) -> Bytes {
        self.blocks.get(id).map_or(Bytes::from_static(b"genesis"), |known| known.seed.clone())
    }

    fn accept(&mut self, block: Block, seed: Bytes) {
        let included: HashSet<_> = block.transactions.iter().map(|t| t.id.clone()).collect();
        self.pending.retain(|p| !included.contains(&p.transaction.as_ref().unwrap().id));
        let accepted = BlockAccepted {
            block: Some(block.clone()),
            live: true,
            head: true,
            ..Default::default()
        };
        self.head = block.id.clone();
        let height = block.header.as_ref().unwrap().height;
        self.blocks.insert(block.id.clone(), Known { block, seed });
        self.heights.send_replace(height);
        if let Some(listener) = &self.listener {
            listener(accepted.encode_to_vec().into());
        }
    }

    fn refuse(&mut self, block: &Block, text: &str, code: i32) -> Answer {
        self.standing.remove(&block.header.as_ref().unwrap().previous);
        error(text, code)
    }

    /// Whoever sees blocks sees no second one on a parent while the first is not refused.
    fn watch_for_breaches(&mut self, block: &Block) {
        if self.aside.contains(&block.id) {
            return;
        }
        let parent = block.header.as_ref().unwrap().previous.clone();
        let before = self.standing.insert(parent, block.id.clone());
        if let Some(other) = before.filter(|other| *other != block.id) {
            self.breaches.push(format!("{:02x?} after {other:02x?}", block.id));
        }
    }
}

fn reply(response: Response) -> Answer {
    Answer::Reply(Chain::response(response).encode_to_vec().into())
}

fn error(text: &str, code: i32) -> Answer {
    let status = ErrorStatus::new(text).with_details(code, vec!["a log line".into()]);
    reply(Chain::error(status.build()))
}

/// The key of the tests.
pub fn key() -> SecretKey {
    SecretKey::from_seed("block producer").unwrap()
}
