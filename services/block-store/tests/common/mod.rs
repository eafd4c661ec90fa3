//! What the tests of the daemon share.
#![allow(dead_code, reason = "each test program uses a part")]

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use koinos_mq::{Bus, Config};
use koinos_proto::block_store::BlockItem;
use koinos_proto::protocol::{Block, BlockHeader, BlockReceipt};
use koinos_proto::rpc::block_store::block_store_request::Request;
use koinos_proto::rpc::block_store::block_store_response::Response;
use koinos_proto::rpc::block_store::{
    AddBlockRequest, GetBlocksByHeightRequest, GetBlocksByIdRequest, GetHighestBlockRequest,
};
use koinos_rpc::{BlockStore, CallOptions, RpcError, call};
use koinos_testkit::{Daemon, Vhost};
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_koinos-block-store");
/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A block store with a base directory of its own, and a client on the same bus.
pub struct Node {
    pub directory: TempDir,
    pub url: String,
    pub daemon: Daemon,
    pub bus: Bus,
}

impl Node {
    pub async fn start(vhost: &Vhost) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let daemon = launch(directory.path(), &vhost.url, &[]);
        daemon.wait_for("Ready", LIMIT).unwrap();
        let bus = Bus::start(Config::new(&vhost.url, "test", "client")).unwrap();
        tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
        Self { directory, url: vhost.url.clone(), daemon, bus }
    }

    /// Starts the daemon again on the same directory.
    pub fn restart(&mut self) {
        self.daemon = launch(self.directory.path(), &self.url, &[]);
        self.daemon.wait_for("Ready", LIMIT).unwrap();
    }

    pub async fn call(&self, request: Request) -> Result<Response, RpcError> {
        call::<BlockStore>(&self.bus, request, CallOptions::once(LIMIT)).await
    }

    pub async fn highest(&self) -> u64 {
        match self.call(Request::GetHighestBlock(GetHighestBlockRequest {})).await.unwrap() {
            Response::GetHighestBlock(reply) => reply.topology.unwrap().height,
            other => panic!("{other:?}"),
        }
    }

    pub async fn by_height(&self, head: &Bytes, start: u64, count: u32) -> Vec<BlockItem> {
        let request = GetBlocksByHeightRequest {
            head_block_id: head.clone(),
            ancestor_start_height: start,
            num_blocks: count,
            return_block: true,
            return_receipt: true,
        };
        match self.call(Request::GetBlocksByHeight(request)).await.unwrap() {
            Response::GetBlocksByHeight(reply) => reply.block_items,
            other => panic!("{other:?}"),
        }
    }

    pub async fn by_id(&self, ids: &[Bytes]) -> Vec<BlockItem> {
        let request = GetBlocksByIdRequest {
            block_ids: ids.to_vec(),
            return_block: true,
            return_receipt: true,
        };
        match self.call(Request::GetBlocksById(request)).await.unwrap() {
            Response::GetBlocksById(reply) => reply.block_items,
            other => panic!("{other:?}"),
        }
    }
}

/// Starts the daemon with `basedir` and a broker.
pub fn launch(basedir: &Path, url: &str, more: &[&str]) -> Daemon {
    let basedir = basedir.to_str().unwrap();
    let mut arguments = vec!["--basedir", basedir, "--amqp", url, "--instance-id", "test"];
    arguments.extend(more);
    Daemon::start(PROGRAM, arguments).unwrap()
}

/// The id of the block at `height` on the test chain; at height 0 the zero id.
pub fn id(height: u64) -> Bytes {
    let mut id = vec![0; 34];
    (id[0], id[1]) = (0x12, 0x20);
    id[26..].copy_from_slice(&height.to_be_bytes());
    id.into()
}

/// The block at `height` on the test chain.
pub fn block(height: u64) -> Block {
    let header = BlockHeader {
        previous: id(height - 1),
        height,
        timestamp: 1_700_000_000_000 + height,
        ..Default::default()
    };
    let signature = vec![height as u8; 65].into();
    Block { id: id(height), header: Some(header), signature, ..Default::default() }
}

pub fn receipt(height: u64) -> BlockReceipt {
    BlockReceipt { id: id(height), height, disk_storage_used: 7 * height, ..Default::default() }
}

pub fn add(height: u64) -> Request {
    Request::AddBlock(AddBlockRequest {
        block_to_add: Some(block(height)),
        receipt_to_add: Some(receipt(height)),
    })
}
