//! Snapshots of RocksDB that own a share of the database.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use rocksdb::{DBWithThreadMode, ReadOptions, SingleThreaded, SnapshotWithThreadMode};

use crate::rocks::Inner;
use crate::{Cursor, Read, Result};

type Snapshot<'a> = SnapshotWithThreadMode<'a, DBWithThreadMode<SingleThreaded>>;

/// A snapshot together with the database it belongs to, so that it needs no lifetime.
pub(crate) struct OwnedSnapshot {
    /// Borrows from `store`; the lifetime is a stand-in, see [`OwnedSnapshot::new`].
    snapshot: ManuallyDrop<Snapshot<'static>>,
    store: Arc<Inner>,
}

impl OwnedSnapshot {
    pub(crate) fn new(store: Arc<Inner>) -> Self {
        let snapshot = store.db.snapshot();
        // SAFETY: only the lifetime changes. The snapshot borrows `store.db`, which lives on the heap
        // behind an `Arc` that is never mutated and that this value keeps; `drop` below drops the
        // snapshot before the `Arc`, and nothing hands out the snapshot with its false lifetime.
        let snapshot = unsafe { std::mem::transmute::<Snapshot<'_>, Snapshot<'static>>(snapshot) };
        Self { snapshot: ManuallyDrop::new(snapshot), store }
    }

    fn options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        options.set_snapshot(&*self.snapshot);
        options
    }
}

impl Drop for OwnedSnapshot {
    fn drop(&mut self) {
        // SAFETY: this is the only place that drops it, it runs once, and the snapshot is not used
        // afterwards. `store`, which it borrows from, is dropped after this function.
        unsafe { ManuallyDrop::drop(&mut self.snapshot) }
    }
}

impl Read for OwnedSnapshot {
    fn get_with(&self, keyspace: &str, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.store.get_with(keyspace, key, &self.options(), read)
    }

    fn multi_get_with(
        &self,
        keyspace: &str,
        keys: &[&[u8]],
        read: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<()> {
        self.store.multi_get_with(keyspace, keys, &self.options(), read)
    }

    fn cursor(&self, keyspace: &str) -> Result<Box<dyn Cursor + '_>> {
        self.store.cursor(keyspace, self.options())
    }
}
