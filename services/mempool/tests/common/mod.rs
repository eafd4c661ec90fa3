//! What the tests of the daemon share.
#![allow(dead_code, reason = "each test program uses a part")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use koinos_mempool::nonce_bytes;
use koinos_mq::{Bus, Config};
use koinos_proto::BlockTopology;
use koinos_proto::block_store::BlockItem;
use koinos_proto::broadcast::{BlockAccepted, BlockIrreversible, TransactionAccepted};
use koinos_proto::mempool::PendingTransaction;
use koinos_proto::protocol::{
    Block, BlockHeader, Transaction, TransactionHeader, TransactionReceipt,
};
use koinos_proto::rpc::block_store::{
    GetBlocksByHeightResponse, block_store_request, block_store_response,
};
use koinos_proto::rpc::chain::{GetForkHeadsResponse, chain_response};
use koinos_proto::rpc::mempool::GetPendingTransactionsRequest;
use koinos_proto::rpc::mempool::mempool_request::Request;
use koinos_proto::rpc::mempool::mempool_response::Response;
use koinos_rpc::{
    BlockStore, CallOptions, Chain, Contract, ErrorStatus, Mempool, RpcError, Transport, answer,
    call, names,
};
use koinos_testkit::{Daemon, Vhost};
use prost::Message;
use tempfile::TempDir;
use tokio::sync::mpsc;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_koinos-mempool");
/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Waits for something, but not for ever.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("time is up")
}

/// A mempool with a base directory of its own, and the other services on the same bus.
pub struct Node {
    pub directory: TempDir,
    pub daemon: Daemon,
    pub bus: Bus,
    /// What the mempool broadcasts: topic and payload.
    pub heard: mpsc::UnboundedReceiver<(String, Bytes)>,
}

impl Node {
    pub async fn start(vhost: &Vhost, more: &[&str]) -> Self {
        let bus = client(&vhost.url).await;
        let heard = listen(&bus).await;
        Self::start_with(bus, heard, &vhost.url, more)
    }

    /// With a bus that is in use already.
    pub fn start_with(
        bus: Bus,
        heard: mpsc::UnboundedReceiver<(String, Bytes)>,
        url: &str,
        more: &[&str],
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let daemon = launch(directory.path(), url, more);
        daemon.wait_for("Ready", LIMIT).unwrap();
        Self { directory, daemon, bus, heard }
    }

    pub async fn call(&self, request: Request) -> Result<Response, RpcError> {
        call::<Mempool>(&self.bus, request, CallOptions::once(LIMIT)).await
    }

    pub fn tell(&self, topic: &str, message: &impl Message) {
        self.bus.broadcast(topic, message.encode_to_vec().into());
    }

    /// The next thing the mempool tells.
    pub async fn hear(&mut self) -> (String, Bytes) {
        soon(self.heard.recv()).await.unwrap()
    }

    /// Broadcasts a block and waits until the mempool has passed it on.
    pub async fn accept_block(&mut self, message: &BlockAccepted) {
        self.tell(names::BLOCK_ACCEPT, message);
        let (topic, payload) = self.hear().await;
        assert_eq!(
            (&*topic, &*payload),
            (names::MEMPOOL_BLOCK_ACCEPTED, &*message.encode_to_vec())
        );
    }

    /// Broadcasts a transaction and waits until the mempool has taken it.
    pub async fn accept_transaction(&mut self, message: &TransactionAccepted) -> Bytes {
        self.tell(names::TRANSACTION_ACCEPT, message);
        let (topic, payload) = self.hear().await;
        assert_eq!(topic, names::MEMPOOL_ACCEPT);
        payload
    }

    pub async fn pending(&self, block_id: Option<Bytes>) -> Vec<PendingTransaction> {
        let request = GetPendingTransactionsRequest { limit: 2_000, block_id };
        match self.call(Request::GetPendingTransactions(request)).await.unwrap() {
            Response::GetPendingTransactions(reply) => reply.pending_transactions,
            other => panic!("{other:?}"),
        }
    }

    /// The ids of what is pending after the head.
    pub async fn pending_ids(&self) -> Vec<Bytes> {
        let pending = self.pending(None).await.into_iter();
        pending.map(|one| one.transaction.unwrap().id).collect()
    }

