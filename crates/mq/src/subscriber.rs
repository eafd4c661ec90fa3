//! Listening to broadcasts: one exclusive queue per topic, one broadcast at a time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use koinos_events as events;
use koinos_rpc::BoxFuture;
use koinos_rpc::names::EVENT_EXCHANGE;
use lapin::message::Delivery;
use lapin::options::QueueDeclareOptions;
use lapin::{Channel, Consumer};
use tracing::error;

use crate::Error;
use crate::bus::Bus;
use crate::consumption::{self, Consumption};
use crate::server::{acknowledge, consume, is_ours};
use crate::session::{Session, declare_and_bind};

/// Broadcasts of one topic in the process at a time; the broker keeps the rest.
const PREFETCH: u16 = 32;

/// A broadcast received.
#[derive(Debug, Clone)]
pub struct Event {
    /// The routing key it was published with (of interest to pattern subscriptions).
    pub topic: String,
    /// The serialised `koinos.broadcast.*` message.
    pub payload: Bytes,
}

type Handler = Arc<dyn Fn(Event) -> BoxFuture<'static, ()> + Send + Sync>;

pub(crate) struct Subscriber {
    topic: String,
    handler: Handler,
}

impl Consumption for Subscriber {
    fn name(&self) -> &str {
        &self.topic
    }

    async fn open(&self, session: &Session) -> Result<(Channel, Consumer), Error> {
        let channel = session.broadcast_channel().await?;
        let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
        let queue =
            declare_and_bind(&channel, "", options, EVENT_EXCHANGE, Some(&self.topic)).await?;
        let consumer = consume(&channel, queue, PREFETCH, true).await?;
        Ok((channel, consumer))
    }

    async fn run(&self, bus: &Bus, mut consumer: Consumer) -> Result<(), Error> {
        while let Some(delivery) = consumer.next().await {
            let delivery = delivery.map_err(Error::amqp("cannot consume broadcasts"))?;
            // Handled in a task of its own so that closing the bus waits for it.
            let handled =
                bus.in_flight().spawn(handle(self.handler.clone(), self.topic.clone(), delivery));
            if handled.await.is_err() {
                error!("handling a broadcast on {} was cut short", self.topic);
            }
        }
        Err(Error::Cancelled(self.topic.clone()))
    }
}

async fn handle(handler: Handler, topic: String, mut delivery: Delivery) {
    if is_ours(&delivery, &topic) {
        let event = Event {
            topic: delivery.routing_key.to_string(),
            payload: std::mem::take(&mut delivery.data).into(),
        };
        if AssertUnwindSafe(handler(event)).catch_unwind().await.is_err() {
            error!(message_id = events::HANDLER_PANICKED, "the handler of {topic} panicked");
        }
    }
    acknowledge(&delivery).await;
}

impl Bus {
    /// Hands every broadcast on `topic` (a routing key; `*` and `#` are patterns) to `handler`,
    /// one after the other in the order of the broker, until the bus is closed.
    ///
    /// Broadcasts made while the connection is down are lost: watch [`Bus::sessions`] and catch up
    /// from the archive. Returns at once; see [`Bus::consuming`].
    pub fn subscribe<F>(&self, topic: &str, handler: impl Fn(Event) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |event| Box::pin(handler(event)));
        consumption::keep_consuming(self, Subscriber { topic: topic.to_owned(), handler });
    }
}
