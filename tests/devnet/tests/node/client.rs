//! JSON-RPC over HTTP as a wallet uses it: one connection that is made again when it breaks.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::node::LIMIT;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before a request is sent again.
pub const PAUSE: Duration = Duration::from_millis(50);

/// The chain could not use another service.
const RPC_FAILURE: i64 = -1008;

/// Why a call has no result.
#[derive(Debug)]
pub enum Failure {
    /// Some process on the way was not there, or did not answer: whether the call was carried out
    /// is not known.
    Unreachable(String),
    /// The service refused.
    Refused {
        /// The number in `error.data`.
        code: Option<i64>,
        /// `error.message`, for whoever prints this.
        #[allow(dead_code, reason = "printed by Debug")]
        message: String,
    },
}

/// A client.
pub struct Client {
    address: SocketAddr,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    /// Calls a method once.
    pub async fn try_call(&mut self, method: &str, params: &Value) -> Result<Value, Failure> {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let reply = tokio::time::timeout(PATIENCE, self.post(call.to_string().into())).await;
        let reply = reply.context("no answer in time").flatten();
        if reply.is_err() {
            self.connection = None;
        }
        let mut reply = reply.map_err(|error| Failure::Unreachable(format!("{error:#}")))?;
        match reply.get("error") {
            None => Ok(reply["result"].take()),
            Some(error) => Err(failure(error)),
        }
    }

    /// Calls a method that only reads, again and again until there is an answer.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        let mut last = String::new();
        let answer = tokio::time::timeout(LIMIT, async {
            loop {
                match self.try_call(method, &params).await {
                    Ok(result) => return result,
                    Err(Failure::Unreachable(text)) => last = text,
                    Err(refusal) => panic!("{method}: {refusal:?}"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        let answer = answer.await.ok();
        answer.unwrap_or_else(|| panic!("no answer to {method}, at last: {last}"))
    }

    async fn post(&mut self, body: Bytes) -> Result<Value> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(self.address).await?),
        };
        connection.ready().await?;
        let request = hyper::Request::post("/").header(HOST, "test").body(Full::new(body))?;
        let reply = connection.send_request(request).await?;
        let status = reply.status();
        let body = reply.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "status {status}");
        Ok(serde_json::from_slice(&body)?)
    }

    /// The height and the id of the head.
    pub async fn head(&mut self) -> (u64, String) {
        let head = self.call("chain.get_head_info", json!({})).await;
        let topology = &head["head_topology"];
        (number(&topology["height"]), topology["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Waits for a head of that height at least.
    pub async fn wait_for_height(&mut self, height: u64) {
        let waiting = async {
            while self.head().await.0 < height {
                tokio::time::sleep(PAUSE).await;
            }
        };
        let came = tokio::time::timeout(LIMIT, waiting).await;
        assert!(came.is_ok(), "no block at height {height}");
    }

    /// All blocks from height 1 up to the head.
    pub async fn blocks(&mut self) -> Vec<Value> {
        let (height, id) = self.head().await;
        let mut blocks = Vec::new();
        while (blocks.len() as u64) < height {
            let params = json!({
                "head_block_id": id, "ancestor_start_height": blocks.len() + 1, "num_blocks": 50,
                "return_block": true,
            });
            let mut reply = self.call("block_store.get_blocks_by_height", params).await;
            let items = reply["block_items"].as_array_mut().expect("blocks");
            assert!(!items.is_empty(), "a block is missing above {}", blocks.len());
            blocks.append(items);
        }
        blocks
    }

    /// The ids of pending transactions.
    pub async fn pending(&mut self) -> Vec<String> {
        let reply = self.call("mempool.get_pending_transactions", json!({ "limit": 2000 })).await;
        let list = reply["pending_transactions"].as_array().map_or(&[][..], Vec::as_slice);
        list.iter().map(|item| text(&item["transaction"]["id"])).collect()
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Its errors show in the requests.
    tokio::spawn(connection);
    Ok(sender)
}

/// Tells an answer of the service from the lack of one.
fn failure(error: &Value) -> Failure {
    let data = error["data"].as_str().unwrap_or_default();
    let code = serde_json::from_str::<Value>(data).ok().and_then(|data| data["code"].as_i64());
    if data.starts_with("rpc failed") || code == Some(RPC_FAILURE) {
        return Failure::Unreachable(error.to_string());
    }
    Failure::Refused { code, message: text(&error["message"]) }
}

/// The text in a JSON value, empty if it is something else.
pub fn text(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

/// A number, which Koinos JSON may write as text or leave out when it is 0.
pub fn number(json: &Value) -> u64 {
    json.as_u64().or_else(|| json.as_str()?.parse().ok()).unwrap_or(0)
}