    /// Waits until this is pending after the head.
    pub async fn wait_for_pending(&self, ids: &[Bytes]) {
        soon(async {
            while self.pending_ids().await != ids {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
}

pub async fn client(url: &str) -> Bus {
    let bus = Bus::start(Config::new(url, "test", "client")).unwrap();
    soon(bus.connected()).await;
    bus
}

/// Listens to what mempools tell, from now on.
pub async fn listen(bus: &Bus) -> mpsc::UnboundedReceiver<(String, Bytes)> {
    let (sender, heard) = mpsc::unbounded_channel();
    bus.subscribe("koinos.mempool.#", move |event| {
        let sender = sender.clone();
        async move { drop(sender.send((event.topic, event.payload))) }
    });
    soon(bus.consuming()).await;
    heard
}

/// Starts the daemon with `basedir` and a broker.
pub fn launch(basedir: &Path, url: &str, more: &[&str]) -> Daemon {
    let basedir = basedir.to_str().unwrap();
    let mut arguments = vec!["--basedir", basedir, "--amqp", url, "--instance-id", "test"];
    arguments.extend(more);
    Daemon::start(PROGRAM, arguments).unwrap()
}

/// The blocks of one branch, served as `chain` and `block_store` do.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Vec<Block>>>);

impl World {
    /// The chain's blocks, from height 1 on.
    pub fn set(&self, blocks: Vec<Block>) {
        *self.0.lock().unwrap() = blocks;
    }

    fn fork_heads(&self) -> GetForkHeadsResponse {
        let height = self.0.lock().unwrap().len() as u64;
        let lib = height.saturating_sub(60);
        let at = |height| BlockTopology { id: block_id(height), height, previous: Bytes::new() };
        GetForkHeadsResponse {
            last_irreversible_block: Some(at(lib)),
            fork_heads: vec![at(height)],
        }
    }

    fn blocks(&self, start: u64, count: u32) -> GetBlocksByHeightResponse {
        let blocks = self.0.lock().unwrap();
        let item = |block: &Block| BlockItem { block: Some(block.clone()), ..Default::default() };
        let some = blocks.iter().skip(start as usize - 1).take(count as usize);
        GetBlocksByHeightResponse { block_items: some.map(item).collect() }
    }

    pub async fn serve(&self, bus: &Bus) {
        let world = self.clone();
        bus.serve(Chain::NAME, 2, move |request| {
            let reply = answer::<Chain>(
                request,
                |_| ErrorStatus::new("malformed"),
                |_| chain_response::Response::GetForkHeads(world.fork_heads()),
            );
            async move { reply }
        });
        let world = self.clone();
        bus.serve(BlockStore::NAME, 2, move |request| {
            let reply = answer::<BlockStore>(
                request,
                |_| ErrorStatus::new("malformed"),
                |call| match call {
                    Some(block_store_request::Request::GetBlocksByHeight(call)) => {
                        block_store_response::Response::GetBlocksByHeight(
                            world.blocks(call.ancestor_start_height, call.num_blocks),
                        )
                    }
                    _ => BlockStore::error(ErrorStatus::new("unknown request").build()),
                },
            );
            async move { reply }
        });
        soon(bus.consuming()).await;
    }
}

/// The id of the block at `height`; at height 0 the zero id.
pub fn block_id(height: u64) -> Bytes {
    let mut id = vec![0; 34];
    (id[0], id[1]) = (0x12, 0x20);
    id[26..].copy_from_slice(&height.to_be_bytes());
    id.into()
}

/// The block at `height` with some transactions.
pub fn block(height: u64, transactions: &[&TransactionAccepted]) -> Block {
    let header = BlockHeader {
        previous: block_id(height - 1),
        height,
        timestamp: 1_700_000_000_000 + height,
        ..Default::default()
    };
    let transactions = transactions.iter().filter_map(|one| one.transaction.clone()).collect();
    Block { id: block_id(height), header: Some(header), transactions, ..Default::default() }
}

pub fn accepted(block: Block) -> BlockAccepted {
    BlockAccepted { block: Some(block), live: true, head: true, ..Default::default() }
}

pub fn irreversible(height: u64) -> BlockIrreversible {
    let topology = BlockTopology { id: block_id(height), height, previous: Bytes::new() };
    BlockIrreversible { topology: Some(topology) }
}

/// A transaction of `account` that the chain has accepted.
pub fn transaction(account: &str, nonce: u64, rc_limit: u64) -> TransactionAccepted {
    let header = TransactionHeader {
        rc_limit,
        nonce: nonce_bytes(nonce),
        payer: Bytes::from(account.to_owned()),
        ..Default::default()
    };
    let id = Bytes::from(format!("{account} {nonce}"));
    TransactionAccepted {
        transaction: Some(Transaction {
            id: id.clone(),
            header: Some(header),
            signatures: vec![Bytes::from_static(&[7; 65])],
            ..Default::default()
        }),
        receipt: Some(TransactionReceipt {
            id,
            max_payer_rc: 1_000,
            rc_limit,
            disk_storage_used: 1,
            network_bandwidth_used: 2,
            compute_bandwidth_used: 3,
            ..Default::default()
        }),
        height: 2,
        system_disk_storage_used: 4,
        system_network_bandwidth_used: 5,
        system_compute_bandwidth_used: 6,
    }
}

pub fn id_of(transaction: &TransactionAccepted) -> Bytes {
    transaction.transaction.as_ref().unwrap().id.clone()
}
