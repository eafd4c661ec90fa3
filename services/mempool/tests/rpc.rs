//! The mempool's requests over a real broker.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests may")]

mod common;

use bytes::Bytes;
use common::{LIMIT, Node, accepted, block, block_id, id_of, transaction};
use koinos_mempool::nonce_bytes;
use koinos_proto::mempool::PendingTransaction;
use koinos_proto::rpc::mempool::mempool_request::Request;
use koinos_proto::rpc::mempool::mempool_response::Response;
use koinos_proto::rpc::mempool::{
    CheckAccountNonceRequest, CheckPendingAccountResourcesRequest, GetPendingNonceRequest,
    GetPendingTransactionCountRequest, GetPendingTransactionsByIdRequest,
    GetPendingTransactionsRequest, GetReservedAccountRcRequest,
};
use koinos_rpc::{CallOptions, Contract, Mempool, Transport};
use koinos_testkit::Broker;
use prost::Message;

fn alice() -> Bytes {
    Bytes::from_static(b"alice")
}

async fn resources(node: &Node, rc_limit: u64, block_id: Option<Bytes>) -> bool {
    let request = CheckPendingAccountResourcesRequest {
        payer: alice(),
        max_payer_rc: 1_000,
        rc_limit,
        block_id,
    };
    match node.call(Request::CheckPendingAccountResources(request)).await.unwrap() {
        Response::CheckPendingAccountResources(reply) => reply.success,
        other => panic!("{other:?}"),
    }
}

async fn nonce_is_free(node: &Node, nonce: u64, block_id: Option<Bytes>) -> bool {
    let request = CheckAccountNonceRequest { payee: alice(), nonce: nonce_bytes(nonce), block_id };
    match node.call(Request::CheckAccountNonce(request)).await.unwrap() {
        Response::CheckAccountNonce(reply) => reply.success,
        other => panic!("{other:?}"),
    }
}

async fn pending_nonce(node: &Node, block_id: Option<Bytes>) -> Bytes {
    let request = GetPendingNonceRequest { payee: alice(), block_id };
    match node.call(Request::GetPendingNonce(request)).await.unwrap() {
        Response::GetPendingNonce(reply) => reply.nonce,
        other => panic!("{other:?}"),
    }
}

async fn count(node: &Node, block_id: Option<Bytes>) -> u64 {
    let request = GetPendingTransactionCountRequest { payee: alice(), block_id };
    match node.call(Request::GetPendingTransactionCount(request)).await.unwrap() {
        Response::GetPendingTransactionCount(reply) => reply.count,
        other => panic!("{other:?}"),
    }
}

