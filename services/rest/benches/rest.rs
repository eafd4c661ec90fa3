//! Requests to the service over HTTP, beside a bare echo over the same broker in the same run.
//!
//! The services behind it are part of this bench and answer without any work, so the figures are
//! what HTTP, the bus and the service itself cost.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a bench that fails says so")]

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use koinos_codec::json::Mapping;
use koinos_codec::text::to_base64url;
use koinos_mq::{Bus, Config};
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Broker, Caller, Daemon, Figures};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(60);
const CALLS: usize = 8_000;
const CALLERS: [usize; 3] = [1, 16, 64];
const ALICE: &str = "1NsQbH5AhQXgtSNg1ejpFqTi2hmCWz1eQS";
const KOIN: &str = "15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL";

/// Asks a service on the bus.
struct OverAmqp(Bus);

impl Caller for OverAmqp {
    async fn call(&mut self) -> Result<()> {
        self.0.call_raw("echo", Bytes::from_static(b"echo"), CallOptions::once(LIMIT)).await?;
        Ok(())
    }
}

/// Asks for a path over a connection of its own.
struct OverHttp {
    stream: TcpStream,
    request: Vec<u8>,
    read: Vec<u8>,
}

impl OverHttp {
    async fn new(address: SocketAddr, path: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes();
        Ok(Self { stream, request, read: Vec::new() })
    }
}

impl Caller for OverHttp {
    async fn call(&mut self) -> Result<()> {
        self.stream.write_all(&self.request).await?;
        self.read.clear();
        loop {
            let mut piece = [0; 16_384];
            let count = self.stream.read(&mut piece).await?;
            ensure!(count > 0, "the connection ended");
            self.read.extend_from_slice(&piece[..count]);
            if let Some(head) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                let text = std::str::from_utf8(&self.read[..head])?;
                ensure!(
                    text.starts_with("HTTP/1.1 200"),
                    "{}",
                    String::from_utf8_lossy(&self.read)
                );
                let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.context("the answer has no length")?.parse()?;
                if self.read.len() == head + 4 + length {
                    return Ok(());
                }
            }
        }
    }
}

/// The bytes of a message of this type.
fn message(name: &str, json: &Value) -> Bytes {
    Mapping::koinos().encode(name, json).unwrap().into()
}

/// The services behind the one that is measured.
fn serve(bus: &Bus) {
    let id = format!("0x1220{}", "ab".repeat(32));
    let text = |name: &str, json: &Value| to_base64url(&message(name, json));
    let balance =
        text("koinos.standards.kcs4.balance_of_result", &json!({ "value": "1613492705173" }));
    let arguments = text(
        "koinos.contracts.token.transfer_arguments",
        &json!({ "from": ALICE, "to": KOIN, "value": "5" }),
    );
    let call = json!({ "call_contract": { "contract_id": KOIN, "entry_point": 670_398_154, "args": arguments } });
    let transaction = json!({ "id": id, "header": { "payer": ALICE, "rc_limit": "5" }, "operations": [call], "signatures": ["AA=="] });
    let receipt = json!({ "id": id, "payer": ALICE, "rc_used": "5", "events": [{ "source": KOIN, "name": "koinos.contracts.token.transfer_event", "data": arguments }] });
    let block = json!({ "block_id": id, "block_height": "7", "block": { "id": id, "header": { "height": "7", "timestamp": "1700000000000" } }, "receipt": { "transaction_receipts": [receipt] } });
    let head = message(
        "koinos.rpc.chain.chain_response",
        &json!({ "get_head_info": { "head_topology": { "id": id, "height": "9", "previous": id }, "last_irreversible_block": "8", "head_state_merkle_root": "EiA=", "head_block_time": "1700000000000" } }),
    );
    let read = message(
        "koinos.rpc.chain.chain_response",
        &json!({ "read_contract": { "result": balance } }),
    );
    let head_request = message("koinos.rpc.chain.chain_request", &json!({ "get_head_info": {} }));
    bus.serve("chain", 200, move |request| {
        std::future::ready(if request == head_request { head.clone() } else { read.clone() })
    });
    let abi = include_str!("../../../contracts/koin/koin.abi.json");
    for (service, reply) in [
        ("block_store", json!({ "get_blocks_by_id": { "block_items": [block] } })),
        (
            "transaction_store",
            json!({ "get_transactions_by_id": { "transactions": [{ "transaction": transaction, "containing_blocks": [id] }] } }),
        ),
        ("contract_meta_store", json!({ "get_contract_meta": { "meta": { "abi": abi } } })),
    ] {
        let name = format!("koinos.rpc.{service}.{service}_response");
        let reply = message(&name, &reply);
        // The store is asked in two ways, and its two answers differ in their kind alone.
        let by_height = message(
            "koinos.rpc.block_store.block_store_response",
            &json!({ "get_blocks_by_height": { "block_items": [{ "block_id": id, "block_height": "7" }] } }),
        );
        bus.serve(service, 200, move |request| {
            // Field 3 of the request is `get_blocks_by_height`.
            let is_by_height = service == "block_store" && request.first() == Some(&BY_HEIGHT);
            std::future::ready(if is_by_height { by_height.clone() } else { reply.clone() })
        });
    }
    bus.serve("echo", 200, std::future::ready);
}

/// The tag of `get_blocks_by_height` in a request to `block_store`.
const BY_HEIGHT: u8 = 3 << 3 | 2;

#[tokio::main]
async fn main() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let bus = Bus::start(Config::new(&url, "bench", "bench")).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    serve(&bus);
    tokio::time::timeout(LIMIT, bus.consuming()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().to_str().unwrap();
    let arguments = ["-d", base, "-a", &url, "-L", "/ip4/127.0.0.1/tcp/0"];
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_koinos-rest"), arguments).unwrap();
    let line = daemon.wait_for("Listening on", LIMIT).unwrap();
    let address: SocketAddr = line.rsplit(' ').next().unwrap().parse().unwrap();
    daemon.wait_for("Ready", LIMIT).unwrap();
    let transaction = format!("/v1/transaction/0x1220{}", "ab".repeat(32));
    let balance = format!("/v1/account/{ALICE}/balance/{KOIN}");
    for count in CALLERS {
        let callers = (0..count).map(|_| OverAmqp(bus.clone())).collect();
        let echo = Figures::measure(callers, CALLS).await.unwrap();
        echo.show("echo over AMQP", None);
        for (what, path) in [
            ("head_info", "/v1/chain/head_info"),
            ("balance", &balance),
            ("transaction", &transaction),
        ] {
            let mut callers = Vec::new();
            for _ in 0..count {
                callers.push(OverHttp::new(address, path).await.unwrap());
            }
            Figures::measure(callers, CALLS).await.unwrap().show(what, Some(&echo));
        }
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let memory = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    println!("memory afterwards: {memory}");
}
