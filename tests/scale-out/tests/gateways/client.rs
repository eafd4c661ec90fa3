//! A client of one instance, over JSON-RPC or gRPC.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use koinos_codec::text::to_base64url;
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
}

impl Kind {
    pub fn program(self) -> &'static str {
        match self {
            Self::JsonRpc => "koinos-jsonrpc",
            Self::Grpc => "koinos-grpc",
        }
    }
}

/// A connection to an instance.
pub enum Client {
    JsonRpc(http1::SendRequest<Full<Bytes>>),
    Grpc(Channel),
}

impl Client {
    pub async fn connect(kind: Kind, address: SocketAddr) -> Result<Self> {
        Ok(match kind {
            Kind::JsonRpc => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
                // Its errors show in the calls.
                tokio::spawn(connection);
                Self::JsonRpc(sender)
            }
            Kind::Grpc => {
                Self::Grpc(Endpoint::from_shared(format!("http://{address}"))?.connect().await?)
            }
        })
    }

    /// Calls `chain.invoke_system_call` with these arguments; what came back.
    pub async fn call(&mut self, args: &Bytes) -> Result<Bytes> {
        let call = async {
            match self {
                Self::JsonRpc(sender) => over_json_rpc(sender, args).await,
                Self::Grpc(channel) => over_grpc(channel, args).await,
            }
        };
        tokio::time::timeout(PATIENCE, call).await.context("no answer in time")?
    }
}

async fn over_json_rpc(
    sender: &mut http1::SendRequest<Full<Bytes>>,
    args: &Bytes,
) -> Result<Bytes> {
    let params = json!({ "name": "echo", "args": to_base64url(args) });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "chain.invoke_system_call",
                       "params": params });
    sender.ready().await?;
    let request = hyper::Request::post("/").header(HOST, "test").body(call.to_string().into())?;
    let reply = sender.send_request(request).await?;
    ensure!(reply.status() == 200, "status {}", reply.status());
    let reply: Value = serde_json::from_slice(&reply.into_body().collect().await?.to_bytes())?;
    match reply["result"]["value"].as_str() {
        Some(value) => Ok(koinos_codec::text::from_base64url(value)?.into()),
        None => bail!("{reply}"),
    }
}

async fn over_grpc(channel: &Channel, args: &Bytes) -> Result<Bytes> {
    let request = InvokeSystemCallRequest { args: args.clone(), ..Default::default() };
    let request = tonic::Request::new(request.encode_to_vec().into());
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await?;
    let path = "/koinos.services.koinos/invoke_system_call".parse()?;
    let reply = grpc.unary(request, path, koinos_grpc::Raw).await?.into_inner();
    Ok(InvokeSystemCallResponse::decode(reply)?.value)
}
