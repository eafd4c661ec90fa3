//! The tree of states.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use koinos_fork_choice::Forks;
use koinos_kv::{Kv, WriteBatch};
use parking_lot::{Mutex, RwLock};

use crate::cached::CachedStore;
use crate::delta::NO_MERKLE_ROOT;
use crate::node::{Overlay, lay_over};
use crate::{BlockInfo, Error, ForkRule, META, Node, OBJECTS, Result, WriteSet, record};

/// The objects before the first block.
type Genesis = Box<dyn Fn() -> Vec<(Bytes, Bytes)> + Send + Sync>;

/// The states of all blocks that may still become, or cease to be, part of the chain.
pub struct Database {
    store: Arc<CachedStore>,
    rule: ForkRule,
    genesis: Genesis,
    tree: RwLock<Tree>,
    /// Held by whoever changes the tree or the store.
    writer: Mutex<()>,
}

/// What became of a block.
#[derive(Debug, Clone)]
pub struct Finalized {
    /// The state after the block.
    pub node: Arc<Node>,
    /// Whether the block is now the head of the chain. If not, the head may still have changed.
    pub is_head: bool,
}

struct Tree {
    root: Arc<Node>,
    forks: Forks,
    branches: HashMap<Bytes, Branch>,
}

struct Branch {
    node: Arc<Node>,
    children: Vec<Bytes>,
}

/// What a commit does.
struct Commit {
    /// The nodes to store, lowest first. The last one becomes the root; none when it is the root.
    path: Vec<Arc<Node>>,
    /// The nodes that do not descend from the new root.
    discarded: Vec<Arc<Node>>,
}

impl Database {
    /// Opens the state in `store`. A store that was never used gets the objects `genesis` gives;
    /// otherwise the last committed block is the root, and head, of the tree.
    ///
    /// # Errors
    /// When the store cannot be read or written, contradicts itself, or the genesis data has a key
    /// twice.
    pub fn open(
        store: Arc<dyn Kv>,
        rule: ForkRule,
        genesis: impl Fn() -> Vec<(Bytes, Bytes)> + Send + Sync + 'static,
    ) -> Result<Self> {
        let stored = record::read_root(&*store)?;
        let (info, merkle_root) = match stored {
            Some(stored) => stored,
            None => {
                store.write(genesis_batch(&genesis)?, store.durability())?;
                (BlockInfo::genesis(), NO_MERKLE_ROOT)
            }
        };
        let store = Arc::new(CachedStore::new(store));
        let tree = Tree::new(rule, Node::root(Arc::clone(&store), info, merkle_root));
        let (tree, writer) = (RwLock::new(tree), Mutex::new(()));
        Ok(Self { store, rule, genesis: Box::new(genesis), tree, writer })
    }

    /// Goes back to the genesis objects. All blocks, stored or not, are forgotten; nodes that are held
    /// stay readable.
    ///
    /// # Errors
    /// When the store cannot be written or the genesis data has a key twice.
    pub fn reset(&self) -> Result<()> {
        let _writer = self.writer.lock();
        let batch = genesis_batch(&self.genesis)?;
        let snapshot = self.store.snapshot();
        for branch in self.tree.read().branches.values() {
            branch.node.freeze(&snapshot);
        }
        self.store.reset(batch)?;
        let root = Node::root(Arc::clone(&self.store), BlockInfo::genesis(), NO_MERKLE_ROOT);
        *self.tree.write() = Tree::new(self.rule, root);
        Ok(())
    }

    /// The last irreversible block.
    pub fn root(&self) -> Arc<Node> {
        Arc::clone(&self.tree.read().root)
    }

    /// The head of the chain.
    pub fn head(&self) -> Arc<Node> {
        let tree = self.tree.read();
        tree.node(&tree.forks.head().id).unwrap_or_else(|| Arc::clone(&tree.root))
    }

    /// The block with this id, if it is in the tree.
    pub fn node(&self, id: &[u8]) -> Option<Arc<Node>> {
        self.tree.read().node(id)
    }

