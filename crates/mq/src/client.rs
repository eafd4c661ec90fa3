//! Calls: requests out, replies matched by correlation id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use koinos_events as events;
use koinos_rpc::names::{CONTENT_TYPE, MAX_MESSAGE_SIZE, RPC_EXCHANGE, rpc_queue};
use koinos_rpc::{CallOptions, RetryPolicy, RpcError};
use lapin::message::Delivery;
use lapin::{BasicProperties, Confirmation};
use rand::Rng;
use tokio::sync::oneshot;
use tracing::{debug, info};

use crate::backoff::Backoff;
use crate::bus::Bus;
use crate::publisher::{Message, Sent, refused};
use crate::session::{Session, short};

/// The longest an attempt of a persistent call waits.
const MAX_ATTEMPT: Duration = Duration::from_secs(30);
/// How long finding out why nobody answered may take.
const DIAGNOSIS_LIMIT: Duration = Duration::from_millis(200);

type Outcome = Result<Bytes, RpcError>;

/// Calls waiting for their reply, by correlation id.
#[derive(Default)]
pub(crate) struct Pending(Mutex<HashMap<String, oneshot::Sender<Outcome>>>);

/// A place in [`Pending`], given up when dropped.
struct Ticket {
    pending: Arc<Pending>,
    id: String,
    outcome: oneshot::Receiver<Outcome>,
}

