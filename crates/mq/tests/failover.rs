//! Several brokers in one value, of which one after the other dies.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Heard, ask, connect_with, serve_echo, within};
use koinos_mq::{Bus, Config};
use koinos_rpc::Transport;
use koinos_testkit::Broker;

/// A broker with one virtual host: each takes its time when it starts again.
fn small() -> Broker {
    Broker::start_with(|config| config.vhosts.truncate(1)).unwrap()
}

async fn killed(broker: &Arc<Broker>) {
    let broker = broker.clone();
    tokio::task::spawn_blocking(move || broker.kill()).await.unwrap().unwrap();
}

/// Waits until a bus and everything on it is back, at the broker with that port.
async fn at(bus: &Bus, port: u16) {
    let mut sessions = bus.sessions();
    let there = || bus.is_connected() && bus.url().contains(&format!(":{port}/"));
    within("the other broker", async {
        while !there() {
            sessions.changed().await.unwrap();
        }
        bus.consuming().await;
    })
    .await;
}

#[tokio::test]
async fn the_next_broker_takes_over_from_one_that_dies() {
    let (first, second) = tokio::task::spawn_blocking(|| {
        std::thread::scope(|scope| {
            let other = scope.spawn(small);
            (Arc::new(small()), Arc::new(other.join().unwrap()))
        })
    })
    .await
    .unwrap();
    let urls = format!("{}, {}", first.url("t0"), second.url("t0"));
    let config = |service: &str| Config {
        reconnect_min: Duration::from_millis(50),
        ..Config::new(&urls, service, "test")
    };
    let server = connect_with(config("echo")).await;
    serve_echo(&server, "echo").await;
    let heard = Heard::on(&server, "koinos.block.accept").await;
    let client = connect_with(config("client")).await;
    at(&client, first.port()).await;
    assert_eq!(ask(&client, "echo", "one").await.unwrap(), "one");

    killed(&first).await;
    // What is broadcast while there is no connection waits for the next one.
    at(&server, second.port()).await;
    client.broadcast("koinos.block.accept", vec![1].into());
    at(&client, second.port()).await;
    assert_eq!(ask(&client, "echo", "two").await.unwrap(), "two");
    assert_eq!(heard.numbers(1).await, [1]);

    let resumed = first.clone();
    tokio::task::spawn_blocking(move || resumed.resume()).await.unwrap().unwrap();
    killed(&second).await;
    at(&server, first.port()).await;
    at(&client, first.port()).await;
    assert_eq!(ask(&client, "echo", "three").await.unwrap(), "three");
}
