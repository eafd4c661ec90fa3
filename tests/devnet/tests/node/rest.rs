//! REST against a whole node: what a wallet and an explorer do with it.

use koinos_codec::text::{from_hex, to_base64url};
use koinos_contracts::CONTRACTS;
use koinos_testkit::http::{Client, Reply};
use koinos_testkit::{Broker, poll};
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

/// Asks again until the answer is as it should be; services follow the chain with some delay.
fn wait_for(node: &Node, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    poll(path, LIMIT, || {
        let (_, json) = ask(node, "GET", path, &Value::Null);
        Ok(fits(&json).then_some(json))
    })
    .unwrap()
}

/// Prepares, signs and submits a transaction; it comes back as it was submitted.
fn send(node: &Node, account: &Account, operation: &Value) -> Value {
    // All the mana, which is what a transaction gets otherwise, would leave none for the next one.
    let header = json!({ "payer": account.address.to_string(), "rc_limit": "500000000" });
    let draft = json!({ "header": header, "operations": [operation] });
    let mut transaction = post(node, "/v1/transaction/prepare", &draft);
    let id = from_hex(transaction["id"].as_str().unwrap()).unwrap();
    let (reply, json) = ask(node, "POST", "/v1/transaction/submit", &transaction);
    assert_eq!(reply.status, 400, "without a signature: {json}");
    transaction["signatures"] = json!([to_base64url(&account.sign(&id))]);
    let tried = post(node, "/v1/transaction/submit?broadcast=false", &transaction);
    assert_eq!(tried["transaction"], transaction);
    let receipt = post(node, "/v1/transaction/submit", &transaction)["receipt"].take();
    assert_eq!(receipt["id"], transaction["id"]);
    assert_ne!(receipt["reverted"], true, "{receipt}");
    transaction
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_and_an_explorer_get_what_they_need() {
    let accounts = Account::some(2);
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let mut node = Node::start(Plan::new(&url, &accounts));
    node.launch(Service::Rest);
    node.wait_for(Service::Rest, "Ready");
    node.client().wait_for_height(1).await;
    tokio::task::block_in_place(|| without_indexes(&node, &accounts));
    for service in Service::EXPLORER.into_iter().filter(|service| *service != Service::Rest) {
        node.launch(service);
    }
    tokio::task::block_in_place(|| {
        look_around(&node, &accounts);
        pay(&node, &accounts);
        use_a_contract(&node, &accounts[1]);
    });
    node.stop(Service::Rest);
}

/// What needs a service that does not run fails, and says so in the log.
fn without_indexes(node: &Node, accounts: &[Account]) {
    let path = format!("/v1/account/{}/history?limit=1", accounts[0].address);
    let (reply, json) = ask(node, "GET", &path, &Value::Null);
    assert_eq!((reply.status, json), (500, json!({ "error": "unknown error" })));
    node.wait_for(Service::Rest, "no such service: account_history");
    // Blocks are shown all the same.
    assert_eq!(get(node, "/v1/block/1")["block_height"], "1");
}

fn look_around(node: &Node, accounts: &[Account]) {
    let koin = node.koin.to_string();
    assert_eq!(get(node, "/v1/contract/koin"), json!({ "contract_id": koin }));
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
    assert!(get(node, "/v1/chain/resource_limits")["resource_limit_data"].is_object());
    assert!(!get(node, "/v1/chain/fork_heads")["fork_heads"].as_array().unwrap().is_empty());

    let metadata = get(node, "/v1/contract/koin/metadata");
    let hash = metadata["hash"].as_str().unwrap();
    assert!(hash.starts_with("0x1220") && hash.len() == 70, "{metadata}");
    let expected = json!({ "contract_id": koin, "hash": hash, "system": true });
    assert_eq!(metadata, expected);

    let first = get(node, "/v1/block/1");
    let id = first["block_id"].as_str().unwrap();
    assert_eq!(get(node, &format!("/v1/block/{id}")), first);
    let (reply, blocks) = ask(node, "GET", "/v1/blocks?start=1&limit=1", &Value::Null);
    assert_eq!(blocks, json!([first]));
    assert_eq!(reply.header("link"), Some("</v1/blocks?limit=1&start=2>; rel=\"next\""));
    for (path, text) in [
        ("/v1/block/1000000", "block does not exist"),
        ("/v1/blocks?start=1&limit=1001", "cannot request more than 1000 blocks"),
        ("/v1/account/nobody/mana", "invalid account"),
        ("/v1/account/@nobody/mana", "invalid account"),
        ("/v1/account/nobody.koin/mana", "invalid account"),
        (&format!("/v1/contract/{nobody}/metadata"), &format!("contract {nobody} does not exist")),
    ] {
        let (reply, json) = ask(node, "GET", path, &Value::Null);
        assert_eq!((reply.status, json), (400, json!({ "error": text })), "{path}");
    }
}

fn pay(node: &Node, accounts: &[Account]) {
    let [alice, bob] = [0, 1].map(|index| accounts[index].address.to_string());
    let operation = get(node, &format!("/v1/token/koin/transfer?from={alice}&to={bob}&value=1.5"));
    let transaction = send(node, &accounts[0], &operation);
    let balance = format!("/v1/account/{bob}/balance/koin");
    wait_for(node, &balance, |json| json["value"] == "1000001.5");
    assert_eq!(get(node, &format!("/v1/account/{alice}/nonce"))["value"], 1);
    let (reply, json) = ask(node, "POST", "/v1/transaction/submit", &transaction);
    assert_eq!(reply.status, 400, "it is in a block already: {json}");
    // Nobody uploaded the ABI of a contract of the genesis, so the call stays as it is.
    let path = format!("/v1/transaction/{}", transaction["id"].as_str().unwrap());
    let found = wait_for(node, &path, |json| json["receipt"].is_object());
    assert_eq!(found["transaction"]["operations"][0], operation);
    assert_eq!(found["irreversible"], false);
    assert!(found["transaction"]["timestamp"].is_string());
    assert_eq!(found["containing_blocks"].as_array().unwrap().len(), 1);
}

/// Uploads a contract with its ABI, and calls it by name from then on.
fn use_a_contract(node: &Node, owner: &Account) {
    let counter = CONTRACTS.iter().find(|contract| contract.name == "counter").unwrap();
    let address = owner.address.to_string();
    let upload = json!({ "upload_contract": {
        "contract_id": address,
        "bytecode": to_base64url(&counter.bytecode().unwrap()),
        "abi": counter.abi,
    } });
    let uploaded = send(node, owner, &upload);
    let path = format!("/v1/transaction/{}", uploaded["id"].as_str().unwrap());
    wait_for(node, &path, |json| json["receipt"].is_object());
    wait_for(node, &format!("/v1/contract/{address}/abi"), |json| json["abi"].is_object());
    let abi = get(node, &format!("/v1/contract/{address}/abi"));
    assert_eq!(abi["abi"], serde_json::from_str::<Value>(counter.abi).unwrap());
    let document = get(node, &format!("/v1/contract/{address}/swagger"));
    assert_eq!(document["paths"].as_object().unwrap().len(), 3);

    let number = format!("/v1/contract/{address}/get");
    assert_eq!(get(node, &number), json!({ "value": "0" }));
    let arguments = json!({ "value": "5", "account": address });
    let add = post(node, &format!("/v1/contract/{address}/add"), &arguments);
    let same = get(node, &format!("/v1/contract/{address}/add?value=5&account={address}"));
    assert_eq!(add, same);
    let transaction = send(node, owner, &add);
    wait_for(node, &number, |json| *json == json!({ "value": "5" }));

    let path = format!("/v1/transaction/{}", transaction["id"].as_str().unwrap());
    let found = wait_for(node, &path, |json| json["receipt"].is_object());
    let call = json!({ "contract_id": address, "entry_point": "add", "args": arguments });
    assert_eq!(found["transaction"]["operations"][0]["call_contract"], call);
    let event = &found["receipt"]["events"][0];
    let data = json!({ "value": "5", "account": address, "number": "5" });
    assert_eq!((&event["name"], &event["data"]), (&json!("counter.added_event"), &data));

    let path = format!("/v1/account/{address}/history?limit=1&ascending=false&irreversible=false");
    let newest =
        wait_for(node, &path, |json| json[0]["trx"]["transaction"]["id"] == transaction["id"]);
    let operation = &newest[0]["trx"]["transaction"]["operations"][0];
    assert_eq!(operation["call_contract"], call);
    let (reply, _) = ask(node, "GET", &path, &Value::Null);
    assert!(reply.header("link").unwrap().ends_with("; rel=\"next\""));
    let decoded = post(node, "/v1/decode/operations", &json!([add]));
    assert_eq!(decoded, json!([{ "call_contract": call }]));
}
