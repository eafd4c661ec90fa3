//! A network of two that falls apart and comes together again, under each rule of forks.

use koinos_testkit::Proxy;

use crate::admin::wait_for_peers;
use crate::client::Client;
use crate::maker::{Maker, STEP};
use crate::node::{Node, Service};
use crate::peers::{follower, plan, wait_for_head};
use crate::wallet::Account;

/// Two nodes, the second of which reaches the first through a proxy.
struct Pair {
    first: Node,
    second: Node,
    between: Proxy,
}

impl Pair {
    async fn start(accounts: &[Account], rule: &'static str) -> Self {
        let first = follower(accounts, rule, &[]);
        let between = Proxy::start(first.p2p_port).unwrap();
        let second = follower(accounts, rule, &[between.port()]);
        let pair = Self { first, second, between };
        pair.wait_for_peers(1).await;
        pair
    }

    async fn wait_for_peers(&self, count: u64) {
        wait_for_peers(&self.first, count).await;
        wait_for_peers(&self.second, count).await;
    }

    fn clients(&self) -> (Client, Client) {
        (self.first.client(), self.second.client())
    }

    async fn part(&self) {
        self.between.cut();
        self.wait_for_peers(0).await;
    }

    async fn join(&self) {
        self.between.restore();
        self.wait_for_peers(1).await;
    }
}

/// Two nodes that have some blocks in common, and are apart.
async fn apart(accounts: &[Account], rule: &'static str) -> (Pair, Client, Client) {
    let pair = Pair::start(accounts, rule).await;
    let (mut one, mut two) = pair.clients();
    let common = Maker::new().extend(&mut one, 5, STEP).await;
    wait_for_head(&mut two, &common).await;
    pair.part().await;
    (pair, one, two)
}

#[tokio::test(flavor = "multi_thread")]
async fn under_fifo_the_longer_branch_wins_and_the_first_block_stays() {
    let accounts = Account::some(2);
    let (pair, mut one, mut two) = apart(&accounts, "fifo").await;
    let (lower, higher) = (Maker::of(accounts[0].address), Maker::of(accounts[1].address));
    lower.extend(&mut one, 3, STEP).await;
    let longer = higher.extend(&mut two, 5, STEP).await;
    pair.join().await;
    wait_for_head(&mut one, &longer).await;
    assert_eq!(two.head().await.1, longer);

    // Of two blocks at one height each keeps its own, until one is built on.
    pair.part().await;
    lower.extend(&mut one, 1, STEP).await;
    let own = higher.extend(&mut two, 1, 2 * STEP).await;
    pair.join().await;
    let next = lower.extend(&mut one, 1, STEP).await;
    assert_ne!(next, own);
    wait_for_head(&mut two, &next).await;
    assert_eq!(one.head().await.1, next);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_block_time_the_earlier_of_two_heads_wins_everywhere() {
    earlier_wins("block-time").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_pob_the_earlier_of_two_producers_wins_everywhere() {
    earlier_wins("pob").await;
}

async fn earlier_wins(rule: &'static str) {
    let accounts = Account::some(2);
    let (pair, mut one, mut two) = apart(&accounts, rule).await;
    let (slow, fast) = (Maker::of(accounts[0].address), Maker::of(accounts[1].address));
    slow.extend(&mut one, 3, 2 * STEP).await;
    let earlier = fast.extend(&mut two, 3, STEP).await;
    pair.join().await;
    wait_for_head(&mut one, &earlier).await;
    assert_eq!(two.head().await.1, earlier);

    // A later branch that is longer still goes before.
    pair.part().await;
    fast.extend(&mut two, 1, STEP).await;
    let longer = slow.extend(&mut one, 2, 100 * STEP).await;
    pair.join().await;
    wait_for_head(&mut two, &longer).await;
    assert_eq!(one.head().await.1, longer);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_pob_a_producer_on_both_sides_loses_both_blocks() {
    let accounts = Account::some(2);
    let (pair, mut one, mut two) = apart(&accounts, "pob").await;
    let (_, common) = one.head().await;
    let twice = Maker::of(accounts[0].address);
    twice.extend(&mut one, 1, STEP).await;
    twice.extend(&mut two, 1, 2 * STEP).await;
    pair.join().await;
    wait_for_head(&mut one, &common).await;
    wait_for_head(&mut two, &common).await;
    let next = Maker::of(accounts[1].address).extend(&mut two, 1, 3 * STEP).await;
    wait_for_head(&mut one, &next).await;
}

/// How far both sides of a parted network get.
const APART: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn two_producers_that_were_parted_come_to_one_chain() {
    let accounts = Account::some(2);
    let producing = |peers: &[u16]| Node::start(plan(&accounts, "fifo", peers));
    let first = producing(&[]);
    let between = Proxy::start(first.p2p_port).unwrap();
    let second = producing(&[between.port()]);
    let mut pair = Pair { first, second, between };
    pair.wait_for_peers(1).await;
    let (mut one, mut two) = pair.clients();
    pair.part().await;
    let base = one.head().await.0.max(two.head().await.0);
    tokio::join!(one.wait_for_height(base + APART), two.wait_for_height(base + APART));
    for node in [&mut pair.first, &mut pair.second] {
        node.stop(Service::BlockProducer);
    }
    let (left, right) = (one.head().await, two.head().await);
    assert_ne!(left.1, right.1);
    pair.join().await;
    match left.0.cmp(&right.0) {
        std::cmp::Ordering::Greater => wait_for_head(&mut two, &left.1).await,
        std::cmp::Ordering::Less => wait_for_head(&mut one, &right.1).await,
        std::cmp::Ordering::Equal => {}
    }
    // And one of them goes on for both.
    pair.first.launch(Service::BlockProducer);
    let next = one.head().await.0.max(two.head().await.0) + APART;
    two.wait_for_height(next).await;
    pair.first.stop(Service::BlockProducer);
    let (_, last) = one.head().await;
    wait_for_head(&mut two, &last).await;
}
