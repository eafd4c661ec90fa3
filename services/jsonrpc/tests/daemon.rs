//! The daemon with a broker: services of all kinds, stopping, sockets, descriptors.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use common::{Client, LIMIT};
use futures_util::{SinkExt, StreamExt};
use koinos_local::resident_bytes;
use koinos_mq::{Bus, Config};
use koinos_proto::BlockTopology;
use koinos_proto::broadcast::{BlockAccepted, BlockIrreversible, EventParcel};
use koinos_proto::protocol::{Block, BlockHeader, BlockReceipt, EventData};
use koinos_proto::rpc::chain::{
    ChainRequest, ChainResponse, GetHeadInfoResponse, SubmitBlockResponse, chain_request::Request,
    chain_response::Response,
};
use koinos_rpc::{Transport, names};
use koinos_testkit::{Broker, Daemon, admin, free_ports, poll};
use prost::Message;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite;

const PROGRAM: &str = env!("CARGO_BIN_EXE_koinos-jsonrpc");

fn url() -> String {
    Broker::shared().unwrap().vhost().unwrap().url
}

/// The daemon with a base directory of its own.
struct Node {
    directory: TempDir,
    daemon: Daemon,
    address: SocketAddr,
}

impl Node {
    /// Starts on a free port with what is in `directory`.
    fn start(directory: TempDir, url: &str, more: &[&str]) -> Self {
        let mut arguments = vec!["-d", directory.path().to_str().unwrap(), "-a", url];
        arguments.extend(["-L", "/ip4/127.0.0.1/tcp/0", "--shared-descriptors", "/nowhere"]);
        arguments.extend(more);
        let daemon = Daemon::start(PROGRAM, arguments).unwrap();
        let line = daemon.wait_for("Listening on", LIMIT).unwrap();
        let place = line.rsplit(' ').next().unwrap();
        let address = place[..place.find('/').unwrap()].parse().unwrap();
        Self { directory, daemon, address }
    }

    fn ready(url: &str, more: &[&str]) -> Self {
        let node = Self::start(tempfile::tempdir().unwrap(), url, more);
        node.daemon.wait_for("Ready", LIMIT).unwrap();
        node
    }

    /// Calls a method over a connection of its own.
    async fn call(&self, method: &str, params: Value) -> Value {
        let (address, method) = (self.address, method.to_owned());
        let call = move || ask(&mut Client::connect(address), &method, &params);
        tokio::task::spawn_blocking(call).await.unwrap()
    }
}

fn ask(client: &mut Client, method: &str, params: &Value) -> Value {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let reply = client.request("POST", "/", &[], call.to_string().as_bytes());
    assert_eq!(reply.status, 200);
    serde_json::from_str(reply.text()).unwrap()
}

async fn bus(url: &str) -> Bus {
    let bus = Bus::start(Config::new(url, "test", "client")).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    bus
}

/// The example, which is built together with this test.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples/my_service")
}

