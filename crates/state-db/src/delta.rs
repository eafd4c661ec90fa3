//! The changes of a block or a transaction, and their merkle root.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use koinos_crypto::{HashCode, sha256, sha256_merkle_root};
use koinos_kv::Direction;

/// Length of a state merkle root in bytes.
pub const MERKLE_ROOT_LEN: usize = 34;

/// The merkle root of a block's changes: a SHA2-256 multihash, `12 20` and the digest. It is always
/// SHA2-256, whatever hash the chain uses for its blocks.
pub type MerkleRoot = [u8; MERKLE_ROOT_LEN];

/// The merkle root of the state before any commit: the genesis objects are not hashed.
pub const NO_MERKLE_ROOT: MerkleRoot = merkle_root_of([0; 32]);

/// A change as it is listed in receipts: the key, and the value or `None` for a removal.
pub type Entry = (Bytes, Option<Bytes>);

/// The changes of one level.
///
/// Consensus rules: a delta is a map of puts and a set of removed keys. A put does not take its key out
/// of the set of removed keys, so a key can be in both; it is then listed, and hashed, twice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delta {
    changes: BTreeMap<Bytes, Change>,
}

/// At least one of the two is set.
#[derive(Debug, Clone)]
struct Change {
    value: Option<Bytes>,
    removed: bool,
}

impl Delta {
    /// What this level says of the key: nothing, removed, or its value.
    pub(crate) fn lookup(&self, key: &[u8]) -> Option<Option<&Bytes>> {
        self.changes.get(key).map(|change| change.value.as_ref())
    }

    pub(crate) fn put(&mut self, key: Bytes, value: Bytes) {
        match self.changes.get_mut(&key) {
            Some(change) => change.value = Some(value),
            None => {
                self.changes.insert(key, Change { value: Some(value), removed: false });
            }
        }
    }

    /// Lists the key as removed, whether it exists or not.
    pub(crate) fn remove(&mut self, key: Bytes) {
        self.changes.insert(key, Change { value: None, removed: true });
    }

    /// Takes over the changes of a level above: first its removals, then its puts, which here do
    /// clear the mark of a removal.
    pub(crate) fn squash(&mut self, upper: Delta) {
        for (key, Change { value, .. }) in upper.changes {
            let removed = value.is_none();
            self.changes.insert(key, Change { value, removed });
        }
    }

    /// Takes over a list of entries as a receipt has it: an entry without value is a removal even if
    /// the key does not exist, and a key that is listed twice was removed and put.
    pub(crate) fn replay(&mut self, entries: &[Entry]) {
        for (key, _) in entries.iter().filter(|(_, value)| value.is_none()) {
            self.remove(key.clone());
        }
        for (key, value) in entries {
            let Some(value) = value else { continue };
            let listed = self.changes.contains_key(key);
            let change = Change { value: Some(value.clone()), removed: listed };
            self.changes.insert(key.clone(), change);
        }
    }

    /// The entries in ascending order of their keys, keys that were removed and put twice.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Bytes, Option<&Bytes>)> {
        self.changes.iter().flat_map(|(key, change)| {
            let twice = change.removed && change.value.is_some();
            std::iter::repeat_n((key, change.value.as_ref()), 1 + usize::from(twice))
        })
    }

    /// The effect of the changes: every key once, with its value or `None` if it is gone.
    pub(crate) fn effects(&self) -> impl Iterator<Item = (&Bytes, Option<&Bytes>)> {
        self.changes.iter().map(effect)
    }

    /// The effects on the keys strictly behind `key`.
    pub(crate) fn effects_from(
        &self,
        key: &[u8],
        direction: Direction,
    ) -> Box<dyn Iterator<Item = (&Bytes, Option<&Bytes>)> + '_> {
        match direction {
            Direction::Up => {
                let range = (Bound::Excluded(key), Bound::Unbounded);
                Box::new(self.changes.range::<[u8], _>(range).map(effect))
            }
            Direction::Down => {
                let range = (Bound::Unbounded, Bound::Excluded(key));
                Box::new(self.changes.range::<[u8], _>(range).rev().map(effect))
            }
        }
    }

    /// Number of keys with changes.
    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(crate) fn merkle_root(&self) -> MerkleRoot {
        root_of_sorted(self.entries())
    }
}

fn effect<'a>((key, change): (&'a Bytes, &'a Change)) -> (&'a Bytes, Option<&'a Bytes>) {
    (key, change.value.as_ref())
}

/// The state merkle root of a block whose receipt lists these entries.
///
/// Consensus rule: two leaves for each entry, in ascending order of the keys: the SHA2-256 of the key
/// and that of the value, a removal counting as the empty value. The list is a multiset: nothing in it
/// is merged or dropped.
pub fn entries_root(entries: &[Entry]) -> MerkleRoot {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|left, right| left.0.cmp(&right.0));
    root_of_sorted(sorted.into_iter().map(|(key, value)| (key, value.as_ref())))
}

fn root_of_sorted<'a>(entries: impl Iterator<Item = (&'a Bytes, Option<&'a Bytes>)>) -> MerkleRoot {
    let mut leaves = Vec::with_capacity(2 * entries.size_hint().0);
    for (key, value) in entries {
        leaves.push(sha256(key));
        leaves.push(sha256(value.map_or(&[], |value| value)));
    }
    merkle_root_of(sha256_merkle_root(leaves))
}

const fn merkle_root_of(digest: [u8; 32]) -> MerkleRoot {
    let mut root = [0; MERKLE_ROOT_LEN];
    root[0] = HashCode::Sha2_256.code() as u8;
    root[1] = 32;
    let mut at = 0;
    while at < 32 {
        root[2 + at] = digest[at];
        at += 1;
    }
    root
}
