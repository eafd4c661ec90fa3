//! Ordered key-value storage: the traits [`Read`] and [`Kv`], RocksDB behind them ([`Store`]) and a
//! map in memory ([`MemoryStore`]).
//!
//! A store holds named keyspaces, each an ordered map from byte strings to byte strings, ordered
//! bytewise. All changes go through [`Kv::write`]: one [`WriteBatch`] over any number of keyspaces,
//! applied completely or not at all, also across a crash.
//!
//! "Not found" is only ever said of a key that is known to be absent; whatever else goes wrong is an
//! [`Error`].

mod batch;
mod cursor;
mod error;
mod format;
mod memory;
mod rocks;
mod snapshot;

use std::sync::Arc;

use bytes::Bytes;

pub use batch::{Durability, WriteBatch};
pub use cursor::{Cursor, Direction, Entries};
pub use error::{Error, Result};
pub use format::{Format, Migrate};
pub use memory::MemoryStore;
pub use rocks::{Compression, Keyspace, Options, Store};

/// Reading: the current state of a store, or a snapshot of one.
pub trait Read: Send + Sync {
    /// Calls `read` with the value of `key`, without copying it, and says whether there was one.
    ///
    /// # Errors
    /// When the keyspace is unknown or the storage cannot be read.
    fn get_with(&self, keyspace: &str, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool>;

    /// The value of `key`, copied once.
    ///
    /// # Errors
    /// As [`Read::get_with`].
    fn get(&self, keyspace: &str, key: &[u8]) -> Result<Option<Bytes>> {
        let mut value = None;
        self.get_with(keyspace, key, &mut |bytes| value = Some(Bytes::copy_from_slice(bytes)))?;
        Ok(value)
    }

    /// Calls `read` with the number of the key in `keys` and its value, if it has one, for each key in
    /// turn. Cheaper than as many calls of [`Read::get_with`].
    ///
    /// # Errors
    /// As [`Read::get_with`]; `read` may have been called for some of the keys by then.
    fn multi_get_with(
        &self,
        keyspace: &str,
        keys: &[&[u8]],
        read: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<()>;

    /// The values of `keys`, in their order.
    ///
    /// # Errors
    /// As [`Read::get_with`].
    fn multi_get(&self, keyspace: &str, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>> {
        let mut values = Vec::with_capacity(keys.len());
        self.multi_get_with(keyspace, keys, &mut |_, value| {
            values.push(value.map(Bytes::copy_from_slice));
        })?;
        Ok(values)
    }

    /// A cursor over the keyspace as it is now, at no entry yet.
    ///
    /// # Errors
    /// When the keyspace is unknown.
    fn cursor(&self, keyspace: &str) -> Result<Box<dyn Cursor + '_>>;

    /// All entries from `from` (inclusive) on, upwards or downwards, copied one by one.
    ///
    /// # Errors
    /// When the keyspace is unknown or the storage cannot be read.
    fn entries(&self, keyspace: &str, from: &[u8], direction: Direction) -> Result<Entries<'_>> {
        Entries::new(self.cursor(keyspace)?, from, direction)
    }
}

/// A store: reading, writing, snapshots.
pub trait Kv: Read {
    /// Applies a batch, all of it or nothing.
    ///
    /// # Errors
    /// When a keyspace is unknown or the storage cannot be written. With [`Durability::NoSync`] a
    /// success survives the death of the process, but not that of the machine.
    fn write(&self, batch: WriteBatch, durability: Durability) -> Result<()>;

    /// How the store's owner wants ordinary commits written.
    fn durability(&self) -> Durability;

    /// The state of the store at this moment, kept readable for as long as it is held.
    fn snapshot(&self) -> Arc<dyn Read>;

    /// Makes everything written so far durable.
    ///
    /// # Errors
    /// When the storage cannot be written.
    fn flush(&self) -> Result<()>;
}
