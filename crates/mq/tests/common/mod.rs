//! What the tests of the bus share.
#![allow(dead_code, reason = "each test program uses a part")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use koinos_mq::{Bus, Config};
use koinos_rpc::{CallOptions, RpcError, Transport};
use tokio::sync::Notify;

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);

pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("no {what} within {LIMIT:?}"),
    }
}

pub async fn connect(url: &str, service: &str) -> Bus {
    connect_with(Config::new(url, service, "test")).await
}

/// With `RUST_LOG` set, the bus tells what it does.
pub async fn connect_with(config: Config) -> Bus {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    // Another test may have been first.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
    let bus = Bus::start(config).unwrap();
    within("connection", bus.connected()).await;
    bus
}

/// A service that answers with what it was asked.
pub async fn serve_echo(bus: &Bus, name: &str) {
    bus.serve(name, 4, |request| async { request });
    within("consumer", bus.consuming()).await;
}

pub async fn ask(bus: &Bus, service: &str, request: &'static str) -> Result<Bytes, RpcError> {
    let options = CallOptions::once(Duration::from_secs(20));
    within("reply", bus.call_raw(service, Bytes::from_static(request.as_bytes()), options)).await
}

/// Broadcasts as they arrive.
#[derive(Clone, Default)]
pub struct Heard {
    events: Arc<Mutex<Vec<(String, Bytes)>>>,
    more: Arc<Notify>,
}

impl Heard {
    /// Listens to `topic`; returns when the broker knows.
    pub async fn on(bus: &Bus, topic: &str) -> Self {
        let heard = Self::default();
        let sink = heard.clone();
        bus.subscribe(topic, move |event| {
            let sink = sink.clone();
            async move {
                sink.events.lock().unwrap().push((event.topic, event.payload));
                sink.more.notify_one();
            }
        });
        within("subscription", bus.consuming()).await;
        heard
    }

    /// Waits for `count` broadcasts and returns all there are.
    pub async fn wait(&self, count: usize) -> Vec<(String, Bytes)> {
        within("broadcast", async {
            loop {
                let events = self.events.lock().unwrap().clone();
                if events.len() >= count {
                    return events;
                }
                self.more.notified().await;
            }
        })
        .await
    }

    /// The first bytes of the payloads heard, once there are `count`.
    pub async fn numbers(&self, count: usize) -> Vec<u8> {
        self.wait(count).await.iter().map(|(_, payload)| payload[0]).collect()
    }
}
