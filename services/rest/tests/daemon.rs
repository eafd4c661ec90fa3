//! The daemon with a broker: start, stop, sockets, services that come and go.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use bytes::Bytes;
use koinos_mq::{Bus, Config};
use koinos_proto::BlockTopology;
use koinos_proto::rpc::chain::chain_response::Response;
use koinos_proto::rpc::chain::{ChainResponse, GetHeadInfoResponse};
use koinos_testkit::http::{Client, Reply};
use koinos_testkit::{Broker, Daemon, free_ports, poll};
use prost::Message;
use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_koinos-rest");
/// Far more than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

fn url() -> String {
    Broker::shared().unwrap().vhost().unwrap().url
}

/// The daemon with a base directory of its own.
struct Node {
    _directory: TempDir,
    daemon: Daemon,
    address: SocketAddr,
}

impl Node {
    fn start(url: &str, more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut arguments = vec!["-d", directory.path().to_str().unwrap(), "-a", url];
        arguments.extend(["-L", "/ip4/127.0.0.1/tcp/0"]);
        arguments.extend(more);
        let daemon = Daemon::start(PROGRAM, arguments).unwrap();
        let line = daemon.wait_for("Listening on", LIMIT).unwrap();
        let address = line.rsplit(' ').next().unwrap().parse().unwrap();
        Self { _directory: directory, daemon, address }
    }

    async fn get(&self, path: &'static str) -> Reply {
        let address = self.address;
        let ask = move || Client::connect(address).request("GET", path, &[], b"");
        tokio::task::spawn_blocking(ask).await.unwrap()
    }
}

fn head_info(height: u64) -> Bytes {
    let topology = BlockTopology { height, ..Default::default() };
    let info = GetHeadInfoResponse { head_topology: Some(topology), ..Default::default() };
    ChainResponse { response: Some(Response::GetHeadInfo(info)) }.encode_to_vec().into()
}

async fn bus(url: &str) -> Bus {
    let bus = Bus::start(Config::new(url, "test", "client")).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    bus
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_from_its_first_moment_and_stops_in_good_order() {
    let [port] = free_ports().unwrap();
    let mut node = Node::start(&format!("amqp://guest:guest@127.0.0.1:{port}/"), &[]);
    let reply = node.get("/v1/chain/head_info").await;
    assert_eq!((reply.status, reply.text()), (500, "{\"error\":\"unknown error\"}"));
    assert_eq!(node.get("/v1/swagger").await.status, 200, "what needs no node");
    let cause = "GET /v1/chain/head_info: AMQP connection is not open";
    node.daemon.wait_for(cause, LIMIT).unwrap();
    node.daemon.terminate();
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn services_and_the_broker_may_come_and_go() {
    let broker = Broker::start().unwrap();
    let url = broker.vhost().unwrap().url;
    let node = Node::start(&url, &[]);
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    assert_eq!(node.get("/v1/chain/head_info").await.status, 500);
    node.daemon.wait_for("no such service: chain", LIMIT).unwrap();

    let chain = bus(&url).await;
    chain.serve("chain", 2, |_| std::future::ready(head_info(3)));
    chain.consuming().await;
    let reply = node.get("/v1/chain/head_info").await;
    let body: Value = serde_json::from_str(reply.text()).unwrap();
    assert_eq!(body, json!({ "head_topology": { "height": "3" } }));

    tokio::task::block_in_place(|| broker.stop()).unwrap();
    node.daemon.wait_for("lost the broker", LIMIT).unwrap();
    assert_eq!(node.get("/v1/chain/head_info").await.status, 500);
    tokio::task::block_in_place(|| broker.resume()).unwrap();
    let address = node.address;
    let again = move || {
        poll("answer", LIMIT, || {
            let reply = Client::connect(address).request("GET", "/v1/chain/head_info", &[], b"");
            Ok((reply.status == 200).then_some(()))
        })
    };
    tokio::task::spawn_blocking(again).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inherited_socket_is_listened_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().to_str().unwrap();
    let arguments = ["-d", base, "-a", &url(), "-L", "/ip4/127.0.0.1/tcp/1"];
    let daemon = Daemon::inheriting(&listener, "rest", PROGRAM, &arguments).unwrap();
    let address = listener.local_addr().unwrap();
    daemon.wait_for(&format!("Listening on {address}"), LIMIT).unwrap();
    let ask = move || Client::connect(address).request("GET", "/v1/swagger", &[], b"");
    assert_eq!(tokio::task::spawn_blocking(ask).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_stand_in_its_section() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "global:\n  amqp: {}\nrest:\n  listen: /ip4/127.0.0.1/tcp/0\n  maintenance-mode: \"on\"\n  \
         kap-address: none\n",
        url()
    );
    std::fs::write(directory.path().join("config.yml"), text).unwrap();
    let daemon = Daemon::start(PROGRAM, ["-d", directory.path().to_str().unwrap()]).unwrap();
    daemon.wait_for("Maintenance", LIMIT).unwrap();
    let line = daemon.wait_for("Listening on", LIMIT).unwrap();
    let address = line.rsplit(' ').next().unwrap().parse().unwrap();
    let ask = move || Client::connect(address).request("GET", "/v1/swagger", &[], b"");
    assert_eq!(tokio::task::spawn_blocking(ask).await.unwrap().status, 503);
}

#[test]
fn a_wrong_start_is_told_with_its_cure() {
    let outcome = |arguments: &[&str]| Daemon::outcome(PROGRAM, arguments, LIMIT).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("/ip4/127.0.0.1/tcp/{}", taken.local_addr().unwrap().port());
    let (code, output) = outcome(&["--listen", &place]);
    assert_eq!(code, 78);
    assert!(output.contains("choose another --listen"), "{output}");
    let (code, output) = outcome(&["--kap-address", "koin"]);
    assert_eq!(code, 64);
    assert!(output.contains("in base58, or none"), "{output}");
    let (code, output) = outcome(&["-v"]);
    assert_eq!(code, 0);
    assert!(output.starts_with("Koinos REST v"), "{output}");
    let (_, output) = outcome(&["-h"]);
    for option in ["-L, --listen", "--kap-address", "--nicknames-address", "--maintenance-mode"] {
        assert!(output.contains(option), "{option}\n{output}");
    }
}
