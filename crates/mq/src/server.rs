//! Serving requests: one queue per service, several requests at a time, and some of them in order.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use koinos_events as events;
use koinos_rpc::BoxFuture;
use koinos_rpc::names::{CONTENT_TYPE, RPC_EXCHANGE, rpc_queue};
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Consumer};
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;
use tracing::{debug, error, warn};

use crate::Error;
use crate::bus::Bus;
use crate::consumption::{self, Consumption, Gate};
use crate::line::{Line, Place};
use crate::publisher::{Message, refused};
use crate::session::{Session, declare_and_bind};

type Handler = Arc<dyn Fn(Bytes) -> BoxFuture<'static, Bytes> + Send + Sync>;
type Kind = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// A service's requests and who answers them.
pub(crate) struct Server {
    service: String,
    jobs: usize,
    slots: Arc<Semaphore>,
    handler: Handler,
    gate: Option<Gate>,
    /// Which requests wait for each other. The line outlives a connection: what is delivered again
    /// waits for what is still in hand.
    line: Option<(Kind, Line)>,
    /// Requests that were taken and are not done with.
    taken: TaskTracker,
}

impl Server {
    fn new<F>(
        service: &str,
        jobs: usize,
        handler: impl Fn(Bytes) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Bytes> + Send + 'static,
    {
        let jobs = jobs.max(1);
        Self {
            service: service.to_owned(),
            jobs,
            slots: Arc::new(Semaphore::new(jobs)),
            handler: Arc::new(move |request| Box::pin(handler(request))),
            gate: None,
            line: None,
            taken: TaskTracker::new(),
        }
    }

    /// The place of a request in the line, if it is of those that stand in it.
    fn place(&self, request: &[u8]) -> Option<Place> {
        let (is_of_kind, line) = self.line.as_ref()?;
        is_of_kind(request).then(|| line.join())
    }
}

impl Consumption for Server {
    fn name(&self) -> &str {
        &self.service
    }

    async fn open(&self, session: &Session) -> Result<(Channel, Consumer), Error> {
        let channel = session.channel().await?;
        let queue = rpc_queue(&self.service);
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        let name = declare_and_bind(&channel, &queue, options, RPC_EXCHANGE, None).await?;
        let prefetch = u16::try_from(self.jobs * 2).unwrap_or(u16::MAX);
        let consumer = consume(&channel, name, prefetch, false).await?;
        Ok((channel, consumer))
    }

    async fn run(&self, bus: &Bus, mut consumer: Consumer) -> Result<(), Error> {
        while let Some(delivery) = consumer.next().await {
            let delivery = delivery.map_err(Error::amqp("cannot consume requests"))?;
            let job = Job {
                bus: bus.clone(),
                service: self.service.clone(),
                handler: self.handler.clone(),
                slots: self.slots.clone(),
                received: Instant::now(),
            };
            let place = self.place(&delivery.data);
            // The prefetch limit bounds how many of these can exist.
            bus.in_flight().spawn(self.taken.track_future(job.run(delivery, place)));
        }
        Err(Error::Cancelled(rpc_queue(&self.service)))
    }

    fn gate(&self) -> Option<Gate> {
        self.gate.clone()
    }

    async fn settled(&self) {
        self.taken.close();
        self.taken.wait().await;
        self.taken.reopen();
    }
}

/// Starts consuming with manual acknowledgement.
pub(crate) async fn consume(
    channel: &Channel,
    queue: ShortString,
    prefetch: u16,
    exclusive: bool,
) -> Result<Consumer, Error> {
    channel
        .basic_qos(prefetch, BasicQosOptions::default())
        .await
        .map_err(Error::amqp("cannot limit the prefetch"))?;
    let options = BasicConsumeOptions { no_ack: false, exclusive, ..Default::default() };
    channel
        .basic_consume(queue, "".into(), options, FieldTable::default())
        .await
        .map_err(Error::amqp("cannot consume"))
}

/// Asks the broker to send no more; what is unacknowledged goes back when the channel closes.
pub(crate) async fn cancel(channel: &Channel, tag: ShortString) {
    let cancelled = channel.basic_cancel(tag, BasicCancelOptions::default()).await;
    if let Err(error) = cancelled {
        debug!("cannot cancel a consumer: {error}");
    }
}

/// Closes a channel.
pub(crate) async fn close(channel: &Channel) {
    if let Err(error) = channel.close(200, "done".into()).await {
        debug!("cannot close a channel: {error}");
    }
}

/// Acknowledges; failing to only means that the message may come again.
pub(crate) async fn acknowledge(delivery: &Delivery) {
    if let Err(error) = delivery.acker.ack(BasicAckOptions::default()).await {
        debug!("cannot acknowledge a message: {error}");
    }
}

/// Whether a message is one of ours; receivers drop those of any other content type.
pub(crate) fn is_ours(delivery: &Delivery, what: &str) -> bool {
    let kind = delivery.properties.content_type().as_ref().map(ShortString::as_str);
    let ours = kind == Some(CONTENT_TYPE);
    if !ours {
        warn!(
            message_id = events::MESSAGE_FOREIGN,
            "dropping a message on {what}: its content type is {}, not {CONTENT_TYPE}",
            kind.unwrap_or("missing")
        );
    }
    ours
}

/// One request being answered.
struct Job {
    bus: Bus,
    service: String,
    handler: Handler,
    slots: Arc<Semaphore>,
    received: Instant,
}

impl Job {
    async fn run(self, mut delivery: Delivery, place: Option<Place>) {
        // So does one that gets no answer, or those behind it would go before those ahead of it.
        let turn = match place {
            Some(place) => Some(place.turn().await),
            None => None,
        };
        // A request that was delivered before may have brought the process down: it is taken off
        // the queue first, so that it cannot do so for ever.
        let poison = delivery.redelivered;
        if poison {
            acknowledge(&delivery).await;
        }
        let reply = match is_ours(&delivery, &self.service) {
            true => self.handle(&mut delivery).await,
            false => None,
        };
        drop(turn);
        if let Some(reply) = reply {
            self.reply(&delivery.properties, reply).await;
        }
        if !poison {
            acknowledge(&delivery).await;
        }
    }

