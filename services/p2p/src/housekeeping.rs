//! What is done by the clock: the gate of gossip, calls to peers, what the operator sees.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use koinos_proto::broadcast::GossipStatus;
use koinos_rpc::Transport;
use koinos_rpc::names::GOSSIP_STATUS;
use koinos_service::events as ids;
use koinos_service::{Bus, Context, Fatal};
use prost::Message;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tracing::{info, warn};

use crate::clock::now_ms;
use crate::commands;
use crate::gossip::Gate;
use crate::node::Node;
use crate::peers::Registry;
use crate::sync::Sync;

/// How often the gate of gossip is looked at. The original does it every second, and misses the blocks of
/// that second.
const GATE_EVERY: Duration = Duration::from_millis(100);
/// How often everything else is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// The peers are listed in the log every so many times.
const LIST_EVERY: u64 = 60;
/// And those that are good are remembered.
const REMEMBER_EVERY: u64 = 15;
/// The chain is asked where it stands, should a broadcast have been lost.
const REFRESH_EVERY: u64 = 30;
/// The most peers that are listed in the log.
const LISTED: usize = 12;
/// The rate of blocks is that of this many seconds.
const RATE_OVER: usize = 10;

/// Sets the metrics of the peers that are connected.
pub(crate) fn measure_peers(registry: &Registry) {
    for (id, peer) in registry.all().into_iter().filter(|(_, peer)| peer.verified) {
        let labels = [("peer", id.to_string())];
        metrics::gauge!("koinos_p2p_peer_height", &labels).set(peer.head.height as f64);
        metrics::gauge!("koinos_p2p_peer_blocks_received", &labels).set(peer.received.0 as f64);
        if let Some(time) = peer.round_trip {
            metrics::gauge!("koinos_p2p_peer_round_trip_seconds", &labels).set(time.as_secs_f64());
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Does it.
pub(crate) struct Keeper {
    pub(crate) node: Arc<Node>,
    pub(crate) sync: Arc<Sync>,
    pub(crate) context: Context,
    pub(crate) bus: Bus,
    pub(crate) wanted_peers: usize,
}

impl Keeper {
    /// Opens and closes the gate of gossip until the end; then gossip ends.
    pub(crate) async fn keep_gate(self: Arc<Self>, mut gate: Gate) -> Result<(), Fatal> {
        let mut ticks = every(GATE_EVERY);
        while self.context.until_shutdown(ticks.tick()).await.is_some() {
            self.turn(&mut gate).await;
        }
        if gate.close() {
            self.tell(false).await;
        }
        Ok(())
    }

    /// Keeps house until the end.
    pub(crate) async fn keep_house(self: Arc<Self>) -> Result<(), Fatal> {
        let mut ticks = every(EVERY);
        let mut sessions = self.bus.sessions();
        sessions.mark_changed();
        let mut heights = VecDeque::new();
        let mut count = 0_u64;
        while self.context.until_shutdown(ticks.tick()).await.is_some() {
            // What was broadcast while the broker was away was not heard.
            let is_back = sessions.has_changed().unwrap_or(false);
            let is_there = *sessions.borrow_and_update() != 0;
            if is_there && (is_back || count.is_multiple_of(REFRESH_EVERY)) {
                self.refresh().await;
            }
            self.call().await;
            self.show(&mut heights);
            count += 1;
            if count.is_multiple_of(REMEMBER_EVERY) {
                self.remember();
            }
            if count.is_multiple_of(LIST_EVERY) {
                self.list();
            }
        }
        Ok(())
    }

    async fn refresh(&self) {
        match self.node.chain.refresh().await {
            Ok(heads) => {
                let irreversible = self.node.chain.place().irreversible;
                self.node.applicator.forks(irreversible, heads).await;
            }
            Err(error) => warn!("Cannot ask the chain where it stands: {error}"),
        }
    }

    /// Opens or closes the gate of gossip.
    async fn turn(&self, gate: &mut Gate) {
        let (connections, _) = self.node.registry.count();
        let head_ms = self.node.chain.place().head_ms;
        if let Some(enabled) = gate.update(connections, head_ms, now_ms()) {
            match enabled {
                true => info!(message_id = ids::GOSSIP_ENABLED, "Gossip is enabled"),
                false => info!(message_id = ids::GOSSIP_DISABLED, "Gossip is disabled"),
            }
            self.tell(enabled).await;
        }
    }

    async fn tell(&self, enabled: bool) {
        self.node.set_gossiping(enabled).await;
        let status = GossipStatus { enabled };
        self.bus.broadcast(GOSSIP_STATUS, status.encode_to_vec().into());
    }

    /// Calls the peers whose turn it is.
    async fn call(&self) {
        let registry = &self.node.registry;
        let connected = registry.all();
        let is_connected = |target: &crate::peers::Target| {
            connected.iter().any(|(id, peer)| match target.peer {
                Some(wanted) => *id == wanted,
                None => peer.address == target.address,
            })
        };
        let wanted = self.wanted_peers.saturating_sub(connected.len());
        let due = self.node.schedule.lock().due(Instant::now(), is_connected, wanted);
        for target in due {
            if target.peer != Some(self.node.network.id()) {
                self.node.network.dial(target.address, target.peer).await;
            }
        }
    }

    fn show(&self, heights: &mut VecDeque<(Instant, u64)>) {
        let gossiping = self.node.gossiping.load(Ordering::SeqCst);
        let (connections, peers) = self.node.registry.count();
        let place = self.node.chain.place();
        let (now, height) = (Instant::now(), place.head.height);
        heights.push_back((now, height));
        if heights.len() > RATE_OVER {
            heights.pop_front();
        }
        let rate = heights.front().map_or(0.0, |(since, from)| {
            let seconds = now.saturating_duration_since(*since).as_secs_f64();
            height.saturating_sub(*from) as f64 / seconds.max(1.0)
        });
        let target = self.sync.target().filter(|target| *target > height + 1);
        let context = &self.context;
        context.status(match target {
            Some(target) => {
                format!("height {height} of {target}, {rate:.0} blocks/s, {peers} peers")
            }
            None => {
                let gossip = if gossiping { "gossiping" } else { "not gossiping" };
                format!("height {height}, {peers} peers, {gossip}")
            }
        });
        context.report("id", self.node.network.id().to_string());
        context.report("height", height);
        context.report("target", target);
        context.report("blocks_per_s", (rate * 10.0).round() / 10.0);
        context.report("connections", connections);
        context.report("koinos_peers", peers);
        context.report("gossip", gossiping);
        let unsent = self.node.unsent.lock().len(Instant::now());
        context.report("unsent_transactions", unsent);
        metrics::gauge!("koinos_p2p_unsent_transactions").set(unsent as f64);
        context.report("peers", commands::list(&self.node));
        metrics::gauge!("koinos_p2p_connections").set(connections as f64);
        metrics::gauge!("koinos_p2p_peers").set(peers as f64);
        metrics::gauge!("koinos_p2p_height").set(height as f64);
        metrics::gauge!("koinos_p2p_target_height").set(target.unwrap_or(height) as f64);
        metrics::gauge!("koinos_p2p_gossip").set(if gossiping { 1.0 } else { 0.0 });
    }

    /// Remembers where good peers are.
    fn remember(&self) {
        let mut store = self.node.store.lock();
        for (id, peer) in self.node.registry.all().into_iter().filter(|(_, peer)| peer.verified) {
            let callable = if peer.outbound { Some(&peer.address) } else { peer.callable.as_ref() };
            if let Some(address) = callable {
                // To the hour, so that the file is not written for nothing.
                store.remember(id, address, now_ms() / 3_600_000 * 3_600);
            }
        }
        if let Err(error) = store.save() {
            warn!("Peers are not remembered: {error}");
        }
        drop(store);
        let targets: Vec<_> = self.node.store.lock().targets().collect();
        let mut schedule = self.node.schedule.lock();
        for target in targets {
            schedule.add(target, false, Instant::now());
        }
    }

    fn list(&self) {
        let (connections, peers) = self.node.registry.count();
        info!("Connections: {connections}, peers of this network: {peers}");
        for (id, peer) in self.node.registry.all().into_iter().take(LISTED) {
            // The address that was called may end in the id already.
            let address = peer.address.with_p2p(id).unwrap_or_else(|address| address);
            info!(" - {address}");
        }
    }
}
