//! What chain broadcasts, as far as the gateway uses it: for the head, and for subscriptions.

use std::sync::Arc;
use std::time::Instant;

use koinos_codec::json::{Mapping, escape_html};
use koinos_rpc::names::{BLOCK_ACCEPT, TRANSACTION_ACCEPT};
use koinos_service::{Bus, Context, Event, Fatal};
use tracing::warn;

use crate::gateway::Gateway;
use crate::http::Http;

/// All broadcasts about blocks. They have to come through one queue to keep their order.
const BLOCKS: &str = "koinos.block.*";
/// All events of contracts.
const EVENTS: &str = "koinos.event.#";
/// What the topics of events begin with.
const EVENT_PREFIX: &str = "koinos.event.";

/// What can be subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Blocks,
    Transactions,
    Events,
}

impl Topic {
    pub(crate) const ALL: [Self; 3] = [Self::Blocks, Self::Transactions, Self::Events];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Transactions => "transactions",
            Self::Events => "events",
        }
    }

    /// The message of the broadcast.
    fn message(self) -> &'static str {
        match self {
            Self::Blocks => "koinos.broadcast.block_accepted",
            Self::Transactions => "koinos.broadcast.transaction_accepted",
            Self::Events => "koinos.broadcast.event_parcel",
        }
    }
}

/// A broadcast that clients can subscribe to.
pub(crate) struct News {
    pub(crate) topic: Topic,
    /// Of an event: the address of the contract, in base58.
    pub(crate) source: String,
    /// Of an event: its name.
    pub(crate) name: String,
    /// The message, as text of JSON.
    result: String,
}

impl News {
    fn read(mapping: &Mapping, event: &Event) -> Option<Self> {
        let (topic, source, name) = match &*event.topic {
            BLOCK_ACCEPT => (Topic::Blocks, "", ""),
            TRANSACTION_ACCEPT => (Topic::Transactions, "", ""),
            topic => {
                let (source, name) = topic.strip_prefix(EVENT_PREFIX)?.split_once('.')?;
                (Topic::Events, source, name)
            }
        };
        let result = match mapping.decode(topic.message(), &event.payload) {
            Ok(json) => escape_html(&json.to_string()).into_owned(),
            Err(error) => {
                warn!("a broadcast on {} cannot be read: {error}", event.topic);
                return None;
            }
        };
        Some(Self { topic, source: source.to_owned(), name: name.to_owned(), result })
    }

    /// The notification for the subscription `id`.
    pub(crate) fn notification(&self, id: &str) -> String {
        let (topic, result) = (self.topic.name(), &self.result);
        format!(
            "{{\"jsonrpc\":\"2.0\",\"method\":\"subscription.notification\",\"params\":\
             {{\"subscription\":\"{id}\",\"topic\":\"{topic}\",\"result\":{result}}}}}"
        )
    }
}

/// Subscribes to what is needed.
pub(crate) fn follow(gateway: &Arc<Gateway>, http: &Arc<Http>, context: &Context, bus: &Bus) {
    let clients = http.sockets().is_some();
    if gateway.head().is_some() {
        context.spawn("following sessions", follow_sessions(gateway.clone(), context.clone(), bus));
    }
    if clients || gateway.head().is_some() {
        let (gateway, http) = (gateway.clone(), http.clone());
        bus.subscribe(BLOCKS, move |event| {
            if let Some(head) = gateway.head() {
                head.heard(gateway.mapping(), &event.topic, &event.payload, Instant::now());
            }
            if event.topic == BLOCK_ACCEPT {
                tell(&http, gateway.mapping(), Topic::Blocks, &event);
            }
            std::future::ready(())
        });
    }
    let others = [(TRANSACTION_ACCEPT, Topic::Transactions), (EVENTS, Topic::Events)];
    for (name, topic) in others.into_iter().filter(|_| clients) {
        let (gateway, http) = (gateway.clone(), http.clone());
        bus.subscribe(name, move |event| {
            tell(&http, gateway.mapping(), topic, &event);
            std::future::ready(())
        });
    }
}

/// Tells those who have subscribed; when there are none, the broadcast is not read: a block may be
/// large.
fn tell(http: &Http, mapping: &Mapping, topic: Topic, event: &Event) {
    let Some(sockets) = http.sockets().filter(|sockets| sockets.want(topic)) else { return };
    if let Some(news) = News::read(mapping, event) {
        sockets.tell(news);
    }
}

/// With every new session of the bus, broadcasts may have been missed.
fn follow_sessions(
    gateway: Arc<Gateway>,
    context: Context,
    bus: &Bus,
) -> impl Future<Output = Result<(), Fatal>> + use<> {
    let mut sessions = bus.sessions();
    async move {
        while let Some(Ok(())) = context.until_shutdown(sessions.changed()).await {
            if let Some(head) = gateway.head() {
                head.forget();
            }
        }
        Ok(())
    }
}
