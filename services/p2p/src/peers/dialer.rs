//! Whom to call and when: the peers of the configuration always, the ones remembered, and those that other
//! peers named, when there are few others. Who does not answer is called less and less often.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// The pause after the first failure, doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A call without outcome is taken for failed after this.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// The most addresses that are kept besides the permanent ones.
const MOST: usize = 1_000;
/// A connection of this length counts as success.
const STABLE: Duration = Duration::from_secs(60);

/// A peer to call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Its address, without its id.
    pub address: Multiaddr,
    /// Its id, if it is known.
    pub peer: Option<PeerId>,
}

/// Reads an address of a peer: `/ip4/A/tcp/P/p2p/ID`, `/dns4/NAME/tcp/P/p2p/ID` or the like.
///
/// # Errors
/// What is wrong, for the operator.
pub fn target(text: &str) -> Result<Target, String> {
    let example = "write it like /ip4/192.0.2.1/tcp/8888/p2p/QmPeerId";
    let mut address: Multiaddr = text
        .trim()
        .parse()
        .map_err(|error| format!("{text} is no address ({error}); {example}"))?;
    let peer = match address.iter().last() {
        Some(Protocol::P2p(peer)) => {
            address.pop();
            Some(peer)
        }
        _ => None,
    };
    let mut parts = address.iter();
    let place = matches!(
        parts.next(),
        Some(
            Protocol::Ip4(_)
                | Protocol::Ip6(_)
                | Protocol::Dns(_)
                | Protocol::Dns4(_)
                | Protocol::Dns6(_)
        )
    );
    if !place || !matches!(parts.next(), Some(Protocol::Tcp(_))) || parts.next().is_some() {
        return Err(format!("{text} cannot be called: peers are called over TCP; {example}"));
    }
    Ok(Target { address, peer })
}

#[derive(Debug, Clone, Copy)]
struct Calls {
    permanent: bool,
    /// Not to be called before.
    not_before: Instant,
    pause: Duration,
    connected: Option<Instant>,
}

/// When to call whom.
#[derive(Debug, Default)]
pub struct Schedule(HashMap<Target, Calls>);

impl Schedule {
    /// Adds a peer; a permanent one is called whenever it is not connected.
    pub fn add(&mut self, target: Target, permanent: bool, now: Instant) {
        let fresh = Calls { permanent, not_before: now, pause: FIRST_PAUSE, connected: None };
        let calls = self.0.entry(target).or_insert(fresh);
        if permanent && !calls.permanent {
            calls.permanent = true;
            calls.not_before = now;
        }
    }

    /// Adds a peer that another one named. When there is no room it takes the place of the one that has not
    /// answered for the longest; others are not given up for it.
    pub fn name(&mut self, target: Target, now: Instant) {
        let others = self.0.iter().filter(|(_, calls)| !calls.permanent);
        if others.clone().count() >= MOST {
            let gone = others.filter(|(_, calls)| calls.connected.is_none());
            let gone = gone.max_by_key(|(_, calls)| calls.pause);
            let gone = gone.filter(|(_, calls)| calls.pause > FIRST_PAUSE);
            let Some(gone) = gone.map(|(target, _)| target.clone()) else { return };
            self.0.remove(&gone);
        }
        self.add(target, false, now);
    }

    /// Never calls a peer again. Returns whether it was known.
    pub fn remove(&mut self, peer: &PeerId) -> bool {
        let before = self.0.len();
        self.0.retain(|target, _| target.peer.as_ref() != Some(peer));
        self.0.len() != before
    }

    /// Who is to be called now; they are taken as called. Of those that are not permanent at most
    /// `wanted`.
    pub fn due(
        &mut self,
        now: Instant,
        is_connected: impl Fn(&Target) -> bool,
        mut wanted: usize,
    ) -> Vec<Target> {
        let mut due = Vec::new();
        for (target, calls) in &mut self.0 {
            if calls.not_before > now || is_connected(target) {
                continue;
            }
            if !calls.permanent {
                if wanted == 0 {
                    continue;
                }
                wanted -= 1;
            }
            calls.not_before = now + CALL_LIMIT;
            due.push(target.clone());
        }
        due
    }

    /// A call failed. Returns whether it was one to a permanent peer.
    pub fn failed(&mut self, address: &Multiaddr, now: Instant) -> bool {
        let mut permanent = false;
        for (_, calls) in self.0.iter_mut().filter(|(target, _)| target.address == *address) {
            calls.not_before = now + calls.pause;
            calls.pause = (calls.pause * 2).min(LONGEST_PAUSE);
            permanent |= calls.permanent;
        }
        permanent
    }

    /// A peer is connected.
    pub fn connected(&mut self, peer: &PeerId, address: &Multiaddr, now: Instant) {
        for calls in self.matching(peer, address) {
            calls.connected = Some(now);
        }
    }

