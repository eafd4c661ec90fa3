//! The pending transactions, each of them once, with the views it is pending in.
//!
//! A *view* is what is pending after a certain block. There is one for each block that may still
//! be built on, and nearly all transactions are in nearly all views, so a transaction carries a bit
//! for each view instead of each view carrying its transactions. What payers have reserved is kept
//! as a sum per view.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use fixedbitset::FixedBitSet;

/// The number of a view. Numbers of dropped views are used again.
pub(crate) type View = usize;
/// A set of views.
pub(crate) type Views = FixedBitSet;

/// The order of arrival.
type Sequence = u64;

/// What a transaction takes in memory besides its own bytes: the record, its places in the indexes
/// and its share of its payer's sums, rounded up.
const OVERHEAD: usize = 1_024;

/// A transaction that is to be pending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its id, a multihash.
    pub id: Bytes,
    /// The account that pays.
    pub payer: Bytes,
    /// The account whose nonce it uses: the payee if there is one, else the payer.
    pub account: Bytes,
    /// Its nonce.
    pub nonce: u64,
    /// The most resource credits it may use.
    pub rc_limit: u64,
    /// The serialised `koinos.mempool.pending_transaction`.
    pub pending: Bytes,
}

impl Transaction {
    /// The memory it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.pending.len() + OVERHEAD
    }
}

struct Entry {
    transaction: Transaction,
    /// By the clock of the caller.
    arrived: Duration,
    views: Views,
}

/// What the transactions of a payer may use, by view.
#[derive(Default)]
struct Payer {
    /// Meaningful at the numbers of live views only.
    reserved: Vec<u64>,
    transactions: usize,
}

impl Payer {
    fn reserved(&self, view: View) -> u64 {
        self.reserved.get(view).copied().unwrap_or(0)
    }

    fn slot(&mut self, view: View) -> &mut u64 {
        if self.reserved.len() <= view {
            self.reserved.resize(view + 1, 0);
        }
        &mut self.reserved[view]
    }
}

#[derive(Default)]
pub(crate) struct Pool {
    entries: BTreeMap<Sequence, Entry>,
    next: Sequence,
    by_id: HashMap<Bytes, Sequence>,
    payers: HashMap<Bytes, Payer>,
    /// Transactions of the same account and nonce are pending in different views.
    accounts: HashMap<Bytes, BTreeMap<u64, Vec<Sequence>>>,
    bytes: usize,
}

impl Pool {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn contains(&self, id: &[u8]) -> bool {
        self.by_id.contains_key(id)
    }

    /// What the pending transactions of `payer` may use in `view`.
    pub(crate) fn reserved(&self, payer: &[u8], view: View) -> u64 {
        self.payers.get(payer).map_or(0, |payer| payer.reserved(view))
    }

    /// The most that the pending transactions of `payer` may use in one of `views`.
    pub(crate) fn most_reserved(&self, payer: &[u8], views: &Views) -> u64 {
        let most = |payer: &Payer| views.ones().map(|view| payer.reserved(view)).max();
        self.payers.get(payer).and_then(most).unwrap_or(0)
    }

    /// The views in which `nonce` of `account` is pending.
    pub(crate) fn views_with_nonce(&self, account: &[u8], nonce: u64) -> Views {
        let mut views = Views::new();
        let sequences = self.accounts.get(account).and_then(|nonces| nonces.get(&nonce));
        for entry in sequences.into_iter().flatten().filter_map(|at| self.entries.get(at)) {
            views.union_with(&entry.views);
        }
        views
    }

