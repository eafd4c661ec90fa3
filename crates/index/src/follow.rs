//! Following the chain: catching up, closing gaps, and taking requests only at the head.
//!
//! Broadcasts bring blocks in order, and what they cannot tell is asked for: after every connection
//! to the broker, when a block comes whose parent is not known, when the head may have changed
//! without a block, and every few seconds in any case. So whatever was missed, by whom ever, is
//! noticed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use koinos_proto::BlockTopology;
use koinos_rpc::RpcError;
use koinos_service::events as ids;
use koinos_service::{Bus, Context, Fatal, blocking};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use crate::config::IndexOptions;
use crate::error::Error;
use crate::fetch::{self, BatchSize};
use crate::index::{Digested, Index, Taken};
use crate::progress::Progress;
use crate::records::Records;

/// How often the chain is asked without a reason.
const CHECK: Duration = Duration::from_secs(5);
/// The pause before another attempt: at first, and after repeated failure.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often the head is looked for until the index says that it is not there.
const ROUNDS: usize = 20;
/// Requests for irreversible blocks that are under way, or answered and not yet written.
const READ_AHEAD: usize = 4;

/// Keeps an index at the head of the chain.
pub(crate) struct Follower<R: Records> {
    pub(crate) index: Arc<Index<R>>,
    pub(crate) context: Context,
    pub(crate) bus: Bus,
    max_lag: u64,
    pub(crate) until_height: Option<u64>,
    /// The number of the session in which requests are taken.
    gate: watch::Sender<u64>,
    /// The session in which the index was seen to have missed nothing.
    confirmed: AtomicU64,
    /// The height of the chain's head, as far as it is known.
    pub(crate) known_head: AtomicU64,
    /// Told when the chain is to be asked.
    pub(crate) behind: Notify,
    /// Why the index cannot go on.
    fault: Mutex<Option<Error>>,
    failed: Notify,
    /// What blocks added since the last summary.
    pub(crate) added: AtomicU64,
    pub(crate) catching_up: std::sync::atomic::AtomicBool,
    /// When others were last told how the index stands.
    pub(crate) announced: Mutex<Option<Instant>>,
}

impl<R: Records> Follower<R> {
    pub(crate) fn new(
        index: Arc<Index<R>>,
        options: &IndexOptions,
        context: Context,
        bus: Bus,
    ) -> Arc<Self> {
        Arc::new(Self {
            index,
            context,
            bus,
            max_lag: options.max_lag,
            until_height: options.until_height,
            gate: watch::Sender::new(0),
            confirmed: AtomicU64::new(0),
            known_head: AtomicU64::new(0),
            behind: Notify::new(),
            fault: Mutex::new(None),
            failed: Notify::new(),
            added: AtomicU64::new(0),
            catching_up: false.into(),
            announced: Mutex::new(None),
        })
    }

    /// Holds the number of the session in which requests may be taken.
    pub(crate) fn gate(&self) -> watch::Receiver<u64> {
        self.gate.subscribe()
    }

    /// How many blocks the index is behind the head of the chain, as far as that is known.
    pub(crate) fn lag(&self) -> u64 {
        let known = self.known_head.load(Ordering::SeqCst);
        known.saturating_sub(self.index.head().height)
    }

    /// Whether requests are taken.
    pub(crate) fn takes_requests(&self) -> bool {
        let session = *self.gate.borrow();
        session != 0 && session == *self.bus.sessions().borrow()
    }

    /// Opens or closes the gate.
    pub(crate) fn judge(&self) {
        let session = *self.bus.sessions().borrow();
        let lag = self.lag();
        let confirmed = session != 0 && self.confirmed.load(Ordering::SeqCst) == session;
        let allowed = if confirmed && lag <= self.max_lag { session } else { 0 };
        let changed = self.gate.send_if_modified(|gate| {
            let changed = *gate != allowed;
            *gate = allowed;
            changed
        });
        if changed {
            let height = self.index.head().height;
            match allowed {
                0 => warn!(
                    message_id = ids::INDEX_BEHIND,
                    koinos_height = height,
                    lag,
                    "Not taking requests: {lag} block(s) behind the chain"
                ),
                _ => info!(
                    message_id = ids::INDEX_READY,
                    koinos_height = height,
                    "Taking requests at block {height}"
                ),
            }
            self.announce();
        }
    }

