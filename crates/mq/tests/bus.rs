//! The bus over a real broker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{Heard, LIMIT, ask, connect, connect_with, serve_echo, within};
use koinos_mq::Config;
use koinos_rpc::{CallOptions, RpcError, Transport};
use koinos_testkit::{Broker, Proxy, Vhost};
use tokio::sync::{Notify, Semaphore, mpsc};

fn vhost() -> Vhost {
    Broker::shared().unwrap().vhost().unwrap()
}

/// A bus whose connection can be broken.
fn through(proxy: &Proxy, vhost: &Vhost, service: &str) -> Config {
    let url = format!("amqp://guest:guest@127.0.0.1:{}/{}", proxy.port(), vhost.name);
    Config { reconnect_min: Duration::from_millis(50), ..Config::new(url, service, "test") }
}

#[tokio::test]
async fn a_call_reaches_its_service() {
    let vhost = vhost();
    let server = connect(&vhost.url, "echo").await;
    serve_echo(&server, "echo").await;
    let client = connect(&vhost.url, "client").await;
    assert_eq!(ask(&client, "echo", "hello").await.unwrap(), "hello");
    assert_eq!(ask(&client, "echo", "").await.unwrap(), "");
    // A service may call itself over the bus.
    assert_eq!(ask(&server, "echo", "self").await.unwrap(), "self");
}

/// A block with its receipt may be that large, and nobody who asks something meanwhile waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn calls_go_past_a_large_broadcast() {
    let vhost = vhost();
    let server = connect(&vhost.url, "echo").await;
    serve_echo(&server, "echo").await;
    let client = connect(&vhost.url, "client").await;
    client.broadcast("koinos.large", vec![7; 96 << 20].into());
    let mut calls = 0;
    while client.outbox_len() > 0 {
        assert_eq!(ask(&client, "echo", "hello").await.unwrap(), "hello");
        calls += 1;
    }
    // The last may have been answered when the broker had the broadcast.
    assert!(calls > 3, "{calls} calls while a large broadcast was on its way");
}

#[tokio::test]
async fn an_absent_service_is_named_at_once() {
    let client = connect(&vhost().url, "client").await;
    let began = Instant::now();
    let error = ask(&client, "block_store", "x").await.unwrap_err();
    assert!(matches!(&error, RpcError::NoSuchService(name) if name == "block_store"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10), "the time limit was not waited for");
}

#[tokio::test]
async fn a_stopped_service_is_told_from_a_slow_one() {
    let vhost = vhost();
    let server = connect(&vhost.url, "gone").await;
    serve_echo(&server, "gone").await;
    server.close(LIMIT).await;
    let slow = connect(&vhost.url, "slow").await;
    slow.serve("slow", 1, |_| std::future::pending());
    within("consumer", slow.consuming()).await;

    let client = connect(&vhost.url, "client").await;
    let options = CallOptions::once(Duration::from_millis(300));
    for (service, text) in [
        ("gone", "gone did not answer within 300 ms: it is not running"),
        ("slow", "slow did not answer within 300 ms"),
    ] {
        let error = within("error", client.call_raw(service, Bytes::new(), options)).await;
        assert_eq!(error.unwrap_err().to_string(), text);
    }
}

#[tokio::test]
async fn a_persistent_call_waits_for_its_service() {
    let vhost = vhost();
    let client = connect(&vhost.url, "client").await;
    let caller = client.clone();
    let call = tokio::spawn(async move {
        let options = CallOptions::persistent(Duration::from_millis(200));
        caller.call_raw("late", Bytes::from_static(b"x"), options).await
    });
    // The service is known to be absent before it starts.
    assert!(matches!(ask(&client, "late", "y").await, Err(RpcError::NoSuchService(_))));
    let server = connect(&vhost.url, "late").await;
    serve_echo(&server, "late").await;
    assert_eq!(within("reply", call).await.unwrap().unwrap(), "x");
}

