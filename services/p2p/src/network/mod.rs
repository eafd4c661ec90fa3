//! The network: one task that owns the swarm, and a handle for everybody else.

mod exchange;
#[cfg(test)]
mod exchange_tests;
mod gate;
mod setup;
mod streams;
mod transport;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use koinos_service::events as ids;
use libp2p::core::ConnectedPoint;
use libp2p::gossipsub::{self, IdentTopic, MessageAcceptance, MessageId};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, DialError, ListenError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Stream, Swarm, identify, ping};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::gossip::{BLOCKS, MAX_MESSAGE, TRANSACTIONS};
use crate::peer_rpc::Answerer;
use crate::peers::Target;
use crate::recent::Recent;
use crate::score::ip;

use exchange::Exchange;
use gate::Refused;
use setup::{Behaviour, BehaviourEvent, swarm};

pub use setup::Setup;
pub use streams::{Inbound, OpenError};

/// Commands that wait.
const QUEUE: usize = 1_024;
/// Gossiped messages that wait for a verdict, in units of memory.
const GOSSIP_ROOM: usize = 32 * 1024;
/// A unit, in bytes.
const ROOM_UNIT: usize = 1_024;
/// That a peer or an address is not let in is told once in this time.
const REFUSED_FOR: Duration = Duration::from_secs(600);
/// And of so many of them.
const MOST_REFUSED: usize = 1_000;

/// A gossiped message that waits for a verdict.
#[derive(Debug)]
pub struct Gossiped {
    /// Who passed it on.
    pub source: PeerId,
    /// Who made it.
    pub author: Option<PeerId>,
    /// Its topic.
    pub topic: String,
    /// It.
    pub data: Bytes,
    id: MessageId,
    /// Its share of what may wait.
    _room: OwnedSemaphorePermit,
}

/// What happens on the network.
#[derive(Debug)]
pub enum Event {
    /// There is one more connection with a peer.
    Connected {
        /// The peer.
        peer: PeerId,
        /// Its address, as far as it is known from the connection.
        address: Multiaddr,
        /// Whether this node made the connection.
        outbound: bool,
    },
    /// There is one connection less.
    Disconnected {
        /// The peer.
        peer: PeerId,
        /// How many are left.
        left: u32,
        /// Why it ended, if it was not this node's wish.
        cause: Option<String>,
    },
    /// A peer told about itself.
    Identified {
        /// The peer.
        peer: PeerId,
        /// What it told.
        info: Box<identify::Info>,
    },
    /// A peer cannot tell about itself in a way that is understood.
    Unidentified {
        /// The peer.
        peer: PeerId,
    },
    /// The time to a peer and back.
    Pinged {
        /// The peer.
        peer: PeerId,
        /// The time.
        time: Duration,
    },
    /// A connection was not made.
    DialFailed {
        /// The address that was dialled, if it was one of [`Network::dial`].
        address: Option<Multiaddr>,
        /// Why.
        error: String,
    },
    /// A message came.
    Gossip(Gossiped),
    /// A peer told where another one is, which has signed that.
    Named(Target),
    /// A peer wants to hear of transactions.
    Listens,
    /// A transaction was not told to anybody.
    Unheard(Bytes),
}

