//! The pool against a model that keeps a full copy of what is pending for each block.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use koinos_fork_choice::{BlockInfo, ForkRule, Forks};
use proptest::prelude::*;

use super::*;

const EXPIRATION: u64 = 100;
const MAX_RC: u64 = 100;

#[derive(Debug, Clone)]
enum Step {
    /// A new transaction: payer, account, nonce, resources.
    Add(u8, u8, u64, u64),
    /// One that has been added before.
    AddAgain(usize),
    /// A block on a known one, with some of all transactions, by a signer.
    Block(usize, Vec<usize>, u8),
    /// A block that was taken before.
    BlockAgain(usize),
    /// A known block becomes irreversible.
    Irreversible(usize),
    Fail(usize),
    /// Time passes.
    Wait(u64),
    /// All is forgotten but the block.
    Restart(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any_index = || any::<usize>();
    let step = prop_oneof![
        8 => (0..3u8, 0..3u8, 0..5u64, 0..45u64).prop_map(|(p, a, n, rc)| Step::Add(p, a, n, rc)),
        1 => any_index().prop_map(Step::AddAgain),
        6 => (any_index(), prop::collection::vec(any_index(), 0..3), 0..3u8)
            .prop_map(|(parent, ids, signer)| Step::Block(parent, ids, signer)),
        1 => any_index().prop_map(Step::BlockAgain),
        1 => any_index().prop_map(Step::Irreversible),
        2 => any_index().prop_map(Step::Fail),
        2 => (0..80u64).prop_map(Step::Wait),
    ];
    let step = prop_oneof![40 => step, 1 => any_index().prop_map(Step::Restart)];
    prop::collection::vec(step, 1..80)
}

#[derive(Clone)]
struct View {
    info: BlockInfo,
    pending: Vec<(Transaction, u64)>,
    /// What is in this block.
    included: Vec<Bytes>,
}

impl View {
    fn reserved(&self, payer: &[u8]) -> u64 {
        let of_payer = self.pending.iter().filter(|(one, _)| one.payer == payer);
        of_payer.map(|(one, _)| one.rc_limit).sum()
    }

    fn nonces(&self, account: &[u8]) -> BTreeSet<u64> {
        let of_account = self.pending.iter().filter(|(one, _)| one.account == account);
        of_account.map(|(one, _)| one.nonce).collect()
    }

    fn remove(&mut self, id: &[u8]) -> bool {
        let before = self.pending.len();
        self.pending.retain(|(one, _)| one.id != id);
        before > self.pending.len()
    }
}

struct Model {
    rule: ForkRule,
    root: Bytes,
    views: BTreeMap<Bytes, View>,
    forks: Forks,
}

impl Model {
    fn new(rule: ForkRule, root: BlockInfo, pending: Vec<(Transaction, u64)>) -> Self {
        let view = View { info: root.clone(), pending, included: Vec::new() };
        Self {
            rule,
            root: root.id.clone(),
            views: BTreeMap::from([(root.id.clone(), view)]),
            forks: Forks::new(rule, root),
        }
    }

    fn head(&self) -> &View {
        &self.views[&self.forks.head().id]
    }

    fn add(&mut self, new: &Transaction, now: u64) -> Result<u64, Rejection> {
        let open: Vec<Bytes> = self
            .views
            .keys()
            .filter(|block| {
                !self.line((*block).clone()).any(|view| view.included.contains(&new.id))
            })
            .cloned()
            .collect();
        let views = || open.iter().map(|block| &self.views[block]);
        if open.is_empty() {
            return Err(Rejection::Included);
        }
        if views().any(|view| view.reserved(&new.payer) + new.rc_limit > MAX_RC) {
            return Err(Rejection::ExceedsResources(new.payer.clone()));
        }
        if self.views.values().any(|view| view.pending.iter().any(|(one, _)| one.id == new.id)) {
            return Err(Rejection::Duplicate);
        }
        let mut added = false;
        for block in &open {
            let view = self.views.get_mut(block).unwrap();
            if !view.nonces(&new.account).contains(&new.nonce) {
                view.pending.push((new.clone(), now));
                added = true;
            }
        }
        let head = self.head();
        let in_head = head.pending.iter().any(|(one, _)| one.id == new.id);
        match added {
            true => Ok(if in_head { head.reserved(&new.payer) } else { 0 }),
            false => Err(Rejection::NonceConflict),
        }
    }

