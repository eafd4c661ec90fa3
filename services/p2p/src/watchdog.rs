//! The fork watchdog: a producer that signs many blocks at one height on one parent is not to be
//! followed.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;

use crate::block::BlockInfo;

/// Blocks of one signer on one parent at one height that are put up with.
const MOST: usize = 3;

/// Counts the blocks of each signer.
#[derive(Debug, Default)]
pub struct Watchdog(BTreeMap<u64, HashMap<(Bytes, Bytes), HashSet<Bytes>>>);

impl Watchdog {
    /// Counts a block. Returns whether it is one too many; the first ones stay welcome.
    pub fn is_bomb(&mut self, block: &BlockInfo) -> bool {
        let signer = (block.signer.clone(), block.previous.clone());
        let ids = self.0.entry(block.height).or_default().entry(signer).or_default();
        if ids.len() < MOST {
            ids.insert(block.id.clone());
        }
        !ids.contains(&block.id)
    }

    /// Forgets what is irreversible.
    pub fn purge(&mut self, irreversible: u64) {
        self.0 = self.0.split_off(&(irreversible.saturating_add(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(id: u8, signer: u8, height: u64) -> BlockInfo {
        BlockInfo {
            id: Bytes::from(vec![id]),
            previous: Bytes::from_static(b"parent"),
            height,
            timestamp: 0,
            signer: Bytes::from(vec![signer]),
        }
    }

    #[test]
    fn the_fourth_block_is_one_too_many() {
        let mut dog = Watchdog::default();
        for id in [1, 2, 3, 3, 1] {
            assert!(!dog.is_bomb(&block(id, 1, 5)));
        }
        assert!(!dog.is_bomb(&block(4, 2, 5)), "another signer");
        assert!(!dog.is_bomb(&block(4, 1, 6)), "another height");
        assert!(dog.is_bomb(&block(4, 1, 5)));
        assert!(dog.is_bomb(&block(5, 1, 5)));
        dog.purge(4);
        assert!(dog.is_bomb(&block(4, 1, 5)) && !dog.is_bomb(&block(2, 1, 5)));
        dog.purge(5);
        assert!(!dog.is_bomb(&block(4, 1, 5)));
    }
}