    /// Runs the handler once there is a slot; `None` when there is nothing to answer.
    async fn handle(&self, delivery: &mut Delivery) -> Option<Bytes> {
        let _slot = self.slots.acquire().await.ok()?;
        if expiration(&delivery.properties).is_some_and(|limit| self.received.elapsed() >= limit) {
            debug!("dropping a request to {} that waited too long", self.service);
            return None;
        }
        let request = Bytes::from(std::mem::take(&mut delivery.data));
        match AssertUnwindSafe((self.handler)(request)).catch_unwind().await {
            Ok(reply) => Some(reply),
            Err(_) => {
                error!(
                    message_id = events::HANDLER_PANICKED,
                    koinos_rpc = self.service,
                    "the handler of {} panicked; the request gets no reply",
                    self.service
                );
                None
            }
        }
    }

    /// Publishes a reply, if the request says where to and for what.
    async fn reply(&self, request: &BasicProperties, body: Bytes) {
        let (Some(reply_to), Some(id)) = (request.reply_to(), request.correlation_id()) else {
            return;
        };
        // The reply may outlive the connection that brought the request.
        let Some(session) = self.bus.session() else {
            debug!("dropping a reply of {}: the broker is away", self.service);
            return;
        };
        let size = body.len();
        let message = Message {
            exchange: RPC_EXCHANGE,
            routing_key: reply_to.clone(),
            mandatory: false,
            properties: BasicProperties::default()
                .with_content_type(CONTENT_TYPE.into())
                .with_correlation_id(id.clone()),
            body,
        };
        let published = async { session.publish_reply(message).await?.confirmed().await };
        let published = tokio::select! {
            published = published => published,
            () = session.ended.cancelled() => {
                debug!("a reply of {} was cut off: the broker is gone", self.service);
                return;
            }
        };
        match published {
            Ok(_) => {}
            Err(error) if refused(&error) => warn!(
                message_id = events::MESSAGE_TOO_LARGE,
                koinos_rpc = self.service,
                "the broker refused a reply of {size} bytes from {}: raise its max_message_size \
                 ({error})",
                self.service
            ),
            Err(error) => debug!("cannot publish a reply: {error}"),
        }
    }
}

/// The `expiration` property: decimal milliseconds.
fn expiration(properties: &BasicProperties) -> Option<Duration> {
    properties.expiration().as_ref()?.as_str().parse().ok().map(Duration::from_millis)
}

impl Bus {
    /// Answers the requests to `service`, up to `jobs` at a time, until the bus is closed.
    ///
    /// `handler` gets the request's bytes and returns the reply's. It may be given the same
    /// request twice (after a crash, or because a client resends). Returns at once; see
    /// [`Bus::consuming`] to wait until requests are taken.
    pub fn serve<F>(
        &self,
        service: &str,
        jobs: usize,
        handler: impl Fn(Bytes) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Bytes> + Send + 'static,
    {
        consumption::keep_consuming(self, Server::new(service, jobs, handler));
    }

    /// As [`Bus::serve`], but the requests that `is_of_kind` are handled one after another, in the
    /// order in which the broker delivers them; the others go past them. So a sender that does not
    /// wait for each reply can rely on the order in which it sends.
    ///
    /// Of several instances of the service each keeps the order of what it gets itself.
    pub fn serve_in_order<F>(
        &self,
        service: &str,
        jobs: usize,
        is_of_kind: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
        handler: impl Fn(Bytes) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Bytes> + Send + 'static,
    {
        let line = Some((Box::new(is_of_kind) as Kind, Line::default()));
        consumption::keep_consuming(self, Server { line, ..Server::new(service, jobs, handler) });
    }

    /// As [`Bus::serve`], but takes requests only while `session` holds the number of the current
    /// session (see [`Bus::sessions`]), and leaves them to other instances of the service
    /// otherwise. So a service that may have missed something while the connection was down takes
    /// none before it says so.
    ///
    /// [`Bus::consuming`] waits for the first time.
    pub fn serve_in<F>(
        &self,
        service: &str,
        jobs: usize,
        session: watch::Receiver<u64>,
        handler: impl Fn(Bytes) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Bytes> + Send + 'static,
    {
        let gate = Some(session);
        consumption::keep_consuming(self, Server { gate, ..Server::new(service, jobs, handler) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiration_is_decimal_milliseconds() {
        let with = |text: &str| BasicProperties::default().with_expiration(text.into());
        assert_eq!(expiration(&with("1500")), Some(Duration::from_millis(1500)));
        assert_eq!(expiration(&with("soon")), None);
        assert_eq!(expiration(&BasicProperties::default()), None);
    }
}
