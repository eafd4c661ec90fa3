//! What the tests share: the daemon, scripted services, clients.
#![allow(dead_code, reason = "each test program uses a part")]

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full};
use hyper::client::conn::http2;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use koinos_grpc::Raw;
use koinos_mq::{Bus, Config};
use koinos_proto::BlockTopology;
use koinos_proto::rpc::chain::{
    ChainResponse, GetHeadInfoResponse, chain_response::Response as Reply,
};
use koinos_testkit::{Broker, Daemon};
use prost::Message;
use tempfile::TempDir;
use tonic::Status;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_koinos-grpc");

pub fn url() -> String {
    Broker::shared().unwrap().vhost().unwrap().url
}

pub async fn bus(url: &str) -> Bus {
    let bus = Bus::start(Config::new(url, "test", "client")).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    bus
}

/// The daemon with a base directory of its own.
pub struct Node {
    pub directory: TempDir,
    pub daemon: Daemon,
    pub address: SocketAddr,
}

impl Node {
    /// Starts on a free port.
    pub fn start(url: &str, more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut arguments = vec!["-d", directory.path().to_str().unwrap(), "-a", url];
        arguments.extend(["-e", "127.0.0.1:0"]);
        arguments.extend(more);
        let daemon = Daemon::start(PROGRAM, arguments).unwrap();
        let line = daemon.wait_for("Listening on", LIMIT).unwrap();
        let address = line.rsplit(' ').next().unwrap().parse().unwrap();
        Self { directory, daemon, address }
    }

    pub fn ready(url: &str, more: &[&str]) -> Self {
        let node = Self::start(url, more);
        node.daemon.wait_for("Ready", LIMIT).unwrap();
        node
    }

    pub async fn connect(&self) -> Channel {
        connect(self.address).await
    }
}

pub async fn connect(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    endpoint.connect_timeout(LIMIT).connect().await.unwrap()
}

/// Calls a method with tonic's client.
pub async fn call(
    channel: &Channel,
    method: &str,
    request: tonic::Request<Bytes>,
) -> Result<tonic::Response<Bytes>, Status> {
    let mut grpc = tonic::client::Grpc::new(channel.clone())
        .max_decoding_message_size(usize::MAX)
        .accept_compressed(CompressionEncoding::Gzip);
    grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path = format!("/koinos.services.koinos/{method}").parse().unwrap();
    grpc.unary(request, path, Raw).await
}

/// Asks with one message for another.
pub async fn ask<M: Message + Default>(
    channel: &Channel,
    method: &str,
    request: &impl Message,
) -> Result<M, Status> {
    let request = tonic::Request::new(request.encode_to_vec().into());
    let reply = tokio::time::timeout(LIMIT, call(channel, method, request)).await.unwrap()?;
    Ok(M::decode(reply.into_inner()).unwrap())
}

/// Asks for the head; its height.
pub async fn height(channel: &Channel) -> Result<u64, Status> {
    let head: GetHeadInfoResponse = ask(channel, "get_head_info", &()).await?;
    Ok(head.head_topology.unwrap().height)
}

/// A reply of chain to `get_head_info`, with `padding` bytes more.
pub fn head_info(height: u64, padding: usize) -> Bytes {
    let head_topology = Some(BlockTopology { height, ..Default::default() });
    let head_state_merkle_root = vec![7; padding].into();
    let info = GetHeadInfoResponse { head_topology, head_state_merkle_root, ..Default::default() };
    reply(Reply::GetHeadInfo(info))
}

pub fn reply(reply: Reply) -> Bytes {
    ChainResponse { response: Some(reply) }.encode_to_vec().into()
}

/// Serves chain until the bus is dropped.
pub async fn serve_chain<F>(url: &str, answer: impl Fn(Bytes) -> F + Send + Sync + 'static) -> Bus
where
    F: Future<Output = Bytes> + Send + 'static,
{
    let chain = bus(url).await;
    chain.serve("chain", 4, answer);
    tokio::time::timeout(LIMIT, chain.consuming()).await.unwrap();
    chain
}

/// An HTTP/2 connection without anything of gRPC in it, and when it ends.
pub async fn plain(
    address: SocketAddr,
) -> (http2::SendRequest<Full<Bytes>>, tokio::task::JoinHandle<hyper::Result<()>>) {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    (sender, tokio::spawn(connection))
}

/// A request for a method with a message in it.
pub fn post(method: &str, headers: &[(&str, &str)], message: &[u8]) -> Request<Full<Bytes>> {
    let mut request = Request::post(format!("http://test/koinos.services.koinos/{method}"));
    for (name, value) in
        [("content-type", "application/grpc"), ("te", "trailers")].iter().chain(headers)
    {
        request = request.header(*name, *value);
    }
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    request.body(Full::from([&[0], &length[..], message].concat())).unwrap()
}

/// The whole response: its headers, and what came with its body.
pub async fn whole(response: Response<hyper::body::Incoming>) -> (HeaderMap, Collected<Bytes>) {
    let (parts, body) = response.into_parts();
    (parts.headers, body.collect().await.unwrap())
}

/// The status in headers or trailers.
pub fn status(headers: &HeaderMap) -> i32 {
    headers["grpc-status"].to_str().unwrap().parse().unwrap()
}
