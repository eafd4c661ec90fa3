//! The index: records on the disk, recent blocks above them.
//!
//! Keyspaces besides those of the records:
//!
//! * `meta`: `cursor` -> `koinos.block_topology` of the last block whose changes are records;
//!   `head` -> the id of the head; `sequence` -> the next place in the order of arrival, unless
//!   there is a recent block with a greater one; `selection` -> [`Records::selection`].
//! * `recent` and `parts`: the blocks above the cursor, see [`crate::recent`].
//! * `orphans`: id of a block of a dead branch -> its height (u64, big endian).

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use koinos_fork_choice::GENESIS_ID;
use koinos_kv::{Direction, Durability, Format, Keyspace, Kv, Options, Read, Store, WriteBatch};
use koinos_proto::BlockTopology;
use parking_lot::{Mutex, RwLock};
use prost::Message;

use crate::block::SourceBlock;
use crate::checksum::{Checksum, Hasher};
use crate::error::Error;
use crate::recent::{self, PARTS, Parts, RECENT};
use crate::records::{Fate, Leaving, Records};
use crate::state::{Recent, State};
use crate::view::View;

const META: &str = "meta";
const ORPHANS: &str = "orphans";
const CURSOR: &[u8] = b"cursor";
const HEAD: &[u8] = b"head";
const SEQUENCE: &[u8] = b"sequence";
const SELECTION: &[u8] = b"selection";

/// What became of a block that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is taken in.
    New,
    /// It had come before.
    Known,
    /// It is not above the cursor: it had come before, or its branch is dead.
    Old,
    /// Its parent is not known, so that it cannot be taken in.
    Unlinked,
}

/// A block that is to become irreversible at once, and what it changes.
#[derive(Debug)]
pub struct Digested<E> {
    pub(crate) topology: BlockTopology,
    pub(crate) effects: E,
    pub(crate) parts: Parts,
}

/// A block on the way from the cursor to the next one.
struct Step<'a, E> {
    topology: &'a BlockTopology,
    effects: &'a E,
    /// Those of a recent block are on the disk.
    parts: &'a [(u32, Bytes)],
}

impl<'a, E> Step<'a, E> {
    fn of_recent(block: &'a Recent<E>) -> Self {
        Self { topology: &block.topology, effects: &block.effects, parts: &[] }
    }

    fn of_fetched(block: &'a Digested<E>) -> Self {
        Self { topology: &block.topology, effects: &block.effects, parts: &block.parts }
    }
}

/// An index of a service.
pub struct Index<R: Records> {
    records: R,
    store: Arc<dyn Kv>,
    state: RwLock<State<R::Effects>>,
    /// Held by whoever writes.
    writer: Mutex<()>,
}

impl<R: Records> Index<R> {
    /// Opens, or creates, the index in `directory`; `reset` empties it first.
    ///
    /// # Errors
    /// When the store cannot be opened, read or written, or is damaged.
    pub fn open(records: R, directory: &Path, reset: bool) -> Result<Self, Error> {
        let layout = R::LAYOUT;
        let format = Format { name: layout.format, version: layout.version, migrate: None };
        let mut options = Options::new(format, &[META, RECENT, ORPHANS]);
        options.keyspaces.push(Keyspace { name: PARTS, large_values: true });
        options.keyspaces.extend(layout.keyspaces);
        // Much is written at once while catching up.
        options.write_buffer = 32 << 20;
        Self::over(records, Arc::new(Store::open(directory, &options)?), reset)
    }

    /// An index in any store that has the keyspaces `meta`, `recent`, `parts`, `orphans` and those of
    /// the records.
    ///
    /// # Errors
    /// When it cannot be read or written, or is damaged.
    pub fn over(records: R, store: Arc<dyn Kv>, reset: bool) -> Result<Self, Error> {
        if reset {
            let mut batch = WriteBatch::new();
            let own = [META, RECENT, PARTS, ORPHANS].into_iter();
            own.chain(R::LAYOUT.keyspaces.iter().map(|keyspace| keyspace.name))
                .for_each(|name| batch.clear(name));
            store.write(batch, Durability::Sync)?;
        }
        keep_selection(&*store, &records.selection())?;
        let sequence = store.get(META, SEQUENCE)?.map_or(Ok(0), |bytes| number(&bytes))?;
        let mut state = State::new(read_cursor(&*store)?, sequence);
        for entry in store.entries(RECENT, &[], Direction::Up)? {
            let (key, value) = entry?;
            let sequence = number(&key)?;
            let (topology, effects) = recent::unpack(value)?;
            if !state.knows(&topology.previous) {
                return Err(Error::Damaged("the parent of a recent block is missing"));
            }
            state.insert(Recent { sequence, topology, effects });
        }
        if let Some(head) = store.get(META, HEAD)? {
            state.set_head(&head);
        }
        Ok(Self { records, store, state: RwLock::new(state), writer: Mutex::new(()) })
    }

