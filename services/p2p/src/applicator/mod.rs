//! The one way of blocks and transactions from peers into the chain.

mod blocks;
mod transactions;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use koinos_rpc::{BoxFuture, Transport};
use koinos_service::processors;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::block::Block;
use crate::clock::now_ms;
use crate::local;
use crate::recent::Recent;

pub use blocks::{BlockId, Blocks, Limits, Source};
pub use transactions::{Transaction, Transactions, Turn, turn};

/// Transactions with the chain at a time, at most.
const MOST_TRANSACTIONS: usize = 8;
/// A transaction that was seen in this time is known.
const SEEN: Duration = Duration::from_secs(5 * 60);
/// The most ids that are kept as seen.
const MOST_SEEN: usize = 200_000;
/// Messages that wait for the applicator.
const QUEUE: usize = 1_024;
/// How often expired transactions are looked for.
const EXPIRE_EVERY: Duration = Duration::from_secs(1);

/// What came of a block or transaction.
pub type Outcome = Result<(), Refusal>;

/// Why something did not get into the chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The chain refuses it.
    #[error("{message}")]
    Rejected {
        /// The protocol's error code; 0 when the chain gave none.
        code: i32,
        /// Its words.
        message: String,
    },
    /// Something that it builds on was refused.
    #[error("a block below it was refused: {0}")]
    Ancestor(String),
    /// It is not above the last irreversible block.
    #[error("block irreversibility")]
    Irreversible,
    /// Its parent is not known.
    #[error("unknown previous block")]
    UnknownPrevious,
    /// It is too far above the head.
    #[error("block height is too high")]
    TooHigh,
    /// It is of the future.
    #[error("block timestamp is too far in the future")]
    Future,
    /// Its producer makes too many of them.
    #[error("fork bomb")]
    ForkBomb,
    /// Too many wait.
    #[error("too many wait to be applied")]
    Full,
    /// It was not accepted in time.
    #[error("not accepted in time")]
    Expired,
    /// The node does not gossip any more.
    #[error("gossip was disabled")]
    Dropped,
    /// This node's own services failed.
    #[error("{0}")]
    Local(String),
}

impl Refusal {
    /// What it means for the blocks above.
    fn of_parent(&self) -> Self {
        match self {
            Self::Rejected { message, .. } => Self::Ancestor(message.clone()),
            other => other.clone(),
        }
    }
}

/// The chain's answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is in, or was.
    Applied,
    /// It can be tried again.
    Again,
    /// Its parent is not known.
    UnknownPrevious,
    /// It is not in.
    Refused(Refusal),
}

/// Who waits for an outcome; nobody any more, when the other end is gone.
type Waiter = oneshot::Sender<Outcome>;

enum Message {
    Block(Box<Block>, Source, Waiter),
    Transaction(Transaction, Waiter),
    BlockAccepted { block: BlockId, transactions: Vec<Bytes> },
    TransactionAccepted(Transaction),
    Forks { irreversible: BlockId, heads: Vec<BlockId> },
    DropGossip,
}

/// Takes blocks and transactions.
#[derive(Clone)]
pub struct Applicator(mpsc::Sender<Message>);

impl Applicator {
    /// Starts one that submits over `transport` until `stop`.
    pub fn start(transport: Arc<dyn Transport>, stop: CancellationToken) -> Self {
        let (sender, messages) = mpsc::channel(QUEUE);
        let worker = Worker {
            transport,
            blocks: Blocks::new(Limits::default()),
            transactions: Transactions::new(processors().min(MOST_TRANSACTIONS)),
            seen: Recent::new(SEEN, MOST_SEEN),
            submissions: FuturesUnordered::new(),
        };
        tokio::spawn(worker.run(messages, stop));
        Self(sender)
    }

    /// Offers a block; the outcome comes when it is known.
    pub async fn block(&self, block: Block, source: Source) -> oneshot::Receiver<Outcome> {
        let (waiter, outcome) = oneshot::channel();
        self.send(Message::Block(Box::new(block), source, waiter)).await;
        outcome
    }

    /// Offers a transaction.
    pub async fn transaction(&self, transaction: Transaction) -> oneshot::Receiver<Outcome> {
        let (waiter, outcome) = oneshot::channel();
        self.send(Message::Transaction(transaction, waiter)).await;
        outcome
    }

