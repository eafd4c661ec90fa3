//! The pages in a real browser, which has to be installed (`scripts/install-deps.sh chromium`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may")]

mod common;

use std::process::{Command, Stdio};
use std::sync::Arc;

use common::{KOIN, LIMIT, Reaction, Scripted, Server, abi, limits, settings};
use koinos_rpc::Transport;
use koinos_testkit::Daemon;
use serde_json::{Value, json};

/// What the browser may take to draw a page, in milliseconds of the page's own clock.
const BUDGET: &str = "--virtual-time-budget=20000";

/// A node with one contract.
fn node() -> Arc<dyn Transport> {
    Arc::new(Scripted(|service: &str, _request: Value| {
        Reaction::Reply(match service {
            "contract_meta_store" => {
                json!({ "get_contract_meta": { "meta": { "abi": abi("koin") } } })
            }
            _ => json!({ "invoke_system_call": {} }),
        })
    }))
}

/// The page as the browser has it once its scripts have run.
fn drawn(url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new("chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        BUDGET,
        "--dump-dom",
    ]);
    command.arg(format!("--user-data-dir={}", profile.path().display())).arg(url);
    command.env("HOME", profile.path()).stdin(Stdio::null());
    let mut browser =
        Daemon::spawn(command).expect("chromium is missing: scripts/install-deps.sh chromium");
    browser.wait(2 * LIMIT).unwrap();
    browser.output()
}

async fn page(server: &Server, path: &str) -> String {
    let url = format!("http://{}{path}", server.address);
    tokio::task::spawn_blocking(move || drawn(&url)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_shown() {
    let server = Server::start(node(), settings(), limits());
    let page = page(&server, "/docs#/Chain/get_v1_chain_head_info").await;
    assert!(page.contains("Koinos REST API"), "{page}");
    // Swagger UI puts a mark at each operation.
    for id in ["operations-Accounts", "operations-Transactions"] {
        assert!(
            page.contains(id) || page.contains(&id.replace("operations", "operations-tag")),
            "{id}\n{page}"
        );
    }
    assert!(!page.contains("Failed to load") && !page.contains("Parser error"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_methods_of_a_contract_are_shown() {
    let server = Server::start(node(), settings(), limits());
    let page = page(&server, &format!("/swagger/{KOIN}")).await;
    assert!(page.contains(&format!("'{KOIN}' REST API")), "{page}");
    assert!(page.contains("opblock-tag"), "{page}");
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
    let page = page(&server, &format!("/swagger/{KOIN}")).await;
    assert!(page.contains("Failed to load API definition"), "{page}");
}
