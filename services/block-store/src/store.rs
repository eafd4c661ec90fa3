//! The archive of blocks and receipts, of all forks, for ever.
//!
//! Keyspace `blocks`: block id -> `koinos.block_store.block_record`. Keyspace `meta`: the byte 01
//! -> `koinos.block_topology` of the highest block. A block and the highest block it may become
//! are one write, which is on the disk before `add` returns.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use koinos_kv::{Durability, Format, Keyspace, Kv, Options, Store, WriteBatch};
use koinos_proto::BlockTopology;
use koinos_service::events;
use prost::Message;

use crate::commit::GroupCommit;
use crate::error::{Error, MAX_BLOCKS};
use crate::record::{ItemList, NewBlock, Parts, Record};
use crate::skip_list::{next_step, previous_heights};

const BLOCKS: &str = "blocks";
const META: &str = "meta";
const HIGHEST: &[u8] = &[0x01];
/// A sha2-256 multihash of 32 zero bytes: the parent of the first block.
const ZERO_ID: [u8; 34] = {
    let mut id = [0; 34];
    id[0] = 0x12;
    id[1] = 0x20;
    id
};

/// Blocks by id and by height.
pub struct BlockStore {
    kv: Box<dyn Kv>,
    highest: Mutex<BlockTopology>,
    commits: GroupCommit<Entry, koinos_kv::Error>,
}

/// A block on its way to the disk.
struct Entry {
    record: Vec<u8>,
    topology: BlockTopology,
}

impl BlockStore {
    /// Opens (or creates) the store in `directory`; `reset` deletes all blocks.
    ///
    /// # Errors
    /// When the storage cannot be opened or written.
    pub fn open(directory: &Path, reset: bool) -> Result<Self, koinos_kv::Error> {
        let format = Format { name: "koinos-block-store", version: 1, migrate: None };
        let mut options = Options::new(format, &[META]);
        options.keyspaces.push(Keyspace { name: BLOCKS, large_values: true });
        options.durability = Durability::Sync;
        let kv = Store::open(directory, &options)?;
        if reset {
            let mut batch = WriteBatch::new();
            batch.clear(BLOCKS);
            batch.clear(META);
            kv.write(batch, Durability::Sync)?;
        }
        Self::new(Box::new(kv))
    }

    /// A store over any key-value storage that has the keyspaces `blocks` and `meta`.
    ///
    /// # Errors
    /// When the storage cannot be read or written.
    pub fn new(kv: Box<dyn Kv>) -> Result<Self, koinos_kv::Error> {
        let highest = match kv.get(META, HIGHEST)? {
            Some(bytes) => BlockTopology::decode(bytes).unwrap_or_else(|error| {
                let id = events::STORE_DAMAGED;
                tracing::error!(
                    message_id = id,
                    "the record of the highest block is damaged: {error}"
                );
                genesis()
            }),
            None => {
                let mut batch = WriteBatch::new();
                batch.put(META, HIGHEST, genesis().encode_to_vec());
                kv.write(batch, Durability::Sync)?;
                genesis()
            }
        };
        Ok(Self { kv, highest: Mutex::new(highest), commits: GroupCommit::default() })
    }

