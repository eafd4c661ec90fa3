//! Blocks that are sent before their parents are answered for.

use bytes::Bytes;
use koinos_proto::rpc::chain::chain_response::Response;
use koinos_proto::rpc::chain::{ChainResponse, GetChainIdRequest, chain_request};
use koinos_rpc::{CallOptions, Chain, RpcError, ServiceError, call};
use koinos_testkit::{Broker, golden};
use prost::Message;

use crate::node::{LIMIT, Node};

/// Blocks that are sent.
const BLOCKS: usize = 1_000;
/// `unknown_previous_block`
const UNKNOWN_PREVIOUS: i32 = -1003;

/// What the chain answered to a submission.
fn answer(reply: Result<Bytes, RpcError>) -> Response {
    ChainResponse::decode(reply.unwrap()).unwrap().response.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_sent_one_behind_the_other_are_taken_in_that_order() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let node = Node::start(&url, "perf").await;
    let blocks = golden::blocks("perf/empty5000.jsonl.gz").unwrap().take(BLOCKS);
    let blocks: Vec<Bytes> = blocks.map(|block| block.unwrap().block).collect();

    // A parent that nobody sends is still unknown.
    let Response::Error(refused) = answer(node.submit(&blocks[1]).await) else { panic!() };
    assert_eq!(refused.message, "unknown previous block");
    assert_eq!(ServiceError(refused).code(), Some(UNKNOWN_PREVIOUS));

    let sending = async {
        let mut refused = Vec::new();
        for pair in blocks.chunks(2) {
            let (first, second) = tokio::join!(node.submit(&pair[0]), node.submit(&pair[1]));
            for reply in [first, second].map(answer) {
                if !matches!(reply, Response::SubmitBlock(_)) {
                    refused.push(reply);
                }
            }
        }
        refused
    };
    // Who only reads is answered all the while.
    let mut read = 0;
    let reading = async {
        loop {
            let request = chain_request::Request::GetChainId(GetChainIdRequest {});
            let reply = call::<Chain>(&node.bus, request, CallOptions::once(LIMIT)).await.unwrap();
            assert!(matches!(reply, Response::GetChainId(_)));
            read += 1;
        }
    };
    let refused = tokio::select! {
        refused = sending => refused,
        never = reading => never,
    };
    let first = refused.first();
    assert!(refused.is_empty(), "{} of {BLOCKS} are refused: {first:?}", refused.len());
    assert_eq!(node.head().await.head_topology.unwrap().height, BLOCKS as u64);
    assert!(read > 1, "{read} reads");
}
