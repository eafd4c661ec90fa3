//! What happens on the network and what is done about it: peers that come and go, and gossip.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use koinos_service::events as ids;
use libp2p::{Multiaddr, PeerId};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::applicator::{Applicator, Outcome, Refusal, Source, Transaction};
use crate::block::Block;
use crate::chain_view::ChainView;
use crate::checkpoint::Checkpoint;
use crate::gossip::{BLOCKS, TRANSACTIONS};
use crate::network::{Event, Gossiped, Network};
use crate::peer_rpc::Head;
use crate::peers::{Company, PeerStore, Registry, Schedule, keep_company};
use crate::score::{Fault, ip};
use crate::unsent::Unsent;

/// How long a gossiped block may take to be accepted before it is not passed on.
const BLOCK_LIMIT: Duration = Duration::from_secs(3);
/// How long a gossiped block waits for the blocks below it before its sender is asked for them: gossip
/// may bring them in another order, a little later.
const GAP_LIMIT: Duration = Duration::from_millis(250);
/// The same as [`BLOCK_LIMIT`] for a transaction.
const TRANSACTION_LIMIT: Duration = Duration::from_secs(10);

/// The node among its peers.
pub struct Node {
    /// The connected peers.
    pub registry: Arc<Registry>,
    /// The network.
    pub network: Network,
    /// This node's chain.
    pub chain: Arc<ChainView>,
    /// The way into the chain.
    pub applicator: Applicator,
    /// Whom to call.
    pub schedule: Mutex<Schedule>,
    /// Whom to remember.
    pub store: Mutex<PeerStore>,
    /// Blocks that peers have to have.
    pub checkpoints: Arc<[Checkpoint]>,
    /// Whether the node takes part in gossip.
    pub gossiping: Arc<AtomicBool>,
    /// Transactions that nobody could be told of yet.
    pub unsent: Mutex<Unsent>,
}

/// What becomes of a gossiped message.
struct Judgement {
    pass_on: bool,
    fault: Option<(Fault, String)>,
}

impl Judgement {
    const PASS_ON: Self = Self { pass_on: true, fault: None };
    const IGNORE: Self = Self { pass_on: false, fault: None };

    fn charge(fault: Fault, why: impl Into<String>) -> Self {
        Self { pass_on: false, fault: Some((fault, why.into())) }
    }
}

impl Node {
    /// Follows what happens until `stop`.
    pub async fn run(
        self: Arc<Self>,
        mut events: mpsc::UnboundedReceiver<Event>,
        stop: CancellationToken,
    ) {
        while let Some(Some(event)) = stop.run_until_cancelled(events.recv()).await {
            self.take(event);
        }
    }

    /// Never waits: the network goes on only when its events are taken.
    fn take(self: &Arc<Self>, event: Event) {
        match event {
            Event::Connected { peer, address, outbound } => self.connected(peer, address, outbound),
            Event::Disconnected { peer, left, cause } => self.disconnected(peer, left, cause),
            Event::Identified { peer, info } => {
                let callable = info.listen_addrs.clone();
                self.registry.identified(peer, info.protocol_version, info.agent_version);
                self.note_address(peer, &callable);
            }
            Event::Unidentified { peer } => {
                self.registry.identified(peer, String::new(), String::new());
            }
            Event::Pinged { peer, time } => {
                self.registry.update(peer, |peer| peer.round_trip = Some(time));
            }
            Event::DialFailed { address, error } => {
                metrics::counter!("koinos_p2p_dials_failed_total").increment(1);
                if let Some(address) = address {
                    // Others were there once, or were named, and need not be there any more.
                    match self.schedule.lock().failed(&address, Instant::now()) {
                        true => {
                            let id = ids::PEER_UNREACHABLE;
                            info!(message_id = id, "Cannot connect to {address}: {error}");
                        }
                        false => debug!("Cannot connect to {address}: {error}"),
                    }
                }
            }
            Event::Named(target) => {
                debug!("A peer names {target:?}");
                metrics::counter!("koinos_p2p_peers_named_total").increment(1);
                self.schedule.lock().name(target, Instant::now());
            }
            Event::Gossip(message) => {
                let node = self.clone();
                tokio::spawn(async move { node.judge(message).await });
            }
            Event::Unheard(bytes) => {
                if let Ok(Some(transaction)) = Transaction::read(bytes) {
                    self.unsent.lock().keep(transaction, Instant::now());
                }
            }
            Event::Listens => {
                let node = self.clone();
                tokio::spawn(async move { node.tell_unsent().await });
            }
        }
    }

    fn connected(self: &Arc<Self>, peer: PeerId, address: Multiaddr, outbound: bool) {
        if outbound {
            self.schedule.lock().connected(&peer, &address, Instant::now());
        }
        let direction = if outbound { "to" } else { "from" };
        let Some(stop) = self.registry.connected(peer, address.clone(), outbound) else {
            debug!("Another connection {direction} {address}, peer {peer}");
            return;
        };
        info!(
            message_id = ids::PEER_CONNECTED,
            koinos_peer = %peer,
            "Connected {direction} {address}, peer {peer}"
        );
        let company = Company {
            registry: self.registry.clone(),
            network: self.network.clone(),
            chain: self.chain.clone(),
            checkpoints: self.checkpoints.clone(),
            gossiping: self.gossiping.clone(),
        };
        tokio::spawn(async move {
            stop.run_until_cancelled(keep_company(company, peer)).await;
        });
    }

