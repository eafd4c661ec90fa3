//! What was given to transactions a moment ago: nonces, and rc of their payers.
//!
//! `mempool` hears of an accepted transaction by a broadcast, and until then it calls the nonce free
//! and the rc unreserved. Of two transactions that are submitted at the same time with one nonce,
//! or with more rc together than their payer has, both would be accepted and one of them lost
//! without a word. So a transaction that passes claims both, and nobody may claim on an answer of
//! `mempool` that another claim of the same payer has overtaken.
//!
//! For the same reason a claimed nonce counts as pending: who sends the next transaction as soon as the one
//! before was accepted may be faster than the broadcast, which waits behind a large block for example.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};

/// How long `mempool` may take to hear of a transaction. If it lost the transaction, all is free
/// again after this time.
const HOLD: Duration = Duration::from_secs(3);

/// What a transaction claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The transaction's id.
    pub(crate) id: Bytes,
    /// The account whose nonce it uses.
    pub(crate) account: Bytes,
    pub(crate) nonce: u64,
    pub(crate) payer: Bytes,
    /// The most rc it may take.
    pub(crate) rc_limit: u64,
}

/// What was claimed when `mempool` was about to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// rc of the payer that is claimed, and that `mempool` may not know of. It may: its word comes
    /// later than what it tells of.
    pub(crate) unconfirmed: u64,
    /// The highest nonce of the account that is claimed, and that `mempool` may not know of.
    pub(crate) nonce: Option<u64>,
    /// The number of the next claim.
    mark: u64,
    /// How often `mempool` had confirmed a transaction.
    confirmations: u64,
}

/// Why there is no claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// Somebody else has the nonce.
    Nonce,
    /// The payer has made another claim since `mempool` was asked.
    Overtaken,
}

/// The claims of the last moments.
#[derive(Default)]
pub(crate) struct Claims {
    held: Mutex<Held>,
    confirmed: Condvar,
}

#[derive(Default)]
struct Held {
    nonces: HashSet<(Bytes, u64)>,
    payers: HashMap<Bytes, Payer>,
    /// The claims that `mempool` has not confirmed, by transaction.
    unconfirmed: HashMap<Bytes, Claim>,
    /// Their accounts and nonces.
    unconfirmed_nonces: BTreeSet<(Bytes, u64)>,
    /// All of them, the oldest first.
    ages: VecDeque<(Instant, Claim)>,
    /// The number of the next claim.
    next: u64,
    confirmations: u64,
}

#[derive(Default)]
struct Payer {
    unconfirmed: u64,
    /// The number of the last claim.
    last: u64,
    /// How many claims are held.
    held: usize,
}

impl Claims {
    /// What is claimed of the payer's rc and the account's nonces; to be looked at before `mempool` is
    /// asked.
    pub(crate) fn seen(&self, payer: &[u8], account: &Bytes, now: Instant) -> Seen {
        let mut held = self.held.lock();
        held.drop_old(now);
        let unconfirmed = held.payers.get(payer).map_or(0, |payer| payer.unconfirmed);
        let nonces = (account.clone(), 0)..=(account.clone(), u64::MAX);
        let nonce = held.unconfirmed_nonces.range(nonces).next_back().map(|(_, nonce)| *nonce);
        Seen { unconfirmed, nonce, mark: held.next, confirmations: held.confirmations }
    }

    /// Claims for a transaction that `mempool` would take, as it said after `seen`.
    pub(crate) fn claim(&self, claim: &Claim, seen: &Seen, now: Instant) -> Result<(), Conflict> {
        let mut held = self.held.lock();
        held.drop_old(now);
        let nonce = (claim.account.clone(), claim.nonce);
        if held.nonces.contains(&nonce) {
            return Err(Conflict::Nonce);
        }
        let number = held.next;
        let payer = held.payers.entry(claim.payer.clone()).or_default();
        if payer.held > 0 && payer.last >= seen.mark {
            return Err(Conflict::Overtaken);
        }
        payer.unconfirmed = payer.unconfirmed.saturating_add(claim.rc_limit);
        payer.last = number;
        payer.held += 1;
        held.next += 1;
        held.unconfirmed_nonces.insert(nonce.clone());
        held.nonces.insert(nonce);
        held.unconfirmed.insert(claim.id.clone(), claim.clone());
        held.ages.push_back((now, claim.clone()));
        Ok(())
    }

    /// Notes that `mempool` has a transaction.
    pub(crate) fn confirm(&self, id: &[u8]) {
        let mut held = self.held.lock();
        if held.settle(id) {
            held.confirmations += 1;
            self.confirmed.notify_all();
        }
    }

    /// Waits until `mempool` has confirmed any transaction since `seen`. Returns whether it has by
    /// the deadline.
    pub(crate) fn wait(&self, seen: &Seen, deadline: Instant) -> bool {
        let mut held = self.held.lock();
        while held.confirmations == seen.confirmations {
            if self.confirmed.wait_until(&mut held, deadline).timed_out() {
                return held.confirmations != seen.confirmations;
            }
        }
        true
    }
}

