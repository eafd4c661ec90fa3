//! The connection's keeper: connects, reconnects, publishes the outbox, drains and closes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use koinos_events as events;
use koinos_rpc::names::{CONTENT_TYPE, EVENT_EXCHANGE, MAX_MESSAGE_SIZE};
use koinos_rpc::{BoxFuture, CallOptions, RpcError, Transport};
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Consumer, Event as ConnectionEvent};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::{debug, error, info, warn};

use crate::backoff::Backoff;
use crate::client::Pending;
use crate::config::redacted;
use crate::outbox::{Broadcast, Outbox};
use crate::publisher::{Message, Sent, is_large, refused};
use crate::session::{Session, short};
use crate::{Config, Error, server};

/// Broadcasts published before their confirmations are awaited.
const BATCH: usize = 64;
/// A session that lasted this long counts as success, and reconnecting starts fast again.
const STABLE: Duration = Duration::from_secs(5);
/// How long the broker may take to confirm the end of the connection.
const GOODBYE_LIMIT: Duration = Duration::from_secs(1);
/// While the broker stays away it is mentioned this often.
const REMINDER: Duration = Duration::from_secs(60);

/// A connection to the broker that is kept up. Clones share it.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    config: Config,
    /// The brokers, and the one that is connected to, or that is tried.
    targets: Vec<AMQPUri>,
    target: AtomicUsize,
    session: watch::Sender<Option<Arc<Session>>>,
    number: watch::Sender<u64>,
    pending: Arc<Pending>,
    outbox: Outbox,
    consumptions: Mutex<Vec<Consumed>>,
    /// Requests and broadcasts being handled.
    in_flight: TaskTracker,
    /// Cancelled when no more messages are to be taken.
    draining: CancellationToken,
    closed: CancellationToken,
}

/// What is known of a consumption.
#[derive(Clone)]
struct Consumed {
    /// Whether it is in place now.
    active: watch::Receiver<bool>,
    /// Whether that is up to somebody else, too.
    gated: bool,
}

impl Bus {
    /// Starts connecting in the background and returns.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Url`] when a URL cannot be used, [`Error::Tls`] when the files for TLS cannot; an
    /// unreachable broker is not an error.
    pub fn start(config: Config) -> Result<Self, Error> {
        let inner = Inner {
            targets: config.check()?,
            target: AtomicUsize::new(0),
            outbox: Outbox::new(config.outbox_messages, config.outbox_bytes),
            config,
            session: watch::Sender::new(None),
            number: watch::Sender::new(0),
            pending: Arc::default(),
            consumptions: Mutex::default(),
            in_flight: TaskTracker::new(),
            draining: CancellationToken::new(),
            closed: CancellationToken::new(),
        };
        let bus = Self(Arc::new(inner));
        tokio::spawn(keep_connected(bus.clone()));
        tokio::spawn(keep_publishing(bus.clone()));
        Ok(bus)
    }

    /// Waits until there is a connection (or the bus is closed).
    pub async fn connected(&self) {
        let mut session = self.0.session.subscribe();
        tokio::select! {
            // The sender lives in self, so this cannot fail.
            _ = session.wait_for(Option::is_some) => {}
            () = self.0.closed.cancelled() => {}
        }
    }

    /// Whether there is a connection now.
    pub fn is_connected(&self) -> bool {
        self.0.session.borrow().is_some()
    }

    /// The number of the current session, from 1; 0 while the broker is away. Every change to a
    /// higher number means that broadcasts may have been missed.
    pub fn sessions(&self) -> watch::Receiver<u64> {
        self.0.number.subscribe()
    }

    /// Waits until everything served and subscribed so far is being consumed.
    pub async fn consuming(&self) {
        self.consuming_all(|_| true).await;
    }

    /// Waits until everything subscribed so far is being consumed, and everything served, apart from
    /// what waits for somebody's permission ([`Bus::serve_in`]).
    pub async fn listening(&self) {
        self.consuming_all(|consumed| !consumed.gated).await;
    }

    async fn consuming_all(&self, which: impl Fn(&Consumed) -> bool) {
        let waiting: Vec<_> =
            lock(&self.0.consumptions).iter().filter(|c| which(c)).cloned().collect();
        for mut consumed in waiting {
            // An error means that the consumption ended because the bus is closing.
            let _ = consumed.active.wait_for(|active| *active).await;
        }
    }

    /// The address, without the password, of the broker that is connected to, or that is tried.
    pub fn url(&self) -> String {
        self.0.targets.get(self.0.target.load(Ordering::Relaxed)).map(redacted).unwrap_or_default()
    }

    /// Broadcasts that the broker has not confirmed yet.
    pub fn outbox_len(&self) -> usize {
        self.0.outbox.len()
    }

