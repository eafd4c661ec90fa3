//! A store in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use imbl::OrdMap;
use parking_lot::RwLock;

use crate::batch::Change;
use crate::{Cursor, Durability, Error, Kv, Read, Result, WriteBatch};

type Keyspaces = BTreeMap<&'static str, OrdMap<Bytes, Bytes>>;

/// A store that is gone when it is dropped: for tests, and for work that leaves nothing behind.
///
/// The maps share structure, so a snapshot or a cursor costs nothing but the differences to later
/// states.
pub struct MemoryStore {
    keyspaces: RwLock<Keyspaces>,
}

impl MemoryStore {
    /// An empty store with these keyspaces.
    pub fn new(keyspaces: &[&'static str]) -> Self {
        let keyspaces = keyspaces.iter().map(|name| (*name, OrdMap::new())).collect();
        Self { keyspaces: RwLock::new(keyspaces) }
    }
}

impl Read for MemoryStore {
    fn get_with(&self, keyspace: &str, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let value = map(&self.keyspaces.read(), keyspace)?.get(key).cloned();
        Ok(value.map(|value| read(&value)).is_some())
    }

    fn get(&self, keyspace: &str, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(map(&self.keyspaces.read(), keyspace)?.get(key).cloned())
    }

    fn multi_get_with(
        &self,
        keyspace: &str,
        keys: &[&[u8]],
        read: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<()> {
        Frozen(self.keyspaces.read().clone()).multi_get_with(keyspace, keys, read)
    }

    fn cursor(&self, keyspace: &str) -> Result<Box<dyn Cursor + '_>> {
        MapCursor::boxed(map(&self.keyspaces.read(), keyspace)?)
    }
}

impl Kv for MemoryStore {
    fn write(&self, batch: WriteBatch, _: Durability) -> Result<()> {
        let mut keyspaces = self.keyspaces.write();
        let mut changed = keyspaces.clone();
        for change in batch.changes {
            match change {
                Change::Put { keyspace, key, value } => {
                    map_mut(&mut changed, keyspace)?.insert(key, value);
                }
                Change::Delete { keyspace, key } => {
                    map_mut(&mut changed, keyspace)?.remove(&key);
                }
                Change::Clear { keyspace } => map_mut(&mut changed, keyspace)?.clear(),
            }
        }
        *keyspaces = changed;
        Ok(())
    }

    fn durability(&self) -> Durability {
        Durability::NoSync
    }

    fn snapshot(&self) -> Arc<dyn Read> {
        Arc::new(Frozen(self.keyspaces.read().clone()))
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}

/// The state of a store at some moment.
struct Frozen(Keyspaces);

impl Read for Frozen {
    fn get_with(&self, keyspace: &str, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        Ok(map(&self.0, keyspace)?.get(key).map(|value| read(value)).is_some())
    }

    fn multi_get_with(
        &self,
        keyspace: &str,
        keys: &[&[u8]],
        read: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<()> {
        let map = map(&self.0, keyspace)?;
        for (index, key) in keys.iter().enumerate() {
            read(index, map.get(*key).map(|value| &value[..]));
        }
        Ok(())
    }

    fn cursor(&self, keyspace: &str) -> Result<Box<dyn Cursor + '_>> {
        MapCursor::boxed(map(&self.0, keyspace)?)
    }
}

fn map<'a>(keyspaces: &'a Keyspaces, name: &str) -> Result<&'a OrdMap<Bytes, Bytes>> {
    keyspaces.get(name).ok_or_else(|| Error::UnknownKeyspace { name: name.to_owned() })
}

fn map_mut<'a>(keyspaces: &'a mut Keyspaces, name: &str) -> Result<&'a mut OrdMap<Bytes, Bytes>> {
    keyspaces.get_mut(name).ok_or_else(|| Error::UnknownKeyspace { name: name.to_owned() })
}

struct MapCursor {
    map: OrdMap<Bytes, Bytes>,
    at: Option<(Bytes, Bytes)>,
}

impl MapCursor {
    fn boxed<'a>(map: &OrdMap<Bytes, Bytes>) -> Result<Box<dyn Cursor + 'a>> {
        Ok(Box::new(Self { map: map.clone(), at: None }))
    }
}

/// A copy of an entry of a map.
fn copied(entry: Option<(&Bytes, &Bytes)>) -> Option<(Bytes, Bytes)> {
    entry.map(|(key, value)| (key.clone(), value.clone()))
}

impl Cursor for MapCursor {
    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.at = copied(self.map.get_next(key));
        Ok(())
    }

    fn seek_for_prev(&mut self, key: &[u8]) -> Result<()> {
        self.at = copied(self.map.get_prev(key));
        Ok(())
    }

    fn seek_to_first(&mut self) -> Result<()> {
        self.at = self.map.get_min().cloned();
        Ok(())
    }

    fn seek_to_last(&mut self) -> Result<()> {
        self.at = self.map.get_max().cloned();
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        let Some((key, _)) = self.at.take() else { return Ok(()) };
        // The smallest byte string above a key is the key with a zero byte behind it.
        self.seek(&[&key[..], &[0]].concat())
    }

    fn prev(&mut self) -> Result<()> {
        let Some((key, _)) = self.at.take() else { return Ok(()) };
        let below = (std::ops::Bound::Unbounded, std::ops::Bound::Excluded(&key[..]));
        self.at = copied(self.map.range::<_, [u8]>(below).next_back());
        Ok(())
    }

    fn entry(&self) -> Option<(&[u8], &[u8])> {
        self.at.as_ref().map(|(key, value)| (&key[..], &value[..]))
    }
}
