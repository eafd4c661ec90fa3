//! The indexes of a devnet, from the command line.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use bytes::Bytes;
use koinos_codec::text::{from_base58, from_hex};
use koinos_proto::rpc::account_history::account_history_entry::Record;
use koinos_proto::rpc::account_history::{GetAccountHistoryRequest, GetAccountHistoryResponse};
use koinos_proto::rpc::contract_meta_store::{GetContractMetaRequest, GetContractMetaResponse};
use koinos_proto::rpc::transaction_store::{
    GetTransactionsByIdRequest, GetTransactionsByIdResponse,
};
use koinos_testkit::golden;
use serde_json::{Value, json};
use tonic::transport::Endpoint;

use crate::reflection::{self, Stranger};
use crate::world::{World, amqp, number, over_grpc};

#[test]
fn transactions_abis_and_histories_are_found_and_indexes_verified() {
    let world = World::new();
    let amqp = amqp();
    let devnet = world.start("net", &amqp, &[]);
    let ready = devnet.ready();
    let data = devnet.data_dir();
    let ask = |arguments: &[&str]| world.json(&[&["--basedir", data], arguments].concat());

    let module = golden::path("perf/mix.wasm");
    let abi =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/counter/counter.abi.json");
    let (module, abi) = (module.to_str().unwrap(), abi.to_str().unwrap());
    let sent = ask(&["contract", "upload", module, "--abi", abi]);
    let id = sent["transaction"]["id"].as_str().or_else(|| sent["receipt"]["id"].as_str()).unwrap();
    let height = number(&sent, "block_height");
    devnet.wait_for_height(height + 5);
    let address = ready["address"].as_str().unwrap();

    let shown = ask(&["tx", "show", id]);
    assert_eq!(shown["transaction"]["id"], id);
    let inclusion = &shown["inclusions"][0];
    assert_eq!(number(inclusion, "height"), height);
    assert_eq!(inclusion["main_chain"], true);
    assert_ne!(inclusion["irreversible"], true);
    let unknown = format!("0x1220{}", "00".repeat(32));
    let (status, text) = world.failure(&["--basedir", data, "tx", "show", &unknown]);
    assert!(status == 1 && text.contains("there is no transaction"), "{text}");

    let meta = ask(&["contract", "abi", address]);
    assert_eq!(meta["meta"]["abi"], std::fs::read_to_string(abi).unwrap());
    let printed = world.run(&["--basedir", data, "contract", "abi", address]);
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(printed.trim_end(), std::fs::read_to_string(abi).unwrap().trim_end());

    let history = ask(&["account", "history", address, "--ascending"]);
    let first = &history["values"][0];
    assert_eq!(first["trx"]["transaction"]["id"], id);
    let producer = ready["producer"].as_str().unwrap();
    let newest = ask(&["account", "history", producer, "-n", "2"]);
    let places: Vec<u64> =
        newest["values"].as_array().unwrap().iter().map(|entry| number(entry, "seq_num")).collect();
    assert_eq!(places.len(), 2);
    assert_eq!(places[0], places[1] + 1);

    let abi = std::fs::read_to_string(abi).unwrap();
    the_same_over_grpc(&ready, id, address, &abi);
    the_same_to_a_stranger(&ready, &ask, id, address, &abi);

    // Blocks become irreversible, and the second index is as the first.
    devnet.wait_for_height(height + 65);
    for service in ["transaction_store", "contract_meta_store", "account_history"] {
        let report = ask(&["index", "verify", service]);
        assert_eq!(report["equal"], true, "{report}");
        assert!(number(&report["index"], "height") >= height, "{report}");
        assert!(number(&report["index"], "records") > 0, "{report}");
    }
    let irreversible = &ask(&["tx", "show", id])["inclusions"][0];
    assert_eq!(irreversible["irreversible"], true);
    an_index_is_verified_with_the_password_of_systemd(&world, data, &amqp);
}

