//! The peer-to-peer service: connections with other nodes, gossip of blocks and transactions, and
//! catching up with the network.
//!
//! It serves `koinos.rpc.p2p`, follows what mempool and chain broadcast, tells whether the node takes
//! part in gossip (`koinos.gossip.status`), and submits to the chain what comes from peers.

mod applicator;
mod block;
mod chain_view;
mod checkpoint;
mod clock;
mod commands;
mod config;
mod events;
mod gossip;
mod housekeeping;
mod identity;
mod local;
mod network;
mod node;
mod peer_rpc;
mod peers;
mod recent;
mod score;
mod sync;
mod unsent;
mod watchdog;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use koinos_proto::rpc::p2p::{GetGossipStatusResponse, p2p_request, p2p_response};
use koinos_rpc::{
    BlockStore, Chain, Contract, ErrorStatus, MALFORMED_REQUEST, P2p, Transport, answer, wait_for,
};
use koinos_service::{BasedirRoot, Bus, Context, Fatal, Info, Service, processors};
use libp2p::identity::Keypair;
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tracing::info;

pub use config::Options;
pub use identity::{IdentityError, from_seed};

use applicator::Applicator;
use chain_view::ChainView;
use gossip::Gate;
use network::{Network, Setup};
use node::Node;
use peer_rpc::Answerer;
use peers::{PeerStore, Registry, Schedule};
use score::Scores;
use sync::Sync;

/// The name of the socket that the service manager holds.
const SOCKET: &str = "p2p";
/// The file of the peers that are remembered.
const PEERS_FILE: &str = "peers.json";

/// The daemon.
pub struct P2pService {
    options: Options,
    keypair: Keypair,
    inherited: Mutex<Option<TcpListener>>,
    store: Mutex<Option<PeerStore>>,
    node: OnceCell<Arc<Node>>,
}

impl Service for P2pService {
    type Options = Options;

    const INFO: Info = Info {
        name: "p2p",
        title: "Koinos P2P",
        about: "Connects a Koinos node with others",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::Home,
        default_jobs: processors,
        min_jobs: 1,
    };

