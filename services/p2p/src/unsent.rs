//! Transactions of this node that nobody could be told of: gossip was off, or no peer listened. They are
//! kept until somebody listens, where the original loses them. What a block holds is not told any more:
//! peers would take it for a bad transaction.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::applicator::Transaction;

/// The most transactions that are kept; the oldest go first.
const MOST: usize = 1_000;
/// And their most bytes.
const MOST_BYTES: usize = 8 << 20;

/// The transactions, the oldest first.
#[derive(Debug, Default)]
pub struct Unsent {
    transactions: VecDeque<Transaction>,
    bytes: usize,
}

impl Unsent {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Keeps a transaction.
    pub fn keep(&mut self, transaction: Transaction) {
        if self.transactions.iter().any(|kept| kept.id == transaction.id) {
            return;
        }
        self.bytes += transaction.bytes.len();
        self.transactions.push_back(transaction);
        while self.transactions.len() > MOST || self.bytes > MOST_BYTES {
            let Some(oldest) = self.transactions.pop_front() else { return };
            self.bytes -= oldest.bytes.len();
        }
    }

    /// Forgets those that a block holds.
    pub fn forget(&mut self, included: &[Bytes]) {
        self.transactions.retain(|kept| !included.contains(&kept.id));
        self.bytes = self.transactions.iter().map(|kept| kept.bytes.len()).sum();
    }

    /// All of them, to be told now. Those that are still not heard come back by [`Unsent::keep`].
    pub fn take(&mut self) -> VecDeque<Transaction> {
        std::mem::take(self).transactions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(id: usize, size: usize) -> Transaction {
        Transaction {
            id: id.to_string().into(),
            account: Bytes::from_static(b"account"),
            nonce: 1,
            bytes: vec![0; size].into(),
        }
    }

    fn ids(unsent: &mut Unsent) -> Vec<Bytes> {
        unsent.take().into_iter().map(|transaction| transaction.id).collect()
    }

    #[test]
    fn they_come_in_their_order_and_once() {
        let mut unsent = Unsent::default();
        [1, 2, 1, 3].into_iter().for_each(|id| unsent.keep(transaction(id, 10)));
        unsent.forget(&["2".into(), "9".into()]);
        assert_eq!(unsent.bytes, 20);
        assert_eq!(ids(&mut unsent), ["1", "3"]);
        assert_eq!((ids(&mut unsent).len(), unsent.bytes), (0, 0));
    }

    #[test]
    fn they_are_bounded() {
        let mut unsent = Unsent::default();
        (0..MOST + 5).for_each(|id| unsent.keep(transaction(id, 1)));
        let kept = ids(&mut unsent);
        assert_eq!((kept.len(), kept[0].as_ref()), (MOST, b"5".as_slice()));
        [1, 2, 3].into_iter().for_each(|id| unsent.keep(transaction(id, MOST_BYTES / 2)));
        assert_eq!(ids(&mut unsent), ["2", "3"]);
    }
}
