//! A random chain with branches, and an index that follows it.

use std::sync::Arc;

use koinos_index::{Index, Records, Taken};
use koinos_kv::{Kv, MemoryStore};
use koinos_proto::BlockTopology;
use koinos_proto::broadcast::BlockAccepted;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use super::{Content, block, genesis, source, topology};

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// A block on some living block, with some content. It becomes the head if it is higher, or if
    /// it is said to.
    Block { parent: Pick, content: Vec<u8>, head: bool },
    /// A block comes again.
    Again(Pick),
    /// Some living block becomes the head.
    Head(Pick),
    /// The block so far below the head becomes irreversible.
    Irreversible(u64),
    /// The process is killed and starts again.
    Reopen,
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let content = proptest::collection::vec(0..6_u8, 0..3);
    let step = prop_oneof![
        8 => (any::<Pick>(), content, prop::bool::weighted(0.1))
            .prop_map(|(parent, content, head)| Step::Block { parent, content, head }),
        1 => any::<Pick>().prop_map(Step::Again),
        1 => any::<Pick>().prop_map(Step::Head),
        3 => (0..5_u64).prop_map(Step::Irreversible),
        1 => Just(Step::Reopen),
    ];
    proptest::collection::vec(step, 1..40)
}

/// All that has come, in its order.
pub struct Tree {
    pub blocks: Vec<BlockAccepted>,
    pub head: BlockTopology,
    pub cursor: BlockTopology,
}

impl Tree {
    fn find(&self, id: &[u8]) -> Option<&BlockAccepted> {
        self.blocks.iter().find(|accepted| topology(accepted).id == id)
    }

    /// The blocks up to one, lowest first.
    pub fn branch(&self, head: &BlockTopology) -> Vec<&BlockAccepted> {
        let mut branch = Vec::new();
        let mut at = self.find(&head.id);
        while let Some(accepted) = at {
            branch.push(accepted);
            at = self.find(&topology(accepted).previous);
        }
        branch.reverse();
        branch
    }

    /// Whether a block is the other or descends from it.
    pub fn descends(&self, block: &BlockTopology, from: &BlockTopology) -> bool {
        from.height == 0
            || self.branch(block).iter().any(|accepted| topology(accepted).id == from.id)
    }

    fn living(&self) -> Vec<BlockTopology> {
        let all = std::iter::once(self.cursor.clone()).chain(self.blocks.iter().map(topology));
        let mut living: Vec<_> = all.filter(|block| self.descends(block, &self.cursor)).collect();
        living.dedup_by_key(|block| block.id.clone());
        living
    }
}

/// Lets it happen, and `check`s the index after each step. At the end the checksum is that of an
/// index made from the irreversible blocks alone.
pub fn run<R: Records>(
    steps: &[Step],
    records: impl Fn() -> R,
    keyspaces: &[&'static str],
    content: impl Fn(u8, usize) -> Content,
    check: impl Fn(&Index<R>, &Tree),
) {
    let names = || [&["meta", "recent", "parts", "orphans"], keyspaces].concat();
    let store: Arc<dyn Kv> = Arc::new(MemoryStore::new(&names()));
    let mut index = Index::over(records(), store.clone(), false).unwrap();
    let mut tree = Tree { blocks: Vec::new(), head: genesis(), cursor: genesis() };
    for step in steps {
        match step {
            Step::Block { parent, content: wanted, head } => {
                let living = tree.living();
                let parent = &living[parent.index(living.len())];
                let name = format!("block {}", tree.blocks.len());
                // A transaction is in a branch once.
                let below: Vec<_> = tree
                    .branch(parent)
                    .iter()
                    .flat_map(|b| b.block.clone().unwrap().transactions)
                    .collect();
                let mut made: Vec<Content> = Vec::new();
                for wanted in wanted {
                    let new = content(*wanted, tree.blocks.len());
                    let known = |id| below.iter().any(|known| known.id == id);
                    if !known(&new.0.id) && !made.iter().any(|(known, _)| known.id == new.0.id) {
                        made.push(new);
                    }
                }
                let signer = format!("signer {}", tree.blocks.len() % 3);
                let accepted = block(parent, &name, &signer, &made);
                let is_head = *head || topology(&accepted).height > tree.head.height;
                assert_eq!(index.add(&source(&accepted), is_head).unwrap(), Taken::New);
                if is_head {
                    tree.head = topology(&accepted);
                }
                tree.blocks.push(accepted);
            }
            Step::Again(pick) if !tree.blocks.is_empty() => {
                let again = source(&tree.blocks[pick.index(tree.blocks.len())]);
                let taken = index.add(&again, false).unwrap();
                let known = tree.descends(&again.topology, &tree.cursor);
                assert_eq!(taken, if known { Taken::Known } else { Taken::Old }, "{again:?}");
            }
            Step::Again(_) => {}
            Step::Head(pick) => {
                let living = tree.living();
                tree.head = living[pick.index(living.len())].clone();
                assert!(index.set_head(&tree.head.id).unwrap());
            }
            Step::Irreversible(depth) => {
                let height = tree.head.height.saturating_sub(*depth);
                if height > tree.cursor.height {
                    let branch = tree.branch(&tree.head);
                    tree.cursor = topology(branch[height as usize - 1]);
                    assert!(index.irreversible(&tree.cursor.id).unwrap());
                }
            }
            Step::Reopen => index = Index::over(records(), store.clone(), false).unwrap(),
        }
        assert_eq!(index.head(), tree.head);
        assert_eq!(index.cursor().id, tree.cursor.id);
        check(&index, &tree);
    }

    let rebuilt = Index::over(records(), Arc::new(MemoryStore::new(&names())), false).unwrap();
    for batch in tree.branch(&tree.cursor).chunks(3) {
        let digested: Vec<_> =
            batch.iter().map(|accepted| rebuilt.digest(source(accepted))).collect();
        rebuilt.extend(&digested).unwrap();
    }
    assert_eq!(rebuilt.checksum().unwrap(), index.checksum().unwrap());
}
