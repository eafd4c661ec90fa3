//! Making blocks, one after another.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use koinos_codec::text;
use koinos_crypto::SecretKey;
use koinos_proto::protocol::BlockReceipt;
use koinos_rpc::{RpcError, Transport};
use koinos_service::{blocking, events};
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use crate::algorithm::{Algorithm, Chance, Clock, Ending};
use crate::board::Board;
use crate::draft::{Draft, Head, SealedBlock};
use crate::error::Error;
use crate::node::{Node, Verdict};
use crate::pending::{Bounds, Resources, select};
use crate::signals::{HeadSeen, Signals};
use crate::signed::{SignedBlocks, SignedError};

/// How long the answer to a proposal is waited for after another block has taken its place.
const GRACE: Duration = Duration::from_secs(3);
/// After so many uncertain answers about one block it counts as refused, or a block that cannot be
/// stored would be proposed for ever.
const MOST_UNCERTAIN: u32 = 20;
/// How often p2p is asked for its status, in case a broadcast was lost.
const ASK_P2P_EVERY: Duration = Duration::from_secs(30);

/// What blocks are to be like.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) bounds: Bounds,
    /// How many pending transactions are looked at.
    pub(crate) max_inclusion_attempts: u64,
    pub(crate) approved_proposals: Vec<Bytes>,
}

/// Makes blocks and proposes them.
pub(crate) struct Producer {
    settings: Settings,
    signer: Bytes,
    key: SecretKey,
    algorithm: Algorithm,
    node: Node,
    signed: Arc<SignedBlocks>,
    signals: Arc<Signals>,
    board: Arc<Board>,
    clock: Clock,
    /// The block about which the chain is uncertain, and how often it was.
    uncertain: Mutex<(Bytes, u32)>,
}

/// What a producer works with.
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) key: SecretKey,
    pub(crate) algorithm: Algorithm,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) signed: Arc<SignedBlocks>,
    pub(crate) signals: Arc<Signals>,
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Clock,
}

/// What came of an attempt to make a block.
enum Outcome {
    /// The chain has it.
    Produced,
    /// The chain does not want it.
    Refused(RpcError),
    /// The attempt has lost its use: there is another head, or production is halted.
    Overtaken,
}

/// What is to be proposed on the head.
enum Plan {
    /// The block that was signed for it earlier.
    Again(SealedBlock),
    /// A new one.
    New(Draft, Chance),
}

