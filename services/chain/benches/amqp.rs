//! Round trips over a real broker: a bare echo, `get_head_info`, and whole blocks.
//!
//! The echo is answered by this process without any work, over the same broker in the same run: it
//! is what the bus itself costs, and the other figures are told as ratios to it too.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a bench that fails says so")]

#[path = "../tests/cluster/node.rs"]
#[allow(dead_code, reason = "each user takes its part")]
mod node;

use anyhow::{Context, Result};
use bytes::Bytes;
use koinos_mq::Bus;
use koinos_proto::rpc::chain::chain_request::Request;
use koinos_proto::rpc::chain::{ChainRequest, GetHeadInfoRequest};
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Broker, Caller, Figures, golden};
use node::{LIMIT, Node};
use prost::Message;

const CALLS: usize = 8_000;
const CALLERS: [usize; 3] = [1, 16, 200];
const BLOCKS: usize = 1_000;

/// Asks a service.
struct Asking {
    bus: Bus,
    service: &'static str,
    request: Bytes,
}

impl Caller for Asking {
    async fn call(&mut self) -> Result<()> {
        let options = CallOptions::once(LIMIT);
        self.bus.call_raw(self.service, self.request.clone(), options).await?;
        Ok(())
    }
}

/// Submits recorded blocks.
struct Submitting {
    node: Node,
    blocks: std::vec::IntoIter<golden::RecordedBlock>,
}

impl Caller for Submitting {
    async fn call(&mut self) -> Result<()> {
        let block = self.blocks.next().context("no block is left")?;
        self.node.submit(&block.block).await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let node = Node::start(&url, "perf").await;
    node.bus.serve("echo", 200, std::future::ready);
    tokio::time::timeout(LIMIT, node.bus.consuming()).await.unwrap();

    let head = Request::GetHeadInfo(GetHeadInfoRequest {});
    let request = Bytes::from(ChainRequest { request: Some(head) }.encode_to_vec());
    for count in CALLERS {
        let asking = |service| {
            let caller = || Asking { bus: node.bus.clone(), service, request: request.clone() };
            Figures::measure((0..count).map(|_| caller()).collect(), CALLS)
        };
        let echo = asking("echo").await.unwrap();
        echo.show("echo", None);
        asking("chain").await.unwrap().show("get_head_info", Some(&echo));
    }
    let blocks = golden::blocks("perf/empty5000.jsonl.gz").unwrap().take(BLOCKS);
    let blocks = blocks.collect::<Result<Vec<_>>>().unwrap().into_iter();
    let submitting = vec![Submitting { node, blocks }];
    Figures::measure(submitting, BLOCKS).await.unwrap().show("submit_block", None);
}
