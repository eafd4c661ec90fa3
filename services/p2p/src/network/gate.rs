//! Who may connect: not those whose score is too high, not too many from one address, and nobody because
//! another peer wants it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use parking_lot::Mutex;

use crate::score::{Scores, ip};

/// Connections from one address, unless it is this machine.
const MOST_OF_ADDRESS: usize = 16;

/// Why a connection was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// For what it did.
    #[error("it is banned, or its error score is too high")]
    Score,
    /// There are as many as there may be.
    #[error("there are too many connections from its address")]
    Number,
    /// Nobody here wanted it.
    #[error("a peer named it, which is no reason to call it")]
    Named,
}

/// The behaviour.
pub struct Gate {
    scores: Arc<Mutex<Scores>>,
    inbound: HashMap<ConnectionId, Option<IpAddr>>,
}

impl Gate {
    /// A gate that asks `scores`.
    pub fn new(scores: Arc<Mutex<Scores>>) -> Self {
        Self { scores, inbound: HashMap::new() }
    }

    fn check(&self, peer: Option<&PeerId>, address: Option<&Multiaddr>) -> Result<(), Refused> {
        match self.scores.lock().admits(peer, address, Instant::now()) {
            true => Ok(()),
            false => Err(Refused::Score),
        }
    }

    fn check_number(&self, address: &Multiaddr) -> Result<(), Refused> {
        let place = ip(address).filter(|ip| !ip.is_loopback());
        let of_address = self.inbound.values().filter(|from| place.is_some() && **from == place);
        if of_address.count() >= MOST_OF_ADDRESS { Err(Refused::Number) } else { Ok(()) }
    }
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.check(None, Some(remote)).map_err(ConnectionDenied::new)?;
        self.check_number(remote).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<dummy::ConnectionHandler, ConnectionDenied> {
        self.check(Some(&peer), Some(remote)).map_err(ConnectionDenied::new)?;
        self.check_number(remote).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        // So does gossipsub call whom a peer names. `Schedule` decides on that.
        if addresses.is_empty() {
            return Err(ConnectionDenied::new(Refused::Named));
        }
        self.check(peer.as_ref(), None).map_err(ConnectionDenied::new)?;
        let refused = |address| self.check(None, Some(address)).is_err();
        if addresses.iter().all(refused) {
            return Err(ConnectionDenied::new(Refused::Score));
        }
        Ok(Vec::new())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<dummy::ConnectionHandler, ConnectionDenied> {
        self.check(Some(&peer), Some(address)).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(event) => {
                if let ConnectedPoint::Listener { send_back_addr, .. } = event.endpoint {
                    self.inbound.insert(event.connection_id, ip(send_back_addr));
                }
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) => {
                self.inbound.remove(&connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}
