//! Transactions on their way into the chain: those of one account in the order of their nonces.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use koinos_proto::chain::{ValueType, value_type::Kind};
use koinos_proto::protocol;
use prost::Message;

use super::{Outcome, Refusal, Verdict};

/// A transaction that is not accepted in this time is given up.
const EXPIRY: Duration = Duration::from_secs(30);
/// The most that wait.
const MOST: usize = 100_000;
/// The most bytes that wait.
const MOST_BYTES: usize = 64 << 20;

/// A transaction that has been looked at, not executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its id.
    pub id: Bytes,
    /// The account whose nonce it uses.
    pub account: Bytes,
    /// Its nonce.
    pub nonce: u64,
    /// It, serialised (`koinos.protocol.transaction`).
    pub bytes: Bytes,
}

impl Transaction {
    /// Reads a transaction; `None` when it cannot be read.
    ///
    /// # Errors
    /// When something is missing that every transaction has: its name.
    pub fn read(bytes: Bytes) -> Result<Option<Self>, &'static str> {
        let Ok(transaction) = protocol::Transaction::decode(bytes.clone()) else {
            return Ok(None);
        };
        let header = transaction.header.as_ref().ok_or("header")?;
        for (field, name) in
            [(&transaction.id, "id"), (&header.payer, "payer"), (&header.nonce, "nonce")]
        {
            if field.is_empty() {
                return Err(name);
            }
        }
        let (account, nonce) = turn(header);
        Ok(Some(Self { id: Bytes::copy_from_slice(&transaction.id), account, nonce, bytes }))
    }
}

/// The account whose nonce a transaction uses, and the nonce; 0 where it is none.
pub type Turn = (Bytes, u64);

/// The turn of the transaction with this header.
pub fn turn(header: &protocol::TransactionHeader) -> Turn {
    let account = if header.payee.is_empty() { &header.payer } else { &header.payee };
    let nonce = match ValueType::decode(header.nonce.clone()) {
        Ok(ValueType { kind: Some(Kind::Uint64Value(nonce)) }) => nonce,
        _ => 0,
    };
    (Bytes::copy_from_slice(account), nonce)
}

struct Entry<W> {
    transaction: Transaction,
    waiters: Vec<W>,
    arrived: Instant,
    /// Its turn came while it was with the chain.
    again: bool,
}

/// The transactions that wait. `W` is whoever wants to know what comes of one.
pub struct Transactions<W> {
    window: usize,
    entries: HashMap<Bytes, Entry<W>>,
    nonces: HashMap<(Bytes, u64), HashSet<Bytes>>,
    arrivals: BTreeSet<(Instant, Bytes)>,
    ready: BTreeSet<(Instant, Bytes)>,
    /// With the chain, also when they are given up already.
    in_flight: HashSet<Bytes>,
    bytes: usize,
}

impl<W> Transactions<W> {
    /// Nothing waits; `window` of them may be with the chain at a time.
    pub fn new(window: usize) -> Self {
        Self {
            window,
            entries: HashMap::new(),
            nonces: HashMap::new(),
            arrivals: BTreeSet::new(),
            ready: BTreeSet::new(),
            in_flight: HashSet::new(),
            bytes: 0,
        }
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// Takes a transaction in. The waiter is answered at once if there is no room.
    pub fn offer(
        &mut self,
        transaction: Transaction,
        now: Instant,
        waiter: W,
    ) -> Vec<(W, Outcome)> {
        let id = transaction.id.clone();
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.waiters.push(waiter);
            return Vec::new();
        }
        if self.entries.len() >= MOST || self.bytes + transaction.bytes.len() > MOST_BYTES {
            return vec![(waiter, Err(Refusal::Full))];
        }
        let (account, nonce) = (transaction.account.clone(), transaction.nonce);
        let after_another = nonce
            .checked_sub(1)
            .is_some_and(|before| self.nonces.contains_key(&(account.clone(), before)));
        if !after_another {
            self.ready.insert((now, id.clone()));
        }
        self.bytes += transaction.bytes.len();
        self.arrivals.insert((now, id.clone()));
        self.nonces.entry((account, nonce)).or_default().insert(id.clone());
        let waiters = vec![waiter];
        let entry = Entry { transaction, waiters, arrived: now, again: false };
        self.entries.insert(id, entry);
        Vec::new()
    }

