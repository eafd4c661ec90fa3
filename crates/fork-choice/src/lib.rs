//! Which of several branches is the chain. Every service that keeps a tree of blocks decides it here.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bytes::Bytes;

/// The id of the state before the first block: a sha2-256 multihash with a digest of zeros.
pub const GENESIS_ID: [u8; 34] = {
    let mut id = [0; 34];
    (id[0], id[1]) = (0x12, 0x20);
    id
};

/// What fork choice needs to know of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockInfo {
    /// The id of the block, a multihash.
    pub id: Bytes,
    /// The id of its parent, a multihash; empty for the genesis state.
    pub previous: Bytes,
    /// One more than the height of the parent; 0 for the genesis state.
    pub height: u64,
    /// Time in the header, in milliseconds.
    pub timestamp: u64,
    /// The signer named in the header, an address.
    pub signer: Bytes,
}

impl BlockInfo {
    /// The state before the first block: height 0 and [`GENESIS_ID`].
    pub fn genesis() -> Self {
        Self {
            id: Bytes::from_static(&GENESIS_ID),
            previous: Bytes::new(),
            height: 0,
            timestamp: 0,
            signer: Bytes::new(),
        }
    }
}

/// How to choose between the head and another block of the same height. A higher block always wins.
///
/// Under [`ForkRule::Pob`] a signer who made both blocks loses: the head falls back to the best of
/// the other branches and the parent of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum ForkRule {
    /// The block that came first stays.
    Fifo,
    /// The block with the earlier timestamp wins.
    BlockTime,
    /// As block-time, and a producer that signs twice loses both blocks.
    Pob,
}

/// The head and the tips of all branches, by the rule. All of it is consensus.
#[derive(Debug)]
pub struct Forks {
    rule: ForkRule,
    head: BlockInfo,
    tips: BTreeMap<Bytes, BlockInfo>,
}

impl Forks {
    /// A tree of nothing but its root.
    pub fn new(rule: ForkRule, root: BlockInfo) -> Self {
        Self { rule, tips: BTreeMap::from([(root.id.clone(), root.clone())]), head: root }
    }

    /// The chosen block.
    pub fn head(&self) -> &BlockInfo {
        &self.head
    }

    /// The tips: the highest first, equally high ones by id. After a fall-back of the head the set may
    /// contain blocks that have descendants.
    pub fn tips(&self) -> Vec<&BlockInfo> {
        let mut tips: Vec<_> = self.tips.values().collect();
        tips.sort_by_key(|tip| std::cmp::Reverse(tip.height));
        tips
    }

    /// Takes note of a new block. `head_parent` is the parent of the present head, if the head is not
    /// the root.
    pub fn add(&mut self, block: &BlockInfo, head_parent: Option<&BlockInfo>) {
        match block.height.cmp(&self.head.height) {
            Ordering::Greater => self.head = block.clone(),
            Ordering::Equal => self.resolve(block, head_parent),
            Ordering::Less => {}
        }
        // The parent is the head only if the head has just fallen back to it; then it stays the tip
        // and the new block is none.
        if block.previous != self.head.id {
            self.tips.remove(&block.previous);
            self.tips.insert(block.id.clone(), block.clone());
        }
    }

    /// Forgets blocks that are no longer in the tree.
    pub fn discard<'a>(&mut self, ids: impl IntoIterator<Item = &'a Bytes>) {
        for id in ids {
            self.tips.remove(id);
        }
    }

    fn resolve(&mut self, block: &BlockInfo, head_parent: Option<&BlockInfo>) {
        match self.rule {
            ForkRule::Fifo => {}
            ForkRule::Pob if block.signer == self.head.signer => self.fall_back(head_parent),
            ForkRule::BlockTime | ForkRule::Pob => {
                if block.timestamp < self.head.timestamp {
                    self.head = block.clone();
                }
            }
        }
    }

    /// Drops the head for the best other tip, or for its parent if that is better still.
    fn fall_back(&mut self, head_parent: Option<&BlockInfo>) {
        let others = self.tips.values().filter(|tip| tip.id != self.head.id);
        let best = others.min_by(|left, right| preference(left, right));
        match (best, head_parent) {
            (Some(best), Some(parent)) if preference(parent, best).is_ge() => {
                self.head = best.clone();
            }
            (_, Some(parent)) => {
                self.tips.remove(&self.head.id);
                self.tips.insert(parent.id.clone(), parent.clone());
                self.head = parent.clone();
            }
            // The root is never of the same height as a new block.
            (_, None) => {}
        }
    }
}

