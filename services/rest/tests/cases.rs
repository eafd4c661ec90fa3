//! The cases in `cases/`: requests, the calls of services that they lead to, and responses.
//!
//! Requests and replies of services are Koinos JSON of their messages. `{"$type": NAME, ...}` stands
//! for the base64 of a message, `{"$abi": NAME}` for the ABI of one of our contracts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::{Asked, Reaction, Script, Server, Step, filled, limits, settings};
use koinos_rest::openapi;
use koinos_rpc::RpcError;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// `GET /v1/...`, or `POST /v1/...` with a body.
    request: String,
    #[serde(default)]
    body: Value,
    #[serde(default)]
    calls: Vec<Call>,
    #[serde(default = "ok")]
    status: u16,
    response: Value,
    /// Headers of the response that matter.
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

fn ok() -> u16 {
    200
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    service: String,
    request: Value,
    #[serde(default)]
    reply: Value,
    /// The call does not come through.
    #[serde(default)]
    failure: Option<String>,
}

impl Call {
    fn step(self) -> Step {
        let service = self.service.clone();
        let reaction = match self.failure.as_deref() {
            None => Reaction::Reply(self.reply),
            Some("timeout") => {
                Reaction::Fails(RpcError::Timeout { service, millis: 5_000, consumers: Some(1) })
            }
            Some("no_such_service") => Reaction::Fails(RpcError::NoSuchService(service)),
            Some("connection_lost") => Reaction::Fails(RpcError::ConnectionLost(service)),
            Some(other) => panic!("no failure is called {other}"),
        };
        Step { service: self.service, request: filled(self.request), reaction }
    }
}

impl Case {
    fn asked(&self) -> Asked {
        let (method, path) = self.request.split_once(' ').unwrap();
        let body = match &self.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            json => filled(json.clone()).to_string(),
        };
        Asked { method: method.into(), path: path.into(), headers: Vec::new(), body }
    }

    async fn check(self, file: &str) {
        let title = format!("{file}: {}", self.name);
        let asked = self.asked();
        let script = Script::new(self.calls.into_iter().map(Call::step).collect());
        let server = Server::start(script.transport(), settings(), limits());
        let reply = server.ask(asked).await;
        assert_eq!(script.faults(), [""; 0], "{title}: {}", reply.text());
        let body: Value = serde_json::from_str(reply.text()).unwrap();
        assert_eq!(body, filled(self.response), "{title}");
        assert_eq!(reply.status, self.status, "{title}");
        assert_eq!(reply.header("content-type"), Some("application/json"), "{title}");
        for (name, value) in &self.headers {
            let found: Vec<&str> = reply
                .headers
                .iter()
                .filter(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
                .collect();
            assert_eq!(found.join(", "), *value, "{title}: {name}");
        }
    }
}

fn cases() -> Vec<(String, Case)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let cases: Vec<Case> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        all.extend(cases.into_iter().map(|case| (file.clone(), case)));
    }
    assert!(all.len() > 100, "{} cases", all.len());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_is_answered_as_written() {
    for (file, case) in cases() {
        case.check(&file).await;
    }
}

/// No path of the document is without a case that succeeds.
#[test]
fn every_path_has_a_case() {
    let answered: Vec<Vec<String>> = cases()
        .iter()
        .filter(|(_, case)| case.status == 200)
        .map(|(_, case)| {
            let (verb, path) = case.request.split_once(' ').unwrap();
            let path = path.split('?').next().unwrap();
            [verb.to_lowercase()].into_iter().chain(path.split('/').map(str::to_owned)).collect()
        })
        .collect();
    let document = openapi::document().unwrap();
    let mut missing = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for verb in item.as_object().unwrap().keys() {
            let parts: Vec<&str> = [verb.as_str()].into_iter().chain(path.split('/')).collect();
            let fits = |case: &Vec<String>| {
                case.len() == parts.len()
                    && case.iter().zip(&parts).all(|(is, part)| part.starts_with('{') || is == part)
            };
            if path != "/v1/swagger" && !answered.iter().any(fits) {
                missing.insert(format!("{verb} {path}"));
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served() {
    let server = Server::start(Script::new(Vec::new()).transport(), settings(), limits());
    let reply = server.get("/v1/swagger").await;
    let served: Value = serde_json::from_str(reply.text()).unwrap();
    assert_eq!(served, *openapi::document().unwrap());
    assert_eq!(served["openapi"], json!("3.0.3"));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=3600"));
    assert!(reply.header("etag").is_some());
}
