//! A channel to publish on, in confirm mode, reopened when the broker closes it.

use bytes::Bytes;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ErrorKind, PublisherConfirm};
use tokio::sync::Mutex;

/// Bodies above this size get a channel of their own: a broker that finds one too large closes
/// the channel, and must not take other messages down with it. They also go another way than
/// requests and replies, which would wait behind them.
const LARGE: usize = 1 << 20;

/// A message on its way out.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) exchange: &'static str,
    pub(crate) routing_key: ShortString,
    pub(crate) mandatory: bool,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Bytes,
}

/// A message handed to the broker.
pub(crate) struct Sent {
    confirm: PublisherConfirm,
    /// A channel closes when its last owner is gone, and the confirmation with it.
    _channel: Channel,
}

impl Sent {
    /// Waits for the broker to say what became of the message.
    pub(crate) async fn confirmed(self) -> lapin::Result<Confirmation> {
        self.confirm.await
    }
}

/// Whether a message is large enough to be in the way of others.
pub(crate) fn is_large(body: &[u8]) -> bool {
    body.len() > LARGE
}

/// Publishes on one channel of a connection.
#[derive(Default)]
pub(crate) struct Publisher {
    channel: Mutex<Option<Channel>>,
}

impl Publisher {
    /// Hands the message to the broker. The confirmation tells whether it was accepted and routed.
    pub(crate) async fn publish(
        &self,
        connection: &Connection,
        message: Message,
    ) -> lapin::Result<Sent> {
        let channel = match is_large(&message.body) {
            true => open(connection).await?,
            false => self.channel(connection).await?,
        };
        let confirm = channel
            .basic_publish(
                message.exchange.into(),
                message.routing_key,
                BasicPublishOptions { mandatory: message.mandatory, immediate: false },
                &message.body,
                message.properties,
            )
            .await?;
        Ok(Sent { confirm, _channel: channel })
    }

    /// Takes a new channel for what comes next.
    pub(crate) async fn renew(&self) {
        self.channel.lock().await.take();
    }

    async fn channel(&self, connection: &Connection) -> lapin::Result<Channel> {
        let mut slot = self.channel.lock().await;
        if let Some(channel) = slot.as_ref().filter(|channel| channel.status().connected()) {
            return Ok(channel.clone());
        }
        let channel = open(connection).await?;
        *slot = Some(channel.clone());
        Ok(channel)
    }
}

async fn open(connection: &Connection) -> lapin::Result<Channel> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

/// Whether the broker closed the channel because of the message (which it does for a body over
/// its `max_message_size`), rather than the connection failing.
pub(crate) fn refused(error: &lapin::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ProtocolError(e)
            if matches!(e.kind(), AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED))
    )
}
