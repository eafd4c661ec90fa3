//! The database against a plain model of its rules, on random trees of blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use koinos_kv::{Kv, MemoryStore, Store};
use koinos_state_db::{
    Database, Error, ForkRule, KEYSPACES, Node, Reader, WriteSet, entries_root, store_options,
};
use proptest::prelude::*;

use crate::support::block_on;

type State = BTreeMap<Bytes, Bytes>;
type Listed = Vec<(Bytes, Option<Bytes>)>;

/// A level with a full copy of the state it shows.
#[derive(Clone, Default)]
struct Level {
    state: State,
    puts: State,
    removed: BTreeSet<Bytes>,
}

impl Level {
    fn over(state: &State) -> Self {
        Self { state: state.clone(), ..Self::default() }
    }

    fn put(&mut self, key: &Bytes, value: &Bytes) {
        self.puts.insert(key.clone(), value.clone());
        self.state.insert(key.clone(), value.clone());
    }

    fn remove(&mut self, key: &Bytes) {
        if self.state.remove(key).is_some() {
            self.puts.remove(key);
            self.removed.insert(key.clone());
        }
    }

    fn squash(&mut self, upper: Level) {
        for key in upper.removed {
            self.puts.remove(&key);
            self.removed.insert(key);
        }
        for (key, value) in upper.puts {
            self.removed.remove(&key);
            self.puts.insert(key, value);
        }
        self.state = upper.state;
    }

    fn listed(&self) -> Listed {
        let mut keys: Vec<_> = self.puts.keys().chain(&self.removed).cloned().collect();
        keys.sort();
        keys.into_iter().map(|key| (key.clone(), self.puts.get(&key).cloned())).collect()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put(Bytes, Bytes),
    Remove(Bytes),
    Push,
    Keep,
    Drop,
}

#[derive(Debug, Clone)]
enum Action {
    /// A block on one of the blocks so far.
    Block(prop::sample::Index, Vec<Step>),
    /// One of the blocks so far becomes irreversible.
    Commit(prop::sample::Index),
    Reopen,
    Reset,
}

fn key() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(0..3u8, 0..3).prop_map(Bytes::from)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (key(), key()).prop_map(|(key, value)| Step::Put(key, value)),
        5 => key().prop_map(Step::Remove),
        1 => Just(Step::Push),
        2 => Just(Step::Keep),
        1 => Just(Step::Drop),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        12 => (index(), prop::collection::vec(step(), 0..12)).prop_map(|(at, steps)| Action::Block(at, steps)),
        4 => index().prop_map(Action::Commit),
        1 => Just(Action::Reopen),
        1 => Just(Action::Reset),
    ]
}

fn genesis() -> Vec<(Bytes, Bytes)> {
    let object = |key: &'static [u8], value: &'static [u8]| {
        (Bytes::from_static(key), Bytes::from_static(value))
    };
    vec![object(&[1], b"one"), object(&[2, 1], b""), object(&[], b"empty")]
}

/// Every key there can be, and some beyond.
fn probes() -> impl Iterator<Item = Bytes> {
    let two = (0..4u8).flat_map(|first| (0..4u8).map(move |second| vec![first, second]));
    [vec![]].into_iter().chain((0..4u8).map(|only| vec![only])).chain(two).map(Bytes::from)
}

fn check_reads(reader: &impl Reader, state: &State) {
    let entry = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
    for probe in probes() {
        assert_eq!(reader.get(&probe).unwrap(), state.get(&probe).cloned());
        let next = state.range::<Bytes, _>((Bound::Excluded(&probe), Bound::Unbounded)).next();
        assert_eq!(reader.next(&probe).unwrap(), next.map(entry));
        let prev = state.range::<Bytes, _>(..&probe).next_back();
        assert_eq!(reader.prev(&probe).unwrap(), prev.map(entry));
    }
}

fn listed<'a>(entries: impl Iterator<Item = (&'a Bytes, Option<&'a Bytes>)>) -> Listed {
    entries.map(|(key, value)| (key.clone(), value.cloned())).collect()
}

