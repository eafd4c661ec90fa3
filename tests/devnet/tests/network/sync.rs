//! A node that comes late, or comes back.

use koinos_local::resident_bytes;
use rand::Rng;

use crate::admin::metric;
use crate::maker::{Maker, STEP};
use crate::node::{Node, Service};
use crate::peers::{FOLLOWER, follower, plan, wait_for_head};
use crate::wallet::Account;

/// Blocks that the late node has to fetch.
const BLOCKS: u64 = 10_000;
/// The metric of blocks that came from peers that were asked.
const FETCHED: &str = "koinos_p2p_sync_blocks_received_total";
/// The most memory that p2p may take while it catches up, in bytes.
const MEMORY: u64 = 150_000_000;
/// How often everything is killed on the way.
const KILLS: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_again_and_again_fetches_what_it_has_not_stored() {
    let accounts = Account::some(1);
    let source = follower(&accounts, "fifo", &[]);
    let mut maker = source.client();
    let head = Maker::new().extend(&mut maker, BLOCKS, STEP).await;

    let mut late = Node::start_with(plan(&accounts, "fifo", &[source.p2p_port]), &FOLLOWER);
    let mut client = late.client();
    let mut stored = 0;
    for kill in 1..=KILLS {
        let part = BLOCKS / (KILLS + 1);
        let moment = rand::rng().random_range((kill - 1) * part..kill * part);
        client.wait_for_height(moment).await;
        check_fetched(&late, stored).await;
        (stored, _) = client.head().await;
        FOLLOWER.iter().for_each(|service| late.kill(*service));
        FOLLOWER.iter().for_each(|service| late.launch(*service));
        late.wait_until_ready();
    }
    wait_for_head(&mut client, &head).await;
    check_fetched(&late, stored).await;
}

/// Since the node was started it has fetched no more than what it had not stored by then.
async fn check_fetched(node: &Node, stored: u64) {
    let fetched = metric(node, Service::P2p, FETCHED).await.unwrap();
    println!("{fetched} blocks fetched after {stored} were stored");
    assert!(fetched <= (BLOCKS - stored) as f64, "{fetched} blocks, but {stored} were stored");
    let memory = resident_bytes(node.pid(Service::P2p)).unwrap();
    assert!(memory < MEMORY, "p2p takes {memory} bytes");
}
