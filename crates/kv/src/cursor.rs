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
    progress: Progress,
}

enum Progress {
    /// The cursor is at an entry that was not given out yet.
    Ahead,
    /// The cursor is at the entry that was given out last.
    At,
    Ended,
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
        Ok(Self { cursor, direction, progress: Progress::Ahead })
    }

    fn step(&mut self) -> Result<Option<(Bytes, Bytes)>> {
        match (std::mem::replace(&mut self.progress, Progress::Ended), self.direction) {
            (Progress::Ended, _) => return Ok(None),
            (Progress::Ahead, _) => {}
            (Progress::At, Direction::Up) => self.cursor.next()?,
            (Progress::At, Direction::Down) => self.cursor.prev()?,
        }
        let Some((key, value)) = self.cursor.entry() else { return Ok(None) };
        self.progress = Progress::At;
        Ok(Some((Bytes::copy_from_slice(key), Bytes::copy_from_slice(value))))
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<(Bytes, Bytes)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
