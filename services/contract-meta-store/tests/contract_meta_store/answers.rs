//! Answers against a model that walks the chain, and case by case.

use std::sync::Arc;

use bytes::Bytes;
use koinos_contract_meta_store::ContractMeta;
use koinos_index::{Index, Records};
use koinos_kv::MemoryStore;
use koinos_proto::protocol::{Operation, UploadContractOperation, operation::Op};
use koinos_proto::rpc::contract_meta_store::{
    ContractMetaStoreRequest, ContractMetaStoreResponse, ContractUpload, GetContractMetaRequest,
    GetUploadRequest, GetUploadResponse, contract_meta_store_request::Request,
    contract_meta_store_response::Response,
};
use koinos_rpc::{Contract, ContractMetaStore as Service};
use proptest::prelude::*;
use prost::Message;

use crate::support::tree::{Tree, run, steps};
use crate::support::{Content, block, genesis, id, source, topology, transaction};

fn ask(index: &Index<ContractMeta>, request: &[u8]) -> Option<Response> {
    let reply = index.records().answer(&index.view(), &Bytes::copy_from_slice(request));
    ContractMetaStoreResponse::decode(reply).unwrap().response
}

fn call(index: &Index<ContractMeta>, call: Request) -> Option<Response> {
    ask(index, &Service::request(call).encode_to_vec())
}

/// The ABI of a contract; `None` when there is no meta.
fn abi(index: &Index<ContractMeta>, contract: &str) -> Option<String> {
    let request = GetContractMetaRequest { contract_id: contract.to_owned().into() };
    match call(index, Request::GetContractMeta(request)) {
        Some(Response::GetContractMeta(reply)) => reply.meta.map(|meta| meta.abi),
        other => panic!("{other:?}"),
    }
}

fn upload_of(index: &Index<ContractMeta>, contract: &str) -> GetUploadResponse {
    let request = GetUploadRequest { contract_id: contract.to_owned().into() };
    match call(index, Request::GetUpload(request)) {
        Some(Response::GetUpload(reply)) => reply,
        other => panic!("{other:?}"),
    }
}

fn error(response: Option<Response>) -> String {
    match response {
        Some(Response::Error(error)) => error.message,
        other => panic!("{other:?}"),
    }
}

/// A transaction that uploads contracts.
fn upload(name: &str, contracts: &[(&str, &str)], reverted: bool) -> Content {
    let (mut transaction, mut receipt) = transaction(name);
    for (contract, abi) in contracts {
        let upload = UploadContractOperation {
            contract_id: Bytes::copy_from_slice(contract.as_bytes()),
            bytecode: Bytes::from_static(b"\0asm"),
            abi: (*abi).to_owned(),
            ..Default::default()
        };
        transaction.operations.push(Operation { op: Some(Op::UploadContract(upload)) });
    }
    receipt.reverted = reverted;
    (transaction, receipt)
}

