//! Answers against a model that walks the chain, and case by case.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use koinos_account_history::Histories;
use koinos_index::{Index, Records};
use koinos_kv::MemoryStore;
use koinos_proto::account_history::{BlockRecord, TransactionRecord};
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::protocol::{
    CallContractOperation, ContractCallBundle, Operation, SetSystemCallOperation,
    SetSystemContractOperation, SystemCallTarget, TransactionHeader, UploadContractOperation,
    operation::Op, system_call_target::Target,
};
use koinos_proto::rpc::account_history::{
    AccountHistoryEntry, AccountHistoryRequest, AccountHistoryResponse, GetAccountHistoryRequest,
    account_history_entry::Record, account_history_request::Request,
    account_history_response::Response,
};
use koinos_rpc::{AccountHistory as Service, Contract};
use proptest::prelude::*;
use prost::Message;

use crate::support::tree::{Tree, run, steps};
use crate::support::{Content, block, event, genesis, id, source, topology, transaction};

const KEYSPACES: [&str; 3] = ["records", "histories", "accounts"];

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn ask(index: &Index<Histories>, request: &[u8]) -> Option<Response> {
    let reply = index.records().answer(&index.view(), &Bytes::copy_from_slice(request));
    AccountHistoryResponse::decode(reply).unwrap().response
}

fn page(index: &Index<Histories>, call: GetAccountHistoryRequest) -> Vec<AccountHistoryEntry> {
    let request = Service::request(Request::GetAccountHistory(call)).encode_to_vec();
    match ask(index, &request) {
        Some(Response::GetAccountHistory(reply)) => reply.values,
        other => panic!("{other:?}"),
    }
}

/// The whole history of an account.
fn all(index: &Index<Histories>, account: &str, irreversible: bool) -> Vec<Record> {
    let request = GetAccountHistoryRequest {
        address: bytes(account),
        limit: 500,
        ascending: true,
        irreversible,
        ..Default::default()
    };
    let values = page(index, request);
    for (entry, place) in values.iter().zip(0..) {
        assert_eq!(entry.seq_num, place);
    }
    values.into_iter().map(|entry| entry.record.unwrap()).collect()
}

fn error(response: Option<Response>) -> String {
    match response {
        Some(Response::Error(error)) => error.message,
        other => panic!("{other:?}"),
    }
}

/// Whom a transaction concerns, by the rules of the original.
fn concerned(content: &Content) -> BTreeSet<Bytes> {
    let (transaction, receipt) = content;
    let header = transaction.header.clone().unwrap_or_default();
    let mut concerned = BTreeSet::from([header.payer]);
    concerned.extend(Some(header.payee).filter(|payee| !payee.is_empty()));
    for operation in &transaction.operations {
        concerned.extend(match operation.op.clone().unwrap() {
            Op::UploadContract(op) => Some(op.contract_id),
            Op::CallContract(op) => Some(op.contract_id),
            Op::SetSystemContract(op) => Some(op.contract_id),
            Op::SetSystemCall(op) => match op.target.unwrap().target.unwrap() {
                Target::SystemCallBundle(bundle) => Some(bundle.contract_id),
                Target::ThunkId(_) => None,
            },
        });
    }
    for event in &receipt.events {
        concerned.insert(event.source.clone());
        concerned.extend(event.impacted.iter().cloned());
    }
    concerned
}

/// The history of an account on a branch.
fn expected(branch: &[&BlockAccepted], account: &str) -> Vec<Record> {
    let account = bytes(account);
    let mut history = Vec::new();
    for accepted in branch {
        let (block, receipt) = (accepted.block.clone().unwrap(), accepted.receipt.clone().unwrap());
        let events = receipt.events.iter();
        let by_event = events.clone().any(|e| e.source == account || e.impacted.contains(&account));
        if block.header.as_ref().unwrap().signer == account || by_event {
            let (header, receipt) = (block.header.clone(), Some(receipt.clone()));
            history.push(Record::Block(BlockRecord { header, receipt }));
        }
        for content in block.transactions.into_iter().zip(receipt.transaction_receipts) {
            if concerned(&content).contains(&account) {
                let (transaction, receipt) = (Some(content.0), Some(content.1));
                history.push(Record::Trx(TransactionRecord { transaction, receipt }));
            }
        }
    }
    history
}

