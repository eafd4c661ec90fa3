//! The daemon: health, reflection, the broker's absence, starts and stops.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;
#[path = "common/reflection.rs"]
mod reflection;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common::{LIMIT, Node, PROGRAM, ask, call, connect, head_info, height, serve_chain, url};
use koinos_mq::{Bus, Config};
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Broker, Daemon, admin, free_ports, poll};
use prost::Message;
use reflection::Stranger;
use serde_json::json;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

async fn health(channel: &Channel, service: &str) -> ServingStatus {
    let request = HealthCheckRequest { service: service.to_owned() };
    HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner().status()
}

/// Waits until the health is as expected.
async fn until_health(channel: &Channel, expected: ServingStatus) {
    let became = async {
        while health(channel, "koinos.services.koinos").await != expected {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LIMIT, became).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_knows_nothing_but_reflection_can_call() {
    let url = url();
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(7, 3))).await;
    let node = Node::ready(&url, &[]);
    let channel = node.connect().await;
    let names = reflection::services(&channel).await;
    for name in ["koinos.services.koinos", "grpc.health.v1.Health"] {
        assert!(names.iter().any(|known| known == name), "{names:?}");
    }
    let client = Stranger::meet(&channel, "koinos.services.koinos").await;
    assert_eq!(client.service.methods().len(), 19);
    assert_eq!(
        client.ask("get_head_info", &json!({})).await.unwrap(),
        json!({"head_topology": {"height": "7"}, "head_state_merkle_root": "BwcH"})
    );
    // Options of fields come along: an address is base58.
    let account =
        client.service.methods().find(|method| method.name() == "get_account_rc").unwrap();
    let address = "15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL";
    let request = client.mapping.from_json(account.input(), &json!({"account": address})).unwrap();
    assert_eq!(request.encode_to_vec().len(), 27);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_answered_before_there_is_a_broker() {
    let [port] = free_ports().unwrap();
    let url = format!("amqp://guest:guest@127.0.0.1:{port}/");
    let mut node = Node::start(&url, &[]);
    let channel = node.connect().await;
    let status = height(&channel).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), "AMQP connection is not open");
    assert_eq!(health(&channel, "").await, ServingStatus::NotServing);
    let unknown = HealthCheckRequest { service: "koinos.services.other".to_owned() };
    let status = HealthClient::new(channel.clone()).check(unknown).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    node.daemon.terminate();
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_back_is_used_again() {
    let broker = Broker::start().unwrap();
    let url = broker.vhost().unwrap().url;
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(3, 0))).await;
    let node = Node::ready(&url, &[]);
    let channel = node.connect().await;
    assert_eq!(height(&channel).await.unwrap(), 3);
    until_health(&channel, ServingStatus::Serving).await;
    broker.kill().unwrap();
    until_health(&channel, ServingStatus::NotServing).await;
    let status = height(&channel).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    tokio::task::block_in_place(|| broker.resume()).unwrap();
    until_health(&channel, ServingStatus::Serving).await;
    let back = async {
        while height(&channel).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LIMIT, back).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_is_answered_before_the_end() {
    let url = url();
    let (asked, allowed) =
        (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Semaphore::new(0)));
    let (tell, wait) = (asked.clone(), allowed.clone());
    let _chain = serve_chain(&url, move |_| {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            tell.notify_one();
            drop(wait.acquire().await);
            head_info(1, 0)
        }
    })
    .await;
    let mut node = Node::ready(&url, &["--mq-timeout", "60"]);
    let (first, idle) = (node.connect().await, node.connect().await);
    let mut watching = HealthClient::new(node.connect().await)
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    watching.message().await.unwrap().unwrap();
    let begun = tokio::spawn(async move { height(&first).await });
    tokio::time::timeout(LIMIT, asked.notified()).await.unwrap();
    node.daemon.terminate();
    node.daemon.wait_for("shutting down", LIMIT).unwrap();
    // Somebody who is connected already is not turned away.
    let late = tokio::spawn(async move { height(&idle).await });
    tokio::time::timeout(LIMIT, asked.notified()).await.unwrap();
    allowed.add_permits(2);
    assert_eq!(begun.await.unwrap().unwrap(), 1);
    assert_eq!(late.await.unwrap().unwrap(), 1);
    // A stream that would never end does not hold up the stop.
    let end = async {
        loop {
            match watching.message().await {
                Ok(Some(_)) => {}
                end => return end,
            }
        }
    };
    let end = tokio::time::timeout(LIMIT, end).await.unwrap().unwrap_err();
    assert_eq!((end.code(), end.message()), (Code::Unavailable, "the service is stopping"));
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(0), "{}", node.daemon.output());
    assert!(!node.daemon.output().contains("cut short"), "{}", node.daemon.output());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inherited_socket_is_listened_on() {
    let url = url();
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(9, 0))).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().to_str().unwrap();
    let arguments = ["-d", base, "-a", &url, "-e", "127.0.0.1:1"];
    let daemon = Daemon::inheriting(&listener, "grpc", PROGRAM, &arguments).unwrap();
    let address = listener.local_addr().unwrap();
    daemon.wait_for(&format!("Listening on {address}"), LIMIT).unwrap();
    // Calls of the first moments wait for the broker.
    assert_eq!(height(&connect(address).await).await.unwrap(), 9);
}

