//! Nodes among each other: catching up, gossip, partitions, kills.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests may")]

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{LIMIT, Node, Script, height, line, soon};
use koinos_mq::Event;
use koinos_proto::broadcast::GossipStatus;
use koinos_proto::protocol::{Transaction, TransactionHeader};
use koinos_proto::rpc::p2p::{GetGossipStatusRequest, p2p_request, p2p_response};
use koinos_rpc::{CallOptions, P2p, call, names};
use prost::Message;
use tokio::sync::mpsc;

const CHAIN: &str = "a chain";

fn transaction(id: &'static [u8], nonce: u8) -> Transaction {
    let header = TransactionHeader {
        payer: Bytes::from_static(b"payer"),
        nonce: vec![0x28, nonce].into(),
        ..Default::default()
    };
    Transaction { id: Bytes::from_static(id), header: Some(header), ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_node_catches_up_and_then_hears_and_tells() {
    let old = Script::new(CHAIN);
    old.load(&line(None, 1_234, b"a"));
    let first = Node::start(old.clone(), &[], &[]).await;
    let second = Node::start(Script::new(CHAIN), &[&first], &[]).await;
    second.reaches(1_234).await;
    assert_eq!(second.script.head(), old.head());
    // One that overtakes its parent on the way goes again, but that is rare.
    let submitted = second.script.submitted();
    assert!((1_234..1_500).contains(&submitted), "{submitted}");

    // Both gossip once they are connected and their heads are new.
    for node in [&first, &second] {
        let block = line(node.script.head().as_ref(), 1, b"a");
        node.script.produce(&node.bus, &block[0]);
        node.wait_for_detail("gossip", |gossip| gossip == true);
        let wanted = height(&block[0]);
        first.reaches(wanted).await;
        second.reaches(wanted).await;
    }
    // Now by gossip alone: faster than anybody asks for heads.
    for node in [&first, &second] {
        for _ in 0..3 {
            let block = line(node.script.head().as_ref(), 1, b"a");
            node.script.produce(&node.bus, &block[0]);
            first.reaches(height(&block[0])).await;
            second.reaches(height(&block[0])).await;
        }
    }
    first.script.tell_transaction(&first.bus, &transaction(b"a transaction", 7));
    let mut heard = second.script.heard();
    soon(heard.wait_for(|count| *count == 1)).await.unwrap();
    assert!(second.script.has_transaction(b"a transaction"));
    assert!(!first.script.has_transaction(b"a transaction"), "it does not come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lonely_node_accepts_is_told_when_somebody_listens() {
    let script = Script::new(CHAIN);
    script.load(&line(None, 3, b"a"));
    let first = Node::start(script, &[], &[]).await;
    // One of the two is in a block before there is a peer.
    for (id, nonce) in [(b"included", 7), (b"lonesome", 8)] {
        first.script.tell_transaction(&first.bus, &transaction(id, nonce));
    }
    first.wait_for_detail("unsent_transactions", |count| count == 2);
    let mut block = line(first.script.head().as_ref(), 1, b"a").remove(0);
    block.transactions.push(transaction(b"included", 7));
    first.script.produce(&first.bus, &block);
    first.wait_for_detail("unsent_transactions", |count| count == 1);
    let second = Node::start(Script::new(CHAIN), &[&first], &[]).await;
    let mut heard = second.script.heard();
    soon(heard.wait_for(|count| *count == 1)).await.unwrap();
    assert!(second.script.has_transaction(b"lonesome"));
    first.wait_for_detail("unsent_transactions", |count| count == 0);
    assert!(!second.script.has_transaction(b"included"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_of_gossip_is_told_and_asked() {
    let script = Script::new(CHAIN);
    script.load(&line(None, 3, b"a"));
    let first = Node::start(script, &[], &[]).await;
    let (sender, mut told) = mpsc::unbounded_channel();
    first.bus.subscribe(names::GOSSIP_STATUS, move |event: Event| {
        let _ = sender.send(GossipStatus::decode(event.payload).unwrap().enabled);
        std::future::ready(())
    });
    soon(first.bus.consuming()).await;
    let status = async || {
        let request = p2p_request::Request::GetGossipStatus(GetGossipStatusRequest {});
        match call::<P2p>(&first.bus, request, CallOptions::once(LIMIT)).await.unwrap() {
            p2p_response::Response::GetGossipStatus(reply) => reply.enabled,
            other => panic!("{other:?}"),
        }
    };
    assert!(!status().await, "it is alone");
    let mut second = Node::start(Script::new(CHAIN), &[&first], &[]).await;
    assert!(soon(told.recv()).await.unwrap());
    assert!(status().await);
    second.daemon.terminate();
    assert_eq!(second.daemon.wait(LIMIT).unwrap().code(), Some(0));
    assert!(!soon(told.recv()).await.unwrap(), "it is alone again");
    assert!(!status().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_parts_of_a_network_find_together() {
    let trunk = line(None, 100, b"a");
    let (left, right) = (Script::new(CHAIN), Script::new(CHAIN));
    left.load(&trunk);
    right.load(&trunk);
    left.load(&line(trunk.last(), 20, b"left"));
    right.load(&line(trunk.last(), 30, b"right"));
    let first = Node::start(left.clone(), &[], &[]).await;
    let second = Node::start(right.clone(), &[&first], &[]).await;
    first.reaches(130).await;
    assert_eq!(left.head(), right.head());
    let given = right.take_given();
    assert!(given.iter().all(|height| *height > 100), "the trunk is not fetched: {given:?}");
    // Nobody is charged for having been on another branch.
    for node in [&first, &second] {
        node.wait_for_detail("peers", |peers| {
            peers[0]["koinos"] == true && peers[0]["score"] == 0.0
        });
    }
    // The branch that lost is known on the other side, too: fork choice may want it.
    let block = line(left.head().as_ref(), 1, b"left");
    first.script.produce(&first.bus, &block[0]);
    second.reaches(131).await;
    drop(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_at_any_point_goes_on_where_it_was() {
    const BLOCKS: u64 = 10_000;
    let old = Script::new(CHAIN);
    old.load(&line(None, BLOCKS, b"a"));
    let first = Node::start(old.clone(), &[], &[]).await;
    let slow = Script::slow(CHAIN, Duration::from_micros(100));
    let mut second = Node::start(slow, &[&first], &[]).await;
    for stop in [700, 4_000, 8_000] {
        second.reaches(stop).await;
        second.daemon.kill().unwrap();
        let stored = second.script.head().map_or(0, |block| height(&block));
        old.take_given();
        second.restart();
        second.reaches((stored + 100).min(BLOCKS)).await;
        let lowest = old.take_given().into_iter().min().unwrap();
        // What was on its way when it was killed may have arrived after that was looked at.
        assert!(lowest + 1 > stored, "{lowest} is stored already, up to {stored}");
    }
    second.reaches(BLOCKS).await;
    assert_eq!(second.script.head(), old.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_peers_share_the_work_and_one_may_vanish() {
    const BLOCKS: u64 = 6_000;
    let blocks = line(None, BLOCKS, b"a");
    let mut sources = Vec::new();
    for _ in 0..3 {
        let script = Script::new(CHAIN);
        script.load(&blocks);
        sources.push(Node::start(script, &[], &[]).await);
    }
    let peers: Vec<&Node> = sources.iter().collect();
    let slow = Script::slow(CHAIN, Duration::from_micros(300));
    let node = Node::start(slow, &peers, &[]).await;
    node.reaches(1_500).await;
    // Whoever it is, in the middle of whatever it does.
    sources[0].daemon.kill().unwrap();
    node.reaches(BLOCKS).await;
    assert_eq!(node.script.head().as_ref(), blocks.last());
    let shares: Vec<usize> =
        sources.iter().map(|source| source.script.take_given().len()).collect();
    assert!(shares.iter().filter(|share| **share > 0).count() >= 2, "{shares:?}");
    assert!(shares.iter().sum::<usize>() < 2 * BLOCKS as usize, "{shares:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_find_each_other_again_go_on() {
    let script = Script::new(CHAIN);
    script.load(&line(None, 10, b"a"));
    let mut first = Node::start(script, &[], &[]).await;
    let second = Node::start(Script::new(CHAIN), &[&first], &[]).await;
    second.reaches(10).await;
    first.daemon.kill().unwrap();
    second.wait_for_detail("connections", |count| count == 0);
    first.script.load(&line(first.script.head().as_ref(), 5, b"a"));
    first.restart();
    second.reaches(15).await;
}
