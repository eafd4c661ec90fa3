//! Services that start in any order, and stay while others restart.

use koinos_testkit::Broker;
use rand::seq::SliceRandom;
use serde_json::json;

use crate::node::{Node, Plan, Service};
use crate::wallet::{Account, Token, pay};

const ORDERS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn the_services_start_in_any_order() {
    let accounts = Account::some(2);
    for _ in 0..ORDERS {
        let mut order = Service::ALL;
        order.shuffle(&mut rand::rng());
        println!("{order:?}");
        let url = Broker::shared().unwrap().vhost().unwrap().url;
        let mut node = Node::prepare(Plan::new(&url, &accounts));
        for service in order {
            node.launch(service);
            // From here on it meets what runs already, and misses what does not.
            node.wait_for(service, "connected to the broker");
        }
        node.wait_until_ready();
        works(&node, &accounts).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_outlives_the_restart_of_every_other_and_of_the_broker() {
    let broker = Broker::start().unwrap();
    let url = broker.vhost().unwrap().url;
    let accounts = Account::some(2);
    let mut node = Node::start(Plan::new(&url, &accounts));
    works(&node, &accounts).await;
    let pids = |node: &Node| Service::ALL.map(|service| node.pid(service));
    for service in Service::ALL {
        let mut before = pids(&node);
        node.stop(service);
        node.launch(service);
        node.wait_for(service, "Ready");
        works(&node, &accounts).await;
        // Nobody else needed a new process.
        let place = Service::ALL.iter().position(|other| *other == service).unwrap();
        before[place] = node.pid(service);
        assert_eq!(pids(&node), before);
    }
    tokio::task::block_in_place(|| broker.stop()).unwrap();
    for service in Service::ALL {
        node.wait_for(service, "lost the broker");
    }
    tokio::task::block_in_place(|| broker.resume()).unwrap();
    works(&node, &accounts).await;
    for service in Service::ALL {
        node.stop(service);
    }
}

/// Every service answers, a block is produced, and a transaction gets into one.
async fn works(node: &Node, accounts: &[Account]) {
    let mut client = node.client();
    client.call("block_store.get_highest_block", json!({})).await;
    client.pending().await;
    let (height, _) = client.head().await;
    client.wait_for_height(height + 1).await;
    let token = Token::new(&mut client, node.koin).await;
    pay(&mut client, &token, &accounts[0], &accounts[1]).await;
}
