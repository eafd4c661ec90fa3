//! The blocks that may still be built on: the last irreversible one and all above it.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use koinos_fork_choice::{BlockInfo, ForkRule, Forks};

use crate::pool::{View, Views};

/// A block as far as pending transactions are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What fork choice looks at.
    pub info: BlockInfo,
    /// The ids of its transactions.
    pub transactions: Vec<Bytes>,
}

struct Node {
    info: BlockInfo,
    /// What is pending after this block.
    view: View,
    /// The views of this block and of all below it.
    line: Views,
    /// The transactions in this block.
    included: HashSet<Bytes>,
}

pub(crate) struct Tree {
    rule: ForkRule,
    forks: Forks,
    nodes: HashMap<Bytes, Node>,
    root: BlockInfo,
    head_view: View,
    live: Views,
}

impl Tree {
    /// A tree of its root alone, whose view is `view`.
    pub(crate) fn new(rule: ForkRule, root: BlockInfo, view: View) -> Self {
        let live = only(view);
        let node = Node { info: root.clone(), view, line: live.clone(), included: HashSet::new() };
        Self {
            rule,
            forks: Forks::new(rule, root.clone()),
            nodes: HashMap::from([(root.id.clone(), node)]),
            root,
            head_view: view,
            live,
        }
    }

    pub(crate) fn rule(&self) -> ForkRule {
        self.rule
    }

    pub(crate) fn root(&self) -> &BlockInfo {
        &self.root
    }

    pub(crate) fn head(&self) -> &BlockInfo {
        self.forks.head()
    }

    pub(crate) fn head_view(&self) -> View {
        self.head_view
    }

    /// All views.
    pub(crate) fn views(&self) -> &Views {
        &self.live
    }

    /// The view after a block.
    pub(crate) fn view(&self, id: &[u8]) -> Option<View> {
        self.nodes.get(id).map(|node| node.view)
    }

    /// The views after the tips of all branches.
    pub(crate) fn tip_views(&self) -> Views {
        let mut views = Views::with_capacity(self.live.len());
        for tip in self.forks.tips() {
            if let Some(view) = self.view(&tip.id) {
                views.grow_and_insert(view);
            }
        }
        views
    }

    /// The views after blocks that have the transaction in their past.
    pub(crate) fn views_including(&self, transaction: &[u8]) -> Views {
        let mut views = Views::with_capacity(self.live.len());
        for block in self.nodes.values().filter(|node| node.included.contains(transaction)) {
            for node in self.nodes.values().filter(|node| node.line.contains(block.view)) {
                views.grow_and_insert(node.view);
            }
        }
        views
    }

    /// Adds a block that is not there yet. Returns the views after its parent and after itself;
    /// `None` when the parent is not in the tree.
    pub(crate) fn add(&mut self, block: &Block) -> Option<(View, View)> {
        let info = block.info.clone();
        let parent = self.nodes.get(&info.previous)?;
        let parent_view = parent.view;
        let view = self.live.zeroes().next().unwrap_or(self.live.len());
        let mut line = parent.line.clone();
        line.grow_and_insert(view);
        self.live.grow_and_insert(view);
        let head_parent = self.nodes.get(&self.forks.head().previous).map(|node| &node.info);
        self.forks.add(&info, head_parent);
        let included = block.transactions.iter().cloned().collect();
        self.nodes.insert(info.id.clone(), Node { info, view, line, included });
        self.find_head_view();
        Some((parent_view, view))
    }

    /// Makes a block of the tree the root, and drops what does not descend from it.
    pub(crate) fn commit(&mut self, id: &[u8]) {
        let Some(root) = self.nodes.get(id) else { return };
        let (info, view) = (root.info.clone(), root.view);
        let dropped: Vec<Bytes> = self
            .nodes
            .iter()
            .filter(|(_, node)| !node.line.contains(view))
            .map(|(id, _)| id.clone())
            .collect();
        for node in dropped.iter().filter_map(|id| self.nodes.remove(id)) {
            self.live.remove(node.view);
        }
        for node in self.nodes.values_mut() {
            node.line.intersect_with(&self.live);
        }
        self.root = info;
        if self.nodes.contains_key(&self.forks.head().id) {
            self.forks.discard(&dropped);
        } else {
            self.choose_again();
        }
        self.find_head_view();
    }

    /// Fork choice from the start, after the head was on a branch that is gone.
    fn choose_again(&mut self) {
        self.forks = Forks::new(self.rule, self.root.clone());
        let mut blocks: Vec<&BlockInfo> = self.nodes.values().map(|node| &node.info).collect();
        blocks.sort_by(|a, b| (a.height, &a.id).cmp(&(b.height, &b.id)));
        for block in blocks.into_iter().filter(|block| block.id != self.root.id) {
            let head_parent = self.nodes.get(&self.forks.head().previous).map(|node| &node.info);
            self.forks.add(block, head_parent);
        }
    }

    fn find_head_view(&mut self) {
        // The head is always in the tree.
        if let Some(view) = self.view(&self.forks.head().id) {
            self.head_view = view;
        }
    }
}

/// The set of one view.
pub(crate) fn only(view: View) -> Views {
    let mut views = Views::new();
    views.grow_and_insert(view);
    views
}
