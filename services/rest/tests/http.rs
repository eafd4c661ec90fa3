//! What HTTP adds: headers, caching, compression, limits, pages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use common::{Asked, KOIN, LIMIT, Reaction, Scripted, Server, limits, settings};
use koinos_http::Limits;
use koinos_rest::Settings;
use koinos_rpc::Transport;
use koinos_testkit::http::Client;
use serde_json::{Value, json};

/// A chain with blocks of which the first ones are final.
fn blocks() -> Arc<dyn Transport> {
    Arc::new(Scripted(|service: &str, request: Value| {
        let id = format!("0x1220{}", "ab".repeat(32));
        let method = request.as_object().unwrap().keys().next().unwrap().clone();
        let reply = match service {
            "chain" => {
                json!({ "head_topology": { "id": id, "height": "9" }, "last_irreversible_block": "5" })
            }
            _ => {
                let logs: Vec<String> = (0..500).map(|number| format!("line {number}")).collect();
                json!({ "block_items": [{ "block_id": id, "block_height": "3", "receipt": { "logs": logs } }] })
            }
        };
        Reaction::Reply(json!({ method: reply }))
    }))
}

fn silent() -> Arc<dyn Transport> {
    Arc::new(Scripted(|_: &str, _| Reaction::Silent))
}