    fn disconnected(&self, peer: PeerId, left: u32, cause: Option<String>) {
        let Some(gone) = self.registry.disconnected(peer, left) else { return };
        let why = cause.map_or(String::new(), |cause| format!(": {cause}"));
        info!(
            message_id = ids::PEER_LEFT,
            koinos_peer = %peer,
            "Disconnected from {}, peer {peer}{why}",
            gone.address
        );
        self.schedule.lock().disconnected(&peer, &gone.address, Instant::now());
    }

    /// Keeps the address at which a peer that called can be called: the port that it says, at the
    /// place that it called from.
    fn note_address(&self, peer: PeerId, callable: &[Multiaddr]) {
        self.registry.update(peer, |known| {
            if known.outbound {
                return;
            }
            let same = |address: &&Multiaddr| ip(address) == ip(&known.address);
            if let Some(address) = callable.iter().find(same) {
                known.callable = Some(address.clone());
            }
        });
    }

    async fn judge(&self, message: Gossiped) {
        let judgement = self.look_at(&message).await;
        let verdict = if judgement.pass_on { "accepted" } else { "ignored" };
        metrics::counter!("koinos_p2p_gossip_received_total", "verdict" => verdict).increment(1);
        self.network.judge(&message, judgement.pass_on).await;
        if let Some((fault, why)) = judgement.fault {
            self.registry.charge(&self.network, message.source, fault, &why).await;
        }
    }

    async fn look_at(&self, message: &Gossiped) -> Judgement {
        if message.author == Some(self.network.id()) {
            return Judgement::PASS_ON;
        }
        match message.topic.as_str() {
            BLOCKS => self.look_at_block(message).await,
            TRANSACTIONS => self.look_at_transaction(message).await,
            _ => Judgement::IGNORE,
        }
    }

    async fn look_at_block(&self, message: &Gossiped) -> Judgement {
        let block = match Block::read(message.data.clone()) {
            Ok(block) => block,
            Err(error @ crate::block::BlockError::Malformed(_)) => {
                return Judgement::charge(Fault::Deserialization, error.to_string());
            }
            Err(error) => return Judgement::charge(Fault::InvalidBlock, error.to_string()),
        };
        let place = self.chain.place();
        let (id, height) = (block.info.id.clone(), block.info.height);
        if height < place.irreversible.height {
            return Judgement::IGNORE;
        }
        let Err(refusal) = self.offer_block(block, message.source).await else {
            return Judgement::PASS_ON;
        };
        debug!("A gossiped block of height {height} was not accepted: {refusal}");
        match refusal {
            Refusal::Rejected { .. } => {
                Judgement::charge(Fault::BlockApplication, refusal.to_string())
            }
            Refusal::ForkBomb => {
                warn!("The producer of the block at height {height} makes too many of them");
                Judgement::IGNORE
            }
            Refusal::UnknownPrevious | Refusal::TooHigh => {
                self.registry.heard(message.source, Head { id, height });
                Judgement::IGNORE
            }
            // What our own services do not do, and what may be true on another branch, costs nobody
            // anything.
            _ => Judgement::IGNORE,
        }
    }

    /// Offers a gossiped block to the chain. Its sender is asked for those below it, if they do not come
    /// by themselves.
    async fn offer_block(&self, block: Block, sender: PeerId) -> Outcome {
        let head = Head { id: block.info.id.clone(), height: block.info.height };
        let outcome = self.applicator.block(block, Source::Gossip).await;
        let outcome = timeout(BLOCK_LIMIT, outcome);
        tokio::pin!(outcome);
        let in_a_moment = timeout(GAP_LIMIT, &mut outcome).await;
        let outcome = match in_a_moment {
            Ok(outcome) => outcome,
            Err(_) => {
                if head.height > self.chain.place().head.height.saturating_add(1) {
                    self.registry.heard(sender, head);
                }
                outcome.await
            }
        };
        match outcome {
            Ok(Ok(outcome)) => outcome,
            // It waits for its parent, or for us. The peer may tell the blocks in between.
            Ok(Err(_)) | Err(_) => Err(Refusal::UnknownPrevious),
        }
    }

    async fn look_at_transaction(&self, message: &Gossiped) -> Judgement {
        let transaction = match Transaction::read(message.data.clone()) {
            Ok(Some(transaction)) => transaction,
            Ok(None) => {
                return Judgement::charge(Fault::Deserialization, "a transaction cannot be read");
            }
            Err(field) => {
                let why = format!("a transaction has no {field}");
                return Judgement::charge(Fault::InvalidTransaction, why);
            }
        };
        let outcome = self.applicator.transaction(transaction).await;
        let outcome: Outcome = match timeout(TRANSACTION_LIMIT, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(Refusal::Expired),
        };
        match outcome {
            Ok(()) => Judgement::PASS_ON,
            Err(refusal @ Refusal::Rejected { .. }) => {
                Judgement::charge(Fault::TransactionApplication, refusal.to_string())
            }
            Err(_) => Judgement::IGNORE,
        }
    }

    /// Takes part in gossip from now on, or does not.
    pub async fn set_gossiping(&self, enabled: bool) {
        self.gossiping.store(enabled, Ordering::SeqCst);
        self.network.gossip(enabled).await;
        match enabled {
            true => self.tell_unsent().await,
            false => self.applicator.drop_gossip().await,
        }
    }

    /// Tells of the transactions that nobody heard of before.
    async fn tell_unsent(&self) {
        if !self.gossiping.load(Ordering::SeqCst) {
            return;
        }
        let transactions = self.unsent.lock().take(Instant::now());
        for transaction in transactions {
            self.network.publish(TRANSACTIONS, transaction.bytes).await;
        }
    }
}
