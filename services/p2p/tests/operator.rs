//! Options, identity, and the operator's commands.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests may")]

mod common;

use std::net::TcpListener;
use std::sync::Arc;

use common::stranger::{self, Stranger};
use common::{LIMIT, Node, PROGRAM, Script, chain_id, client, line, soon};
use koinos_service::events;
use koinos_testkit::{Broker, Daemon};
use serde_json::Value;

const CHAIN: &str = "a chain";
const VERSION: &str = "koinos/p2p/1.0.0";

/// Runs the daemon to its end.
fn outcome(arguments: &[&str]) -> (i32, String) {
    let mut daemon = Daemon::start(PROGRAM, arguments).unwrap();
    let status = daemon.wait(LIMIT).unwrap();
    (status.code().unwrap(), daemon.output())
}

#[test]
fn options_are_those_of_the_original_and_more() {
    let (code, output) = outcome(&["-v"]);
    assert!(code == 0 && output.starts_with("Koinos P2P v"), "{output}");
    let (code, output) = outcome(&["-h"]);
    assert_eq!(code, 0);
    for option in [
        "-L, --listen",
        "-s, --seed",
        "-p, --peer",
        "-c, --checkpoint",
        "-g, --disable-gossip",
        "-G, --force-gossip",
        "--dht-local-discovery",
        "--identity-file",
        "--announce",
        "--max-inbound",
        "--wanted-peers",
        "--sync-memory",
    ] {
        assert!(output.contains(option), "{option} is missing in\n{output}");
    }
    let (code, output) = outcome(&["--peer", "seed.example.com:8888"]);
    assert!(code == 64 && output.contains("write it like"), "{output}");
    let (code, output) = outcome(&["--checkpoint", "12"]);
    assert!(code == 64 && output.contains("height:id"), "{output}");
}