    /// The parent, if both are in the tree. The root has none.
    pub fn parent(&self, node: &Node) -> Option<Arc<Node>> {
        self.tree.read().parent(node)
    }

    /// The tips of all branches, the highest first. Under [`ForkRule::Pob`] blocks that have
    /// descendants, even the root, can be among them.
    pub fn fork_heads(&self) -> Vec<Arc<Node>> {
        let tree = self.tree.read();
        tree.forks.tips().into_iter().filter_map(|tip| tree.node(&tip.id)).collect()
    }

    /// The block of this height in the branch of `node`: `node` itself when the height is not below
    /// its own, `None` when it is below the root's or `node` is not in the tree.
    pub fn ancestor(&self, node: &Arc<Node>, height: u64) -> Option<Arc<Node>> {
        let tree = self.tree.read();
        let mut at = &tree.branches.get(node.id())?.node;
        while at.height() > height {
            at = &tree.branches.get(at.previous())?.node;
        }
        Some(Arc::clone(at))
    }

    /// Makes the changes of a block a node of the tree, and the fork rule choose the head anew.
    ///
    /// # Errors
    /// When a transaction is still open, the block does not follow the parent of the write set, is
    /// known already, or its parent has been discarded. The tree is unchanged then.
    pub fn finalize(&self, changes: WriteSet, info: BlockInfo) -> Result<Finalized> {
        let (parent, delta, merkle_root) = changes.finish()?;
        if info.previous != *parent.id() || parent.height().checked_add(1) != Some(info.height) {
            return Err(Error::WrongParent(info.id));
        }
        let _writer = self.writer.lock();
        let overlay = self.tree.read().overlay_of(&parent);
        let node = Node::child(&parent, info, delta, merkle_root, overlay);
        let is_head = self.tree.write().insert(&node)?;
        Ok(Finalized { node, is_head })
    }

    /// Makes a block irreversible: the changes of all blocks up to it are stored in one write, it
    /// becomes the root, and all blocks that do not descend from it are discarded. Does nothing for
    /// the root.
    ///
    /// # Errors
    /// When the store cannot be written, the block is not in the tree, or the head does not descend
    /// from it. The tree is unchanged then.
    pub fn commit(&self, node: &Arc<Node>) -> Result<()> {
        let _writer = self.writer.lock();
        let Commit { path, discarded } = self.tree.read().plan_commit(node)?;
        let Some(root) = path.last() else { return Ok(()) };

        let objects = net_effect(&path);
        let mut batch = WriteBatch::new();
        for (key, value) in objects.iter().cloned() {
            match value {
                Some(value) => batch.put(OBJECTS, key, value),
                None => batch.delete(OBJECTS, key),
            }
        }
        record::write_root(&mut batch, root.info(), root.merkle_root());

        // Before the store moves on, see the crate documentation.
        let snapshot = self.store.snapshot();
        for node in &discarded {
            node.freeze(&snapshot);
        }
        self.store.commit(batch, objects)?;
        self.tree.write().set_root(root, &discarded);
        Ok(())
    }
}

impl Tree {
    fn new(rule: ForkRule, root: Arc<Node>) -> Self {
        let branch = Branch { node: Arc::clone(&root), children: Vec::new() };
        let branches = HashMap::from([(root.id().clone(), branch)]);
        Self { forks: Forks::new(rule, root.info().clone()), root, branches }
    }

    fn node(&self, id: &[u8]) -> Option<Arc<Node>> {
        self.branches.get(id).map(|branch| Arc::clone(&branch.node))
    }

    fn parent(&self, node: &Node) -> Option<Arc<Node>> {
        match node.id() == self.root.id() {
            true => None,
            false => self.node(node.previous()),
        }
    }

