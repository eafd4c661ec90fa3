//! The recent blocks: those above the cursor, of all branches.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use koinos_proto::BlockTopology;

/// A recent block.
#[derive(Debug)]
pub struct Recent<E> {
    /// Its place in the order of arrival.
    pub sequence: u64,
    /// Id, height and parent.
    pub topology: BlockTopology,
    /// What it changes.
    pub effects: E,
}

/// The cursor, and what is above.
pub(crate) struct State<E> {
    /// The last block whose changes are records.
    pub(crate) cursor: BlockTopology,
    /// The parent of each of them is among them, too, or it is the cursor. A parent has come before
    /// its children.
    recent: HashMap<Bytes, Arc<Recent<E>>>,
    arrival: BTreeMap<u64, Arc<Recent<E>>>,
    /// The branch of the head, from the block behind the cursor up to the head.
    main: Vec<Arc<Recent<E>>>,
    main_ids: HashSet<Bytes>,
    next_sequence: u64,
}

impl<E> State<E> {
    pub(crate) fn new(cursor: BlockTopology, next_sequence: u64) -> Self {
        Self {
            cursor,
            recent: HashMap::new(),
            arrival: BTreeMap::new(),
            main: Vec::new(),
            main_ids: HashSet::new(),
            next_sequence,
        }
    }

    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// The chosen block: the last of the branch, or the cursor.
    pub(crate) fn head(&self) -> &BlockTopology {
        self.main.last().map_or(&self.cursor, |block| &block.topology)
    }

    /// The branch of the head, lowest first.
    pub(crate) fn main(&self) -> &[Arc<Recent<E>>] {
        &self.main
    }

    pub(crate) fn is_main(&self, id: &[u8]) -> bool {
        self.main_ids.contains(id)
    }

    pub(crate) fn recent(&self, id: &[u8]) -> Option<&Arc<Recent<E>>> {
        self.recent.get(id)
    }

    /// All recent blocks in the order they came.
    pub(crate) fn by_arrival(&self) -> impl DoubleEndedIterator<Item = &Arc<Recent<E>>> {
        self.arrival.values()
    }

    /// Whether the block is the cursor or a recent one.
    pub(crate) fn knows(&self, id: &[u8]) -> bool {
        self.cursor.id == id || self.recent.contains_key(id)
    }

    /// Takes in a block whose parent is known.
    pub(crate) fn insert(&mut self, block: Recent<E>) {
        let block = Arc::new(block);
        self.next_sequence = self.next_sequence.max(block.sequence + 1);
        self.arrival.insert(block.sequence, block.clone());
        self.recent.insert(block.topology.id.clone(), block);
    }

    /// Makes a known block the head; an unknown one changes nothing. Says whether it is known.
    pub(crate) fn set_head(&mut self, id: &[u8]) -> bool {
        if !self.knows(id) {
            return false;
        }
        if let Some(block) = self.recent.get(id)
            && block.topology.previous == self.head().id
        {
            self.main_ids.insert(block.topology.id.clone());
            self.main.push(block.clone());
            return true;
        }
        self.main = self.path_to(id);
        self.main_ids = self.main.iter().map(|block| block.topology.id.clone()).collect();
        true
    }

    /// The blocks above the cursor up to a recent one, lowest first.
    pub(crate) fn path_to(&self, id: &[u8]) -> Vec<Arc<Recent<E>>> {
        let mut path = Vec::new();
        let mut at = self.recent.get(id);
        while let Some(block) = at {
            path.push(block.clone());
            at = self.recent.get(&block.topology.previous);
        }
        path.reverse();
        path
    }

    /// The recent blocks that descend from a block, which need not be known.
    pub(crate) fn descendants(&self, id: &Bytes) -> HashSet<Bytes> {
        let mut found = HashSet::from([id.clone()]);
        for block in self.by_arrival() {
            if found.contains(&block.topology.previous) {
                found.insert(block.topology.id.clone());
            }
        }
        found.remove(id);
        found
    }

    /// Moves the cursor. All but the descendants of the new one are dropped. If the head is dropped,
    /// the cursor is the head.
    pub(crate) fn move_cursor(&mut self, cursor: BlockTopology, staying: &HashSet<Bytes>) {
        let head = self.head().id.clone();
        self.cursor = cursor;
        self.recent.retain(|id, _| staying.contains(id));
        self.arrival.retain(|_, block| staying.contains(&block.topology.id));
        self.main.clear();
        self.main_ids.clear();
        self.set_head(&head);
    }
}