fn start(transport: Arc<dyn Transport>) -> Server {
    Server::start(transport, settings(), limits())
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Asked {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Asked { method: method.into(), path: path.into(), headers, ..Asked::default() }
}

fn error(text: &str) -> String {
    json!({ "error": text }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origins_may_ask() {
    let server = start(blocks());
    for (method, path, status) in [
        ("OPTIONS", "/v1/transaction/submit", 204),
        ("OPTIONS", "/anything", 204),
        ("GET", "/v1/chain/head_info", 200),
        ("GET", "/v1/contract/nobody", 400),
        ("GET", "/nothing", 404),
    ] {
        let reply = server.ask(request(method, path, &[("Origin", "http://x")])).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text());
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        assert_eq!(reply.header("access-control-allow-methods"), Some("GET, POST, OPTIONS"));
        let allowed = reply.header("access-control-allow-headers");
        assert_eq!(allowed, Some("Content-Type, Authorization"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_final_is_kept_by_clients() {
    let server = start(blocks());
    let reply = server.get("/v1/block/3").await;
    assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let tag = reply.header("etag").unwrap().to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    for (known, status) in [(tag.as_str(), 304), ("\"other\"", 200)] {
        let reply = server.ask(request("GET", "/v1/block/3", &[("If-None-Match", known)])).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("etag"), Some(tag.as_str()));
        assert_eq!(reply.body.is_empty(), status == 304);
    }
    let reply = server.get("/v1/block/6").await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("etag"), None);
    let reply = server.get("/v1/block/10").await;
    assert_eq!((reply.status, reply.header("cache-control")), (400, Some("no-store")));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answers_are_compressed_and_heads_have_no_body() {
    let server = start(blocks());
    let plain = server.get("/v1/block/3").await;
    assert!(plain.body.len() > 5_000);
    let packed = server.ask(request("GET", "/v1/block/3", &[("Accept-Encoding", "gzip")])).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < plain.body.len() / 2);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    assert_eq!(packed.header("etag"), plain.header("etag"));
    let small = request("GET", "/v1/chain/head_info", &[("Accept-Encoding", "gzip")]);
    assert_eq!(server.ask(small).await.header("content-encoding"), None);
    let head = server.ask(request("HEAD", "/v1/block/3", &[])).await;
    assert_eq!((head.status, head.header("etag")), (200, plain.header("etag")));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_takes_many_requests() {
    let server = start(blocks());
    let address = server.address;
    let work = move || {
        let mut client = Client::connect(address);
        for round in 0..50 {
            let path = if round % 2 == 0 { "/v1/chain/head_info" } else { "/v1/contract/x y" };
            let path = path.replace(' ', "%20");
            let reply = client.request("GET", &path, &[], b"");
            assert_eq!(reply.status, if round % 2 == 0 { 200 } else { 400 }, "{}", reply.text());
        }
        // A body that nobody reads ends the connection, and the answer says so.
        let reply = client.request("GET", "/v1/chain/head_info", &[], b"{}");
        assert_eq!((reply.status, reply.header("connection")), (400, Some("close")));
        assert_eq!(client.rest(), b"");
    };
    tokio::task::spawn_blocking(work).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_with_a_slash_at_their_end_lead_on() {
    let server = start(blocks());
    let reply = server.get("/v1/blocks/?start=1&limit=2").await;
    assert_eq!((reply.status, reply.header("location")), (308, Some("/v1/blocks?start=1&limit=2")));
    assert_eq!(server.get("//").await.status, 404);
    let reply = server.get("/").await;
    assert_eq!((reply.status, reply.header("location")), (307, Some("/docs")));
    assert_eq!(server.get("/v1/contract/%FF").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_bounded() {
    let small = Limits { max_request: 1_024, ..limits() };
    let server = Server::start(blocks(), settings(), small);
    let body = json!([{ "data": "x".repeat(2_000) }]);
    let reply = server.ask(Asked::post("/v1/decode/events", &body)).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.text(), error("a request may have at most 1024 bytes"));
    assert_eq!(reply.header("connection"), Some("close"));

    let quick = Limits { client_timeout: Duration::from_secs(1), ..limits() };
    let server = Server::start(blocks(), settings(), quick);
    let address = server.address;
    let slow = move || {
        let mut client = Client::connect(address);
        client.send(b"POST /v1/decode/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n[");
        client.reply()
    };
    let reply = tokio::task::spawn_blocking(slow).await.unwrap();
    assert_eq!(reply.status, 408);
    assert_eq!(reply.text(), error("the body of the request came too slowly"));
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_may_be_limited_each_for_itself() {
    let rare = Limits { rate_limit: 3, forwarded: true, ..limits() };
    let server = Server::start(blocks(), settings(), rare);
    let ask = |client: &'static str| {
        server.ask(request("GET", "/v1/chain/head_info", &[("X-Forwarded-For", client)]))
    };
    let mut refused = 0;
    for _ in 0..20 {
        let reply = ask("192.0.2.1").await;
        if reply.status == 429 {
            refused += 1;
            assert_eq!(reply.text(), error("a client may make 3 requests in a second"));
            assert_eq!(reply.header("retry-after"), Some("1"));
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        }
    }
    assert!(refused > 0);
    assert_eq!(ask("192.0.2.2").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_its_time() {
    let brief = Settings { request_timeout: Duration::from_millis(100), ..settings() };
    let server = Server::start(silent(), brief, limits());
    let reply = server.get("/v1/chain/head_info").await;
    assert_eq!(reply.status, 504);
    assert_eq!(reply.text(), error("the node did not answer in time"));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_refused() {
    // One is carried out and two wait; none of them ever ends.
    let narrow = Settings { jobs: 1, gateway_timeout: LIMIT, ..settings() };
    let server = Server::start(silent(), narrow, limits());
    let address = server.address;
    let ask = move || {
        let mut clients: Vec<Client> = (0..8).map(|_| Client::connect(address)).collect();
        for client in &mut clients {
            client.send(b"GET /v1/chain/id HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        // Five of the eight are answered at once, whichever they are.
        let mut refused = Vec::new();
        let deadline = std::time::Instant::now() + LIMIT;
        while refused.len() < 5 && std::time::Instant::now() < deadline {
            clients.retain_mut(|client| {
                client.stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                let mut byte = [0];
                let there = client.stream.peek(&mut byte).is_ok_and(|count| count > 0);
                client.stream.set_read_timeout(Some(LIMIT)).unwrap();
                if there {
                    refused.push(client.reply());
                }
                !there
            });
        }
        refused
    };
    let refused = tokio::task::spawn_blocking(ask).await.unwrap();
    assert_eq!(refused.len(), 5);
    for reply in refused {
        assert_eq!(reply.status, 503);
        assert_eq!(reply.text(), error("too many requests are waiting; try again"));
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_is_told() {
    let server = Server::start(blocks(), Settings { maintenance: true, ..settings() }, limits());
    for path in ["/v1/chain/head_info", "/docs", "/nothing"] {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.text()), (503, error("under maintenance").as_str()));
        assert_eq!(reply.header("retry-after"), Some("60"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_load_what_is_served_here() {
    let server = start(blocks());
    for (path, title) in [
        ("/docs", "Koinos REST API"),
        ("/swagger", "Koinos REST API"),
        ("/swagger/@b%22%3Cscript%3E", "Contract @b&quot;&lt;script&gt;"),
    ] {
        let page = server.get(path).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'self'"));
        assert!(page.text().contains(&format!("<title>{title}</title>")), "{}", page.text());
        assert!(!page.text().contains("http:") && !page.text().contains("https:"));
        for part in page.text().split(['"', '\'']).filter(|part| part.starts_with("/docs/")) {
            let file = server.ask(request("GET", part, &[("Accept-Encoding", "gzip")])).await;
            assert_eq!(file.status, 200, "{part}");
            assert!(!file.body.is_empty(), "{part}");
        }
    }
    let page = server.get(&format!("/swagger/{KOIN}")).await;
    assert!(page.text().contains(&format!("data-document=\"/v1/contract/{KOIN}/swagger\"")));
    assert_eq!(server.get("/docs/nothing.js").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_hand_are_finished_when_it_stops() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let (asked, heard) = std::sync::mpsc::channel::<()>();
    let slow: Arc<dyn Transport> = Arc::new(Scripted(move |_: &str, _| {
        asked.send(()).unwrap();
        tokio::task::block_in_place(|| wait.lock().unwrap().recv_timeout(LIMIT)).unwrap();
        Reaction::Reply(json!({ "get_chain_id": { "chain_id": "EiA=" } }))
    }));
    let mut server = start(slow);
    let address = server.address;
    let asking = tokio::task::spawn_blocking(move || {
        Client::connect(address).request("GET", "/v1/chain/id", &[], b"")
    });
    tokio::task::spawn_blocking(move || heard.recv_timeout(LIMIT).unwrap()).await.unwrap();
    server.stop.cancel();
    go.send(()).unwrap();
    let reply = asking.await.unwrap();
    assert_eq!((reply.status, reply.text()), (200, "{\"value\":\"EiA=\"}"));
    let ended = &mut server.ended;
    tokio::time::timeout(LIMIT, ended).await.unwrap().unwrap();
}