/// A transaction of `payer` with something in it for others.
fn content(number: u8, block: usize) -> Content {
    let (mut transaction, mut receipt) = transaction(&format!("{number} {block}"));
    let account = |number: u8| bytes(&format!("account {}", number % 4));
    transaction.header = Some(TransactionHeader {
        payer: account(number),
        payee: if number == 1 { account(3) } else { Bytes::new() },
        ..Default::default()
    });
    let call = CallContractOperation { contract_id: account(number + 1), ..Default::default() };
    transaction.operations.push(Operation { op: Some(Op::CallContract(call)) });
    if number.is_multiple_of(2) {
        receipt.events.push(event("account 2", &["account 0", "signer 1"]));
    }
    (transaction, receipt)
}

const ACCOUNTS: [&str; 9] = [
    "account 0",
    "account 1",
    "account 2",
    "account 3",
    "signer 0",
    "signer 1",
    "signer 2",
    "nobody",
    "",
];

fn check(index: &Index<Histories>, tree: &Tree) {
    let (main, irreversible) = (tree.branch(&tree.head), tree.branch(&tree.cursor));
    for account in ACCOUNTS {
        assert_eq!(all(index, account, false), expected(&main, account), "{account}");
        assert_eq!(all(index, account, true), expected(&irreversible, account), "{account}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn histories_are_those_of_the_head_whatever_happens(steps in steps()) {
        run(&steps, Histories::default, &KEYSPACES, content, check);
    }
}

fn index_with(histories: Histories) -> Index<Histories> {
    let store =
        MemoryStore::new(&[&["meta", "recent", "parts", "orphans"][..], &KEYSPACES].concat());
    Index::over(histories, Arc::new(store), false).unwrap()
}

/// Blocks on each other, with these contents.
fn index_of(histories: Histories, blocks: &[&[Content]]) -> Index<Histories> {
    let index = index_with(histories);
    let mut parent = genesis();
    for (number, content) in blocks.iter().enumerate() {
        let accepted = block(&parent, &format!("block {number}"), "signer", content);
        index.add(&source(&accepted), true).unwrap();
        parent = topology(&accepted);
    }
    index
}

/// Ten blocks of one signer; the first `irreversible` of them are irreversible.
fn ten(irreversible: usize) -> Index<Histories> {
    let none: &[Content] = &[];
    let index = index_of(Histories::default(), &[none; 10]);
    if irreversible > 0 {
        index.irreversible(&id(&format!("block {}", irreversible - 1))).unwrap();
    }
    index
}

#[test]
fn pages_at_every_boundary() {
    const LAST: u64 = u64::MAX;
    // Where to begin, limit, ascending; the places expected of a history of ten.
    let cases: [(Option<u64>, u64, bool, &[u64]); 26] = [
        (None, 0, true, &[]),
        (None, 0, false, &[]),
        (None, 1, true, &[0]),
        (None, 1, false, &[9]),
        (None, 3, true, &[0, 1, 2]),
        (None, 3, false, &[9, 8, 7]),
        (None, 10, true, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (None, 10, false, &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (None, 500, true, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (None, 500, false, &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (Some(0), 2, true, &[0, 1]),
        (Some(0), 2, false, &[0]),
        (Some(1), 2, false, &[1, 0]),
        (Some(1), 500, false, &[1, 0]),
        (Some(4), 3, true, &[4, 5, 6]),
        (Some(4), 3, false, &[4, 3, 2]),
        (Some(8), 3, true, &[8, 9]),
        (Some(9), 3, true, &[9]),
        (Some(9), 3, false, &[9, 8, 7]),
        (Some(5), 0, true, &[]),
        // Beyond the end there is nothing, whichever way.
        (Some(10), 3, true, &[]),
        (Some(10), 3, false, &[]),
        (Some(LAST), 3, true, &[]),
        (Some(LAST), 3, false, &[]),
        (Some(LAST), 500, true, &[]),
        (Some(LAST), 500, false, &[]),
    ];
    // The boundary between what is irreversible and what is not is anywhere.
    for irreversible in 0..=10 {
        let index = ten(irreversible);
        for (seq_num, limit, ascending, expected) in cases {
            let request = |irreversible| GetAccountHistoryRequest {
                address: bytes("signer"),
                seq_num,
                limit,
                ascending,
                irreversible,
            };
            let places = |request| -> Vec<u64> {
                page(&index, request).iter().map(|entry| entry.seq_num).collect()
            };
            let found = places(request(false));
            assert_eq!(found, expected, "{seq_num:?} {limit} {ascending} {irreversible}");
            // Of what is irreversible only; the newest is another one then.
            let below = irreversible as u64;
            let expected: Vec<u64> = match (seq_num, ascending) {
                (None, false) => (0..below).rev().take(limit as usize).collect(),
                (Some(start), _) if start >= below => vec![],
                _ => expected.iter().copied().filter(|place| *place < below).collect(),
            };
            let found = places(request(true));
            assert_eq!(found, expected, "{seq_num:?} {limit} {ascending} {irreversible}");
        }
    }
}

#[test]
fn limits_and_requests_that_make_no_sense() {
    let index = ten(5);
    let ask_for = |limit| {
        let call =
            GetAccountHistoryRequest { address: bytes("signer"), limit, ..Default::default() };
        ask(&index, &Service::request(Request::GetAccountHistory(call)).encode_to_vec())
    };
    assert!(matches!(ask_for(500), Some(Response::GetAccountHistory(_))));
    for limit in [501, u64::MAX] {
        assert_eq!(error(ask_for(limit)), "request limit exceeded");
    }
    let ping = Service::request(Service::ping()).encode_to_vec();
    assert!(matches!(ask(&index, &ping), Some(Response::Reserved(_))));
    let empty = AccountHistoryRequest { request: None }.encode_to_vec();
    for unknown in [&empty[..], &[0x7a, 0x00]] {
        assert_eq!(error(ask(&index, unknown)), "Error: attempted to call unknown rpc");
    }
    for malformed in [&[0x12][..], &[0x12, 0x05, 0x01], &[0xff; 12]] {
        assert_eq!(error(ask(&index, malformed)), "Received bad message");
    }
    assert_eq!(all(&index, "nobody", false), []);
}

/// A transaction of `payer` with one operation.
fn operation(op: Op) -> Content {
    let (mut transaction, receipt) = transaction("t");
    transaction.header = Some(TransactionHeader { payer: bytes("payer"), ..Default::default() });
    transaction.operations.push(Operation { op: Some(op) });
    (transaction, receipt)
}

#[test]
fn whom_a_transaction_concerns() {
    let bundle = Target::SystemCallBundle(ContractCallBundle {
        contract_id: bytes("contract"),
        ..Default::default()
    });
    let set_system_call = |target| {
        let target = Some(SystemCallTarget { target: Some(target) });
        operation(Op::SetSystemCall(SetSystemCallOperation { target, ..Default::default() }))
    };
    let contract_id = || bytes("contract");
    let cases: [(&str, Content, &[&str]); 8] = [
        (
            "upload",
            operation(Op::UploadContract(UploadContractOperation {
                contract_id: contract_id(),
                ..Default::default()
            })),
            &["contract", "payer"],
        ),
        (
            "call",
            operation(Op::CallContract(CallContractOperation {
                contract_id: contract_id(),
                ..Default::default()
            })),
            &["contract", "payer"],
        ),
        (
            "system contract",
            operation(Op::SetSystemContract(SetSystemContractOperation {
                contract_id: contract_id(),
                system_contract: true,
            })),
            &["contract", "payer"],
        ),
        ("system call to a contract", set_system_call(bundle), &["contract", "payer"]),
        ("system call to a thunk", set_system_call(Target::ThunkId(7)), &["payer"]),
        (
            "payee",
            {
                let (mut transaction, receipt) = transaction("t");
                let header = TransactionHeader {
                    payer: bytes("payer"),
                    payee: bytes("payee"),
                    ..Default::default()
                };
                transaction.header = Some(header);
                (transaction, receipt)
            },
            &["payee", "payer"],
        ),
        (
            "events, each account once",
            {
                let (mut transaction, mut receipt) = transaction("t");
                transaction.header =
                    Some(TransactionHeader { payer: bytes("payer"), ..Default::default() });
                receipt.events =
                    vec![event("token", &["payer", "other", "other"]), event("token", &["third"])];
                (transaction, receipt)
            },
            &["other", "payer", "third", "token"],
        ),
        // Even that: the payer of no header is the account without a name.
        ("nothing", transaction("t"), &[""]),
    ];
    for (name, content, accounts) in cases {
        let index = index_of(Histories::default(), &[&[content]]);
        for account in ["", "contract", "other", "payee", "payer", "third", "token"] {
            let expected = usize::from(accounts.contains(&account));
            assert_eq!(all(&index, account, false).len(), expected, "{name}: {account}");
        }
    }
}

#[test]
fn events_of_a_block_and_records_in_full() {
    let mut accepted = block(&genesis(), "1", "signer", &[content(2, 0)]);
    accepted.receipt.as_mut().unwrap().events = vec![event("pob", &["signer", "burner"])];
    let index = index_with(Histories::default());
    index.add(&source(&accepted), true).unwrap();
    for irreversible in [false, true] {
        for account in ["signer", "pob", "burner", "account 2", "account 0"] {
            let found = all(&index, account, irreversible);
            assert_eq!(found, expected(&[&accepted], account), "{account}");
            assert_eq!(found.len(), 1);
        }
        index.irreversible(&id("1")).unwrap();
    }
}

#[test]
fn a_block_without_receipt_has_empty_ones() {
    let mut accepted = block(&genesis(), "1", "signer", &[content(0, 0)]);
    accepted.receipt = None;
    let index = index_with(Histories::default());
    index.add(&source(&accepted), true).unwrap();
    match &all(&index, "signer", false)[..] {
        [Record::Block(record)] => assert_eq!(record.receipt, Some(Default::default())),
        other => panic!("{other:?}"),
    }
    match &all(&index, "account 0", false)[..] {
        [Record::Trx(record)] => assert_eq!(record.receipt, Some(Default::default())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_accounts_of_the_whitelist_have_histories() {
    let blocks: [&[Content]; 2] = [&[content(0, 0), content(1, 0)], &[content(2, 1)]];
    let everybody = index_of(Histories::default(), &blocks);
    let some = index_of(Histories::of([bytes("account 1"), bytes("signer")]), &blocks);
    for index in [&everybody, &some] {
        index.irreversible(&id("block 0")).unwrap();
    }
    // Two indexes of the same blocks that differ have different checksums.
    let checksum = |index: &Index<Histories>| index.checksum().unwrap();
    assert_eq!(checksum(&everybody).cursor, checksum(&some).cursor);
    assert_ne!(checksum(&everybody).sha256, checksum(&some).sha256);
    for account in ["account 1", "signer"] {
        assert_eq!(all(&some, account, false), all(&everybody, account, false));
        assert_eq!(all(&some, account, true), all(&everybody, account, true));
        assert!(!all(&some, account, false).is_empty());
    }
    for account in ["account 0", "account 2", "account 3"] {
        assert!(!all(&everybody, account, false).is_empty());
        assert_eq!(all(&some, account, false), []);
    }
}

#[test]
fn a_branch_has_its_own_numbers() {
    let index = index_of(Histories::default(), &[&[content(0, 0)], &[content(0, 1)]]);
    let parent = koinos_proto::BlockTopology { id: id("block 0"), height: 1, ..Default::default() };
    let other = block(&parent, "other", "another signer", &[content(2, 9), content(0, 9)]);
    assert_eq!(all(&index, "account 0", false).len(), 2);
    index.add(&source(&other), true).unwrap();
    assert_eq!(all(&index, "account 0", false).len(), 3);
    assert_eq!(all(&index, "signer", false).len(), 1);
    assert_eq!(all(&index, "another signer", false).len(), 1);
    index.set_head(&id("block 1")).unwrap();
    assert_eq!(all(&index, "account 0", false).len(), 2);
    assert_eq!(all(&index, "another signer", false), []);
}

#[test]
fn a_large_receipt_is_not_kept_in_memory() {
    crate::support::large::is_not_kept(Histories::default);
}