#[test]
fn a_key_that_cannot_be_used_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().to_str().unwrap();
    std::fs::create_dir(directory.path().join("p2p")).unwrap();
    std::fs::write(directory.path().join("p2p/peers.json"), "rubbish").unwrap();
    let (code, output) = outcome(&["-d", base, "-s", "producer"]);
    assert!(code == 78 && output.contains("peers.json"), "{output}");
    assert!(output.contains("QmRT2UJ9uPqmcjCWoxgFZU3AsaMaMqmJ3DaEHeWZFLJp9L"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_lists_bans_and_adds_peers() {
    let script = Script::new(CHAIN);
    script.load(&line(None, 10, b"a"));
    let first = Node::start(script, &[], &[]).await;
    let mut second = Node::start(Script::new(CHAIN), &[], &[]).await;
    let add = format!(r#"{{"peer": "{}"}}"#, first.address());
    let (status, reply) = second.command("add", &add);
    assert!(status == 200 && reply.contains(&first.peer.to_string()), "{reply}");
    second.reaches(10).await;
    let peers = second.wait_for_detail("peers", |peers| peers[0]["koinos"] == true);
    assert_eq!(peers[0]["id"], first.peer.to_string());
    assert_eq!(peers[0]["address"], first.multiaddr().to_string());
    assert_eq!(peers[0]["direction"], "out");
    assert_eq!(peers[0]["height"], 10);
    assert_eq!(peers[0]["blocks_received"], 10);
    assert!(peers[0]["agent"].as_str().unwrap().starts_with("koinos-linux/"), "{peers}");
    assert!(peers[0]["head"].as_str().unwrap().starts_with("0x1220"), "{peers}");

    // It is remembered over a kill.
    second.daemon.kill().unwrap();
    second.restart();
    second.wait_for_detail("koinos_peers", |count| count == 1);

    let ban = format!(r#"{{"peer": "{}"}}"#, first.peer);
    assert_eq!(second.command("ban", &ban).0, 200);
    second.wait_for_detail("connections", |count| count == 0);
    second.daemon.kill().unwrap();
    second.restart();
    let listed: Value = serde_json::from_str(&second.command("peers", "").1).unwrap();
    assert_eq!(listed["banned"][0], first.peer.to_string());
    assert_eq!(listed["added"].as_array().unwrap().len(), 0);
    // Neither may it come in.
    let (status, _) = first.command("add", &format!(r#"{{"peer": "{}"}}"#, second.address()));
    assert_eq!(status, 200);
    let before = first.daemon.output().matches("Disconnected from").count();
    koinos_testkit::poll("refusal", LIMIT, || {
        let output = first.daemon.output();
        let refused = output.contains("Cannot connect to")
            || output.matches("Disconnected from").count() > before;
        Ok(refused.then_some(()))
    })
    .unwrap();
    assert_eq!(second.detail("connections"), 0);
    let (status, reply) = second.command("add", &add);
    assert!(status == 422 && reply.contains("banned"), "{reply}");

    assert_eq!(second.command("unban", &ban).0, 200);
    assert_eq!(second.command("add", &add).0, 200);
    second.wait_for_detail("koinos_peers", |count| count == 1);

    for (name, argument, code, text) in [
        ("ban", "{}", 422, "say which"),
        ("ban", r#"{"peer": "me"}"#, 422, "not the id of a peer"),
        ("add", r#"{"peer": "somewhere"}"#, 422, "write it like"),
        ("add", "somewhere", 400, "not JSON"),
        ("fly", "", 404, "add, ban, peers, unban"),
    ] {
        let (status, reply) = second.command(name, argument);
        assert!(status == code && reply.contains(text), "{name} {argument}: {status} {reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_peers_is_found_in_the_log_by_id() {
    const JSON: [&str; 2] = ["--log-format", "json"];
    let script = Script::new(CHAIN);
    script.load(&line(None, 30, b"a"));
    let first = Node::start(script, &[], &[&JSON[..], &["--force-gossip"]].concat()).await;
    let nobody = ["--peer", "/ip4/127.0.0.1/tcp/1"];
    let more = [JSON, nobody].concat();
    let second = Node::start(Script::new(CHAIN), &[&first], &more).await;
    second.reaches(30).await;
    first.wait_for_event(events::GOSSIP_ENABLED, None);
    second.wait_for_event(events::PEER_UNREACHABLE, None);
    for id in [events::PEER_CONNECTED, events::CATCHING_UP, events::CAUGHT_UP] {
        let entry = second.wait_for_event(id, Some(&first.peer));
        let at_height = entry["KOINOS_HEIGHT"] == "30";
        assert!(at_height || id == events::PEER_CONNECTED, "{entry}");
        assert_eq!(entry["PRIORITY"], "6");
    }

    let ban = format!(r#"{{"peer": "{}"}}"#, second.peer);
    assert_eq!(first.command("ban", &ban).0, 200);
    for id in [events::PEER_BANNED, events::PEER_LEFT, events::PEER_REFUSED] {
        first.wait_for_event(id, Some(&second.peer));
    }
    assert_eq!(first.command("unban", &ban).0, 200);
    first.wait_for_event(events::PEER_UNBANNED, Some(&second.peer));

    // A whole node of another chain might hang up before its answer is read.
    let other: Arc<stranger::Script> =
        Arc::new(|_| Some(stranger::id_reply("GetChainID", &chain_id("another chain"))));
    let other = Stranger::connect(second.multiaddr(), VERSION, other).await;
    let entry = second.wait_for_event(events::PEER_OF_OTHER_CHAIN, Some(&other.id));
    assert_eq!(entry["PRIORITY"], "4");
    assert!(entry["MESSAGE"].as_str().unwrap().contains("error score is 200000"), "{entry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_of_a_peer_go_with_it() {
    let script = Script::new(CHAIN);
    script.load(&line(None, 10, b"a"));
    let first = Node::start(script, &[], &[]).await;
    let second = Node::start(Script::new(CHAIN), &[&first], &[]).await;
    second.reaches(10).await;
    let height = format!("koinos_p2p_peer_height{{peer=\"{}\"}} 10\n", first.peer);
    let page = second.metrics();
    assert!(page.contains(&height), "{page}");
    assert_eq!(page.matches("# TYPE koinos_p2p_peer_height gauge").count(), 1);
    drop(first);
    second.wait_for_detail("connections", |count| count == 0);
    let page = second.metrics();
    assert!(!page.contains("peer=") && page.contains("koinos_p2p_peers "), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_without_a_checkpoint_are_thrown_out() {
    let script = Script::new(CHAIN);
    let blocks = line(None, 20, b"a");
    script.load(&blocks);
    let first = Node::start(script, &[], &[]).await;
    let id = blocks[9].id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let good = Node::start(Script::new(CHAIN), &[&first], &["-c", &format!("10:{id}")]).await;
    good.reaches(20).await;
    let bad = Node::start(Script::new(CHAIN), &[&first], &["-c", &format!("11:{id}")]).await;
    bad.daemon.wait_for("it does not have the checkpoint at height 11", LIMIT).unwrap();
    bad.wait_for_detail("connections", |count| count == 0);
    assert!(bad.script.head().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inherited_socket_is_listened_on() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = client(&vhost.url).await;
    Script::new(CHAIN).serve(&bus);
    soon(bus.consuming()).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().to_str().unwrap();
    let arguments = ["-d", base, "-a", &vhost.url, "-L", "/ip4/127.0.0.1/tcp/1", "-s", "test1"];
    let daemon = Daemon::inheriting(&listener, "p2p", PROGRAM, &arguments).unwrap();
    let peer = "QmT63MncPi6XGfKPmLRtcr6Mk8zvjBRweczJ544SB47uCi";
    let address = format!("/ip4/127.0.0.1/tcp/{}", listener.local_addr().unwrap().port());
    daemon.wait_for(&format!("Listening on {address}/p2p/{peer}"), LIMIT).unwrap();
    let stranger = Stranger::connect(address.parse().unwrap(), VERSION, Arc::new(|_| None)).await;
    stranger.is_connected().await;
    let reply = stranger.ask(peer.parse().unwrap(), &stranger::request("GetChainID")).await;
    assert!(reply.len() > 34, "{reply:x?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let node = Node::start(Script::new(CHAIN), &[], &[]).await;
    let directory = tempfile::tempdir().unwrap();
    let listen = node.multiaddr().to_string();
    let base = directory.path().to_str().unwrap();
    let (code, output) = outcome(&["-d", base, "-a", &node.vhost.url, "-L", &listen]);
    assert_eq!(code, 78, "{output}");
    assert!(output.contains(&format!("cannot listen on {listen}")), "{output}");
}
