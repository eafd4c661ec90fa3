//! Which transactions are pending, after each block that may still be built on.
//!
//! Costs, with `n` transactions in the pool and `v` views (about 60 and one for each block of a
//! side branch): taking a transaction is O(v), taking a block and making one irreversible O(n) with
//! a very small factor, expiring O(v) for each transaction dropped, the list of pending ones O(n) at
//! worst, and everything about an account O(its own transactions) or better.

use std::time::Duration;

use bytes::Bytes;
use koinos_fork_choice::{BlockInfo, ForkRule};

use crate::error::{MAX_REQUEST, QueryError, Rejection};
use crate::pool::{Pool, Transaction, View};
use crate::tree::{Block, Tree, only};
use crate::waiting::Waiting;

/// What the pool holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a transaction may be pending.
    pub expiration: Duration,
    /// The memory for pending transactions, in bytes. When it is used up no further ones are
    /// invited ([`Mempool::check_pending_account_resources`] fails); those that were accepted
    /// before that was known are still taken, up to an eighth more.
    pub bytes: usize,
}

/// What became of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is in the tree now, and so many of its transactions are no longer pending after it.
    Linked(usize),
    /// It was there already.
    Known,
    /// Its parent is not known; it is taken when the parent is.
    Unlinkable,
}

/// Figures for logs and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Transactions pending after the head.
    pub pending: usize,
    /// Transactions pending after any block.
    pub transactions: usize,
    /// The memory they take, in bytes.
    pub bytes: usize,
    /// Blocks that may be built on.
    pub views: usize,
    /// Blocks whose parent is missing.
    pub waiting: usize,
    /// The height of the head.
    pub head_height: u64,
}

/// The pool.
pub struct Mempool {
    limits: Limits,
    pool: Pool,
    tree: Tree,
    waiting: Waiting,
    /// Whether the root is a block of the chain. Before anything is known of the chain, it is not.
    anchored: bool,
}

impl Mempool {
    /// An empty pool that knows no block.
    pub fn new(rule: ForkRule, limits: Limits) -> Self {
        Self {
            limits,
            pool: Pool::default(),
            tree: Tree::new(rule, BlockInfo::genesis(), 0),
            waiting: Waiting::default(),
            anchored: false,
        }
    }

    /// The last irreversible block, or the oldest one that is known; `None` before the first.
    pub fn root(&self) -> Option<&BlockInfo> {
        self.anchored.then(|| self.tree.root())
    }

    /// The head by the fork rule.
    pub fn head(&self) -> &BlockInfo {
        self.tree.head()
    }

    /// Whether a block may be built on.
    pub fn knows(&self, block_id: &[u8]) -> bool {
        self.anchored && self.tree.view(block_id).is_some()
    }

    /// Figures for logs and metrics. O(n).
    pub fn stats(&self) -> Stats {
        Stats {
            pending: self.pool.transactions(self.tree.head_view()).count(),
            transactions: self.pool.len(),
            bytes: self.pool.bytes(),
            views: self.tree.views().count_ones(..),
            waiting: self.waiting.len(),
            head_height: self.head().height,
        }
    }

    /// Takes a transaction into all views that can have it. Returns what the pending transactions
    /// of its payer may use after the head; 0 if it is not pending there.
    ///
    /// # Errors
    /// [`Rejection`]; nothing has changed then.
    pub fn add(
        &mut self,
        transaction: Transaction,
        max_payer_rc: u64,
        now: Duration,
    ) -> Result<u64, Rejection> {
        let mut views = self.tree.views().clone();
        views.difference_with(&self.tree.views_including(&transaction.id));
        if views.is_clear() {
            return Err(Rejection::Included);
        }
        let reserved = self.pool.most_reserved(&transaction.payer, &views);
        if !is_enough(max_payer_rc, reserved, transaction.rc_limit) {
            return Err(Rejection::ExceedsResources(transaction.payer));
        }
        if self.pool.contains(&transaction.id) {
            return Err(Rejection::Duplicate);
        }
        let taken = self.pool.views_with_nonce(&transaction.account, transaction.nonce);
        views.difference_with(&taken);
        if views.is_clear() {
            return Err(Rejection::NonceConflict);
        }
        let bytes = self.pool.bytes();
        if bytes + transaction.size() > self.limits.bytes.saturating_add(self.limits.bytes / 8) {
            return Err(Rejection::Full { bytes, transactions: self.pool.len() });
        }
        let head = self.tree.head_view();
        let (payer, in_head) = (transaction.payer.clone(), views.contains(head));
        self.pool.insert(transaction, now, views);
        Ok(if in_head { self.pool.reserved(&payer, head) } else { 0 })
    }