impl Producer {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { settings, key, algorithm, transport, signed, signals, board, clock } = parts;
        Self {
            settings,
            signer: algorithm.signer(&key),
            key,
            algorithm,
            node: Node::new(transport, board.clone()),
            signed,
            signals,
            board,
            clock,
            uncertain: Mutex::default(),
        }
    }

    /// Learns from p2p whether blocks may be made. For ever, if p2p has a say.
    pub(crate) async fn ask_p2p(&self) {
        while self.signals.is_gated() {
            let asked_at = self.signals.tellings();
            match self.node.gossip_status().await {
                Ok(enabled) => self.signals.gossip_answer(enabled, asked_at),
                Err(error) => warn!("{error}"),
            }
            sleep(ASK_P2P_EVERY).await;
        }
    }

    /// Makes blocks for ever, whenever that is allowed.
    pub(crate) async fn run(&self) {
        let mut heads = self.signals.heads();
        loop {
            self.allowed().await;
            info!(message_id = events::PRODUCTION_STARTED, "Starting block production");
            self.algorithm.begin().await;
            let mut failures = 0;
            while self.signals.gate() == Some(true) {
                heads.borrow_and_update();
                let ending = match self.attempt(&mut heads).await {
                    Ok(Outcome::Overtaken) => continue,
                    Ok(Outcome::Produced) => Ending::Produced,
                    Ok(Outcome::Refused(reason)) => self.failed(&mut failures, &reason),
                    Err(error) => self.failed(&mut failures, &error),
                };
                if ending == Ending::Produced {
                    failures = 0;
                }
                self.pause(self.algorithm.pause(ending), &mut heads).await;
            }
        }
    }

    /// Waits until blocks may be made.
    async fn allowed(&self) {
        metrics::gauge!("koinos_block_producer_producing").set(0.0);
        self.board.waiting("p2p", self.signals.known()).await;
        self.board.waiting("p2p to enable gossip", self.signals.opened()).await;
        metrics::gauge!("koinos_block_producer_producing").set(1.0);
    }

    fn failed(&self, failures: &mut u32, reason: &dyn std::error::Error) -> Ending {
        warn!(message_id = events::PRODUCTION_FAILED, "No block produced: {reason}");
        self.board.trouble(reason.to_string());
        *failures = failures.saturating_add(1);
        Ending::Failed(*failures)
    }

    /// Waits, unless there is reason to go on.
    async fn pause(&self, length: Duration, heads: &mut watch::Receiver<HeadSeen>) {
        let head_changed = async {
            match self.algorithm.follows_heads() {
                true => drop(heads.changed().await),
                false => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep(length) => {}
            () = self.signals.closed() => {}
            () = head_changed => {}
        }
    }

    /// Runs `work` unless the head changes or production is halted.
    async fn unless_overtaken<T>(
        &self,
        heads: &mut watch::Receiver<HeadSeen>,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::select! {
            biased;
            () = self.signals.closed() => None,
            _ = heads.changed() => None,
            value = work => Some(value),
        }
    }

    /// Tries to add one block to the chain.
    async fn attempt(&self, heads: &mut watch::Receiver<HeadSeen>) -> Result<Outcome, Error> {
        let Some(plan) = self.unless_overtaken(heads, self.plan()).await else {
            return Ok(Outcome::Overtaken);
        };
        let (mut draft, mut chance) = match plan? {
            Plan::Again(block) => return self.propose_again(&block).await,
            Plan::New(draft, chance) => (draft, chance),
        };
        loop {
            let seal = self.algorithm.seal(&mut draft, &mut chance, &self.key, &self.clock);
            let Some(signature) = self.unless_overtaken(heads, seal).await else {
                return Ok(Outcome::Overtaken);
            };
            let block = draft.seal(&signature?);
            let recorded = block.clone();
            self.on_disk(move |signed| signed.record(&recorded)).await?;
            match self.propose(&block).await? {
                None => return Ok(Outcome::Overtaken),
                Some(Verdict::Accepted(_) | Verdict::Known) => return Ok(Outcome::Produced),
                Some(Verdict::Failed(indices)) => self.prune(&mut draft, &indices)?,
                Some(Verdict::Refused(reason) | Verdict::Uncertain(reason)) => {
                    return Ok(Outcome::Refused(reason));
                }
            }
        }
    }

    /// Reads what the next block depends on, and puts it together.
    async fn plan(&self) -> Result<Plan, Error> {
        let head = self.node.head().await?;
        let (height, parent) = (head.height + 1, head.id.clone());
        let earlier = self.on_disk(move |signed| signed.find(height, &parent)).await?;
        if let Some(block) = earlier.filter(|block| block.header.signer == self.signer) {
            return Ok(Plan::Again(block));
        }
        let now = (self.clock)().max(self.signals.head_time());
        let draft = self.assemble(&head, now).await?;
        let chance = self.algorithm.prepare(&self.node, &head, now).await?;
        Ok(Plan::New(draft, chance))
    }

    /// A block on `head` with what the mempool offers.
    async fn assemble(&self, head: &Head, now: u64) -> Result<Draft, Error> {
        let Settings { bounds, max_inclusion_attempts, approved_proposals } = &self.settings;
        let attempts = *max_inclusion_attempts;
        let pending = self.node.pending_transactions(attempts, &head.id).await?;
        let limits = Resources::limits(&self.node.resource_limits().await?);
        let (transactions, used) = select(pending, limits, *bounds, attempts);
        debug!(
            koinos_height = head.height + 1,
            transactions = transactions.len(),
            "Created block containing {} transaction(s) using about {}/{} disk, {}/{} network, \
             {}/{} compute",
            transactions.len(),
            used.disk_storage,
            limits.disk_storage,
            used.network_bandwidth,
            limits.network_bandwidth,
            used.compute_bandwidth,
            limits.compute_bandwidth
        );
        // A block must be later than its parent, whose clock may be ahead of this one.
        let timestamp = now.max(head.time + 1);
        let approved = approved_proposals.clone();
        Ok(Draft::new(head, timestamp, self.signer.clone(), approved, transactions))
    }

    fn prune(&self, draft: &mut Draft, indices: &[u32]) -> Result<(), Error> {
        draft.prune(indices)?;
        let (failed, left) = (indices.len(), draft.transaction_count());
        info!("Removed {failed} failed transaction(s), the block now contains {left}");
        metrics::counter!("koinos_block_producer_failed_transactions_total")
            .increment(failed as u64);
        Ok(())
    }

    /// Proposes the block that was signed for the head before, since no other may be signed while
    /// the chain could still take it.
    async fn propose_again(&self, block: &SealedBlock) -> Result<Outcome, Error> {
        let (height, id) = (block.header.height, block.id_text());
        info!(
            message_id = events::BLOCK_PROPOSED_AGAIN,
            koinos_height = height,
            koinos_block_id = id,
            "Proposing again the block that was signed before - Height: {height}, ID: {id}"
        );
        match self.propose(block).await? {
            Some(Verdict::Accepted(_)) => Ok(Outcome::Produced),
            Some(Verdict::Uncertain(reason)) => Ok(Outcome::Refused(reason)),
            Some(Verdict::Known) => {
                // The chain has it, so the head is there or further, or it was put aside for good.
                if self.node.head().await?.id == block.header.previous {
                    warn!("The chain has put the block aside, another one is made");
                    self.forget(block).await?;
                }
                Ok(Outcome::Overtaken)
            }
            Some(Verdict::Failed(_) | Verdict::Refused(_)) | None => Ok(Outcome::Overtaken),
        }
    }

    /// Proposes a block and forgets it if it is refused. `None` when another block took its place
    /// and the chain does not answer.
    async fn propose(&self, block: &SealedBlock) -> Result<Option<Verdict>, Error> {
        let verdict = tokio::select! {
            biased;
            verdict = self.node.propose(block) => self.weigh(block, verdict?),
            () = self.overtaken(block) => {
                info!("Another block took the place of block {}", block.id_text());
                return Ok(None);
            }
        };
        match &verdict {
            Verdict::Accepted(receipt) => self.accepted(block, Some(receipt)),
            Verdict::Known => self.accepted(block, None),
            Verdict::Uncertain(reason) => log_refusal(block, reason),
            Verdict::Failed(_) => self.forget(block).await?,
            Verdict::Refused(reason) => {
                log_refusal(block, reason);
                self.forget(block).await?;
            }
        }
        Ok(Some(verdict))
    }

    /// Takes uncertainty about one block for refusal when there is no end of it.
    fn weigh(&self, block: &SealedBlock, verdict: Verdict) -> Verdict {
        let Verdict::Uncertain(reason) = verdict else { return verdict };
        // Both values are replaced at once.
        let mut uncertain = self.uncertain.lock().unwrap_or_else(PoisonError::into_inner);
        let count = if uncertain.0 == block.id { uncertain.1 + 1 } else { 1 };
        *uncertain = (block.id.clone(), count);
        if count < MOST_UNCERTAIN { Verdict::Uncertain(reason) } else { Verdict::Refused(reason) }
    }

    /// Waits until another block stands where `block` was to stand.
    async fn overtaken(&self, block: &SealedBlock) {
        let mut heads = self.signals.heads();
        let past = |head: &HeadSeen| head.height >= block.header.height && head.id != block.id;
        // What was seen before the block was made has not overtaken it: the chain may have been
        // set back. The sender lives in self, so this cannot fail.
        let _ = heads.changed().await;
        let _ = heads.wait_for(past).await;
        sleep(GRACE).await;
    }

    fn accepted(&self, block: &SealedBlock, receipt: Option<&BlockReceipt>) {
        let (height, id) = (block.header.height, block.id_text());
        match receipt {
            Some(receipt) => {
                let count = receipt.transaction_receipts.len();
                let noun = if count == 1 { "transaction" } else { "transactions" };
                info!(
                    message_id = events::BLOCK_PRODUCED,
                    koinos_height = height,
                    koinos_block_id = id,
                    transactions = count,
                    "Produced block - Height: {height}, ID: {id} ({count} {noun})"
                );
                metrics::counter!("koinos_block_producer_blocks_total").increment(1);
            }
            None => info!(
                koinos_height = height,
                koinos_block_id = id,
                "The chain has the block - Height: {height}, ID: {id}"
            ),
        }
        metrics::gauge!("koinos_block_producer_last_height").set(height as f64);
        self.board.produced(height, id);
    }

    async fn forget(&self, block: &SealedBlock) -> Result<(), Error> {
        let block = block.clone();
        self.on_disk(move |signed| signed.forget(&block)).await
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SignedBlocks) -> Result<T, SignedError> + Send + 'static,
    ) -> Result<T, Error> {
        let signed = self.signed.clone();
        Ok(blocking(move || work(&signed)).await?)
    }
}

fn log_refusal(block: &SealedBlock, reason: &RpcError) {
    let (height, id) = (block.header.height, text::to_hex(&block.id));
    warn!(
        message_id = events::BLOCK_NOT_ACCEPTED,
        koinos_height = height,
        koinos_block_id = id,
        error_code = reason.service().and_then(|error| error.code()).unwrap_or_default(),
        "Error while submitting block - Height: {height}, ID: {id}: {reason}"
    );
    for line in reason.service().map(|error| error.logs()).unwrap_or_default() {
        warn!(" - {line}");
    }
    metrics::counter!("koinos_block_producer_refused_blocks_total").increment(1);
}

#[cfg(test)]
#[path = "producer_tests/mod.rs"]
mod tests;