    /// The chain has a block that includes these transactions.
    pub async fn block_accepted(&self, block: BlockId, transactions: Vec<Bytes>) {
        self.send(Message::BlockAccepted { block, transactions }).await;
    }

    /// The chain has a transaction.
    pub async fn transaction_accepted(&self, transaction: Transaction) {
        self.send(Message::TransactionAccepted(transaction)).await;
    }

    /// The chain has these branches.
    pub async fn forks(&self, irreversible: BlockId, heads: Vec<BlockId>) {
        self.send(Message::Forks { irreversible, heads }).await;
    }

    /// Gossip has ended: what was only heard of is forgotten.
    pub async fn drop_gossip(&self) {
        self.send(Message::DropGossip).await;
    }

    async fn send(&self, message: Message) {
        // At the end nobody listens any more, and nobody waits for what is said then.
        let _ = self.0.send(message).await;
    }
}

enum Done {
    Block(Bytes, Verdict),
    Transaction(Transaction, Verdict),
}

struct Worker {
    transport: Arc<dyn Transport>,
    blocks: Blocks<Waiter>,
    transactions: Transactions<Waiter>,
    seen: Recent,
    submissions: FuturesUnordered<BoxFuture<'static, Done>>,
}

impl Worker {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(EXPIRE_EVERY);
        loop {
            self.submit();
            let wake = self.blocks.wake(Instant::now(), now_ms());
            let answers = tokio::select! {
                () = stop.cancelled() => return,
                message = messages.recv() => match message {
                    Some(message) => self.take(message),
                    None => return,
                },
                Some(done) = self.submissions.next() => self.done(done),
                () = sleep(wake) => Vec::new(),
                _ = ticks.tick() => self.transactions.expire(Instant::now()),
            };
            for (waiter, outcome) in answers {
                // Whoever asked may have given up.
                let _ = waiter.send(outcome);
            }
            let (count, bytes) = self.blocks.size();
            metrics::gauge!("koinos_p2p_applicator_blocks").set(count as f64);
            metrics::gauge!("koinos_p2p_applicator_bytes").set(bytes as f64);
            let transactions = self.transactions.count();
            metrics::gauge!("koinos_p2p_applicator_transactions").set(transactions as f64);
        }
    }

    fn take(&mut self, message: Message) -> Vec<(Waiter, Outcome)> {
        let now = Instant::now();
        match message {
            Message::Block(block, source, waiter) => {
                self.blocks.offer(*block, source, now_ms(), waiter)
            }
            Message::Transaction(transaction, waiter) => {
                match self.seen.contains(&transaction.id, now) {
                    true => vec![(waiter, Ok(()))],
                    false => self.transactions.offer(transaction, now, waiter),
                }
            }
            Message::BlockAccepted { block, transactions } => {
                for id in &transactions {
                    self.seen.insert(id, now);
                }
                self.blocks.accepted(&block.id, block.height)
            }
            Message::TransactionAccepted(transaction) => {
                self.seen.insert(&transaction.id, now);
                self.transactions.accepted(&transaction)
            }
            Message::Forks { irreversible, heads } => self.blocks.forks(&irreversible, &heads),
            Message::DropGossip => self.blocks.drop_gossip(),
        }
    }

    fn submit(&mut self) {
        while let Some(block) = self.blocks.next(Instant::now(), now_ms()) {
            let transport = self.transport.clone();
            self.submissions.push(Box::pin(async move {
                let verdict = local::submit_block(&*transport, &block.bytes).await;
                Done::Block(block.info.id, verdict)
            }));
        }
        while let Some(transaction) = self.transactions.next() {
            let transport = self.transport.clone();
            self.submissions.push(Box::pin(async move {
                let verdict = local::submit_transaction(&*transport, &transaction.bytes).await;
                Done::Transaction(transaction, verdict)
            }));
        }
    }

    fn done(&mut self, done: Done) -> Vec<(Waiter, Outcome)> {
        match done {
            Done::Block(id, verdict) => self.blocks.done(&id, verdict),
            Done::Transaction(transaction, verdict) => {
                if verdict == Verdict::Applied {
                    self.seen.insert(&transaction.id, Instant::now());
                }
                self.transactions.done(&transaction.id, verdict)
            }
        }
    }
}

async fn sleep(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}
