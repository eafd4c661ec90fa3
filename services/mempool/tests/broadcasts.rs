//! What the mempool hears and tells, and how it learns of what it did not hear.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests may")]

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{
    LIMIT, Node, World, accepted, block, block_id, client, id_of, irreversible, launch, listen,
    soon, transaction,
};
use koinos_proto::broadcast::{MempoolAccepted, TransactionFailed};
use koinos_proto::rpc::mempool::mempool_response::Response;
use koinos_rpc::names::{
    BLOCK_ACCEPT, BLOCK_IRREVERSIBLE, MEMPOOL_BLOCK_ACCEPTED, TRANSACTION_ACCEPT, TRANSACTION_FAIL,
};
use koinos_rpc::{CallOptions, Contract, Mempool, Transport, call};
use koinos_testkit::{Broker, Proxy};
use prost::Message;

#[tokio::test(flavor = "multi_thread")]
async fn transactions_and_blocks_are_passed_on() {
    let mut node = Node::start(&Broker::shared().unwrap().vhost().unwrap(), &[]).await;
    // Nonsense does no harm and is not passed on.
    for topic in [BLOCK_ACCEPT, BLOCK_IRREVERSIBLE, TRANSACTION_ACCEPT, TRANSACTION_FAIL] {
        node.bus.broadcast(topic, Bytes::from_static(b"\xff\xff"));
        node.daemon.wait_for(&format!("topic={topic}"), LIMIT).unwrap();
    }
    let mut first = accepted(block(1, &[])).encode_to_vec();
    // A field of a later version goes through, too.
    first.extend([0xa2, 0x06, 0x01, 0x2a]);
    node.bus.broadcast(BLOCK_ACCEPT, first.clone().into());
    assert_eq!(node.hear().await, (MEMPOOL_BLOCK_ACCEPTED.to_owned(), first.into()));

    let told = |of: &koinos_proto::broadcast::TransactionAccepted, pending_rc_used| {
        let (transaction, receipt) = (of.transaction.clone(), of.receipt.clone());
        MempoolAccepted { transaction, receipt, height: of.height, pending_rc_used }.encode_to_vec()
    };
    let [one, two] = [transaction("alice", 1, 300), transaction("alice", 2, 400)];
    assert_eq!(node.accept_transaction(&one).await, told(&one, 300));
    assert_eq!(node.accept_transaction(&two).await, told(&two, 700));
    // What is not taken is not told of.
    for (bad, reason) in [
        (transaction("alice", 3, 301), "transaction would exceed maximum resources for account: "),
        (one.clone(), "cannot insert duplicate transaction"),
    ] {
        node.tell(TRANSACTION_ACCEPT, &bad);
        node.daemon.wait_for(reason, LIMIT).unwrap();
    }
    // A block whose parent is missing is passed on all the same.
    node.accept_block(&accepted(block(3, &[&two]))).await;
    assert_eq!(node.pending_ids().await, [id_of(&one), id_of(&two)]);
    node.accept_block(&accepted(block(2, &[&one]))).await;
    assert!(node.pending_ids().await.is_empty());
    // A block that comes twice is passed on twice, as it came.
    node.accept_block(&accepted(block(2, &[&one]))).await;
    node.tell(BLOCK_IRREVERSIBLE, &irreversible(2));
    soon(async {
        while node.pending_at(1).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

impl Node {
    async fn pending_at(&self, height: u64) -> Result<Response, koinos_rpc::RpcError> {
        use koinos_proto::rpc::mempool::{GetPendingTransactionsRequest, mempool_request::Request};
        let block_id = Some(block_id(height));
        let request = GetPendingTransactionsRequest { limit: 1, block_id };
        self.call(Request::GetPendingTransactions(request)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_and_expired_transactions_are_dropped() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let mut node = Node::start(&vhost, &["--transaction-expiration", "3"]).await;
    node.accept_block(&accepted(block(1, &[]))).await;
    let [one, two] = [transaction("alice", 1, 300), transaction("alice", 2, 400)];
    node.accept_transaction(&one).await;
    node.accept_transaction(&two).await;
    node.tell(TRANSACTION_FAIL, &TransactionFailed { id: id_of(&one) });
    node.wait_for_pending(&[id_of(&two)]).await;
    node.wait_for_pending(&[]).await;
    // The same one may come again.
    node.accept_transaction(&two).await;
    assert_eq!(node.pending_ids().await, [id_of(&two)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_mempool_learns_of_the_blocks_from_the_chain() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = client(&vhost.url).await;
    let world = World::default();
    world.set((1..=200).map(|height| block(height, &[])).collect());
    world.serve(&bus).await;
    let heard = listen(&bus).await;
    let mut node = Node::start_with(bus, heard, &vhost.url, &[]);
    node.daemon.wait_for("Took in missed blocks blocks=60 ", LIMIT).unwrap();
    assert!(node.pending_at(141).await.is_ok() && node.pending_at(139).await.is_err());
    // Without the restart's blocks this one would have no parent.
    let late = transaction("alice", 1, 1);
    node.accept_transaction(&late).await;
    node.accept_block(&accepted(block(201, &[&late]))).await;
    assert!(node.pending_ids().await.is_empty());
    node.daemon.kill().unwrap();
    node.daemon = launch(node.directory.path(), &vhost.url, &[]);
    node.daemon.wait_for("Took in missed blocks blocks=60 ", LIMIT).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_whose_parents_were_missed_is_linked() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = client(&vhost.url).await;
    let world = World::default();
    let [one, two] = [transaction("alice", 1, 1), transaction("alice", 2, 1)];
    world.set(vec![block(1, &[])]);
    world.serve(&bus).await;
    let heard = listen(&bus).await;
    let mut node = Node::start_with(bus, heard, &vhost.url, &[]);
    node.daemon.wait_for("Took in missed blocks blocks=1 ", LIMIT).unwrap();
    node.accept_transaction(&one).await;
    node.accept_transaction(&two).await;
    world.set(vec![block(1, &[]), block(2, &[&one]), block(3, &[]), block(4, &[])]);
    node.accept_block(&accepted(block(5, &[&two]))).await;
    node.wait_for_pending(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_only_the_chain_knows_of_is_asked_for() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = client(&vhost.url).await;
    let world = World::default();
    world.set(vec![block(1, &[])]);
    world.serve(&bus).await;
    let heard = listen(&bus).await;
    let node = Node::start_with(bus, heard, &vhost.url, &[]);
    node.daemon.wait_for("Took in missed blocks blocks=1 ", LIMIT).unwrap();
    // A chain that was killed before it told of a block does not tell of it again.
    world.set(vec![block(1, &[]), block(2, &[])]);
    let error = node.pending_at(2).await.unwrap_err().to_string();
    assert_eq!(error, "cannot retrieve pending transactions from an unknown block");
    node.daemon.wait_for("Took in missed blocks blocks=1 height=2", LIMIT).unwrap();
    assert!(node.pending_at(2).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_missed_while_the_broker_was_away_are_fetched() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = client(&vhost.url).await;
    let world = World::default();
    let [one, two] = [transaction("alice", 1, 1), transaction("alice", 2, 1)];
    world.set(vec![block(1, &[])]);
    world.serve(&bus).await;
    let heard = listen(&bus).await;
    // Only the mempool loses its connection.
    let proxy = Proxy::start(vhost.port).unwrap();
    let url = vhost.url.replace(&vhost.port.to_string(), &proxy.port().to_string());
    let mut node = Node::start_with(bus, heard, &url, &[]);
    node.daemon.wait_for("Took in missed blocks blocks=1 ", LIMIT).unwrap();
    node.accept_transaction(&one).await;
    node.accept_transaction(&two).await;
    proxy.cut();
    node.daemon.wait_for("lost the broker", LIMIT).unwrap();
    node.tell(BLOCK_ACCEPT, &accepted(block(2, &[&one])));
    world.set(vec![block(1, &[]), block(2, &[&one])]);
    node.bus.flush().await;
    proxy.restore();
    node.daemon.wait_for("Took in missed blocks blocks=1 height=2", LIMIT).unwrap();
    assert_eq!(node.pending_ids().await, [id_of(&two)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_chain_nothing_hangs() {
    let mut node = Node::start(&Broker::shared().unwrap().vhost().unwrap(), &[]).await;
    node.daemon.wait_for("Cannot ask for missed blocks: no such service: chain", LIMIT).unwrap();
    let one = transaction("alice", 1, 1);
    node.accept_transaction(&one).await;
    // Nothing is known of blocks, so each will do.
    assert!(node.pending_at(77).await.is_ok());
    // A chain that comes later is heard of.
    let world = World::default();
    world.set(vec![block(1, &[]), block(2, &[&one])]);
    world.serve(&node.bus).await;
    node.wait_for_pending(&[]).await;
    node.daemon.terminate();
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stops_and_starts_is_survived() {
    let broker = std::sync::Arc::new(Broker::start().unwrap());
    let mut node = Node::start(&broker.vhost().unwrap(), &[]).await;
    node.accept_block(&accepted(block(1, &[]))).await;
    node.accept_transaction(&transaction("alice", 1, 1)).await;
    let stopped = broker.clone();
    tokio::task::spawn_blocking(move || stopped.stop()).await.unwrap().unwrap();
    node.daemon.wait_for("lost the broker", LIMIT).unwrap();
    let resumed = broker.clone();
    tokio::task::spawn_blocking(move || resumed.resume()).await.unwrap().unwrap();
    node.daemon.wait_for("reconnected to the broker", LIMIT).unwrap();
    let options = CallOptions::persistent(Duration::from_secs(1));
    let reply = soon(call::<Mempool>(&node.bus, Mempool::ping(), options)).await.unwrap();
    assert!(matches!(reply, Response::Reserved(_)));
    assert_eq!(node.pending_ids().await.len(), 1);
}
