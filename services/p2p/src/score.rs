//! What peers do wrong, what it costs them, and who is kept out for it.
//!
//! Scores halve every 30 minutes. A peer is disconnected at 100,000 and not let in again above
//! 50,000. A wrong chain, a forked chain, a fork bomb or a foreign protocol is charged to the address,
//! as the original charges everything; the rest is charged to the peer, so that a faulty node does
//! not cost its neighbours behind the same address. A peer disconnected for many small faults also
//! marks its address, so that new names do not help it.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use koinos_service::events as ids;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// A score halves in this time.
const HALF_LIFE: Duration = Duration::from_secs(30 * 60);
/// From here a peer is disconnected.
const DISCONNECT: f64 = 100_000.0;
/// From here it is not let in.
const REFUSE: f64 = 50_000.0;
/// What a peer disconnected for small faults costs its address.
const NAME_CHANGE: f64 = 25_000.0;
/// Scores below this are forgotten.
const FORGOTTEN: f64 = 1.0;
/// The most scores that are kept.
const MOST: usize = 10_000;

/// What a peer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Fault {
    TransactionApplication,
    BlockApplication,
    Deserialization,
    InvalidBlock,
    InvalidTransaction,
    PeerRpc,
    PeerRpcTimeout,
    ChainIdMismatch,
    ChainNotConnected,
    CheckpointMismatch,
    ProtocolMismatch,
    ForkBomb,
}

impl Fault {
    /// The cost.
    pub fn score(self) -> f64 {
        match self {
            Self::TransactionApplication => 100.0,
            Self::BlockApplication | Self::Deserialization | Self::PeerRpc => 5_000.0,
            Self::InvalidBlock | Self::InvalidTransaction => 10_000.0,
            Self::PeerRpcTimeout => 3_500.0,
            Self::ChainIdMismatch
            | Self::ChainNotConnected
            | Self::CheckpointMismatch
            | Self::ProtocolMismatch
            | Self::ForkBomb => 200_000.0,
        }
    }

    /// Whether it is charged to the address.
    fn is_fatal(self) -> bool {
        self.score() >= DISCONNECT
    }

    /// The event of a peer that is disconnected for it.
    pub fn event(self) -> &'static str {
        match self {
            Self::ChainIdMismatch => ids::PEER_OF_OTHER_CHAIN,
            Self::CheckpointMismatch => ids::PEER_WITHOUT_CHECKPOINT,
            Self::ChainNotConnected => ids::PEER_FORKED,
            _ => ids::PEER_EXPELLED,
        }
    }

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::TransactionApplication => "transaction_application",
            Self::BlockApplication => "block_application",
            Self::Deserialization => "deserialization",
            Self::InvalidBlock => "invalid_block",
            Self::InvalidTransaction => "invalid_transaction",
            Self::PeerRpc => "peer_rpc",
            Self::PeerRpcTimeout => "peer_rpc_timeout",
            Self::ChainIdMismatch => "chain_id_mismatch",
            Self::ChainNotConnected => "chain_not_connected",
            Self::CheckpointMismatch => "checkpoint_mismatch",
            Self::ProtocolMismatch => "protocol_mismatch",
            Self::ForkBomb => "fork_bomb",
        }
    }
}

/// Whom a score belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    Peer(PeerId),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Score {
    value: f64,
    at: Instant,
}

impl Score {
    fn now(self, now: Instant) -> f64 {
        let halves = now.saturating_duration_since(self.at).div_duration_f64(HALF_LIFE);
        self.value * 0.5_f64.powf(halves)
    }
}

/// The scores, and whom the operator bans.
#[derive(Debug, Default)]
pub struct Scores {
    scores: HashMap<Subject, Score>,
    banned: HashSet<PeerId>,
}

impl Scores {
    /// Charges a peer. Returns whether it is to be disconnected.
    pub fn charge(
        &mut self,
        peer: PeerId,
        address: Option<&Multiaddr>,
        fault: Fault,
        now: Instant,
    ) -> bool {
        let address = address.and_then(ip).filter(|ip| !ip.is_loopback()).map(Subject::Address);
        if let Some(address) = address.filter(|_| fault.is_fatal()) {
            self.add(address, fault.score(), now);
        }
        let before = self.value(Subject::Peer(peer), now);
        let after = self.add(Subject::Peer(peer), fault.score(), now);
        let crossed = before < DISCONNECT && after >= DISCONNECT;
        if let Some(address) = address.filter(|_| crossed && fault.score() < DISCONNECT) {
            self.add(address, NAME_CHANGE, now);
        }
        after >= DISCONNECT
    }

    /// Whether the peer, if it is known, may connect from that address.
    pub fn admits(&self, peer: Option<&PeerId>, address: Option<&Multiaddr>, now: Instant) -> bool {
        let fine = |subject| self.value(subject, now) < REFUSE;
        peer.is_none_or(|peer| !self.banned.contains(peer) && fine(Subject::Peer(*peer)))
            && address.and_then(ip).is_none_or(|ip| fine(Subject::Address(ip)))
    }

