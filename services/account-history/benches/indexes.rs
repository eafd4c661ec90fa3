//! The three indexes: catching up with a long chain, questions over the broker, memory and room.
//!
//! The blocks come from `koinos-block-store` over the broker. `KOINOS_BENCH_BLOCKS` says how many
//! there are. The programs are those beside this package's own.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a bench that fails says so")]

#[path = "../../../crates/index/tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use koinos_block_store::{BlockStore, NewBlock};
use koinos_mq::Bus;
use koinos_proto::BlockTopology;
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::protocol::{
    CallContractOperation, Operation, TransactionHeader, UploadContractOperation, operation::Op,
};
use koinos_proto::rpc::account_history::{
    GetAccountHistoryRequest, account_history_request::Request as HistoryRequest,
};
use koinos_proto::rpc::chain::{GetForkHeadsResponse, GetHeadInfoResponse};
use koinos_proto::rpc::chain::{chain_request, chain_response};
use koinos_proto::rpc::contract_meta_store::{
    GetContractMetaRequest, contract_meta_store_request::Request as MetaRequest,
};
use koinos_proto::rpc::transaction_store::{
    GetTransactionsByIdRequest, transaction_store_request::Request as TransactionRequest,
};
use koinos_rpc::{
    AccountHistory, CallOptions, Chain, Contract, ContractMetaStore, ErrorStatus, TransactionStore,
    Transport, answer,
};
use koinos_testkit::{Broker, Caller, Daemon, Figures};
use prost::Message;
use support::node::client;
use support::{Content, block, event, genesis, id, topology, transaction};

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(3_600);
const DEPTH: u64 = 60;
const ACCOUNTS: u64 = 10_000;
/// Every so many blocks have an upload.
const UPLOADS: u64 = 1_000;
const CALLS: usize = 20_000;
const CALLERS: [usize; 2] = [1, 16];

fn account(number: u64) -> Bytes {
    let mut address = vec![0; 17];
    address.extend_from_slice(&(number % ACCOUNTS).to_be_bytes());
    address.into()
}

/// A transfer: one operation, one event, as on the main network; now and then an upload too.
fn content(height: u64) -> Vec<Content> {
    let (mut transfer, mut receipt) = transaction(&format!("transfer {height}"));
    let (from, to) = (account(height.wrapping_mul(7_919)), account(height.wrapping_mul(104_729)));
    transfer.header = Some(TransactionHeader {
        chain_id: id("chain"),
        rc_limit: 1_000_000_000,
        nonce: vec![1; 4].into(),
        operation_merkle_root: id("operations"),
        payer: from.clone(),
        payee: Bytes::new(),
    });
    let call = CallContractOperation {
        contract_id: account(1),
        entry_point: 0x2760_3b08,
        args: vec![2; 60].into(),
    };
    transfer.operations.push(Operation { op: Some(Op::CallContract(call)) });
    transfer.signatures.push(vec![3; 65].into());
    let mut transferred = event("", &[]);
    transferred.source = account(1);
    transferred.name = "koinos.contracts.token.transfer_event".to_owned();
    transferred.data = vec![4; 60].into();
    transferred.impacted = vec![to, from];
    receipt.events.push(transferred);
    let mut all = vec![(transfer, receipt)];
    if height.is_multiple_of(UPLOADS) {
        let (mut upload, receipt) = transaction(&format!("upload {height}"));
        let operation = UploadContractOperation {
            contract_id: account(height / UPLOADS),
            bytecode: vec![5; 8_000].into(),
            abi: "a".repeat(3_000),
            ..Default::default()
        };
        upload.operations.push(Operation { op: Some(Op::UploadContract(operation)) });
        all.push((upload, receipt));
    }
    all
}

fn accepted(parent: &BlockTopology, height: u64) -> BlockAccepted {
    let mut made = block(parent, &format!("block {height}"), "", &content(height));
    let block = made.block.as_mut().unwrap();
    let header = block.header.as_mut().unwrap();
    header.signer = account(height % 20);
    header.timestamp = 1_700_000_000_000 + 3_000 * height;
    header.previous_state_merkle_root = id("state");
    header.transaction_merkle_root = id("transactions");
    block.signature = vec![6; 65].into();
    made
}

/// Fills the directory of a block store. Returns the topologies of the head and of the last
/// irreversible block, and the bytes of all blocks and receipts.
fn fill(directory: &Path, count: u64) -> (BlockTopology, BlockTopology, usize) {
    let store = BlockStore::open(&directory.join("block_store/db"), false).unwrap();
    let (mut at, mut irreversible, mut bytes) = (genesis(), genesis(), 0);
    for height in 1..=count {
        let made = accepted(&at, height);
        let (block, receipt) = (made.block.as_ref().unwrap(), made.receipt.as_ref().unwrap());
        let parent = std::mem::replace(&mut at, topology(&made));
        let new = NewBlock {
            id: at.id.clone(),
            height,
            previous: parent.id,
            block: block.encode_to_vec().into(),
            receipt: Some(receipt.encode_to_vec().into()),
        };
        bytes += new.block.len() + new.receipt.as_ref().map_or(0, Bytes::len);
        store.add(&new).unwrap();
        if height + DEPTH == count {
            irreversible = at.clone();
        }
    }
    store.flush().unwrap();
    (at, irreversible, bytes)
}

