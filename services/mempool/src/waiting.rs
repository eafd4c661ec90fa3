//! Blocks whose parent has not come yet.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::tree::Block;

/// So many blocks wait at most. What comes then is fetched when the gap is closed.
const CAPACITY: usize = 1_000;

#[derive(Default)]
pub(crate) struct Waiting(BTreeMap<(u64, Bytes), Block>);

impl Waiting {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn insert(&mut self, block: Block) {
        if self.0.len() < CAPACITY {
            self.0.insert((block.info.height, block.info.id.clone()), block);
        }
    }

    /// Takes the children of a block, which are one higher than `height`.
    pub(crate) fn take_children(&mut self, parent: &Bytes, height: u64) -> Vec<Block> {
        let at = height.saturating_add(1);
        let level = (at, Bytes::new())..(at.saturating_add(1), Bytes::new());
        let ids: Vec<(u64, Bytes)> = self
            .0
            .range(level)
            .filter(|(_, block)| block.info.previous == *parent)
            .map(|(key, _)| key.clone())
            .collect();
        ids.iter().filter_map(|key| self.0.remove(key)).collect()
    }

    /// Drops all up to `height`.
    pub(crate) fn drop_to(&mut self, height: u64) {
        self.0 = self.0.split_off(&(height.saturating_add(1), Bytes::new()));
    }
}
