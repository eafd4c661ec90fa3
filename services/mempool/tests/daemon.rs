//! Options, configuration and the admin socket.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests may")]

mod common;

use std::path::Path;

use common::{LIMIT, Node, PROGRAM, accepted, block, launch, transaction};
use koinos_testkit::{Broker, Daemon, admin, free_ports, poll};

/// Runs the daemon to its end.
fn outcome(arguments: &[&str]) -> (i32, String) {
    let mut daemon = Daemon::start(PROGRAM, arguments).unwrap();
    let status = daemon.wait(LIMIT).unwrap();
    (status.code().unwrap(), daemon.output())
}

#[test]
fn options_are_those_of_the_original_and_a_limit() {
    let (code, output) = outcome(&["-v"]);
    assert!(code == 0 && output.starts_with("Koinos Mempool v"), "{output}");
    let (code, output) = outcome(&["-h"]);
    assert_eq!(code, 0);
    for option in [
        "-e, --transaction-expiration",
        "-f, --fork-algorithm",
        "--max-pending-bytes",
        "fifo",
        "block-time",
        "pob",
        "-j, --jobs",
    ] {
        assert!(output.contains(option), "{option} is missing in\n{output}");
    }
    let (code, output) = outcome(&["-f", "lifo"]);
    assert!(code == 64 && output.contains("'lifo'") && output.contains("block-time"), "{output}");
    let (code, output) = outcome(&["-j", "1", "-d", "/nonexistent"]);
    assert!(code == 64 && output.contains("'jobs' must be at least 2"), "{output}");
}

#[test]
fn the_configuration_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let text = "global:\n  fork-algorithm: pob\nmempool:\n  transaction-expiration: 77\n";
    std::fs::write(directory.path().join("config.yml"), text).unwrap();
    let [port] = free_ports().unwrap();
    let url = format!("amqp://guest:guest@127.0.0.1:{port}/");
    let mut daemon = launch(directory.path(), &url, &[]);
    daemon.wait_for("Using fork resolution algorithm: Pob", LIMIT).unwrap();
    daemon.wait_for("Transaction expiration: 77 s", LIMIT).unwrap();
    daemon.wait_for("no broker at", LIMIT).unwrap();
    daemon.terminate();
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(0));
}

/// One page of the admin socket of the daemon in `basedir`.
fn http(basedir: &Path, page: &str) -> String {
    admin::get(&basedir.join("mempool/admin.sock"), page).unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_socket_tells_what_is_pending() {
    let mut node = Node::start(&Broker::shared().unwrap().vhost().unwrap(), &[]).await;
    node.accept_block(&accepted(block(9, &[]))).await;
    node.accept_transaction(&transaction("alice", 1, 1)).await;
    let base = node.directory.path();
    assert_eq!(http(base, "/healthz"), "ok\n");
    let status = poll("status", LIMIT, || {
        let status: serde_json::Value = serde_json::from_str(&http(base, "/status"))?;
        Ok((status["status"] == "1 pending transactions after block 9").then_some(status))
    })
    .unwrap();
    assert_eq!(status["details"]["views"], 2);
    assert_eq!(status["details"]["waiting_blocks"], 0);
    let metrics = http(base, "/metrics");
    for line in [
        "koinos_mempool_pending_transactions 1",
        "koinos_mempool_views 2",
        "koinos_mempool_head_height 9",
        "koinos_mempool_added_total 1",
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
}
