//! The way to one peer's head: that peer is the guide, all peers that have the blocks help.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use koinos_rpc::{BoxFuture, RpcError};
use koinos_service::events as ids;
use libp2p::PeerId;
use tokio::sync::oneshot;
use tracing::{debug, warn};

use super::Sync;
use super::fetch::{FetchError, fetch};
use super::plan::{Fetched, Helper, Plan, Unlinked};
use crate::applicator::{BlockId, Outcome, Refusal, Source};
use crate::chain_view::Place;
use crate::peer_rpc::{CallError, Head};
use crate::score::Fault;

/// Requests that a peer works on at a time, when it is one of several, or alone.
const REQUESTS: usize = 2;
const REQUESTS_ALONE: usize = 4;
/// Blocks that are offered to the applicator at a time.
const OFFERED: usize = 128;
/// And their bytes.
const OFFERED_BYTES: usize = 8 << 20;
/// Blocks below the guide's at which others are asked what the blocks are.
const BOUNDARIES: usize = 4;

/// Why a session ended before its target.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// This node's own services failed: nobody's fault.
    #[error("{0}")]
    Local(String),
    /// The guide's chain does not contain our last irreversible block.
    #[error("its chain does not contain our last irreversible block, height {0}")]
    NotConnected(u64),
    /// The guide did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The guide told wrong.
    #[error(transparent)]
    Unlinked(#[from] Unlinked),
    /// No peer delivers blocks.
    #[error("nobody delivers the blocks from height {0} on")]
    Undelivered(u64),
    /// The chain refuses a block.
    #[error("the block at height {height} was refused: {refusal}")]
    Refused {
        /// Its height.
        height: u64,
        /// Who sent it.
        sender: PeerId,
        /// Why.
        refusal: Refusal,
    },
}

impl From<RpcError> for SessionError {
    fn from(error: RpcError) -> Self {
        Self::Local(error.to_string())
    }
}

impl SessionError {
    /// Whom it is to be charged to, and what it costs.
    pub fn blame(&self, guide: PeerId) -> Option<(PeerId, Fault)> {
        match self {
            Self::Local(_) | Self::Undelivered(_) => None,
            Self::NotConnected(_) => Some((guide, Fault::ChainNotConnected)),
            Self::Call(error) => error.fault().map(|fault| (guide, fault)),
            Self::Unlinked(_) => Some((guide, Fault::PeerRpc)),
            Self::Refused { sender, refusal, .. } => match refusal {
                Refusal::Rejected { .. } => Some((*sender, Fault::BlockApplication)),
                Refusal::ForkBomb => Some((*sender, Fault::ForkBomb)),
                _ => None,
            },
        }
    }
}

enum Event {
    Boundary(u64, Result<Bytes, CallError>),
    Fetched(u64, PeerId, Result<Fetched, FetchError>),
}

struct Offered {
    height: u64,
    size: usize,
    sender: PeerId,
    outcome: oneshot::Receiver<Outcome>,
}

/// One way.
pub struct Session<'a> {
    sync: &'a Sync,
    guide: PeerId,
    target: BlockId,
    plan: Plan,
    work: FuturesUnordered<BoxFuture<'static, Event>>,
    boundaries: usize,
    /// Requests with each peer.
    busy: HashMap<PeerId, usize>,
    /// Taken from the plan, not yet offered.
    taken: VecDeque<(PeerId, crate::block::Block)>,
    offered: VecDeque<Offered>,
    offered_bytes: usize,
    applied: u64,
}

impl<'a> Session<'a> {
    /// Looks for where the guide's chain leaves ours.
    ///
    /// # Errors
    /// When it is another chain, or somebody does not answer.
    pub async fn new(sync: &'a Sync, guide: PeerId, head: Head) -> Result<Self, SessionError> {
        sync.chain.refresh().await?;
        let place = sync.chain.place();
        let (start, below) = fork_point(sync, guide, &head, &place).await?;
        debug!(height = start, target = head.height, "Fetching blocks, guided by peer {guide}");
        let target = BlockId { id: head.id, height: head.height };
        let plan = Plan::new(start, below, target.clone(), sync.memory);
        Ok(Self {
            sync,
            guide,
            target,
            plan,
            work: FuturesUnordered::new(),
            boundaries: 0,
            busy: HashMap::new(),
            taken: VecDeque::new(),
            offered: VecDeque::new(),
            offered_bytes: 0,
            applied: 0,
        })
    }

