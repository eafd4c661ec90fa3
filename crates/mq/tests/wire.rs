//! What other implementations see on the wire, looked at with a plain AMQP client.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use common::{Heard, connect, serve_echo, within};
use futures_util::StreamExt;
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Broker, Vhost};
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};

const KIND: &str = "application/octet-stream";

/// A client that is not ours.
struct Stranger {
    connection: Connection,
    channel: Channel,
}

impl Stranger {
    async fn visit(vhost: &Vhost) -> Self {
        let connection =
            Connection::connect(&vhost.url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        Self { connection, channel }
    }

    /// A queue of its own, bound to `exchange` with `key` or its own name.
    async fn queue(&self, exchange: &str, key: Option<&str>) -> (ShortString, Consumer) {
        let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
        let queue = self.channel.queue_declare("".into(), options, FieldTable::default()).await;
        let name = queue.unwrap().name().clone();
        let key = key.map_or(name.clone(), Into::into);
        let bind = QueueBindOptions::default();
        self.channel
            .queue_bind(name.clone(), exchange.into(), key, bind, FieldTable::default())
            .await
            .unwrap();
        let options = BasicConsumeOptions { no_ack: true, ..Default::default() };
        let consumer = self
            .channel
            .basic_consume(name.clone(), "".into(), options, FieldTable::default())
            .await
            .unwrap();
        (name, consumer)
    }

    async fn publish(&self, exchange: &str, key: &str, body: &str, properties: BasicProperties) {
        self.channel
            .basic_publish(
                exchange.into(),
                key.into(),
                BasicPublishOptions::default(),
                body.as_bytes(),
                properties,
            )
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn the_topology_is_the_protocols() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = connect(&vhost.url, "echo").await;
    serve_echo(&bus, "echo").await;
    let stranger = Stranger::visit(&vhost).await;

    // Declaring again with other flags would be refused.
    let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
    for (name, kind) in
        [("koinos.event", ExchangeKind::Topic), ("koinos.rpc", ExchangeKind::Direct)]
    {
        let declare =
            stranger.channel.exchange_declare(name.into(), kind, durable, FieldTable::default());
        declare.await.unwrap();
    }
    let durable = QueueDeclareOptions { durable: true, ..Default::default() };
    let queue = "koinos.rpc.echo";
    let declared =
        stranger.channel.queue_declare(queue.into(), durable, FieldTable::default()).await.unwrap();
    assert_eq!(declared.consumer_count(), 1);

    // And indeed it is.
    let transient = QueueDeclareOptions::default();
    let refused = stranger.connection.create_channel().await.unwrap();
    let refused = refused.queue_declare(queue.into(), transient, FieldTable::default()).await;
    assert!(refused.unwrap_err().to_string().contains("PRECONDITION"), "406 expected");
    bus.close(common::LIMIT).await;
}

#[tokio::test]
async fn requests_and_broadcasts_carry_the_protocols_properties() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = connect(&vhost.url, "caller").await;
    let stranger = Stranger::visit(&vhost).await;
    let (_, mut requests) = stranger.queue("koinos.rpc", Some("koinos.rpc.peer")).await;
    let (_, mut events) = stranger.queue("koinos.event", Some("koinos.block.accept")).await;

    let caller = bus.clone();
    let call = tokio::spawn(async move {
        let options = CallOptions::once(Duration::from_millis(12_345));
        caller.call_raw("peer", Bytes::from_static(b"question"), options).await
    });
    let request = within("request", requests.next()).await.unwrap().unwrap();
    let properties = &request.properties;
    assert_eq!(request.data, b"question");
    assert_eq!(properties.content_type().as_ref().unwrap().as_str(), KIND);
    assert_eq!(properties.expiration().as_ref().unwrap().as_str(), "12345");
    let id = properties.correlation_id().clone().unwrap();
    assert_eq!(id.as_str().len(), 32);

    // Replies find their way through the RPC exchange, by the name of the reply queue.
    let reply_to = properties.reply_to().clone().unwrap();
    let answer = BasicProperties::default().with_content_type(KIND.into());
    let late = answer.clone().with_correlation_id("somebody else's".into());
    stranger.publish("koinos.rpc", reply_to.as_str(), "late", late).await;
    let answer = answer.with_correlation_id(id);
    stranger.publish("koinos.rpc", reply_to.as_str(), "answer", answer).await;
    assert_eq!(within("reply", call).await.unwrap().unwrap(), "answer");

    bus.broadcast("koinos.block.accept", Bytes::from_static(b"block"));
    let event = within("broadcast", events.next()).await.unwrap().unwrap();
    assert_eq!(event.data, b"block");
    assert_eq!(event.properties.content_type().as_ref().unwrap().as_str(), KIND);
    assert_eq!(event.properties.expiration(), &None);
    bus.close(common::LIMIT).await;
}

#[tokio::test]
async fn replies_follow_the_rules() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = connect(&vhost.url, "echo").await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    // One at a time, so that the requests are handled in their order.
    bus.serve("echo", 1, move |request| {
        sink.lock().unwrap().push(String::from_utf8(request.to_vec()).unwrap());
        async { request }
    });
    within("consumer", bus.consuming()).await;
    let stranger = Stranger::visit(&vhost).await;
    let (reply_to, mut replies) = stranger.queue("koinos.rpc", None).await;