    /// Takes a block, and those that have waited for it.
    pub fn take_block(&mut self, block: Block) -> Taken {
        if self.knows(&block.info.id) {
            return Taken::Known;
        }
        if !self.anchored {
            self.restart(parent_of(&block.info));
        }
        let (id, height) = (block.info.id.clone(), block.info.height);
        let Some(removed) = self.link(&block) else {
            if height > self.tree.root().height {
                self.waiting.insert(block);
            }
            return Taken::Unlinkable;
        };
        let mut parents = vec![(id, height)];
        while let Some((parent, height)) = parents.pop() {
            for child in self.waiting.take_children(&parent, height) {
                parents.push((child.info.id.clone(), child.info.height));
                self.link(&child);
            }
        }
        Taken::Linked(removed)
    }

    /// Puts a block on its parent; `None` when that is unknown.
    fn link(&mut self, block: &Block) -> Option<usize> {
        let (parent, view) = self.tree.add(block)?;
        self.pool.copy_view(parent, view);
        let here = only(view);
        let included = block.transactions.iter();
        Some(included.filter(|id| !self.pool.remove(id, &here).is_clear()).count())
    }

    /// Drops all blocks that do not descend from this one, which is final. A block that is not
    /// known is ignored.
    pub fn irreversible(&mut self, block_id: &[u8], height: u64) {
        self.waiting.drop_to(height);
        if self.knows(block_id) && self.tree.root().id != block_id {
            self.tree.commit(block_id);
            self.pool.keep_views(self.tree.views());
        }
    }

    /// Forgets all blocks and starts anew at `root`, with what was pending after the head.
    pub fn restart(&mut self, root: BlockInfo) {
        let view = self.tree.head_view();
        self.pool.keep_views(&only(view));
        self.tree = Tree::new(self.tree.rule(), root, view);
        self.waiting = Waiting::default();
        self.anchored = true;
    }

    /// Drops a transaction that made a block fail from the tips of all branches. Returns whether
    /// it was pending after the head.
    pub fn fail(&mut self, transaction_id: &[u8]) -> bool {
        let tips = self.tree.tip_views();
        self.pool.remove(transaction_id, &tips).contains(self.tree.head_view())
    }

    /// Drops what has been pending for too long. Returns how many transactions of the head's view
    /// that were.
    pub fn expire(&mut self, now: Duration) -> usize {
        match now.checked_sub(self.limits.expiration) {
            Some(limit) => self.pool.expire(limit, self.tree.head_view()),
            None => 0,
        }
    }

    /// Whether `payer`, who has `max_payer_rc`, can pay for a further transaction that may use
    /// `rc_limit`: after the block, or after every block.
    ///
    /// # Errors
    /// For an unknown block, and when the pool is full.
    pub fn check_pending_account_resources(
        &self,
        payer: &[u8],
        max_payer_rc: u64,
        rc_limit: u64,
        block_id: Option<&[u8]>,
    ) -> Result<bool, QueryError> {
        let reserved = match block_id {
            Some(id) => {
                let view = self.tree.view(id).ok_or(QueryError::ResourcesOfUnknownBlock)?;
                self.pool.reserved(payer, view)
            }
            None => self.pool.most_reserved(payer, self.tree.views()),
        };
        if self.pool.bytes() >= self.limits.bytes {
            return Err(QueryError::Full);
        }
        Ok(is_enough(max_payer_rc, reserved, rc_limit))
    }