    fn open(options: Options, context: &Context) -> Result<Self, Fatal> {
        let keypair = match options.seed.as_deref().filter(|seed| !seed.is_empty()) {
            Some(seed) => identity::from_seed(seed),
            None => identity::from_file(&context.path(&options.identity_file)),
        };
        let keypair = keypair.map_err(Fatal::config)?;
        info!("This node is peer {}", keypair.public().to_peer_id());
        let store = PeerStore::open(context.data_dir().join(PEERS_FILE)).map_err(Fatal::config)?;
        let inherited = context.inherited().socket(SOCKET).map(TcpListener::from);
        Ok(Self {
            options,
            keypair,
            inherited: Mutex::new(inherited),
            store: Mutex::new(Some(store)),
            node: OnceCell::new(),
        })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let transport: Arc<dyn Transport> = Arc::new(bus.clone());
        context.status("waiting for block_store");
        wait_for::<BlockStore>(&*transport).await?;
        context.status("waiting for chain");
        wait_for::<Chain>(&*transport).await?;
        let chain = Arc::new(ChainView::new(transport.clone()).await?);
        let applicator = Applicator::start(transport, context.shutdown().clone());
        let node = self.start_node(&context, chain.clone(), applicator)?;

        let asked = node.clone();
        bus.serve(Self::INFO.name, context.jobs(), move |request| {
            std::future::ready(reply(&asked, request))
        });
        events::follow(&node, &bus);
        let registry = node.registry.clone();
        context.momentary_metrics(move || housekeeping::measure_peers(&registry));
        self.take_commands(&context, &node);

        let memory = self.options.sync_memory;
        let (registry, network) = (node.registry.clone(), node.network.clone());
        let sync = Arc::new(Sync::new(registry, network, chain, node.applicator.clone(), memory));
        let (syncing, stop) = (sync.clone(), context.shutdown().clone());
        context.spawn("catching up", async move {
            syncing.run(stop).await;
            Ok(())
        });
        let gate = Gate::new(self.options.mode());
        let keeper = Arc::new(housekeeping::Keeper {
            node: node.clone(),
            sync,
            context: context.clone(),
            bus: bus.clone(),
            wanted_peers: self.options.wanted_peers,
        });
        context.spawn("gossip", keeper.clone().keep_gate(gate));
        context.spawn("housekeeping", keeper.keep_house());
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        // The way of everything: the task that owns the network.
        match self.node.get() {
            Some(node) if node.network.listeners().await.is_empty() => {
                Err("the network does not listen".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn close(&self) -> Result<(), Fatal> {
        match self.node.get() {
            Some(node) => Ok(node.store.lock().save()?),
            None => Ok(()),
        }
    }
}

impl P2pService {
    fn start_node(
        &self,
        context: &Context,
        chain: Arc<ChainView>,
        applicator: Applicator,
    ) -> Result<Arc<Node>, Fatal> {
        let scores: Arc<Mutex<Scores>> = Arc::default();
        let store = self.store.lock().take();
        let store = store.ok_or_else(|| anyhow::anyhow!("the service was started twice"))?;
        let mut schedule = Schedule::default();
        let now = Instant::now();
        for target in self.options.peer.iter().chain(store.added()) {
            schedule.add(target.clone(), true, now);
        }
        for target in store.targets() {
            schedule.add(target, false, now);
        }
        for peer in store.banned() {
            schedule.remove(peer);
            scores.lock().ban(*peer);
        }
        let setup = Setup {
            keypair: self.keypair.clone(),
            listen: self.options.listen.clone(),
            inherited: self.inherited.lock().take(),
            announce: self.options.announce.clone(),
            most_inbound: self.options.max_inbound,
            scores: scores.clone(),
            agent: format!("koinos-linux/{}", Self::INFO.version),
        };
        let stop = context.shutdown().clone();
        let (network, events) = Network::start(setup, Answerer::new(chain.clone()), stop.clone())
            .map_err(Fatal::config)?;
        let node = Arc::new(Node {
            registry: Arc::new(Registry::new(scores)),
            network,
            chain,
            applicator,
            schedule: Mutex::new(schedule),
            store: Mutex::new(store),
            checkpoints: self.options.checkpoint.clone().into(),
            gossiping: Arc::default(),
            unsent: Mutex::default(),
        });
        tokio::spawn(node.clone().run(events, stop));
        // The cell is empty: a service starts once.
        let _ = self.node.set(node.clone());
        Ok(node)
    }

    fn take_commands(&self, context: &Context, node: &Arc<Node>) {
        let asked = node.clone();
        context.command("peers", move |_| std::future::ready(Ok(commands::peers(&asked))));
        let asked = node.clone();
        context.command("ban", move |argument| commands::ban(asked.clone(), argument));
        let asked = node.clone();
        context.command("unban", move |argument| {
            std::future::ready(commands::unban(&asked, &argument))
        });
        let asked = node.clone();
        context.command("add", move |argument| commands::add(asked.clone(), argument));
    }
}

/// Answers a request (`koinos.rpc.p2p.p2p_request`).
fn reply(node: &Node, request: Bytes) -> Bytes {
    let malformed = |_| ErrorStatus::new(MALFORMED_REQUEST);
    answer::<P2p>(request, malformed, |call| match call {
        Some(p2p_request::Request::GetGossipStatus(_)) => {
            let enabled = node.gossiping.load(Ordering::SeqCst);
            p2p_response::Response::GetGossipStatus(GetGossipStatusResponse { enabled })
        }
        Some(p2p_request::Request::Reserved(_)) => {
            P2p::error(ErrorStatus::new("unknown request").build())
        }
        None => P2p::error(ErrorStatus::new("expected request was nil").build()),
    })
}