/// What `protoc --include_imports --descriptor_set_out` makes.
fn descriptors(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let include = [root.join("examples/my_service"), root.join("../../crates/proto/proto")];
    let mut compiler = protox::Compiler::new(include).unwrap();
    compiler.include_imports(true).open_file(name).unwrap();
    compiler.encode_file_descriptor_set()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_ones_own_is_called_like_any_other() {
    let url = url();
    let directory = tempfile::tempdir().unwrap();
    let drop_in = directory.path().join("jsonrpc/descriptors");
    std::fs::create_dir_all(&drop_in).unwrap();
    std::fs::write(drop_in.join("my_service.pb"), descriptors("my_service.proto")).unwrap();
    std::fs::write(drop_in.join("notes.txt"), "not a descriptor").unwrap();
    let node = Node::start(directory, &url, &["--blacklist", "chain,my_service.other"]);
    let line = node.daemon.wait_for("Descriptors left out", LIMIT).unwrap();
    assert!(line.contains("notes.txt"), "{line}");
    node.daemon.wait_for("Ready", LIMIT).unwrap();

    let base = tempfile::tempdir().unwrap();
    let service =
        Daemon::start(example(), ["-d", base.path().to_str().unwrap(), "-a", &url]).unwrap();
    service.wait_for("Ready", LIMIT).unwrap();
    let params = json!({"account": "15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL", "visits": 3});
    for method in ["my_service.my_method", "koinos.rpc.my_service.my_method"] {
        assert_eq!(
            node.call(method, params.clone()).await["result"],
            json!({"greeting": "Hello, account of 25 bytes", "visits": {"before": "3"}})
        );
    }
    let error = node.call("my_service.my_method", json!({})).await["error"].take();
    assert_eq!(error, json!({"code": -32603, "message": "whom shall I greet?"}));
    let error = node.call("chain.get_head_info", json!({})).await["error"].take();
    assert_eq!(error["data"], "method blacklisted");
    let error = node.call("mempool.get_pending_transactions", json!({})).await["error"].take();
    assert_eq!(error["data"], "rpc failed, no such service: mempool");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_answered_before_there_is_a_broker() {
    let [port] = free_ports().unwrap();
    let url = format!("amqp://guest:guest@127.0.0.1:{port}/");
    let mut node = Node::start(tempfile::tempdir().unwrap(), &url, &[]);
    let error = node.call("chain.get_head_info", json!({})).await["error"].take();
    assert_eq!(error["message"], "An internal server error has occurred");
    assert_eq!(error["data"], "rpc failed, AMQP connection is not open");
    node.daemon.terminate();
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_back_is_used_again() {
    let broker = Broker::start().unwrap();
    let url = broker.vhost().unwrap().url;
    let chain = bus(&url).await;
    chain.serve("chain", 2, |_| std::future::ready(head_info(3, 0)));
    chain.consuming().await;
    let node = Node::ready(&url, &[]);
    let test = move || {
        let mut http = Client::connect(node.address);
        let mut head = || ask(&mut http, "chain.get_head_info", &json!({}));
        assert_eq!(head()["result"]["head_topology"]["height"], "3");
        broker.kill().unwrap();
        let gone = || Ok((head()["error"]["code"] == -32603).then_some(()));
        poll("error without a broker", LIMIT, gone).unwrap();
        broker.resume().unwrap();
        let back = || Ok((head()["result"]["head_topology"]["height"] == "3").then_some(()));
        poll("answer with the broker again", LIMIT, back).unwrap();
    };
    tokio::task::spawn_blocking(test).await.unwrap();
}

/// Few of the clients who send much at the same time get room for it; others wait unread.
#[test]
fn slow_clients_with_much_to_say_do_not_fill_the_memory() {
    const CLIENTS: usize = 100;
    const LENGTH: usize = 8 << 20;
    let [port] = free_ports().unwrap();
    let url = format!("amqp://guest:guest@127.0.0.1:{port}/");
    let node = Node::start(tempfile::tempdir().unwrap(), &url, &["--client-timeout", "3"]);
    let before = resident_bytes(node.daemon.pid()).unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {LENGTH}\r\n\r\n");
    // All but the end, as far as it is taken.
    let send = |mut client: Client| {
        client.stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
        let sent = client.stream.write_all(head.as_bytes());
        let _ = sent.and_then(|()| client.stream.write_all(&vec![b' '; LENGTH - 1]));
        client
    };
    let most = std::thread::scope(|scope| {
        let clients = || Client::connect(node.address);
        let silent: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(move || send(clients()))).collect();
        let silent: Vec<Client> = silent.into_iter().map(|one| one.join().unwrap()).collect();
        let most = resident_bytes(node.daemon.pid()).unwrap().saturating_sub(before);
        // Others are served meanwhile.
        let error = ask(&mut clients(), "chain.get_head_info", &json!({}));
        assert_eq!(error["error"]["data"], "rpc failed, AMQP connection is not open");
        drop(silent);
        most
    });
    assert!(most < 300 << 20, "{most} bytes for {CLIENTS} clients with {LENGTH} each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_service_is_a_timeout_that_clients_recognise() {
    let url = url();
    let client = bus(&url).await;
    client.serve("chain", 2, |_| std::future::pending());
    client.consuming().await;
    let node = Node::ready(&url, &["--mq-timeout", "1"]);
    let error = node.call("chain.submit_transaction", json!({})).await["error"].take();
    assert_eq!(error["data"], "rpc failed, context deadline exceeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_is_answered_before_the_end() {
    let url = url();
    let client = bus(&url).await;
    let (asked, allowed) =
        (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let (tell, wait) = (asked.clone(), allowed.clone());
    client.serve("chain", 2, move |_| {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            tell.notify_one();
            wait.notified().await;
            head_info(1, 0)
        }
    });
    client.consuming().await;
    let mut node = Node::ready(&url, &[]);
    let (address, mut late) = (node.address, Client::connect(node.address));
    let begun = tokio::task::spawn_blocking(move || {
        ask(&mut Client::connect(address), "chain.get_head_info", &json!({}))
    });
    tokio::time::timeout(LIMIT, asked.notified()).await.unwrap();
    node.daemon.terminate();
    node.daemon.wait_for("shutting down", LIMIT).unwrap();
    // Somebody who is connected already is not turned away.
    let late =
        tokio::task::spawn_blocking(move || ask(&mut late, "chain.get_head_info", &json!({})));
    for answer in [begun, late] {
        allowed.notify_one();
        assert_eq!(answer.await.unwrap()["result"]["head_topology"]["height"], "1");
    }
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inherited_socket_is_listened_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().to_str().unwrap();
    let arguments = ["-d", base, "-a", &url(), "-L", "/ip4/127.0.0.1/tcp/1"];
    let daemon = Daemon::inheriting(&listener, "jsonrpc", PROGRAM, &arguments).unwrap();
    let address = listener.local_addr().unwrap();
    daemon.wait_for(&format!("Listening on {address}/"), LIMIT).unwrap();
    let mut client = Client::connect(address);
    let reply = tokio::task::spawn_blocking(move || client.request("POST", "/", &[], b"{}"));
    assert_eq!(reply.await.unwrap().status, 200);
}

#[test]
fn a_wrong_start_is_told_with_its_cure() {
    let outcome = |arguments: &[&str]| Daemon::outcome(PROGRAM, arguments, LIMIT).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("/ip4/127.0.0.1/tcp/{}", taken.local_addr().unwrap().port());
    let (code, output) = outcome(&["--listen", &place]);
    assert_eq!(code, 78);
    assert!(
        output.contains("cannot listen on 127.0.0.1:") && output.contains("--listen"),
        "{output}"
    );
    let (code, output) = outcome(&["--listen", "127.0.0.1:8080"]);
    assert_eq!(code, 64);
    assert!(output.contains("/ip4/127.0.0.1/tcp/8080"), "{output}");
    let (code, output) = outcome(&["-v"]);
    assert_eq!(code, 0);
    assert!(output.starts_with("Koinos JSONRPC v"), "{output}");
    let (_, output) = outcome(&["-h"]);
    for option in [
        "-L, --listen",
        "-e, --endpoint",
        "-D, --descriptors",
        "-g, --gateway-timeout",
        "-m, --mq-timeout",
        "-w, --whitelist",
        "-b, --blacklist",
        "-j, --jobs",
    ] {
        assert!(output.contains(option), "{option} is missing in\n{output}");
    }
}

fn id(height: u64) -> Bytes {
    Bytes::from(vec![0x12, 0x20, height as u8])
}

fn info(height: u64) -> GetHeadInfoResponse {
    let topology = BlockTopology { id: id(height), height, previous: id(height - 1) };
    GetHeadInfoResponse {
        head_topology: Some(topology),
        last_irreversible_block: 1,
        head_state_merkle_root: id(height + 100),
        head_block_time: height * 1_000,
    }
}

/// A reply to `get_head_info`, of `padding` bytes more.
fn head_info(height: u64, padding: usize) -> Bytes {
    let mut reply =
        ChainResponse { response: Some(Response::GetHeadInfo(info(height))) }.encode_to_vec();
    reply.extend(vec![0; padding]);
    reply.into()
}

/// What chain tells of a block that became the head.
fn tell(bus: &Bus, height: u64) {
    let topology = Some(BlockTopology { height: 1, ..Default::default() });
    let irreversible = BlockIrreversible { topology };
    bus.broadcast(names::BLOCK_IRREVERSIBLE, irreversible.encode_to_vec().into());
    let header = BlockHeader {
        previous: id(height - 1),
        height,
        timestamp: height * 1_000,
        ..Default::default()
    };
    let block = Some(Block { id: id(height), header: Some(header), ..Default::default() });
    let state_merkle_root = id(height + 100);
    let receipt = Some(BlockReceipt { state_merkle_root, ..Default::default() });
    let accepted = BlockAccepted { block, receipt, live: true, head: true };
    bus.broadcast(names::BLOCK_ACCEPT, accepted.encode_to_vec().into());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_is_answered_from_broadcasts_and_never_falls_back() {
    let url = url();
    let client = bus(&url).await;
    let height = Arc::new(AtomicUsize::new(7));
    let asked = Arc::new(AtomicUsize::new(0));
    let (current, count) = (height.clone(), asked.clone());
    client.serve("chain", 2, move |request| {
        let height = current.load(Ordering::SeqCst) as u64;
        std::future::ready(match ChainRequest::decode(request).unwrap().request {
            Some(Request::SubmitBlock(_)) => {
                // It tells of the block later.
                current.store(height as usize + 1, Ordering::SeqCst);
                let response = Response::SubmitBlock(SubmitBlockResponse::default());
                ChainResponse { response: Some(response) }.encode_to_vec().into()
            }
            _ => {
                count.fetch_add(1, Ordering::SeqCst);
                head_info(height, 0)
            }
        })
    });
    client.consuming().await;
    let node = Node::ready(&url, &[]);
    let address = node.address;
    let bus = client.clone();
    let test = move || {
        let mut http = Client::connect(address);
        let mut head = || {
            let reply = ask(&mut http, "chain.get_head_info", &json!({}));
            assert_eq!(reply["result"]["last_irreversible_block"], "1");
            reply["result"]["head_topology"]["height"].as_str().unwrap().parse::<u64>().unwrap()
        };
        let asks = || asked.load(Ordering::SeqCst);
        assert_eq!(head(), 7);
        assert_eq!(asks(), 1, "nothing was broadcast yet");
        tell(&bus, 7);
        // From here on most answers need no request.
        let few = |head: &mut dyn FnMut() -> u64, expected: u64| {
            poll("cached answer", LIMIT, || {
                let before = asks();
                let heights: Vec<u64> = (0..20).map(|_| head()).collect();
                assert!(heights.iter().all(|height| *height == expected), "{heights:?}");
                Ok((asks() - before < 20).then_some(()))
            })
            .unwrap();
        };
        few(&mut head, 7);
        // A block that is submitted here is seen at once, before chain tells of it.
        let mut submitter = Client::connect(address);
        let block = json!({"block": {"id": "0x122008"}});
        let reply = ask(&mut submitter, "chain.submit_block", &block);
        assert_eq!(reply["result"], json!({}));
        let before = asks();
        let heights: Vec<u64> = (0..20).map(|_| head()).collect();
        assert_eq!(heights, [8; 20]);
        assert_eq!(asks() - before, 20);
        tell(&bus, 8);
        few(&mut head, 8);
        // A block that chain names sooner than it tells of it.
        height.store(9, Ordering::SeqCst);
        poll("new head", LIMIT, || Ok((head() == 9).then_some(()))).unwrap();
        let heights: Vec<u64> = (0..20).map(|_| head()).collect();
        assert_eq!(heights, [9; 20]);
        tell(&bus, 9);
        few(&mut head, 9);
    };
    tokio::task::spawn_blocking(test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_tell_what_chain_tells() {
    let url = url();
    let node = Node::ready(&url, &["--websocket", "/ws", "--head-cache=false"]);
    let chain = bus(&url).await;
    let (mut socket, _) =
        tokio_tungstenite::connect_async(format!("ws://{}/ws", node.address)).await.unwrap();
    let mut say = async |text: Value| {
        socket.send(tungstenite::Message::text(text.to_string())).await.unwrap();
        next(&mut socket).await
    };
    let call = |id: u64, method: &str, params: Value| json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    let subscribe = "subscription.subscribe";
    let answer = say(call(1, subscribe, json!({"topic": "blocks"}))).await;
    assert_eq!(answer, json!({"jsonrpc": "2.0", "result": {"subscription": "1"}, "id": 1}));
    let filter = json!({"topic": "events", "source": "112", "name": "token.mint"});
    assert_eq!(say(call(2, subscribe, filter)).await["result"]["subscription"], "2");
    let wrong = say(call(3, subscribe, json!({"topic": "weather"}))).await;
    assert_eq!(wrong["error"]["code"], -32600);
    // Calls are answered as over HTTP.
    let unknown = say(call(4, "nothing.at_all", json!({}))).await;
    assert_eq!(unknown["error"]["data"], "invalid service name provided");

    let event = |name: &str| EventParcel {
        block_id: id(5),
        height: 5,
        transaction_id: None,
        event: Some(EventData {
            source: Bytes::from_static(&[0, 0, 1]),
            name: name.to_owned(),
            ..Default::default()
        }),
    };
    for name in ["token.burn", "token.mint"] {
        let topic = names::event_topic("112", name);
        chain.broadcast(&topic, event(name).encode_to_vec().into());
    }
    let news = next(&mut socket).await;
    assert_eq!(
        news,
        json!({"jsonrpc": "2.0", "method": "subscription.notification", "params": {
            "subscription": "2", "topic": "events", "result": {
                "block_id": "0x122005", "height": "5",
                "event": {"source": "112", "name": "token.mint"},
            },
        }})
    );
    tell(&chain, 6);
    let news = next(&mut socket).await;
    assert_eq!(news["params"]["subscription"], "1");
    assert_eq!(news["params"]["result"]["block"]["header"]["height"], "6");
    assert_eq!(news["params"]["result"]["head"], true);

    let leave = call(5, "subscription.unsubscribe", json!({"subscription": "1"}));
    socket.send(tungstenite::Message::text(leave.to_string())).await.unwrap();
    assert_eq!(next(&mut socket).await["result"], json!({}));
    tell(&chain, 7);
    let again = names::event_topic("112", "token.mint");
    chain.broadcast(&again, event("token.mint").encode_to_vec().into());
    assert_eq!(next(&mut socket).await["params"]["subscription"], "2");
    node.daemon.terminate();
    let end = tokio::time::timeout(LIMIT, socket.next()).await.unwrap();
    assert!(matches!(end, Some(Ok(tungstenite::Message::Close(_)))), "{end:?}");
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// The next text that arrives.
async fn next(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(LIMIT, socket.next()).await.unwrap();
        if let tungstenite::Message::Text(text) = message.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_their_times_are_counted() {
    let url = url();
    let client = bus(&url).await;
    client.serve("chain", 2, |_| std::future::ready(head_info(3, 0)));
    client.consuming().await;
    let node = Node::ready(&url, &[]);
    for _ in 0..3 {
        node.call("chain.get_head_info", json!({})).await;
    }
    node.call("chain.submit_block", json!([])).await;
    node.call("no.such", json!({})).await;
    let socket = node.directory.path().join("jsonrpc/admin.sock");
    let get = |page: &str| admin::get(&socket, page).unwrap().1;
    let metrics = get("/metrics");
    for line in [
        "koinos_jsonrpc_requests_total{method=\"chain.get_head_info\"} 3",
        "koinos_jsonrpc_errors_total{method=\"chain.submit_block\"} 1",
        "koinos_jsonrpc_errors_total{method=\"unknown\"} 1",
        "koinos_jsonrpc_request_seconds_count{method=\"chain.get_head_info\"} 3",
    ] {
        assert!(metrics.contains(line), "{line} is missing in {metrics}");
    }
    poll("status", LIMIT, || Ok(get("/status").contains("5 requests answered").then_some(())))
        .unwrap();
    assert_eq!(get("/healthz"), "ok\n");
}
