//! What a question is answered from: records and recent blocks of one moment.

use std::sync::Arc;

use bytes::Bytes;
use koinos_kv::Read;
use koinos_proto::BlockTopology;
use parking_lot::RwLockReadGuard;

use crate::error::Error;
use crate::index::is_orphan;
use crate::recent::{PARTS, part_key};
use crate::state::{Recent, State};

/// What has become of a block that the index has taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is part of the chain for good.
    Irreversible,
    /// It is the head or an ancestor of it.
    Main,
    /// It is on another branch, which may still become the chain.
    Fork,
    /// Its branch is dead.
    Orphan,
}

/// An index at one moment. While it is held nothing becomes irreversible, so it is to be short.
pub struct View<'a, E> {
    pub(crate) state: RwLockReadGuard<'a, State<E>>,
    pub(crate) store: &'a dyn Read,
}

impl<'a, E> View<'a, E> {
    /// The records of the irreversible blocks.
    pub fn store(&self) -> &'a dyn Read {
        self.store
    }

    /// The recent blocks up to the head, lowest first.
    pub fn main(&self) -> &[Arc<Recent<E>>] {
        self.state.main()
    }

    /// The recent blocks of all branches in the order they came.
    pub fn by_arrival(&self) -> impl DoubleEndedIterator<Item = &Arc<Recent<E>>> {
        self.state.by_arrival()
    }

    /// Parts of recent blocks, by [`Recent::sequence`] and number; `None` for one that there is not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn parts(&self, which: &[(u64, u32)]) -> Result<Vec<Option<Bytes>>, Error> {
        let keys: Vec<_> = which.iter().map(|(block, number)| part_key(*block, *number)).collect();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        Ok(self.store.multi_get(PARTS, &keys)?)
    }

    /// The head.
    pub fn head(&self) -> BlockTopology {
        self.state.head().clone()
    }

    /// The height up to which blocks are irreversible.
    pub fn last_irreversible(&self) -> u64 {
        self.state.cursor.height
    }

    /// What has become of a block that the index has taken in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn standing(&self, id: &[u8]) -> Result<Standing, Error> {
        Ok(match self.state.recent(id) {
            Some(_) if self.state.is_main(id) => Standing::Main,
            Some(_) => Standing::Fork,
            None if is_orphan(self.store, id)? => Standing::Orphan,
            None => Standing::Irreversible,
        })
    }
}
