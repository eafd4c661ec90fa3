//! Streams of the peer RPC: opened when asked for, taken in up to a number.
//!
//! A stream is raw: who asks writes and reads as they like. Nothing here closes the way of the request
//! before the reply is read; the original would take that for giving up.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
};
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId,
    FromSwarm, NetworkBehaviour, NotifyHandler, StreamUpgradeError, SubstreamProtocol, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, Stream, StreamProtocol};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::peer_rpc::PROTOCOL;

/// Requests of one connection that are answered at the same time. More are cut off.
const MOST_INBOUND: usize = 32;

/// Why a stream was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no connection, or not any more.
    #[error("not connected")]
    NotConnected,
    /// The peer does not speak the protocol.
    #[error("the peer does not serve {PROTOCOL}")]
    Unsupported,
    /// It took too long.
    #[error("the peer does not open streams in time")]
    Timeout,
    /// The connection failed.
    #[error("{0}")]
    Io(String),
}

/// Who wants a stream.
pub type Opener = oneshot::Sender<Result<Stream, OpenError>>;

/// A stream that a peer has opened.
#[derive(Debug)]
pub struct Inbound {
    /// The peer.
    pub peer: PeerId,
    /// The stream.
    pub stream: Stream,
    /// Its place among those of the connection.
    pub place: OwnedSemaphorePermit,
}

/// The behaviour.
#[derive(Default)]
pub struct Streams {
    connections: HashMap<PeerId, Vec<ConnectionId>>,
    /// To be passed on.
    openers: VecDeque<(PeerId, ConnectionId, Opener)>,
    inbound: VecDeque<Inbound>,
}

impl Streams {
    /// Opens a stream over one of the peer's connections, the oldest.
    pub fn open(&mut self, peer: PeerId, opener: Opener) {
        match self.connections.get(&peer).and_then(|ids| ids.first()) {
            Some(id) => self.openers.push_back((peer, *id, opener)),
            // Whoever asked may have given up.
            None => drop(opener.send(Err(OpenError::NotConnected))),
        }
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Inbound;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(Handler::new())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(Handler::new())
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(event) => {
                self.connections.entry(event.peer_id).or_default().push(event.connection_id);
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, .. }) => {
                if let Some(ids) = self.connections.get_mut(&peer_id) {
                    ids.retain(|id| *id != connection_id);
                    if ids.is_empty() {
                        self.connections.remove(&peer_id);
                    }
                }
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        _: ConnectionId,
        (stream, place): (Stream, OwnedSemaphorePermit),
    ) {
        self.inbound.push_back(Inbound { peer, stream, place });
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Inbound, Open>> {
        if let Some(inbound) = self.inbound.pop_front() {
            return Poll::Ready(ToSwarm::GenerateEvent(inbound));
        }
        if let Some((peer_id, connection, opener)) = self.openers.pop_front() {
            let handler = NotifyHandler::One(connection);
            return Poll::Ready(ToSwarm::NotifyHandler { peer_id, handler, event: Open(opener) });
        }
        Poll::Pending
    }
}

/// Asks a connection for a stream.
#[derive(Debug)]
pub struct Open(Opener);

/// The part of the behaviour in a connection.
pub struct Handler {
    openers: VecDeque<Opener>,
    inbound: VecDeque<(Stream, OwnedSemaphorePermit)>,
    places: Arc<Semaphore>,
}

impl Handler {
    fn new() -> Self {
        let places = Arc::new(Semaphore::new(MOST_INBOUND));
        Self { openers: VecDeque::new(), inbound: VecDeque::new(), places }
    }
}

fn protocol() -> ReadyUpgrade<StreamProtocol> {
    ReadyUpgrade::new(StreamProtocol::new(PROTOCOL))
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Open;
    type ToBehaviour = (Stream, OwnedSemaphorePermit);
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Opener;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(protocol(), ())
    }

    fn connection_keep_alive(&self) -> bool {
        // Connections stay; who is not wanted is disconnected.
        true
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Opener, Self::ToBehaviour>> {
        if let Some(inbound) = self.inbound.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(inbound));
        }
        while let Some(opener) = self.openers.pop_front() {
            if !opener.is_closed() {
                let protocol = SubstreamProtocol::new(protocol(), opener);
                return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
            }
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, Open(opener): Open) {
        self.openers.push_back(opener);
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol, (), Opener>,
    ) {
        // Whoever asked for a stream may have given up; then it is closed again.
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: stream,
                ..
            }) => match self.places.clone().try_acquire_owned() {
                Ok(place) => self.inbound.push_back((stream, place)),
                Err(_) => tracing::debug!("A peer opens too many streams"),
            },
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                info: opener,
            }) => drop(opener.send(Ok(stream))),
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info: opener, error }) => {
                let error = match error {
                    StreamUpgradeError::Timeout => OpenError::Timeout,
                    StreamUpgradeError::NegotiationFailed => OpenError::Unsupported,
                    StreamUpgradeError::Io(error) => OpenError::Io(error.to_string()),
                    StreamUpgradeError::Apply(never) => match never {},
                };
                drop(opener.send(Err(error)));
            }
            _ => {}
        }
    }
}