    /// The highest block ever added, on whichever fork; height 0 in an empty store.
    pub fn highest(&self) -> BlockTopology {
        // The value is replaced whole.
        self.highest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stores a block. It is on the disk when this returns. Adding it again replaces it.
    ///
    /// # Errors
    /// [`Error::BlockNotPresent`] when an ancestor that the skip list needs is missing.
    pub fn add(&self, block: &NewBlock) -> Result<(), Error> {
        let record = block.record(&self.ancestors(block)?);
        if self.holds(&block.id, &record)? {
            return Ok(());
        }
        let topology = BlockTopology {
            id: block.id.clone(),
            height: block.height,
            previous: block.previous.clone(),
        };
        self.commits.commit(Entry { record, topology }, |group| self.write(group))?;
        Ok(())
    }

    /// Whether the block is stored with that receipt.
    ///
    /// # Errors
    /// When the storage fails or the record is damaged.
    pub fn has(&self, id: &[u8], block: &[u8], receipt: Option<&[u8]>) -> Result<bool, Error> {
        Ok(self.read(id, |record| record.holds(block, receipt))?.unwrap_or(false))
    }

    /// Whether the very same record is stored: blocks come once as a request and once as a
    /// broadcast.
    fn holds(&self, id: &[u8], record: &[u8]) -> Result<bool, Error> {
        let mut same = false;
        self.kv.get_with(BLOCKS, id, &mut |stored| same = stored == record)?;
        Ok(same)
    }

    /// Writes a group of blocks and the highest of them; called for one group at a time.
    fn write(&self, group: Vec<Entry>) -> Result<(), koinos_kv::Error> {
        let before = self.highest();
        let mut highest = before.clone();
        let mut batch = WriteBatch::new();
        for Entry { record, topology } in group {
            batch.put(BLOCKS, topology.id.clone(), record);
            if topology.height > highest.height {
                highest = topology;
            }
        }
        let raised = highest.height > before.height;
        if raised {
            batch.put(META, HIGHEST, highest.encode_to_vec());
        }
        self.kv.write(batch, Durability::Sync)?;
        if raised {
            *self.highest.lock().unwrap_or_else(PoisonError::into_inner) = highest;
        }
        Ok(())
    }

    /// The ids a block's skip list points to. The parent is taken from the header, whether it is
    /// stored or not.
    fn ancestors(&self, block: &NewBlock) -> Result<Vec<Bytes>, Error> {
        let mut ids = vec![block.previous.clone()];
        if block.height > 1 {
            let mut nearest = block.previous.clone();
            for height in previous_heights(block.height).skip(1) {
                nearest = self.ancestor(nearest, height)?;
                ids.push(nearest.clone());
            }
        }
        Ok(ids)
    }

    /// The ancestor of `from` (or `from` itself) at `goal`.
    fn ancestor(&self, from: Bytes, goal: u64) -> Result<Bytes, Error> {
        let mut id = from;
        let mut expected = None;
        loop {
            let step = self.read(&id, |record| step_towards(goal, expected, record))?;
            match step.ok_or_else(|| Error::BlockNotPresent(id))?? {
                Step::There(found) => return Ok(found),
                Step::On(next, height) if height == goal => return Ok(next),
                Step::On(next, height) => (id, expected) = (next, Some(height)),
            }
        }
    }

    /// Reads a record in place; `None` when there is none.
    fn read<T>(&self, id: &[u8], read: impl FnOnce(&Record<'_>) -> T) -> Result<Option<T>, Error> {
        let mut read = Some(read);
        let mut result = None;
        self.kv.get_with(BLOCKS, id, &mut |bytes| {
            if let Some(read) = read.take() {
                result = Some(Record::parse(bytes).map(|record| read(&record)));
            }
        })?;
        result.transpose()
    }

    /// The items of the blocks `ids`, in their order; an unknown id gives an empty item.
    pub(crate) fn by_ids(&self, ids: &[Bytes], parts: Parts) -> Result<ItemList, Error> {
        if ids.len() > MAX_BLOCKS as usize {
            return Err(Error::TooManyBlocks);
        }
        if ids.is_empty() {
            return Err(Error::NoBlockIds);
        }
        let keys: Vec<&[u8]> = ids.iter().map(|id| &id[..]).collect();
        let mut list = ItemList::new();
        let mut result = Ok(());
        self.kv.multi_get_with(BLOCKS, &keys, &mut |_, stored| {
            if result.is_ok() {
                // A record that cannot be read counts as unknown, as it always has.
                result = match stored.map(Record::parse) {
                    Some(Ok(record)) => list.push_record(&record, parts),
                    _ => list.push_item(&[]),
                };
            }
        })?;
        result.map(|()| list)
    }

    /// The items of `count` blocks from height `start` up, on the chain that ends in `head`. Fewer
    /// when the chain is shorter.
    pub(crate) fn by_height(
        &self,
        head: Bytes,
        start: u64,
        count: u32,
        parts: Parts,
    ) -> Result<ItemList, Error> {
        match (count, start) {
            (MAX_BLOCKS.., _) if count > MAX_BLOCKS => return Err(Error::TooManyBlocks),
            (0, _) => return Ok(ItemList::new()),
            (_, 0) => return Err(Error::StartHeightZero),
            _ if head.is_empty() => return Err(Error::NoHeadBlockId),
            _ => {}
        }
        let top = self
            .read(&head, |record| record.height())?
            .ok_or_else(|| Error::BlockNotPresent(head.clone()))?;
        if start > top {
            return Err(Error::HeightMismatch);
        }
        let end = start.saturating_add(u64::from(count) - 1).min(top);
        let last = self.ancestor(head, end)?;
        let items = self.items_down(last, start, end, parts)?;
        let mut list = ItemList::new();
        items.iter().rev().try_for_each(|item| list.push_item(item))?;
        Ok(list)
    }

    /// The items from height `end`, which is block `id`, down to `start`.
    fn items_down(
        &self,
        mut id: Bytes,
        start: u64,
        end: u64,
        parts: Parts,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut items = Vec::with_capacity((end - start) as usize + 1);
        for height in (start..=end).rev() {
            let found = self.read(&id, |record| {
                let parent = record.ancestor(0).map(Bytes::copy_from_slice);
                (record.height() == height).then(|| (record.to_item(parts), parent))
            })?;
            let (item, parent) = found
                .ok_or_else(|| Error::BlockNotPresent(id.clone()))?
                .ok_or(Error::UnexpectedHeight)?;
            items.push(item);
            if height > start {
                id = parent.ok_or(Error::BeforeGenesis)?;
            }
        }
        Ok(items)
    }

    /// Reads something that is always there, to see that the storage answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn probe(&self) -> Result<(), koinos_kv::Error> {
        self.kv.get_with(META, HIGHEST, &mut |_| ()).map(drop)
    }

    /// Makes everything durable before the end.
    ///
    /// # Errors
    /// When the storage cannot be written.
    pub fn flush(&self) -> Result<(), koinos_kv::Error> {
        self.kv.flush()
    }
}

/// The highest block of an empty store.
fn genesis() -> BlockTopology {
    BlockTopology { id: Bytes::from_static(&ZERO_ID), height: 0, previous: Bytes::new() }
}

/// A step on the way to an ancestor.
enum Step {
    /// This is the block; its id.
    There(Bytes),
    /// Go on with the block of this id, which is at this height.
    On(Bytes, u64),
}

fn step_towards(goal: u64, expected: Option<u64>, record: &Record<'_>) -> Result<Step, Error> {
    let height = record.height();
    if expected.is_some_and(|expected| expected != height) {
        return Err(Error::UnexpectedHeight);
    }
    if height == goal {
        return Ok(Step::There(Bytes::copy_from_slice(record.id())));
    }
    let (index, next) = next_step(goal, height).ok_or(Error::HeightMismatch)?;
    let id = record.ancestor(index).ok_or(Error::UnexpectedHeight)?;
    Ok(Step::On(Bytes::copy_from_slice(id), next))
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
