//! What the services of this node broadcast, and what follows from it.

use std::sync::Arc;

use bytes::Bytes;
use koinos_proto::broadcast::{BlockAccepted, ForkHeads, MempoolAccepted};
use koinos_rpc::names::{BLOCK_FORKS, MEMPOOL_ACCEPT, MEMPOOL_BLOCK_ACCEPTED};
use koinos_service::{Bus, Event};
use prost::Message;
use tracing::warn;

use crate::applicator::{BlockId, Transaction, turn};
use crate::gossip::{BLOCKS, TRANSACTIONS};
use crate::local;
use crate::node::Node;

/// Why a broadcast cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventError {
    #[error(transparent)]
    Malformed(#[from] prost::DecodeError),
    #[error("it has no {0}")]
    Missing(&'static str),
}

/// Follows the broadcasts.
pub(crate) fn follow(node: &Arc<Node>, bus: &Bus) {
    let follower = node.clone();
    bus.subscribe(MEMPOOL_BLOCK_ACCEPTED, move |event: Event| {
        let node = follower.clone();
        async move { told(MEMPOOL_BLOCK_ACCEPTED, block_accepted(&node, event.payload).await) }
    });
    let follower = node.clone();
    bus.subscribe(MEMPOOL_ACCEPT, move |event: Event| {
        let node = follower.clone();
        async move { told(MEMPOOL_ACCEPT, transaction_accepted(&node, event.payload).await) }
    });
    let follower = node.clone();
    bus.subscribe(BLOCK_FORKS, move |event: Event| {
        let node = follower.clone();
        async move { told(BLOCK_FORKS, forks(&node, event.payload).await) }
    });
}

fn told(topic: &str, result: Result<(), EventError>) {
    if let Err(error) = result {
        warn!(%topic, "Cannot follow a broadcast: {error}");
    }
}

async fn block_accepted(node: &Node, payload: Bytes) -> Result<(), EventError> {
    let accepted = BlockAccepted::decode(payload)?;
    let block = accepted.block.ok_or(EventError::Missing("block"))?;
    let header = block.header.as_ref().ok_or(EventError::Missing("header"))?;
    let (height, timestamp) = (header.height, header.timestamp);
    let place = BlockId { id: Bytes::copy_from_slice(&block.id), height };
    if accepted.head {
        node.chain.set_head(place.clone(), timestamp);
    }
    let is_gossiping = node.gossiping.load(std::sync::atomic::Ordering::SeqCst);
    if is_gossiping {
        // Encoded again: the bytes have to be the same on every node.
        node.network.publish(BLOCKS, block.encode_to_vec().into()).await;
    }
    let headers = block.transactions.iter().filter_map(|transaction| transaction.header.as_ref());
    node.unsent.lock().forget(&headers.map(turn).collect::<Vec<_>>());
    let transactions =
        block.transactions.iter().map(|transaction| transaction.id.clone()).collect();
    node.applicator.block_accepted(place, transactions).await;
    Ok(())
}

async fn transaction_accepted(node: &Node, payload: Bytes) -> Result<(), EventError> {
    let accepted = MempoolAccepted::decode(payload)?;
    let transaction = accepted.transaction.ok_or(EventError::Missing("transaction"))?;
    let bytes: Bytes = transaction.encode_to_vec().into();
    // Where nobody hears of it now, it comes back to be told later.
    node.network.publish(TRANSACTIONS, bytes.clone()).await;
    if let Ok(Some(transaction)) = Transaction::read(bytes) {
        node.applicator.transaction_accepted(transaction).await;
    }
    Ok(())
}

async fn forks(node: &Node, payload: Bytes) -> Result<(), EventError> {
    let forks = ForkHeads::decode(payload)?;
    let irreversible = forks.last_irreversible_block;
    let irreversible =
        local::block_id(irreversible.ok_or(EventError::Missing("last irreversible block"))?);
    node.chain.set_irreversible(irreversible.clone());
    let heads = forks.heads.into_iter().map(local::block_id).collect();
    node.applicator.forks(irreversible, heads).await;
    Ok(())
}