enum Command {
    Dial(Multiaddr, Option<PeerId>),
    Disconnect(PeerId),
    Open(PeerId, streams::Opener),
    Gossip(bool),
    Publish(&'static str, Bytes),
    Judge(MessageId, PeerId, bool),
    Listeners(oneshot::Sender<Vec<Multiaddr>>),
}

/// The handle.
#[derive(Clone)]
pub struct Network {
    id: PeerId,
    commands: mpsc::Sender<Command>,
}

impl Network {
    /// Starts the network until `stop`. Requests of peers go to `answerer`, everything else that
    /// happens comes out of the receiver.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn start(
        setup: Setup,
        answerer: Answerer,
        stop: CancellationToken,
    ) -> anyhow::Result<(Self, mpsc::UnboundedReceiver<Event>)> {
        let id = setup.keypair.public().to_peer_id();
        let (commands, command_queue) = mpsc::channel(QUEUE);
        // Messages are bounded by their room, the rest by the number of connections.
        let (events, event_queue) = mpsc::unbounded_channel();
        let told = events.clone();
        // Nobody listens at the end.
        let named = move |target| drop(told.send(Event::Named(target)));
        let exchange = Exchange::new(setup.keypair.clone(), named);
        let swarm = swarm(setup, &exchange)?;
        let driver = Driver {
            swarm,
            exchange,
            answerer,
            events,
            dials: HashMap::new(),
            gossiping: false,
            gossip_room: Arc::new(Semaphore::new(GOSSIP_ROOM)),
            refused: Recent::new(REFUSED_FOR, MOST_REFUSED),
        };
        tokio::spawn(driver.run(command_queue, stop));
        Ok((Self { id, commands }, event_queue))
    }

    /// Who this node is.
    pub fn id(&self) -> PeerId {
        self.id
    }

    /// Makes a connection; how that went comes as an event.
    pub async fn dial(&self, address: Multiaddr, peer: Option<PeerId>) {
        self.send(Command::Dial(address, peer)).await;
    }

    /// Ends all connections with a peer.
    pub async fn disconnect(&self, peer: PeerId) {
        self.send(Command::Disconnect(peer)).await;
    }

    /// Opens a stream of the peer RPC.
    ///
    /// # Errors
    /// When the peer is not connected, or does not take it.
    pub async fn open(&self, peer: PeerId) -> Result<Stream, OpenError> {
        let (opener, stream) = oneshot::channel();
        self.send(Command::Open(peer, opener)).await;
        // Without an answer the connection has ended.
        stream.await.unwrap_or(Err(OpenError::NotConnected))
    }

    /// Takes part in gossip, or ceases to.
    pub async fn gossip(&self, enabled: bool) {
        self.send(Command::Gossip(enabled)).await;
    }

    /// Tells everybody, if this node takes part in gossip.
    pub async fn publish(&self, topic: &'static str, data: Bytes) {
        self.send(Command::Publish(topic, data)).await;
    }

    /// Passes a message on, or drops it.
    pub async fn judge(&self, message: &Gossiped, pass_on: bool) {
        self.send(Command::Judge(message.id.clone(), message.source, pass_on)).await;
    }

    /// Where this node listens.
    pub async fn listeners(&self) -> Vec<Multiaddr> {
        let (sender, listeners) = oneshot::channel();
        self.send(Command::Listeners(sender)).await;
        // At the end there are none.
        listeners.await.unwrap_or_default()
    }

    async fn send(&self, command: Command) {
        // At the end there is nobody who could do it.
        let _ = self.commands.send(command).await;
    }
}

struct Driver {
    swarm: Swarm<Behaviour>,
    exchange: Arc<Exchange>,
    answerer: Answerer,
    events: mpsc::UnboundedSender<Event>,
    /// The addresses of connections that are being made.
    dials: HashMap<ConnectionId, Multiaddr>,
    gossiping: bool,
    gossip_room: Arc<Semaphore>,
    /// Peers and addresses of which it was told that they are not let in.
    refused: Recent,
}

