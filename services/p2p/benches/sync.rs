//! How fast a new node catches up from one peer and from three, with chain, block_store and mempool as
//! they are: empty blocks, and blocks with five contract calls. And what memory `koinos-p2p` takes.
//!
//! The services are those that are built beside this bench. All peers have one chain and one
//! block_store behind them, so that the machine is not busy with their copies.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that fails says so")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use koinos_codec::genesis_to_json;
use koinos_contracts::{Addresses, Federated, System, entry_point};
use koinos_crypto::{Address, HashCode, SecretKey, multihash, sha256, sha256_merkle_root, sign};
use koinos_local::resident_bytes;
use koinos_mq::{Bus, Config};
use koinos_proto::chain::GenesisData;
use koinos_proto::protocol::{Block, BlockHeader, Transaction};
use koinos_proto::rpc::chain::{
    GetChainIdRequest, GetHeadInfoRequest, GetHeadInfoResponse, SubmitBlockRequest, chain_request,
    chain_response,
};
use koinos_proto::standards::kcs4::TransferArguments;
use koinos_rpc::{CallOptions, Chain, call};
use koinos_testkit::{Broker, Daemon, free_ports};
use koinos_wallet::transaction::{Draft, call_contract};
use prost::Message;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(300);
const SEED: &str = "sync";
/// Blocks of a run.
const BLOCKS: u64 = 3_000;
/// Contract calls in a block, each in a transaction of its own.
const CALLS: usize = 5;
const RC_LIMIT: u64 = 100_000_000;
const BALANCE: u64 = 1_000_000 * 100_000_000;

/// The accounts of the calls of a block.
fn accounts() -> Result<Vec<SecretKey>> {
    (0..CALLS).map(|number| Ok(SecretKey::from_seed(&format!("account {number}"))?)).collect()
}

fn genesis() -> Result<(GenesisData, Address)> {
    let key = SecretKey::from_seed(SEED)?.public_key().address();
    let owners = accounts()?.into_iter().map(|account| account.public_key().address());
    let addresses = Addresses::from_seed(SEED)?;
    let koin = addresses.koin;
    // The producer pays for the work of its blocks, too.
    let balances = owners.chain([key]).map(|owner| (owner, BALANCE)).collect();
    Ok((Federated(System { key, addresses, balances }).genesis()?.build(), koin))
}

fn program(name: &str) -> Result<PathBuf> {
    let path = Path::new(env!("CARGO_BIN_EXE_koinos-p2p")).with_file_name(name);
    ensure!(path.exists(), "{} is missing: build the whole workspace", path.display());
    Ok(path)
}

/// Chain, block_store and mempool on a bus of their own.
struct Node {
    directory: TempDir,
    url: String,
    bus: Bus,
    _daemons: Vec<Daemon>,
}

impl Node {
    async fn start(genesis: &GenesisData) -> Result<Self> {
        let url = Broker::shared()?.vhost()?.url;
        let directory = tempfile::tempdir()?;
        std::fs::create_dir_all(directory.path().join("chain"))?;
        let file = directory.path().join("chain/genesis_data.json");
        std::fs::write(file, genesis_to_json(genesis))?;
        let mut daemons = Vec::new();
        for name in ["koinos-block-store", "koinos-mempool", "koinos-chain"] {
            let base = directory.path().display().to_string();
            let daemon = Daemon::start(program(name)?, ["-d", &base, "-a", &url])?;
            daemon.wait_for("Ready", LIMIT)?;
            daemons.push(daemon);
        }
        let bus = Bus::start(Config::new(&url, "bench", "bench"))?;
        tokio::time::timeout(LIMIT, bus.connected()).await?;
        Ok(Self { directory, url, bus, _daemons: daemons })
    }

    /// A peer in front of it.
    fn peer(&self, peers: &[&Peer]) -> Result<Peer> {
        let directory = tempfile::tempdir()?;
        let [port] = free_ports()?;
        let mut arguments = vec![
            "-d".to_owned(),
            directory.path().display().to_string(),
            "-a".to_owned(),
            self.url.clone(),
            "-L".to_owned(),
            format!("/ip4/127.0.0.1/tcp/{port}"),
        ];
        for peer in peers {
            arguments.extend(["-p".to_owned(), peer.address.clone()]);
        }
        let daemon = Daemon::start(program("koinos-p2p")?, arguments)?;
        let line = daemon.wait_for("This node is peer", LIMIT)?;
        daemon.wait_for("Ready", LIMIT)?;
        let id = line.rsplit(' ').next().context("no peer id")?;
        let address = format!("/ip4/127.0.0.1/tcp/{port}/p2p/{id}");
        Ok(Peer { daemon, address, _directory: directory })
    }

    async fn ask(&self, request: chain_request::Request) -> Result<chain_response::Response> {
        Ok(call::<Chain>(&self.bus, request, CallOptions::once(LIMIT)).await?)
    }