#[tokio::test]
async fn no_more_requests_run_than_there_are_jobs() {
    let vhost = vhost();
    let server = connect(&vhost.url, "busy").await;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(Semaphore::new(0));
    let (started, mut starts) = mpsc::unbounded_channel();
    let (counts, handler_gate) = ((running, most.clone()), gate.clone());
    server.serve("busy", 2, move |request| {
        let ((running, most), gate) = (counts.clone(), handler_gate.clone());
        let started = started.clone();
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            started.send(()).unwrap();
            gate.acquire().await.unwrap().forget();
            running.fetch_sub(1, Ordering::SeqCst);
            request
        }
    });
    let client = connect(&vhost.url, "client").await;
    within("consumer", server.consuming()).await;
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { ask(&client, "busy", "x").await })
        })
        .collect();
    within("first two", async {
        starts.recv().await.unwrap();
        starts.recv().await.unwrap();
    })
    .await;
    gate.add_permits(8);
    for call in calls {
        within("reply", call).await.unwrap().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_a_kind_keep_their_order_and_others_go_past() {
    let vhost = vhost();
    let server = connect(&vhost.url, "line").await;
    let gate = Arc::new(Semaphore::new(0));
    let (handled, mut order) = mpsc::unbounded_channel();
    let handler_gate = gate.clone();
    let is_of_kind = |request: &[u8]| request.len() == 1;
    server.serve_in_order("line", 4, is_of_kind, move |request: Bytes| {
        let (gate, handled) = (handler_gate.clone(), handled.clone());
        async move {
            if request.len() == 1 {
                handled.send(request[0]).unwrap();
                gate.acquire().await.unwrap().forget();
            }
            request
        }
    });
    within("consumer", server.consuming()).await;
    let client = connect(&vhost.url, "client").await;
    let send =
        |number: u8| client.call_raw("line", Bytes::from(vec![number]), CallOptions::once(LIMIT));
    let first = futures_util::future::join_all((0..4).map(send));
    let meanwhile = async {
        assert_eq!(within("request", order.recv()).await, Some(0));
        assert_eq!(ask(&client, "line", "free").await.unwrap(), "free");
        // The others wait for the first, though there are slots for them.
        assert!(order.try_recv().is_err());
        gate.add_permits(4);
    };
    let (replies, ()) = tokio::join!(first, meanwhile);
    assert!(replies.iter().all(Result::is_ok), "{replies:?}");

    gate.add_permits(192);
    for start in (4..196).step_by(16) {
        // So few are polled, and so sent, in their order.
        let calls = futures_util::future::join_all((start..start + 16).map(send));
        let replies = within("replies", calls).await;
        assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    }
    for number in 1..196 {
        assert_eq!(order.recv().await, Some(number));
    }
}

#[tokio::test]
async fn a_request_that_waited_too_long_is_not_carried_out() {
    let vhost = vhost();
    let server = connect(&vhost.url, "queue").await;
    let gate = Arc::new(Notify::new());
    let (seen, mut requests) = mpsc::unbounded_channel();
    let handler_gate = gate.clone();
    server.serve("queue", 1, move |request: Bytes| {
        seen.send(request.clone()).unwrap();
        let gate = handler_gate.clone();
        async move {
            if request == "first" {
                gate.notified().await;
            }
            request
        }
    });
    within("consumer", server.consuming()).await;
    let client = connect(&vhost.url, "client").await;
    let first = {
        let client = client.clone();
        tokio::spawn(async move { ask(&client, "queue", "first").await })
    };
    assert_eq!(within("request", requests.recv()).await.unwrap(), "first");
    let short = CallOptions::once(Duration::from_millis(100));
    let error = client.call_raw("queue", Bytes::from_static(b"second"), short).await.unwrap_err();
    assert!(matches!(error, RpcError::Timeout { .. }), "{error}");
    gate.notify_one();
    within("reply", first).await.unwrap().unwrap();
    ask(&client, "queue", "third").await.unwrap();
    assert_eq!(within("request", requests.recv()).await.unwrap(), "third");
}

#[tokio::test]
async fn broadcasts_keep_their_order_and_reach_everyone() {
    let vhost = vhost();
    let (one, two) = (connect(&vhost.url, "one").await, connect(&vhost.url, "two").await);
    let topic = "koinos.block.accept";
    let heard = [Heard::on(&one, topic).await, Heard::on(&two, topic).await];
    let sender = connect(&vhost.url, "sender").await;
    let sent: Vec<u8> = (0..=255).collect();
    for n in &sent {
        sender.broadcast(topic, vec![*n].into());
    }
    within("flush", sender.flush()).await;
    assert_eq!(sender.outbox_len(), 0);
    for heard in heard {
        assert_eq!(heard.numbers(256).await, sent);
    }
}

#[tokio::test]
async fn broadcasts_made_while_the_broker_is_away_arrive_later_in_order() {
    let vhost = vhost();
    let listener = connect(&vhost.url, "listener").await;
    let heard = Heard::on(&listener, "koinos.block.accept").await;
    let proxy = Proxy::start(vhost.port).unwrap();
    let config = through(&proxy, &vhost, "sender");
    let sender = connect_with(Config { outbox_messages: 3, ..config }).await;
    let mut sessions = sender.sessions();
    proxy.cut();
    within("loss", sessions.wait_for(|number| *number == 0)).await.unwrap();
    for n in 1..=5u8 {
        sender.broadcast("koinos.block.accept", vec![n].into());
    }
    assert_eq!(sender.outbox_len(), 3);
    proxy.restore();
    within("return", sessions.wait_for(|number| *number > 1)).await.unwrap();
    sender.broadcast("koinos.block.accept", vec![6].into());
    // The two oldest did not fit.
    assert_eq!(heard.numbers(4).await, [3, 4, 5, 6]);
}

#[tokio::test]
async fn a_broken_connection_is_replaced_with_everything_on_it() {
    let vhost = vhost();
    let proxy = Proxy::start(vhost.port).unwrap();
    let server = connect_with(through(&proxy, &vhost, "echo")).await;
    serve_echo(&server, "echo").await;
    let heard = Heard::on(&server, "koinos.block.accept").await;
    let client = connect(&vhost.url, "client").await;
    assert_eq!(ask(&client, "echo", "before").await.unwrap(), "before");

    let mut sessions = server.sessions();
    for round in 2..=4 {
        proxy.break_connections();
        within("return", sessions.wait_for(|number| *number == round)).await.unwrap();
        within("consumers", server.consuming()).await;
        assert_eq!(ask(&client, "echo", "after").await.unwrap(), "after");
        client.broadcast("koinos.block.accept", vec![round as u8].into());
        let numbers = heard.numbers(round as usize - 1).await;
        assert_eq!(numbers.last(), Some(&(round as u8)));
    }
}

#[tokio::test]
async fn calls_on_a_broken_connection_fail_at_once_or_are_tried_again() {
    let vhost = vhost();
    let server = connect(&vhost.url, "slow").await;
    let (started, mut starts) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let handler_gate = gate.clone();
    server.serve("slow", 8, move |request| {
        started.send(()).unwrap();
        let gate = handler_gate.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            request
        }
    });
    within("consumer", server.consuming()).await;

    let proxy = Proxy::start(vhost.port).unwrap();
    let client = connect_with(through(&proxy, &vhost, "client")).await;
    let call = |options: CallOptions| {
        let client = client.clone();
        tokio::spawn(
            async move { client.call_raw("slow", Bytes::from_static(b"x"), options).await },
        )
    };
    let once = call(CallOptions::once(LIMIT));
    let persistent = call(CallOptions::persistent(LIMIT));
    within("requests", async {
        starts.recv().await.unwrap();
        starts.recv().await.unwrap();
    })
    .await;
    proxy.cut();
    let error = within("error", once).await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "connection to the broker was lost while slow was handling the request"
    );
    let error = ask(&client, "slow", "x").await.unwrap_err();
    assert_eq!(error.to_string(), "AMQP connection is not open");
    gate.add_permits(3);
    proxy.restore();
    assert_eq!(within("reply", persistent).await.unwrap().unwrap(), "x");
}

