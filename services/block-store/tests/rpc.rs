//! The block store over a real broker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{LIMIT, Node, add, block, id, receipt};
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::protocol::Block;
use koinos_proto::rpc::block_store::block_store_request::Request;
use koinos_proto::rpc::block_store::block_store_response::Response;
use koinos_proto::rpc::block_store::{
    AddBlockRequest, BlockStoreResponse, GetBlocksByHeightRequest, GetBlocksByIdRequest,
};
use koinos_rpc::names::BLOCK_ACCEPT;
use koinos_rpc::{BlockStore, CallOptions, Contract, Transport};
use koinos_testkit::{Broker, golden};
use prost::Message;
use rand::Rng;
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_chain_is_stored_and_comes_back_as_it_was() {
    let node = Node::start(&Broker::shared().unwrap().vhost().unwrap()).await;
    let mut chain = Vec::new();
    for recorded in golden::blocks("trunc/blocks.jsonl.gz").unwrap() {
        let recorded = recorded.unwrap();
        let block = Block::decode(recorded.block.clone()).unwrap();
        let receipt_to_add = recorded.receipt.clone().map(|b| Message::decode(b).unwrap());
        let request = AddBlockRequest { block_to_add: Some(block.clone()), receipt_to_add };
        assert!(matches!(node.call(Request::AddBlock(request)).await, Ok(Response::AddBlock(_))));
        chain.push((block, recorded));
    }
    let head = chain.last().unwrap().0.id.clone();
    assert_eq!(node.highest().await, chain.len() as u64);
    let items = node.by_height(&head, 1, 1000).await;
    assert_eq!(items.len(), chain.len());
    for (item, (block, recorded)) in items.iter().zip(&chain) {
        assert_eq!(item.block_id, block.id);
        assert_eq!(item.block.as_ref().unwrap().encode_to_vec(), recorded.block);
        let receipt = item.receipt.as_ref().unwrap().encode_to_vec();
        assert_eq!(Some(Bytes::from(receipt)), recorded.receipt);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_blocks_in_one_reply() {
    let node = Arc::new(Node::start(&Broker::shared().unwrap().vhost().unwrap()).await);
    for height in 1..=1_100 {
        node.call(add(height)).await.unwrap();
    }
    let items = node.by_height(&id(1_100), 51, 1_000).await;
    assert_eq!(items.len(), 1_000);
    for (item, height) in items.iter().zip(51..) {
        assert_eq!(item.block_height, height);
        assert_eq!(item.block, Some(block(height)));
        assert_eq!(item.receipt, Some(receipt(height)));
    }
    let ids: Vec<Bytes> = (1..=1_000).rev().map(id).collect();
    let items = node.by_id(&ids).await;
    assert!(items.iter().map(|item| item.block_height).eq((1..=1_000).rev()));
}

#[tokio::test(flavor = "multi_thread")]
async fn broadcasts_are_taken_in() {
    let node = Node::start(&Broker::shared().unwrap().vhost().unwrap()).await;
    // Nonsense and a block without parent do no harm.
    node.bus.broadcast(BLOCK_ACCEPT, Bytes::from_static(b"\xff\xff"));
    for height in [20, 1, 2] {
        let accepted = BlockAccepted {
            block: Some(block(height)),
            receipt: Some(receipt(height)),
            ..Default::default()
        };
        node.bus.broadcast(BLOCK_ACCEPT, accepted.encode_to_vec().into());
    }
    let deadline = Instant::now() + LIMIT;
    while node.highest().await != 2 {
        assert!(Instant::now() < deadline, "the broadcast did not arrive");
    }
    assert_eq!(node.by_id(&[id(2), id(20)]).await[1], Default::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_their_texts() {
    let node = Node::start(&Broker::shared().unwrap().vhost().unwrap()).await;
    for height in 1..=4 {
        node.call(add(height)).await.unwrap();
    }
    let by_id = |block_ids: Vec<Bytes>| {
        Request::GetBlocksById(GetBlocksByIdRequest { block_ids, ..Default::default() })
    };
    let by_height = |head: Bytes, ancestor_start_height, num_blocks| {
        Request::GetBlocksByHeight(GetBlocksByHeightRequest {
            head_block_id: head,
            ancestor_start_height,
            num_blocks,
            ..Default::default()
        })
    };
    let add_block =
        |block_to_add| Request::AddBlock(AddBlockRequest { block_to_add, receipt_to_add: None });
    let encoded = |request: Request| BlockStore::request(request).encode_to_vec();
    let missing = format!("Block not present - ID: 0x1220{}ff", "00".repeat(31));
    let mut truncated = encoded(add(5));
    truncated.truncate(50);
    for (request, text) in [
        (vec![], "expected request was nil"),
        (vec![0x7a, 0x00], "expected request was nil"),
        (encoded(BlockStore::ping()), "unknown request"),
        (truncated, "proto: cannot parse invalid wire-format data"),
        (b"not protobuf".to_vec(), "proto: cannot parse invalid wire-format data"),
        (encoded(by_id(vec![id(1); 1_001])), "cannot request more than 1000 blocks"),
        (encoded(by_id(vec![])), "expected field 'block_id' was nil"),
        (encoded(by_height(id(4), 1, 1_001)), "cannot request more than 1000 blocks"),
        (encoded(by_height(id(4), 0, 1)), "ancestor_start_height must be greater than 0"),
        (encoded(by_height(Bytes::new(), 1, 1)), "expected field, 'head_block_id' was nil"),
        (encoded(by_height(id(255), 1, 1)), &missing),
        (encoded(by_height(id(4), 5, 1)), "Block height mismatch"),
        (encoded(add_block(None)), "cannot add empty optional block"),
        (encoded(add_block(Some(Block::default()))), "block id must not be nil"),
        (
            encoded(add_block(Some(Block { id: id(9), ..Default::default() }))),
            "block header must not be nil",
        ),
        (encoded(add_block(Some(block(256)))), &missing),
    ] {
        let reply = node
            .bus
            .call_raw("block_store", request.into(), CallOptions::once(LIMIT))
            .await
            .unwrap();
        match BlockStoreResponse::decode(reply).unwrap().response {
            Some(Response::Error(error)) => assert_eq!(error.message, text),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert_eq!(node.by_id(&[id(7), id(3)]).await[0], Default::default());
    assert_eq!(node.highest().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_daemon_is_killed() {
    let mut node = Node::start(&Broker::shared().unwrap().vhost().unwrap()).await;
    let mut stored = 0;
    for _ in 0..6 {
        let (bus, first) = (node.bus.clone(), stored + 1);
        let (progress, mut written) = watch::channel(stored);
        let writer = tokio::spawn(async move {
            let once = CallOptions::once(Duration::from_secs(2));
            // Until the daemon is gone and a call gets no answer.
            for height in first.. {
                if koinos_rpc::call::<BlockStore>(&bus, add(height), once).await.is_err() {
                    return height - 1;
                }
                progress.send_replace(height);
            }
            unreachable!("heights do not end")
        });
        let last = stored + rand::rng().random_range(1..200);
        let reached = written.wait_for(|height| *height >= last);
        tokio::time::timeout(LIMIT, reached).await.unwrap().unwrap();
        node.daemon.kill().unwrap();
        let acknowledged = writer.await.unwrap();
        node.restart();
        stored = node.highest().await;
        assert!(stored >= acknowledged, "{acknowledged} acknowledged, {stored} stored");
        if stored > 0 {
            let start = stored.saturating_sub(999).max(1);
            let items = node.by_height(&id(stored), start, 1_000).await;
            let expected: Vec<Option<Block>> = (start..=stored).map(|h| Some(block(h))).collect();
            assert!(items.into_iter().map(|item| item.block).eq(expected));
        }
    }
    assert!(stored > 0, "not one block was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stops_and_starts_is_survived() {
    let broker = Arc::new(Broker::start().unwrap());
    let node = Node::start(&broker.vhost().unwrap()).await;
    node.call(add(1)).await.unwrap();
    let stopped = broker.clone();
    tokio::task::spawn_blocking(move || stopped.stop()).await.unwrap().unwrap();
    node.daemon.wait_for("lost the broker", LIMIT).unwrap();
    let resumed = broker.clone();
    tokio::task::spawn_blocking(move || resumed.resume()).await.unwrap().unwrap();
    let began = Instant::now();
    node.daemon.wait_for("reconnected to the broker", LIMIT).unwrap();
    // A persistent call finds the way as soon as there is one.
    let options = CallOptions::persistent(Duration::from_secs(1));
    let reply = koinos_rpc::call::<BlockStore>(&node.bus, add(2), options);
    tokio::time::timeout(LIMIT, reply).await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(node.highest().await, 2);
}
