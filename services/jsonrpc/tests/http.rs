//! HTTP: what is accepted, what is bounded, and that one client's behaviour is no other's matter.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::io::Read;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{
    Client, LIMIT, Script, Server, Step, gateway, http_settings, limits, settings, with_limits,
};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use koinos_jsonrpc::{Gateway, HttpSettings, Limits, Settings};
use koinos_rpc::{LocalTransport, RpcError};
use koinos_testkit::memory::{self, Counting};
use proptest::prelude::*;
use tokio::sync::Semaphore;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CHAIN_ID: &str = r#"{"jsonrpc":"2.0","id":1,"method":"chain.get_chain_id"}"#;
const ANSWER: &str = r#"{"jsonrpc":"2.0","result":{"chain_id":"AQ=="},"id":1}"#;

/// A backend that says that the chain's id is 1.
fn backend() -> Arc<Gateway> {
    let transport = LocalTransport::new();
    // chain_response.get_chain_id.chain_id
    transport.serve("chain", |_| async { Bytes::from_static(&[0x32, 3, 0x0a, 1, 1]) });
    gateway(Arc::new(transport), &settings())
}

/// Runs blocking test code while the server works.
async fn with(server: Server, test: impl FnOnce(&Server) + Send + 'static) {
    tokio::task::spawn_blocking(move || test(&server)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn any_method_and_path_and_content_type_will_do() {
    with(Server::start(backend(), http_settings()), |server| {
        let mut client = server.connect();
        for method in ["POST", "GET", "PUT", "DELETE", "PATCH", "BREW"] {
            for path in ["/", "/some/where?x=1", "//"] {
                let kind = [("Content-Type", "text/plain;charset=UTF-8")];
                let reply = client.request(method, path, &kind, CHAIN_ID.as_bytes());
                assert_eq!((reply.status, reply.text()), (200, ANSWER), "{method} {path}");
                assert_eq!(reply.header("content-type"), Some("application/json"));
            }
        }
        let reply = client.request("OPTIONS", "/", &[("Origin", "http://x")], b"");
        assert_eq!((reply.status, reply.text()), (204, ""));
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        assert_eq!(reply.header("access-control-allow-methods"), Some("POST, OPTIONS"));
        assert_eq!(
            reply.header("access-control-allow-headers"),
            Some("Content-Type, Authorization")
        );
        client.send(
            format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", 20)
                .as_bytes(),
        );
        let (first, second) = CHAIN_ID.split_at(20);
        client.send(format!("{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", second.len()).as_bytes());
        assert_eq!(client.reply().text(), ANSWER);
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
        assert_eq!(client.reply().status, 400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_other_than_the_root_is_the_only_one() {
    for (endpoint, good, bad) in
        [("/rpc", ["/rpc", "/rpc?x"], "/rpc/x"), ("/rpc/", ["/rpc/x", "/rpc"], "/rpcx")]
    {
        let settings = HttpSettings { endpoint: endpoint.to_owned(), ..http_settings() };
        with(Server::start(backend(), settings), move |server| {
            let mut client = server.connect();
            for path in good {
                let reply = client.request("POST", path, &[], CHAIN_ID.as_bytes());
                assert_eq!((reply.status, reply.text()), (200, ANSWER));
            }
            assert_eq!(client.request("POST", bad, &[], CHAIN_ID.as_bytes()).status, 404);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answers_are_compressed_for_those_who_want_it() {
    let reply = Bytes::from([&[0x32, 0xc4, 0x13, 0x0a, 0xc1, 0x13][..], &[7; 2497]].concat());
    let step =
        Step { service: "chain".into(), request: Bytes::from_static(&[0x2a, 0]), reply: Ok(reply) };
    let gateway = gateway(Script::new([step.clone(), step]), &settings());
    with(Server::start(gateway, http_settings()), |server| {
        let mut client = server.connect();
        let plain = client.request("POST", "/", &[], CHAIN_ID.as_bytes());
        assert_eq!(plain.header("content-encoding"), None);
        let wish = [("Accept-Encoding", "br, gzip")];
        let packed = client.request("POST", "/", &wish, CHAIN_ID.as_bytes());
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(packed.body.len() < plain.body.len());
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&*packed.body).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain.body);
        assert!(plain.text().starts_with(r#"{"jsonrpc":"2.0","result":{"chain_id":"BwcH"#));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_with_prior_knowledge() {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let server = Server::start(backend(), http_settings());
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let mut replies = Vec::new();
    for _ in 0..20 {
        let body = http_body_util::Full::new(Bytes::from_static(CHAIN_ID.as_bytes()));
        let request = hyper::Request::post("http://x/").body(body).unwrap();
        replies.push(sender.send_request(request));
    }
    for reply in replies {
        let reply = reply.await.unwrap();
        assert_eq!(reply.version(), hyper::Version::HTTP_2);
        let body = http_body_util::BodyExt::collect(reply.into_body()).await.unwrap().to_bytes();
        assert_eq!(body, ANSWER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_large_is_told_so() {
    let settings = with_limits(Limits { max_request: 100_000, ..limits() });
    with(Server::start(backend(), settings), |server| {
        let told = |client: &mut Client| {
            let reply = client.reply();
            assert_eq!(reply.status, 413);
            assert_eq!(
                reply.text(),
                "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32602,\
                 \"message\":\"Request exceeds maximum message size\",\
                 \"data\":\"a request may have at most 100000 bytes\"},\"id\":null}"
            );
        };
        // Announced and never sent.
        let mut client = server.connect();
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
        told(&mut client);
        // Sent in full before anything is read.
        let mut client = server.connect();
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n");
        client.send(&vec![b'['; 4_000_000]);
        told(&mut client);
        // Not announced.
        let mut client = server.connect();
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        for _ in 0..8 {
            client.send(b"4000\r\n");
            client.send(&[b' '; 0x4000]);
            client.send(b"\r\n");
        }
        client.send(b"0\r\n\r\n");
        told(&mut client);
        let mut body = vec![b' '; 100_000 - CHAIN_ID.len()];
        body.extend(CHAIN_ID.as_bytes());
        let reply = server.connect().request("POST", "/", &[], &body);
        assert_eq!(reply.text(), ANSWER, "as large as it may be");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_clients_are_cut_off_and_nobody_waits_for_them() {
    let settings = with_limits(Limits { client_timeout: Duration::from_secs(1), ..limits() });
    with(Server::start(backend(), settings), |server| {
        let say = |text: &[u8]| {
            let mut client = server.connect();
            client.send(text);
            client
        };
        let began = Instant::now();
        let silent = [
            ("nothing", say(b"")),
            ("a part of the preface of HTTP/2", say(b"PRI * HT")),
            ("the preface of HTTP/2", say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
            ("half a head", say(b"POST / HTTP/1.1\r\nHost")),
            ("half a body", say(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")),
            ("a request that is over", {
                let mut client = server.connect();
                client.request("POST", "/", &[], CHAIN_ID.as_bytes());
                client
            }),
            ("a half-closed connection", {
                let client = say(b"POST / HTTP/1.1\r\n");
                client.stream.shutdown(Shutdown::Write).unwrap();
                client
            }),
        ];
        // Meanwhile others are served.
        let reply = server.connect().request("POST", "/", &[], CHAIN_ID.as_bytes());
        assert_eq!(reply.text(), ANSWER);
        for (what, mut client) in silent {
            let rest = String::from_utf8_lossy(&client.rest()).into_owned();
            let said = rest.split("\r\n").next().unwrap_or_default();
            if what == "half a body" {
                assert!(said.starts_with("HTTP/1.1 408"), "{rest}");
            }
            assert!(began.elapsed() < LIMIT / 4, "{what} was let be");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_trickles_in_does_not_hold_a_place_for_ever() {
    let settings = with_limits(Limits { client_timeout: Duration::from_secs(1), ..limits() });
    with(Server::start(backend(), settings), |server| {
        let mut client = server.connect();
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
        let began = Instant::now();
        // Something arrives all the time, but far too little.
        client.stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let mut piece = [0; 512];
        let count = loop {
            assert!(began.elapsed() < LIMIT / 4, "the request was let be");
            if let Ok(count) = client.stream.read(&mut piece) {
                break count;
            }
            client.send(b" ");
        };
        assert!(piece[..count].starts_with(b"HTTP/1.1 408"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_taken_is_given_up() {
    let transport = LocalTransport::new();
    let reply = {
        let content = vec![7; 32 << 20];
        let inner = [&[0x0a_u8][..], &varint(content.len()), &content].concat();
        Bytes::from([&[0x32_u8][..], &varint(inner.len()), &inner].concat())
    };
    transport.serve("chain", move |_| std::future::ready(reply.clone()));
    let gateway = gateway(Arc::new(transport), &settings());
    let timeout = Duration::from_secs(1);
    let settings = with_limits(Limits { client_timeout: timeout, max_connections: 1, ..limits() });
    with(Server::start(gateway, settings), |server| {
        let mut deaf = server.connect();
        deaf.send(
            format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", CHAIN_ID.len())
                .as_bytes(),
        );
        deaf.send(CHAIN_ID.as_bytes());
        // There is one place, so this is served when the other has been given up.
        let began = Instant::now();
        let reply = server.connect().request("POST", "/", &[], b"x");
        assert_eq!(reply.status, 200);
        assert!(began.elapsed() >= Duration::from_secs(1));
        drop(deaf);
    })
    .await;
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A backend that answers when it is allowed to.
fn waiting_backend(settings: &Settings) -> (Arc<Semaphore>, Arc<Gateway>) {
    let allowed = Arc::new(Semaphore::new(0));
    let transport = LocalTransport::new();
    let permits = allowed.clone();
    transport.serve("chain", move |_| {
        let permits = permits.clone();
        async move {
            permits.acquire().await.unwrap().forget();
            Bytes::from_static(&[0x32, 3, 0x0a, 1, 1])
        }
    });
    (allowed, gateway(Arc::new(transport), settings))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_a_gateway_timeout() {
    let settings = Settings { jobs: 1, gateway_timeout: Duration::from_millis(300), ..settings() };
    let (allowed, gateway) = waiting_backend(&settings);
    let server = Server::start(gateway, http_settings());
    // One is handled and two wait; whoever comes on top is refused.
    let mut asked: FuturesUnordered<_> = (0..4).map(|_| server.post(CHAIN_ID)).collect();
    let refused = asked.next().await.unwrap();
    assert_eq!((refused.status, refused.text()), (504, ""));
    allowed.add_permits(3);
    while let Some(reply) = asked.next().await {
        assert_eq!((reply.status, reply.text()), (200, ANSWER));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_finishes_what_has_begun() {
    let (allowed, gateway) = waiting_backend(&settings());
    let mut server = Server::start(gateway, http_settings());
    let address = server.address;
    let begun = tokio::task::spawn_blocking(move || {
        let mut client = Client::connect(address);
        let reply = client.request("POST", "/", &[], CHAIN_ID.as_bytes());
        (reply, client.rest())
    });
    let idle = server.connect();
    tokio::time::timeout(LIMIT, async {
        while Arc::strong_count(&allowed) < 3 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    server.stop.cancel();
    let mut idle = idle;
    let idle = tokio::task::spawn_blocking(move || idle.rest());
    assert_eq!(tokio::time::timeout(LIMIT, idle).await.unwrap().unwrap(), b"");
    allowed.add_permits(1);
    let (reply, rest) = tokio::time::timeout(LIMIT, begun).await.unwrap().unwrap();
    assert_eq!((reply.text(), rest), (ANSWER, Vec::new()));
    tokio::time::timeout(LIMIT, &mut server.ended).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_may_be_limited_each_for_itself() {
    let settings = with_limits(Limits { rate_limit: 5, forwarded: true, ..limits() });
    with(Server::start(backend(), settings), |server| {
        let mut client = server.connect();
        let mut ask = |address| {
            let headers = [("X-Forwarded-For", address)];
            client.request("POST", "/", &headers, CHAIN_ID.as_bytes())
        };
        let burst: Vec<_> = (0..5).map(|_| ask("8.8.8.8, 192.0.2.1").status).collect();
        assert_eq!(burst, [200; 5]);
        let refused = (0..10_000).map(|_| ask("192.0.2.1")).find(|reply| reply.status == 429);
        let refused = refused.unwrap();
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert!(refused.text().contains("\"code\":-32005"), "{}", refused.text());
        assert_eq!(refused.header("connection"), Some("close"), "its body was not read");
        let other = [("X-Forwarded-For", "192.0.2.2")];
        let reply = server.connect().request("POST", "/", &other, CHAIN_ID.as_bytes());
        assert_eq!(reply.status, 200);
    })
    .await;
}

/// Hostile bodies, each of which gets an answer of its own.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let depth = prop_oneof![1_usize..300, Just(20_000)];
    let nested = depth.prop_map(|depth| {
        let value = "{\"a\":[".repeat(depth) + "1" + &"]}".repeat(depth);
        format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"chain.submit_block\",\"params\":{value}}}"
        )
        .into_bytes()
    });
    let method = prop::sample::select(vec![
        "chain.submit_transaction",
        "block_store.get_blocks_by_id",
        "mempool.check_account_nonce",
        "nothing.at_all",
        "chain.chain",
        "...",
    ]);
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("[]".to_owned()),
        Just("{\"transaction\":{\"id\":\"0x12\",\"operations\":[{}]}}".to_owned()),
        Just("{\"block_ids\":[\"0x\",\"0xzz\"]}".to_owned()),
        Just("{\"payee\":\"1\",\"nonce\":\"AA==\",\"block_id\":7}".to_owned()),
        "[\\[\\]{}\",:0-9a-z]{0,20}",
    ];
    let call = (method, value.clone(), value).prop_map(|(method, id, params)| {
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\",\"params\":{params}}}")
            .into_bytes()
    });
    prop_oneof![nested, call, prop::collection::vec(any::<u8>(), 0..400)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn whatever_is_asked_the_answer_is_json_rpc_and_costs_little(body in bodies()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let gateway = gateway(Arc::new(LocalTransport::new()), &settings());
        let limit = (64 << 10) + 64 * body.len();
        let handle = || runtime.block_on(gateway.handle(body.into()));
        let (answer, allocated) = memory::allocated(handle);
        let answer = answer.unwrap();
        prop_assert!(allocated < limit, "{} bytes, more than {}", allocated, limit);
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let single = match answer {
            serde_json::Value::Array(mut answers) => answers.remove(0),
            single => single,
        };
        prop_assert_eq!(&single["jsonrpc"], "2.0");
        prop_assert!(single["error"]["code"].is_i64());
    }

    #[test]
    fn whatever_a_service_says_the_answer_is_json_rpc(
        reply in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(prop::sample::select(vec![0x0a_u8, 0x12, 0x1a, 0x22, 0, 1, 2, 8]), 0..40),
        ]
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let transport = LocalTransport::new();
        let reply = Bytes::from(reply);
        transport.serve("chain", move |_| std::future::ready(reply.clone()));
        let gateway = gateway(Arc::new(transport), &settings());
        let ask = r#"{"jsonrpc":"2.0","id":1,"method":"chain.get_fork_heads"}"#;
        let answer = runtime.block_on(gateway.handle(ask.into())).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        prop_assert!(answer.get("result").is_some() != answer.get("error").is_some());
    }
}

#[tokio::test]
async fn an_absent_broker_is_an_error_of_each_call() {
    let step =
        |reply| Step { service: "chain".into(), request: Bytes::from_static(&[0x2a, 0]), reply };
    let script = Script::new([step(Err(RpcError::NotConnected))]);
    let gateway = gateway(script, &settings());
    let answer = gateway.handle(CHAIN_ID.into()).await.unwrap();
    assert!(answer.contains("rpc failed, AMQP connection is not open"), "{answer}");
}
