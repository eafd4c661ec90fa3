//! Transactions of this node that nobody could be told of: gossip was off, or no peer listened. They are
//! kept until somebody listens, where the original loses them.
//!
//! Peers charge for a transaction that cannot be applied, 100 points where 50,000 keep a node out. So few
//! are kept, none for longer than a mempool keeps it, and none whose nonce is used by now.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::applicator::{Transaction, Turn};

/// The most transactions that are kept; the oldest go first.
const MOST: usize = 200;
/// And their most bytes.
const MOST_BYTES: usize = 8 << 20;
/// How long a mempool keeps a transaction, unless it is told otherwise.
const EXPIRATION: Duration = Duration::from_secs(120);

/// The transactions and since when they are kept, the oldest first.
#[derive(Debug, Default)]
pub struct Unsent {
    transactions: VecDeque<(Instant, Transaction)>,
    bytes: usize,
}

impl Unsent {
    /// How many there are.
    pub fn len(&mut self, now: Instant) -> usize {
        self.expire(now);
        self.transactions.len()
    }

    /// Keeps a transaction.
    pub fn keep(&mut self, transaction: Transaction, now: Instant) {
        if self.transactions.iter().any(|(_, kept)| kept.id == transaction.id) {
            return;
        }
        self.bytes += transaction.bytes.len();
        self.transactions.push_back((now, transaction));
        while self.transactions.len() > MOST || self.bytes > MOST_BYTES {
            self.drop_oldest();
        }
    }

    /// Forgets those whose turn has passed, since a block used their nonce.
    pub fn forget(&mut self, used: &[Turn]) {
        let passed = |kept: &Transaction| {
            used.iter().any(|(account, nonce)| kept.account == *account && kept.nonce <= *nonce)
        };
        self.transactions.retain(|(_, kept)| !passed(kept));
        self.bytes = self.transactions.iter().map(|(_, kept)| kept.bytes.len()).sum();
    }

    /// All of them, to be told now. Those that are still not heard come back by [`Unsent::keep`].
    pub fn take(&mut self, now: Instant) -> impl Iterator<Item = Transaction> + use<> {
        self.expire(now);
        std::mem::take(self).transactions.into_iter().map(|(_, transaction)| transaction)
    }

    fn expire(&mut self, now: Instant) {
        let is_old = |(since, _): &(Instant, _)| now.saturating_duration_since(*since) > EXPIRATION;
        while self.transactions.front().is_some_and(is_old) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, oldest)) = self.transactions.pop_front() {
            self.bytes -= oldest.bytes.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn transaction(nonce: u64, size: usize) -> Transaction {
        Transaction {
            id: nonce.to_string().into(),
            account: Bytes::from_static(b"account"),
            nonce,
            bytes: vec![0; size].into(),
        }
    }

    fn nonces(unsent: &mut Unsent, now: Instant) -> Vec<u64> {
        unsent.take(now).map(|transaction| transaction.nonce).collect()
    }

    #[test]
    fn they_come_in_their_order_and_once() {
        let (mut unsent, now) = (Unsent::default(), Instant::now());
        [1, 2, 1, 3].into_iter().for_each(|nonce| unsent.keep(transaction(nonce, 10), now));
        assert_eq!((unsent.len(now), unsent.bytes), (3, 30));
        assert_eq!(nonces(&mut unsent, now), [1, 2, 3]);
        assert_eq!((unsent.len(now), unsent.bytes), (0, 0));
    }

    #[test]
    fn those_whose_nonce_is_used_are_forgotten() {
        let (mut unsent, now) = (Unsent::default(), Instant::now());
        (1..=4).for_each(|nonce| unsent.keep(transaction(nonce, 10), now));
        unsent.forget(&[(Bytes::from_static(b"other"), 4), (Bytes::from_static(b"account"), 2)]);
        assert_eq!(unsent.bytes, 20);
        assert_eq!(nonces(&mut unsent, now), [3, 4]);
    }

    #[test]
    fn they_are_bounded_in_number_size_and_time() {
        let (mut unsent, start) = (Unsent::default(), Instant::now());
        (0..MOST as u64 + 5).for_each(|nonce| unsent.keep(transaction(nonce, 1), start));
        let kept = nonces(&mut unsent, start);
        assert_eq!((kept.len(), kept[0]), (MOST, 5));
        for nonce in 1..=3 {
            unsent.keep(transaction(nonce, MOST_BYTES / 2), start);
        }
        assert_eq!(nonces(&mut unsent, start), [2, 3]);
        unsent.keep(transaction(1, 1), start);
        unsent.keep(transaction(2, 1), start + EXPIRATION);
        assert_eq!(nonces(&mut unsent, start + EXPIRATION + Duration::from_millis(1)), [2]);
        assert_eq!(unsent.bytes, 0);
    }
}
