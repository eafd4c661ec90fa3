//! The connection's keeper: connects, reconnects, drains and closes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use koinos_events as events;
use koinos_rpc::names::MAX_MESSAGE_SIZE;
use koinos_rpc::{BoxFuture, CallOptions, RpcError, Transport};
use lapin::uri::AMQPUri;
use lapin::{Consumer, Event as ConnectionEvent};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::{debug, error, info, warn};

use crate::backoff::Backoff;
use crate::client::Pending;
use crate::config::redacted;
use crate::consumption::Consumed;
use crate::outbox::Outbox;
use crate::session::{Session, short};
use crate::{Config, Error, publishing};

/// A session that lasted this long counts as success, and reconnecting starts fast again.
pub(crate) const STABLE: Duration = Duration::from_secs(5);
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
        tokio::spawn(publishing::keep_publishing(bus.clone()));
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

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// Cancelled when no more messages are to be taken.
    pub(crate) fn draining(&self) -> &CancellationToken {
        &self.0.draining
    }

    /// Cancelled when the connection is to end.
    pub(crate) fn closed(&self) -> &CancellationToken {
        &self.0.closed
    }

    /// Makes a consumption known to those who wait for all of them.
    pub(crate) fn enlist(&self, consumed: Consumed) {
        lock(&self.0.consumptions).push(consumed);
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
