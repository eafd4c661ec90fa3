//! What the tests share: a scripted backend, the service over real HTTP, a plain HTTP client.
#![allow(dead_code, reason = "each test program uses a part")]

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use koinos_jsonrpc::{Gateway, Http, HttpSettings, Limits, Settings, listen, serve};
use koinos_rpc::{BoxFuture, CallOptions, RpcError, Transport};
use tokio_util::sync::CancellationToken;

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

/// A client that says exactly what it is told to.
pub struct Client {
    pub stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, LIMIT).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        self.send(head.as_bytes());
        self.send(body);
        self.reply()
    }

    /// Reads one reply, whose body has a length or comes in chunks.
    pub fn reply(&mut self) -> Reply {
        let head = self.until(b"\r\n\r\n");
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        };
        let mut reply = Reply { status, headers: lines.map(header).collect(), body: Vec::new() };
        if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = self.until(b"\r\n");
                let size = std::str::from_utf8(&size).unwrap().trim();
                let size = usize::from_str_radix(size, 16).unwrap();
                reply.body.extend(self.exactly(size));
                self.exactly(2);
                if size == 0 {
                    return reply;
                }
            }
        }
        let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
        reply.body = self.exactly(length);
        reply
    }

    fn fill(&mut self) -> bool {
        let mut piece = [0; 65_536];
        let count = self.stream.read(&mut piece).unwrap();
        self.read.extend(&piece[..count]);
        count > 0
    }

    fn until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(place) = self.read.windows(end.len()).position(|window| window == end) {
                return self.read.drain(..place + end.len()).collect();
            }
            assert!(self.fill(), "the connection ended");
        }
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            assert!(self.fill(), "the connection ended");
        }
        self.read.drain(..length).collect()
    }

    /// Waits until the other side closes the connection; what it said before.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.read);
        // Closing with unread bytes on the other side shows as a reset.
        let _ = self.stream.read_to_end(&mut rest);
        rest
    }
}
