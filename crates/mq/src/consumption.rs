//! Consuming in every session: opened again after each reconnection, and only while a gate is open.

use std::sync::Arc;
use std::time::{Duration, Instant};

use koinos_events as events;
use lapin::{Channel, Consumer};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::backoff::Backoff;
use crate::bus::{Bus, STABLE};
use crate::session::Session;
use crate::{Error, server};

/// What is known of a consumption.
#[derive(Clone)]
pub(crate) struct Consumed {
    /// Whether it is in place now.
    pub(crate) active: watch::Receiver<bool>,
    /// Whether that is up to somebody else, too.
    pub(crate) gated: bool,
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
    bus.enlist(Consumed { active: watching, gated });
    let bus = bus.clone();
    tokio::spawn(async move {
        let draining = bus.draining().clone();
        let mut pause = Backoff::new(bus.config().reconnect_min, bus.config().reconnect_max);
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
        () = bus.draining().cancelled() => {
            server::cancel(&channel, tag).await;
            // Acknowledgements of what is in hand need the channel until the end.
            bus.closed().cancelled().await;
            Ok(())
        }
    }
}