    fn block(&mut self, block: &Block) -> usize {
        let mut view = self.views[&block.info.previous].clone();
        view.info = block.info.clone();
        let removed = block.transactions.iter().filter(|id| view.remove(id)).count();
        view.included = block.transactions.clone();
        self.views.insert(block.info.id.clone(), view);
        let head_parent = self.views.get(&self.forks.head().previous).map(|view| view.info.clone());
        self.forks.add(&block.info, head_parent.as_ref());
        removed
    }

    /// The views of a block and of all below it.
    fn line(&self, block: Bytes) -> impl Iterator<Item = &View> {
        let previous = |view: &&View| self.views.get(&view.info.previous);
        std::iter::successors(self.views.get(&block), previous)
    }

    fn descends(&self, block: &Bytes, from: &Bytes) -> bool {
        self.line(block.clone()).any(|view| view.info.id == *from)
    }

    fn irreversible(&mut self, id: &Bytes) {
        let gone: Vec<Bytes> =
            self.views.keys().filter(|other| !self.descends(other, id)).cloned().collect();
        for id in &gone {
            self.views.remove(id);
        }
        self.root = id.clone();
        if !gone.contains(&self.forks.head().id) {
            return self.forks.discard(&gone);
        }
        self.forks = Forks::new(self.rule, self.views[id].info.clone());
        let mut blocks: Vec<_> = self.views.values().map(|view| view.info.clone()).collect();
        blocks.sort_by_key(|block| (block.height, block.id.clone()));
        for block in blocks.iter().filter(|block| block.id != *id) {
            let parent = self.views.get(&self.forks.head().previous).map(|view| view.info.clone());
            self.forks.add(block, parent.as_ref());
        }
    }

    fn fail(&mut self, id: &[u8]) -> bool {
        let before = self.head().pending.len();
        let tips: Vec<Bytes> = self.forks.tips().into_iter().map(|tip| tip.id.clone()).collect();
        for tip in tips {
            if let Some(view) = self.views.get_mut(&tip) {
                view.remove(id);
            }
        }
        before > self.head().pending.len()
    }

    fn expire(&mut self, now: u64) -> usize {
        let before = self.head().pending.len();
        for view in self.views.values_mut() {
            view.pending.retain(|(_, arrived)| arrived + EXPIRATION > now);
        }
        before - self.head().pending.len()
    }
}

/// The pool and its model, and everything that has been given to them.
struct Pair {
    mempool: Mempool,
    model: Model,
    now: u64,
    transactions: Vec<Transaction>,
    blocks: Vec<Block>,
}

impl Pair {
    fn new(rule: ForkRule) -> Self {
        let limits = Limits { expiration: Duration::from_secs(EXPIRATION), bytes: usize::MAX / 2 };
        let mut mempool = Mempool::new(rule, limits);
        mempool.restart(BlockInfo::genesis());
        Self {
            mempool,
            model: Model::new(rule, BlockInfo::genesis(), Vec::new()),
            now: 1_000,
            transactions: Vec::new(),
            blocks: Vec::new(),
        }
    }

    fn add(&mut self, transaction: &Transaction) {
        let now = Duration::from_secs(self.now);
        let result = self.mempool.add(transaction.clone(), MAX_RC, now);
        assert_eq!(result, self.model.add(transaction, self.now));
    }