    /// Whether a nonce is not pending: after the block, or after any block.
    ///
    /// # Errors
    /// For an unknown block.
    pub fn check_account_nonce(
        &self,
        account: &[u8],
        nonce: u64,
        block_id: Option<&[u8]>,
    ) -> Result<bool, QueryError> {
        let taken = self.pool.views_with_nonce(account, nonce);
        match block_id {
            Some(id) => {
                let view = self.tree.view(id).ok_or(QueryError::ResourcesOfUnknownBlock)?;
                Ok(!taken.contains(view))
            }
            None => Ok(!self.tree.views().is_subset(&taken)),
        }
    }

    /// The highest pending nonce of an account.
    ///
    /// # Errors
    /// For an unknown block.
    pub fn pending_nonce(
        &self,
        account: &[u8],
        block_id: Option<&[u8]>,
    ) -> Result<Option<u64>, QueryError> {
        let view = self.view(block_id).ok_or(QueryError::NonceOfUnknownBlock)?;
        Ok(self.pool.nonces(account, view).next())
    }

    /// How many transactions of an account are pending.
    ///
    /// # Errors
    /// For an unknown block.
    pub fn pending_transaction_count(
        &self,
        account: &[u8],
        block_id: Option<&[u8]>,
    ) -> Result<u64, QueryError> {
        let view = self.view(block_id).ok_or(QueryError::NonceOfUnknownBlock)?;
        Ok(self.pool.nonces(account, view).count() as u64)
    }

    /// The most that the pending transactions of a payer may use after any block.
    pub fn reserved_account_rc(&self, account: &[u8]) -> u64 {
        self.pool.most_reserved(account, self.tree.views())
    }

    /// The first `limit` pending transactions in the order of their arrival.
    ///
    /// # Errors
    /// For too many or an unknown block.
    pub fn pending_transactions(
        &self,
        limit: u64,
        block_id: Option<&[u8]>,
    ) -> Result<Vec<&Transaction>, QueryError> {
        if limit > MAX_REQUEST {
            return Err(QueryError::TooMany);
        }
        let view = self.listed_view(block_id)?;
        Ok(self.pool.transactions(view).take(limit as usize).collect())
    }

    /// The pending ones of some transactions, in the order asked for.
    ///
    /// # Errors
    /// For too many or an unknown block.
    pub fn pending_transactions_by_id(
        &self,
        ids: &[Bytes],
        block_id: Option<&[u8]>,
    ) -> Result<Vec<&Transaction>, QueryError> {
        if ids.len() as u64 > MAX_REQUEST {
            return Err(QueryError::TooMany);
        }
        let view = self.listed_view(block_id)?;
        Ok(ids.iter().filter_map(|id| self.pool.transaction(id, view)).collect())
    }

    /// The view after a block; after the head when none is named.
    fn view(&self, block_id: Option<&[u8]>) -> Option<View> {
        block_id.map_or(Some(self.tree.head_view()), |id| self.tree.view(id))
    }

    /// As [`Mempool::view`]; but as long as the root is the head, an unknown block is taken for one
    /// of the past, and what is known is given out.
    fn listed_view(&self, block_id: Option<&[u8]>) -> Result<View, QueryError> {
        match self.view(block_id) {
            Some(view) => Ok(view),
            None if self.head().id == self.tree.root().id => Ok(self.tree.head_view()),
            None => Err(QueryError::TransactionsOfUnknownBlock),
        }
    }
}

/// Whether resources are enough for `reserved` and `more`.
fn is_enough(max: u64, reserved: u64, more: u64) -> bool {
    reserved.checked_add(more).is_some_and(|total| total <= max)
}

/// What is known of the parent of the first block that comes.
fn parent_of(block: &BlockInfo) -> BlockInfo {
    BlockInfo {
        id: block.previous.clone(),
        previous: Bytes::new(),
        height: block.height.saturating_sub(1),
        timestamp: 0,
        signer: Bytes::new(),
    }
}

#[cfg(test)]
#[path = "mempool_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "model_tests.rs"]
mod model_tests;
