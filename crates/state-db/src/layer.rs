//! Walking over layers of changes in key order.

use std::cmp::Ordering;
use std::iter::Peekable;

use bytes::Bytes;
use koinos_kv::{Direction, Read};

use crate::{OBJECTS, Result};

/// Objects in key order, upwards or downwards.
pub(crate) type Walk<'a> = Box<dyn Iterator<Item = Result<(Bytes, Bytes)>> + 'a>;

/// The stored objects strictly behind `key`.
pub(crate) fn stored<'a>(
    store: &'a dyn Read,
    key: &[u8],
    direction: Direction,
) -> Result<Walk<'a>> {
    let mut entries = store.entries(OBJECTS, key, direction)?.map(|entry| Ok(entry?)).peekable();
    entries.next_if(|entry| matches!(entry, Ok((at, _)) if at == key));
    Ok(Box::new(entries))
}

/// Lays changes over the objects below: a changed key hides the one below, a removed key shows
/// nothing. Both must come in the order of `direction` and start behind the same key.
pub(crate) fn layered<'a>(
    changes: impl Iterator<Item = (&'a Bytes, Option<&'a Bytes>)> + 'a,
    below: Walk<'a>,
    direction: Direction,
) -> Walk<'a> {
    Box::new(Layered { changes: changes.peekable(), below: below.peekable(), direction })
}

struct Layered<'a, I: Iterator> {
    changes: Peekable<I>,
    below: Peekable<Walk<'a>>,
    direction: Direction,
}

impl<'a, I> Iterator for Layered<'a, I>
where
    I: Iterator<Item = (&'a Bytes, Option<&'a Bytes>)>,
{
    type Item = Result<(Bytes, Bytes)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((key, _)) = self.changes.peek() else { return self.below.next() };
            let order = match self.below.peek() {
                None => Ordering::Less,
                Some(Err(_)) => return self.below.next(),
                Some(Ok((below, _))) => match self.direction {
                    Direction::Up => (*key).cmp(below),
                    Direction::Down => below.cmp(*key),
                },
            };
            match order {
                Ordering::Less => {}
                Ordering::Equal => drop(self.below.next()),
                Ordering::Greater => return self.below.next(),
            }
            let (key, value) = self.changes.next()?;
            if let Some(value) = value {
                return Some(Ok((key.clone(), value.clone())));
            }
        }
    }
}
