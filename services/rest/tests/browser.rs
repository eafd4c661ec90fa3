//! The pages in a real browser, which has to be installed (`scripts/install-deps.sh chromium`).
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::sync::Arc;

use common::chromium::Browser;
use common::{KOIN, Reaction, Scripted, Server, abi, limits, settings};
use koinos_rpc::Transport;
use serde_json::{Value, json};

/// Waits until the operations are there, and gives the whole page.
const SHOWN: &str = "await find('.opblock-tag'); return document.documentElement.outerHTML;";

/// Presses the buttons of the operation that is open, and gives the status and the body of the answer
/// as the page shows them.
const EXECUTE: &str = "
    (await find('.opblock.is-open .try-out__btn')).click();
    (await find('.opblock.is-open .execute')).click();
    const status = await find('.live-responses-table tbody .response-col_status');
    const body = await find('.live-responses-table tbody .response-col_description pre');
    return { status: status.innerText.trim(), body: body.innerText };";

/// Opens the operation that reads the symbol of the contract.
const OPEN_SYMBOL: &str = "
    (await find('.opblock-tag')).click();
    (await find('.opblock-get [data-path$=\"/symbol\"]')).click();";

/// A node with one contract.
fn node() -> Arc<dyn Transport> {
    Arc::new(Scripted(|service: &str, request: Value| {
        Reaction::Reply(match service {
            "contract_meta_store" => {
                json!({ "get_contract_meta": { "meta": { "abi": abi("koin") } } })
            }
            _ if request.get("get_head_info").is_some() => {
                let head = json!({ "id": "0x1220aa", "height": "4711", "previous": "0x1220bb" });
                json!({ "get_head_info": { "head_topology": head } })
            }
            _ if request.get("read_contract").is_some() => {
                let symbol =
                    json!({ "$type": "koinos.standards.kcs4.symbol_result", "value": "PROBE" });
                json!({ "read_contract": { "result": symbol } })
            }
            _ => json!({ "invoke_system_call": {} }),
        })
    }))
}

/// What a script gives in a page of the service.
async fn run(server: &Server, path: &str, script: &str) -> Value {
    let (url, script) = (format!("http://{}{path}", server.address), script.to_owned());
    let run = move || Browser::open(&url).run(&script);
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// Executes the operation that is open after `script`, and checks what the page shows.
async fn execute(path: &str, script: &str, expected: &Value) {
    let server = Server::start(node(), settings(), limits());
    let shown = run(&server, path, &format!("{script}{EXECUTE}")).await;
    assert_eq!(shown["status"], "200", "{shown}");
    let body: Value = serde_json::from_str(shown["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, *expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_shown() {
    let server = Server::start(node(), settings(), limits());
    let page = run(&server, "/docs#/Chain/get_v1_chain_head_info", SHOWN).await;
    let page = page.as_str().unwrap();
    assert!(page.contains("Koinos REST API"), "{page}");
    // Swagger UI puts a mark at each group of operations.
    for id in ["operations-tag-Accounts", "operations-tag-Transactions"] {
        assert!(page.contains(id), "{id}\n{page}");
    }
    assert!(!page.contains("Failed to load") && !page.contains("Parser error"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn execute_asks_the_service_and_shows_its_answer() {
    let head = json!({ "id": "0x1220aa", "height": "4711", "previous": "0x1220bb" });
    let expected = json!({ "head_topology": head });
    execute("/docs#/Chain/get_v1_chain_head_info", "", &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_methods_of_a_contract_are_shown_and_can_be_executed() {
    let path = format!("/swagger/{KOIN}");
    let server = Server::start(node(), settings(), limits());
    let page = run(&server, &path, SHOWN).await;
    assert!(page.as_str().unwrap().contains(&format!("'{KOIN}' REST API")), "{page}");
    execute(&path, OPEN_SYMBOL, &json!({ "value": "PROBE" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_without_abi_says_so() {
    let none: Arc<dyn Transport> = Arc::new(Scripted(|service: &str, _request: Value| {
        Reaction::Reply(match service {
            "contract_meta_store" => json!({ "get_contract_meta": {} }),
            _ => json!({ "invoke_system_call": {} }),
        })
    }));
    let server = Server::start(none, settings(), limits());
    let script = "return until(() => document.body.innerText.includes('Failed to load API'));";
    let said = run(&server, &format!("/swagger/{KOIN}"), script).await;
    assert_eq!(said, true);
}
