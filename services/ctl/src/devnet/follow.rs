//! The chain's progress, a line for each block.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::Local;
use koinos_codec::text::to_hex;
use koinos_mq::Bus;
use koinos_rpc::names::BLOCK_ACCEPT;
use koinos_rpc::partial::BlockAccepted;
use koinos_service::Fatal;
use prost::Message;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::output::Output;

/// The rate is that of the blocks of this time.
const WINDOW: Duration = Duration::from_secs(60);

/// The accepted blocks of nodes.
pub(crate) struct Blocks(mpsc::UnboundedReceiver<(usize, BlockAccepted)>);

impl Blocks {
    /// Listens to nodes.
    pub(crate) fn listen(buses: &[Bus]) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        for (node, bus) in buses.iter().enumerate() {
            let sender = sender.clone();
            bus.subscribe(BLOCK_ACCEPT, move |event| {
                if let Ok(block) = BlockAccepted::decode(event.payload) {
                    // The receiver goes with the whole program.
                    let _ = sender.send((node, block));
                }
                std::future::ready(())
            });
        }
        Self(receiver)
    }

    /// The next block and the place of its node; never when the nodes are gone.
    pub(crate) async fn next(&mut self) -> (usize, BlockAccepted) {
        match self.0.recv().await {
            Some(block) => block,
            None => std::future::pending().await,
        }
    }
}

/// Makes lines of blocks.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    last_timestamp: Option<u64>,
    arrivals: VecDeque<Instant>,
}

impl Follower {
    /// Shows a block.
    pub(crate) fn show(&mut self, accepted: &BlockAccepted, output: &Output) -> Result<(), Fatal> {
        let now = Instant::now();
        let json = self.read(accepted, now);
        output.line(&json, &line(&json))
    }

    fn read(&mut self, accepted: &BlockAccepted, now: Instant) -> Value {
        let block = accepted.block.clone().unwrap_or_default();
        let header = block.header.unwrap_or_default();
        let since = self.last_timestamp.map(|last| header.timestamp.saturating_sub(last));
        self.last_timestamp = Some(header.timestamp);
        json!({
            "event": "block",
            "height": header.height,
            "id": to_hex(&block.id),
            "transactions": block.transactions.len(),
            "timestamp": header.timestamp,
            "block_time_ms": since,
            "blocks_per_minute": self.rate(now),
            "head": accepted.head,
        })
    }

    /// Blocks per minute, once there are two.
    fn rate(&mut self, now: Instant) -> Option<f64> {
        self.arrivals.push_back(now);
        while self.arrivals.front().is_some_and(|first| now.duration_since(*first) > WINDOW) {
            self.arrivals.pop_front();
        }
        let elapsed = now.duration_since(*self.arrivals.front()?).as_secs_f64();
        let blocks = self.arrivals.len() - 1;
        (blocks > 0 && elapsed > 0.0).then(|| (blocks as f64 * 600.0 / elapsed).round() / 10.0)
    }
}

fn line(json: &Value) -> String {
    let id = json["id"].as_str().unwrap_or_default();
    let short = match (id.get(..14), id.get(id.len().saturating_sub(6)..)) {
        (Some(start), Some(end)) => format!("{start}..{end}"),
        _ => id.to_owned(),
    };
    let time = json["block_time_ms"].as_u64();
    let time = time.map_or("-".to_owned(), |ms| format!("{:.1} s", ms as f64 / 1000.0));
    let rate = json["blocks_per_minute"].as_f64();
    let rate = rate.map_or("-".to_owned(), |rate| format!("{rate:.1}"));
    let side = if json["head"] == true { "" } else { "  (not the head)" };
    format!(
        "{}  height {:<6} {short}  {:>4} txs  {time:>7}  {rate:>6} blocks/min{side}",
        Local::now().format("%H:%M:%S"),
        json["height"].as_u64().unwrap_or_default(),
        json["transactions"].as_u64().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use koinos_rpc::partial::{Block, BlockHeader};

    use super::*;

    fn block(height: u64, timestamp: u64) -> BlockAccepted {
        let header = BlockHeader { height, timestamp, ..Default::default() };
        let block = Block { header: Some(header), ..Default::default() };
        BlockAccepted { block: Some(block), head: true, ..Default::default() }
    }

    #[test]
    fn block_times_and_rates() {
        let mut follower = Follower::default();
        let start = Instant::now();
        let first = follower.read(&block(1, 1_000), start);
        assert_eq!(first["block_time_ms"], Value::Null);
        assert_eq!(first["blocks_per_minute"], Value::Null);
        let second = follower.read(&block(2, 3_500), start + Duration::from_secs(3));
        assert_eq!(second["block_time_ms"], 2_500);
        assert_eq!(second["blocks_per_minute"], 20.0);
        assert!(line(&second).contains("height 2"), "{}", line(&second));
        let third = follower.read(&block(3, 4_000), start + Duration::from_secs(63));
        assert_eq!(third["blocks_per_minute"], 1.0, "the first block is out of the window");
    }
}
