//! What the tests share: a scripted backend, the service over real HTTP, a plain HTTP client.
#![allow(dead_code, reason = "each test program uses a part")]

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use koinos_jsonrpc::{Gateway, Http, HttpSettings, Limits, Settings, listen, serve};
use koinos_rpc::{BoxFuture, CallOptions, RpcError, Transport};
use tokio_util::sync::CancellationToken;

pub use koinos_testkit::http::{Client, Reply};

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// What a service does with the next request.
#[derive(Debug, Clone)]
pub struct Step {
    pub service: String,
    pub request: Bytes,
    pub reply: Result<Bytes, RpcError>,
}

/// A transport that expects certain requests, in any order, and answers as it was told.
#[derive(Default)]
pub struct Script {
    steps: Mutex<VecDeque<Step>>,
    faults: Mutex<Vec<String>>,
}

impl Script {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        let steps = Mutex::new(steps.into_iter().collect());
        Arc::new(Self { steps, faults: Mutex::default() })
    }

    /// What was asked for and not expected, or the other way round.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.lock().unwrap().clone();
        let left = self.steps.lock().unwrap();
        faults.extend(left.iter().map(|step| format!("{} was not called", step.service)));
        faults
    }
}

impl Transport for Script {
    fn call_raw<'a>(
        &'a self,
        service: &'a str,
        request: Bytes,
        _options: CallOptions,
    ) -> BoxFuture<'a, Result<Bytes, RpcError>> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |step: &Step| step.service == service && step.request == request;
        let reply = match steps.iter().position(fits).and_then(|place| steps.remove(place)) {
            Some(step) => step.reply,
            None => {
                let hex: String = request.iter().map(|byte| format!("{byte:02x}")).collect();
                self.faults.lock().unwrap().push(format!("{service} got {hex}"));
                Err(RpcError::NotConnected)
            }
        };
        Box::pin(std::future::ready(reply))
    }

    fn broadcast(&self, topic: &str, _payload: Bytes) {
        self.faults.lock().unwrap().push(format!("a broadcast on {topic}"));
    }
}

/// Settings under which nothing is refused for want of time.
pub fn settings() -> Settings {
    Settings {
        jobs: 4,
        gateway_timeout: LIMIT,
        mq_timeout: LIMIT,
        max_batch: 100,
        whitelist: Vec::new(),
        blacklist: Vec::new(),
        head_cache: false,
    }
}

pub fn http_settings() -> HttpSettings {
    with_limits(limits())
}

pub fn with_limits(limits: Limits) -> HttpSettings {
    HttpSettings { endpoint: "/".to_owned(), limits, websocket: None }
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

pub fn gateway(transport: Arc<dyn Transport>, settings: &Settings) -> Arc<Gateway> {
    let pool = koinos_proto::descriptor_pool().clone();
    Arc::new(Gateway::new(pool, transport, settings))
}

/// The service on a port of its own, until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub ended: tokio::task::JoinHandle<()>,
}

impl Server {
    pub fn start(gateway: Arc<Gateway>, settings: HttpSettings) -> Self {
        let listener = listen(None, (Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let http = Arc::new(Http::new(gateway, settings, stop.clone()));
        let ended = tokio::spawn(serve(listener, http));
        Self { address, stop, ended }
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// One request over a connection of its own, from a thread that may wait.
    pub async fn post(&self, body: impl Into<Vec<u8>>) -> Reply {
        let (address, body) = (self.address, body.into());
        let ask = move || Client::connect(address).request("POST", "/", &[], &body);
        tokio::task::spawn_blocking(ask).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
