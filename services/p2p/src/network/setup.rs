//! What the network is made of.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use libp2p::gossipsub::{self, MessageAuthenticity};
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::NetworkBehaviour;
use libp2p::{Multiaddr, PeerId, Swarm, connection_limits, identify, ping, swarm};
use parking_lot::Mutex;

use super::exchange::{self, Exchange};
use super::{gate, streams, transport};
use crate::gossip::{MAX_MESSAGE, message_id};
use crate::score::{Scores, ip};

/// What identify says of this node, and looks for in others.
pub const PROTOCOL_VERSION: &str = "koinos/p2p/1.0.0";
/// Room for what comes around a gossiped message: many control messages in one frame, and several
/// messages.
const MAX_FRAME: usize = 4 * MAX_MESSAGE;
/// Control messages name many ids of 43 bytes.
const MAX_CONTROL: usize = 256 * 1024;
/// A message seen in this time is not passed on again.
const DUPLICATES: Duration = Duration::from_secs(30);
/// Connections that are being made by others.
const MOST_PENDING: u32 = 64;
/// Connections with one peer.
const MOST_OF_PEER: u32 = 4;
/// Connections do not end because nothing happens.
const IDLE: Duration = Duration::from_secs(365 * 24 * 3_600);
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    // The first ones that refuse a connection, so that the others do not hear of it.
    gate: gate::Gate,
    limits: connection_limits::Behaviour,
    pub(super) identify: identify::Behaviour,
    pub(super) ping: ping::Behaviour,
    pub(super) streams: streams::Streams,
    pub(super) gossip: gossipsub::Behaviour,
}

/// What the network is made of.
pub struct Setup {
    /// Who this node is.
    pub keypair: Keypair,
    /// Where to listen.
    pub listen: Multiaddr,
    /// A socket that is open already, which goes before `listen`.
    pub inherited: Option<TcpListener>,
    /// Addresses to tell others besides those that are listened on.
    pub announce: Vec<Multiaddr>,
    /// The most connections that others make.
    pub most_inbound: u32,
    /// What peers have done.
    pub scores: Arc<Mutex<Scores>>,
    /// The name and version of the program.
    pub agent: String,
}

/// Makes it, and listens.
///
/// # Errors
/// When it cannot listen.
pub(super) fn swarm(setup: Setup, exchange: &Arc<Exchange>) -> anyhow::Result<Swarm<Behaviour>> {
    let Setup { keypair, listen, inherited, announce, most_inbound, scores, agent } = setup;
    let inherited = inherited.map(tokio_listener).transpose()?;
    if inherited.is_none() {
        check_free(&listen)
            .map_err(|error| anyhow::anyhow!("cannot listen on {listen}: {error}"))?;
    }
    let transport = transport::build(&keypair, inherited, exchange)?;
    let limits = connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(MOST_PENDING))
        .with_max_established_incoming(Some(most_inbound))
        .with_max_established_per_peer(Some(MOST_OF_PEER));
    let identify = identify::Config::new(PROTOCOL_VERSION.to_owned(), keypair.public())
        .with_agent_version(agent)
        .with_push_listen_addr_updates(true);
    let behaviour = Behaviour {
        gate: gate::Gate::new(scores),
        limits: connection_limits::Behaviour::new(limits),
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::default(),
        streams: streams::Streams::default(),
        gossip: gossip(keypair.clone())?,
    };
    let config = swarm::Config::with_tokio_executor().with_idle_connection_timeout(IDLE);
    let mut swarm = Swarm::new(transport, behaviour, keypair.public().to_peer_id(), config);
    swarm
        .listen_on(listen.clone())
        .map_err(|error| anyhow::anyhow!("cannot listen on {listen}: {error}"))?;
    for address in announce {
        swarm.add_external_address(address);
    }
    Ok(swarm)
}

/// Fails when another process listens there. libp2p would share the port with it, and each of the two
/// would get some of the connections.
fn check_free(listen: &Multiaddr) -> std::io::Result<()> {
    let port = listen.iter().find_map(|part| match part {
        Protocol::Tcp(port) => Some(port),
        _ => None,
    });
    match (ip(listen), port) {
        (Some(ip), Some(port)) if port != 0 => TcpListener::bind((ip, port)).map(drop),
        _ => Ok(()),
    }
}

fn tokio_listener(listener: TcpListener) -> std::io::Result<tokio::net::TcpListener> {
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}

/// How gossip goes, as far as it is not as usual.
pub(super) fn gossip_config() -> gossipsub::ConfigBuilder {
    let id = |message: &gossipsub::Message| {
        let source = message.source.map(PeerId::to_bytes).unwrap_or_default();
        let topic = message.topic.as_str();
        message_id(topic, &message.data, &source, message.sequence_number).into()
    };
    let mut config = gossipsub::ConfigBuilder::default();
    config
        .validation_mode(gossipsub::ValidationMode::Strict)
        .validate_messages()
        .message_id_fn(id)
        .max_transmit_size(MAX_FRAME)
        .max_control_message_size(MAX_CONTROL)
        .duplicate_cache_time(DUPLICATES)
        .heartbeat_initial_delay(Duration::from_millis(100))
        .flood_publish(true)
        .do_px()
        .prune_peers(exchange::MOST_NAMED);
    config
}

fn gossip(keypair: Keypair) -> anyhow::Result<gossipsub::Behaviour> {
    let config = gossip_config().build()?;
    let authenticity = MessageAuthenticity::Signed(keypair);
    gossipsub::Behaviour::new(authenticity, config).map_err(anyhow::Error::msg)
}
