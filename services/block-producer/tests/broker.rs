//! The daemon on a real broker, with a chain, a mempool and a p2p that follow a script.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::sync::Arc;

use bytes::Bytes;
use common::world::{Rule, Step, World, key};
use common::{LIMIT, Node, Services, wait_for_height};
use koinos_proto::broadcast::GossipStatus;
use koinos_rpc::Transport;
use koinos_rpc::names::GOSSIP_STATUS;
use koinos_testkit::Broker;
use prost::Message;

const ALL: [&str; 3] = ["chain", "mempool", "p2p"];
const FAST: [&str; 4] = ["--gossip-production=false", "--block-interval", "100", "--jobs=2"];

fn url() -> String {
    Broker::shared().unwrap().vhost().unwrap().url
}

fn address() -> String {
    key().public_key().address().to_string()
}

fn no_breach(world: &World) {
    assert_eq!(world.state().breaches, [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn federated_blocks_with_transactions() {
    let (url, world) = (url(), World::new(Rule::Federated));
    for (name, fails) in [("a", false), ("b", true), ("c", false)] {
        world.add_pending(name, 10, fails);
    }
    let _services = Services::start(&url, &world, &ALL).await;
    let proposal = format!("0x1220{}", "ab".repeat(32));
    let mut options = FAST.to_vec();
    options.extend(["--approve-proposals", &proposal]);
    let node = Node::start(&url, &options);
    wait_for_height(&world, 5).await;
    let chain = world.chain();
    let names: Vec<Bytes> = chain[0].transactions.iter().map(|t| t.id.clone()).collect();
    assert_eq!(names, [&b"a"[..], b"c"]);
    let header = chain[1].header.as_ref().unwrap();
    assert_eq!(header.approved_proposals[0], hex::decode(&proposal[2..]).unwrap());
    let line = node.daemon.wait_for("Produced block - Height: 1", LIMIT).unwrap();
    assert!(line.contains("(2 transactions)"), "{line}");
    node.daemon.wait_for("Removed 1 failed transaction(s)", LIMIT).unwrap();
    let status = node.wait_for_status("federated, last block produced at height");
    assert_eq!(status["details"]["public_address"], address());
    let metrics = common::http(node.directory.path(), "/metrics").unwrap();
    assert!(metrics.contains("koinos_block_producer_blocks_total"), "{metrics}");
    assert!(metrics.contains("koinos_block_producer_producing 1"), "{metrics}");
    no_breach(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_with_proof_of_work() {
    let mut target = [0xff; 32];
    target[0] = 0x03;
    let (url, world) = (url(), World::new(Rule::Pow { target }));
    world.add_pending("a", 10, true);
    let _services = Services::start(&url, &world, &ALL).await;
    let contract = koinos_codec::text::to_base58(b"pow");
    let node =
        Node::start(&url, &["-g", "pow", "-c", &contract, "-w", "3", "--gossip-production=false"]);
    wait_for_height(&world, 5).await;
    let line = node.daemon.wait_for("Found nonce 0x", LIMIT).unwrap();
    assert!(line.contains("hashes"), "{line}");
    no_breach(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_with_burned_stake() {
    let rule = Rule::Pob { key: key().public_key(), vhp: 1_000_000, difficulty: 20_000_000 };
    let (url, world) = (url(), World::new(rule));
    world.add_pending("a", 10, false);
    world.add_pending("b", 10, true);
    let _services = Services::start(&url, &world, &ALL).await;
    let node = Node::start(&url, &["-g", "pob", "-f", &address(), "--gossip-production=false"]);
    wait_for_height(&world, 8).await;
    let line = node.daemon.wait_for("Estimated total VHP", LIMIT).unwrap();
    // 20,000,000 in 300 quanta.
    assert!(line.contains("0.00066666 VHP"), "{line}");
    node.daemon.wait_for("Producing with 0.01000000 VHP", LIMIT).unwrap();
    assert_eq!(world.chain()[0].transactions.len(), 1);
    no_breach(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn services_may_start_in_any_order_and_each_is_named_while_it_is_missing() {
    let (url, world) = (url(), World::new(Rule::Federated));
    let node = Node::start(&url, &["--block-interval", "100"]);
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    node.wait_for_status("waiting for p2p");
    let p2p = Services::start(&url, &world, &["p2p"]).await;
    node.wait_for_status("waiting for p2p to enable gossip");
    let on = GossipStatus { enabled: true }.encode_to_vec();
    p2p.bus.broadcast(GOSSIP_STATUS, on.into());
    node.wait_for_status("waiting for chain");
    let chain = Services::start(&url, &world, &["chain"]).await;
    node.wait_for_status("waiting for mempool");
    let mempool = Services::start(&url, &world, &["mempool"]).await;
    wait_for_height(&world, 2).await;

    // And each may go and come back.
    chain.stop().await;
    node.wait_for_status("waiting for chain");
    let height = world.height();
    let _chain = Services::start(&url, &world, &["chain"]).await;
    wait_for_height(&world, height + 2).await;
    mempool.stop().await;
    node.wait_for_status("waiting for mempool");
    let height = world.height();
    let _mempool = Services::start(&url, &world, &["mempool"]).await;
    wait_for_height(&world, height + 2).await;

    let off = GossipStatus { enabled: false }.encode_to_vec();
    p2p.bus.broadcast(GOSSIP_STATUS, off.into());
    node.wait_for_status("waiting for p2p to enable gossip");
    node.daemon.wait_for("Gossip disabled, halting block production", LIMIT).unwrap();
    no_breach(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_chain_gets_the_same_block_again() {
    let (url, world) = (url(), World::new(Rule::Federated));
    world.script([Step::Ignore]);
    let _services = Services::start(&url, &world, &ALL).await;
    let _node = Node::start(&url, &FAST);
    wait_for_height(&world, 1).await;
    let state = world.state();
    assert_eq!(state.proposals[0], state.proposals[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_daemon_signs_no_second_block() {
    let (url, world) = (url(), World::new(Rule::Federated));
    let deadly = [Step::KillFirst, Step::HonestThenKill, Step::RefuseThenKill, Step::KillFirst];
    world.script(deadly.into_iter().flat_map(|step| [step, Step::Honest]));
    let services = Services::start(&url, &world, &ALL).await;
    let mut node = Node::start(&url, &FAST);
    for nth in 1..=deadly.len() {
        services.wait_for_kill(nth).await;
        node.daemon.kill().unwrap();
        node.restart();
    }
    let height = world.height();
    wait_for_height(&world, height + 2).await;
    no_breach(&world);
    let proposals = world.state().proposals.clone();
    assert_eq!(proposals[0], proposals[1], "what was signed before is proposed again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stops_and_starts_is_survived() {
    let broker = Arc::new(Broker::start().unwrap());
    let (url, world) = (broker.vhost().unwrap().url, World::new(Rule::Federated));
    let _services = Services::start(&url, &world, &ALL).await;
    let node = Node::start(&url, &FAST);
    wait_for_height(&world, 1).await;
    let stopped = broker.clone();
    tokio::task::spawn_blocking(move || stopped.stop()).await.unwrap().unwrap();
    node.daemon.wait_for("lost the broker", LIMIT).unwrap();
    let height = world.height();
    let resumed = broker.clone();
    tokio::task::spawn_blocking(move || resumed.resume()).await.unwrap().unwrap();
    wait_for_height(&world, height + 2).await;
    no_breach(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_told_to_stop_does_so_at_once() {
    let (url, world) = (url(), World::new(Rule::Pow { target: [0; 32] }));
    let _services = Services::start(&url, &world, &ALL).await;
    let contract = koinos_codec::text::to_base58(b"pow");
    let mut node = Node::start(&url, &["-g", "pow", "-c", &contract, "--gossip-production=false"]);
    node.daemon.wait_for("Difficulty target: 0x0", LIMIT).unwrap();
    node.daemon.terminate();
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(0));
    let stopped = node.daemon.wait_for("Stopped after", LIMIT).unwrap();
    let millis = stopped.split(' ').rev().nth(1).and_then(|text| text.parse::<u64>().ok());
    assert!(millis.is_some_and(|millis| millis < 5_000), "{stopped}");
}
