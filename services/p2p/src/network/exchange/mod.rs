//! Peer exchange: peers tell each other where further peers are.
//!
//! A peer of gossip that has too many neighbours, or leaves, drops some and names others to them (PRUNE
//! of gossipsub 1.1), each with a record of its addresses that the named peer itself has signed. These
//! records come with identify. The gossipsub of rust-libp2p names peers without their records and reads
//! none, and its identify knows an older form of them, which nobody else does. So this stands between
//! both and the connection: it reads along, and completes what is sent.
//!
//! What is learned is a proposal: nobody is called because a peer wants it, but when there are too few
//! others, and who does not answer is forgotten first.

mod frames;
mod records;
mod tap;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::core::{PeerRecord, SignedEnvelope};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use parking_lot::Mutex;
use prost::Message;
use tracing::debug;

use crate::peers::{Target, target};
use crate::score::ip;

use frames::Kind;
use records::{Identify, PeerInfo, Rpc};

pub use tap::Tap;

/// How many peers one PRUNE may name; the original names as many at most.
pub const MOST_NAMED: usize = 16;
/// How many records of a connection are looked at in [`WINDOW`]: two topics, dropped once a minute.
const MOST_RECORDS: u32 = 2 * MOST_NAMED as u32 + 8;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses of one peer that are taken.
const MOST_ADDRESSES: usize = 8;
/// The most records that are kept; there are hardly as many connections.
const MOST_KEPT: usize = 1_000;
/// A longer record is not one of a peer.
const LONGEST_RECORD: usize = 4_096;

/// What peers say of each other.
pub struct Exchange {
    keypair: Keypair,
    /// The signed envelopes of connected peers.
    records: Mutex<HashMap<PeerId, Vec<u8>>>,
    named: Box<dyn Fn(Target) + Send + Sync>,
}

impl Exchange {
    /// An exchange of the node with that key. Where peers are goes to `named`.
    pub fn new(keypair: Keypair, named: impl Fn(Target) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { keypair, records: Mutex::default(), named: Box::new(named) })
    }

    /// A peer is not connected any more.
    pub fn forget(&self, peer: &PeerId) {
        self.records.lock().remove(peer);
    }

    /// Adds this node's own record to what it tells of itself. As a message of protobuf is the sum of its
    /// parts, the record goes behind.
    fn with_own_record(&self, identify: &[u8]) -> Option<Vec<u8>> {
        let told = Identify::decode(identify).ok()?;
        let parsed = told.listen_addresses.into_iter().map(Multiaddr::try_from);
        let addresses: Vec<_> = parsed.collect::<Result<_, _>>().ok()?;
        if addresses.is_empty() || told.signed_record.is_some() {
            return None;
        }
        let record = PeerRecord::new_interop(&self.keypair, addresses).ok()?;
        let envelope = record.into_signed_envelope().into_protobuf_encoding();
        let more = Identify { signed_record: Some(envelope), ..Identify::default() };
        Some([identify, &more.encode_to_vec()].concat())
    }

    /// Adds to the peers that are named the records they have signed.
    fn with_records(&self, rpc: &[u8]) -> Option<Vec<u8>> {
        let mut message = Rpc::decode(rpc).ok()?;
        // One with more than this module knows of would lose it.
        if message.control.is_none() || message.encoded_len() != rpc.len() {
            return None;
        }
        let records = self.records.lock();
        let prunes = message.control.iter_mut().flat_map(|control| &mut control.prune);
        for named in prunes.flat_map(|prune| &mut prune.peers) {
            let peer = named.peer_id.as_ref().and_then(|id| PeerId::from_bytes(id).ok());
            named.signed_record = peer.and_then(|peer| records.get(&peer).cloned());
        }
        Some(message.encode_to_vec())
    }

    /// Keeps the record of a connected peer.
    fn keep(&self, peer: PeerId, identify: &[u8]) {
        let Ok(Identify { signed_record: Some(record), .. }) = Identify::decode(identify) else {
            return;
        };
        if signed(&record).is_some_and(|known| known.peer_id() == peer) {
            let mut records = self.records.lock();
            if records.len() < MOST_KEPT || records.contains_key(&peer) {
                records.insert(peer, record);
            }
        }
    }
}

