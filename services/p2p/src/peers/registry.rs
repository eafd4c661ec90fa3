//! The peers that are connected.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use koinos_service::events as ids;
use libp2p::{Multiaddr, PeerId};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::network::Network;
use crate::peer_rpc::Head;
use crate::score::{Fault, Scores};

/// A connected peer.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Where it is.
    pub address: Multiaddr,
    /// Whether this node called it.
    pub outbound: bool,
    /// Where it can be called, when it was the one who called.
    pub callable: Option<Multiaddr>,
    /// When the first connection was made.
    pub since: Instant,
    /// How many connections there are.
    pub connections: u32,
    /// The name of its program.
    pub agent: String,
    /// What it says of its protocol; nothing while it has not said it, or cannot.
    pub protocol: watch::Sender<Option<String>>,
    /// Whether it has proven to be a peer of this network.
    pub verified: bool,
    /// Its head, when it was last asked.
    pub head: Head,
    /// The time of a ping.
    pub round_trip: Option<Duration>,
    /// Blocks and bytes that came from it when it was asked.
    pub received: (u64, u64),
    /// It is not to be asked for blocks before.
    pub not_before: Instant,
    /// How often in a row it could not be used.
    pub setbacks: u32,
    /// Its task.
    stop: CancellationToken,
}

/// All of them, and what they have done.
pub struct Registry {
    peers: Mutex<HashMap<PeerId, Peer>>,
    scores: Arc<Mutex<Scores>>,
    changed: Notify,
}

impl Registry {
    /// Nobody is connected.
    pub fn new(scores: Arc<Mutex<Scores>>) -> Self {
        Self { peers: Mutex::default(), scores, changed: Notify::new() }
    }

    /// There is one more connection. For the first one of a peer: what ends when the last one does.
    pub fn connected(
        &self,
        peer: PeerId,
        address: Multiaddr,
        outbound: bool,
    ) -> Option<CancellationToken> {
        let mut peers = self.peers.lock();
        if let Some(known) = peers.get_mut(&peer) {
            known.connections += 1;
            if outbound && !known.outbound {
                // The address by which it can be called is the better one to know.
                known.address = address;
                known.outbound = true;
            }
            return None;
        }
        let (stop, now) = (CancellationToken::new(), Instant::now());
        let new = Peer {
            address,
            outbound,
            callable: None,
            since: now,
            connections: 1,
            agent: String::new(),
            protocol: watch::Sender::new(None),
            verified: false,
            head: Head::default(),
            round_trip: None,
            received: (0, 0),
            not_before: now,
            setbacks: 0,
            stop: stop.clone(),
        };
        peers.insert(peer, new);
        Some(stop)
    }

    /// There is one connection less, and `left` are left.
    pub fn disconnected(&self, peer: PeerId, left: u32) -> Option<Peer> {
        let mut peers = self.peers.lock();
        if left > 0 {
            if let Some(peer) = peers.get_mut(&peer) {
                peer.connections = left;
            }
            return None;
        }
        let gone = peers.remove(&peer)?;
        gone.stop.cancel();
        self.changed.notify_waiters();
        Some(gone)
    }

    /// A peer told about itself, or cannot.
    pub fn identified(&self, peer: PeerId, protocol: String, agent: String) {
        self.update(peer, |peer| {
            peer.agent = agent;
            peer.protocol.send_replace(Some(protocol));
        });
    }

    /// Changes what is known of a peer, if it is connected.
    pub fn update(&self, peer: PeerId, change: impl FnOnce(&mut Peer)) {
        if let Some(peer) = self.peers.lock().get_mut(&peer) {
            change(peer);
        }
    }

    /// A peer has proven itself, or moved.
    pub fn set_head(&self, peer: PeerId, head: Head) {
        self.update(peer, |peer| {
            peer.verified = true;
            peer.head = head;
        });
        self.changed.notify_waiters();
    }