impl Driver {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(command) = commands.recv() => self.obey(command),
                event = self.swarm.select_next_some() => {
                    if let Some(event) = self.translate(event) {
                        // Nobody listens at the end.
                        let _ = self.events.send(event);
                    }
                }
            }
        }
    }

    fn obey(&mut self, command: Command) {
        let behaviour = self.swarm.behaviour_mut();
        match command {
            Command::Dial(address, peer) => self.dial(address, peer),
            // One that is not connected needs no disconnection.
            Command::Disconnect(peer) => drop(self.swarm.disconnect_peer_id(peer)),
            Command::Open(peer, opener) => behaviour.streams.open(peer, opener),
            Command::Gossip(enabled) => self.subscribe(enabled),
            Command::Publish(topic, data) => self.publish(topic, data),
            Command::Judge(id, source, pass_on) => {
                let acceptance =
                    if pass_on { MessageAcceptance::Accept } else { MessageAcceptance::Ignore };
                behaviour.gossip.report_message_validation_result(&id, &source, acceptance);
            }
            Command::Listeners(sender) => {
                let listeners = self.swarm.listeners().cloned().collect();
                let _ = sender.send(listeners);
            }
        }
    }

    fn dial(&mut self, address: Multiaddr, peer: Option<PeerId>) {
        // A port of its own: two nodes that dial each other at the same moment from the ports they
        // listen on would get one connection that both take for their own.
        let options = match peer {
            Some(peer) => {
                DialOpts::peer_id(peer).addresses(vec![address.clone()]).allocate_new_port().build()
            }
            None => {
                DialOpts::unknown_peer_id().address(address.clone()).allocate_new_port().build()
            }
        };
        let connection = options.connection_id();
        match self.swarm.dial(options) {
            Ok(()) => drop(self.dials.insert(connection, address)),
            Err(error) => {
                let event = Event::DialFailed { address: Some(address), error: describe(&error) };
                // Nobody listens at the end.
                let _ = self.events.send(event);
            }
        }
    }

    fn subscribe(&mut self, enabled: bool) {
        self.gossiping = enabled;
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        for topic in [BLOCKS, TRANSACTIONS].map(IdentTopic::new) {
            if !enabled {
                gossip.unsubscribe(&topic);
            } else if let Err(error) = gossip.subscribe(&topic) {
                warn!("Cannot subscribe to {topic}: {error}");
            }
        }
    }

    fn publish(&mut self, topic: &'static str, data: Bytes) {
        if !self.gossiping {
            return self.unheard(topic, data);
        }
        if data.len() > MAX_MESSAGE {
            warn!("A message of {} bytes on {topic} is too large to be gossiped", data.len());
            return;
        }
        let published =
            self.swarm.behaviour_mut().gossip.publish(IdentTopic::new(topic), data.to_vec());
        match published {
            Ok(_) => {
                metrics::counter!("koinos_p2p_gossip_published_total", "topic" => topic)
                    .increment(1);
            }
            // It came from a peer.
            Err(gossipsub::PublishError::Duplicate) => {}
            Err(gossipsub::PublishError::NoPeersSubscribedToTopic) => self.unheard(topic, data),
            Err(error) => debug!("Cannot publish on {topic}: {error}"),
        }
    }

    fn translate(&mut self, event: SwarmEvent<BehaviourEvent>) -> Option<Event> {
        Some(match event {
            SwarmEvent::Behaviour(event) => return self.of_behaviour(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.dials.remove(&connection_id);
                let outbound = endpoint.is_dialer();
                let mut address = match endpoint {
                    ConnectedPoint::Dialer { address, .. } => address,
                    ConnectedPoint::Listener { send_back_addr, .. } => send_back_addr,
                };
                // The id is known anyway, and not everywhere wanted.
                if let Some(Protocol::P2p(_)) = address.iter().last() {
                    address.pop();
                }
                Event::Connected { peer: peer_id, address, outbound }
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established, cause, .. } => {
                let cause = cause.map(|cause| with_causes(&cause));
                if num_established == 0 {
                    self.exchange.forget(&peer_id);
                }
                Event::Disconnected { peer: peer_id, left: num_established, cause }
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                let address = self.dials.remove(&connection_id);
                Event::DialFailed { address, error: describe(&error) }
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, peer_id, .. } => {
                self.tell_refusal(peer_id, &send_back_addr, &error);
                debug!("A connection from {send_back_addr} was not made: {}", with_causes(&error));
                return None;
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                info!("Listening on {address}/p2p/{}", self.swarm.local_peer_id());
                return None;
            }
            SwarmEvent::ListenerError { error, .. } => {
                warn!("Cannot take a connection: {error}");
                return None;
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                if let Err(error) = reason {
                    warn!("Not listening any more: {error}");
                }
                return None;
            }
            _ => return None,
        })
    }

    fn of_behaviour(&mut self, event: BehaviourEvent) -> Option<Event> {
        match event {
            BehaviourEvent::Streams(inbound) => {
                self.answerer.take(inbound);
                None
            }
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }) => {
                Some(Event::Identified { peer: peer_id, info: Box::new(info) })
            }
            BehaviourEvent::Identify(identify::Event::Error { peer_id, error, .. }) => {
                debug!("Peer {peer_id} cannot be identified: {error}");
                Some(Event::Unidentified { peer: peer_id })
            }
            BehaviourEvent::Ping(ping::Event { peer, result: Ok(time), .. }) => {
                Some(Event::Pinged { peer, time })
            }
            BehaviourEvent::Gossip(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            }) => self.heard(propagation_source, message_id, message),
            BehaviourEvent::Gossip(gossipsub::Event::Subscribed { topic, .. }) => {
                (topic == IdentTopic::new(TRANSACTIONS).hash()).then_some(Event::Listens)
            }
            _ => None,
        }
    }
}

