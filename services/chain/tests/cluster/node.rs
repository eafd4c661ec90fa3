//! A chain and a block store on a bus of their own, and a client.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use koinos_codec::wire::put_message_field;
use koinos_mq::{Bus, Config};
use koinos_proto::rpc::chain::chain_request::Request;
use koinos_proto::rpc::chain::chain_response::Response;
use koinos_proto::rpc::chain::{GetHeadInfoRequest, GetHeadInfoResponse};
use koinos_rpc::{CallOptions, Chain, RpcError, Transport, call};
use koinos_testkit::{Daemon, golden};
use tempfile::TempDir;

const CHAIN: &str = env!("CARGO_BIN_EXE_koinos-chain");
/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(90);

pub struct Node {
    pub directory: TempDir,
    pub url: String,
    pub chain: Daemon,
    pub store: Daemon,
    pub bus: Bus,
}

/// The block store is another package's program, built beside this one's.
fn block_store() -> PathBuf {
    let path = Path::new(CHAIN).with_file_name("koinos-block-store");
    assert!(path.exists(), "{} is missing: build the whole workspace", path.display());
    path
}

pub fn launch_chain(basedir: &Path, url: &str, more: &[&str]) -> Daemon {
    let basedir = basedir.to_str().unwrap();
    let mut arguments = vec!["--basedir", basedir, "--amqp", url, "--instance-id", "test"];
    arguments.extend(more);
    Daemon::start(CHAIN, arguments).unwrap()
}

pub fn launch_store(basedir: &Path, url: &str) -> Daemon {
    let basedir = basedir.to_str().unwrap();
    Daemon::start(block_store(), ["--basedir", basedir, "--amqp", url]).unwrap()
}

/// A base directory with the genesis data of a recorded set.
pub fn basedir(set: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let chain = directory.path().join("chain");
    std::fs::create_dir_all(&chain).unwrap();
    let genesis = golden::path(&format!("{set}/genesis_data.json"));
    std::fs::copy(genesis, chain.join("genesis_data.json")).unwrap();
    directory
}

impl Node {
    /// Starts both on the recorded set's genesis.
    pub async fn start(url: &str, set: &str) -> Self {
        let directory = basedir(set);
        let store = launch_store(directory.path(), url);
        let chain = launch_chain(directory.path(), url, &[]);
        chain.wait_for("Ready", LIMIT).unwrap();
        let bus = Bus::start(Config::new(url, "test", "client")).unwrap();
        tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
        Self { directory, url: url.to_owned(), chain, store, bus }
    }

    pub fn restart_chain(&mut self) {
        self.chain = launch_chain(self.directory.path(), &self.url, &[]);
        self.chain.wait_for("Ready", LIMIT).unwrap();
    }

    pub fn restart_store(&mut self) {
        self.store = launch_store(self.directory.path(), &self.url);
        self.store.wait_for("Ready", LIMIT).unwrap();
    }

    /// One request as it is on the wire, one attempt.
    pub async fn raw(&self, request: Vec<u8>) -> Result<Bytes, RpcError> {
        self.bus.call_raw("chain", request.into(), CallOptions::once(LIMIT)).await
    }

    /// Submits a block as it was recorded; the reply as it is on the wire.
    pub async fn submit(&self, block: &[u8]) -> Result<Bytes, RpcError> {
        self.raw(submit_block(block)).await
    }

    pub async fn head(&self) -> GetHeadInfoResponse {
        let request = Request::GetHeadInfo(GetHeadInfoRequest {});
        match call::<Chain>(&self.bus, request, CallOptions::once(LIMIT)).await.unwrap() {
            Response::GetHeadInfo(head) => head,
            other => panic!("{other:?}"),
        }
    }
}

/// `chain_request{submit_block{block}}`
pub fn submit_block(block: &[u8]) -> Vec<u8> {
    let mut submit = Vec::new();
    put_message_field(&mut submit, 1, block);
    let mut request = Vec::new();
    put_message_field(&mut request, 2, &submit);
    request
}
