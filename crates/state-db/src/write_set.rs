//! The changes of a block that is being applied.

use std::sync::Arc;

use bytes::Bytes;
use koinos_kv::Direction;

use crate::delta::{Delta, Entry, MerkleRoot, entries_root};
use crate::layer;
use crate::{Error, Node, Reader, Result};

/// Uncommitted changes over a node: the level of the block, and above it the levels of transactions
/// that are open. Reads and writes go to the topmost level.
///
/// It also serves for trials: drop it, and nothing has happened.
#[derive(Debug, Clone)]
pub struct WriteSet {
    parent: Arc<Node>,
    block: Delta,
    open: Vec<Delta>,
    /// The merkle root of a list of entries that is all there is in `block`.
    replayed: Option<MerkleRoot>,
}

impl WriteSet {
    /// No changes yet on the state of `parent`.
    pub fn new(parent: Arc<Node>) -> Self {
        Self { parent, block: Delta::default(), open: Vec::new(), replayed: None }
    }

    /// The node below.
    pub fn parent(&self) -> &Arc<Node> {
        &self.parent
    }

    /// Sets the value of `key` and returns the length in bytes of the value it had.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn put(&mut self, key: Bytes, value: Bytes) -> Result<Option<usize>> {
        let previous = self.get(&key)?.map(|value| value.len());
        self.top().put(key, value);
        Ok(previous)
    }

    /// Removes `key` and returns the length in bytes of the value it had. A key that is not visible
    /// leaves no trace; one that is gets listed as removed, even if it was created in this same level.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn remove(&mut self, key: &[u8]) -> Result<Option<usize>> {
        let previous = self.get(key)?.map(|value| value.len());
        if previous.is_some() {
            self.top().remove(Bytes::copy_from_slice(key));
        }
        Ok(previous)
    }

    /// Opens a level, for a transaction.
    pub fn push(&mut self) {
        self.open.push(Delta::default());
    }

    /// Closes the topmost open level and keeps its changes: first its removals are taken over by the
    /// level below, then its puts, which clear the mark of a removal there.
    ///
    /// # Errors
    /// [`Error::NoOpenLevel`] when only the level of the block is left.
    pub fn commit_level(&mut self) -> Result<()> {
        let level = self.open.pop().ok_or(Error::NoOpenLevel)?;
        self.top().squash(level);
        Ok(())
    }

    /// Closes the topmost open level and drops its changes.
    ///
    /// # Errors
    /// [`Error::NoOpenLevel`] when only the level of the block is left.
    pub fn drop_level(&mut self) -> Result<()> {
        self.open.pop().map(drop).ok_or(Error::NoOpenLevel)
    }

    /// Number of open levels above that of the block.
    pub fn open_levels(&self) -> usize {
        self.open.len()
    }

    /// The changes of the block's level, as receipts list them: ascending by key, `None` for a
    /// removal; a key that was removed and then put in the same level comes twice, with its value.
    pub fn delta_entries(&self) -> impl Iterator<Item = (&Bytes, Option<&Bytes>)> {
        self.block.entries()
    }

    /// The changes of the topmost level, listed in the same way.
    pub fn level_entries(&self) -> impl Iterator<Item = (&Bytes, Option<&Bytes>)> {
        self.open.last().unwrap_or(&self.block).entries()
    }

    /// Takes over the changes of a block from the entries of its receipt, instead of applying it, at
    /// the level of the block. Every entry counts, see [`crate::entries_root`]; one without value is a
    /// removal even if the key does not exist. Further changes may follow.
    pub fn replay(&mut self, entries: &[Entry]) {
        let alone = self.block.is_empty();
        self.block.replay(entries);
        self.replayed = alone.then(|| entries_root(entries));
    }

    /// The merkle root of the changes of the block's level.
    pub fn merkle_root(&self) -> MerkleRoot {
        self.replayed.unwrap_or_else(|| self.block.merkle_root())
    }

    /// The delta of the block and its merkle root.
    pub(crate) fn finish(self) -> Result<(Arc<Node>, Delta, MerkleRoot)> {
        match self.open.is_empty() {
            true => {
                let merkle_root = self.merkle_root();
                Ok((self.parent, self.block, merkle_root))
            }
            false => Err(Error::OpenLevel),
        }
    }

    /// The level that takes the next change.
    fn top(&mut self) -> &mut Delta {
        match self.open.last_mut() {
            Some(level) => level,
            None => {
                self.replayed = None;
                &mut self.block
            }
        }
    }

    fn neighbour(&self, key: &[u8], direction: Direction) -> Result<Option<(Bytes, Bytes)>> {
        self.parent.with_store(|store| {
            let below = self.parent.walk(store, key, direction)?;
            let levels = std::iter::once(&self.block).chain(&self.open);
            let walk = levels.fold(below, |below, level| match level.is_empty() {
                true => below,
                false => layer::layered(level.effects_from(key, direction), below, direction),
            });
            { walk }.next().transpose()
        })
    }
}

impl Reader for WriteSet {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        let mut levels = self.open.iter().rev().chain([&self.block]);
        match levels.find_map(|level| level.lookup(key)) {
            Some(value) => Ok(value.cloned()),
            None => self.parent.get(key),
        }
    }

    fn next(&self, key: &[u8]) -> Result<Option<(Bytes, Bytes)>> {
        self.neighbour(key, Direction::Up)
    }

    fn prev(&self, key: &[u8]) -> Result<Option<(Bytes, Bytes)>> {
        self.neighbour(key, Direction::Down)
    }
}