    /// Fetches and applies. Returns the number of blocks.
    ///
    /// # Errors
    /// When it cannot go on. What was applied stays.
    pub async fn run(mut self) -> Result<u64, SessionError> {
        loop {
            self.ask();
            self.offer().await?;
            if self.plan.is_done() && self.taken.is_empty() && self.offered.is_empty() {
                return Ok(self.applied);
            }
            let look_again = self.plan.look_again();
            tokio::select! {
                Some(event) = self.work.next() => self.take(event).await?,
                outcome = next_outcome(&mut self.offered) => self.finish(outcome)?,
                () = tokio::time::sleep(look_again) => {}
            }
        }
    }

    /// Sends requests as far as there is room.
    fn ask(&mut self) {
        while self.boundaries < BOUNDARIES
            && let Some(height) = self.plan.extend()
        {
            self.boundaries += 1;
            let (rpc, guide, id) = (self.sync.rpc.clone(), self.guide, self.target.id.clone());
            self.work.push(Box::pin(async move {
                Event::Boundary(height, rpc.ancestor(guide, id, height).await)
            }));
        }
        while let Some(job) = self.plan.assign(&self.helpers(), Instant::now()) {
            *self.busy.entry(job.peer).or_default() += 1;
            let rpc = self.sync.rpc.clone();
            let (start, peer) = (job.start, job.peer);
            self.work
                .push(Box::pin(async move { Event::Fetched(start, peer, fetch(rpc, job).await) }));
        }
    }

    fn helpers(&self) -> Vec<Helper> {
        let now = Instant::now();
        let peers = self.sync.registry.all();
        let usable = |peer: &crate::peers::Peer| peer.verified && peer.not_before <= now;
        let usable = peers.iter().filter(|(id, peer)| *id == self.guide || usable(peer));
        let usable: Vec<_> = usable.collect();
        let most = if usable.len() > 1 { REQUESTS } else { REQUESTS_ALONE };
        let helper = |(id, peer): &&(PeerId, crate::peers::Peer)| Helper {
            peer: *id,
            height: if *id == self.guide { u64::MAX } else { peer.head.height },
            free: most.saturating_sub(self.busy.get(id).copied().unwrap_or(0)),
        };
        usable.iter().map(helper).collect()
    }

    async fn take(&mut self, event: Event) -> Result<(), SessionError> {
        match event {
            Event::Boundary(height, id) => {
                self.boundaries -= 1;
                self.plan.known(height, id?);
            }
            Event::Fetched(start, peer, result) => {
                if let Some(count) = self.busy.get_mut(&peer) {
                    *count = count.saturating_sub(1);
                }
                let is_wanted = self.plan.is_wanted(start);
                match result {
                    Ok(fetched) => self.received(start, fetched),
                    Err(_) if !is_wanted => {}
                    Err(error) => self.lost(start, peer, error).await?,
                }
            }
        }
        Ok(())
    }

    fn received(&mut self, start: u64, fetched: Fetched) {
        let count = fetched.blocks.len() as u64;
        let bytes = fetched.blocks.iter().map(|block| block.bytes.len() as u64).sum::<u64>();
        metrics::counter!("koinos_p2p_sync_blocks_received_total").increment(count);
        metrics::counter!("koinos_p2p_sync_bytes_received_total").increment(bytes);
        self.sync.registry.update(fetched.peer, |peer| {
            peer.received.0 += count;
            peer.received.1 += bytes;
        });
        self.plan.fetched(start, fetched, Instant::now());
    }

    /// A peer did not deliver.
    async fn lost(
        &mut self,
        start: u64,
        peer: PeerId,
        error: FetchError,
    ) -> Result<(), SessionError> {
        debug!("Peer {peer} does not deliver the blocks from height {start} on: {error}");
        if let Some(fault) = error.fault(peer == self.guide) {
            let (registry, network) = (&self.sync.registry, &self.sync.network);
            registry.charge(network, peer, fault, &error.to_string()).await;
        }
        match self.plan.failed(start, peer, &self.helpers()) {
            true => Ok(()),
            false => Err(SessionError::Undelivered(start)),
        }
    }