fn serve_chain(bus: &Bus, head: BlockTopology, irreversible: BlockTopology) {
    bus.serve(Chain::NAME, 2, move |request| {
        let reply = answer::<Chain>(
            request,
            |_| ErrorStatus::new(""),
            |call| match call {
                Some(chain_request::Request::GetHeadInfo(_)) => {
                    chain_response::Response::GetHeadInfo(GetHeadInfoResponse {
                        head_topology: Some(head.clone()),
                        last_irreversible_block: irreversible.height,
                        ..Default::default()
                    })
                }
                _ => chain_response::Response::GetForkHeads(GetForkHeadsResponse {
                    last_irreversible_block: Some(irreversible.clone()),
                    fork_heads: vec![head.clone()],
                }),
            },
        );
        std::future::ready(reply)
    });
}

fn programs() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_koinos-account-history")).parent().unwrap().to_owned()
}

fn start(program: &str, basedir: &Path, url: &str) -> Daemon {
    let basedir = basedir.to_str().unwrap();
    let arguments = ["--basedir", basedir, "--amqp", url, "--admin-socket", "none"];
    Daemon::start(programs().join(program), arguments).unwrap()
}

/// The most memory the process has had, in MiB.
fn peak_memory(daemon: &Daemon) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}

fn size(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.metadata().unwrap() {
            data if data.is_dir() => size(&entry.path()),
            data => data.len(),
        })
        .sum()
}

/// A request, made from a number.
type Question = fn(u64) -> Bytes;

/// Asks a service, each time about something else.
struct Asking {
    bus: Bus,
    service: &'static str,
    request: Question,
    number: u64,
}

impl Caller for Asking {
    async fn call(&mut self) -> Result<()> {
        self.number = self.number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        let request = (self.request)(self.number >> 33);
        let reply = self.bus.call_raw(self.service, request, CallOptions::once(LIMIT)).await?;
        anyhow::ensure!(reply.len() > 40, "an empty answer");
        Ok(())
    }
}

fn blocks() -> u64 {
    let wanted = std::env::var("KOINOS_BENCH_BLOCKS").ok();
    wanted.map_or(200_000, |text| text.parse().unwrap())
}

fn ask_transaction(number: u64) -> Bytes {
    let name = format!("transfer {}", number % (blocks() - 100) + 1);
    let call = GetTransactionsByIdRequest { transaction_ids: vec![id(&name)] };
    TransactionStore::request(TransactionRequest::GetTransactionsById(call)).encode_to_vec().into()
}

fn ask_meta(number: u64) -> Bytes {
    let contract_id = account(number % (blocks() / UPLOADS) + 1);
    let call = GetContractMetaRequest { contract_id };
    ContractMetaStore::request(MetaRequest::GetContractMeta(call)).encode_to_vec().into()
}

fn ask_history(number: u64) -> Bytes {
    let call =
        GetAccountHistoryRequest { address: account(number), limit: 10, ..Default::default() };
    AccountHistory::request(HistoryRequest::GetAccountHistory(call)).encode_to_vec().into()
}

#[tokio::main]
async fn main() {
    let count = blocks();
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let archive = tempfile::tempdir_in(shared_memory()).unwrap();
    let began = Instant::now();
    let (head, irreversible, bytes) = fill(archive.path(), count);
    let per_block = bytes as u64 / count;
    println!("{count} blocks of {per_block} bytes with receipts, made in {:?}", began.elapsed());
    let store = start("koinos-block-store", archive.path(), &url);
    store.wait_for("Ready", LIMIT).unwrap();
    let bus = client(&url).await;
    serve_chain(&bus, head, irreversible);
    bus.consuming().await;
    let services: [(&str, &str, Question); 3] = [
        ("transaction_store", "get_transactions_by_id", ask_transaction),
        ("contract_meta_store", "get_contract_meta", ask_meta),
        ("account_history", "get_account_history", ask_history),
    ];
    for (service, method, request) in services {
        let directory = tempfile::tempdir().unwrap();
        let program = format!("koinos-{}", service.replace('_', "-"));
        let mut daemon = start(&program, directory.path(), &url);
        daemon.wait_for("Ready", LIMIT).with_context(|| daemon.output()).unwrap();
        let line = daemon.wait_for("Caught up with", LIMIT).unwrap();
        let line = line.split("Caught up").nth(1).unwrap();
        println!("{service:<20} caught up{line}, at most {:.0} MiB", peak_memory(&daemon));
        for callers in CALLERS {
            let caller = |number| Asking { bus: bus.clone(), service, request, number };
            let asking = (0..callers as u64).map(caller).collect();
            Figures::measure(asking, CALLS).await.unwrap().show(method, None);
        }
        daemon.terminate();
        daemon.wait(LIMIT).unwrap();
        let room = size(&directory.path().join(service)) as f64 / count as f64;
        println!("{service:<20} takes {room:.0} MB for a million blocks");
    }
}

/// Making the blocks is not what is measured, so it need not wait for a disk.
fn shared_memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}