/// The last upload on the branch of the head, reverted or not.
fn check(index: &Index<ContractMeta>, tree: &Tree) {
    for number in 0..3 {
        let contract = format!("contract {number}");
        let mut expected = None;
        for accepted in tree.branch(&tree.head) {
            let (block, receipt) =
                (accepted.block.as_ref().unwrap(), accepted.receipt.as_ref().unwrap());
            for (transaction, receipt) in
                block.transactions.iter().zip(&receipt.transaction_receipts)
            {
                for operation in &transaction.operations {
                    let Some(Op::UploadContract(upload)) = &operation.op else { continue };
                    if upload.contract_id == contract {
                        let topology = topology(accepted);
                        let found = ContractUpload {
                            irreversible: topology.height <= tree.cursor.height,
                            block_id: topology.id,
                            height: topology.height,
                            transaction_id: transaction.id.clone(),
                            reverted: receipt.reverted,
                        };
                        expected = Some((upload.abi.clone(), found));
                    }
                }
            }
        }
        let (expected_abi, expected) = expected.unzip();
        assert_eq!(abi(index, &contract), expected_abi.filter(|abi| !abi.is_empty()));
        let reply = upload_of(index, &contract);
        assert_eq!(reply.upload, expected);
        assert_eq!(reply.head, Some(tree.head.clone()));
        assert_eq!(reply.last_irreversible_block, tree.cursor.height);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn answers_are_those_of_the_chain_whatever_happens(steps in steps()) {
        let content = |number: u8, block: usize| {
            let contract = format!("contract {}", number % 3);
            let abi = if number == 5 { String::new() } else { format!("abi {number} {block}") };
            upload(&format!("{block} {number}"), &[(&contract, &abi)], number == 4)
        };
        run(&steps, || ContractMeta, &["contracts"], content, check);
    }
}

/// Blocks on each other, by what they contain.
type Blocks<'a> = &'a [&'a [Content]];

fn index_of(blocks: Blocks<'_>) -> Index<ContractMeta> {
    let store = MemoryStore::new(&["meta", "recent", "parts", "orphans", "contracts"]);
    let index = Index::over(ContractMeta, Arc::new(store), false).unwrap();
    let mut parent = genesis();
    for (number, content) in blocks.iter().enumerate() {
        let accepted = block(&parent, &format!("block {number}"), "s", content);
        index.add(&source(&accepted), true).unwrap();
        parent = topology(&accepted);
    }
    index
}

#[test]
fn each_kind_of_upload_on_one_chain() {
    let cases: [(&str, Blocks<'_>, Option<&str>); 7] = [
        ("none", &[], None),
        ("one", &[&[upload("1", &[("c", "a")], false)]], Some("a")),
        (
            "the last of several blocks",
            &[&[upload("1", &[("c", "a")], false)], &[upload("2", &[("c", "b")], false)]],
            Some("b"),
        ),
        (
            "the last in a block and in a transaction",
            &[&[
                upload("1", &[("c", "a"), ("c", "b")], false),
                upload("2", &[("c", "c"), ("c", "d")], false),
            ]],
            Some("d"),
        ),
        (
            "a reverted one counts, as it does in the original",
            &[&[upload("1", &[("c", "a")], false)], &[upload("2", &[("c", "b")], true)]],
            Some("b"),
        ),
        (
            "one without ABI looks like none, as it does in the original",
            &[&[upload("1", &[("c", "a")], false)], &[upload("2", &[("c", "")], false)]],
            None,
        ),
        ("of another contract", &[&[upload("1", &[("other", "a")], false)]], None),
    ];
    for (name, blocks, expected) in cases {
        let index = index_of(blocks);
        assert_eq!(abi(&index, "c").as_deref(), expected, "{name}");
        index.irreversible(&index.head().id).unwrap();
        assert_eq!(abi(&index, "c").as_deref(), expected, "{name}, irreversible");
    }
}

#[test]
fn an_upload_on_a_branch_that_is_left_is_undone() {
    let index =
        index_of(&[&[upload("1", &[("c", "a")], false)], &[upload("2", &[("c", "b")], false)]]);
    assert_eq!(abi(&index, "c").as_deref(), Some("b"));
    let parent = koinos_proto::BlockTopology { id: id("block 0"), height: 1, ..Default::default() };
    let other = block(&parent, "other", "s", &[]);
    index.add(&source(&other), true).unwrap();
    assert_eq!(abi(&index, "c").as_deref(), Some("a"));
    index.set_head(&id("block 1")).unwrap();
    assert_eq!(abi(&index, "c").as_deref(), Some("b"));
}

#[test]
fn requests_that_make_no_sense_get_their_texts() {
    let index = index_of(&[]);
    assert_eq!(abi(&index, "unknown"), None);
    assert_eq!(upload_of(&index, "unknown").upload, None);
    // An empty id gets a reply that says nothing.
    let empty = GetContractMetaRequest { contract_id: Bytes::new() };
    assert_eq!(call(&index, Request::GetContractMeta(empty)), None);
    for request in [Service::request(Service::ping()), ContractMetaStoreRequest { request: None }] {
        assert_eq!(error(ask(&index, &request.encode_to_vec())), "unknown request");
    }
    assert_eq!(error(ask(&index, &[0x7a, 0x00])), "unknown request");
    for malformed in [&[0x12][..], &[0x12, 0x05, 0x01], &[0xff; 12]] {
        assert_eq!(error(ask(&index, malformed)), "proto: cannot parse invalid wire-format data");
    }
}

#[test]
fn a_large_receipt_is_not_kept_in_memory() {
    crate::support::large::is_not_kept(|| ContractMeta);
}
