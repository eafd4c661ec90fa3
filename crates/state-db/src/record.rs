//! The stored record of the root.

use bytes::Bytes;
use koinos_kv::{Read, WriteBatch};
use prost::Message;

use crate::{BlockInfo, Error, META, MerkleRoot, OBJECTS, Result};

const ROOT_KEY: &[u8] = b"root";

/// Which block the stored objects belong to. It is written in the same batch as the objects.
#[derive(Clone, PartialEq, Message)]
struct RootRecord {
    #[prost(bytes = "bytes", tag = "1")]
    id: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    previous: Bytes,
    #[prost(uint64, tag = "3")]
    height: u64,
    #[prost(uint64, tag = "4")]
    timestamp: u64,
    #[prost(bytes = "bytes", tag = "5")]
    signer: Bytes,
    #[prost(bytes = "bytes", tag = "6")]
    merkle_root: Bytes,
}

/// Adds the record of the root to the batch that makes it one.
pub(crate) fn write_root(batch: &mut WriteBatch, info: &BlockInfo, merkle_root: &MerkleRoot) {
    let BlockInfo { id, previous, height, timestamp, signer } = info.clone();
    let merkle_root = Bytes::copy_from_slice(merkle_root);
    let record = RootRecord { id, previous, height, timestamp, signer, merkle_root };
    batch.put(META, ROOT_KEY, record.encode_to_vec());
}

/// The record of the root, or `None` in a store that has never been used.
pub(crate) fn read_root(store: &dyn Read) -> Result<Option<(BlockInfo, MerkleRoot)>> {
    let Some(bytes) = store.get(META, ROOT_KEY)? else {
        let mut objects = store.cursor(OBJECTS)?;
        objects.seek_to_first()?;
        return match objects.entry() {
            Some(_) => Err(Error::Damaged("it has objects but no record of their block")),
            None => Ok(None),
        };
    };
    let unreadable = || Error::Damaged("the record of its block is unreadable");
    let record = RootRecord::decode(bytes).map_err(|_| unreadable())?;
    let RootRecord { id, previous, height, timestamp, signer, merkle_root } = record;
    let merkle_root = merkle_root[..].try_into().map_err(|_| unreadable())?;
    Ok(Some((BlockInfo { id, previous, height, timestamp, signer }, merkle_root)))
}