    /// The score of a peer or of its address, the higher one.
    pub fn of(&self, peer: PeerId, address: Option<&Multiaddr>, now: Instant) -> f64 {
        let address = address.and_then(ip).map_or(0.0, |ip| self.value(Subject::Address(ip), now));
        self.value(Subject::Peer(peer), now).max(address)
    }

    /// Keeps a peer out until that is taken back.
    pub fn ban(&mut self, peer: PeerId) {
        self.banned.insert(peer);
    }

    /// Forgets what a peer and an address have done, and that it was banned.
    pub fn forgive(&mut self, peer: Option<PeerId>, address: Option<IpAddr>) {
        if let Some(peer) = peer {
            self.banned.remove(&peer);
            self.scores.remove(&Subject::Peer(peer));
        }
        if let Some(address) = address {
            self.scores.remove(&Subject::Address(address));
        }
    }

    fn value(&self, subject: Subject, now: Instant) -> f64 {
        self.scores.get(&subject).map_or(0.0, |score| score.now(now))
    }

    fn add(&mut self, subject: Subject, cost: f64, now: Instant) -> f64 {
        let value = self.value(subject, now) + cost;
        self.scores.insert(subject, Score { value, at: now });
        if self.scores.len() > MOST {
            self.make_room(now);
        }
        value
    }

    /// Drops what has faded; if that is not enough, the lower half.
    fn make_room(&mut self, now: Instant) {
        self.scores.retain(|_, score| score.now(now) >= FORGOTTEN);
        if self.scores.len() > MOST {
            let mut values: Vec<f64> = self.scores.values().map(|score| score.now(now)).collect();
            values.sort_by(f64::total_cmp);
            let median = values[values.len() / 2];
            self.scores.retain(|_, score| score.now(now) > median);
        }
    }
}

/// The IP address in a multiaddr.
pub fn ip(address: &Multiaddr) -> Option<IpAddr> {
    address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.into()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_ban_lasts_about_an_hour() {
        let (mut scores, start, peer) = (Scores::default(), Instant::now(), PeerId::random());
        let place = address("/ip4/192.0.2.1/tcp/8888");
        assert!(scores.charge(peer, Some(&place), Fault::ChainIdMismatch, start));
        let admits = |minutes: u64| {
            let now = start + Duration::from_secs(minutes * 60);
            (scores.admits(Some(&peer), None, now), scores.admits(None, Some(&place), now))
        };
        assert_eq!(admits(0), (false, false));
        assert_eq!(admits(59), (false, false));
        assert_eq!(admits(61), (true, true));
    }

    #[test]
    fn small_faults_add_up_and_fade() {
        let (mut scores, now, peer) = (Scores::default(), Instant::now(), PeerId::random());
        let place = address("/ip4/192.0.2.1/tcp/8888");
        for at in 1..=20 {
            let out = scores.charge(peer, Some(&place), Fault::PeerRpc, now);
            assert_eq!(out, at == 20);
            assert_eq!(scores.admits(Some(&peer), None, now), at < 10);
        }
        // Others behind the address are not affected, until it happens again and again.
        assert!(scores.admits(None, Some(&place), now));
        for _ in 0..20 {
            scores.charge(PeerId::random(), Some(&place), Fault::PeerRpc, now);
        }
        assert!(scores.admits(None, Some(&place), now));
        let other = PeerId::random();
        for _ in 0..20 {
            scores.charge(other, Some(&place), Fault::PeerRpc, now);
        }
        assert!(!scores.admits(None, Some(&place), now));
        assert!((scores.of(peer, None, now + HALF_LIFE) - 50_000.0).abs() < 1.0);
    }

    #[test]
    fn loopback_is_shared_by_everybody_on_it() {
        let (mut scores, now, peer) = (Scores::default(), Instant::now(), PeerId::random());
        let place = address("/ip4/127.0.0.1/tcp/8888");
        scores.charge(peer, Some(&place), Fault::ChainIdMismatch, now);
        assert!(!scores.admits(Some(&peer), Some(&place), now));
        assert!(scores.admits(Some(&PeerId::random()), Some(&place), now));
    }

    #[test]
    fn a_ban_by_hand_can_be_taken_back() {
        let (mut scores, now, peer) = (Scores::default(), Instant::now(), PeerId::random());
        scores.ban(peer);
        assert!(!scores.admits(Some(&peer), None, now + 100 * HALF_LIFE));
        scores.forgive(Some(peer), None);
        assert!(scores.admits(Some(&peer), None, now));
    }

    #[test]
    fn scores_are_bounded() {
        let (mut scores, now) = (Scores::default(), Instant::now());
        let worst = PeerId::random();
        scores.charge(worst, None, Fault::ForkBomb, now);
        for _ in 0..MOST + 10 {
            scores.charge(PeerId::random(), None, Fault::PeerRpc, now);
        }
        assert!(scores.scores.len() <= MOST);
        assert!(!scores.admits(Some(&worst), None, now));
    }
}
