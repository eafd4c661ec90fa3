//! What is new travels through nodes that are not peers of each other.

use crate::admin::{wait_for, wait_for_peers};
use crate::node::{LIMIT, Node, Service};
use crate::peers::{follower, plan, wait_for_head};
use crate::wallet::{Account, Token, pay};

/// Blocks that are followed.
const BLOCKS: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_transactions_pass_through_a_node_in_the_middle() {
    let accounts = Account::some(2);
    let mut first = Node::start(plan(&accounts, "fifo", &[]));
    let middle = follower(&accounts, "fifo", &[first.p2p_port]);
    let last = follower(&accounts, "fifo", &[middle.p2p_port]);
    wait_for_peers(&middle, 2).await;
    for node in [&first, &middle, &last] {
        let on = |details: &serde_json::Value| details["gossip"] == true;
        wait_for(node, "gossip", LIMIT, on).await;
    }
    // Only the first makes blocks, so a transaction that is given to the last has to travel.
    let mut client = last.client();
    let token = Token::new(&mut client, last.koin).await;
    for _ in 0..3 {
        pay(&mut client, &token, &accounts[0], &accounts[1]).await;
    }
    let (height, _) = client.head().await;
    client.wait_for_height(height + BLOCKS).await;

    first.stop(Service::BlockProducer);
    let (_, head) = first.client().head().await;
    for node in [&middle, &last] {
        wait_for_head(&mut node.client(), &head).await;
    }
}
