//! The store with a cache of objects in front of it.

use std::sync::Arc;

use bytes::Bytes;
use koinos_kv::{Cursor, Kv, Read, Result, WriteBatch};
use parking_lot::RwLock;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::OBJECTS;

/// Memory for cached objects, in bytes.
const CAPACITY: u64 = 32 << 20;
/// Number of objects that the cache is laid out for at first.
const EXPECTED_OBJECTS: usize = 64 << 10;
/// What an entry takes besides its bytes, roughly.
const OVERHEAD: u64 = 128;

/// The objects of the root: those read or changed of late from memory, the others from the store.
/// That an object does not exist is remembered too.
///
/// The cache never disagrees with the store for longer than a commit takes, see
/// [`CachedStore::commit`].
pub(crate) struct CachedStore {
    store: Arc<dyn Kv>,
    cache: Cache<Bytes, Option<Bytes>, Weight>,
    /// Number of commits so far. Read-locked while an object that was read enters the cache.
    commits: RwLock<u64>,
}

impl CachedStore {
    pub(crate) fn new(store: Arc<dyn Kv>) -> Self {
        let cache = Cache::with_weighter(EXPECTED_OBJECTS, CAPACITY, Weight);
        Self { store, cache, commits: RwLock::new(0) }
    }

    pub(crate) fn snapshot(&self) -> Arc<dyn Read> {
        self.store.snapshot()
    }

    /// Writes the batch, which changes `objects` to these values.
    ///
    /// A reader may have read an object from the store before the write and be about to cache it. It
    /// does so only if no commit was counted meanwhile; so what it caches before the count is
    /// overwritten here, and after the count it does not cache it.
    pub(crate) fn commit(
        &self,
        batch: WriteBatch,
        objects: impl IntoIterator<Item = (Bytes, Option<Bytes>)>,
    ) -> Result<()> {
        self.store.write(batch, self.store.durability())?;
        *self.commits.write() += 1;
        for (key, value) in objects {
            // Objects that nobody reads stay out.
            drop(self.cache.replace(key, value, true));
        }
        Ok(())
    }

    /// Writes a batch that may change any object.
    pub(crate) fn reset(&self, batch: WriteBatch) -> Result<()> {
        self.commit(batch, [])?;
        self.cache.clear();
        Ok(())
    }

    fn object(&self, key: &[u8]) -> Result<Option<Bytes>> {
        if let Some(value) = self.cache.get(key) {
            return Ok(value);
        }
        let commits = *self.commits.read();
        let value = self.store.get(OBJECTS, key)?;
        let now = self.commits.read();
        if *now == commits {
            self.cache.insert(Bytes::copy_from_slice(key), value.clone());
        }
        Ok(value)
    }
}

impl Read for CachedStore {
    fn get(&self, keyspace: &str, key: &[u8]) -> Result<Option<Bytes>> {
        match keyspace {
            OBJECTS => self.object(key),
            _ => self.store.get(keyspace, key),
        }
    }

    fn get_with(&self, keyspace: &str, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.store.get_with(keyspace, key, read)
    }

    fn multi_get_with(
        &self,
        keyspace: &str,
        keys: &[&[u8]],
        read: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<()> {
        self.store.multi_get_with(keyspace, keys, read)
    }

    fn cursor(&self, keyspace: &str) -> Result<Box<dyn Cursor + '_>> {
        self.store.cursor(keyspace)
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<Bytes, Option<Bytes>> for Weight {
    fn weight(&self, key: &Bytes, value: &Option<Bytes>) -> u64 {
        OVERHEAD + (key.len() + value.as_ref().map_or(0, Bytes::len)) as u64
    }
}
