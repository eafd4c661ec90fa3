//! A devnet that is measured.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use koinos_codec::genesis_to_json;
use koinos_contracts::{Addresses, Federated, System};
use koinos_crypto::{Address, SecretKey};
use koinos_local::resident_bytes;
use koinos_mq::{Bus, Config};
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::protocol::Block;
use koinos_rpc::names::BLOCK_ACCEPT;
use koinos_testkit::{Daemon, free_ports};
use prost::Message;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(180);
/// The key of the genesis, and of the addresses of its contracts.
const SEED: &str = "network";
const ACCOUNTS: usize = 100;
/// What each account has: a million KOIN.
const BALANCE: u64 = 1_000_000 * 100_000_000;

const KOINOSCTL: &str = env!("CARGO_BIN_EXE_koinosctl");

/// What a network starts with.
pub enum Genesis {
    /// What `koinosctl` makes.
    Fresh,
    /// A file of our own, and the key of its producer, in a directory.
    Files(TempDir),
}

impl Genesis {
    /// A genesis with accounts that can pay.
    pub fn with_accounts() -> Result<Self> {
        let producer = SecretKey::from_seed(SEED)?;
        let key = producer.public_key().address();
        let owners = accounts()?.into_iter().map(|account| account.public_key().address());
        let balances = owners.chain([key]).map(|owner| (owner, BALANCE)).collect();
        let system = System { key, addresses: Addresses::from_seed(SEED)?, balances };
        let genesis = Federated(system).genesis()?.build();
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("genesis.json"), genesis_to_json(&genesis))?;
        std::fs::write(directory.path().join("producer.key"), producer.to_wif())?;
        Ok(Self::Files(directory))
    }
}

/// The keys of the accounts of [`Genesis::with_accounts`].
pub fn accounts() -> Result<Vec<SecretKey>> {
    (0..ACCOUNTS).map(|number| Ok(SecretKey::from_seed(&format!("account {number}"))?)).collect()
}

/// The token of [`Genesis::with_accounts`].
pub fn koin() -> Result<Address> {
    Ok(Addresses::from_seed(SEED)?.koin)
}

/// A network that runs.
pub struct Devnet {
    _supervisor: Daemon,
    directory: TempDir,
    ready: Value,
    /// From its start until everything was ready.
    pub took: Duration,
    pub bus: Bus,
    blocks: Blocks,
    /// Where JSON-RPC listens, `HOST:PORT`.
    pub address: String,
}

/// Another JSON-RPC server of a network.
pub struct JsonRpc {
    _daemon: Daemon,
    _directory: TempDir,
    pub address: String,
}

/// The blocks that a node accepts, each with the moment when it was told.
pub type Blocks = UnboundedReceiver<(Instant, Block)>;

/// Listens to the blocks of the node on a bus.
pub fn listen(amqp: &str) -> Result<(Bus, Blocks)> {
    let bus = Bus::start(Config::new(amqp, "bench", "network"))?;
    let (sender, blocks) = unbounded_channel();
    bus.subscribe(BLOCK_ACCEPT, move |event| {
        if let Ok(BlockAccepted { block: Some(block), .. }) = BlockAccepted::decode(event.payload) {
            // Nobody listens any more when the bench ends.
            let _ = sender.send((Instant::now(), block));
        }
        std::future::ready(())
    });
    Ok((bus, blocks))
}

impl Devnet {
    /// Starts a network on a broker of its own, with a block every `interval` milliseconds.
    pub fn start(amqp: &str, interval: u64, genesis: &Genesis) -> Result<Self> {
        Self::of_nodes(&[amqp], interval, genesis)
    }

    /// Starts a network with a node on each of the buses. What is said of the network is said of the
    /// first one.
    pub fn of_nodes(amqp: &[&str], interval: u64, genesis: &Genesis) -> Result<Self> {
        let (bus, blocks) = listen(amqp.first().context("no node")?)?;
        let directory = tempfile::Builder::new().prefix("bench-").tempdir()?;
        let [port] = free_ports()?;
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(KOINOSCTL);
        command.env("XDG_STATE_HOME", directory.path().join("state"));
        let (nodes, amqp) = (amqp.len().to_string(), amqp.join(","));
        command.args(["--json", "devnet", "start", "--nodes", &nodes, "--amqp", &amqp]);
        command.args(["--port", &port.to_string()]);
        command.args(["--block-interval", &interval.to_string(), "--data-dir"]);
        command.arg(directory.path().join("net"));
        if let Genesis::Files(files) = genesis {
            command.arg("--genesis").arg(files.path().join("genesis.json"));
            command.arg("--producer-key").arg(files.path().join("producer.key"));
        }
        let began = Instant::now();
        let supervisor = Daemon::spawn(command)?;
        let ready = supervisor.wait_for("\"event\":\"ready\"", LIMIT)?;
        let took = began.elapsed();
        let ready = serde_json::from_str(&ready)?;
        Ok(Self { _supervisor: supervisor, directory, ready, took, bus, blocks, address })
    }

    /// The next block, and when it came.
    pub async fn next_block(&mut self) -> Result<(Instant, Block)> {
        let block = tokio::time::timeout(LIMIT, self.blocks.recv()).await;
        block.context("no block comes")?.context("the bus is closed")
    }

    pub async fn until_height(&mut self, height: u64) -> Result<()> {
        loop {
            let (_, block) = self.next_block().await?;
            if block.header.is_some_and(|header| header.height >= height) {
                return Ok(());
            }
        }
    }

    /// Where REST listens, `HOST:PORT`.
    pub fn rest(&self) -> Result<&str> {
        let url = self.ready["rest"].as_str().context("no REST")?;
        Ok(url.trim_start_matches("http://").trim_end_matches('/'))
    }

    /// Where gRPC listens, `HOST:PORT`.
    pub fn grpc(&self) -> Result<&str> {
        self.ready["nodes"][0]["grpc"].as_str().context("no gRPC")
    }

    pub fn chain_id(&self) -> Result<&str> {
        self.ready["chain_id"].as_str().context("no chain id")
    }

    /// What each service has in memory.
    pub fn memory(&self) -> String {
        let processes = self.ready["processes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let shown = processes.iter().map(|process| {
            let pid = process["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
            let bytes = pid.and_then(resident_bytes).unwrap_or_default();
            format!("{} {:.1} MB", process["name"].as_str().unwrap_or_default(), bytes as f64 / 1e6)
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    /// Starts a JSON-RPC server that asks the chain each time.
    pub fn json_rpc_without_cache(&self) -> Result<JsonRpc> {
        let program = Path::new(KOINOSCTL).with_file_name("koinos-jsonrpc");
        ensure!(program.exists(), "{} is missing: build the whole workspace", program.display());
        let directory = tempfile::tempdir_in(self.directory.path())?;
        let [port] = free_ports()?;
        let amqp = self.ready["amqp"].as_str().context("no broker")?;
        let listen = format!("/ip4/127.0.0.1/tcp/{port}");
        let basedir = directory.path().to_str().context("a path that is no text")?;
        let arguments = ["--basedir", basedir, "--amqp", amqp, "--listen", &listen];
        let daemon = Daemon::start(program, arguments.into_iter().chain(["--head-cache=false"]))?;
        daemon.wait_for("Ready", LIMIT)?;
        let address = format!("127.0.0.1:{port}");
        Ok(JsonRpc { _daemon: daemon, _directory: directory, address })
    }
}