    /// The pending nonces of `account` in `view`, the highest first.
    pub(crate) fn nonces(&self, account: &[u8], view: View) -> impl Iterator<Item = u64> + '_ {
        let nonces = self.accounts.get(account).into_iter().flatten().rev();
        nonces
            .filter(move |(_, sequences)| sequences.iter().any(|at| self.is_in(*at, view)))
            .map(|(nonce, _)| *nonce)
    }

    /// The transactions in `view` in the order of their arrival.
    pub(crate) fn transactions(&self, view: View) -> impl Iterator<Item = &Transaction> {
        let entries = self.entries.values().filter(move |entry| entry.views.contains(view));
        entries.map(|entry| &entry.transaction)
    }

    /// The transaction of that id, if it is in `view`.
    pub(crate) fn transaction(&self, id: &[u8], view: View) -> Option<&Transaction> {
        let entry = self.entries.get(self.by_id.get(id)?)?;
        entry.views.contains(view).then_some(&entry.transaction)
    }

    fn is_in(&self, sequence: Sequence, view: View) -> bool {
        self.entries.get(&sequence).is_some_and(|entry| entry.views.contains(view))
    }

    /// Adds a transaction that is not there yet and whose nonce is free in `views`.
    pub(crate) fn insert(&mut self, transaction: Transaction, arrived: Duration, views: Views) {
        let sequence = self.next;
        self.next += 1;
        self.bytes += transaction.size();
        self.by_id.insert(transaction.id.clone(), sequence);
        let nonces = self.accounts.entry(transaction.account.clone()).or_default();
        nonces.entry(transaction.nonce).or_default().push(sequence);
        let payer = self.payers.entry(transaction.payer.clone()).or_default();
        payer.transactions += 1;
        for view in views.ones() {
            *payer.slot(view) += transaction.rc_limit;
        }
        self.entries.insert(sequence, Entry { transaction, arrived, views });
    }

    /// Makes `to`, a new view, equal to `from`.
    pub(crate) fn copy_view(&mut self, from: View, to: View) {
        for entry in self.entries.values_mut().filter(|entry| entry.views.contains(from)) {
            entry.views.grow_and_insert(to);
        }
        for payer in self.payers.values_mut() {
            *payer.slot(to) = payer.reserved(from);
        }
    }

    /// Takes a transaction out of `views`. Returns those it was in.
    pub(crate) fn remove(&mut self, id: &[u8], views: &Views) -> Views {
        let Some(sequence) = self.by_id.get(id).copied() else { return Views::new() };
        let Some(entry) = self.entries.get_mut(&sequence) else { return Views::new() };
        let mut removed = entry.views.clone();
        removed.intersect_with(views);
        entry.views.difference_with(&removed);
        if let Some(payer) = self.payers.get_mut(&entry.transaction.payer) {
            for view in removed.ones() {
                *payer.slot(view) -= entry.transaction.rc_limit;
            }
        }
        if entry.views.is_clear() {
            self.forget(sequence);
        }
        removed
    }

    /// Drops all views but `live`, and the transactions that are in none of these.
    pub(crate) fn keep_views(&mut self, live: &Views) {
        let mut gone = Vec::new();
        for (sequence, entry) in &mut self.entries {
            entry.views.intersect_with(live);
            if entry.views.is_clear() {
                gone.push(*sequence);
            }
        }
        for sequence in gone {
            self.forget(sequence);
        }
    }

    /// Drops, from the oldest on, what arrived at `limit` or before. Returns how many of these were
    /// in `view`.
    pub(crate) fn expire(&mut self, limit: Duration, view: View) -> usize {
        let mut count = 0;
        while let Some((_, entry)) = self.entries.first_key_value()
            && entry.arrived <= limit
        {
            count += usize::from(entry.views.contains(view));
            let (id, views) = (entry.transaction.id.clone(), entry.views.clone());
            self.remove(&id, &views);
        }
        count
    }

    /// Drops a transaction that is in no view.
    fn forget(&mut self, sequence: Sequence) {
        let Some(Entry { transaction, .. }) = self.entries.remove(&sequence) else { return };
        self.bytes -= transaction.size();
        self.by_id.remove(&transaction.id);
        if let Some(payer) = self.payers.get_mut(&transaction.payer) {
            payer.transactions -= 1;
            if payer.transactions == 0 {
                self.payers.remove(&transaction.payer);
            }
        }
        let Some(nonces) = self.accounts.get_mut(&transaction.account) else { return };
        if let Some(sequences) = nonces.get_mut(&transaction.nonce) {
            sequences.retain(|other| *other != sequence);
            if sequences.is_empty() {
                nonces.remove(&transaction.nonce);
            }
        }
        if nonces.is_empty() {
            self.accounts.remove(&transaction.account);
        }
    }
}