#[test]
fn a_wrong_start_is_told_with_its_cure() {
    let outcome = |arguments: &[&str]| Daemon::outcome(PROGRAM, arguments, LIMIT).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, output) = outcome(&["--endpoint", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(code, 78);
    assert!(output.contains("cannot listen on 127.0.0.1:"), "{output}");
    assert!(output.contains("--endpoint"), "{output}");
    let (code, output) = outcome(&["--endpoint", "50051"]);
    assert_eq!(code, 64);
    assert!(output.contains("127.0.0.1:50051"), "{output}");
    let (code, output) = outcome(&["--jobs", "1"]);
    assert_eq!(code, 64, "{output}");
    let (code, output) = outcome(&["-v"]);
    assert_eq!(code, 0);
    assert!(output.starts_with("Koinos Services v"), "{output}");
    let (_, output) = outcome(&["-h"]);
    for option in [
        "-e, --endpoint",
        "-m, --mq-timeout",
        "-w, --whitelist",
        "-b, --blacklist",
        "-j, --jobs",
        "-a, --amqp",
        "-l, --log-level",
        "-i, --instance-id",
    ] {
        assert!(output.contains(option), "{option} is missing in\n{output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_the_whole_configuration_add_up() {
    let url = url();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("config.yml"),
        format!(
            "global:\n  amqp: {url}\n  blacklist: [\"chain.propose_block\", \"mempool\"]\n\
             grpc:\n  endpoint: 127.0.0.1:0\n  blacklist: [\"chain.submit_block\"]\n"
        ),
    )
    .unwrap();
    let basedir = directory.path().to_str().unwrap();
    let daemon = Daemon::start(PROGRAM, ["-d", basedir, "-b", "p2p"]).unwrap();
    let line = daemon.wait_for("Listening on", LIMIT).unwrap();
    daemon.wait_for("Ready", LIMIT).unwrap();
    let channel = connect(line.rsplit(' ').next().unwrap().parse().unwrap()).await;
    for method in ["get_pending_transactions", "submit_block", "get_gossip_status"] {
        let status = ask::<()>(&channel, method, &()).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{method}");
    }
    let status = height(&channel).await.unwrap_err();
    assert_eq!(status.message(), "no such service: chain");
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_their_times_are_counted() {
    let url = url();
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(3, 0))).await;
    let node = Node::ready(&url, &["--blacklist", "p2p"]);
    let channel = node.connect().await;
    for _ in 0..3 {
        height(&channel).await.unwrap();
    }
    ask::<()>(&channel, "get_gossip_status", &()).await.unwrap_err();
    ask::<()>(&channel, "no_such", &()).await.unwrap_err();
    let socket = node.directory.path().join("grpc/admin.sock");
    let get = |page: &str| admin::get(&socket, page).unwrap().1;
    let metrics = get("/metrics");
    for line in [
        "koinos_grpc_requests_total{method=\"chain.get_head_info\"} 3",
        "koinos_grpc_errors_total{method=\"p2p.get_gossip_status\"} 1",
        "koinos_grpc_errors_total{method=\"unknown\"} 1",
        "koinos_grpc_request_seconds_count{method=\"chain.get_head_info\"} 3",
        "koinos_grpc_connections 1",
    ] {
        assert!(metrics.contains(line), "{line} is missing in {metrics}");
    }
    poll("status", LIMIT, || Ok(get("/status").contains("5 requests answered").then_some(())))
        .unwrap();
    assert_eq!(get("/healthz"), "ok\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lives_beside_a_client_of_the_bus() {
    // The same service asked over both carriers gives the same bytes.
    let url = url();
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(4, 100))).await;
    let node = Node::ready(&url, &[]);
    let answer = call(&node.connect().await, "get_head_info", Request::new(Bytes::new())).await;
    let bus = Bus::start(Config::new(&url, "test", "other")).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    let request = Bytes::from_static(&[0x22, 0]);
    let reply = bus.call_raw("chain", request, CallOptions::once(LIMIT)).await.unwrap();
    let inside = koinos_codec::wire::message_bytes(&reply, 5).unwrap();
    assert_eq!(answer.unwrap().into_inner(), inside);
}