    /// One of the blocks that may be built on.
    fn known(&self, index: usize) -> BlockInfo {
        let views: Vec<&View> = self.model.views.values().collect();
        views[index % views.len()].info.clone()
    }

    fn id(&self, index: usize) -> Bytes {
        let any = self.transactions.get(index % self.transactions.len().max(1));
        any.map_or_else(|| Bytes::from_static(b"unknown"), |one| one.id.clone())
    }

    fn new_block(&mut self, parent: usize, ids: &[usize], signer: u8) {
        let parent = self.known(parent);
        let number = self.blocks.len();
        let info = BlockInfo {
            id: Bytes::from(format!("block {number}")),
            previous: parent.id,
            height: parent.height + 1,
            // Some come with an earlier time than others of their height.
            timestamp: (number as u64 * 7) % 11,
            signer: Bytes::from(vec![signer]),
        };
        let ids: BTreeSet<Bytes> = ids.iter().map(|index| self.id(*index)).collect();
        let block = Block { info, transactions: ids.into_iter().collect() };
        let removed = self.model.block(&block);
        assert_eq!(self.mempool.take_block(block.clone()), Taken::Linked(removed));
        self.blocks.push(block);
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Add(payer, account, nonce, rc_limit) => {
                let new = transaction(self.transactions.len(), payer, account, nonce, rc_limit);
                self.add(&new);
                self.transactions.push(new);
            }
            Step::AddAgain(index) if !self.transactions.is_empty() => {
                let again = self.transactions[index % self.transactions.len()].clone();
                self.add(&again);
            }
            Step::Block(parent, ids, signer) => self.new_block(parent, &ids, signer),
            Step::BlockAgain(index) => {
                let block = Block { info: self.known(index), transactions: Vec::new() };
                assert_eq!(self.mempool.take_block(block), Taken::Known);
            }
            Step::Irreversible(index) => {
                let block = self.known(index);
                self.model.irreversible(&block.id);
                self.mempool.irreversible(&block.id, block.height);
            }
            Step::Fail(index) => {
                let id = self.id(index);
                assert_eq!(self.mempool.fail(&id), self.model.fail(&id));
            }
            Step::Wait(seconds) => {
                self.now += seconds;
                let expired = self.mempool.expire(Duration::from_secs(self.now));
                assert_eq!(expired, self.model.expire(self.now));
            }
            Step::Restart(index) => {
                let root = self.known(index);
                let pending = self.model.head().pending.clone();
                self.model = Model::new(self.model.rule, root.clone(), pending);
                self.mempool.restart(root);
            }
            Step::AddAgain(_) => {}
        }
    }

    /// Everything that can be asked has the model's answer.
    fn compare(&self) {
        let (mempool, model) = (&self.mempool, &self.model);
        assert_eq!(mempool.head(), model.forks.head());
        assert_eq!(mempool.root().unwrap().id, model.root);
        let all: BTreeSet<&Bytes> =
            model.views.values().flat_map(|view| &view.pending).map(|(one, _)| &one.id).collect();
        let size: usize = self
            .transactions
            .iter()
            .filter(|one| all.contains(&one.id))
            .map(Transaction::size)
            .sum();
        let stats = mempool.stats();
        assert_eq!((stats.transactions, stats.bytes), (all.len(), size));
        assert_eq!((stats.pending, stats.views), (model.head().pending.len(), model.views.len()));
        for which in 0..3 {
            self.compare_payer(&payer_id(which));
            self.compare_account(&account_id(which));
        }
        for view in model.views.values() {
            let expected: Vec<&Transaction> = view.pending.iter().map(|(one, _)| one).collect();
            let block = Some(&view.info.id[..]);
            assert_eq!(mempool.pending_transactions(2_000, block).unwrap(), expected);
            let some = expected.iter().copied().take(3).collect::<Vec<_>>();
            assert_eq!(mempool.pending_transactions(3, block).unwrap(), some);
            let ids: Vec<Bytes> = self.transactions.iter().map(|one| one.id.clone()).collect();
            let found = mempool.pending_transactions_by_id(&ids, block).unwrap();
            let asked_for = self.transactions.iter().filter(|one| expected.contains(one));
            assert!(found.into_iter().eq(asked_for));
        }
    }

