//! Walking through a keyspace in key order.

use bytes::Bytes;

use crate::Result;

/// A position in a keyspace, either at an entry or at none. It sees the keyspace as it was when the
/// cursor was made.
///
/// # Errors
/// Every move fails when the storage cannot be read; the cursor is then at no entry.
pub trait Cursor {
    /// Moves to the first entry whose key is not below `key`.
    fn seek(&mut self, key: &[u8]) -> Result<()>;
    /// Moves to the last entry whose key is not above `key`.
    fn seek_for_prev(&mut self, key: &[u8]) -> Result<()>;
    /// Moves to the first entry.
    fn seek_to_first(&mut self) -> Result<()>;
    /// Moves to the last entry.
    fn seek_to_last(&mut self) -> Result<()>;
    /// Moves up by one entry. Does nothing when the cursor is at none.
    fn next(&mut self) -> Result<()>;
    /// Moves down by one entry. Does nothing when the cursor is at none.
    fn prev(&mut self) -> Result<()>;
    /// The key and value at this position, valid until the next move.
    fn entry(&self) -> Option<(&[u8], &[u8])>;
}

/// Which way to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From smaller keys to greater ones.
    Up,
    /// From greater keys to smaller ones.
    Down,
}

/// An iterator over copies of the entries. After an error it ends.
pub struct Entries<'a> {
    cursor: Box<dyn Cursor + 'a>,
    direction: Direction,
    /// Whether the cursor is at an entry that was given out.
    given: bool,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(
        mut cursor: Box<dyn Cursor + 'a>,
        from: &[u8],
        direction: Direction,
    ) -> Result<Self> {
        match direction {
            Direction::Up => cursor.seek(from)?,
            Direction::Down => cursor.seek_for_prev(from)?,
        }
        Ok(Self { cursor, direction, given: false })
    }

    fn step(&mut self) -> Result<()> {
        match (std::mem::replace(&mut self.given, true), self.direction) {
            (false, _) => Ok(()),
            (true, Direction::Up) => self.cursor.next(),
            (true, Direction::Down) => self.cursor.prev(),
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<(Bytes, Bytes)>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.step() {
            return Some(Err(error));
        }
        let (key, value) = self.cursor.entry()?;
        Some(Ok((Bytes::copy_from_slice(key), Bytes::copy_from_slice(value))))
    }
}