    async fn head(&self) -> Result<GetHeadInfoResponse> {
        match self.ask(chain_request::Request::GetHeadInfo(GetHeadInfoRequest {})).await? {
            chain_response::Response::GetHeadInfo(reply) => Ok(reply),
            other => bail!("{other:?}"),
        }
    }

    async fn height(&self) -> Result<u64> {
        Ok(self.head().await?.head_topology.context("no head")?.height)
    }

    async fn chain_id(&self) -> Result<Bytes> {
        match self.ask(chain_request::Request::GetChainId(GetChainIdRequest {})).await? {
            chain_response::Response::GetChainId(reply) => Ok(reply.chain_id),
            other => bail!("{other:?}"),
        }
    }

    /// Makes blocks, of the past, each with some transfers.
    async fn grow(&self, koin: Address, calls: usize) -> Result<()> {
        let (producer, accounts) = (SecretKey::from_seed(SEED)?, accounts()?);
        let chain_id = self.chain_id().await?;
        let start = now_ms() - 3_000 * (BLOCKS + 100);
        for height in 1..=BLOCKS {
            let head = self.head().await?;
            let transactions: Vec<Transaction> = accounts[..calls]
                .iter()
                .map(|account| transfer(account, koin, height, &chain_id))
                .collect::<Result<_>>()?;
            let header = BlockHeader {
                previous: head.head_topology.context("no head")?.id,
                height,
                timestamp: start + 3_000 * height,
                previous_state_merkle_root: head.head_state_merkle_root,
                transaction_merkle_root: transactions_root(&transactions),
                signer: Bytes::copy_from_slice(producer.public_key().address().as_bytes()),
                ..Default::default()
            };
            let bytes = header.encode_to_vec();
            let block = Block {
                id: multihash(HashCode::Sha2_256, &bytes).into(),
                header: Some(header),
                transactions,
                signature: Bytes::copy_from_slice(&sign(&sha256(&bytes), &producer)?),
            };
            let request = SubmitBlockRequest { block: Some(block) };
            self.ask(chain_request::Request::SubmitBlock(request)).await?;
        }
        Ok(())
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
}

fn transfer(from: &SecretKey, koin: Address, nonce: u64, chain_id: &Bytes) -> Result<Transaction> {
    let contract = Bytes::copy_from_slice(koin.as_bytes());
    let payer = Bytes::copy_from_slice(from.public_key().address().as_bytes());
    let transfer =
        TransferArguments { from: payer.clone(), to: contract.clone(), value: 1, memo: None };
    let args = transfer.encode_to_vec().into();
    let draft = Draft {
        chain_id: chain_id.clone(),
        nonce,
        rc_limit: RC_LIMIT,
        payer,
        payee: Bytes::new(),
        operations: vec![call_contract(contract, entry_point("transfer"), args)],
    };
    Ok(draft.sign(&[from])?)
}

/// Two leaves for each transaction: its header, its signatures.
fn transactions_root(transactions: &[Transaction]) -> Bytes {
    let leaves = transactions.iter().flat_map(|transaction| {
        let header = transaction.header.as_ref().map(Message::encode_to_vec);
        [sha256(&header.unwrap_or_default()), sha256(&transaction.signatures.concat())]
    });
    let root = sha256_merkle_root(leaves.collect());
    [&[0x12, 0x20][..], &root].concat().into()
}

struct Peer {
    daemon: Daemon,
    address: String,
    _directory: TempDir,
}

async fn catch_up(source: &Node, genesis: &GenesisData, peers: usize, what: &str) -> Result<()> {
    let sources = (0..peers).map(|_| source.peer(&[])).collect::<Result<Vec<_>>>()?;
    let node = Node::start(genesis).await?;
    let began = Instant::now();
    let peer = node.peer(&sources.iter().collect::<Vec<_>>())?;
    let (mut first, mut most) = (None, 0);
    loop {
        let height = node.height().await?;
        if height > 0 && first.is_none() {
            first = Some((Instant::now(), height));
        }
        most = most.max(resident_bytes(peer.daemon.pid()).unwrap_or(0));
        if height == BLOCKS {
            break;
        }
        ensure!(began.elapsed() < LIMIT, "only at height {height}:\n{}", peer.daemon.output());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (since, from) = first.context("no block came")?;
    let rate = (BLOCKS - from) as f64 / since.elapsed().as_secs_f64();
    let whole = BLOCKS as f64 / began.elapsed().as_secs_f64();
    println!(
        "{what:<28} {peers} peer(s)  {rate:6.0} blocks/s, {whole:6.0} with start and handshake, \
         koinos-p2p {} MB",
        most >> 20
    );
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
    let (genesis, koin) = genesis()?;
    for (calls, what) in [(0, "empty blocks"), (CALLS, "blocks with 5 contract calls")] {
        let source = Node::start(&genesis).await?;
        source.grow(koin, calls).await?;
        for peers in [1, 3] {
            catch_up(&source, &genesis, peers, what).await?;
        }
        drop(source.directory);
    }
    Ok(())
}