    /// Waits until every broadcast so far is confirmed by the broker.
    pub async fn flush(&self) {
        self.0.outbox.flushed().await;
    }

    /// Until the guard is dropped, closing waits: requests of one's own may still be sent.
    pub fn hold(&self) -> TaskTrackerToken {
        self.0.in_flight.token()
    }

    /// Stops taking messages, lets those in hand be finished and answered, publishes the outbox,
    /// and closes the connection; all within `limit`. Returns whether nothing was cut short.
    pub async fn close(&self, limit: Duration) -> bool {
        self.0.draining.cancel();
        self.0.in_flight.close();
        let drained = async {
            self.0.in_flight.wait().await;
            if self.is_connected() {
                self.flush().await;
            }
        };
        let complete = tokio::time::timeout(limit, drained).await.is_ok();
        self.0.closed.cancel();
        let session = self.session();
        if let Some(session) = session {
            say_goodbye(&session).await;
        }
        complete
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.is_cancelled()
    }

    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        self.0.session.borrow().clone()
    }

    pub(crate) fn pending(&self) -> &Arc<Pending> {
        &self.0.pending
    }

    pub(crate) fn in_flight(&self) -> &TaskTracker {
        &self.0.in_flight
    }
}

impl Transport for Bus {
    fn call_raw<'a>(
        &'a self,
        service: &'a str,
        request: Bytes,
        options: CallOptions,
    ) -> BoxFuture<'a, Result<Bytes, RpcError>> {
        Box::pin(self.request(service, request, options))
    }

    fn broadcast(&self, topic: &str, payload: Bytes) {
        if payload.len() > MAX_MESSAGE_SIZE {
            error!(
                message_id = events::MESSAGE_TOO_LARGE,
                "dropping a broadcast on {topic}: {} bytes are too many",
                payload.len()
            );
            return;
        }
        match short(topic) {
            Ok(topic) => {
                if let Some(dropped) = self.0.outbox.push(topic, payload) {
                    warn!(
                        message_id = events::BROADCASTS_DROPPED,
                        "the outbox is full: {dropped} broadcast(s) dropped, oldest first"
                    );
                }
            }
            Err(error) => error!("dropping a broadcast: {error}"),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Only complete values are ever stored.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connects, and connects again, until the bus is closed.
async fn keep_connected(bus: Bus) {
    let (config, targets) = (&bus.0.config, &bus.0.targets);
    let mut backoff = Backoff::new(config.reconnect_min, config.reconnect_max);
    let mut complaints = Complaints::default();
    let mut number = 0;
    // Failures since a connection lasted.
    let mut failures = 0_usize;
    for (at, target) in targets.iter().enumerate().cycle() {
        if bus.is_closed() {
            return;
        }
        bus.0.target.store(at, Ordering::Relaxed);
        match Session::open(config, target, number + 1).await {
            Ok((session, replies)) => {
                number += 1;
                complaints = Complaints::default();
                let began = Instant::now();
                let cause = run_session(&bus, session, replies).await;
                if began.elapsed() >= STABLE {
                    backoff.reset();
                    failures = 0;
                }
                if !bus.is_closed() {
                    let text = format!("lost the broker at {}: {cause}", bus.url());
                    warn!(message_id = events::BROKER_LOST, "{text}");
                }
            }
            Err(error) => complaints.about(&bus.url(), &error.chain()),
        }
        failures += 1;
        // The other nodes of a cluster are tried at once; when all have failed there is a pause.
        if failures.is_multiple_of(targets.len()) {
            tokio::select! {
                () = tokio::time::sleep(backoff.delay()) => {}
                () = bus.0.closed.cancelled() => {}
            }
        }
    }
}

/// Keeps brokers that stay away from filling the log.
#[derive(Default)]
struct Complaints(HashMap<String, (String, Instant)>);

impl Complaints {
    fn about(&mut self, url: &str, error: &str) {
        let known =
            self.0.get(url).is_some_and(|(text, at)| text == error && at.elapsed() < REMINDER);
        if !known {
            let text = format!("no broker at {url}: {error}; trying again");
            warn!(message_id = events::BROKER_UNREACHABLE, "{text}");
            self.0.insert(url.to_owned(), (error.to_owned(), Instant::now()));
        }
    }
}

/// Publishes the session to everyone and hands out replies until it ends; says why it did.
async fn run_session(bus: &Bus, session: Session, mut replies: Consumer) -> String {
    let session = Arc::new(session);
    let ended = session.ended.clone();
    let number = session.number;
    let (events, bulk) = (session.connection.events_listener(), session.bulk.events_listener());
    let verb = if number == 1 { "connected to" } else { "reconnected to" };
    info!(message_id = events::BROKER_CONNECTED, "{verb} the broker at {}", bus.url());
    let dropped = bus.0.outbox.set_connected(true);
    if dropped > 0 {
        warn!(
            message_id = events::BROADCASTS_DROPPED,
            "{dropped} broadcast(s) were dropped while the broker was away"
        );
    }
    bus.0.session.send_replace(Some(session));
    bus.0.number.send_replace(number);

    let hand_out = async {
        loop {
            match replies.next().await {
                Some(Ok(delivery)) => bus.0.pending.deliver(delivery),
                Some(Err(error)) => return error.to_string(),
                None => return "the reply queue is gone".to_owned(),
            }
        }
    };
    let cause = tokio::select! {
        cause = hand_out => cause,
        cause = watch_events(events) => cause,
        cause = watch_events(bulk) => cause,
        () = bus.0.closed.cancelled() => "closed".to_owned(),
    };
    bus.0.outbox.set_connected(false);
    let session = bus.0.session.send_replace(None);
    bus.0.number.send_replace(0);
    ended.cancel();
    if let Some(session) = session.filter(|_| !bus.is_closed()) {
        // The connection may be alive with only the reply queue gone.
        say_goodbye(&session).await;
    }
    cause
}

/// Closes the connections, which may be broken already, and then nobody confirms it.
async fn say_goodbye(session: &Session) {
    let goodbye = async {
        tokio::try_join!(
            session.connection.close(200, "closing".into()),
            session.bulk.close(200, "closing".into())
        )
    };
    match tokio::time::timeout(GOODBYE_LIMIT, goodbye).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => debug!("the connection was not closed in good order: {error}"),
        Err(_) => debug!("the broker did not confirm the close"),
    }
}

/// Logs what the broker says about the connection; returns when it is an error.
async fn watch_events(events: impl futures_util::Stream<Item = ConnectionEvent>) -> String {
    tokio::pin!(events);
    while let Some(event) = events.next().await {
        match event {
            ConnectionEvent::ConnectionBlocked(reason) => {
                warn!(
                    message_id = events::BROKER_BLOCKED,
                    "the broker takes no messages for now: {reason}"
                );
            }
            ConnectionEvent::ConnectionUnblocked => {
                info!(message_id = events::BROKER_UNBLOCKED, "the broker takes messages again");
            }
            ConnectionEvent::Error(error) if !error.is_amqp_soft_error() => {
                return error.to_string();
            }
            _ => {}
        }
    }
    "the connection ended".to_owned()
}

/// Publishes the outbox in order. What the broker has not confirmed is published again after a
/// reconnection, so a broadcast may arrive twice, but not out of turn.
async fn keep_publishing(bus: Bus) {
    let outbox = &bus.0.outbox;
    let mut pause = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
    // How many of the next broadcasts go one by one, to find the one the broker refuses.
    let mut suspects = 0_usize;
    while !bus.is_closed() {
        let limit = if suspects > 0 { 1 } else { BATCH };
        let batch = tokio::select! {
            batch = outbox.peek(limit) => batch,
            () = bus.0.closed.cancelled() => return,
        };
        bus.connected().await;
        let Some(session) = bus.session() else { continue };
        let published = tokio::select! {
            published = publish_batch(&session, outbox, &batch) => published,
            () = session.ended.cancelled() => continue,
        };
        match published {
            Ok(()) => {
                suspects = suspects.saturating_sub(1);
                pause.reset();
            }
            Err(error) if refused(&error) && batch.len() == 1 => {
                drop_refused(outbox, &batch[0]);
                suspects = 0;
            }
            Err(error) if refused(&error) => suspects = batch.len(),
            Err(error) => {
                debug!("broadcasts are not confirmed: {error}");
                tokio::time::sleep(pause.delay()).await;
            }
        }
    }
}

async fn publish_batch(
    session: &Session,
    outbox: &Outbox,
    batch: &[Broadcast],
) -> lapin::Result<()> {
    let mut sent: Vec<(u64, Sent)> = Vec::with_capacity(batch.len());
    for broadcast in batch {
        // It has a channel of its own, and would not keep its place among the others.
        let alone = is_large(&broadcast.payload);
        if alone {
            confirm(outbox, &mut sent).await?;
        }
        let message = Message {
            exchange: EVENT_EXCHANGE,
            routing_key: broadcast.topic.clone(),
            mandatory: false,
            properties: BasicProperties::default().with_content_type(CONTENT_TYPE.into()),
            body: broadcast.payload.clone(),
        };
        sent.push((broadcast.sequence, session.publish_broadcast(message).await?));
        if alone {
            confirm(outbox, &mut sent).await?;
        }
    }
    confirm(outbox, &mut sent).await
}

/// Waits until the broker has confirmed what was sent.
async fn confirm(outbox: &Outbox, sent: &mut Vec<(u64, Sent)>) -> lapin::Result<()> {
    for (sequence, sent) in sent.drain(..) {
        sent.confirmed().await?;
        outbox.confirm(sequence);
    }
    Ok(())
}

fn drop_refused(outbox: &Outbox, broadcast: &Broadcast) {
    error!(
        message_id = events::MESSAGE_TOO_LARGE,
        "the broker refused a broadcast of {} bytes on {}: raise its max_message_size",
        broadcast.payload.len(),
        broadcast.topic
    );
    outbox.confirm(broadcast.sequence);
}

/// Something consumed from the broker, to be resumed in every session.
pub(crate) trait Consumption: Send + Sync + 'static {
    /// For logs.
    fn name(&self) -> &str;
    /// Declares what is needed and starts consuming.
    fn open(
        &self,
        session: &Session,
    ) -> impl Future<Output = Result<(Channel, Consumer), Error>> + Send;
    /// Consumes until something breaks.
    fn run(&self, bus: &Bus, consumer: Consumer) -> impl Future<Output = Result<(), Error>> + Send;
    /// In which session it may consume; in all when there is no such bound.
    fn gate(&self) -> Option<Gate> {
        None
    }
    /// Waits until everything taken so far is done with.
    fn settled(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// Holds the number of the session in which something may be consumed.
pub(crate) type Gate = watch::Receiver<u64>;

/// Waits until the gate is open for a session, or, if not `open`, until it is closed again.
async fn passed(gate: &mut Option<Gate>, session: u64, open: bool) {
    let Some(gate) = gate else {
        if !open {
            std::future::pending::<()>().await;
        }
        return;
    };
    if gate.wait_for(|allowed| (*allowed == session) == open).await.is_err() && open {
        // Whoever could open it is gone.
        std::future::pending::<()>().await;
    }
}

/// Consumes in the background for as long as the bus takes messages.
pub(crate) fn keep_consuming(bus: &Bus, consumption: impl Consumption) {
    let (active, watching) = watch::channel(false);
    let gated = consumption.gate().is_some();
    lock(&bus.0.consumptions).push(Consumed { active: watching, gated });
    let bus = bus.clone();
    tokio::spawn(async move {
        let draining = bus.0.draining.clone();
        let mut pause = Backoff::new(bus.0.config.reconnect_min, bus.0.config.reconnect_max);
        while !draining.is_cancelled() {
            let Some(session) = next_session(&bus, &draining).await else { return };
            let mut gate = consumption.gate();
            tokio::select! {
                () = passed(&mut gate, session.number, true) => {}
                () = session.ended.cancelled() => continue,
                () = draining.cancelled() => return,
            }
            let began = Instant::now();
            let result = consume_once(&bus, &session, &consumption, &active).await;
            active.send_replace(false);
            if draining.is_cancelled() {
                return;
            }
            if gate.is_some_and(|gate| *gate.borrow() != session.number) {
                pause.reset();
                continue;
            }
            // When the connection is gone its keeper says so and sets the pace.
            tokio::select! {
                () = session.ended.cancelled() => continue,
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
            if let Err(error) = result {
                warn!(
                    message_id = events::CONSUMER_INTERRUPTED,
                    koinos_rpc = consumption.name(),
                    "interrupted consuming {}: {}",
                    consumption.name(),
                    error.chain()
                );
            }
            if began.elapsed() >= STABLE {
                pause.reset();
            }
            tokio::time::sleep(pause.delay()).await;
        }
    });
}

async fn next_session(bus: &Bus, draining: &CancellationToken) -> Option<Arc<Session>> {
    loop {
        tokio::select! {
            () = bus.connected() => {}
            () = draining.cancelled() => return None,
        }
        if bus.is_closed() {
            return None;
        }
        if let Some(session) = bus.session() {
            return Some(session);
        }
    }
}

async fn consume_once(
    bus: &Bus,
    session: &Session,
    consumption: &impl Consumption,
    active: &watch::Sender<bool>,
) -> Result<(), Error> {
    let (channel, consumer) = consumption.open(session).await?;
    let tag = consumer.tag();
    active.send_replace(true);
    let mut gate = consumption.gate();
    tokio::select! {
        result = consumption.run(bus, consumer) => result,
        () = session.ended.cancelled() => Ok(()),
        () = passed(&mut gate, session.number, false) => {
            server::cancel(&channel, tag).await;
            consumption.settled().await;
            // What had come and was not taken goes back to the queue, for others.
            server::close(&channel).await;
            Ok(())
        }
        () = bus.0.draining.cancelled() => {
            server::cancel(&channel, tag).await;
            // Acknowledgements of what is in hand need the channel until the end.
            bus.0.closed.cancelled().await;
            Ok(())
        }
    }
}
