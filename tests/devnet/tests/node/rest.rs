//! REST against a whole node: what a wallet and an explorer do with it.

use koinos_codec::text::{from_hex, to_base64url};
use koinos_contracts::CONTRACTS;
use koinos_mq::{Bus, Config};
use koinos_proto::contract_meta_store::ContractMetaItem;
use koinos_proto::rpc::contract_meta_store::GetContractMetaResponse;
use koinos_proto::rpc::contract_meta_store::contract_meta_store_request::Request;
use koinos_proto::rpc::contract_meta_store::contract_meta_store_response::Response;
use koinos_rpc::{ContractMetaStore, ErrorStatus, answer};
use koinos_testkit::Broker;
use koinos_testkit::http::{Client, Reply};
use koinos_testkit::poll;
use serde_json::{Value, json};

use crate::node::{LIMIT, Node, Plan, Service};
use crate::wallet::Account;

/// Asks REST.
fn ask(node: &Node, method: &str, path: &str, body: &Value) -> (Reply, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let reply = Client::connect(node.rest).request(method, path, &[], body.as_bytes());
    let json = serde_json::from_str(reply.text()).unwrap();
    (reply, json)
}

/// Asks for what has to succeed.
fn get(node: &Node, path: &str) -> Value {
    let (reply, json) = ask(node, "GET", path, &Value::Null);
    assert_eq!(reply.status, 200, "{path}: {json}");
    json
}

fn post(node: &Node, path: &str, body: &Value) -> Value {
    let (reply, json) = ask(node, "POST", path, body);
    assert_eq!(reply.status, 200, "{path}: {json}");
    json
}