impl Pending {
    fn map(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Outcome>>> {
        // A map of senders is consistent whatever a panicking holder did.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn register(self: &Arc<Self>) -> Ticket {
        let (sender, outcome) = oneshot::channel();
        let id = correlation_id();
        self.map().insert(id.clone(), sender);
        Ticket { pending: self.clone(), id, outcome }
    }

    /// Ends a call; late and unknown ids are ignored.
    pub(crate) fn resolve(&self, id: &str, outcome: Outcome) {
        let sender = self.map().remove(id);
        match sender {
            // The caller may have given up in this very moment.
            Some(sender) => drop(sender.send(outcome)),
            None => debug!("ignoring a reply nobody waits for any more"),
        }
    }

    /// Hands an arriving reply to its call.
    pub(crate) fn deliver(&self, delivery: Delivery) {
        match delivery.properties.correlation_id() {
            Some(id) => self.resolve(id.as_str(), Ok(delivery.data.into())),
            None => debug!("ignoring a reply without correlation id"),
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.map().len()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.pending.map().remove(&self.id);
    }
}

/// 32 random letters, the form every implementation uses.
fn correlation_id() -> String {
    let mut rng = rand::rng();
    (0..32).map(|_| char::from(rng.random_range(b'A'..=b'Z'))).collect()
}

impl Bus {
    /// See [`koinos_rpc::Transport::call_raw`].
    pub(crate) async fn request(
        &self,
        service: &str,
        request: Bytes,
        options: CallOptions,
    ) -> Result<Bytes, RpcError> {
        if request.len() > MAX_MESSAGE_SIZE {
            return Err(RpcError::TooLarge { size: request.len(), limit: MAX_MESSAGE_SIZE });
        }
        match options.retry {
            RetryPolicy::None => {
                // Closing the bus waits for the reply.
                let _in_hand = self.in_flight().token();
                self.attempt(service, &request, options.timeout).await
            }
            RetryPolicy::Exponential => self.persist(service, &request, options.timeout).await,
        }
    }

    /// Attempts until there is an answer, or an error that waiting cannot cure.
    async fn persist(
        &self,
        service: &str,
        request: &Bytes,
        first: Duration,
    ) -> Result<Bytes, RpcError> {
        let mut patience = first;
        let mut absent = Backoff::new(Duration::from_millis(250), Duration::from_secs(5));
        let mut waiting = false;
        loop {
            let error = match self.attempt(service, request, patience).await {
                Ok(reply) => {
                    if waiting {
                        let id = events::SERVICE_ANSWERS;
                        info!(message_id = id, koinos_rpc = service, "{service} answers");
                    }
                    return Ok(reply);
                }
                Err(error) => error,
            };
            match &error {
                RpcError::Timeout { .. } => patience = (patience * 2).min(MAX_ATTEMPT.max(first)),
                RpcError::NoSuchService(_) => tokio::time::sleep(absent.delay()).await,
                RpcError::NotConnected | RpcError::ConnectionLost(_) if !self.is_closed() => {
                    self.connected().await;
                }
                _ => return Err(error),
            }
            if !std::mem::replace(&mut waiting, true) {
                let id = events::SERVICE_AWAITED;
                info!(message_id = id, koinos_rpc = service, "waiting for {service}: {error}");
            }
        }
    }

    /// One request with its own correlation id; the request dies in its queue after `timeout`.
    async fn attempt(
        &self,
        service: &str,
        request: &Bytes,
        timeout: Duration,
    ) -> Result<Bytes, RpcError> {
        let session = self.session().ok_or(RpcError::NotConnected)?;
        let exchange = self.exchange(&session, service, request, timeout);
        match tokio::time::timeout(timeout, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(timed_out(&session, service, timeout).await),
        }
    }

    async fn exchange(
        &self,
        session: &Session,
        service: &str,
        request: &Bytes,
        timeout: Duration,
    ) -> Result<Bytes, RpcError> {
        let mut ticket = self.pending().register();
        let message = request_message(session, service, &ticket.id, request, timeout)?;
        let lost = || RpcError::ConnectionLost(service.to_owned());
        let publish = async {
            let mut pause = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
            loop {
                let sent = session.publish_request(message.clone()).await;
                let sent = sent.map_err(|error| {
                    debug!("cannot publish a request: {error}");
                    lost()
                })?;
                let watch = watch_routing(
                    sent,
                    self.pending().clone(),
                    ticket.id.clone(),
                    service.to_owned(),
                    request.len(),
                );
                tokio::select! {
                    outcome = &mut ticket.outcome => return outcome.map_err(|_| lost())?,
                    Ok(false) = tokio::spawn(watch) => {}
                }
                // The node with the queue is gone, and another one takes its place in a moment. The
                // channel goes on asking the one that it has found first.
                session.renew_requests().await;
                tokio::time::sleep(pause.delay()).await;
            }
        };
        tokio::select! {
            outcome = publish => outcome,
            () = session.ended.cancelled() => Err(lost()),
        }
    }
}

fn request_message(
    session: &Session,
    service: &str,
    id: &str,
    request: &Bytes,
    timeout: Duration,
) -> Result<Message, RpcError> {
    let routing_key = short(&rpc_queue(service))
        .map_err(|_| RpcError::NoSuchService(service.chars().take(64).collect()))?;
    let properties = BasicProperties::default()
        .with_content_type(CONTENT_TYPE.into())
        .with_correlation_id(id.into())
        .with_reply_to(session.reply_queue.clone())
        .with_expiration(timeout.as_millis().max(1).to_string().into());
    Ok(Message {
        exchange: RPC_EXCHANGE,
        routing_key,
        mandatory: true,
        properties,
        body: request.clone(),
    })
}

/// Ends the call when the broker says that the request went nowhere. Whether the broker took it: a
/// quorum queue that has just lost its leader takes nothing.
async fn watch_routing(
    sent: Sent,
    pending: Arc<Pending>,
    id: String,
    service: String,
    size: usize,
) -> bool {
    match sent.confirmed().await {
        Ok(Confirmation::Nack(None)) => return false,
        Ok(confirmation) => {
            let Some(returned) = confirmation.take_message() else { return true };
            // One confirmation may cover several messages, so the returned one tells its own id.
            if let Some(id) = returned.delivery.properties.correlation_id() {
                pending.resolve(id.as_str(), Err(RpcError::NoSuchService(service)));
            }
        }
        Err(error) if refused(&error) => {
            pending.resolve(&id, Err(RpcError::TooLarge { size, limit: 0 }));
        }
        // The end of the session is noticed elsewhere.
        Err(_) => pending.resolve(&id, Err(RpcError::ConnectionLost(service))),
    }
    true
}

async fn timed_out(session: &Session, service: &str, timeout: Duration) -> RpcError {
    let consumers = tokio::time::timeout(DIAGNOSIS_LIMIT, session.consumers_of(service)).await;
    RpcError::Timeout {
        service: service.to_owned(),
        millis: timeout.as_millis() as u64,
        consumers: consumers.ok().flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_given_up_leaves_nothing_behind() {
        let pending = Arc::new(Pending::default());
        let ticket = pending.register();
        let mut other = pending.register();
        assert_eq!(pending.len(), 2);
        drop(ticket);
        assert_eq!(pending.len(), 1);
        pending.resolve(&other.id.clone(), Ok(Bytes::from_static(b"x")));
        assert_eq!((&mut other.outcome).await.unwrap().unwrap(), "x");
        pending.resolve("unknown", Ok(Bytes::new()));
        assert_eq!(pending.len(), 0);
    }

    #[test]
    fn correlation_ids_are_32_letters() {
        let (a, b) = (correlation_id(), correlation_id());
        assert_eq!(a.len(), 32);
        assert!(a.bytes().all(|c| c.is_ascii_uppercase()));
        assert_ne!(a, b);
    }
}