    fn compare_payer(&self, payer: &[u8]) {
        let views = self.model.views.values();
        let most = views.clone().map(|view| view.reserved(payer)).max().unwrap();
        assert_eq!(self.mempool.reserved_account_rc(payer), most);
        let fits = |rc, block: Option<&[u8]>| {
            self.mempool.check_pending_account_resources(payer, MAX_RC, rc, block).unwrap()
        };
        assert!(fits(MAX_RC - most, None) && !fits(MAX_RC - most + 1, None));
        for view in views {
            let (left, block) = (MAX_RC - view.reserved(payer), Some(&view.info.id[..]));
            assert!(fits(left, block) && !fits(left + 1, block));
        }
    }

    fn compare_account(&self, account: &[u8]) {
        let views = self.model.views.values();
        for nonce in 0..5 {
            let free = views.clone().any(|view| !view.nonces(account).contains(&nonce));
            assert_eq!(self.mempool.check_account_nonce(account, nonce, None).unwrap(), free);
        }
        for view in views {
            let (nonces, block) = (view.nonces(account), Some(&view.info.id[..]));
            let count = self.mempool.pending_transaction_count(account, block).unwrap();
            assert_eq!(count, nonces.len() as u64);
            let highest = self.mempool.pending_nonce(account, block).unwrap();
            assert_eq!(highest, nonces.last().copied());
            for nonce in 0..5 {
                let free = self.mempool.check_account_nonce(account, nonce, block).unwrap();
                assert_eq!(free, !nonces.contains(&nonce));
            }
        }
    }
}

fn payer_id(which: u8) -> Bytes {
    Bytes::from(vec![which; 25])
}

fn account_id(which: u8) -> Bytes {
    Bytes::from(vec![0x10 + which; 25])
}

fn transaction(number: usize, payer: u8, account: u8, nonce: u64, rc_limit: u64) -> Transaction {
    let id = Bytes::from(format!("transaction {number}"));
    let (payer, account) = (payer_id(payer), account_id(account));
    Transaction { pending: id.clone(), id, payer, account, nonce, rc_limit }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_pool_answers_as_the_model(
        rule in prop::sample::select(vec![ForkRule::Fifo, ForkRule::BlockTime, ForkRule::Pob]),
        steps in steps(),
    ) {
        let mut pair = Pair::new(rule);
        for step in steps {
            pair.take(step);
            pair.compare();
        }
    }

    /// Blocks of a tree in any order come out as in the order of their heights.
    #[test]
    fn blocks_may_come_out_of_order(
        parents in prop::collection::vec(any::<usize>(), 1..30),
        order in any::<prop::sample::Index>(),
        seed in prop::collection::vec(any::<u32>(), 30),
    ) {
        let mut pair = Pair::new(ForkRule::BlockTime);
        for (number, parent) in parents.iter().enumerate() {
            pair.new_block(*parent, &[], number as u8);
        }
        let mut shuffled: Vec<_> = pair.blocks.iter().zip(seed).collect();
        shuffled.sort_by_key(|(_, key)| *key);
        let count = shuffled.len();
        shuffled.rotate_left(order.index(count));
        let mut other = Pair::new(ForkRule::BlockTime);
        for (block, _) in shuffled {
            prop_assert_ne!(other.mempool.take_block(block.clone()), Taken::Known);
        }
        prop_assert_eq!(other.mempool.stats(), pair.mempool.stats());
        prop_assert_eq!(other.mempool.head().height, pair.mempool.head().height);
        for block in &pair.blocks {
            prop_assert!(other.mempool.knows(&block.info.id));
        }
    }
}
