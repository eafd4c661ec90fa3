//! Answers against a model that knows all that has come, and case by case.

use std::sync::Arc;

use koinos_index::{Index, Records};
use koinos_kv::MemoryStore;
use koinos_proto::protocol::Transaction;
use koinos_proto::rpc::transaction_store::{
    GetInclusionsRequest, GetInclusionsResponse, GetTransactionsByIdRequest,
    TransactionStoreRequest, TransactionStoreResponse, transaction_store_request::Request,
    transaction_store_response::Response,
};
use koinos_proto::transaction_store::TransactionItem;
use koinos_rpc::{Contract, TransactionStore as Service};
use koinos_transaction_store::Transactions;
use proptest::prelude::*;
use prost::Message;

use crate::support::tree::{Tree, run, steps};
use crate::support::{block, genesis, id, source, topology, transaction, with_unknown_field};
use bytes::Bytes;

fn ask(index: &Index<Transactions>, request: &[u8]) -> Option<Response> {
    let reply = index.records().answer(&index.view(), &Bytes::copy_from_slice(request));
    TransactionStoreResponse::decode(reply).unwrap().response
}

fn call(index: &Index<Transactions>, call: Request) -> Option<Response> {
    ask(index, &Service::request(call).encode_to_vec())
}

fn items(index: &Index<Transactions>, ids: &[Bytes]) -> Vec<TransactionItem> {
    let request = GetTransactionsByIdRequest { transaction_ids: ids.to_vec() };
    match call(index, Request::GetTransactionsById(request)) {
        Some(Response::GetTransactionsById(reply)) => reply.transactions,
        other => panic!("{other:?}"),
    }
}

fn inclusions(index: &Index<Transactions>, ids: &[Bytes]) -> GetInclusionsResponse {
    let request = GetInclusionsRequest { transaction_ids: ids.to_vec() };
    match call(index, Request::GetInclusions(request)) {
        Some(Response::GetInclusions(reply)) => reply,
        other => panic!("{other:?}"),
    }
}

fn error(response: Option<Response>) -> String {
    match response {
        Some(Response::Error(error)) => error.message,
        other => panic!("{other:?}"),
    }
}

fn name(number: u8) -> String {
    format!("transaction {number}")
}

