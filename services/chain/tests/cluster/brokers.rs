//! Three brokers that are one cluster, in the layout of docs/operations/broker.md, and the loss of one after
//! the other.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use koinos_mq::{Bus, Config};
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::Broker;

use crate::faults::{acknowledged, check, recorded};
use crate::node::{LIMIT, Node, basedir, launch_chain, launch_store, submit_block};

/// The virtual host whose queues are on all nodes, as `koinosctl broker setup --quorum` makes it.
const VHOST: &str = "koinos";
/// For one answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A node that knows the others by name; with `first`, one that joins it.
fn member(first: Option<&Broker>) -> Broker {
    let broker = Broker::start_with(|config| {
        config.vhosts.clear();
        config.name_port = first.map(|first| first.name_port());
        let cookie = config.directory.join(".erlang.cookie");
        std::fs::write(&cookie, "ONEFORALLTHREE").unwrap();
        std::fs::set_permissions(&cookie, std::fs::Permissions::from_mode(0o400)).unwrap();
    })
    .unwrap();
    if let Some(first) = first {
        broker.rabbitmqctl(&["stop_app"]).unwrap();
        broker.rabbitmqctl(&["join_cluster", &first.node_name()]).unwrap();
        broker.rabbitmqctl(&["start_app"]).unwrap();
    }
    broker
}

fn cluster() -> [Broker; 3] {
    let first = member(None);
    let (second, third) = (member(Some(&first)), member(Some(&first)));
    first.rabbitmqctl(&["add_vhost", VHOST, "--default-queue-type", "quorum"]).unwrap();
    first.rabbitmqctl(&["set_permissions", "-p", VHOST, "guest", ".*", ".*", ".*"]).unwrap();
    [first, second, third]
}

/// The nodes' URLs, that of the host itself first.
fn urls(brokers: &[Broker; 3], own: usize) -> String {
    (0..3).map(|turn| brokers[(own + turn) % 3].url(VHOST)).collect::<Vec<_>>().join(",")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Submits blocks; a request that was lost with a broker is made again after `PATIENCE`.
async fn submit(node: &Node, blocks: &[(Bytes, Bytes)]) {
    for (block, _) in blocks {
        let began = Instant::now();
        let request = Bytes::from(submit_block(block));
        loop {
            let options = CallOptions::once(PATIENCE);
            let reply = node.bus.call_raw("chain", request.clone(), options).await;
            if reply.is_ok_and(acknowledged) {
                break;
            }
            assert!(began.elapsed() < LIMIT, "a block is not accepted");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_on_three_hosts_outlive_the_broker_of_each() {
    let brokers = Arc::new(blocking(cluster).await);
    let directory = basedir("perf");
    let store = launch_store(directory.path(), &urls(&brokers, 1));
    let chain = launch_chain(directory.path(), &urls(&brokers, 0), &[]);
    chain.wait_for("Ready", LIMIT).unwrap();
    let url = urls(&brokers, 2);
    let bus = Bus::start(Config::new(&url, "test", "client")).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    let node = Node { directory, url, chain, store, bus };
    let kinds = brokers[0].rabbitmqctl(&["list_queues", "-p", VHOST, "name", "type"]).unwrap();
    for queue in ["koinos.rpc.chain\tquorum", "koinos.rpc.block_store\tquorum"] {
        assert!(kinds.contains(queue), "{kinds}");
    }

    let blocks = recorded(60);
    let mut rounds = blocks.chunks(20);
    submit(&node, rounds.next().unwrap()).await;
    // The broker of the chain's host goes, then that of the store's when the first is back.
    for (own, daemon) in [&node.chain, &node.store].into_iter().enumerate() {
        let cluster = brokers.clone();
        blocking(move || cluster[own].kill()).await.unwrap();
        daemon.wait_for("lost the broker", LIMIT).unwrap();
        submit(&node, rounds.next().unwrap()).await;
        daemon.wait_for_nth("connected to the broker", 2, LIMIT).unwrap();
        let cluster = brokers.clone();
        blocking(move || cluster[own].resume()).await.unwrap();
    }
    check(&node, &blocks).await;
}
