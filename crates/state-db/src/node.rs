//! Finalised blocks as states to read from.

use std::fmt;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use imbl::OrdMap;
use koinos_kv::{Direction, Read};

use crate::cached::CachedStore;
use crate::delta::{Delta, MerkleRoot};
use crate::layer::{self, Walk};
use crate::{BlockInfo, OBJECTS, Result};

/// Reading objects of a state.
///
/// # Errors
/// Each method fails when the store cannot be read.
pub trait Reader {
    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>>;

    /// The object with the smallest key above `key`, which need not exist.
    fn next(&self, key: &[u8]) -> Result<Option<(Bytes, Bytes)>>;

    /// The object with the greatest key below `key`, which need not exist.
    fn prev(&self, key: &[u8]) -> Result<Option<(Bytes, Bytes)>>;
}

/// A finalised block: an immutable state. It stays readable, as it is, for as long as it is held.
pub struct Node {
    info: BlockInfo,
    merkle_root: MerkleRoot,
    delta: Delta,
    /// Sum of the sizes of all deltas up to this one, from whatever root the process started with.
    weight: usize,
    /// The effects of the deltas from some root (of the past) up to this node.
    overlay: Overlay,
    store: Arc<CachedStore>,
    /// The store at the root below the overlay, once the store has moved on to another branch.
    frozen: OnceLock<Arc<dyn Read>>,
    is_root: AtomicBool,
}

/// Changed keys with their value, or `None` when removed. Clones share structure.
pub(crate) type Overlay = OrdMap<Bytes, Option<Bytes>>;

impl Node {
    /// The node of the stored root.
    pub(crate) fn root(
        store: Arc<CachedStore>,
        info: BlockInfo,
        merkle_root: MerkleRoot,
    ) -> Arc<Self> {
        Arc::new(Self {
            info,
            merkle_root,
            delta: Delta::default(),
            weight: 0,
            overlay: Overlay::new(),
            store,
            frozen: OnceLock::new(),
            is_root: AtomicBool::new(true),
        })
    }

    /// A block on `parent`. `overlay` holds the effects up to the parent.
    pub(crate) fn child(
        parent: &Node,
        info: BlockInfo,
        delta: Delta,
        merkle_root: MerkleRoot,
        mut overlay: Overlay,
    ) -> Arc<Self> {
        lay_over(&mut overlay, &delta);
        Arc::new(Self {
            info,
            merkle_root,
            weight: parent.weight + delta.len(),
            delta,
            overlay,
            store: Arc::clone(&parent.store),
            frozen: OnceLock::new(),
            is_root: AtomicBool::new(false),
        })
    }

    /// The id of the block, a multihash. The genesis state has `12 20` and 32 zero bytes.
    pub fn id(&self) -> &Bytes {
        &self.info.id
    }

    /// The id of the parent block.
    pub fn previous(&self) -> &Bytes {
        &self.info.previous
    }

    /// The height of the block; 0 is the genesis state.
    pub fn height(&self) -> u64 {
        self.info.height
    }

    /// What fork choice knows of the block.
    pub fn info(&self) -> &BlockInfo {
        &self.info
    }

    /// The merkle root of the block's changes, a multihash; [`crate::NO_MERKLE_ROOT`] for the
    /// genesis state.
    pub fn merkle_root(&self) -> &MerkleRoot {
        &self.merkle_root
    }

    /// Whether this is, or was, the root of the tree: irreversible and in the store.
    pub fn is_root(&self) -> bool {
        self.is_root.load(Ordering::Relaxed)
    }

    /// The changes of this block as listed in its receipt. Empty for a root read from the store.
    pub fn delta_entries(&self) -> impl Iterator<Item = (&Bytes, Option<&Bytes>)> {
        self.delta.entries()
    }

    /// Number of keys in the merged changes that this node holds in memory, for monitoring.
    pub fn overlay_len(&self) -> usize {
        self.overlay.len()
    }

    pub(crate) fn delta(&self) -> &Delta {
        &self.delta
    }

    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    pub(crate) fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    pub(crate) fn set_root(&self) {
        self.is_root.store(true, Ordering::Relaxed);
    }

    /// Makes all further reads use `snapshot`. To be called before the store changes under this node.
    pub(crate) fn freeze(&self, snapshot: &Arc<dyn Read>) {
        // A node that was frozen before has its snapshot from then, which is the one that fits.
        self.frozen.get_or_init(|| Arc::clone(snapshot));
    }

    /// Runs `read` on the store as it was at the root below the overlay.
    pub(crate) fn with_store<T>(&self, read: impl Fn(&dyn Read) -> Result<T>) -> Result<T> {
        if self.frozen.get().is_none() {
            let result = read(&*self.store);
            // Frozen meanwhile: what was read may be of a later root. See the crate documentation.
            if self.frozen.get().is_none() {
                return result;
            }
        }
        match self.frozen.get() {
            Some(snapshot) => read(&**snapshot),
            None => read(&*self.store),
        }
    }

    /// The objects strictly behind `key`, on what [`Node::with_store`] provides.
    pub(crate) fn walk<'a>(
        &'a self,
        store: &'a dyn Read,
        key: &[u8],
        direction: Direction,
    ) -> Result<Walk<'a>> {
        let below = layer::stored(store, key, direction)?;
        let effect = |(key, value): (&'a Bytes, &'a Option<Bytes>)| (key, value.as_ref());
        Ok(match direction {
            Direction::Up => {
                let range = (Bound::Excluded(key), Bound::Unbounded);
                layer::layered(self.overlay.range::<_, [u8]>(range).map(effect), below, direction)
            }
            Direction::Down => {
                let range = (Bound::Unbounded, Bound::Excluded(key));
                let changes = self.overlay.range::<_, [u8]>(range).rev().map(effect);
                layer::layered(changes, below, direction)
            }
        })
    }

    fn neighbour(&self, key: &[u8], direction: Direction) -> Result<Option<(Bytes, Bytes)>> {
        self.with_store(|store| self.walk(store, key, direction)?.next().transpose())
    }
}

/// Merges the effects of a delta into an overlay.
pub(crate) fn lay_over(overlay: &mut Overlay, delta: &Delta) {
    for (key, value) in delta.effects() {
        overlay.insert(key.clone(), value.cloned());
    }
}

impl Reader for Node {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        match self.overlay.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.with_store(|store| Ok(store.get(OBJECTS, key)?)),
        }
    }

    fn next(&self, key: &[u8]) -> Result<Option<(Bytes, Bytes)>> {
        self.neighbour(key, Direction::Up)
    }

    fn prev(&self, key: &[u8]) -> Result<Option<(Bytes, Bytes)>> {
        self.neighbour(key, Direction::Down)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("info", &self.info).finish_non_exhaustive()
    }
}