    /// Remembers why the index cannot go on; the process is to end.
    pub(crate) fn fail(&self, error: Error) {
        self.fault.lock().get_or_insert(error);
        self.failed.notify_one();
    }

    /// Whether it cannot go on.
    pub(crate) fn has_failed(&self) -> bool {
        self.fault.lock().is_some()
    }

    /// Follows until the process is to end.
    pub(crate) async fn follow(self: Arc<Self>) -> Result<(), Fatal> {
        let shutdown = self.context.shutdown().clone();
        tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            () = self.failed.notified() => {
                let fault = self.fault.lock().take();
                fault.map_or(Ok(()), |error| Err(error.fatal()))
            }
            result = self.keep_up() => result.map_err(Error::fatal),
        }
    }

    async fn keep_up(&self) -> Result<(), Error> {
        let mut sessions = self.bus.sessions();
        // The first connection is a reason, too.
        sessions.mark_changed();
        loop {
            tokio::select! {
                _ = sessions.changed() => {}
                () = self.behind.notified() => {}
                () = sleep(CHECK) => {}
            }
            let (mut pause, mut complaint) = (PAUSE, String::new());
            loop {
                let session = *sessions.borrow_and_update();
                if session == 0 {
                    // There is nobody to ask; the broker's return is the next reason.
                    self.judge();
                    break;
                }
                // What is broadcast from now on arrives, so the answers leave no gap.
                self.bus.listening().await;
                let Err(error) = self.sync(session).await else { break };
                if !error.may_pass() {
                    return Err(error);
                }
                self.trust_the_archive(session).await;
                let text = error.to_string();
                if text != complaint {
                    let id = ids::INDEX_CUT_OFF;
                    warn!(message_id = id, "Cannot ask for missed blocks: {text}; trying again");
                    complaint = text;
                }
                tokio::select! {
                    () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    _ = sessions.changed() => {}
                }
            }
        }
    }

    /// Takes in what the chain has and the index has not.
    async fn sync(&self, session: u64) -> Result<(), Error> {
        // Branches may have come and gone while nobody listened.
        let mut thorough = self.confirmed.load(Ordering::SeqCst) != session;
        // The chain may go on meanwhile, but not for ever.
        for _ in 0..ROUNDS {
            let (head, irreversible) = fetch::head_info(&self.bus).await?;
            self.known_head.store(head.height, Ordering::SeqCst);
            if self.until_height.is_some() || thorough || !self.index.knows(&head.id) {
                thorough = false;
                let (root, mut heads) = fetch::fork_heads(&self.bus).await?;
                let to = self.until_height.unwrap_or(u64::MAX).min(root.height);
                self.index_irreversible(&root, to).await?;
                if self.until_height.is_some() {
                    return Ok(());
                }
                heads.insert(0, head.clone());
                for head in &heads {
                    self.index_branch(head).await?;
                }
            }
            // Taken in only to the last block that the chain had then.
            if self.is_at(head, irreversible).await? {
                self.confirmed.store(session, Ordering::SeqCst);
                self.judge();
                return Ok(());
            }
        }
        Err(Error::Missing {
            service: "chain",
            what: "head that follows the last block of the index",
        })
    }

    /// Makes the chain's head that of the index. Says whether it is known.
    async fn is_at(&self, head: BlockTopology, irreversible: u64) -> Result<bool, Error> {
        let index = self.index.clone();
        let known = blocking(move || {
            // A chain that starts again from genesis is below the index for a while.
            let below = head.height <= index.cursor().height;
            let known = index.set_head(&head.id)?;
            if known {
                index.irreversible_to(irreversible)?;
            }
            Ok::<_, Error>(known || below)
        });
        known.await
    }

    /// While the chain is silent, as when it starts again, the archive tells where the head is about.
    async fn trust_the_archive(&self, session: u64) {
        if self.confirmed.load(Ordering::SeqCst) == session || self.until_height.is_some() {
            return;
        }
        if let Ok(highest) = fetch::highest(&self.bus).await {
            self.known_head.store(highest, Ordering::SeqCst);
            if self.lag() <= self.max_lag {
                info!("The chain does not answer, but block_store has nothing newer");
                self.confirmed.store(session, Ordering::SeqCst);
            }
            self.judge();
        }
    }

    /// Takes in the recent blocks up to the head of a branch.
    async fn index_branch(&self, head: &BlockTopology) -> Result<(), Error> {
        let mut height = self.index.cursor().height + 1;
        let mut size = BatchSize::default();
        while height <= head.height && !self.index.knows(&head.id) {
            let receipts = R::LAYOUT.receipts;
            let fetched = fetch::blocks(&self.bus, &head.id, height, size.get(), receipts).await;
            let batch = match fetched {
                Ok(batch) => batch,
                Err(error) if size.shrinks_after(&error) => continue,
                Err(error) => return Err(error),
            };
            size.fit(batch.bytes, batch.blocks.len());
            height += batch.blocks.len() as u64;
            let index = self.index.clone();
            let linked = blocking(move || {
                for block in &batch.blocks {
                    if index.add(block, false)? == Taken::Unlinked {
                        return Ok(false);
                    }
                }
                Ok::<_, Error>(true)
            });
            if !linked.await? {
                debug!(height = head.height, "a branch leaves below the last irreversible block");
                return Ok(());
            }
        }
        Ok(())
    }

    /// Makes records of the irreversible blocks up to height `to`. `root` is the last irreversible
    /// block, which is at that height or above.
    async fn index_irreversible(&self, root: &BlockTopology, to: u64) -> Result<(), Error> {
        let cursor = self.index.cursor();
        if cursor.height == root.height && cursor.id != root.id {
            return Err(Error::OtherChain { height: cursor.height, id: cursor.id });
        }
        if cursor.height >= to {
            return Ok(());
        }
        self.catching_up.store(true, Ordering::SeqCst);
        self.judge();
        self.announce_again();
        let mut progress = Progress::new(cursor.height);
        let result = self.read_ahead(root, to, &mut progress).await;
        self.catching_up.store(false, Ordering::SeqCst);
        progress.done(&self.context, self.index.cursor().height);
        result
    }

    async fn read_ahead(
        &self,
        root: &BlockTopology,
        to: u64,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let mut next = self.index.cursor().height + 1;
        let mut size = BatchSize::default();
        let mut ahead = VecDeque::new();
        loop {
            while ahead.len() < READ_AHEAD && next <= to {
                let count = size.get().min(u32::try_from(to - next + 1).unwrap_or(u32::MAX));
                ahead.push_back(self.fetch(root, next, count));
                next += u64::from(count);
            }
            let Some(fetching) = ahead.pop_front() else { return Ok(()) };
            let fetched = match fetching.await.map_err(ended)? {
                Ok(fetched) => fetched,
                Err(error) if size.shrinks_after(&error) => {
                    next = self.index.cursor().height + 1;
                    ahead.clear();
                    continue;
                }
                Err(error) => return Err(error),
            };
            size.fit(fetched.bytes, fetched.blocks.len());
            let count = fetched.blocks.len() as u64;
            let index = self.index.clone();
            blocking(move || index.extend(&fetched.blocks)).await?;
            metrics::counter!("koinos_index_caught_up_blocks_total").increment(count);
            progress.reached(&self.context, self.index.cursor().height, to);
            self.announce_again();
        }
    }

    /// Asks for blocks, and works out what they change, in the background.
    fn fetch(
        &self,
        root: &BlockTopology,
        start: u64,
        count: u32,
    ) -> JoinHandle<Result<Fetched<R>, Error>> {
        let (bus, index, root) = (self.bus.clone(), self.index.clone(), root.id.clone());
        tokio::spawn(async move {
            let batch = fetch::blocks(&bus, &root, start, count, R::LAYOUT.receipts).await?;
            if batch.blocks.len() != count as usize {
                let what = "all blocks up to the last irreversible one";
                return Err(Error::Missing { service: "block_store", what });
            }
            Ok(blocking(move || digest(&index, batch)).await)
        })
    }
}

/// Blocks, and what they change.
struct Fetched<R: Records> {
    blocks: Vec<Digested<R::Effects>>,
    bytes: usize,
}

fn digest<R: Records>(index: &Index<R>, batch: fetch::Batch) -> Fetched<R> {
    let blocks = batch.blocks.into_iter().map(|block| index.digest(block));
    Fetched { blocks: blocks.collect(), bytes: batch.bytes }
}

/// A task that was dropped: the process is about to end.
fn ended(error: tokio::task::JoinError) -> Error {
    RpcError::Transport { text: "fetching blocks was cut off".to_owned(), source: Arc::new(error) }
        .into()
}