    /// The next transaction to submit.
    pub fn next(&mut self) -> Option<Transaction> {
        if self.in_flight.len() >= self.window {
            return None;
        }
        let mut ready = self.ready.iter();
        let turn = ready.find(|(_, id)| !self.in_flight.contains(id)).cloned()?;
        self.ready.remove(&turn);
        let entry = self.entries.get(&turn.1)?;
        self.in_flight.insert(turn.1);
        Some(entry.transaction.clone())
    }

    /// The chain has answered for a submitted transaction.
    pub fn done(&mut self, id: &Bytes, verdict: Verdict) -> Vec<(W, Outcome)> {
        self.in_flight.remove(id);
        // It may have expired meanwhile.
        let Some(entry) = self.entries.get_mut(id) else { return Vec::new() };
        match verdict {
            Verdict::Applied => {
                let (account, nonce) = (entry.transaction.account.clone(), entry.transaction.nonce);
                let answers = self.finish(id, Ok(()));
                self.follow(&account, nonce);
                answers
            }
            // It waits for the nonce before, until it expires.
            Verdict::Again => {
                if std::mem::take(&mut entry.again) {
                    self.ready.insert((entry.arrived, id.clone()));
                }
                Vec::new()
            }
            Verdict::UnknownPrevious => Vec::new(),
            Verdict::Refused(refusal) => self.finish(id, Err(refusal)),
        }
    }

    /// The chain has a transaction: the next nonce of the account can go.
    pub fn accepted(&mut self, transaction: &Transaction) -> Vec<(W, Outcome)> {
        // One that is with the chain gets the chain's answer.
        let answers = match self.in_flight.contains(&transaction.id) {
            true => Vec::new(),
            false => self.finish(&transaction.id, Ok(())),
        };
        self.follow(&transaction.account, transaction.nonce);
        answers
    }

    fn follow(&mut self, account: &Bytes, nonce: u64) {
        let Some(next) = nonce.checked_add(1) else { return };
        for id in self.nonces.get(&(account.clone(), next)).into_iter().flatten() {
            if let Some(entry) = self.entries.get_mut(id) {
                match self.in_flight.contains(id) {
                    true => entry.again = true,
                    false => drop(self.ready.insert((entry.arrived, id.clone()))),
                }
            }
        }
    }

    /// Gives up what has waited for too long.
    pub fn expire(&mut self, now: Instant) -> Vec<(W, Outcome)> {
        let mut answers = Vec::new();
        while let Some((arrived, id)) = self.arrivals.first().cloned()
            && now.saturating_duration_since(arrived) >= EXPIRY
        {
            answers.extend(self.finish(&id, Err(Refusal::Expired)));
        }
        answers
    }

