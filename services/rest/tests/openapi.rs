//! A suite made from the OpenAPI document: every path is asked with good values, with each value bad,
//! and with each one missing. Whatever the document does not say is a failure.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{ALICE, Asked, KOIN, Reaction, Scripted, Server, abi, limits, settings};
use koinos_rest::openapi;
use koinos_rpc::Transport;
use koinos_testkit::http::Reply;
use serde_json::{Value, json};

/// Values that no parameter of a type takes; those of the query that are ignored are not among them.
const BAD_NUMBERS: [&str; 5] = ["x", "-1", "1.5", "", "99999999999999999999999"];
const BAD_HEX: [&str; 4] = ["12", "0xzz", "0x1", "%00"];
const BAD_NAMES: [&str; 5] =
    ["nobody", "@nobody", "nobody.koin", "1NsQbH5AhQXgtSNg1ejpFqTi2hmCWz1eQT", "%F0%9F%98%80"];
/// Bodies that are no JSON, or no object.
const BAD_BODIES: [&str; 5] = ["", "{", "nothing", "{\"a\":1}}", "\u{1}"];

/// Services of a node in which everything that is asked for exists.
fn world(service: &str, request: Value) -> Reaction {
    let id = format!("0x1220{}", "ab".repeat(32));
    let block = json!({ "block_id": id, "block_height": "1", "block": {
        "id": id, "header": { "height": "1", "timestamp": "1700000000000" },
        "transactions": [{ "id": id, "operations": [{ "upload_contract": { "contract_id": KOIN } }] }],
    }, "receipt": { "id": id, "transaction_receipts": [{ "id": id }] } });
    let transaction = json!({ "id": id, "header": { "payer": ALICE }, "operations": [] });
    let (method, params) = request.as_object().unwrap().iter().next().unwrap();
    let reply = match (service, method.as_str()) {
        ("chain", "get_head_info") => {
            json!({ "head_topology": { "id": id, "height": "9", "previous": id }, "last_irreversible_block": "5" })
        }
        ("chain", "get_chain_id") => json!({ "chain_id": "EiBZK_E=" }),
        ("chain", "get_fork_heads") => json!({ "fork_heads": [{ "id": id, "height": "9" }] }),
        ("chain", "get_resource_limits") => {
            json!({ "resource_limit_data": { "disk_storage_cost": "1" } })
        }
        ("chain", "get_account_rc") => json!({ "rc": "5" }),
        ("chain", "get_account_nonce") => json!({ "nonce": "KAc=" }),
        ("chain", "read_contract") => result_of(params),
        ("chain", "invoke_system_call") => match params["name"].as_str().unwrap() {
            "get_contract_metadata" => {
                json!({ "value": { "$type": "koinos.chain.get_contract_metadata_result", "value": { "hash": "EiCr" } } })
            }
            _ => json!({}),
        },
        ("chain", "submit_transaction") => json!({ "receipt": { "id": id } }),
        ("chain", "submit_block") => json!({ "receipt": { "id": id, "height": "7" } }),
        ("block_store", _) => json!({ "block_items": [block] }),
        ("transaction_store", _) => {
            json!({ "transactions": [{ "transaction": transaction, "containing_blocks": [id] }] })
        }
        ("contract_meta_store", _) => json!({ "meta": { "abi": abi("koin") } }),
        ("account_history", _) => {
            json!({ "values": [{ "seq_num": "1", "trx": { "transaction": transaction, "receipt": { "id": id } } }] })
        }
        other => panic!("{other:?}"),
    };
    Reaction::Reply(json!({ method: reply }))
}

/// What methods of tokens and collections give; the two standards have some in common.
fn result_of(params: &Value) -> Value {
    let address =
        |method: &str| method == "owner" || method == "owner_of" || method == "get_approved";
    let named = |name: &str| params["entry_point"] == koinos_contracts::entry_point(name);
    let methods = ["owner", "owner_of", "get_approved", "metadata_of", "token_uri", "balance_of"];
    let method = methods.into_iter().find(|name| named(name)).unwrap_or_default();
    if address(method) {
        return json!({ "result": { "$type": "koinos.standards.kcs5.owner_result", "value": ALICE } });
    }
    match method {
        "metadata_of" | "token_uri" => {
            json!({ "result": { "$type": "koinos.standards.kcs5.metadata_of_result", "value": "{\"a\":1}" } })
        }
        "balance_of" => {
            json!({ "result": { "$type": "koinos.standards.kcs4.balance_of_result", "value": "7" } })
        }
        _ => json!({}),
    }
}