/// As the original has it: every block that came, in the order they came.
fn check(index: &Index<Transactions>, tree: &Tree) {
    let ids: Vec<Bytes> = (0..6).map(|number| id(&name(number))).collect();
    let mut expected = Vec::new();
    for id in &ids {
        let containing: Vec<_> = tree
            .blocks
            .iter()
            .filter(|accepted| {
                accepted.block.as_ref().unwrap().transactions.iter().any(|t| t.id == *id)
            })
            .map(topology)
            .collect();
        if !containing.is_empty() {
            expected.push((id.clone(), containing));
        }
    }
    let items = items(index, &ids);
    let found: Vec<_> = items
        .iter()
        .map(|item| (item.transaction.clone().unwrap().id, item.containing_blocks.clone()))
        .collect();
    let blocks = |(id, blocks): &(Bytes, Vec<koinos_proto::BlockTopology>)| {
        (id.clone(), blocks.iter().map(|block| block.id.clone()).collect::<Vec<_>>())
    };
    assert_eq!(found, expected.iter().map(blocks).collect::<Vec<_>>());

    let reply = inclusions(index, &ids);
    assert_eq!(reply.head, Some(tree.head.clone()));
    assert_eq!(reply.last_irreversible_block, tree.cursor.height);
    let mut expected = expected.into_iter();
    for found in reply.transactions.iter().filter(|found| !found.blocks.is_empty()) {
        let (id, blocks) = expected.next().unwrap();
        assert_eq!(found.transaction_id, id);
        assert_eq!(found.blocks.len(), blocks.len());
        for (found, block) in found.blocks.iter().zip(blocks) {
            assert_eq!((&found.block_id, found.height), (&block.id, block.height));
            assert_eq!(found.main_chain, tree.descends(&tree.head, &block));
            assert_eq!(found.irreversible, tree.descends(&tree.cursor, &block));
        }
    }
    assert!(expected.next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn answers_are_those_of_the_original_whatever_happens(steps in steps()) {
        let content = |number, _| transaction(&name(number));
        run(&steps, || Transactions, &["transactions"], content, check);
    }
}

#[test]
fn a_late_block_of_a_fork_keeps_its_place() {
    // The second block becomes irreversible, so that the late one dies before the third is a record.
    let index = empty();
    let first = block(&genesis(), "1", "s", &[]);
    let second = block(&topology(&first), "2", "s", &[]);
    let third = block(&topology(&second), "3", "s", &[transaction("t")]);
    let late = block(&topology(&first), "late", "s", &[transaction("t")]);
    for (accepted, head) in [(&first, true), (&second, true), (&third, true), (&late, false)] {
        index.add(&source(accepted), head).unwrap();
    }
    let blocks = || items(&index, &[id("t")])[0].containing_blocks.clone();
    assert_eq!(blocks(), [id("3"), id("late")]);
    assert!(index.irreversible(&id("2")).unwrap());
    assert_eq!(blocks(), [id("3"), id("late")]);
    assert!(index.irreversible(&id("3")).unwrap());
    assert_eq!(blocks(), [id("3"), id("late")]);
}

fn empty() -> Index<Transactions> {
    let store = MemoryStore::new(&["meta", "recent", "parts", "orphans", "transactions"]);
    Index::over(Transactions, Arc::new(store), false).unwrap()
}

/// Two transactions, one in an irreversible block and one in a recent one.
fn some() -> Index<Transactions> {
    let index = empty();
    let first = block(&genesis(), "1", "s", &[transaction("old")]);
    let second = block(&topology(&first), "2", "s", &[transaction("new")]);
    index.add(&source(&first), true).unwrap();
    index.add(&source(&second), true).unwrap();
    index.irreversible(&id("1")).unwrap();
    index
}

#[test]
fn each_kind_of_id() {
    let index = some();
    let found = |ids: &[&str]| -> Vec<Bytes> {
        let ids: Vec<_> = ids.iter().map(|name| id(name)).collect();
        items(&index, &ids).into_iter().map(|item| item.transaction.unwrap().id).collect()
    };
    for (asked, expected) in [
        // Unknown ids are left out, and the order is that of the request.
        (&["old"][..], &["old"][..]),
        (&["new", "old"], &["new", "old"]),
        (&["unknown"], &[]),
        (&["unknown", "new", "none", "old"], &["new", "old"]),
        // As often as asked for.
        (&["old", "old", "new", "new"], &["old", "old", "new", "new"]),
    ] {
        assert_eq!(
            found(asked),
            expected.iter().map(|name| id(name)).collect::<Vec<_>>(),
            "{asked:?}"
        );
    }
    // No limit.
    assert_eq!(found(&["old"; 5_000]).len(), 5_000);
    // An empty id spoils the whole reply, which then says nothing.
    for ids in [vec![Bytes::new()], vec![id("old"), Bytes::new()]] {
        let request = GetTransactionsByIdRequest { transaction_ids: ids };
        assert_eq!(call(&index, Request::GetTransactionsById(request)), None);
    }
}

#[test]
fn requests_that_make_no_sense_get_their_texts() {
    let index = some();
    let nothing = GetTransactionsByIdRequest { transaction_ids: vec![] };
    let many = GetInclusionsRequest { transaction_ids: vec![id("old"); 1_001] };
    for (request, text) in [
        (
            Service::request(Request::GetTransactionsById(nothing)),
            "expected field transaction_ids was nil",
        ),
        (
            Service::request(Request::GetInclusions(many)),
            "cannot request more than 1000 transactions",
        ),
        (Service::request(Service::ping()), "unknown request"),
        (TransactionStoreRequest { request: None }, "unknown request"),
    ] {
        assert_eq!(error(ask(&index, &request.encode_to_vec())), text);
    }
    // A kind of the future, and what is no message.
    assert_eq!(error(ask(&index, &[0x7a, 0x00])), "unknown request");
    for malformed in [&[0x12][..], &[0x12, 0x05, 0x01], &[0xff; 12]] {
        assert_eq!(error(ask(&index, malformed)), "proto: cannot parse invalid wire-format data");
    }
}

#[test]
fn what_this_version_does_not_know_of_a_transaction_is_kept() {
    let index = empty();
    let (plain, receipt) = transaction("t");
    let bytes = with_unknown_field(&plain);
    let mut accepted = block(&genesis(), "1", "s", &[(plain, receipt)]);
    accepted.block.as_mut().unwrap().transactions.clear();
    let mut source = source(&accepted);
    let mut whole = source.block.to_vec();
    koinos_codec::wire::put_message_field(&mut whole, 3, &bytes);
    source.block = whole.into();
    index.add(&source, true).unwrap();
    for _ in 0..2 {
        let request = GetTransactionsByIdRequest { transaction_ids: vec![id("t")] };
        let request = Service::request(Request::GetTransactionsById(request)).encode_to_vec();
        let reply = index.records().answer(&index.view(), &request.into());
        assert!(reply.windows(bytes.len()).any(|part| part == bytes), "{reply:?}");
        index.irreversible(&id("1")).unwrap();
    }
}

#[test]
fn a_block_without_transactions_and_one_without_id_change_nothing() {
    let index = empty();
    let nameless = (Transaction::default(), Default::default());
    let first = block(&genesis(), "1", "s", &[nameless]);
    index.add(&source(&first), true).unwrap();
    index.irreversible(&id("1")).unwrap();
    assert_eq!(index.checksum().unwrap().records, 0);
    assert_eq!(items(&index, &[id("1")]), []);
}

#[test]
fn a_large_receipt_is_not_kept_in_memory() {
    crate::support::large::is_not_kept(|| Transactions);
}
