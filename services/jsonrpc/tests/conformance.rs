//! The cases in `conformance/`, through the pipeline and over HTTP.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use common::{Script, Server, Step, gateway, http_settings, settings};
use koinos_jsonrpc::{Gateway, Settings};
use koinos_rpc::RpcError;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    request: String,
    #[serde(default)]
    calls: Vec<Call>,
    response: String,
    #[serde(default)]
    whitelist: Vec<String>,
    #[serde(default)]
    blacklist: Vec<String>,
    #[serde(default)]
    max_batch: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    service: String,
    request: String,
    #[serde(default)]
    reply: String,
    #[serde(default)]
    failure: Option<String>,
}

fn bytes(hex: &str) -> Bytes {
    let pair = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(pair).collect()
}

impl Call {
    fn step(&self) -> Step {
        let service = self.service.clone();
        let reply = match self.failure.as_deref() {
            None => Ok(bytes(&self.reply)),
            Some("timeout") => {
                Err(RpcError::Timeout { service, millis: 5_000, consumers: Some(1) })
            }
            Some("connection_lost") => Err(RpcError::ConnectionLost(service)),
            Some("not_connected") => Err(RpcError::NotConnected),
            Some("no_such_service") => Err(RpcError::NoSuchService(service)),
            Some("too_large") => Err(RpcError::TooLarge { size: 1, limit: 1 }),
            Some(other) => panic!("no failure is called {other}"),
        };
        Step { service: self.service.clone(), request: bytes(&self.request), reply }
    }
}

impl Case {
    fn set_up(&self) -> (Arc<Script>, Arc<Gateway>) {
        let script = Script::new(self.calls.iter().map(Call::step));
        let defaults = settings();
        let settings = Settings {
            whitelist: self.whitelist.clone(),
            blacklist: self.blacklist.clone(),
            max_batch: self.max_batch.unwrap_or(defaults.max_batch),
            ..defaults
        };
        let gateway = gateway(script.clone(), &settings);
        (script, gateway)
    }

    fn check(&self, file: &str, response: &str, script: &Script) {
        let title = format!("{file}: {}", self.name);
        assert_eq!(script.faults(), [""; 0], "{title}");
        assert_eq!(response, self.response, "{title}");
    }
}

fn cases() -> Vec<(String, Case)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "json") {
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
            all.extend(cases.into_iter().map(|case| (file.clone(), case)));
        }
    }
    assert!(all.len() > 100, "{} cases", all.len());
    all
}

#[tokio::test]
async fn the_pipeline_answers_to_the_byte() {
    for (file, case) in cases() {
        let (script, gateway) = case.set_up();
        let response = gateway.handle(case.request.clone().into()).await.unwrap();
        case.check(&file, &response, &script);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http_answers_to_the_byte() {
    for (file, case) in cases() {
        let (script, gateway) = case.set_up();
        let server = Server::start(gateway, http_settings());
        let reply = server.post(case.request.clone()).await;
        case.check(&file, reply.text(), &script);
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    }
}

/// No method of the original's services is without a case.
#[test]
fn every_method_has_a_case() {
    let tested: BTreeSet<String> = cases()
        .iter()
        .filter(|(_, case)| case.response.contains("\"result\""))
        .filter_map(|(_, case)| serde_json::from_str::<serde_json::Value>(&case.request).ok())
        .filter_map(|request| Some(request.get("method")?.as_str()?.to_owned()))
        .collect();
    let gateway = gateway(Script::new([]), &settings());
    // The descriptors have one service more, which only some nodes run.
    let missing: Vec<String> = gateway
        .method_names()
        .into_iter()
        .filter(|name| !name.starts_with("koindx_tracker.") && !tested.contains(name))
        .collect();
    assert_eq!(missing, [""; 0]);
}
