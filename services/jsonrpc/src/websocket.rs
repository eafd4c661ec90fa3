//! JSON-RPC over WebSockets, with subscriptions to what chain broadcasts.
//!
//! A client sends calls as over HTTP. Besides, `subscription.subscribe` begins a stream of
//! notifications and `subscription.unsubscribe` ends it. A client that does not keep up is closed.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::{Instant, timeout};
use tracing::debug;

use crate::envelope::{self, Call};
use crate::fault::Fault;
use crate::http::Http;
use crate::news::{News, Topic};

/// News that a client may be behind.
const BACKLOG: usize = 64;
/// Subscriptions of one client.
const MAX_SUBSCRIPTIONS: usize = 32;
const SUBSCRIBE: &str = "subscription.subscribe";
const UNSUBSCRIBE: &str = "subscription.unsubscribe";

/// How many subscriptions there are to each topic.
type Wanted = Arc<[AtomicUsize; Topic::ALL.len()]>;

/// All WebSocket clients.
pub struct Sockets {
    news: broadcast::Sender<Arc<News>>,
    places: Arc<Semaphore>,
    wanted: Wanted,
}

impl Sockets {
    pub(crate) fn new(clients: usize) -> Self {
        Self {
            news: broadcast::Sender::new(BACKLOG),
            places: Arc::new(Semaphore::new(clients)),
            wanted: Wanted::default(),
        }
    }

    /// Whether somebody has subscribed to a topic.
    pub(crate) fn want(&self, topic: Topic) -> bool {
        self.wanted[topic as usize].load(Ordering::Relaxed) > 0
    }

    /// Tells those who have subscribed to it.
    pub(crate) fn tell(&self, news: News) {
        // An error means that nobody listens.
        let _ = self.news.send(Arc::new(news));
    }

    /// Opens the client's socket; `None` when there are too many.
    pub(crate) fn open(
        &self,
        http: &Arc<Http>,
        address: IpAddr,
        upgrade: WebSocketUpgrade,
    ) -> Option<Response> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let news = self.news.subscribe();
        let limit = http.front().limits().max_request;
        let (http, wanted) = (http.clone(), self.wanted.clone());
        let upgrade = upgrade.max_message_size(limit).max_frame_size(limit);
        Some(upgrade.on_upgrade(move |socket| {
            let subscriptions = Vec::new();
            let client = Client { http, address, socket, subscriptions, wanted, next: 1 };
            client.attend(news, place)
        }))
    }
}

struct Client {
    http: Arc<Http>,
    address: IpAddr,
    socket: WebSocket,
    subscriptions: Vec<Subscription>,
    wanted: Wanted,
    next: u64,
}

struct Subscription {
    id: String,
    topic: Topic,
    /// Only events of this contract.
    source: Option<String>,
    /// Only events of this name.
    name: Option<String>,
    wanted: Wanted,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.wanted[self.topic as usize].fetch_sub(1, Ordering::Relaxed);
    }
}

impl Subscription {
    fn wants(&self, news: &News) -> bool {
        let fits = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|w| w == is);
        self.topic == news.topic && fits(&self.source, &news.source) && fits(&self.name, &news.name)
    }
}

/// Why a socket ends.
enum End {
    /// The client left, or its connection broke.
    Gone,
    /// The service ends it, for this reason.
    Closed(u16, &'static str),
}

impl Client {
    async fn attend(
        mut self,
        mut news: broadcast::Receiver<Arc<News>>,
        place: OwnedSemaphorePermit,
    ) {
        let gauge = metrics::gauge!("koinos_jsonrpc_websockets");
        gauge.increment(1.0);
        let end = self.run(&mut news).await;
        if let End::Closed(code, reason) = end {
            debug!("{}: closing the socket: {reason}", self.address);
            let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
            // The client may be gone.
            let _ = self.send(Message::Close(Some(frame))).await;
        }
        gauge.decrement(1.0);
        drop(place);
    }

