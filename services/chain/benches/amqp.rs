//! Round trips over a real broker: a bare echo, `get_head_info`, and whole blocks.
//!
//! The echo is answered by this process without any work, over the same broker in the same run: it
//! is what the bus itself costs, and the other figures are told as ratios to it too.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a bench that fails says so")]

#[path = "../tests/cluster/node.rs"]
#[allow(dead_code, reason = "each user takes its part")]
mod node;

use std::time::{Duration, Instant};

use koinos_mq::Bus;
use koinos_proto::rpc::chain::chain_request::Request;
use koinos_proto::rpc::chain::{ChainRequest, GetHeadInfoRequest};
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Broker, golden};
use node::{LIMIT, Node};
use prost::Message;

const CALLS: usize = 8_000;
const CALLERS: [usize; 3] = [1, 16, 200];
const BLOCKS: usize = 1_000;

/// The times of many calls, and how long all took together.
struct Figures {
    times: Vec<Duration>,
    whole: Duration,
}

impl Figures {
    fn new(mut times: Vec<Duration>, whole: Duration) -> Self {
        times.sort_unstable();
        Self { times, whole }
    }

    /// Milliseconds within which `percent` of the calls ended.
    fn within(&self, percent: usize) -> f64 {
        self.times[(self.times.len() - 1) * percent / 100].as_secs_f64() * 1e3
    }

    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.whole.as_secs_f64()
    }

    fn show(&self, what: &str, callers: usize, baseline: Option<&Self>) {
        let ratio = baseline.map_or(String::new(), |baseline| {
            format!("  {:5.2} x the echo's time", self.within(50) / baseline.within(50))
        });
        println!(
            "{what:<16} {callers:>3} callers  p50 {:7.3} ms  p95 {:7.3} ms  p99 {:7.3} ms  {:>7.0}/s{ratio}",
            self.within(50),
            self.within(95),
            self.within(99),
            self.rate()
        );
    }
}

/// Calls `service` from `callers` tasks at once, each one call after another.
async fn measure(bus: &Bus, service: &'static str, request: &[u8], callers: usize) -> Figures {
    let began = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (bus, request) = (bus.clone(), bytes::Bytes::copy_from_slice(request));
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(CALLS / callers);
                for _ in 0..CALLS / callers {
                    let began = Instant::now();
                    let options = CallOptions::once(LIMIT);
                    bus.call_raw(service, request.clone(), options).await.unwrap();
                    times.push(began.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::with_capacity(CALLS);
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    Figures::new(times, began.elapsed())
}

async fn submit_blocks(node: &Node) -> Figures {
    let blocks: Vec<_> = golden::blocks("perf/empty5000.jsonl.gz").unwrap().take(BLOCKS).collect();
    let mut times = Vec::with_capacity(BLOCKS);
    let began = Instant::now();
    for recorded in blocks {
        let recorded = recorded.unwrap();
        let began = Instant::now();
        node.submit(&recorded.block).await.unwrap();
        times.push(began.elapsed());
    }
    Figures::new(times, began.elapsed())
}

#[tokio::main]
async fn main() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let node = Node::start(&url, "perf").await;
    node.bus.serve("echo", 200, std::future::ready);
    tokio::time::timeout(LIMIT, node.bus.consuming()).await.unwrap();

    let head = Request::GetHeadInfo(GetHeadInfoRequest {});
    let head = ChainRequest { request: Some(head) }.encode_to_vec();
    for callers in CALLERS {
        let echo = measure(&node.bus, "echo", &head, callers).await;
        echo.show("echo", callers, None);
        let figures = measure(&node.bus, "chain", &head, callers).await;
        figures.show("get_head_info", callers, Some(&echo));
    }
    submit_blocks(&node).await.show("submit_block", 1, None);
}
