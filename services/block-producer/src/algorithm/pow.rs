//! Proof of work.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use crypto_bigint::U256;
use koinos_codec::text;
use koinos_crypto::{SecretKey, sign};
use koinos_proto::contracts::pow::{GetDifficultyMetadataArguments, GetDifficultyMetadataResult};
use koinos_service::blocking;
use tokio::sync::mpsc;
use tracing::info;

use super::{RETRY, StopOnDrop};
use crate::draft::Draft;
use crate::error::Error;
use crate::node::Node;
use crate::nonce::{self, Number};

/// Entry point `get_difficulty` of the pow contract.
const GET_DIFFICULTY: u32 = 0x2e40_cb65;
/// The longest wait after failures.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// Producing by proof of work.
pub(crate) struct Pow {
    /// The contract that sets the difficulty.
    pub(crate) contract_id: Bytes,
    /// Parts of the nonces that are searched at the same time.
    pub(crate) groups: NonZeroU64,
}

impl Pow {
    pub(super) async fn prepare(&self, node: &Node) -> Result<Search, Error> {
        let action = "retrieve the difficulty from the pow contract";
        let arguments = GetDifficultyMetadataArguments {};
        let result: GetDifficultyMetadataResult =
            node.read_contract(action, &self.contract_id, GET_DIFFICULTY, arguments).await?;
        let metadata = result.value.unwrap_or_default();
        let target = nonce::target(&metadata.target)?;
        info!("Difficulty target: {}", text::to_hex(&target));
        Ok(Search { target, groups: self.groups })
    }
}

/// Waits of 5, 10, 20 and 30 seconds.
pub(super) fn backoff(failures: u32) -> Duration {
    let doubled = 1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    RETRY.saturating_mul(doubled.max(1)).min(LONGEST_RETRY)
}

/// The search for a nonce.
pub(crate) struct Search {
    target: Number,
    groups: NonZeroU64,
}

impl Search {
    pub(super) async fn seal(&self, draft: &Draft, key: &SecretKey) -> Result<Vec<u8>, Error> {
        let nonce = self.find(draft).await.ok_or(Error::NoNonce)?;
        Ok(nonce::signature(&nonce, &sign(&draft.digest(), key)?))
    }

    /// Searches with all groups; `None` when no nonce is left.
    async fn find(&self, draft: &Draft) -> Option<U256> {
        let (began, id, target) = (Instant::now(), draft.id(), self.target);
        let stop = StopOnDrop::default();
        let hashes = Hashes::default();
        let (found, mut finds) = mpsc::channel(1);
        for index in 0..self.groups.get() {
            let share = nonce::share(index, self.groups);
            let (found, stop, hashes) = (found.clone(), stop.flag(), hashes.0.clone());
            tokio::spawn(blocking(move || {
                if let Some(nonce) = nonce::find(&id, &target, share, &stop, &hashes) {
                    // Full when another group was faster, closed when nobody asks any more.
                    let _ = found.try_send(nonce);
                }
            }));
        }
        drop(found);
        let nonce = finds.recv().await?;
        let (count, seconds) = (hashes.0.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
        info!(
            koinos_height = draft.header().height,
            hashes = count,
            "Found nonce {} for block {} after {count} hashes ({:.0} H/s)",
            text::to_hex(&nonce::nonce_bytes(&nonce)),
            text::to_hex(&id),
            count as f64 / seconds.max(f64::EPSILON)
        );
        Some(nonce)
    }
}

/// Counts the hashes of a search, and reports them however it ends.
#[derive(Default)]
struct Hashes(Arc<AtomicU64>);

impl Drop for Hashes {
    fn drop(&mut self) {
        let count = self.0.load(Ordering::Relaxed);
        metrics::counter!("koinos_block_producer_hashes_total").increment(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_waited_out_longer_and_longer() {
        let seconds: Vec<u64> = (1..=6).map(|n| backoff(n).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 30, 30, 30]);
        assert_eq!(backoff(u32::MAX), LONGEST_RETRY);
    }
}