    async fn run(&mut self, news: &mut broadcast::Receiver<Arc<News>>) -> End {
        let shutdown = self.http.front().shutdown().clone();
        let limit = self.http.front().limits().client_timeout;
        let mut heard = Instant::now();
        loop {
            let outcome = tokio::select! {
                () = shutdown.cancelled() => Err(End::Closed(close_code::AWAY, "shutting down")),
                message = self.socket.recv() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(message)) => self.take(message).await,
                        Some(Err(_)) | None => Err(End::Gone),
                    }
                }
                news = news.recv() => match news {
                    Ok(news) => self.notify(&news).await,
                    Err(RecvError::Lagged(_)) => {
                        Err(End::Closed(close_code::POLICY, "too slow for its subscriptions"))
                    }
                    Err(RecvError::Closed) => Err(End::Gone),
                },
                // Whoever is there answers a ping.
                () = tokio::time::sleep(limit / 2) => match heard.elapsed() > 2 * limit {
                    true => Err(End::Gone),
                    false => self.send(Message::Ping(Bytes::new())).await,
                },
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    async fn take(&mut self, message: Message) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => Bytes::from(text),
            Message::Binary(bytes) => bytes,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Gone),
        };
        let answer = self.answer(text).await;
        self.send(Message::Text(answer.into())).await
    }

    async fn answer(&mut self, text: Bytes) -> String {
        if !self.http.front().admits(self.address) {
            return envelope::failure_without_id(&Fault::too_often("ask less often"));
        }
        if let Some(answer) = self.own(&text) {
            return answer;
        }
        let answer = self.http.gateway().clone().handle(text).await;
        answer.unwrap_or_else(|_| envelope::failure_without_id(&Fault::too_often("overloaded")))
    }

    /// The answer to a call that concerns the socket itself.
    fn own(&mut self, text: &Bytes) -> Option<String> {
        // What is no single call is the gateway's to refuse.
        let Ok(envelope::Request::Single(call)) = envelope::split(text, 1) else { return None };
        let call = envelope::read(call).ok()?;
        let result = match &*call.method {
            SUBSCRIBE => self.subscribe(&call),
            UNSUBSCRIBE => self.unsubscribe(&call),
            _ => return None,
        };
        Some(match result {
            Ok(result) => envelope::success(&call.id, &result.to_string()),
            Err(text) => envelope::failure(&call.id, &Fault::invalid(text)),
        })
    }

    fn subscribe(&mut self, call: &Call<'_>) -> Result<Value, Cow<'static, str>> {
        if self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            return Err(format!("a client may have {MAX_SUBSCRIPTIONS} subscriptions").into());
        }
        let params = params(call)?;
        let text = |name: &str| params.get(name).and_then(Value::as_str).map(str::to_owned);
        let topic = text("topic").and_then(|topic| Topic::named(&topic));
        let topic = topic.ok_or("the topic is one of blocks, transactions, events")?;
        let (source, name) = (text("source"), text("name"));
        if topic != Topic::Events && (source.is_some() || name.is_some()) {
            return Err("only events have a source and a name".into());
        }
        let id = self.next.to_string();
        self.next += 1;
        let wanted = self.wanted.clone();
        wanted[topic as usize].fetch_add(1, Ordering::Relaxed);
        self.subscriptions.push(Subscription { id: id.clone(), topic, source, name, wanted });
        Ok(json!({ "subscription": id }))
    }

    fn unsubscribe(&mut self, call: &Call<'_>) -> Result<Value, Cow<'static, str>> {
        let params = params(call)?;
        let id = params.get("subscription").and_then(Value::as_str).unwrap_or_default();
        let place = self.subscriptions.iter().position(|subscription| subscription.id == id);
        let place = place.ok_or("there is no such subscription")?;
        self.subscriptions.remove(place);
        Ok(json!({}))
    }

    async fn notify(&mut self, news: &News) -> Result<(), End> {
        let wanted: Vec<String> = self
            .subscriptions
            .iter()
            .filter(|subscription| subscription.wants(news))
            .map(|subscription| news.notification(&subscription.id))
            .collect();
        for text in wanted {
            self.send(Message::Text(text.into())).await?;
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let limit: Duration = self.http.front().limits().client_timeout;
        match timeout(limit, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }
}

fn params(call: &Call<'_>) -> Result<Value, &'static str> {
    let params = call.params.unwrap_or(b"{}");
    serde_json::from_slice(params).map_err(|_| "parameters could not be parsed")
}