    /// What the service says about its records.
    pub fn records(&self) -> &R {
        &self.records
    }

    /// The index at this moment.
    pub fn view(&self) -> View<'_, R::Effects> {
        View { state: self.state.read(), store: &*self.store }
    }

    /// The last block whose changes are records.
    pub fn cursor(&self) -> BlockTopology {
        self.state.read().cursor.clone()
    }

    /// The head.
    pub fn head(&self) -> BlockTopology {
        self.state.read().head().clone()
    }

    /// Whether the block is the cursor or a recent one.
    pub fn knows(&self, id: &[u8]) -> bool {
        self.state.read().knows(id)
    }

    /// How much a recent block adds, in [`crate::Layout::unit`]; 0 if it is not known.
    pub(crate) fn count(&self, id: &[u8]) -> u64 {
        self.state.read().recent(id).map_or(0, |block| R::count(&block.effects))
    }

    /// Takes in a block, in one write; `head` says that it is the head from now on.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn add(&self, block: &SourceBlock, head: bool) -> Result<Taken, Error> {
        let _writer = self.writer.lock();
        let topology = &block.topology;
        let sequence = {
            let state = self.state.read();
            if state.knows(&topology.id) {
                drop(state);
                if head {
                    self.choose(&topology.id)?;
                }
                return Ok(Taken::Known);
            }
            if topology.height <= state.cursor.height {
                return Ok(Taken::Old);
            }
            if !state.knows(&topology.previous) {
                let dead = is_orphan(&*self.store, &topology.id)?
                    || is_orphan(&*self.store, &topology.previous)?;
                return Ok(if dead { Taken::Old } else { Taken::Unlinked });
            }
            state.next_sequence()
        };
        let (effects, parts) = self.records.effects(block);
        let packed = recent::pack(topology, &effects);
        let mut batch = WriteBatch::new();
        recent::put(&mut batch, sequence, packed.clone(), parts);
        if head {
            batch.put(META, HEAD, topology.id.clone());
        }
        self.store.write(batch, self.store.durability())?;
        // Not what was made from the block: that would keep all of it in memory.
        let (topology, effects) = recent::unpack(packed)?;
        let mut state = self.state.write();
        let id = topology.id.clone();
        state.insert(Recent { sequence, topology, effects });
        if head {
            state.set_head(&id);
        }
        Ok(Taken::New)
    }

    /// Makes a known block the head. Says whether it is known.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_head(&self, id: &Bytes) -> Result<bool, Error> {
        let _writer = self.writer.lock();
        self.choose(id)
    }

    fn choose(&self, id: &Bytes) -> Result<bool, Error> {
        {
            let state = self.state.read();
            if state.head().id == *id || !state.knows(id) {
                return Ok(state.knows(id));
            }
        }
        let mut batch = WriteBatch::new();
        batch.put(META, HEAD, id.clone());
        self.store.write(batch, self.store.durability())?;
        Ok(self.state.write().set_head(id))
    }

    /// Makes a recent block, and those it descends from, irreversible. Says whether it is known.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn irreversible(&self, id: &[u8]) -> Result<bool, Error> {
        let _writer = self.writer.lock();
        let path = self.state.read().path_to(id);
        if path.is_empty() {
            return Ok(self.state.read().knows(id));
        }
        let path: Vec<_> = path.iter().map(|block| Step::of_recent(block)).collect();
        self.commit(&path)?;
        Ok(true)
    }

    /// As [`Index::irreversible`], for the block of that height on the branch of the head.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn irreversible_to(&self, height: u64) -> Result<(), Error> {
        let id = {
            let state = self.state.read();
            let found = state.main().iter().find(|block| block.topology.height == height);
            found.map(|block| block.topology.id.clone())
        };
        id.map_or(Ok(()), |id| self.irreversible(&id).map(drop))
    }

    /// What a block changes. It may be worked out for several blocks at the same time.
    pub fn digest(&self, block: SourceBlock) -> Digested<R::Effects> {
        let (effects, parts) = self.records.effects(&block);
        Digested { topology: block.topology, effects, parts }
    }

    /// Makes records of irreversible blocks that were fetched, in one write. What is not above the
    /// cursor is left out.
    ///
    /// # Errors
    /// When they do not continue the chain of the index, or the store cannot be read or written.
    pub fn extend(&self, blocks: &[Digested<R::Effects>]) -> Result<(), Error> {
        let _writer = self.writer.lock();
        let cursor = self.cursor();
        let path: Vec<_> = blocks
            .iter()
            .filter(|block| block.topology.height > cursor.height)
            .map(Step::of_fetched)
            .collect();
        let mut parent = &cursor;
        for Step { topology, .. } in &path {
            if topology.previous != parent.id || topology.height != parent.height + 1 {
                return Err(Error::OtherChain { height: cursor.height, id: cursor.id.clone() });
            }
            parent = topology;
        }
        if path.is_empty() { Ok(()) } else { self.commit(&path) }
    }

    /// Makes records of the blocks of `path`, which go on from the cursor; the last of them is the
    /// new cursor.
    fn commit(&self, path: &[Step<'_, R::Effects>]) -> Result<(), Error> {
        let Some(Step { topology: cursor, .. }) = path.last() else { return Ok(()) };
        let state = self.state.read();
        let ids: HashSet<&[u8]> = path.iter().map(|step| &step.topology.id[..]).collect();
        let staying = state.descendants(&cursor.id);
        let mut batch = WriteBatch::new();
        let mut leaving = Vec::with_capacity(path.len());
        let mut had_come = HashSet::new();
        for block in state.by_arrival().filter(|block| !staying.contains(&block.topology.id)) {
            let topology = &block.topology;
            let main = ids.contains(&topology.id[..]);
            let fate = if main { Fate::Main } else { Fate::Orphan };
            let (sequence, effects) = (block.sequence, &block.effects);
            let parts = recent::take(&mut batch, &*self.store, sequence)?;
            leaving.push(Leaving { topology, effects, parts, fate, sequence });
            if main {
                had_come.insert(&topology.id);
            } else {
                batch.put(ORPHANS, topology.id.clone(), topology.height.to_be_bytes().to_vec());
            }
        }
        // Those that were fetched come last, and are higher than those that had come.
        let sequence = state.next_sequence();
        for Step { topology, effects, parts } in path {
            if !had_come.contains(&topology.id) {
                let (effects, parts) = (*effects, parts.to_vec());
                leaving.push(Leaving { topology, effects, parts, fate: Fate::Main, sequence });
            }
        }
        self.records.commit(&*self.store, &leaving, &mut batch)?;
        let cursor = Bytes::from(cursor.encode_to_vec());
        batch.put(META, CURSOR, cursor.clone());
        batch.put(META, SEQUENCE, sequence.to_be_bytes().to_vec());
        // Its bytes are its own, not a piece of all that was fetched with it.
        let cursor = to_cursor(cursor)?;
        drop(leaving);
        drop(state);
        // Whoever reads sees a block among the recent ones or in the records, never in both.
        let mut state = self.state.write();
        self.store.write(batch, self.store.durability())?;
        state.move_cursor(cursor, &staying);
        Ok(())
    }

    /// The checksum of the records as they are now. Reads all of them; the index goes on meanwhile.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn checksum(&self) -> Result<Checksum, Error> {
        let store = self.store.snapshot();
        let mut hasher = Hasher::new();
        let mut is_orphan = |id: &[u8]| is_orphan(&*store, id);
        R::digest(&*store, &mut is_orphan, &mut hasher)?;
        Ok(hasher.finish(read_cursor(&*store)?))
    }

    /// Makes everything durable before the end.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn flush(&self) -> Result<(), Error> {
        Ok(self.store.flush()?)
    }
}

