//! A client of one instance, over JSON-RPC, gRPC or REST.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use koinos_codec::text::{to_base64url, to_hex};
use koinos_crypto::SecretKey;
use koinos_proto::rpc::chain::{InvokeSystemCallRequest, InvokeSystemCallResponse};
use prost::Message;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tonic::transport::{Channel, Endpoint};

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The form in which a node is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    JsonRpc,
    Grpc,
    Rest,
}

impl Kind {
    pub fn program(self) -> &'static str {
        match self {
            Self::JsonRpc => "koinos-jsonrpc",
            Self::Grpc => "koinos-grpc",
            Self::Rest => "koinos-rest",
        }
    }
}

type Sender = http1::SendRequest<Full<Bytes>>;

/// A connection to an instance.
pub enum Client {
    JsonRpc(Sender),
    Grpc(Channel),
    Rest(Sender),
}

impl Client {
    pub async fn connect(kind: Kind, address: SocketAddr) -> Result<Self> {
        Ok(match kind {
            Kind::JsonRpc => Self::JsonRpc(sender(address).await?),
            Kind::Rest => Self::Rest(sender(address).await?),
            Kind::Grpc => {
                Self::Grpc(Endpoint::from_shared(format!("http://{address}"))?.connect().await?)
            }
        })
    }

    /// Makes `chain` do a system call with these arguments, or over REST with an address that they
    /// stand for; what came back.
    pub async fn call(&mut self, args: &Bytes) -> Result<Bytes> {
        let call = async {
            match self {
                Self::JsonRpc(sender) => over_json_rpc(sender, args).await,
                Self::Grpc(channel) => over_grpc(channel, args).await,
                Self::Rest(sender) => over_rest(sender, args).await,
            }
        };
        tokio::time::timeout(PATIENCE, call).await.context("no answer in time")?
    }
}

async fn sender(address: SocketAddr) -> Result<Sender> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Its errors show in the calls.
    tokio::spawn(connection);
    Ok(sender)
}

/// Sends a request; the JSON of its reply.
async fn exchange(sender: &mut Sender, request: hyper::Request<Full<Bytes>>) -> Result<Value> {
    sender.ready().await?;
    let reply = sender.send_request(request).await?;
    ensure!(reply.status() == 200, "status {}", reply.status());
    Ok(serde_json::from_slice(&reply.into_body().collect().await?.to_bytes())?)
}

async fn over_json_rpc(sender: &mut Sender, args: &Bytes) -> Result<Bytes> {
    let params = json!({ "name": "echo", "args": to_base64url(args) });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "chain.invoke_system_call",
                       "params": params });
    let request = hyper::Request::post("/").header(HOST, "test").body(call.to_string().into())?;
    let reply = exchange(sender, request).await?;
    match reply["result"]["value"].as_str() {
        Some(value) => Ok(koinos_codec::text::from_base64url(value)?.into()),
        None => bail!("{reply}"),
    }
}

/// The metadata of a contract, whose hash is made of its address by the service behind.
async fn over_rest(sender: &mut Sender, args: &Bytes) -> Result<Bytes> {
    let address = SecretKey::from_seed(std::str::from_utf8(args)?)?.public_key().address();
    let path = format!("/v1/contract/{address}/metadata");
    let request = hyper::Request::get(path).header(HOST, "test").body(Full::default())?;
    let reply = exchange(sender, request).await?;
    let hash = reply["hash"].as_str().context("no hash")?.to_owned();
    Ok(if hash == to_hex(address.as_bytes()) { args.clone() } else { hash.into() })
}

/// A call that did not leave the client because the server was about to go is made again, over the next
/// connection: every client of gRPC has to do that, and tonic leaves it to those who use it.
async fn over_grpc(channel: &Channel, args: &Bytes) -> Result<Bytes> {
    match grpc_once(channel, args).await {
        Err(error) if never_left(&error) => grpc_once(channel, args).await,
        outcome => outcome,
    }
}

async fn grpc_once(channel: &Channel, args: &Bytes) -> Result<Bytes> {
    let request = InvokeSystemCallRequest { args: args.clone(), ..Default::default() };
    let request = tonic::Request::new(request.encode_to_vec().into());
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await?;
    let path = "/koinos.services.koinos/invoke_system_call".parse()?;
    let reply = grpc.unary(request, path, koinos_grpc::Raw).await?.into_inner();
    Ok(InvokeSystemCallResponse::decode(reply)?.value)
}

/// hyper cancels what still waits to be sent when the connection ends.
fn never_left(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(|e| e.is_canceled()))
}
