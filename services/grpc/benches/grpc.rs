//! Calls through gRPC beside the same calls over the bus, in the same run.
//!
//! The service behind both is answered by this process without any work, so the difference is what
//! `koinos-grpc` costs.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that fails says so")]

use anyhow::{Result, ensure};
use bytes::Bytes;
use koinos_codec::wire::{Fields, put_message_field};
use koinos_grpc::Raw;
use koinos_local::resident_bytes;
use koinos_mq::{Bus, Config};
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Broker, Caller, Daemon, Figures};
use std::time::Duration;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};

const LIMIT: Duration = Duration::from_secs(180);
const PROGRAM: &str = env!("CARGO_BIN_EXE_koinos-grpc");
const CALLS: usize = 10_000;
const CALLERS: [usize; 3] = [1, 16, 200];
/// Bytes of a large answer: some blocks with their receipts.
const LARGE: usize = 1 << 20;
const LARGE_CALLS: usize = 200;

/// `get_head_info` and `get_fork_heads`, the second with a large answer.
fn answer(request: &Bytes) -> Bytes {
    let number = Fields::new(request).next().unwrap().number;
    let content = match number {
        // Random bytes are like hashes and signatures: they do not become smaller.
        6 => (0..LARGE).map(|place| (place * 2_654_435_761) as u8 ^ (place >> 7) as u8).collect(),
        _ => vec![7; 150],
    };
    let mut reply = Vec::new();
    put_message_field(&mut reply, number + 1, &content);
    reply.into()
}

/// Asks over the bus.
#[derive(Clone)]
struct OverBus(Bus, Bytes);

impl Caller for OverBus {
    async fn call(&mut self) -> Result<()> {
        self.0.call_raw("chain", self.1.clone(), CallOptions::once(LIMIT)).await?;
        Ok(())
    }
}

/// Asks over a connection of its own.
struct OverGrpc {
    grpc: tonic::client::Grpc<Channel>,
    method: &'static str,
}

impl OverGrpc {
    async fn connect(address: &str, method: &'static str, gzip: bool) -> Result<Self> {
        let channel = Endpoint::from_shared(format!("http://{address}"))?.connect().await?;
        let mut grpc = tonic::client::Grpc::new(channel);
        if gzip {
            grpc = grpc.accept_compressed(CompressionEncoding::Gzip);
        }
        Ok(Self { grpc, method })
    }
}

impl Caller for OverGrpc {
    async fn call(&mut self) -> Result<()> {
        self.grpc.ready().await?;
        let path = format!("/koinos.services.koinos/{}", self.method).parse()?;
        let reply = self.grpc.unary(tonic::Request::new(Bytes::new()), path, Raw).await?;
        ensure!(reply.into_inner().len() >= 150, "the answer is cut");
        Ok(())
    }
}

async fn over_grpc(
    address: &str,
    method: &'static str,
    gzip: bool,
    count: usize,
    calls: usize,
) -> Result<Figures> {
    let mut callers = Vec::new();
    for _ in 0..count {
        callers.push(OverGrpc::connect(address, method, gzip).await?);
    }
    Figures::measure(callers, calls).await
}

#[tokio::main]
async fn main() {
    run().await.unwrap();
}

async fn run() -> Result<()> {
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    println!("{} processors, load average {load}", std::thread::available_parallelism()?);
    let url = Broker::shared()?.vhost()?.url;
    let bus = Bus::start(Config::new(&url, "bench", "grpc"))?;
    bus.serve("chain", 200, |request| std::future::ready(answer(&request)));
    tokio::time::timeout(LIMIT, bus.consuming()).await?;
    let directory = tempfile::tempdir()?;
    let basedir = directory.path().to_string_lossy().into_owned();
    let arguments = ["-d", &basedir, "-a", &url, "-e", "127.0.0.1:0", "--gzip"];
    let daemon = Daemon::start(PROGRAM, arguments)?;
    let line = daemon.wait_for("Listening on", LIMIT)?;
    daemon.wait_for("Ready", LIMIT)?;
    let address = line.rsplit(' ').next().unwrap_or_default();
    let memory = || resident_bytes(daemon.pid()).unwrap_or_default() as f64 / 1e6;

    let small = Bytes::from_static(&[0x22, 0]);
    for count in CALLERS {
        let echoes = vec![OverBus(bus.clone(), small.clone()); count];
        let echo = Figures::measure(echoes, CALLS).await?;
        echo.show("over AMQP", None);
        over_grpc(address, "get_head_info", false, count, CALLS)
            .await?
            .show("over gRPC", Some(&echo));
    }
    println!("memory after that    {:.1} MB", memory());
    let large = Bytes::from_static(&[0x32, 0]);
    let echo = Figures::measure(vec![OverBus(bus.clone(), large)], LARGE_CALLS).await?;
    echo.show("1 MiB over AMQP", None);
    for (name, gzip) in [("1 MiB over gRPC", false), ("the same, gzip", true)] {
        over_grpc(address, "get_fork_heads", gzip, 1, LARGE_CALLS).await?.show(name, Some(&echo));
    }
    println!("memory after that    {:.1} MB", memory());
    Ok(())
}