/// Runs the steps on both and returns the changes.
fn apply(parent: &Arc<Node>, state: &State, steps: &[Step]) -> (WriteSet, Level) {
    let mut changes = WriteSet::new(Arc::clone(parent));
    let mut levels = vec![Level::over(state)];
    for step in steps {
        let open = levels.len() > 1;
        let top = levels.last_mut().unwrap();
        let length = |key: &Bytes| top.state.get(key).map(Bytes::len);
        match step {
            Step::Put(key, value) => {
                assert_eq!(changes.put(key.clone(), value.clone()).unwrap(), length(key));
                top.put(key, value);
            }
            Step::Remove(key) => {
                assert_eq!(changes.remove(key).unwrap(), length(key));
                top.remove(key);
            }
            Step::Push => {
                changes.push();
                let level = Level::over(&top.state);
                levels.push(level);
            }
            Step::Keep if open => {
                changes.commit_level().unwrap();
                let upper = levels.pop().unwrap();
                levels.last_mut().unwrap().squash(upper);
            }
            Step::Drop if open => {
                changes.drop_level().unwrap();
                levels.pop();
            }
            Step::Keep => assert!(matches!(changes.commit_level(), Err(Error::NoOpenLevel))),
            Step::Drop => assert!(matches!(changes.drop_level(), Err(Error::NoOpenLevel))),
        }
        let top = levels.last().unwrap();
        assert_eq!(listed(changes.level_entries()), top.listed());
        assert_eq!(listed(changes.delta_entries()), levels[0].listed());
        assert_eq!(changes.open_levels(), levels.len() - 1);
    }
    check_reads(&changes, &levels.last().unwrap().state);
    while levels.len() > 1 {
        changes.commit_level().unwrap();
        let upper = levels.pop().unwrap();
        levels.last_mut().unwrap().squash(upper);
    }
    (changes, levels.pop().unwrap())
}

struct Block {
    node: Arc<Node>,
    state: State,
    alive: bool,
}

struct World<'a> {
    open: &'a dyn Fn() -> Arc<dyn Kv>,
    database: Database,
    blocks: Vec<Block>,
    count: u64,
}