impl Held {
    fn drop_old(&mut self, now: Instant) {
        while let Some((at, _)) = self.ages.front()
            && now.duration_since(*at) >= HOLD
            && let Some((_, old)) = self.ages.pop_front()
        {
            self.settle(&old.id);
            self.nonces.remove(&(old.account, old.nonce));
            if let Some(payer) = self.payers.get_mut(&old.payer) {
                payer.held -= 1;
                if payer.held == 0 {
                    self.payers.remove(&old.payer);
                }
            }
        }
    }

    /// Gives the rc of a transaction free. Returns whether it was claimed.
    fn settle(&mut self, id: &[u8]) -> bool {
        let Some(claim) = self.unconfirmed.remove(id) else { return false };
        if let Some(payer) = self.payers.get_mut(&claim.payer) {
            payer.unconfirmed = payer.unconfirmed.saturating_sub(claim.rc_limit);
        }
        self.unconfirmed_nonces.remove(&(claim.account, claim.nonce));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A claim of `payer` for the nonce of its payee, with 10 rc.
    fn claim(payer: &'static str, account: &'static str, nonce: u64) -> Claim {
        let id = format!("{account}{nonce}").into();
        Claim { id, account: account.into(), nonce, payer: payer.into(), rc_limit: 10 }
    }

    struct Test {
        claims: Claims,
        start: Instant,
    }

    impl Test {
        fn new() -> Self {
            Self { claims: Claims::default(), start: Instant::now() }
        }

        fn at(&self, millis: u64) -> Instant {
            self.start + Duration::from_millis(millis)
        }

        /// Claims at once after looking.
        fn claim(&self, account: &'static str, nonce: u64, millis: u64) -> Result<(), Conflict> {
            let seen = self.claims.seen(account.as_bytes(), &account.into(), self.at(millis));
            self.claims.claim(&claim(account, account, nonce), &seen, self.at(millis))
        }
    }

    #[test]
    fn the_first_has_the_nonce_for_a_while() {
        let test = Test::new();
        assert_eq!(test.claim("alice", 1, 0), Ok(()));
        assert_eq!(test.claim("alice", 1, 10), Err(Conflict::Nonce));
        assert_eq!(test.claim("alice", 2, 20), Ok(()));
        assert_eq!(test.claim("bob", 1, 30), Ok(()));
        test.claims.confirm(b"alice1");
        assert_eq!(test.claim("alice", 1, 2_999), Err(Conflict::Nonce), "confirmed or not");
        assert_eq!(
            test.claim("alice", 1, 3_000),
            Ok(()),
            "the mempool knows by now, or never will"
        );
        assert_eq!(test.claim("alice", 2, 3_001), Err(Conflict::Nonce));
        assert_eq!(test.claim("alice", 2, 9_000), Ok(()));
        let held = test.claims.held.lock();
        assert_eq!((held.nonces.len(), held.payers.len(), held.unconfirmed.len()), (1, 1, 1));
    }

    #[test]
    fn payees_of_one_payer_do_not_overtake_each_other() {
        let test = Test::new();
        let seen = |millis| test.claims.seen(b"payer", &"one".into(), test.at(millis));
        let (one, two) = (claim("payer", "one", 1), claim("payer", "two", 1));
        let (before_one, before_two) = (seen(0), seen(0));
        assert_eq!(before_one.unconfirmed, 0);
        assert_eq!(test.claims.claim(&one, &before_one, test.at(1)), Ok(()));
        let overtaken = Err(Conflict::Overtaken);
        assert_eq!(test.claims.claim(&two, &before_two, test.at(2)), overtaken);
        // Neither does a confirmation make the old answer good.
        test.claims.confirm(b"one1");
        assert_eq!(test.claims.claim(&two, &before_two, test.at(3)), overtaken);
        let again = seen(4);
        assert_eq!(again.unconfirmed, 0);
        assert_eq!(test.claims.claim(&two, &again, test.at(5)), Ok(()));
        assert_eq!(seen(6).unconfirmed, 10);
        assert_eq!(seen(3_005).unconfirmed, 0, "the mempool has lost it");
        assert_eq!(test.claim("other", 1, 3_006), Ok(()));
    }

    #[test]
    fn claimed_nonces_are_pending_until_they_are_confirmed() {
        let test = Test::new();
        let nonce = |millis| test.claims.seen(b"", &"alice".into(), test.at(millis)).nonce;
        assert_eq!(nonce(0), None);
        for (account, number) in [("alice", 7), ("alice", 8), ("bob", 20), ("alicf", 30)] {
            assert_eq!(test.claim(account, number, 1), Ok(()));
        }
        assert_eq!(nonce(2), Some(8));
        test.claims.confirm(b"alice8");
        assert_eq!(nonce(3), Some(7));
        assert_eq!(nonce(3_001), None);
        assert!(test.claims.held.lock().unconfirmed_nonces.is_empty());
    }

    #[test]
    fn confirmations_are_waited_for() {
        let test = Test::new();
        assert_eq!(test.claim("alice", 1, 0), Ok(()));
        let seen = test.claims.seen(b"alice", &"alice".into(), test.at(1));
        assert!(!test.claims.wait(&seen, Instant::now()));
        test.claims.confirm(b"unknown");
        assert!(!test.claims.wait(&seen, Instant::now()));
        std::thread::scope(|scope| {
            let waiting =
                scope.spawn(|| test.claims.wait(&seen, Instant::now() + Duration::from_secs(60)));
            test.claims.confirm(b"alice1");
            assert!(waiting.join().unwrap());
        });
    }
}
