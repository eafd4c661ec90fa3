//! Clients that call over and over, each call with arguments of its own, and what became of them.
//!
//! A client does what a balancer or a client of several addresses does: it stays with an instance
//! until a call fails there or the instance cannot be reached, and goes to the next one then.

use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::PAUSE;
use crate::client::{Client, Kind};
use crate::site::{LIMIT, Site};

/// Clients at work.
pub struct Load {
    shared: Arc<Shared>,
    clients: JoinSet<Outcome>,
}

struct Shared {
    kind: Kind,
    addresses: Vec<SocketAddr>,
    answered: AtomicUsize,
    /// Answers of each instance.
    by_instance: Vec<AtomicUsize>,
    /// Where each client is.
    places: Vec<AtomicUsize>,
    /// Raised to send all clients to where they began.
    round: AtomicUsize,
    stop: AtomicBool,
}

/// What became of the calls.
#[derive(Debug, Default)]
pub struct Outcome {
    pub answered: usize,
    /// Why calls have no answer.
    pub failed: Vec<String>,
    /// Answers to something else.
    pub wrong: Vec<String>,
    pub by_instance: Vec<usize>,
}

impl Outcome {
    /// Whether every instance has answered some.
    pub fn all_used(&self) -> bool {
        self.by_instance.iter().all(|count| *count > 0)
    }

    fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.failed.extend(other.failed);
        self.wrong.extend(other.wrong);
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, failed, wrong, by_instance } = self;
        let (failed, wrong) = (failed.len(), wrong.len());
        write!(f, "{answered} answered {by_instance:?}, {failed} failed, {wrong} wrong")
    }
}

impl Load {
    pub fn start(site: &Site, kind: Kind, clients: usize) -> Self {
        let addresses = site.addresses(kind);
        let counters = |count| (0..count).map(|_| AtomicUsize::new(0)).collect();
        let shared = Arc::new(Shared {
            kind,
            answered: AtomicUsize::new(0),
            by_instance: counters(addresses.len()),
            places: (0..clients).map(|client| AtomicUsize::new(client % addresses.len())).collect(),
            addresses,
            round: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let mut load = Self { shared: shared.clone(), clients: JoinSet::new() };
        for client in 0..clients {
            load.clients.spawn(shared.clone().work(client));
        }
        load
    }

    /// Calls answered so far.
    pub fn answered(&self) -> usize {
        self.shared.answered.load(Ordering::SeqCst)
    }

    /// Waits until so many calls are answered.
    pub async fn until(&self, count: usize) {
        let waiting = async {
            while self.answered() < count {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(LIMIT, waiting).await.expect("calls are answered");
    }

    /// The number of clients that are with an instance now.
    pub fn clients_of(&self, instance: usize) -> usize {
        self.shared.places.iter().filter(|at| at.load(Ordering::SeqCst) == instance).count()
    }

    /// Sends every client to the instance it began with, and waits until each has been answered
    /// there.
    pub async fn balance_again(&self) {
        let before = self.by_instance();
        self.shared.round.fetch_add(1, Ordering::SeqCst);
        let waiting = async {
            while self.by_instance().iter().zip(&before).any(|(now, before)| now < &(before + 10)) {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(LIMIT, waiting).await.expect("every instance answers");
    }

    fn by_instance(&self) -> Vec<usize> {
        self.shared.by_instance.iter().map(|count| count.load(Ordering::SeqCst)).collect()
    }

    /// Ends the load after the calls in flight.
    pub async fn stop(mut self) -> Outcome {
        self.shared.stop.store(true, Ordering::SeqCst);
        let mut sum = Outcome::default();
        while let Some(outcome) = self.clients.join_next().await {
            sum.add(outcome.expect("a client"));
        }
        sum.by_instance = self.by_instance();
        sum
    }
}

impl Shared {
    async fn work(self: Arc<Self>, client: usize) -> Outcome {
        let mut outcome = Outcome::default();
        let mut round = 0;
        let mut connection: Option<Client> = None;
        let mut number = 0_u64;
        while !self.stop.load(Ordering::SeqCst) {
            if std::mem::replace(&mut round, self.round.load(Ordering::SeqCst)) != round {
                self.places[client].store(client % self.addresses.len(), Ordering::SeqCst);
                connection = None;
            }
            let place = self.places[client].load(Ordering::SeqCst);
            let Some(open) = &mut connection else {
                match Client::connect(self.kind, self.addresses[place]).await {
                    Ok(made) => connection = Some(made),
                    // Nothing was asked yet.
                    Err(_) => self.next(client).await,
                }
                continue;
            };
            number += 1;
            let args = Bytes::from(format!("client {client}, call {number}"));
            match open.call(&args).await {
                Ok(answer) if answer == args => {
                    outcome.answered += 1;
                    self.by_instance[place].fetch_add(1, Ordering::SeqCst);
                    self.answered.fetch_add(1, Ordering::SeqCst);
                }
                Ok(answer) => outcome.wrong.push(format!("{args:?}: {answer:?}")),
                Err(error) if nothing_was_asked(&error) => {
                    connection = None;
                    self.next(client).await;
                }
                Err(error) => {
                    outcome.failed.push(format!("{args:?} at {place}: {error:#}"));
                    connection = None;
                    self.next(client).await;
                }
            }
        }
        outcome
    }

    async fn next(&self, client: usize) {
        let place = &self.places[client];
        place.store((place.load(Ordering::SeqCst) + 1) % self.addresses.len(), Ordering::SeqCst);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether there was no connection to ask over: the one there was had been told to go, and a gRPC
/// client, which makes the next one by itself, was refused.
fn nothing_was_asked(error: &anyhow::Error) -> bool {
    let gone = error.chain().filter_map(|cause| cause.downcast_ref::<hyper::Error>());
    let refused = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    gone.into_iter().any(hyper::Error::is_closed)
        || refused.into_iter().any(|cause| cause.kind() == ErrorKind::ConnectionRefused)
}
