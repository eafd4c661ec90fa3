//! A whole network as its clients see it: how long it takes to start, the memory of its services, the
//! head and transactions through JSON-RPC, transactions in blocks, what indexes and archive answer over the
//! broker, gRPC and REST.
//!
//! The services are those that are built beside `koinosctl`, or in `KOINOS_PROGRAM_DIR`. The echo is
//! answered by this process without any work, over the same broker in the same run: it is what the
//! bus itself costs, and other figures are told as ratios to it too.
//!
//! The names of sections may be given: `cargo bench ... --bench network -- submit`.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that fails says so")]

mod client;
mod devnet;
mod gossip;
mod rpcs;
mod transfers;

use std::time::Duration;

use anyhow::{Result, bail};
use bytes::Bytes;
use koinos_mq::Bus;
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Broker, Caller, Figures};

use client::{Client, Request};
use devnet::{Devnet, Genesis, LIMIT};
use transfers::Transfers;

/// What can be measured.
const SECTIONS: [&str; 6] = ["starts", "heads", "submit", "gossip", "throughput", "rpcs"];
const STARTS: usize = 5;
const CALLS: usize = 10_000;
const CALLERS: [usize; 3] = [1, 16, 200];
/// How many transactions are submitted one after another.
const SUBMISSIONS: usize = 1_000;
/// How many blocks later the memory is looked at again.
const SETTLING: usize = 20;
/// How many are submitted at once over how many connections.
const TRANSFERS: usize = 3_000;
const SUBMITTERS: usize = 16;
/// How many blocks are followed from node to node.
const GOSSIPED: usize = 300;

/// Asks for an echo over the bus.
#[derive(Clone)]
struct Echo(Bus, Bytes);

impl Caller for Echo {
    async fn call(&mut self) -> Result<()> {
        self.0.call_raw("echo", self.1.clone(), CallOptions::once(LIMIT)).await?;
        Ok(())
    }
}

/// Asks the same over one connection.
struct Asking(Client, Request);

impl Caller for Asking {
    async fn call(&mut self) -> Result<()> {
        self.0.ask(&self.1).await
    }
}

async fn asking(address: &str, count: usize) -> Result<Figures> {
    let request = Request::new("chain.get_head_info", "{}");
    let mut callers = Vec::new();
    for _ in 0..count {
        callers.push(Asking(Client::connect(address).await?, request.clone()));
    }
    Figures::measure(callers, CALLS).await
}

/// A devnet as `koinosctl devnet start` makes it, with a broker that runs.
fn starts(broker: &Broker) -> Result<()> {
    let mut times: Vec<Duration> = (0..STARTS)
        .map(|_| Ok(Devnet::start(&broker.vhost()?.url, 3_000, &Genesis::Fresh)?.took))
        .collect::<Result<_>>()?;
    times.sort_unstable();
    println!(
        "start of a devnet    median {:.2} s, longest {:.2} s of {STARTS}",
        times[STARTS / 2].as_secs_f64(),
        times[STARTS - 1].as_secs_f64()
    );
    Ok(())
}

/// What the bus alone costs, where [`serve_echo`] was.
async fn echoes(devnet: &Devnet, count: usize, calls: usize) -> Result<Figures> {
    let echoes = vec![Echo(devnet.bus.clone(), Bytes::from_static(b"echo")); count];
    let echo = Figures::measure(echoes, calls).await?;
    echo.show("echo over AMQP", None);
    Ok(echo)
}

/// The head with and without what `jsonrpc` knows from broadcasts.
async fn heads(devnet: &Devnet) -> Result<()> {
    let other = devnet.json_rpc_without_cache()?;
    for count in CALLERS {
        let echo = echoes(devnet, count, CALLS).await?;
        asking(&devnet.address, count).await?.show("head", Some(&echo));
        asking(&other.address, count).await?.show("head, no head-cache", Some(&echo));
    }
    Ok(())
}

/// Answers without any work.
async fn serve_echo(devnet: &Devnet) -> Result<()> {
    devnet.bus.serve("echo", 200, std::future::ready);
    Ok(tokio::time::timeout(LIMIT, devnet.bus.consuming()).await?)
}

/// How fast transfers come into blocks when there are always more of them.
async fn throughput(interval: u64, mut devnet: Devnet) -> Result<()> {
    let mut transfers = Transfers::new(&devnet)?;
    let inclusion = transfers.include(&mut devnet, SUBMITTERS, TRANSFERS).await?;
    println!("blocks every {interval} ms: {}", inclusion.summary());
    Ok(())
}

#[tokio::main]
async fn main() {
    run().await.unwrap();
}

async fn run() -> Result<()> {
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    println!("{} processors, load average {load}", std::thread::available_parallelism()?);
    let named: Vec<String> = std::env::args().skip(1).filter(|name| name != "--bench").collect();
    if let Some(unknown) = named.iter().find(|name| !SECTIONS.contains(&name.as_str())) {
        bail!("{unknown} is none of the sections {}", SECTIONS.join(", "));
    }
    let wanted = |section: &str| named.is_empty() || named.iter().any(|name| name == section);
    let broker = Broker::shared()?;
    if wanted("starts") {
        starts(broker)?;
    }

    let genesis = Genesis::with_accounts()?;
    let mut devnet = Devnet::start(&broker.vhost()?.url, 3_000, &genesis)?;
    devnet.until_height(3).await?;
    println!("memory at rest       {}", devnet.memory());
    serve_echo(&devnet).await?;
    if wanted("heads") {
        heads(&devnet).await?;
    }
    if wanted("submit") {
        let echo = echoes(&devnet, 1, SUBMISSIONS).await?;
        let submitting = Transfers::new(&devnet)?.include(&mut devnet, 1, SUBMISSIONS).await?;
        submitting.accepted.show("submit_transaction", Some(&echo));
        println!("memory after that    {}", devnet.memory());
        // Who hears of a large block is still at it.
        for _ in 0..SETTLING {
            devnet.next_block().await?;
        }
        println!("memory 20 blocks on  {}", devnet.memory());
    }
    drop(devnet);

    if wanted("gossip") {
        let figures = gossip::between_two_nodes(broker, &genesis, GOSSIPED).await?;
        figures.show("gossip of a block", None);
    }
    if wanted("rpcs") {
        let devnet = Devnet::start(&broker.vhost()?.url, 500, &genesis)?;
        rpcs::of_indexes(devnet).await?;
    }
    for interval in [3_000, 500].into_iter().filter(|_| wanted("throughput")) {
        let devnet = Devnet::start(&broker.vhost()?.url, interval, &genesis)?;
        throughput(interval, devnet).await?;
    }
    Ok(())
}
