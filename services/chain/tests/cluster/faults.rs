//! Processes and brokers that go away in the middle.

use bytes::Bytes;
use koinos_proto::rpc::block_store::GetBlocksByHeightRequest;
use koinos_proto::rpc::block_store::block_store_request::Request;
use koinos_proto::rpc::block_store::block_store_response::Response;
use koinos_proto::rpc::chain::{ChainResponse, chain_response};
use koinos_rpc::{BlockStore, CallOptions, call};
use koinos_testkit::{Broker, golden};
use prost::Message;
use rand::Rng;

use crate::node::{LIMIT, Node};

/// The first blocks of a recorded chain, and the state merkle root after each.
pub fn recorded(count: usize) -> Vec<(Bytes, Bytes)> {
    let blocks = golden::blocks("perf/empty5000.jsonl.gz").unwrap().take(count);
    blocks
        .map(|block| {
            let block = block.unwrap();
            let root = block.row.0["state_merkle_root_hex"].as_str().unwrap();
            (block.block, hex::decode(root).unwrap().into())
        })
        .collect()
}

/// Whether a submission was acknowledged: accepted now, or known from before.
pub fn acknowledged(reply: Bytes) -> bool {
    let reply = ChainResponse::decode(reply).unwrap().response.unwrap();
    matches!(reply, chain_response::Response::SubmitBlock(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_blocks_survive_kills_at_random_points() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let mut node = Node::start(&url, "perf").await;
    let blocks = recorded(1000);
    let mut victims: Vec<usize> = (0..8).map(|_| rand::rng().random_range(1..1000)).collect();
    victims.sort_unstable();
    for (index, (block, _)) in blocks.iter().enumerate() {
        let victim = victims.iter().position(|at| *at == index);
        if let Some(turn) = victim {
            // The block is on its way when the process dies.
            let in_flight = node.bus.clone();
            let request = crate::node::submit_block(block);
            let pending = tokio::spawn(async move {
                use koinos_rpc::Transport;
                in_flight.call_raw("chain", request.into(), CallOptions::once(LIMIT)).await
            });
            match turn % 2 {
                0 => {
                    node.chain.kill().unwrap();
                    node.restart_chain();
                }
                _ => {
                    node.store.kill().unwrap();
                    node.restart_store();
                }
            }
            pending.abort();
        }
        let mut attempts = 0;
        while !acknowledged(node.submit(block).await.unwrap()) {
            attempts += 1;
            assert!(attempts < 20, "block {} is refused", index + 1);
        }
    }
    check(&node, &blocks).await;
    node.chain.kill().unwrap();
    node.store.kill().unwrap();
    node.restart_store();
    node.restart_chain();
    check(&node, &blocks).await;
}

/// The head is the last block, with the recorded root, and every block is stored as it was.
pub async fn check(node: &Node, blocks: &[(Bytes, Bytes)]) {
    let head = node.head().await;
    let (last, root) = blocks.last().unwrap();
    let id = koinos_codec::wire::field_bytes(last, 1);
    assert_eq!(head.head_topology.unwrap().id, id);
    assert_eq!(head.head_state_merkle_root, *root);
    let request = Request::GetBlocksByHeight(GetBlocksByHeightRequest {
        head_block_id: id,
        ancestor_start_height: 1,
        num_blocks: 1000,
        return_block: true,
        return_receipt: true,
    });
    let reply = call::<BlockStore>(&node.bus, request, CallOptions::once(LIMIT)).await.unwrap();
    let Response::GetBlocksByHeight(reply) = reply else { panic!("{reply:?}") };
    assert_eq!(reply.block_items.len(), blocks.len());
    for (item, (block, _)) in reply.block_items.iter().zip(blocks) {
        assert_eq!(item.block.as_ref().unwrap().encode_to_vec(), block[..]);
        assert!(item.receipt.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_services_outlive_the_broker() {
    let broker = Broker::start().unwrap();
    let url = broker.vhost().unwrap().url;
    let node = Node::start(&url, "perf").await;
    let blocks = recorded(100);
    let (first, second) = blocks.split_at(50);
    for (block, _) in first {
        assert!(acknowledged(node.submit(block).await.unwrap()));
    }
    broker.stop().unwrap();
    for daemon in [&node.chain, &node.store] {
        daemon.wait_for("lost the broker", LIMIT).unwrap();
    }
    broker.resume().unwrap();
    for daemon in [&node.chain, &node.store] {
        daemon.wait_for_nth("connected to the broker", 2, LIMIT).unwrap();
    }
    tokio::time::timeout(LIMIT, node.bus.connected()).await.unwrap();
    for (block, _) in second {
        let mut attempts = 0;
        while !node.submit(block).await.is_ok_and(acknowledged) {
            attempts += 1;
            assert!(attempts < 20);
        }
    }
    check(&node, &blocks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_block_store_is_named_and_waited_for() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let directory = crate::node::basedir("perf");
    let mut chain = crate::node::launch_chain(directory.path(), &url, &[]);
    chain.wait_for("waiting for block_store", LIMIT).unwrap();
    chain.terminate();
    assert_eq!(chain.wait(LIMIT).unwrap().code(), Some(0));
    assert!(chain.output().contains("SIGTERM"), "{}", chain.output());
}