    fn finish(&mut self, id: &Bytes, outcome: Outcome) -> Vec<(W, Outcome)> {
        let Some(entry) = self.entries.remove(id) else { return Vec::new() };
        self.arrivals.remove(&(entry.arrived, id.clone()));
        self.ready.remove(&(entry.arrived, id.clone()));
        self.bytes -= entry.transaction.bytes.len();
        let key = (entry.transaction.account, entry.transaction.nonce);
        if let Some(ids) = self.nonces.get_mut(&key) {
            ids.remove(id);
            if ids.is_empty() {
                self.nonces.remove(&key);
            }
        }
        entry.waiters.into_iter().map(|waiter| (waiter, outcome.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(id: u8, account: &'static str, nonce: u64) -> Transaction {
        let account = Bytes::from_static(account.as_bytes());
        Transaction { id: vec![id].into(), account, nonce, bytes: Bytes::from_static(b"tx") }
    }

    fn ids(pool: &mut Transactions<u8>) -> Vec<u8> {
        std::iter::from_fn(|| pool.next()).map(|transaction| transaction.id[0]).collect()
    }

    #[test]
    fn nonces_go_in_order() {
        let (mut pool, now) = (Transactions::new(8), Instant::now());
        for (id, account, nonce) in [(1, "a", 5), (2, "a", 6), (3, "a", 7), (4, "b", 1)] {
            assert!(pool.offer(transaction(id, account, nonce), now, id).is_empty());
        }
        assert_eq!(ids(&mut pool), [1, 4]);
        assert_eq!(pool.done(&vec![1].into(), Verdict::Applied), [(1, Ok(()))]);
        assert_eq!(ids(&mut pool), [2]);
        // Others have brought the nonce up meanwhile.
        assert!(pool.accepted(&transaction(9, "a", 6)).is_empty());
        assert_eq!(ids(&mut pool), [3]);
        let refused = Refusal::Rejected { code: -1, message: "no".to_owned() };
        let answers = pool.done(&vec![3].into(), Verdict::Refused(refused.clone()));
        assert_eq!(answers, [(3, Err(refused))]);
        assert_eq!(pool.count(), 2);
    }

    #[test]
    fn one_with_a_later_nonce_waits_and_expires() {
        let (mut pool, now) = (Transactions::new(8), Instant::now());
        pool.offer(transaction(1, "a", 5), now, 1);
        assert_eq!(ids(&mut pool), [1]);
        assert!(pool.done(&vec![1].into(), Verdict::Again).is_empty());
        assert!(ids(&mut pool).is_empty());
        pool.accepted(&transaction(9, "a", 4));
        assert_eq!(ids(&mut pool), [1]);
        // Its turn comes while the chain looks at it.
        pool.accepted(&transaction(9, "a", 4));
        assert!(pool.done(&vec![1].into(), Verdict::Again).is_empty());
        assert_eq!(ids(&mut pool), [1]);
        assert!(pool.expire(now + EXPIRY - Duration::from_millis(1)).is_empty());
        assert_eq!(pool.expire(now + EXPIRY), [(1, Err(Refusal::Expired))]);
        assert!(pool.done(&vec![1].into(), Verdict::Applied).is_empty());
        assert!(pool.count() == 0 && pool.in_flight.is_empty() && pool.bytes == 0);
    }

    #[test]
    fn the_window_holds() {
        let (mut pool, now) = (Transactions::new(2), Instant::now());
        for id in 0..5 {
            pool.offer(transaction(id, "a", u64::from(id) * 10), now, id);
        }
        assert_eq!(ids(&mut pool).len(), 2);
        assert_eq!(pool.offer(transaction(0, "a", 0), now, 7), []);
        let answers = pool.done(&vec![0].into(), Verdict::Applied);
        assert_eq!(answers, [(0, Ok(())), (7, Ok(()))]);
        assert_eq!(ids(&mut pool).len(), 1);
    }

    #[test]
    fn what_every_transaction_has_is_required() {
        let mut message = protocol::Transaction {
            id: Bytes::from_static(b"id"),
            header: Some(protocol::TransactionHeader {
                payer: Bytes::from_static(b"payer"),
                nonce: ValueType { kind: Some(Kind::Uint64Value(7)) }.encode_to_vec().into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let read =
            |message: &protocol::Transaction| Transaction::read(message.encode_to_vec().into());
        let good = read(&message).unwrap().unwrap();
        assert_eq!((good.nonce, &good.account[..]), (7, &b"payer"[..]));
        message.header.as_mut().unwrap().payee = Bytes::from_static(b"payee");
        assert_eq!(read(&message).unwrap().unwrap().account, "payee");
        message.header.as_mut().unwrap().nonce = Bytes::new();
        assert_eq!(read(&message), Err("nonce"));
        message.header = None;
        assert_eq!(read(&message), Err("header"));
        assert_eq!(Transaction::read(vec![0x0a].into()), Ok(None));
    }
}
