//! Serving in a session only when somebody says so, over a real broker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common::{LIMIT, ask, connect, connect_with, within};
use koinos_mq::{Bus, Config};
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Broker, Proxy};
use tokio::sync::{Semaphore, watch};

/// A service that answers with its own name, while `gate` holds the number of the session.
fn serve(bus: &Bus, answer: &'static str) -> watch::Sender<u64> {
    let (gate, receiver) = watch::channel(0);
    bus.serve_in(
        "gated",
        2,
        receiver,
        move |_| async move { Bytes::from_static(answer.as_bytes()) },
    );
    gate
}

#[tokio::test]
async fn who_is_behind_leaves_requests_to_others() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let (one, two) = (connect(&vhost.url, "one").await, connect(&vhost.url, "two").await);
    let client = connect(&vhost.url, "client").await;
    let (first, second) = (serve(&one, "one"), serve(&two, "two"));
    first.send_replace(1);
    within("consumer", one.consuming()).await;
    for _ in 0..20 {
        assert_eq!(ask(&client, "gated", "").await.unwrap(), "one");
    }
    second.send_replace(1);
    within("consumer", two.consuming()).await;
    let mut answers = std::collections::BTreeSet::new();
    while answers.len() < 2 {
        answers.insert(ask(&client, "gated", "").await.unwrap());
    }
    first.send_replace(0);
    // A request may be on its way to the first; then none is.
    while ask(&client, "gated", "").await.unwrap() != "two" {}
    for _ in 0..20 {
        ask(&client, "gated", "").await.unwrap();
    }
    // The number of another session does not open it.
    second.send_replace(2);
    let options = CallOptions::once(Duration::from_millis(300));
    while client.call_raw("gated", Bytes::new(), options).await.is_ok() {}
    first.send_replace(1);
    within("consumer", one.consuming()).await;
    assert_eq!(ask(&client, "gated", "").await.unwrap(), "one");
}

#[tokio::test]
async fn what_was_taken_is_answered_when_the_gate_closes() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let server = connect(&vhost.url, "server").await;
    let client = connect(&vhost.url, "client").await;
    let (gate, receiver) = watch::channel(1);
    let (begun, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (began, wait) = (begun.clone(), go_on.clone());
    server.serve_in("gated", 1, receiver, move |request| {
        began.add_permits(1);
        let wait = wait.clone();
        async move {
            wait.acquire().await.unwrap().forget();
            request
        }
    });
    within("consumer", server.consuming()).await;
    let asking = tokio::spawn(async move { ask(&client, "gated", "x").await });
    within("request", begun.acquire()).await.unwrap().forget();
    gate.send_replace(0);
    go_on.add_permits(1);
    assert_eq!(within("reply", asking).await.unwrap().unwrap(), "x");
    within("drain", server.close(LIMIT)).await;
}

#[tokio::test]
async fn a_new_session_needs_a_new_permission() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let proxy = Proxy::start(vhost.port).unwrap();
    let url = format!("amqp://guest:guest@127.0.0.1:{}/{}", proxy.port(), vhost.name);
    let config =
        Config { reconnect_min: Duration::from_millis(50), ..Config::new(url, "server", "test") };
    let server = connect_with(config).await;
    let client = connect(&vhost.url, "client").await;
    let gate = serve(&server, "here");
    // Broadcasts do not wait for it.
    server.subscribe("koinos.block.accept", |_| async {});
    within("subscription", server.listening()).await;
    gate.send_replace(1);
    within("consumer", server.consuming()).await;
    assert_eq!(ask(&client, "gated", "").await.unwrap(), "here");

    let mut sessions = server.sessions();
    proxy.break_connections();
    within("session", sessions.wait_for(|number| *number == 2)).await.unwrap();
    within("subscription", server.listening()).await;
    let options = CallOptions::once(Duration::from_millis(300));
    let error = client.call_raw("gated", Bytes::new(), options).await.unwrap_err().to_string();
    assert!(error.contains("it is not running"), "{error}");
    gate.send_replace(2);
    within("consumer", server.consuming()).await;
    assert_eq!(ask(&client, "gated", "").await.unwrap(), "here");
}