    let ours = BasicProperties::default().with_content_type(KIND.into());
    let addressed =
        |id: &str| ours.clone().with_reply_to(reply_to.clone()).with_correlation_id(id.into());
    let json = "application/json";
    for (body, properties) in [
        ("good", addressed("1")),
        ("no correlation id", ours.clone().with_reply_to(reply_to.clone())),
        ("no reply_to", ours.clone().with_correlation_id("2".into())),
        ("json", addressed("3").with_content_type(json.into())),
        (
            "no type",
            BasicProperties::default()
                .with_reply_to(reply_to.clone())
                .with_correlation_id("4".into()),
        ),
        ("last", addressed("5")),
    ] {
        stranger.publish("koinos.rpc", "koinos.rpc.echo", body, properties).await;
    }
    for (id, body) in [("1", "good"), ("5", "last")] {
        let reply = within("reply", replies.next()).await.unwrap().unwrap();
        assert_eq!(reply.data, body.as_bytes());
        assert_eq!(reply.exchange.as_str(), "koinos.rpc");
        let properties = &reply.properties;
        assert_eq!(properties.correlation_id().as_ref().unwrap().as_str(), id);
        assert_eq!(properties.content_type().as_ref().unwrap().as_str(), KIND);
        assert_eq!(properties.expiration(), &None);
    }
    // Requests without a return address are still carried out, foreign content is not.
    assert_eq!(*seen.lock().unwrap(), ["good", "no correlation id", "no reply_to", "last"]);
    bus.close(common::LIMIT).await;
}

#[tokio::test]
async fn foreign_broadcasts_are_dropped() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = connect(&vhost.url, "listener").await;
    let heard = Heard::on(&bus, "koinos.event.#").await;
    let stranger = Stranger::visit(&vhost).await;
    let ours = BasicProperties::default().with_content_type(KIND.into());
    let key = "koinos.event.1abc.token.transfer";
    let foreign = ours.clone().with_content_type("text/plain".into());
    stranger.publish("koinos.event", key, "text", foreign).await;
    stranger.publish("koinos.event", "koinos.block.accept", "other topic", ours.clone()).await;
    stranger.publish("koinos.event", key, "event", ours).await;
    assert_eq!(heard.wait(1).await, [(key.to_owned(), Bytes::from_static(b"event"))]);
    bus.close(common::LIMIT).await;
}

/// With Nagle's algorithm on, every small request on the loopback would take 40 ms.
#[tokio::test]
async fn small_messages_are_sent_at_once() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let bus = connect(&vhost.url, "caller").await;
    let mut sockets = 0;
    for entry in std::fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let Ok(number) = entry.file_name().to_string_lossy().parse() else { continue };
        // SAFETY: the descriptor is only asked for its peer and one option; if another thread
        // closes it in between, the questions fail and it is passed over.
        let fd = unsafe { BorrowedFd::borrow_raw(number) };
        let Ok(Some(peer)) = rustix::net::getpeername(fd) else { continue };
        let Ok(peer) = std::net::SocketAddr::try_from(peer) else { continue };
        if peer.port() == vhost.port {
            assert!(rustix::net::sockopt::tcp_nodelay(fd).unwrap());
            sockets += 1;
        }
    }
    assert!(sockets > 0, "no connection to the broker found");
    bus.close(common::LIMIT).await;
}
