//! What makes a block valid, by the consensus algorithm of the network.

mod pob;
mod pow;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use koinos_crypto::{SecretKey, sign};

use crate::draft::{Draft, Head};
use crate::error::Error;
use crate::node::Node;
pub(crate) use pob::Pob;
pub(crate) use pow::Pow;

/// The time now, in milliseconds since the Unix epoch.
pub(crate) type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Wait after a failure, for the algorithms with a proof.
const RETRY: Duration = Duration::from_secs(5);
/// The least wait after a failure.
const LEAST_RETRY: Duration = Duration::from_secs(1);

/// How blocks are made.
pub(crate) enum Algorithm {
    /// The network trusts keys: a signature is enough.
    Federated {
        /// Wait between blocks.
        interval: Duration,
    },
    /// Proof of work.
    Pow(Pow),
    /// Proof of burn.
    Pob(Pob),
}

/// What is known about the chance to make a block on one head.
pub(crate) enum Chance {
    Certain,
    Pow(pow::Search),
    Pob(pob::Draws),
}

/// How an attempt to make a block ended, as far as the wait for the next depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The chain has the block.
    Produced,
    /// It failed; the number of failures in a row, from 1.
    Failed(u32),
}

impl Algorithm {
    /// The name in options and logs.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Federated { .. } => "federated",
            Self::Pow(_) => "pow",
            Self::Pob(_) => "pob",
        }
    }

    /// Who signs blocks: the account of the key, or the producer that burned for it.
    pub(crate) fn signer(&self, key: &SecretKey) -> Bytes {
        let address = match self {
            Self::Federated { .. } | Self::Pow(_) => key.public_key().address(),
            Self::Pob(pob) => pob.producer,
        };
        Bytes::copy_from_slice(address.as_bytes())
    }

    /// Forgets what is read once for each start of production.
    pub(crate) async fn begin(&self) {
        if let Self::Pob(pob) = self {
            pob.begin().await;
        }
    }

    /// Reads what decides about blocks on `head`.
    pub(crate) async fn prepare(
        &self,
        node: &Node,
        head: &Head,
        now: u64,
    ) -> Result<Chance, Error> {
        Ok(match self {
            Self::Federated { .. } => Chance::Certain,
            Self::Pow(pow) => Chance::Pow(pow.prepare(node).await?),
            Self::Pob(pob) => Chance::Pob(pob.prepare(node, head, now).await?),
        })
    }

    /// Signs the block, which may mean to search or to wait for long. Dropping the future ends the
    /// search. May be called again after the block was changed.
    pub(crate) async fn seal(
        &self,
        draft: &mut Draft,
        chance: &mut Chance,
        key: &SecretKey,
        clock: &Clock,
    ) -> Result<Vec<u8>, Error> {
        match chance {
            Chance::Certain => Ok(sign(&draft.digest(), key)?.to_vec()),
            Chance::Pow(search) => search.seal(draft, key).await,
            Chance::Pob(draws) => draws.seal(draft, key, clock).await,
        }
    }

    /// How long to wait after an attempt.
    pub(crate) fn pause(&self, ending: Ending) -> Duration {
        match (self, ending) {
            (Self::Federated { interval }, Ending::Produced) => *interval,
            (Self::Federated { interval }, Ending::Failed(_)) => (*interval).max(LEAST_RETRY),
            (Self::Pow(_), Ending::Produced) => Duration::ZERO,
            (Self::Pow(_), Ending::Failed(count)) => pow::backoff(count),
            (Self::Pob(_), _) => RETRY,
        }
    }

    /// Whether a new head ends that wait.
    pub(crate) fn follows_heads(&self) -> bool {
        matches!(self, Self::Pob(_))
    }
}

/// Tells a search on other threads to stop when this is dropped.
#[derive(Default)]
struct StopOnDrop(Arc<AtomicBool>);

impl StopOnDrop {
    fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
