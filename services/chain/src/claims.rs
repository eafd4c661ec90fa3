//! Nonces that were given to transactions a moment ago.
//!
//! `mempool` hears of an accepted transaction by a broadcast, and until then it calls the nonce free.
//! Of two transactions that are submitted at the same time with one nonce, both would be accepted and
//! one of them lost without a word. So the first one that passes claims the nonce.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;

/// How long `mempool` may take to hear of a transaction. If it lost the transaction, the nonce is
/// free again after this time.
const HOLD: Duration = Duration::from_secs(3);

/// An account and a nonce of it.
type Claim = (Bytes, u64);

/// The claims of the last moments.
#[derive(Default)]
pub(crate) struct Claims(Mutex<Held>);

#[derive(Default)]
struct Held {
    claims: HashSet<Claim>,
    /// The same, the oldest first.
    ages: VecDeque<(Instant, Claim)>,
}

impl Claims {
    /// Claims a nonce. Returns whether nobody else has it.
    pub(crate) fn claim(&self, account: Bytes, nonce: u64, now: Instant) -> bool {
        let mut held = self.0.lock();
        while let Some((at, _)) = held.ages.front()
            && now.duration_since(*at) >= HOLD
            && let Some((_, old)) = held.ages.pop_front()
        {
            held.claims.remove(&old);
        }
        let claim = (account, nonce);
        let fresh = held.claims.insert(claim.clone());
        if fresh {
            held.ages.push_back((now, claim));
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_has_the_nonce_for_a_while() {
        let claims = Claims::default();
        let start = Instant::now();
        let claim = |account: &'static str, nonce, millis| {
            claims.claim(account.into(), nonce, start + Duration::from_millis(millis))
        };
        assert!(claim("alice", 1, 0));
        assert!(!claim("alice", 1, 10), "taken");
        assert!(claim("alice", 2, 20) && claim("bob", 1, 30), "others");
        assert!(!claim("alice", 1, 2_999));
        assert!(claim("alice", 1, 3_000), "the mempool knows by now, or never will");
        assert!(!claim("alice", 2, 3_001) && !claim("alice", 1, 5_999));
        assert!(claim("alice", 2, 9_000));
        assert_eq!(claims.0.lock().claims.len(), 1, "nothing is kept for ever");
    }
}