#[tokio::test]
async fn a_request_in_hand_when_the_connection_breaks_is_delivered_again() {
    let vhost = vhost();
    let proxy = Proxy::start(vhost.port).unwrap();
    let server = connect_with(through(&proxy, &vhost, "store")).await;
    let (seen, mut requests) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let handler_gate = gate.clone();
    server.serve("store", 4, move |request: Bytes| {
        seen.send(request.clone()).unwrap();
        let gate = handler_gate.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            request
        }
    });
    within("consumer", server.consuming()).await;
    let client = connect(&vhost.url, "client").await;
    let call = tokio::spawn(async move { ask(&client, "store", "precious").await });
    assert_eq!(within("request", requests.recv()).await.unwrap(), "precious");
    proxy.break_connections();
    assert_eq!(within("second delivery", requests.recv()).await.unwrap(), "precious");
    gate.add_permits(2);
    assert_eq!(within("reply", call).await.unwrap().unwrap(), "precious");
}

#[tokio::test]
async fn closing_finishes_what_is_in_hand() {
    let vhost = vhost();
    let server = connect(&vhost.url, "last").await;
    let gate = Arc::new(Notify::new());
    let (started, mut starts) = mpsc::unbounded_channel();
    let handler_gate = gate.clone();
    server.serve("last", 1, move |request| {
        started.send(()).unwrap();
        let gate = handler_gate.clone();
        async move {
            gate.notified().await;
            request
        }
    });
    within("consumer", server.consuming()).await;
    let client = connect(&vhost.url, "client").await;
    let heard = Heard::on(&client, "koinos.block.accept").await;
    let call = tokio::spawn(async move { ask(&client, "last", "x").await });
    within("request", starts.recv()).await.unwrap();
    server.broadcast("koinos.block.accept", vec![1].into());
    let closing = tokio::spawn(async move { server.close(LIMIT).await });
    gate.notify_one();
    assert!(within("close", closing).await.unwrap());
    assert_eq!(within("reply", call).await.unwrap().unwrap(), "x");
    assert_eq!(heard.numbers(1).await, [1]);
}

