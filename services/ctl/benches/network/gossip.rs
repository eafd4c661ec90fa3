//! How long a block takes from one node to the next: from the moment when the node that made it tells
//! of it on its bus, to the moment when the other one does, having applied it.

use std::collections::HashMap;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use koinos_testkit::{Broker, Figures};

use crate::devnet::{Blocks, Devnet, Genesis, listen};

/// Milliseconds between blocks.
const INTERVAL: u64 = 250;
/// Blocks until gossip has settled.
const FIRST: u64 = 40;
/// Far more blocks than are ever on their way.
const WAITING: usize = 200;

/// The times of `count` empty blocks between the two nodes of a network.
pub async fn between_two_nodes(
    broker: &Broker,
    genesis: &Genesis,
    count: usize,
) -> Result<Figures> {
    let (one, two) = (broker.vhost()?.url, broker.vhost()?.url);
    let mut devnet = Devnet::of_nodes(&[&one, &two], INTERVAL, genesis)?;
    let (_bus, mut arrivals) = listen(&two)?;
    devnet.until_height(FIRST).await?;
    let began = Instant::now();
    // We may hear of it from the second node first.
    let (mut made, mut applied) = (HashMap::new(), HashMap::new());
    let mut times = Vec::new();
    while times.len() < count {
        let id = tokio::select! {
            block = devnet.next_block() => {
                let (came, block) = block?;
                made.insert(block.id.clone(), came);
                block.id
            }
            (came, id) = next(&mut arrivals) => {
                applied.insert(id.clone(), came);
                id
            }
        };
        ensure!(made.len() < count + WAITING, "blocks do not come to the second node");
        if let (Some(left), Some(came)) = (made.get(&id), applied.get(&id)) {
            times.push(came.saturating_duration_since(*left));
        }
    }
    Figures::of(times, began.elapsed(), 1).context("no block was followed")
}

async fn next(blocks: &mut Blocks) -> (Instant, Bytes) {
    match blocks.recv().await {
        Some((came, block)) => (came, block.id),
        None => std::future::pending().await,
    }
}
