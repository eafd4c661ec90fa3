//! Which pending transactions go into a block.

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};
use koinos_crypto::sha256;
use koinos_proto::chain::ResourceLimitData;

/// Amounts of the three resources that a block is limited in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// Bytes of state.
    pub disk_storage: u64,
    /// Bytes of serialised block.
    pub network_bandwidth: u64,
    /// Ticks.
    pub compute_bandwidth: u64,
}

impl Resources {
    /// The limits of a block.
    pub fn limits(data: &ResourceLimitData) -> Self {
        Self {
            disk_storage: data.disk_storage_limit,
            network_bandwidth: data.network_bandwidth_limit,
            compute_bandwidth: data.compute_bandwidth_limit,
        }
    }

    /// Each amount through `change`.
    fn map(self, change: impl Fn(u64) -> u64) -> Self {
        Self {
            disk_storage: change(self.disk_storage),
            network_bandwidth: change(self.network_bandwidth),
            compute_bandwidth: change(self.compute_bandwidth),
        }
    }

    /// The share of `percent` in each, rounded down.
    fn percent(self, percent: u64) -> Self {
        self.map(|amount| {
            let share = u128::from(amount) * u128::from(percent) / 100;
            u64::try_from(share).unwrap_or(u64::MAX)
        })
    }

    /// The sums; what is beyond 64 bits counts as the greatest amount there is.
    fn plus(self, other: Self) -> Self {
        Self {
            disk_storage: self.disk_storage.saturating_add(other.disk_storage),
            network_bandwidth: self.network_bandwidth.saturating_add(other.network_bandwidth),
            compute_bandwidth: self.compute_bandwidth.saturating_add(other.compute_bandwidth),
        }
    }

    /// Whether no amount exceeds that of `bound`.
    fn within(self, bound: Self) -> bool {
        self.disk_storage <= bound.disk_storage
            && self.network_bandwidth <= bound.network_bandwidth
            && self.compute_bandwidth <= bound.compute_bandwidth
    }

    /// Whether any amount is at least that of `bound`.
    fn reaches(self, bound: Self) -> bool {
        self.disk_storage >= bound.disk_storage
            || self.network_bandwidth >= bound.network_bandwidth
            || self.compute_bandwidth >= bound.compute_bandwidth
    }
}

/// A transaction in the exact bytes in which it was hashed and signed: unknown fields are part of
/// its id, so it is never decoded and encoded again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The serialised `koinos.protocol.transaction`, canonical.
    pub bytes: Bytes,
    /// What it adds to the transaction merkle tree: the digests of its header and of its
    /// signatures, one after another.
    pub leaves: [[u8; 32]; 2],
}

impl Transaction {
    /// Takes a transaction from its canonical bytes.
    pub fn new(bytes: Bytes) -> Self {
        let fields = Reader::new(&bytes);
        let signatures: Vec<u8> = fields.repeated(4).flatten().copied().collect();
        let leaves = [sha256(fields.bytes(2)), sha256(&signatures)];
        Self { bytes, leaves }
    }
}

/// A transaction of the mempool with what it used when it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The transaction.
    pub transaction: Transaction,
    /// The most resource credits its payer gives.
    pub rc_limit: u64,
    /// What it used, the part that its payer is not charged for included.
    pub used: Resources,
}

impl Pending {
    /// Reads a canonical `koinos.mempool.pending_transaction`.
    pub fn from_canonical(message: &Bytes) -> Self {
        let fields = Reader::new(message);
        let transaction = wire::field_bytes(message, 1);
        let header = Reader::new(&transaction).bytes(2);
        let resources = |first: u32| Resources {
            disk_storage: fields.u64(first),
            network_bandwidth: fields.u64(first + 1),
            compute_bandwidth: fields.u64(first + 2),
        };
        Self {
            rc_limit: Reader::new(header).u64(2),
            used: resources(2).plus(resources(5)),
            transaction: Transaction::new(transaction),
        }
    }
}

/// How full a block is to be made, in percent of its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// From here on in any resource, the block is full enough.
    pub lower: u64,
    /// No transaction may bring it above this.
    pub upper: u64,
}

/// Chooses transactions in the order of the mempool. Those that do not fit are passed over; the
/// first `attempts` are looked at.
pub fn select(
    pending: impl IntoIterator<Item = Pending>,
    limits: Resources,
    bounds: Bounds,
    attempts: u64,
) -> (Vec<Transaction>, Resources) {
    let (enough, most) = (limits.percent(bounds.lower), limits.percent(bounds.upper));
    let mut used = Resources::default();
    let mut chosen = Vec::new();
    let attempts = usize::try_from(attempts).unwrap_or(usize::MAX);
    for candidate in pending.into_iter().take(attempts) {
        if used.reaches(enough) {
            break;
        }
        let with_it = used.plus(candidate.used);
        if candidate.rc_limit > 0 && with_it.within(most) {
            used = with_it;
            chosen.push(candidate.transaction);
        }
    }
    (chosen, used)
}

#[cfg(test)]
#[path = "pending_tests.rs"]
mod tests;
