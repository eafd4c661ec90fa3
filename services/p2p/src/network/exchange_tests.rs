//! Peer exchange over real connections.

use std::time::Duration;

use futures_util::StreamExt;
use libp2p::gossipsub::{self, IdentTopic, MessageAuthenticity};
use libp2p::identity::Keypair;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, Swarm};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::exchange::Exchange;
use super::setup::{Behaviour, Setup, gossip_config, swarm};
use crate::gossip::BLOCKS;
use crate::peers::Target;

const LIMIT: Duration = Duration::from_secs(120);

/// A peer that listens and takes part in gossip, its address, and what it is told of others.
struct Peer {
    swarm: Swarm<Behaviour>,
    address: Multiaddr,
    named: mpsc::UnboundedReceiver<Target>,
}

impl Peer {
    async fn new(config: &mut gossipsub::ConfigBuilder) -> Self {
        let keypair = Keypair::generate_ecdsa();
        let (sender, named) = mpsc::unbounded_channel();
        let exchange = Exchange::new(keypair.clone(), move |target| sender.send(target).unwrap());
        let setup = Setup {
            keypair: keypair.clone(),
            listen: "/ip4/127.0.0.1/tcp/0".parse().unwrap(),
            inherited: None,
            announce: Vec::new(),
            most_inbound: 10,
            scores: std::sync::Arc::default(),
            agent: "test".to_owned(),
        };
        let mut swarm = swarm(setup, &exchange).unwrap();
        let authenticity = MessageAuthenticity::Signed(keypair);
        let mut gossip = gossipsub::Behaviour::new(authenticity, config.build().unwrap()).unwrap();
        gossip.subscribe(&IdentTopic::new(BLOCKS)).unwrap();
        swarm.behaviour_mut().gossip = gossip;
        loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                return Self { swarm, address, named };
            }
        }
    }

    fn target(&self) -> Target {
        Target { address: self.address.clone(), peer: Some(*self.swarm.local_peer_id()) }
    }
}

#[tokio::test]
async fn a_hub_with_too_many_neighbours_names_them_to_each_other() {
    // It keeps one neighbour and tries again soon.
    let mut narrow = gossip_config();
    narrow.mesh_n_low(1).mesh_n(1).mesh_n_high(1).mesh_outbound_min(0);
    narrow.heartbeat_interval(Duration::from_millis(100)).prune_backoff(Duration::from_secs(1));
    let mut hub = Peer::new(&mut narrow).await;
    let [mut one, mut two] =
        [Peer::new(&mut gossip_config()).await, Peer::new(&mut gossip_config()).await];
    for peer in [&mut one, &mut two] {
        peer.swarm.dial(hub.address.clone()).unwrap();
    }
    let named = async {
        loop {
            tokio::select! {
                _ = hub.swarm.select_next_some() => {}
                _ = one.swarm.select_next_some() => {}
                _ = two.swarm.select_next_some() => {}
                Some(target) = one.named.recv() => return (target, two.target()),
                Some(target) = two.named.recv() => return (target, one.target()),
            }
        }
    };
    let (target, wanted) = timeout(LIMIT, named).await.unwrap();
    assert_eq!(target, wanted);
}