/// An operation of the document with what it refers to.
struct Operation {
    verb: String,
    path: String,
    parameters: Vec<Value>,
    description: Value,
}

impl Operation {
    fn all() -> Vec<Self> {
        let document = openapi::document().unwrap();
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (verb, operation) in item.as_object().unwrap() {
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                all.push(Self {
                    verb: verb.to_uppercase(),
                    path: path.clone(),
                    parameters: parameters.iter().map(resolved).collect(),
                    description: operation.clone(),
                });
            }
        }
        all
    }

    /// A request with the examples of the document, some of them replaced; `None` leaves one out.
    fn asked(&self, changed: &BTreeMap<&str, Option<&str>>) -> Asked {
        let mut path = self.path.clone();
        let mut query = Vec::new();
        for parameter in &self.parameters {
            let name = parameter["name"].as_str().unwrap();
            let example = match &parameter["example"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let value = match changed.get(name) {
                Some(None) => continue,
                Some(Some(other)) => (*other).to_owned(),
                None => example,
            };
            match parameter["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{name}}}"), &value),
                _ => query.push(format!("{name}={value}")),
            }
        }
        if self.path.ends_with("/{method}") {
            query.push(format!("owner={ALICE}"));
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let body = &self.description["requestBody"]["content"]["application/json"]["example"];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Asked { method: self.verb.clone(), path, headers: Vec::new(), body }
    }

    /// Checks that the document foresees the reply.
    fn check(&self, asked: &Asked, reply: &Reply) {
        let title = format!("{} {}: {} {}", asked.method, asked.path, reply.status, reply.text());
        let response = &self.description["responses"][reply.status.to_string()];
        assert!(!response.is_null(), "not in the document: {title}");
        let response = resolved(response);
        let schema = &response["content"]["application/json"]["schema"];
        let body: Value = serde_json::from_str(reply.text()).unwrap_or_else(|_| panic!("{title}"));
        if let Err(fault) = fits(&body, schema, "") {
            panic!("{title}: {fault}");
        }
    }
}

/// What a reference leads to, or the value itself.
fn resolved(value: &Value) -> Value {
    match value["$ref"].as_str() {
        Some(place) => openapi::document().unwrap().pointer(&place[1..]).unwrap().clone(),
        None => value.clone(),
    }
}