fn the_same_over_grpc(ready: &Value, id: &str, address: &str, abi: &str) {
    let id = Bytes::from(from_hex(id).unwrap());
    let address = Bytes::from(from_base58(address).unwrap());
    let request = GetTransactionsByIdRequest { transaction_ids: vec![id.clone()] };
    let found: GetTransactionsByIdResponse = over_grpc(ready, "get_transactions_by_id", request);
    assert_eq!(found.transactions[0].transaction.as_ref().unwrap().id, id);
    let request = GetContractMetaRequest { contract_id: address.clone() };
    let meta: GetContractMetaResponse = over_grpc(ready, "get_contract_meta", request);
    assert_eq!(meta.meta.unwrap().abi, abi);
    let request =
        GetAccountHistoryRequest { address, limit: 1, ascending: true, ..Default::default() };
    let history: GetAccountHistoryResponse = over_grpc(ready, "get_account_history", request);
    match history.values[0].record.as_ref().unwrap() {
        Record::Trx(record) => assert_eq!(record.transaction.as_ref().unwrap().id, id),
        other => panic!("{other:?}"),
    }
}

/// To a client that knows nothing but what reflection tells. The answers are those of JSON-RPC.
fn the_same_to_a_stranger(
    ready: &Value,
    ask: &dyn Fn(&[&str]) -> Value,
    id: &str,
    address: &str,
    abi: &str,
) {
    let at = format!("http://{}", ready["nodes"][0]["grpc"].as_str().unwrap());
    let calls = [
        ("transaction_store", "get_transactions_by_id", json!({ "transaction_ids": [id] })),
        ("contract_meta_store", "get_contract_meta", json!({ "contract_id": address })),
        (
            "account_history",
            "get_account_history",
            json!({ "address": address, "limit": "1", "ascending": true }),
        ),
        ("chain", "get_account_nonce", json!({ "account": address })),
    ];
    let asked = async {
        let channel = Endpoint::from_shared(at).unwrap().connect().await.unwrap();
        let service = "koinos.services.koinos";
        assert!(reflection::services(&channel).await.iter().any(|name| name == service));
        let client = Stranger::meet(&channel, service).await;
        let head = client.ask("get_head_info", &json!({})).await.unwrap();
        let highest = client.ask("get_highest_block", &json!({})).await.unwrap();
        assert!(number(&highest["topology"], "height") >= number(&head["head_topology"], "height"));
        let mut answers = Vec::new();
        for (_, method, parameters) in &calls {
            answers.push(client.ask(method, parameters).await.unwrap());
        }
        answers
    };
    let answers = tokio::runtime::Runtime::new().unwrap().block_on(asked);
    for ((service, method, parameters), answer) in calls.iter().zip(&answers) {
        assert_eq!(*answer, ask(&["rpc", service, method, &parameters.to_string()]), "{method}");
    }
    assert_eq!(answers[0]["transactions"][0]["transaction"]["id"], id);
    assert_eq!(answers[1]["meta"]["abi"], abi);
    assert_eq!(answers[2]["values"][0]["trx"]["transaction"]["id"], id);
}

/// As on a host where the units run the node and systemd has the password of its broker.
fn an_index_is_verified_with_the_password_of_systemd(world: &World, data: &str, amqp: &str) {
    let system = tempfile::tempdir().unwrap();
    let path = |name: &str| system.path().join(name);
    for directory in ["var/lib", "run", "etc/koinos/credentials"] {
        fs::create_dir_all(path(directory)).unwrap();
    }
    symlink(data, path("var/lib/koinos")).unwrap();
    symlink(data, path("run/koinos")).unwrap();
    let amqp = amqp.replace("guest:guest", "guest:none");
    fs::write(path("etc/koinos/config.yml"), format!("global:\n  amqp: {amqp}\n")).unwrap();
    let root = system.path().to_str().unwrap();
    let verify = ["--root", root, "index", "verify", "transaction_store"];
    let (status, text) = world.failure(&[&["--timeout", "3"], &verify[..]].concat());
    assert!(status == 69 && text.contains("no message broker answers"), "{text}");
    fs::write(path("etc/koinos/credentials/amqp-password"), "guest\n").unwrap();
    assert_eq!(world.json(&verify)["equal"], true);
}

#[test]
fn a_node_without_the_service_has_no_index_to_verify() {
    let world = World::new();
    let nowhere = world.path("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let (status, text) =
        world.failure(&["--basedir", nowhere, "index", "verify", "account_history"]);
    assert!(status == 69 && text.contains("account_history does not tell"), "{text}");
    let (status, text) = world.failure(&["--basedir", nowhere, "index", "verify", "mempool"]);
    assert!(status == 64 && text.contains("transaction_store"), "{text}");
}