    /// A peer is not connected any more.
    pub fn disconnected(&mut self, peer: &PeerId, address: &Multiaddr, now: Instant) {
        for calls in self.matching(peer, address) {
            let since = calls.connected.take();
            if since.is_some_and(|since| now.saturating_duration_since(since) >= STABLE) {
                calls.pause = FIRST_PAUSE;
            }
            calls.not_before = now + calls.pause;
            calls.pause = (calls.pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn matching<'a>(
        &'a mut self,
        peer: &'a PeerId,
        address: &'a Multiaddr,
    ) -> impl Iterator<Item = &'a mut Calls> {
        let found = self.0.iter_mut().filter(move |(target, _)| match &target.peer {
            Some(known) => known == peer,
            None => target.address == *address,
        });
        found.map(|(_, calls)| calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "QmRT2UJ9uPqmcjCWoxgFZU3AsaMaMqmJ3DaEHeWZFLJp9L";

    #[test]
    fn addresses_are_read() {
        for text in ["/ip4/192.0.2.1/tcp/1", "/dns4/seed.example.com/tcp/8888", "/ip6/::1/tcp/8888"]
        {
            assert_eq!(target(text).unwrap().peer, None, "{text}");
            let with_id = target(&format!(" {text}/p2p/{ID}")).unwrap();
            assert_eq!(with_id.peer.unwrap().to_string(), ID);
            assert_eq!(with_id.address.to_string(), text);
            assert!(target(&format!("{text}/ipfs/{ID}")).is_ok(), "the old name of p2p");
        }
        for wrong in ["", "192.0.2.1:8888", "/ip4/192.0.2.1/udp/8888/quic-v1", "/p2p/x", "/tcp/1"] {
            assert!(target(wrong).unwrap_err().contains("write it like"), "{wrong}");
        }
    }

    #[test]
    fn who_does_not_answer_is_called_less_and_less() {
        let (mut schedule, start) = (Schedule::default(), Instant::now());
        let seed = target("/ip4/192.0.2.1/tcp/1").unwrap();
        schedule.add(seed.clone(), true, start);
        let mut now = start;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let called = now;
            assert_eq!(schedule.due(now, |_| false, 0), std::slice::from_ref(&seed));
            assert!(schedule.due(now, |_| false, 0).is_empty());
            schedule.failed(&seed.address, now);
            while schedule.due(now, |_| false, 0).is_empty() {
                now += Duration::from_secs(1);
                schedule.0.get_mut(&seed).unwrap().not_before =
                    schedule.0[&seed].not_before.min(called + LONGEST_PAUSE);
            }
            pauses.push((now - called).as_secs());
            schedule.0.get_mut(&seed).unwrap().not_before = now;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    }

    #[test]
    fn the_connected_are_not_called_and_the_others_only_when_wanted() {
        let (mut schedule, now) = (Schedule::default(), Instant::now());
        let seed = target(&format!("/ip4/192.0.2.1/tcp/1/p2p/{ID}")).unwrap();
        let peer = seed.peer.unwrap();
        schedule.add(seed.clone(), true, now);
        for port in 2..10 {
            schedule.add(target(&format!("/ip4/192.0.2.1/tcp/{port}")).unwrap(), false, now);
        }
        assert_eq!(schedule.due(now, |target| *target == seed, 3).len(), 3);
        assert_eq!(schedule.due(now, |target| *target == seed, 9).len(), 5);

        // A connection that lasts makes up for failures.
        for _ in 0..5 {
            schedule.failed(&seed.address, now);
        }
        schedule.connected(&peer, &seed.address, now);
        schedule.disconnected(&peer, &seed.address, now + STABLE);
        let again = now + STABLE + FIRST_PAUSE;
        assert_eq!(schedule.due(again, |_| false, 0), [seed]);
        assert!(schedule.remove(&peer) && !schedule.remove(&peer));
    }

    #[test]
    fn those_that_are_named_take_the_place_of_those_that_do_not_answer() {
        let (mut schedule, now) = (Schedule::default(), Instant::now());
        let at = |port: usize| target(&format!("/ip4/192.0.2.1/tcp/{port}")).unwrap();
        schedule.add(at(1), true, now);
        for port in 2..2 * MOST {
            schedule.name(at(port), now);
        }
        assert_eq!(schedule.0.len(), MOST + 1);
        schedule.failed(&at(7).address, now);
        schedule.name(at(2 * MOST), now);
        schedule.name(at(2 * MOST + 1), now);
        assert!(schedule.0.len() == MOST + 1 && !schedule.0.contains_key(&at(7)));
        assert!(schedule.0.contains_key(&at(2 * MOST)) && schedule.0.contains_key(&at(1)));
    }
}
