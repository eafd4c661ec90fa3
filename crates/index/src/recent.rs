//! Recent blocks on the disk: of each what it changes, not the block, and least of all its receipt.
//!
//! A receipt grows with the square of its block's transactions and may have more than 64 MiB. What a
//! service answers from in a moment is in memory too; *parts* are what its records will consist of,
//! and stay on the disk until they are asked for or become records.

use bytes::Bytes;
use koinos_kv::{Direction, Read, WriteBatch};
use koinos_proto::BlockTopology;
use prost::Message;

use crate::error::Error;

/// Place in the order of arrival (u64, big endian) -> [`Kept`].
pub(crate) const RECENT: &str = "recent";
/// Place in the order of arrival (u64, big endian), number of the part (u32, big endian) -> the part.
pub(crate) const PARTS: &str = "parts";

/// Parts of a block by numbers of the service's own, each number once.
pub type Parts = Vec<(u32, Bytes)>;

/// A recent block as it is stored.
#[derive(Clone, PartialEq, Message)]
struct Kept {
    #[prost(message, optional, tag = "1")]
    topology: Option<BlockTopology>,
    /// What it changes, as the service writes it.
    #[prost(bytes = "bytes", tag = "2")]
    effects: Bytes,
}

/// A block and what it changes, as they are stored.
pub(crate) fn pack(topology: &BlockTopology, effects: &impl Message) -> Bytes {
    let (topology, effects) = (Some(topology.clone()), effects.encode_to_vec().into());
    Kept { topology, effects }.encode_to_vec().into()
}

/// What [`pack`] made; it keeps nothing in memory but that.
///
/// # Errors
/// When it is something else.
pub(crate) fn unpack<E: Message + Default>(packed: Bytes) -> Result<(BlockTopology, E), Error> {
    let damaged = || Error::Damaged("a recent block cannot be read");
    let kept = Kept::decode(packed).map_err(|_| damaged())?;
    let effects = E::decode(kept.effects).map_err(|_| damaged())?;
    Ok((kept.topology.ok_or_else(damaged)?, effects))
}

/// Stores a block and its parts.
pub(crate) fn put(batch: &mut WriteBatch, sequence: u64, packed: Bytes, parts: Parts) {
    batch.put(RECENT, sequence.to_be_bytes().to_vec(), packed);
    for (number, part) in parts {
        batch.put(PARTS, part_key(sequence, number), part);
    }
}

/// Removes a block and its parts, which are returned.
///
/// # Errors
/// When they cannot be read.
pub(crate) fn take(
    batch: &mut WriteBatch,
    store: &dyn Read,
    sequence: u64,
) -> Result<Parts, Error> {
    batch.delete(RECENT, sequence.to_be_bytes().to_vec());
    let mut parts = Parts::new();
    for entry in store.entries(PARTS, &sequence.to_be_bytes(), Direction::Up)? {
        let (key, part) = entry?;
        let Some(number) = key.strip_prefix(&sequence.to_be_bytes()) else { break };
        let number = number.try_into().map(u32::from_be_bytes);
        parts.push((number.map_err(|_| Error::Damaged("a part has no number"))?, part));
        batch.delete(PARTS, key);
    }
    Ok(parts)
}

pub(crate) fn part_key(sequence: u64, number: u32) -> Vec<u8> {
    [&sequence.to_be_bytes()[..], &number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use koinos_kv::{Durability, Kv, MemoryStore};

    use super::*;

    #[test]
    fn a_block_is_kept_with_its_parts_and_taken_out_alone() {
        let store = MemoryStore::new(&[RECENT, PARTS]);
        let mut batch = WriteBatch::new();
        for sequence in [255, 256, 257] {
            let parts = vec![(0, Bytes::from(format!("{sequence}"))), (700, Bytes::new())];
            put(&mut batch, sequence, Bytes::from_static(b"packed"), parts);
        }
        store.write(batch, Durability::NoSync).unwrap();
        let mut batch = WriteBatch::new();
        let taken = take(&mut batch, &store, 256).unwrap();
        assert_eq!(taken, [(0, Bytes::from_static(b"256")), (700, Bytes::new())]);
        store.write(batch, Durability::NoSync).unwrap();
        for (sequence, stays) in [(255_u64, true), (256, false), (257, true)] {
            let found = store.get(RECENT, &sequence.to_be_bytes()).unwrap();
            assert_eq!(found.is_some(), stays, "{sequence}");
            for number in [0, 700] {
                let found = store.get(PARTS, &part_key(sequence, number)).unwrap();
                assert_eq!(found.is_some(), stays, "{sequence} {number}");
            }
        }
    }

    #[test]
    fn what_is_not_a_recent_block_is_refused() {
        let topology = BlockTopology { id: "id".into(), height: 7, previous: "parent".into() };
        let effects = BlockTopology { height: 1, ..Default::default() };
        let packed = pack(&topology, &effects);
        assert_eq!(unpack::<BlockTopology>(packed.clone()).unwrap(), (topology, effects));
        let no_topology = Kept::default().encode_to_vec().into();
        for bytes in [packed.slice(1..), no_topology] {
            let unpacked = unpack::<BlockTopology>(bytes);
            assert!(matches!(unpacked, Err(Error::Damaged(_))), "{unpacked:?}");
        }
    }
}
