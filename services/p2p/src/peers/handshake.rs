//! What is asked of a new peer before it counts, and what it is asked from then on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use libp2p::PeerId;
use tokio::time::{sleep, timeout};
use tracing::{debug, info};

use super::Registry;
use crate::chain_view::ChainView;
use crate::checkpoint::Checkpoint;
use crate::network::Network;
use crate::peer_rpc::{Backend, CallError, Head, PeerRpc};
use crate::score::Fault;

/// How long a peer may take to tell about itself.
const IDENTIFY_LIMIT: Duration = Duration::from_secs(5);
/// The pause before a peer that could not answer is asked again.
const RETRY: Duration = Duration::from_secs(6);
/// How often a peer is asked for its head while gossip tells of new blocks.
const HEAD_EVERY: Duration = Duration::from_secs(10);
/// And while it does not: as often as the original asks while it catches up.
const HEAD_EVERY_WITHOUT_GOSSIP: Duration = Duration::from_secs(1);
/// How its protocol begins.
const PREFIX: &str = "koinos/p2p/";

/// Why a peer is not one of this network.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it is no peer of Koinos: its protocol is {0:?}")]
    Protocol(String),
    #[error("it is a peer of another chain: 0x{}", hex::encode(.0))]
    ChainId(bytes::Bytes),
    #[error("it does not have the checkpoint at height {0}")]
    Checkpoint(u64),
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Failure {
    fn fault(&self) -> Option<Fault> {
        match self {
            Self::Protocol(_) => Some(Fault::ProtocolMismatch),
            Self::ChainId(_) => Some(Fault::ChainIdMismatch),
            Self::Checkpoint(_) => Some(Fault::CheckpointMismatch),
            Self::Call(error) => error.fault(),
        }
    }
}

/// The version in what a peer says of its protocol; `None` when it is another protocol.
pub fn version(protocol: &str) -> Option<(u64, u64, u64)> {
    let version = protocol.strip_prefix(PREFIX)?.rsplit('/').next()?;
    // What comes behind the three numbers of a version does not matter here.
    let numbers = version.split(['-', '+']).next()?;
    let mut numbers = numbers.strip_prefix('v').unwrap_or(numbers).split('.').map(|number| {
        let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| number.parse::<u64>().ok()).flatten()
    });
    let version = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(version)
}

/// Everything the task of a peer needs.
#[derive(Clone)]
pub struct Company {
    /// The peers.
    pub registry: Arc<Registry>,
    /// The network.
    pub network: Network,
    /// This node's chain.
    pub chain: Arc<ChainView>,
    /// Blocks that the peer has to have.
    pub checkpoints: Arc<[Checkpoint]>,
    /// Whether this node takes part in gossip.
    pub gossiping: Arc<AtomicBool>,
}

/// Looks at a new peer, and then follows its head, until it is dropped.
pub async fn keep_company(company: Company, peer: PeerId) {
    let rpc = PeerRpc::new(company.network.clone());
    loop {
        match company.meet(&rpc, peer).await {
            Ok(head) => {
                info!("Peer {peer} is at height {}", head.height);
                company.registry.set_head(peer, head);
                break;
            }
            Err(failure) => company.complain(peer, &failure).await,
        }
        sleep(RETRY).await;
    }
    loop {
        sleep(company.pause()).await;
        match rpc.head(peer).await {
            Ok(head) => company.registry.set_head(peer, head),
            Err(error) => company.complain(peer, &Failure::Call(error)).await,
        }
    }
}

impl Company {
    fn pause(&self) -> Duration {
        match self.gossiping.load(Ordering::SeqCst) {
            true => HEAD_EVERY,
            false => HEAD_EVERY_WITHOUT_GOSSIP,
        }
    }

    async fn complain(&self, peer: PeerId, failure: &Failure) {
        match failure.fault() {
            Some(fault) => {
                self.registry.charge(&self.network, peer, fault, &failure.to_string()).await;
            }
            None => debug!("Peer {peer}: {failure}"),
        }
    }

    async fn meet(&self, rpc: &PeerRpc, peer: PeerId) -> Result<Head, Failure> {
        if let Some(protocol) = self.protocol(peer).await
            && version(&protocol).is_none()
        {
            return Err(Failure::Protocol(protocol));
        }
        // A peer that does not answer in time is slow; only another answer means another chain.
        let chain_id = rpc.chain_id(peer).await?;
        if chain_id != self.chain.chain_id() {
            return Err(Failure::ChainId(chain_id));
        }
        let head = rpc.head(peer).await?;
        for checkpoint in self.checkpoints.iter() {
            let there = rpc.ancestor(peer, head.id.clone(), checkpoint.height).await;
            match there {
                Ok(id) if id == checkpoint.id => {}
                Ok(_) | Err(CallError::Remote { .. }) => {
                    return Err(Failure::Checkpoint(checkpoint.height));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(head)
    }

    /// What the peer says of its protocol; one that does not say it, or in a way that is not
    /// understood, is not turned away for that.
    async fn protocol(&self, peer: PeerId) -> Option<String> {
        let mut said = self.registry.get(&peer)?.protocol.subscribe();
        let waiting = timeout(IDENTIFY_LIMIT, said.wait_for(Option::is_some)).await;
        let protocol = waiting.ok()?.ok()?.clone();
        protocol.filter(|protocol| !protocol.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_told_apart() {
        assert_eq!(version("koinos/p2p/1.0.0"), Some((1, 0, 0)));
        assert_eq!(version("koinos/p2p/12.3.4-beta.1"), Some((12, 3, 4)));
        assert_eq!(version("koinos/p2p/x/1.0.0+build"), Some((1, 0, 0)));
        for foreign in [
            "ipfs/0.1.0",
            "koinos/p2p/",
            "koinos/p2p/1.0",
            "koinos/p2p/1.0.0.0",
            "koinos/p2p/one",
            "koinos/p2p/1.+1.0",
            "",
        ] {
            assert_eq!(version(foreign), None, "{foreign}");
        }
    }
}