    /// Passes blocks on to the applicator.
    async fn offer(&mut self) -> Result<(), SessionError> {
        while self.offered.len() < OFFERED && self.offered_bytes < OFFERED_BYTES {
            let Some((sender, block)) = self.taken.pop_front() else {
                let Some(Fetched { peer, blocks }) = self.plan.take()? else { return Ok(()) };
                self.taken.extend(blocks.into_iter().map(|block| (peer, block)));
                continue;
            };
            let (height, size) = (block.info.height, block.bytes.len());
            let outcome = self.sync.applicator.block(block, Source::Sync).await;
            self.offered_bytes += size;
            self.offered.push_back(Offered { height, size, sender, outcome });
        }
        Ok(())
    }

    fn finish(&mut self, outcome: Outcome) -> Result<(), SessionError> {
        let Some(Offered { height, size, sender, .. }) = self.offered.pop_front() else {
            return Ok(());
        };
        self.offered_bytes -= size;
        match outcome {
            // Another way got us further meanwhile.
            Ok(()) | Err(Refusal::Irreversible) => {
                self.applied += 1;
                metrics::counter!("koinos_p2p_sync_blocks_applied_total").increment(1);
                Ok(())
            }
            Err(Refusal::Local(text)) => Err(SessionError::Local(text)),
            Err(refusal) => {
                if height == 1 {
                    warn!(
                        message_id = ids::GENESIS_DIFFERS,
                        koinos_peer = %sender,
                        "The first block of peer {sender} is refused ({refusal}): most likely the \
                         genesis data of this node are not those of the network"
                    );
                }
                if refusal == Refusal::Future {
                    warn!(
                        message_id = ids::CLOCK_BEHIND,
                        koinos_height = height,
                        koinos_peer = %sender,
                        "The block at height {height} of peer {sender} is of the future: check the \
                         clock of this machine"
                    );
                }
                Err(SessionError::Refused { height, sender, refusal })
            }
        }
    }
}

async fn next_outcome(offered: &mut VecDeque<Offered>) -> Outcome {
    match offered.front_mut() {
        // The applicator drops a waiter only at the end.
        Some(first) => (&mut first.outcome).await.unwrap_or(Err(Refusal::Dropped)),
        None => std::future::pending().await,
    }
}

/// The height from which on the guide's chain is not ours, and the block below. Everything is
/// anchored at our last irreversible block; what is above may change at any moment.
async fn fork_point(
    sync: &Sync,
    guide: PeerId,
    head: &Head,
    place: &Place,
) -> Result<(u64, Option<Bytes>), SessionError> {
    let anchor = &place.irreversible;
    if anchor.height > 0 {
        let theirs = sync.rpc.ancestor(guide, head.id.clone(), anchor.height).await;
        match theirs {
            Ok(id) if id == anchor.id => {}
            Ok(_) => return Err(SessionError::NotConnected(anchor.height)),
            Err(error) => return Err(error.into()),
        }
    }
    let mut common = (anchor.height, (anchor.height > 0).then(|| anchor.id.clone()));
    let mut different = place.head.height.min(head.height) + 1;
    // The highest height first: mostly one chain continues the other.
    let mut probe = different - 1;
    while different - common.0 > 1 {
        let ours = match probe == place.head.height {
            true => Some(place.head.id.clone()),
            false => sync.chain.own_ancestor(place.head.id.clone(), probe).await?,
        };
        let theirs = match probe == head.height {
            true => head.id.clone(),
            false => sync.rpc.ancestor(guide, head.id.clone(), probe).await?,
        };
        match ours == Some(theirs.clone()) {
            true => common = (probe, Some(theirs)),
            false => different = probe,
        }
        probe = common.0 + (different - common.0) / 2;
    }
    Ok((common.0 + 1, common.1))
}

/// The first pause after a setback, and the longest.
pub fn pauses(error: &SessionError) -> (Duration, Duration) {
    match error {
        SessionError::Local(_) => (Duration::from_secs(1), Duration::from_secs(10)),
        SessionError::Refused { refusal: Refusal::Rejected { .. }, .. } => {
            (Duration::from_secs(10), Duration::from_secs(300))
        }
        _ => (Duration::from_secs(2), Duration::from_secs(60)),
    }
}