/// Whether a value is what a schema says. Members that the schema does not know are allowed.
fn fits(value: &Value, schema: &Value, place: &str) -> Result<(), String> {
    let schema = resolved(schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().filter(|choice| fits(value, choice, place).is_ok()).count();
        return if fitting == 1 { Ok(()) } else { Err(format!("{place} fits {fitting} choices")) };
    }
    let is = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some(other) => panic!("unknown type {other}"),
        None => true,
    };
    if !is {
        return Err(format!("{place} is no {}: {value}", schema["type"]));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !matches(pattern, text)
    {
        return Err(format!("{place} does not match {pattern}: {text}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            return Err(format!("{place}.{name} is missing"));
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(member) = value.get(name) {
            fits(member, inner, &format!("{place}.{name}"))?;
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(item, &schema["items"], &format!("{place}[{index}]"))?;
    }
    Ok(())
}

/// The few patterns that the document has.
fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = |text: &str| {
        text.strip_prefix("0x").is_some_and(|digits| {
            digits.len() % 2 == 0 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    match pattern {
        "^[0-9]+$" => digits(text),
        "^[0-9]+(\\.[0-9]+)?$" => {
            text.split_once('.').map_or(digits(text), |(a, b)| digits(a) && digits(b))
        }
        "^0x([0-9a-f]{2})*$" => hex(text),
        other => panic!("unknown pattern {other}"),
    }
}

fn server() -> Server {
    let world: Arc<dyn Transport> = Arc::new(Scripted(world));
    Server::start(world, settings(), limits())
}

#[tokio::test(flavor = "multi_thread")]
async fn good_values_succeed() {
    let server = server();
    for operation in Operation::all() {
        let asked = operation.asked(&BTreeMap::new());
        let reply = server.ask(asked.clone()).await;
        operation.check(&asked, &reply);
        assert_eq!(reply.status, 200, "{asked:?}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_missing_may_be_missing() {
    let server = server();
    for operation in Operation::all() {
        for parameter in operation.parameters.iter().filter(|found| found["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let asked = operation.asked(&BTreeMap::from([(name, None)]));
            let reply = server.ask(asked.clone()).await;
            operation.check(&asked, &reply);
            if parameter["required"] == true {
                let expected = json!({ "error": format!("missing required field '{name}'") });
                assert_eq!(reply.status, 400, "{asked:?}");
                assert_eq!(serde_json::from_str::<Value>(reply.text()).unwrap(), expected);
            } else {
                assert_eq!(reply.status, 200, "{asked:?}: {}", reply.text());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_values_are_refused() {
    let server = server();
    let mut asked_for = 0;
    for operation in Operation::all() {
        for parameter in &operation.parameters {
            let name = parameter["name"].as_str().unwrap();
            let schema = &parameter["schema"];
            let bad: &[&str] = match (schema["type"].as_str().unwrap(), schema["pattern"].as_str())
            {
                ("integer", _) => &BAD_NUMBERS,
                // An amount and a height are numbers.
                (_, Some(pattern)) if pattern.starts_with("^[0-9]") => &["x", "-1", "1e3", "%20"],
                (_, Some(pattern)) if pattern.starts_with("^([0-9]") => &["x", "-1", "0x12", "1.5"],
                (_, Some(_)) => &BAD_HEX,
                ("string", None) if !matches!(name, "memo" | "method") => &BAD_NAMES,
                // A flag is read whatever it is, and a memo may be any text.
                _ => &[],
            };
            for value in bad {
                // An empty value of a parameter that may be missing counts as missing.
                let optional = parameter["required"] == false && value.is_empty();
                // The standard has one answer, wherever the list begins.
                let ignored = name == "start" && operation.path.ends_with("/approved");
                let asked = operation.asked(&BTreeMap::from([(name, Some(*value))]));
                let reply = server.ask(asked.clone()).await;
                operation.check(&asked, &reply);
                let expected = if optional || ignored { 200 } else { 400 };
                assert_eq!(reply.status, expected, "{asked:?}: {}", reply.text());
                asked_for += 1;
            }
        }
    }
    assert!(asked_for > 300, "{asked_for}");
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_take_anything_and_other_parameters_are_ignored() {
    let server = server();
    for operation in Operation::all().iter().filter(|operation| operation.verb == "GET") {
        for parameter in &operation.parameters {
            let name = parameter["name"].as_str().unwrap();
            if parameter["schema"]["type"] == "boolean" {
                for value in ["true", "false", "0", "", "maybe"] {
                    let asked = operation.asked(&BTreeMap::from([(name, Some(value))]));
                    let reply = server.ask(asked.clone()).await;
                    operation.check(&asked, &reply);
                    assert_eq!(reply.status, 200, "{asked:?}: {}", reply.text());
                }
            }
        }
        let mut asked = operation.asked(&BTreeMap::new());
        asked.path.push_str(if asked.path.contains('?') { "&more=1" } else { "?more=1" });
        let reply = server.ask(asked.clone()).await;
        assert_eq!(reply.status, 200, "{asked:?}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_json_are_refused() {
    let server = server();
    for operation in Operation::all().iter().filter(|operation| operation.verb == "POST") {
        for body in BAD_BODIES {
            let asked = Asked { body: body.to_owned(), ..operation.asked(&BTreeMap::new()) };
            let reply = server.ask(asked.clone()).await;
            operation.check(&asked, &reply);
            assert_eq!(reply.status, 400, "{asked:?}");
            assert!(reply.text().contains("the body is no JSON"), "{}", reply.text());
        }
        // Whatever the JSON is, the answer is one that the document knows.
        for body in ["null", "1", "\"x\"", "[]", "[1]", "{}", "{\"header\":7}", "[[]]", "[{}]"] {
            let asked = Asked { body: body.to_owned(), ..operation.asked(&BTreeMap::new()) };
            let reply = server.ask(asked.clone()).await;
            operation.check(&asked, &reply);
            assert!(matches!(reply.status, 200 | 400), "{asked:?}: {}", reply.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_served() {
    let server = server();
    for (method, path, status) in [
        ("GET", "/v1", 404),
        ("GET", "/v1/account", 404),
        ("GET", "/v2/chain/id", 404),
        ("POST", "/v1/chain/id", 405),
        ("GET", "/v1/block/submit", 405),
        ("DELETE", "/v1/blocks", 405),
        ("PUT", "/v1/transaction/submit", 405),
    ] {
        let reply = server
            .ask(Asked { method: method.into(), path: path.into(), ..Asked::default() })
            .await;
        assert_eq!(reply.status, status, "{method} {path}");
        let body: Value = serde_json::from_str(reply.text()).unwrap();
        assert!(body["error"].is_string(), "{body}");
    }
}