/// The better block comes first: the higher, then the earlier, then that of the smaller id.
fn preference(left: &BlockInfo, right: &BlockInfo) -> Ordering {
    let key = |block: &BlockInfo| (std::cmp::Reverse(block.height), block.timestamp);
    key(left).cmp(&key(right)).then_with(|| left.id.cmp(&right.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block called `id` of the signer named by its first letter.
    fn block(id: &str, previous: &str, height: u64, timestamp: u64) -> BlockInfo {
        BlockInfo {
            id: Bytes::from(id.to_owned()),
            previous: Bytes::from(previous.to_owned()),
            height,
            timestamp,
            signer: Bytes::from(id[..1].to_owned()),
        }
    }

    struct Chain {
        forks: Forks,
        blocks: Vec<BlockInfo>,
    }

    impl Chain {
        fn new(rule: ForkRule) -> Self {
            let root = block("root", "", 0, 0);
            Self { forks: Forks::new(rule, root.clone()), blocks: vec![root] }
        }

        fn add(&mut self, id: &str, previous: &str, timestamp: u64) -> (String, Vec<String>) {
            let find = |id: &[u8]| self.blocks.iter().find(|block| block.id == id);
            let height = find(previous.as_bytes()).unwrap().height + 1;
            let block = block(id, previous, height, timestamp);
            let head_parent = find(&self.forks.head().previous).cloned();
            self.forks.add(&block, head_parent.as_ref());
            self.blocks.push(block);
            let text = |block: &BlockInfo| String::from_utf8(block.id.to_vec()).unwrap();
            (text(self.forks.head()), self.forks.tips().into_iter().map(text).collect())
        }

        fn expect(&mut self, id: &str, previous: &str, timestamp: u64, head: &str, tips: &[&str]) {
            let (found_head, found_tips) = self.add(id, previous, timestamp);
            assert_eq!(found_head, head, "head after {id}");
            assert_eq!(found_tips, tips, "tips after {id}");
        }
    }

    #[test]
    fn a_higher_block_wins_under_every_rule() {
        for rule in [ForkRule::Fifo, ForkRule::BlockTime, ForkRule::Pob] {
            let mut chain = Chain::new(rule);
            chain.expect("a1", "root", 10, "a1", &["a1"]);
            chain.expect("b1", "root", 10, "a1", &["a1", "b1"]);
            chain.expect("c2", "b1", 90, "c2", &["c2", "a1"]);
            chain.expect("d1", "root", 1, "c2", &["c2", "a1", "d1"]);
        }
    }

    #[test]
    fn equal_heights() {
        for (rule, head) in
            [(ForkRule::Fifo, "a1"), (ForkRule::BlockTime, "b1"), (ForkRule::Pob, "b1")]
        {
            let mut chain = Chain::new(rule);
            chain.expect("a1", "root", 10, "a1", &["a1"]);
            chain.expect("b1", "root", 9, head, &["a1", "b1"]);
            chain.expect("c1", "root", 9, head, &["a1", "b1", "c1"]);
        }
    }

    #[test]
    fn double_production_falls_back_to_the_parent() {
        let mut chain = Chain::new(ForkRule::Pob);
        chain.add("a1", "root", 10);
        chain.add("b2", "a1", 20);
        // The new block has the head's parent as its own: no tip but the parent is left.
        chain.expect("b2'", "a1", 19, "a1", &["a1"]);
        // The next one on a dropped block brings it back, and leaves the parent among the tips.
        chain.expect("c3", "b2", 30, "c3", &["c3", "a1"]);
    }

    #[test]
    fn double_production_on_the_first_block_falls_back_to_the_root() {
        let mut chain = Chain::new(ForkRule::Pob);
        chain.add("a1", "root", 10);
        chain.expect("a1'", "root", 5, "root", &["root"]);
        chain.expect("b1", "root", 50, "b1", &["b1"]);
    }

    #[test]
    fn double_production_on_another_branch_keeps_the_new_block_as_a_tip() {
        let mut chain = Chain::new(ForkRule::Pob);
        chain.add("a1", "root", 10);
        chain.add("b1", "root", 20);
        chain.expect("c2", "a1", 30, "c2", &["c2", "b1"]);
        // Tips besides the head: b1, which the parent a1 beats by its time.
        chain.expect("c2'", "b1", 25, "a1", &["c2'", "a1"]);
    }

    #[test]
    fn double_production_falls_back_to_the_best_other_tip() {
        let mut chain = Chain::new(ForkRule::Pob);
        chain.add("a1", "root", 10);
        chain.add("b2", "a1", 20);
        chain.add("e2", "a1", 22);
        chain.add("d2", "a1", 22);
        // Of two tips of the same height and time the smaller id comes first.
        chain.expect("b2'", "a1", 5, "d2", &["b2", "b2'", "d2", "e2"]);
        chain.expect("d2'", "a1", 1, "b2'", &["b2", "b2'", "d2", "d2'", "e2"]);
    }

    #[test]
    fn discarded_blocks_are_no_tips() {
        let mut chain = Chain::new(ForkRule::Fifo);
        chain.add("a1", "root", 10);
        chain.add("b1", "root", 20);
        chain.forks.discard([&Bytes::from("b1"), &Bytes::from("root")]);
        let tips: Vec<_> = chain.forks.tips().iter().map(|tip| tip.id.clone()).collect();
        assert_eq!(tips, ["a1"]);
    }
}
