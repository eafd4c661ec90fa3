//! Changes that are applied together.

use bytes::Bytes;

/// When a write counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk: survives the loss of power.
    Sync,
    /// When the operating system has it: survives the death of the process. After a loss of power the
    /// store is at some earlier write, never between two.
    NoSync,
}

/// A list of changes that a store applies in order and as one.
#[derive(Debug, Clone, Default)]
pub struct WriteBatch {
    pub(crate) changes: Vec<Change>,
}

#[derive(Debug, Clone)]
pub(crate) enum Change {
    Put { keyspace: &'static str, key: Bytes, value: Bytes },
    Delete { keyspace: &'static str, key: Bytes },
    Clear { keyspace: &'static str },
}

impl WriteBatch {
    /// A batch without changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of `key`.
    pub fn put(&mut self, keyspace: &'static str, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.changes.push(Change::Put { keyspace, key: key.into(), value: value.into() });
    }

    /// Removes `key`, whether it exists or not.
    pub fn delete(&mut self, keyspace: &'static str, key: impl Into<Bytes>) {
        self.changes.push(Change::Delete { keyspace, key: key.into() });
    }

    /// Removes every key of the keyspace that exists when the batch is written, and those that the
    /// batch itself put before.
    pub fn clear(&mut self, keyspace: &'static str) {
        self.changes.push(Change::Clear { keyspace });
    }

    /// Number of changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether there are no changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