#[tokio::test]
async fn a_handler_that_panics_loses_only_its_own_request() {
    let vhost = vhost();
    let server = connect(&vhost.url, "shaky").await;
    server.serve("shaky", 1, |request: Bytes| async move {
        assert!(request != "bad", "this request is too much");
        request
    });
    within("consumer", server.consuming()).await;
    let client = connect(&vhost.url, "client").await;
    let short = CallOptions::once(Duration::from_millis(500));
    assert!(client.call_raw("shaky", Bytes::from_static(b"bad"), short).await.is_err());
    assert_eq!(ask(&client, "shaky", "good").await.unwrap(), "good");
}

#[tokio::test]
async fn large_messages_go_through() {
    let vhost = vhost();
    let server = connect(&vhost.url, "large").await;
    serve_echo(&server, "large").await;
    let client = connect(&vhost.url, "client").await;
    let body: Vec<u8> =
        (0..64 << 20).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let body = Bytes::from(body);
    let reply = within("reply", client.call_raw("large", body.clone(), CallOptions::once(LIMIT)));
    assert!(reply.await.unwrap() == body, "64 MiB came back changed");
    let too_large = Bytes::from(vec![0; (512 << 20) + 1]);
    let error = client.call_raw("large", too_large, CallOptions::once(LIMIT)).await.unwrap_err();
    assert!(matches!(error, RpcError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_broker_that_is_killed_and_comes_back_is_used_again() {
    let broker = Arc::new(Broker::start_with_limit(1 << 20).unwrap());
    let vhost = broker.vhost().unwrap();
    let server = connect(&vhost.url, "echo").await;
    serve_echo(&server, "echo").await;
    let client = connect(&vhost.url, "client").await;
    let heard = Heard::on(&server, "koinos.block.accept").await;

    // The broker closes the channel on what it finds too large; only that message is lost.
    let options = CallOptions::once(LIMIT);
    let too_large = Bytes::from(vec![0; 2 << 20]);
    let error = within("error", client.call_raw("echo", too_large.clone(), options)).await;
    assert!(matches!(error, Err(RpcError::TooLarge { limit: 0, .. })), "{error:?}");
    for payload in [Bytes::from_static(b"\x01"), too_large, Bytes::from_static(b"\x02")] {
        client.broadcast("koinos.block.accept", payload);
    }
    assert_eq!(heard.numbers(2).await.iter().filter(|n| **n > 0).count(), 2);
    assert_eq!(ask(&client, "echo", "still here").await.unwrap(), "still here");

    let mut lost = client.sessions();
    let stopped = broker.clone();
    tokio::task::spawn_blocking(move || stopped.kill()).await.unwrap().unwrap();
    within("loss", lost.wait_for(|number| *number == 0)).await.unwrap();
    client.broadcast("koinos.block.accept", vec![3].into());
    let resumed = broker.clone();
    tokio::task::spawn_blocking(move || resumed.resume()).await.unwrap().unwrap();
    tokio::time::timeout(Duration::from_secs(60), async {
        server.connected().await;
        server.consuming().await;
        client.connected().await;
    })
    .await
    .unwrap();
    assert_eq!(ask(&client, "echo", "again").await.unwrap(), "again");
}