/// The ABI of KOIN for every contract: those of the genesis were never uploaded.
async fn serve_abis(url: &str) -> Bus {
    let bus = Bus::start(Config::new(url, "contract_meta_store", "test")).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    bus.serve("contract_meta_store", 2, |request| {
        let koin = CONTRACTS.iter().find(|contract| contract.name == "koin").unwrap();
        let reply = answer::<ContractMetaStore>(
            request,
            |error| ErrorStatus::new(error.to_string()),
            |call| match call {
                Some(Request::GetContractMeta(_)) => {
                    let meta =
                        Some(ContractMetaItem { abi: koin.abi.to_owned(), ..Default::default() });
                    Response::GetContractMeta(GetContractMetaResponse {
                        meta,
                        ..Default::default()
                    })
                }
                _ => Response::Error(ErrorStatus::new("unknown request").build()),
            },
        );
        std::future::ready(reply)
    });
    tokio::time::timeout(LIMIT, bus.consuming()).await.unwrap();
    bus
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_and_an_explorer_get_what_they_need() {
    let accounts = Account::some(2);
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let mut node = Node::start(Plan::new(&url, &accounts));
    node.launch(Service::Rest);
    node.wait_for(Service::Rest, "Ready");
    let _abis = serve_abis(&url).await;
    node.client().wait_for_height(1).await;
    tokio::task::block_in_place(|| {
        look_around(&node, &accounts);
        pay(&node, &accounts);
    });
    node.stop(Service::Rest);
}

fn look_around(node: &Node, accounts: &[Account]) {
    let koin = node.koin.to_string();
    assert_eq!(get(node, "/v1/contract/koin"), json!({ "contract_id": koin }));
    let metadata = get(node, "/v1/contract/koin/metadata");
    assert_eq!(metadata["system"], true);
    assert!(metadata["hash"].as_str().unwrap().starts_with("0x1220"));
    let info = get(node, "/v1/token/koin/info");
    assert_eq!((&info["symbol"], &info["decimals"]), (&json!("KOIN"), &json!(8)));
    let alice = accounts[0].address.to_string();
    assert_eq!(get(node, &format!("/v1/account/{alice}/balance/koin"))["value"], "1000000");
    assert_eq!(get(node, &format!("/v1/account/{alice}/nonce"))["value"], 0);
    assert_eq!(get(node, &format!("/v1/account/{alice}/next_nonce"))["value"], "1");
    assert_eq!(get(node, &format!("/v1/account/{alice}/mana"))["value"], "1000000");
    // Nobody has that address yet.
    let nobody = "1NsQbH5AhQXgtSNg1ejpFqTi2hmCWz1eQS";
    assert_eq!(get(node, &format!("/v1/token/koin/balance/{nobody}"))["value"], "0");
    let read = get(node, &format!("/v1/contract/koin/balance_of?owner={alice}"));
    assert_eq!(read, json!({ "value": "100000000000000" }));
    assert!(get(node, "/v1/chain/resource_limits")["resource_limit_data"].is_object());
    assert!(!get(node, "/v1/chain/fork_heads")["fork_heads"].as_array().unwrap().is_empty());

    let first = get(node, "/v1/block/1");
    let id = first["block_id"].as_str().unwrap();
    assert_eq!(get(node, &format!("/v1/block/{id}")), first);
    let (reply, blocks) = ask(node, "GET", "/v1/blocks?start=1&limit=1", &Value::Null);
    assert_eq!(blocks, json!([first]));
    let link = reply.header("link").unwrap();
    assert_eq!(link, "</v1/blocks?limit=1&start=2>; rel=\"next\"");
    for (path, text) in [
        ("/v1/block/1000000", "block does not exist"),
        ("/v1/blocks?start=1&limit=1001", "cannot request more than 1000 blocks"),
        ("/v1/account/nobody/mana", "invalid account"),
        ("/v1/account/@nobody/mana", "invalid account"),
        ("/v1/account/nobody.koin/mana", "invalid account"),
    ] {
        let (reply, json) = ask(node, "GET", path, &Value::Null);
        assert_eq!((reply.status, json), (400, json!({ "error": text })), "{path}");
    }
    // These services are not here.
    let path = format!("/v1/account/{alice}/history?limit=1");
    let (reply, json) = ask(node, "GET", &path, &Value::Null);
    assert_eq!((reply.status, json), (500, json!({ "error": "unknown error" })));
}

fn pay(node: &Node, accounts: &[Account]) {
    let [alice, bob] = [0, 1].map(|index| accounts[index].address.to_string());
    let operation = get(node, &format!("/v1/token/koin/transfer?from={alice}&to={bob}&value=1.5"));
    let by_method =
        get(node, &format!("/v1/contract/koin/transfer?from={alice}&to={bob}&value=150000000"));
    assert_eq!(operation, by_method);
    let draft = json!({ "header": { "payer": alice }, "operations": [operation] });
    let mut transaction = post(node, "/v1/transaction/prepare", &draft);
    let id = from_hex(transaction["id"].as_str().unwrap()).unwrap();
    let (reply, json) = ask(node, "POST", "/v1/transaction/submit", &transaction);
    assert_eq!(reply.status, 400, "without a signature: {json}");
    let signature = accounts[0].sign(&id);
    transaction["signatures"] = json!([to_base64url(&signature)]);

    let tried = post(node, "/v1/transaction/submit?broadcast=false", &transaction);
    assert_eq!(tried["transaction"], transaction);
    let before = get(node, "/v1/chain/head_info")["head_topology"]["height"].clone();
    let before: u64 = before.as_str().unwrap().parse().unwrap();
    let receipt = post(node, "/v1/transaction/submit", &transaction)["receipt"].take();
    assert_eq!((&receipt["id"], &receipt["payer"]), (&transaction["id"], &json!(alice)));
    assert_ne!(receipt["reverted"], true);
    let balance = format!("/v1/account/{bob}/balance/koin");
    let paid = || Ok((get(node, &balance)["value"] == "1000001.5").then_some(()));
    poll("payment in a block", LIMIT, paid).unwrap();
    assert_eq!(get(node, &format!("/v1/account/{alice}/nonce"))["value"], 1);
    let (reply, json) = ask(node, "POST", "/v1/transaction/submit", &transaction);
    assert_eq!(reply.status, 400, "{json}");
    assert!(json["error"].as_str().unwrap().contains("nonce"), "{json}");

    // The block that holds it, with names in place of numbers and bytes.
    let blocks = get(node, &format!("/v1/blocks?start={}&limit=1000", before.max(1)));
    let found = blocks.as_array().unwrap().iter().find_map(|item| {
        let transactions = item["block"]["transactions"].as_array()?;
        let place = transactions.iter().position(|found| found["id"] == transaction["id"])?;
        Some((&transactions[place], &item["receipt"]["transaction_receipts"][place]))
    });
    let (there, receipt) = found.unwrap();
    let call = &there["operations"][0]["call_contract"];
    assert_eq!(call["entry_point"], "transfer");
    let arguments = json!({ "from": alice, "to": bob, "value": "150000000" });
    assert_eq!(call["args"], arguments);
    let event = &receipt["events"][0];
    assert_eq!((&event["name"], &event["data"]), (&json!("token.transfer_event"), &arguments));
}