impl Driver {
    /// Gives a transaction back. A block is found by those who ask for heads.
    fn unheard(&self, topic: &'static str, data: Bytes) {
        if topic == TRANSACTIONS {
            // Nobody listens at the end.
            let _ = self.events.send(Event::Unheard(data));
        }
    }

    /// Tells that somebody was not let in, though not every time.
    fn tell_refusal(&mut self, peer: Option<PeerId>, address: &Multiaddr, error: &ListenError) {
        let ListenError::Denied { cause } = error else { return };
        let (Some(refused), Some(ip)) = (cause.downcast_ref::<Refused>(), ip(address)) else {
            return;
        };
        // Its id is known when it is the peer that is kept out, not the address.
        let who = peer.map_or(ip.to_string(), |peer| format!("peer {peer}"));
        if self.refused.insert(&who.clone().into(), Instant::now()) {
            info!(
                message_id = ids::PEER_REFUSED,
                koinos_peer = peer.map(tracing::field::display),
                "Not letting {who} in from {address}: {refused}"
            );
        }
    }

    /// Takes a message in for judgement, if there is room.
    fn heard(
        &mut self,
        source: PeerId,
        id: MessageId,
        message: gossipsub::Message,
    ) -> Option<Event> {
        let units = u32::try_from(message.data.len() / ROOM_UNIT + 1).unwrap_or(u32::MAX);
        let Ok(room) = self.gossip_room.clone().try_acquire_many_owned(units) else {
            debug!("Too many gossiped messages wait; one from {source} is dropped");
            metrics::counter!("koinos_p2p_gossip_dropped_total").increment(1);
            let ignore = MessageAcceptance::Ignore;
            self.swarm
                .behaviour_mut()
                .gossip
                .report_message_validation_result(&id, &source, ignore);
            return None;
        };
        Some(Event::Gossip(Gossiped {
            source,
            author: message.source,
            topic: message.topic.into_string(),
            data: message.data.into(),
            id,
            _room: room,
        }))
    }
}

/// Why a connection was not made, in words for the operator.
fn describe(error: &DialError) -> String {
    match error {
        DialError::WrongPeerId { obtained, .. } => {
            format!("another peer answers there, {obtained}; correct the id in the address")
        }
        DialError::LocalPeerId { .. } => "it is this node itself".to_owned(),
        DialError::Transport(failures) => {
            let texts = failures.iter().map(|(_, error)| with_causes(error));
            texts.collect::<Vec<_>>().join("; ")
        }
        other => with_causes(other),
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
