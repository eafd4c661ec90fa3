//! A session with the broker, from its topology to its end.
//!
//! It has two connections. A block with its receipt may have more than 64 MiB, and whatever else has to
//! go the same way waits behind it. So requests and replies have one connection, and broadcasts,
//! together with large messages of all kinds, have the other.

use std::time::Duration;

use koinos_rpc::names::{EVENT_EXCHANGE, RPC_EXCHANGE, rpc_queue};
use lapin::options::{
    BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};
use tokio_util::sync::CancellationToken;

use crate::publisher::{Message, Publisher, Sent, is_large};
use crate::{Config, Error, tls};

/// How long connecting and declaring may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The largest frame in bytes, where the URL names none. The client keeps room for 32 frames each way
/// on each connection, which is 16 MiB with the broker's own limit of 128 KiB, and 4 MiB with this.
const FRAME_MAX: u32 = 32 * 1024;

pub(crate) struct Session {
    /// Counts from 1 per process.
    pub(crate) number: u64,
    /// For requests and replies.
    pub(crate) connection: Connection,
    /// For broadcasts, and for what is large.
    pub(crate) bulk: Connection,
    /// Where replies to our requests arrive.
    pub(crate) reply_queue: ShortString,
    requests: Publisher,
    replies: Publisher,
    broadcasts: Publisher,
    /// Cancelled when a connection is known to be gone.
    pub(crate) ended: CancellationToken,
}

impl Session {
    /// Connects twice to the broker at `uri`, declares the exchanges and starts consuming replies.
    pub(crate) async fn open(
        config: &Config,
        uri: &AMQPUri,
        number: u64,
    ) -> Result<(Self, Consumer), Error> {
        tokio::time::timeout(CONNECT_LIMIT, Self::connect(config, uri.clone(), number))
            .await
            .map_err(|_| Error::TimedOut("connecting to the broker"))?
    }

    async fn connect(
        config: &Config,
        uri: AMQPUri,
        number: u64,
    ) -> Result<(Self, Consumer), Error> {
        let name = format!("{}.{}", config.service, config.instance_id);
        let bulk = connect(config, uri.clone(), format!("{name}.bulk"));
        let (connection, bulk) = tokio::try_join!(connect(config, uri, name), bulk)?;
        let channel =
            connection.create_channel().await.map_err(Error::amqp("cannot open a channel"))?;
        declare_exchanges(&channel).await?;
        let (reply_queue, replies) = consume_replies(&channel).await?;
        let session = Self {
            number,
            connection,
            bulk,
            reply_queue,
            requests: Publisher::default(),
            replies: Publisher::default(),
            broadcasts: Publisher::default(),
            ended: CancellationToken::new(),
        };
        Ok((session, replies))
    }

    /// A channel for requests and replies.
    pub(crate) async fn channel(&self) -> Result<Channel, Error> {
        self.connection.create_channel().await.map_err(Error::amqp("cannot open a channel"))
    }

    /// A channel for broadcasts.
    pub(crate) async fn broadcast_channel(&self) -> Result<Channel, Error> {
        self.bulk.create_channel().await.map_err(Error::amqp("cannot open a channel"))
    }

    /// Hands a request to the broker.
    pub(crate) async fn publish_request(&self, message: Message) -> lapin::Result<Sent> {
        self.requests.publish(self.way_of(&message), message).await
    }

    /// Takes a new channel for the requests that come next.
    pub(crate) async fn renew_requests(&self) {
        self.requests.renew().await;
    }

    /// Hands a reply to the broker.
    pub(crate) async fn publish_reply(&self, message: Message) -> lapin::Result<Sent> {
        self.replies.publish(self.way_of(&message), message).await
    }

    /// Hands a broadcast to the broker.
    pub(crate) async fn publish_broadcast(&self, message: Message) -> lapin::Result<Sent> {
        self.broadcasts.publish(&self.bulk, message).await
    }

    fn way_of(&self, message: &Message) -> &Connection {
        if is_large(&message.body) { &self.bulk } else { &self.connection }
    }

    /// How many consumers a service's queue has; 0 when the queue does not exist.
    pub(crate) async fn consumers_of(&self, service: &str) -> Option<u32> {
        let queue = ShortString::try_new(rpc_queue(service)).ok()?;
        // A passive declaration of a missing queue costs the channel, so it gets its own.
        let channel = self.connection.create_channel().await.ok()?;
        let options = QueueDeclareOptions { passive: true, ..Default::default() };
        match channel.queue_declare(queue, options, FieldTable::default()).await {
            Ok(queue) => {
                // Closing is courtesy; the count is known already.
                let _ = channel.close(200, "done".into()).await;
                Some(queue.consumer_count())
            }
            Err(error) if error.is_amqp_soft_error() => Some(0),
            Err(_) => None,
        }
    }
}

async fn connect(config: &Config, mut uri: AMQPUri, name: String) -> Result<Connection, Error> {
    uri.query.frame_max.get_or_insert(FRAME_MAX);
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    match uri.scheme {
        AMQPScheme::AMQPS => tls::connect(uri, &config.tls, properties).await,
        AMQPScheme::AMQP => Connection::connect_uri(uri, properties)
            .await
            .map_err(Error::amqp("cannot connect to the broker")),
    }
}

async fn declare_exchanges(channel: &Channel) -> Result<(), Error> {
    let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
    for (name, kind) in
        [(EVENT_EXCHANGE, ExchangeKind::Topic), (RPC_EXCHANGE, ExchangeKind::Direct)]
    {
        channel
            .exchange_declare(name.into(), kind, durable, FieldTable::default())
            .await
            .map_err(Error::amqp(format!("cannot declare the exchange {name}")))?;
    }
    Ok(())
}

/// Replies travel through the RPC exchange, so the reply queue is bound there by its own name.
async fn consume_replies(channel: &Channel) -> Result<(ShortString, Consumer), Error> {
    let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
    let queue = declare_and_bind(channel, "", options, RPC_EXCHANGE, None).await?;
    let consumer = channel
        .basic_consume(
            queue.clone(),
            "".into(),
            BasicConsumeOptions { no_ack: true, exclusive: true, ..Default::default() },
            FieldTable::default(),
        )
        .await
        .map_err(Error::amqp("cannot consume replies"))?;
    Ok((queue, consumer))
}

/// Declares a queue (server-named when `name` is empty) and binds it with `key`, or with its own
/// name when there is none.
pub(crate) async fn declare_and_bind(
    channel: &Channel,
    name: &str,
    options: QueueDeclareOptions,
    exchange: &'static str,
    key: Option<&str>,
) -> Result<ShortString, Error> {
    let queue = channel
        .queue_declare(short(name)?, options, FieldTable::default())
        .await
        .map_err(Error::amqp(format!("cannot declare the queue {name}")))?
        .name()
        .clone();
    let key = key.map_or(Ok(queue.clone()), short)?;
    channel
        .queue_bind(
            queue.clone(),
            exchange.into(),
            key,
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .map_err(Error::amqp(format!("cannot bind the queue {queue} to {exchange}")))?;
    Ok(queue)
}

/// An AMQP short string, which holds at most 255 bytes.
pub(crate) fn short(text: &str) -> Result<ShortString, Error> {
    ShortString::try_new(text).map_err(|_| Error::NameTooLong(text.len()))
}