/// Records what is selected, and warns if that has changed since the index was begun.
fn keep_selection(store: &dyn Kv, selection: &str) -> Result<(), Error> {
    let before = store.get(META, SELECTION)?.unwrap_or_default();
    if before == selection {
        return Ok(());
    }
    let cursor = read_cursor(store)?;
    if cursor.height > 0 {
        tracing::warn!(
            "What is indexed has changed: what is new is indexed from block {} on; start once with \
             --reset to index all of it",
            cursor.height + 1
        );
    }
    let mut batch = WriteBatch::new();
    batch.put(META, SELECTION, selection.to_owned());
    Ok(store.write(batch, store.durability())?)
}

/// Whether a block is one of a dead branch.
pub(crate) fn is_orphan(store: &(impl Read + ?Sized), id: &[u8]) -> Result<bool, Error> {
    Ok(store.get_with(ORPHANS, id, &mut |_| ())?)
}

fn read_cursor(store: &(impl Read + ?Sized)) -> Result<BlockTopology, Error> {
    match store.get(META, CURSOR)? {
        Some(bytes) => to_cursor(bytes),
        None => Ok(BlockTopology { id: Bytes::from_static(&GENESIS_ID), ..Default::default() }),
    }
}

fn to_cursor(bytes: Bytes) -> Result<BlockTopology, Error> {
    let damaged = |_| Error::Damaged("the record of its last block cannot be read");
    BlockTopology::decode(bytes).map_err(damaged)
}

fn number(bytes: &[u8]) -> Result<u64, Error> {
    let bytes = bytes.try_into();
    bytes.map(u64::from_be_bytes).map_err(|_| Error::Damaged("a place in the order is unreadable"))
}