/// A connection of the exchange.
pub struct Line {
    exchange: Arc<Exchange>,
    peer: PeerId,
    reach: Reach,
    budget: Mutex<(Instant, u32)>,
}

impl Line {
    /// The connection with `peer`, which is at `address`.
    pub fn new(exchange: Arc<Exchange>, peer: PeerId, address: &Multiaddr) -> Self {
        let reach = ip(address).map_or(Reach::Everywhere, reach);
        Self { exchange, peer, reach, budget: Mutex::new((Instant::now(), 0)) }
    }

    /// The peer has sent something.
    fn hear(&self, kind: Kind, body: &[u8]) {
        match kind {
            Kind::Identify if self.may_look() => self.exchange.keep(self.peer, body),
            Kind::Identify => {}
            Kind::Gossip => {
                // What is gossiped is stepped over.
                let Ok(Rpc { control: Some(control) }) = Rpc::decode(body) else { return };
                for named in control.prune.into_iter().flat_map(|prune| prune.peers) {
                    self.take(named);
                }
            }
        }
    }

    /// What is to be sent to the peer instead, if it lacks something.
    fn complete(&self, kind: Kind, body: &[u8]) -> Option<Vec<u8>> {
        let completed = match kind {
            Kind::Identify => self.exchange.with_own_record(body),
            Kind::Gossip => self.exchange.with_records(body),
        }?;
        let mut frame = Vec::with_capacity(completed.len() + 5);
        prost::encode_length_delimiter(completed.len(), &mut frame).ok()?;
        frame.extend(completed);
        Some(frame)
    }

    /// Takes in a peer that was named.
    fn take(&self, named: PeerInfo) {
        let Some(envelope) = named.signed_record.filter(|_| self.may_look()) else { return };
        let peer = |record: &PeerRecord| Some(record.peer_id().to_bytes()) == named.peer_id;
        let Some(record) = signed(&envelope).filter(peer) else {
            debug!("Peer {} names a peer with a record that is not that peer's", self.peer);
            return;
        };
        let near = |address: &&Multiaddr| ip(address).is_none_or(|ip| reach(ip) >= self.reach);
        for address in record.addresses().iter().filter(near).take(MOST_ADDRESSES) {
            // Addresses of other transports are of no use here.
            if let Ok(Target { address, .. }) = target(&address.to_string()) {
                (self.exchange.named)(Target { address, peer: Some(record.peer_id()) });
            }
        }
    }

    /// Whether there is time for one more signature of this connection.
    fn may_look(&self) -> bool {
        let mut budget = self.budget.lock();
        let now = Instant::now();
        if now.saturating_duration_since(budget.0) >= WINDOW {
            *budget = (now, 0);
        }
        budget.1 += 1;
        budget.1 <= MOST_RECORDS
    }
}

/// From where an address can be reached. What a peer tells is of use here only if it is meant for at
/// least as many as can reach that peer: the loopback address of another machine is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// From nowhere.
    Nowhere,
    /// From the machine itself.
    Machine,
    /// From networks beside it.
    Neighbours,
    /// From the whole Internet.
    Everywhere,
}

fn reach(ip: IpAddr) -> Reach {
    match ip {
        ip if ip.is_unspecified() || ip.is_multicast() => Reach::Nowhere,
        ip if ip.is_loopback() => Reach::Machine,
        IpAddr::V4(ip) if ip.is_private() || ip.is_link_local() => Reach::Neighbours,
        IpAddr::V6(ip) if ip.is_unique_local() || ip.is_unicast_link_local() => Reach::Neighbours,
        _ => Reach::Everywhere,
    }
}

/// A record, if its peer has signed it.
fn signed(envelope: &[u8]) -> Option<PeerRecord> {
    if envelope.len() > LONGEST_RECORD {
        return None;
    }
    let envelope = SignedEnvelope::from_protobuf_encoding(envelope).ok()?;
    PeerRecord::from_signed_envelope_interop(envelope).ok()
}