async fn reserved(node: &Node) -> u64 {
    let request = GetReservedAccountRcRequest { account: alice() };
    match node.call(Request::GetReservedAccountRc(request)).await.unwrap() {
        Response::GetReservedAccountRc(reply) => reply.rc,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_answers_for_each_block() {
    let mut node = Node::start(&Broker::shared().unwrap().vhost().unwrap(), &[]).await;
    node.accept_block(&accepted(block(1, &[]))).await;
    let [first, second] = [transaction("alice", 1, 300), transaction("alice", 2, 400)];
    node.accept_transaction(&first).await;
    node.accept_transaction(&second).await;
    node.accept_block(&accepted(block(2, &[&first]))).await;
    let (one, two) = (Some(block_id(1)), Some(block_id(2)));

    let pending = |of: &koinos_proto::broadcast::TransactionAccepted| PendingTransaction {
        transaction: of.transaction.clone(),
        disk_storage_used: 1,
        network_bandwidth_used: 2,
        compute_bandwidth_used: 3,
        system_disk_storage_used: 4,
        system_network_bandwidth_used: 5,
        system_compute_bandwidth_used: 6,
    };
    assert_eq!(node.pending(one.clone()).await, [pending(&first), pending(&second)]);
    assert_eq!(node.pending(two.clone()).await, [pending(&second)]);
    assert_eq!(node.pending(None).await, [pending(&second)]);
    let by_id = GetPendingTransactionsByIdRequest {
        transaction_ids: vec![id_of(&second), Bytes::new(), id_of(&first)],
        block_id: one.clone(),
    };
    match node.call(Request::GetPendingTransactionsById(by_id)).await.unwrap() {
        Response::GetPendingTransactionsById(reply) => {
            assert_eq!(reply.pending_transactions, [pending(&second), pending(&first)]);
        }
        other => panic!("{other:?}"),
    }

    assert!(resources(&node, 600, two.clone()).await && !resources(&node, 601, two.clone()).await);
    assert!(resources(&node, 300, None).await && !resources(&node, 301, None).await);
    assert!(
        nonce_is_free(&node, 1, two.clone()).await && !nonce_is_free(&node, 1, one.clone()).await
    );
    assert!(nonce_is_free(&node, 1, None).await && !nonce_is_free(&node, 2, None).await);
    assert_eq!(pending_nonce(&node, two.clone()).await, nonce_bytes(2));
    assert_eq!((count(&node, one).await, count(&node, two).await), (2, 1));
    assert_eq!((count(&node, None).await, reserved(&node).await), (1, 700));
    node.accept_block(&accepted(block(3, &[&second]))).await;
    assert_eq!((pending_nonce(&node, None).await, count(&node, None).await), (Bytes::new(), 0));
    let reply = node.call(Mempool::ping()).await.unwrap();
    assert!(matches!(reply, Response::Reserved(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_their_texts() {
    let mut node = Node::start(&Broker::shared().unwrap().vhost().unwrap(), &[]).await;
    node.accept_block(&accepted(block(1, &[]))).await;
    let encoded = |request: Request| Mempool::request(request).encode_to_vec();
    let block_id = Some(Bytes::from_static(b"unknown"));
    let too_many = "requested too many pending transactions. max: 2000";
    let transactions = "cannot retrieve pending transactions from an unknown block";
    let resources = "cannot check pending account resources from an unknown block";
    let nonce = "cannot check pending nonce from an unknown block";
    for (request, text) in [
        (vec![], "Error: attempted to call unknown rpc"),
        (vec![0x7a, 0x00], "Error: attempted to call unknown rpc"),
        (b"not protobuf".to_vec(), "Received bad message"),
        (
            encoded(Request::GetPendingTransactions(GetPendingTransactionsRequest {
                limit: 2_001,
                block_id: None,
            })),
            too_many,
        ),
        (
            encoded(Request::GetPendingTransactionsById(GetPendingTransactionsByIdRequest {
                transaction_ids: vec![Bytes::new(); 2_001],
                block_id: None,
            })),
            too_many,
        ),
        (
            encoded(Request::GetPendingTransactions(GetPendingTransactionsRequest {
                limit: 1,
                block_id: block_id.clone(),
            })),
            transactions,
        ),
        (
            encoded(Request::GetPendingTransactionsById(GetPendingTransactionsByIdRequest {
                transaction_ids: vec![],
                block_id: block_id.clone(),
            })),
            transactions,
        ),
        (
            encoded(Request::CheckPendingAccountResources(CheckPendingAccountResourcesRequest {
                block_id: block_id.clone(),
                ..Default::default()
            })),
            resources,
        ),
        (
            encoded(Request::CheckAccountNonce(CheckAccountNonceRequest {
                block_id: block_id.clone(),
                ..Default::default()
            })),
            resources,
        ),
        (
            encoded(Request::GetPendingNonce(GetPendingNonceRequest {
                payee: alice(),
                block_id: block_id.clone(),
            })),
            nonce,
        ),
        (
            encoded(Request::GetPendingTransactionCount(GetPendingTransactionCountRequest {
                payee: alice(),
                block_id,
            })),
            nonce,
        ),
    ] {
        let options = CallOptions::once(LIMIT);
        let reply = node.bus.call_raw("mempool", request.into(), options).await.unwrap();
        let error = Mempool::reply(Message::decode(reply).unwrap()).unwrap_err();
        assert_eq!(error.message, text);
        assert!(error.details.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_pool_says_so_to_those_who_ask_before() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let mut node = Node::start(&vhost, &["--max-pending-bytes", "4000"]).await;
    node.accept_block(&accepted(block(1, &[]))).await;
    for nonce in 1..=4 {
        node.accept_transaction(&transaction("bob", nonce, 1)).await;
    }
    let request = CheckPendingAccountResourcesRequest::default();
    let error = node.call(Request::CheckPendingAccountResources(request)).await.unwrap_err();
    assert_eq!(error.to_string(), "the mempool is full, try again later");
    node.tell(koinos_rpc::names::TRANSACTION_ACCEPT, &transaction("bob", 5, 1));
    node.daemon.wait_for("the mempool is full: ", LIMIT).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_are_listed_in_one_reply() {
    let mut node = Node::start(&Broker::shared().unwrap().vhost().unwrap(), &[]).await;
    node.accept_block(&accepted(block(1, &[]))).await;
    let sent: Vec<_> = (0..2_100)
        .map(|number| transaction(&format!("account {}", number % 300), number / 300, 1))
        .collect();
    for one in &sent {
        node.tell(koinos_rpc::names::TRANSACTION_ACCEPT, one);
    }
    for _ in &sent {
        node.hear().await;
    }
    let expected: Vec<Bytes> = sent.iter().take(2_000).map(id_of).collect();
    assert_eq!(node.pending_ids().await, expected);
}