    /// Adds a node and says whether it is the head.
    fn insert(&mut self, node: &Arc<Node>) -> Result<bool> {
        let id = node.id();
        if self.branches.contains_key(id) {
            return Err(Error::AlreadyFinalized(id.clone()));
        }
        let Some(parent) = self.branches.get_mut(node.previous()) else {
            return Err(Error::UnknownNode(node.previous().clone()));
        };
        parent.children.push(id.clone());
        let branch = Branch { node: Arc::clone(node), children: Vec::new() };
        self.branches.insert(id.clone(), branch);

        let head = self.node(&self.forks.head().id);
        let head_parent = head.and_then(|head| self.parent(&head));
        self.forks.add(node.info(), head_parent.as_ref().map(|parent| parent.info()));
        Ok(self.forks.head().id == *id)
    }

    /// The overlay for a child of `node`. Effects below the root are in the store by now; when they
    /// have come to outnumber the others, the overlay is made anew from the deltas above the root.
    fn overlay_of(&self, node: &Arc<Node>) -> Overlay {
        let above_root = node.weight().saturating_sub(self.root.weight());
        if node.overlay().len() <= 2 * above_root + 256 {
            return node.overlay().clone();
        }
        let Some(path) = self.path_from_root(node) else { return node.overlay().clone() };
        let mut overlay = Overlay::new();
        for node in path {
            lay_over(&mut overlay, node.delta());
        }
        overlay
    }

    /// The nodes above the root up to and including `node`, or `None` if it is not in the tree.
    fn path_from_root(&self, node: &Arc<Node>) -> Option<Vec<Arc<Node>>> {
        let mut path = Vec::new();
        let mut at = &self.branches.get(node.id())?.node;
        while at.id() != self.root.id() {
            path.push(Arc::clone(at));
            at = &self.branches.get(at.previous())?.node;
        }
        path.reverse();
        Some(path)
    }

    fn plan_commit(&self, node: &Arc<Node>) -> Result<Commit> {
        let unknown = || Error::UnknownNode(node.id().clone());
        let path = self.path_from_root(node).ok_or_else(unknown)?;
        let mut discarded = Vec::new();
        let mut found = if path.is_empty() { vec![] } else { vec![self.root.id()] };
        while let Some(branch) = found.pop().and_then(|id| self.branches.get(id)) {
            if branch.node.id() == &self.forks.head().id {
                return Err(Error::HeadNotDescendant(node.id().clone()));
            }
            discarded.push(Arc::clone(&branch.node));
            found.extend(branch.children.iter().filter(|child| *child != node.id()));
        }
        Ok(Commit { path, discarded })
    }

    fn set_root(&mut self, root: &Arc<Node>, discarded: &[Arc<Node>]) {
        for node in discarded {
            self.branches.remove(node.id());
        }
        self.forks.discard(discarded.iter().map(|node| node.id()));
        root.set_root();
        self.root = Arc::clone(root);
    }
}

/// The effects of several deltas in turn: for each key the last one.
fn net_effect(path: &[Arc<Node>]) -> Vec<(Bytes, Option<Bytes>)> {
    let owned = |(key, value): (&Bytes, Option<&Bytes>)| (key.clone(), value.cloned());
    match path {
        [node] => node.delta().effects().map(owned).collect(),
        _ => {
            let effects = path.iter().flat_map(|node| node.delta().effects());
            effects.map(owned).collect::<std::collections::BTreeMap<_, _>>().into_iter().collect()
        }
    }
}

fn genesis_batch(genesis: &impl Fn() -> Vec<(Bytes, Bytes)>) -> Result<WriteBatch> {
    let mut objects = genesis();
    objects.sort();
    if let Some(pair) = objects.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::DuplicateGenesisKey(pair[0].0.clone()));
    }
    let mut batch = WriteBatch::new();
    batch.clear(OBJECTS);
    batch.clear(META);
    for (key, value) in objects {
        batch.put(OBJECTS, key, value);
    }
    record::write_root(&mut batch, &BlockInfo::genesis(), &NO_MERKLE_ROOT);
    Ok(batch)
}