impl<'a> World<'a> {
    fn new(open: &'a dyn Fn() -> Arc<dyn Kv>) -> Self {
        let database = Database::open(open(), ForkRule::BlockTime, genesis).unwrap();
        let root =
            Block { node: database.root(), state: genesis().into_iter().collect(), alive: true };
        Self { open, database, blocks: vec![root], count: 0 }
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Block(parent, steps) => self.add_block(parent.index(self.blocks.len()), steps),
            Action::Commit(block) => self.commit(block.index(self.blocks.len())),
            Action::Reopen => self.reopen(),
            Action::Reset => self.reset(),
        }
        // Also those that were discarded.
        self.blocks.iter().for_each(|block| check_reads(&*block.node, &block.state));
    }

    fn add_block(&mut self, parent: usize, steps: &[Step]) {
        let Block { node: parent, state, alive } = &self.blocks[parent];
        let (changes, level) = apply(parent, state, steps);
        assert_eq!(changes.merkle_root(), entries_root(&level.listed()));
        self.count += 1;
        let info = block_on(parent, &format!("block {}", self.count));
        match self.database.finalize(changes, info.clone()) {
            Ok(finalized) => {
                let node = finalized.node;
                assert!(alive);
                assert_eq!(node.info(), &info);
                assert_eq!(*node.merkle_root(), entries_root(&level.listed()));
                assert_eq!(listed(node.delta_entries()), level.listed());
                assert_eq!(finalized.is_head, self.database.head().id() == node.id());
                assert!(Arc::ptr_eq(&self.database.node(node.id()).unwrap(), &node));
                self.blocks.push(Block { node, state: level.state, alive: true });
            }
            Err(Error::UnknownNode(id)) => assert!(!alive && id == *parent.id()),
            Err(other) => panic!("{other}"),
        }
    }

    fn descends(&self, node: &Arc<Node>, from: &Arc<Node>) -> bool {
        let ancestor = self.database.ancestor(node, from.height());
        ancestor.is_some_and(|ancestor| Arc::ptr_eq(&ancestor, from))
    }

    fn commit(&mut self, block: usize) {
        let node = Arc::clone(&self.blocks[block].node);
        let head = self.database.head();
        match self.database.commit(&node) {
            Ok(()) => {
                assert!(self.blocks[block].alive && self.descends(&head, &node));
                assert!(node.is_root());
                for index in 0..self.blocks.len() {
                    let alive =
                        self.blocks[index].alive && self.descends(&self.blocks[index].node, &node);
                    self.blocks[index].alive = alive;
                    let found = self.database.node(self.blocks[index].node.id());
                    assert_eq!(found.is_some(), alive);
                }
                assert!(Arc::ptr_eq(&self.database.root(), &node));
                assert!(self.database.parent(&node).is_none());
            }
            Err(Error::UnknownNode(_)) => assert!(!self.blocks[block].alive),
            Err(Error::HeadNotDescendant(_)) => {
                assert!(self.blocks[block].alive && !self.descends(&head, &node));
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn reopen(&mut self) {
        let root = self.database.root();
        let index = self.blocks.iter().position(|block| Arc::ptr_eq(&block.node, &root)).unwrap();
        let state = self.blocks.swap_remove(index).state;
        self.blocks.clear();
        let (info, merkle_root) = (root.info().clone(), *root.merkle_root());
        drop(root);
        // The old store has to be closed before it can be opened again.
        let elsewhere = Arc::new(MemoryStore::new(KEYSPACES));
        self.database = Database::open(elsewhere, ForkRule::Fifo, genesis).unwrap();
        self.database = Database::open((self.open)(), ForkRule::BlockTime, genesis).unwrap();
        let node = self.database.root();
        assert_eq!((node.info(), *node.merkle_root()), (&info, merkle_root));
        assert!(Arc::ptr_eq(&node, &self.database.head()));
        self.blocks.push(Block { node, state, alive: true });
    }

    fn reset(&mut self) {
        self.database.reset().unwrap();
        let node = self.database.root();
        self.blocks.iter_mut().for_each(|block| block.alive = false);
        // The tree knows only the new root, which has the id that an earlier root had.
        self.blocks.retain(|block| block.node.height() > 0);
        self.blocks.push(Block { node, state: genesis().into_iter().collect(), alive: true });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn in_memory(actions in prop::collection::vec(action(), 1..40)) {
        let store = Arc::new(MemoryStore::new(KEYSPACES));
        let open = || Arc::clone(&store) as Arc<dyn Kv>;
        let mut world = World::new(&open);
        actions.iter().for_each(|action| world.act(action));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(15))]

    #[test]
    fn on_disk(actions in prop::collection::vec(action(), 1..30)) {
        let directory = tempfile::tempdir().unwrap();
        let open = || {
            Arc::new(Store::open(directory.path(), &store_options()).unwrap()) as Arc<dyn Kv>
        };
        let mut world = World::new(&open);
        actions.iter().for_each(|action| world.act(action));
    }
}

#[test]
fn a_long_chain_keeps_its_overlays_small() {
    let store = Arc::new(MemoryStore::new(KEYSPACES));
    let database = Database::open(store, ForkRule::Fifo, Vec::new).unwrap();
    let key = |height: u64, number: u64| Bytes::from(format!("{:05} {number}", height * number));
    let mut state = State::new();
    for height in 1..=200 {
        let parent = database.head();
        let mut changes = WriteSet::new(Arc::clone(&parent));
        for number in 0..40 {
            let value = Bytes::from(height.to_string());
            changes.put(key(height, number), value.clone()).unwrap();
            state.insert(key(height, number), value);
        }
        let node =
            database.finalize(changes, block_on(&parent, &format!("{height}"))).unwrap().node;
        if height > 3 {
            database.commit(&database.ancestor(&node, height - 3).unwrap()).unwrap();
        }
        assert!(node.overlay_len() <= 2 * 4 * 40 + 256 + 40, "{}", node.overlay_len());
    }
    let head = database.head();
    for (key, value) in &state {
        assert_eq!(head.get(key).unwrap().as_ref(), Some(value));
    }
    let mut at = Bytes::new();
    for entry in &state {
        let found = head.next(&at).unwrap().unwrap();
        assert_eq!((&found.0, &found.1), entry);
        at = found.0;
    }
}
