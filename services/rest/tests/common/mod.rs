//! What the tests share: scripted services, and the service over real HTTP.
#![allow(dead_code, reason = "each test program uses a part")]

pub mod chromium;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use koinos_codec::json::Mapping;
use koinos_codec::text::to_base64url;
use koinos_contracts::CONTRACTS;
use koinos_http::{Front, Limits, listen};
use koinos_rest::{App, Http, Settings, serve};
use koinos_rpc::{BoxFuture, CallOptions, RpcError, Transport};
use koinos_testkit::http::{Client, Reply};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);
/// The addresses in tests.
pub const KOIN: &str = "15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL";
pub const ALICE: &str = "1NsQbH5AhQXgtSNg1ejpFqTi2hmCWz1eQS";

/// A transport that answers by a function of the service and its request, both as Koinos JSON.
pub struct Scripted<F>(pub F);

/// What a scripted service does.
pub enum Reaction {
    /// It replies, in Koinos JSON of its response.
    Reply(Value),
    /// The call fails on the way.
    Fails(RpcError),
    /// There is no answer, ever.
    Silent,
}

impl<F: Fn(&str, Value) -> Reaction + Send + Sync + 'static> Transport for Scripted<F> {
    fn call_raw<'a>(
        &'a self,
        service: &'a str,
        request: Bytes,
        _options: CallOptions,
    ) -> BoxFuture<'a, Result<Bytes, RpcError>> {
        let name = |kind: &str| format!("koinos.rpc.{service}.{service}_{kind}");
        let json = Mapping::koinos().decode(&name("request"), &request).unwrap();
        let reaction = (self.0)(service, json);
        let reply = match reaction {
            Reaction::Reply(json) => {
                let json = filled(json);
                Ok(Mapping::koinos().encode(&name("response"), &json).unwrap().into())
            }
            Reaction::Fails(error) => Err(error),
            Reaction::Silent => return Box::pin(std::future::pending()),
        };
        Box::pin(std::future::ready(reply))
    }

    fn broadcast(&self, topic: &str, _payload: Bytes) {
        panic!("a broadcast on {topic}");
    }
}

/// Replaces `{"$type": NAME, ...}` by the base64 of that message, and `{"$abi": NAME}` by the text of
/// a contract's ABI.
pub fn filled(json: Value) -> Value {
    match json {
        Value::Object(mut members) => {
            if let Some(name) = members.get("$abi").and_then(Value::as_str) {
                return abi(name).into();
            }
            if let Some(Value::String(name)) = members.remove("$type") {
                let json = filled(Value::Object(members));
                return to_base64url(&Mapping::koinos().encode(&name, &json).unwrap()).into();
            }
            members.into_iter().map(|(name, value)| (name, filled(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(filled).collect(),
        json => json,
    }
}

/// The ABI of one of our contracts.
pub fn abi(name: &str) -> &'static str {
    CONTRACTS.iter().find(|contract| contract.name == name).unwrap().abi
}

/// Services that have to be called as a list says, in any order.
#[derive(Default)]
pub struct Script {
    steps: Mutex<Vec<Step>>,
    faults: Mutex<Vec<String>>,
}

pub struct Step {
    pub service: String,
    pub request: Value,
    pub reaction: Reaction,
}

impl Script {
    pub fn new(steps: Vec<Step>) -> Arc<Self> {
        Arc::new(Self { steps: Mutex::new(steps), faults: Mutex::default() })
    }

    /// The transport that follows the script.
    pub fn transport(self: &Arc<Self>) -> Arc<dyn Transport> {
        let script = self.clone();
        Arc::new(Scripted(move |service: &str, request| script.react(service, request)))
    }

    fn react(&self, service: &str, request: Value) -> Reaction {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |step: &Step| step.service == service && step.request == request;
        match steps.iter().position(fits) {
            Some(place) => steps.remove(place).reaction,
            None => {
                self.faults.lock().unwrap().push(format!("{service} got {request}"));
                Reaction::Fails(RpcError::NotConnected)
            }
        }
    }

    /// What was asked for and not expected, or the other way round.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.lock().unwrap().clone();
        let left = self.steps.lock().unwrap();
        faults.extend(
            left.iter().map(|step| format!("{} was not asked {}", step.service, step.request)),
        );
        faults
    }
}

/// Settings under which nothing is refused for want of time.
pub fn settings() -> Settings {
    Settings {
        jobs: 8,
        gateway_timeout: LIMIT,
        mq_timeout: LIMIT,
        request_timeout: LIMIT,
        kap: koinos_crypto::Address::from_base58("13tmzDmfqCsbYT26C4CmKxq86d33senqH3").ok(),
        nicknames: koinos_crypto::Address::from_base58("1KD9Es7LBBjA1FY3ViCgQJ7e6WH1ipKbhz").ok(),
        remembered: LIMIT,
        abi_cache: 1 << 20,
        maintenance: false,
    }
}

pub fn limits() -> Limits {
    Limits {
        max_request: 1 << 20,
        max_connections: 64,
        client_timeout: LIMIT,
        rate_limit: 0,
        forwarded: false,
    }
}

/// The service on a port of its own, until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub ended: tokio::task::JoinHandle<()>,
}

impl Server {
    pub fn start(transport: Arc<dyn Transport>, settings: Settings, limits: Limits) -> Self {
        let listener = listen(None, (Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let front = Arc::new(Front::new(limits, metrics::gauge!("test"), stop.clone()));
        let app = Arc::new(App::new(transport, &settings));
        let http = Arc::new(Http::new(app, front, settings));
        let ended = tokio::spawn(serve(listener, http));
        Self { address, stop, ended }
    }

    /// One request over a connection of its own, from a thread that may wait.
    pub async fn ask(&self, request: Asked) -> Reply {
        let address = self.address;
        let ask = move || request.of(&mut Client::connect(address));
        tokio::task::spawn_blocking(ask).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Asked { path: path.to_owned(), ..Asked::default() }).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Default for Asked {
    fn default() -> Self {
        Self { method: "GET".into(), path: "/".into(), headers: Vec::new(), body: String::new() }
    }
}

impl Asked {
    pub fn post(path: &str, body: &Value) -> Self {
        Self { method: "POST".into(), path: path.into(), body: body.to_string(), ..Self::default() }
    }

    pub fn of(&self, client: &mut Client) -> Reply {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        client.request(&self.method, &self.path, &headers, self.body.as_bytes())
    }
}