    /// A peer tells of a block that does not fit to what is known here. It is asked for its head before
    /// anything is made of it.
    pub fn heard(&self, peer: PeerId, head: Head) {
        self.update(peer, |peer| {
            if head.height > peer.head.height {
                peer.head = head;
            }
        });
        self.changed.notify_waiters();
    }

    /// A peer could not be used: it is left alone for a while, longer each time.
    pub fn set_back(&self, peer: PeerId, first: Duration, most: Duration) {
        self.update(peer, |peer| {
            let pause = first.saturating_mul(1 << peer.setbacks.min(16)).min(most);
            peer.setbacks += 1;
            peer.not_before = Instant::now() + pause;
        });
    }

    /// Tells when peers come, go or move.
    pub fn changed(&self) -> &Notify {
        &self.changed
    }

    /// What is known of a peer.
    pub fn get(&self, peer: &PeerId) -> Option<Peer> {
        self.peers.lock().get(peer).cloned()
    }

    /// All peers.
    pub fn all(&self) -> Vec<(PeerId, Peer)> {
        let mut all: Vec<_> =
            self.peers.lock().iter().map(|(id, peer)| (*id, peer.clone())).collect();
        all.sort_by_key(|(_, peer)| peer.since);
        all
    }

    /// How many are connected, and how many of them are of this network.
    pub fn count(&self) -> (usize, usize) {
        let peers = self.peers.lock();
        (peers.len(), peers.values().filter(|peer| peer.verified).count())
    }

    /// The scores.
    pub fn scores(&self) -> &Mutex<Scores> {
        &self.scores
    }

    /// Charges a peer, and disconnects it when that is too much.
    pub async fn charge(&self, network: &Network, peer: PeerId, fault: Fault, why: &str) {
        let address = self.get(&peer).map(|peer| peer.address);
        let (out, score) = {
            let (mut scores, now) = (self.scores.lock(), Instant::now());
            let out = scores.charge(peer, address.as_ref(), fault, now);
            (out, scores.of(peer, address.as_ref(), now))
        };
        metrics::counter!("koinos_p2p_faults_total", "fault" => fault.name()).increment(1);
        let text = format!("peer {peer}, whose error score is {score:.0} now: {why}");
        if out {
            let id = fault.event();
            warn!(message_id = id, koinos_peer = %peer, "Disconnecting {text}");
            network.disconnect(peer).await;
        } else if fault == Fault::TransactionApplication {
            debug!("Charging {text}");
        } else {
            info!(message_id = ids::PEER_FAULT, koinos_peer = %peer, "Charging {text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> Multiaddr {
        format!("/ip4/192.0.2.1/tcp/{port}").parse().unwrap()
    }

    #[test]
    fn a_peer_lasts_as_long_as_its_last_connection() {
        let (registry, peer) = (Registry::new(Arc::default()), PeerId::random());
        let stop = registry.connected(peer, address(50_000), false).unwrap();
        assert!(registry.connected(peer, address(8_888), true).is_none());
        assert_eq!(registry.get(&peer).unwrap().address, address(8_888));
        assert!(registry.disconnected(peer, 1).is_none() && !stop.is_cancelled());
        assert!(registry.disconnected(peer, 0).is_some() && stop.is_cancelled());
        assert_eq!(registry.count(), (0, 0));
    }

    #[test]
    fn setbacks_grow() {
        let (registry, peer) = (Registry::new(Arc::default()), PeerId::random());
        registry.connected(peer, address(1), true);
        let pause = |registry: &Registry| {
            let second = Duration::from_secs(1);
            registry.set_back(peer, second, 5 * second);
            (registry.get(&peer).unwrap().not_before - Instant::now()).as_secs_f64().round()
        };
        let pauses: Vec<f64> = (0..4).map(|_| pause(&registry)).collect();
        assert_eq!(pauses, [1.0, 2.0, 4.0, 5.0]);
    }
}
