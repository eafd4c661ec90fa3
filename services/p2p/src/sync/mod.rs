//! Catching up with the peers.
//!
//! One way at a time is followed to its end: that to the highest head that is not known here. Its
//! owner is the guide, who tells which blocks lead there; the blocks themselves come from all peers
//! that have them, several ranges at a time. They are applied one after another by the applicator.

mod fetch;
mod plan;
mod session;

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use koinos_service::events as ids;
use libp2p::PeerId;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::applicator::Applicator;
use crate::chain_view::ChainView;
use crate::local;
use crate::network::Network;
use crate::peer_rpc::{Head, PeerRpc};
use crate::peers::{Peer, Registry};
use crate::recent::Recent;
use session::{Session, SessionError, pauses};

/// How often somebody is looked for who is ahead.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Heads that were found in `block_store` are not looked for again.
const KNOWN_FOR: Duration = Duration::from_secs(600);
const MOST_KNOWN: usize = 1_000;
/// Ways of at least so many blocks are told of.
const WORTH_TELLING: u64 = 20;

/// Catches up.
pub struct Sync {
    registry: Arc<Registry>,
    network: Network,
    rpc: PeerRpc,
    chain: Arc<ChainView>,
    applicator: Applicator,
    memory: u64,
    target: Mutex<Option<u64>>,
    known: Mutex<Recent>,
}

impl Sync {
    /// Catches up with the peers of `registry`, with at most `memory` bytes of blocks at a time.
    pub fn new(
        registry: Arc<Registry>,
        network: Network,
        chain: Arc<ChainView>,
        applicator: Applicator,
        memory: u64,
    ) -> Self {
        let rpc = PeerRpc::new(network.clone());
        Self {
            registry,
            network,
            rpc,
            chain,
            applicator,
            memory,
            target: Mutex::new(None),
            known: Mutex::new(Recent::new(KNOWN_FOR, MOST_KNOWN)),
        }
    }

    /// The height that is being caught up with.
    pub fn target(&self) -> Option<u64> {
        *self.target.lock()
    }

    /// Catches up, again and again, until `stop`.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        stop.run_until_cancelled(async {
            loop {
                let changed = self.registry.changed().notified();
                if !self.step().await {
                    tokio::select! {
                        () = changed => {}
                        () = tokio::time::sleep(LOOK_EVERY) => {}
                    }
                }
            }
        })
        .await;
        // Told in the end, so that nobody thinks that it goes on.
        *self.target.lock() = None;
    }

    /// Follows one way, if there is one. Returns whether there may be another.
    async fn step(&self) -> bool {
        let mut ahead = self.ahead();
        // One that leads nowhere does not come before others, however high it claims to be.
        ahead.sort_by_key(|(_, peer)| (peer.setbacks, Reverse((peer.head.height, peer.outbound))));
        for (guide, peer) in ahead {
            match self.is_known(&peer.head.id).await {
                Ok(true) => {}
                Ok(false) => return self.follow(guide, peer.head).await,
                Err(error) => {
                    debug!("Cannot look for a peer's head: {error}");
                    return false;
                }
            }
        }
        false
    }

    fn ahead(&self) -> Vec<(PeerId, Peer)> {
        let (place, now) = (self.chain.place(), Instant::now());
        let is_ahead = |peer: &Peer| {
            peer.verified
                && peer.not_before <= now
                && peer.head.height > place.irreversible.height
                && peer.head.id != place.head.id
        };
        self.registry.all().into_iter().filter(|(_, peer)| is_ahead(peer)).collect()
    }

    async fn is_known(&self, id: &Bytes) -> Result<bool, koinos_rpc::RpcError> {
        if self.known.lock().contains(id, Instant::now()) {
            return Ok(true);
        }
        let stored = local::stored_height(self.chain.transport(), id).await?.is_some();
        if stored {
            self.known.lock().insert(id, Instant::now());
        }
        Ok(stored)
    }

    async fn follow(&self, guide: PeerId, head: Head) -> bool {
        // It may have moved since it was asked.
        let head = match self.rpc.head(guide).await {
            Ok(head) => head,
            Err(error) => {
                self.give_up(guide, &head, error.into()).await;
                return true;
            }
        };
        self.registry.set_head(guide, head.clone());
        let from = self.chain.place().head.height;
        *self.target.lock() = Some(head.height);
        let started = Instant::now();
        if head.height >= from + WORTH_TELLING {
            info!(
                message_id = ids::CATCHING_UP,
                koinos_height = head.height,
                koinos_peer = %guide,
                "Catching up with peer {guide} from height {from} to {}",
                head.height
            );
        }
        let outcome = self.go(guide, head.clone()).await;
        *self.target.lock() = None;
        match outcome {
            Ok(count) => {
                self.registry.update(guide, |peer| peer.setbacks = 0);
                if count >= WORTH_TELLING {
                    let rate = count as f64 / started.elapsed().as_secs_f64().max(0.001);
                    info!(
                        message_id = ids::CAUGHT_UP,
                        koinos_height = head.height,
                        koinos_peer = %guide,
                        "Caught up with peer {guide} from height {from} to {}: {count} blocks, \
                         {rate:.0}/s",
                        head.height
                    );
                }
            }
            Err(error) => self.give_up(guide, &head, error).await,
        }
        true
    }

    async fn go(&self, guide: PeerId, head: Head) -> Result<u64, SessionError> {
        Session::new(self, guide, head).await?.run().await
    }

    async fn give_up(&self, guide: PeerId, head: &Head, error: SessionError) {
        let (first, most) = pauses(&error);
        debug!("The way to height {} of peer {guide} ended: {error}", head.height);
        if matches!(error, SessionError::Local(_)) {
            info!(message_id = ids::CATCHING_UP_HALTED, "Cannot apply blocks for now: {error}");
            tokio::time::sleep(first).await;
            return;
        }
        self.registry.set_back(guide, first, most);
        if let Some((peer, fault)) = error.blame(guide) {
            if peer != guide {
                self.registry.set_back(peer, first, most);
            }
            self.registry.charge(&self.network, peer, fault, &error.to_string()).await;
        }
    }
}
