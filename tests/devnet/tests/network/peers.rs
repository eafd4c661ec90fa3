//! Nodes that know of each other.

use koinos_testkit::Broker;

use crate::client::{Client, PAUSE};
use crate::node::{LIMIT, Node, Plan, Service};
use crate::wallet::Account;

/// Everything but who makes blocks.
pub const FOLLOWER: [Service; 5] =
    [Service::BlockStore, Service::Mempool, Service::Chain, Service::P2p, Service::JsonRpc];

/// A plan of a node on a bus of its own that is told of peers, with a rule of forks.
pub fn plan<'a>(accounts: &'a [Account], rule: &'static str, peers: &[u16]) -> Plan<'a> {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let mut plan = Plan::new(vhost.url, accounts);
    for service in [Service::Chain, Service::Mempool] {
        plan.options.push((service, vec!["--fork-algorithm", rule]));
    }
    // Only those that are told of are called, so that a network can be parted.
    plan.options.push((Service::P2p, vec!["--wanted-peers", "0"]));
    plan.peers = peers.to_vec();
    plan
}

/// A node without a producer that is told of peers.
pub fn follower(accounts: &[Account], rule: &'static str, peers: &[u16]) -> Node {
    Node::start_with(plan(accounts, rule, peers), &FOLLOWER)
}

/// Waits until a node's head is that block.
pub async fn wait_for_head(client: &mut Client, id: &str) {
    let mut last = (0, String::new());
    let waiting = async {
        loop {
            last = client.head().await;
            if last.1 == id {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let came = tokio::time::timeout(LIMIT, waiting).await;
    assert!(came.is_ok(), "the head is {last:?}, not {id}");
}
