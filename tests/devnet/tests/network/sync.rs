//! A node that comes late, or comes back.

use rand::Rng;

use crate::admin::metric;
use crate::maker::{Maker, STEP};
use crate::node::{Node, Service};
use crate::peers::{FOLLOWER, follower, plan, wait_for_head};
use crate::wallet::Account;

/// Blocks that the late node has to fetch.
const BLOCKS: u64 = 10_000;
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
    let mut fetched = 0.0;
    for kill in 1..=KILLS {
        let part = BLOCKS / (KILLS + 1);
        let moment = rand::rng().random_range((kill - 1) * part..kill * part);
        client.wait_for_height(moment).await;
        fetched += metric(&late, Service::P2p, "p2p_blocks_fetched_total").await.unwrap();
        FOLLOWER.iter().for_each(|service| late.kill(*service));
        FOLLOWER.iter().for_each(|service| late.launch(*service));
        late.wait_until_ready();
    }
    wait_for_head(&mut client, &head).await;
    fetched += metric(&late, Service::P2p, "p2p_blocks_fetched_total").await.unwrap();
    println!("fetched {fetched} blocks of {BLOCKS}, killed {KILLS} times");
}
