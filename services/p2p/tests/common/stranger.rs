//! A peer that speaks the protocols by itself, with other code than the daemon's, and may lie.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use libp2p::identity::Keypair;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol, Swarm, SwarmBuilder, identify, noise, tcp, yamux,
};
use tokio::sync::watch;

use super::soon;

pub const PROTOCOL: StreamProtocol = StreamProtocol::new("/koinos/peerrpc/1.0.0");
/// What is gossiped to a stranger it takes, and does not heed.
pub const GOSSIP: StreamProtocol = StreamProtocol::new("/meshsub/1.1.0");

#[derive(NetworkBehaviour)]
struct Behaviour {
    identify: identify::Behaviour,
    streams: libp2p_stream::Behaviour,
}

/// What a stranger answers to the bytes of a request; nothing keeps the stream open and silent.
pub type Script = dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync;

/// The peer.
pub struct Stranger {
    pub id: PeerId,
    pub control: libp2p_stream::Control,
    /// How many connections there are.
    pub connections: watch::Receiver<usize>,
    /// How often it was connected and then disconnected.
    pub losses: watch::Receiver<usize>,
    pub asked: Arc<Mutex<Vec<String>>>,
    pub keypair: Keypair,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stranger {
    /// Connects to `address` and answers by `script`.
    pub async fn connect(address: Multiaddr, version: &str, script: Arc<Script>) -> Self {
        let keypair = Keypair::generate_ecdsa();
        let mut swarm = swarm(keypair.clone(), version);
        swarm.dial(address).unwrap();
        Self::live(swarm, keypair, script)
    }

    /// Waits at `address` and answers by `script`.
    pub async fn listen(address: Multiaddr, version: &str, script: Arc<Script>) -> Self {
        let keypair = Keypair::generate_ecdsa();
        let mut swarm = swarm(keypair.clone(), version);
        swarm.listen_on(address).unwrap();
        while !matches!(soon(swarm.select_next_some()).await, SwarmEvent::NewListenAddr { .. }) {}
        Self::live(swarm, keypair, script)
    }

    fn live(mut swarm: Swarm<Behaviour>, keypair: Keypair, script: Arc<Script>) -> Self {
        let mut control = swarm.behaviour().streams.new_control();
        let mut incoming = control.accept(PROTOCOL).unwrap();
        let mut gossip = control.accept(GOSSIP).unwrap();
        let (connections, watch_connections) = watch::channel(0);
        let (losses, watch_losses) = watch::channel(0);
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = asked.clone();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    event = swarm.select_next_some() => match event {
                        SwarmEvent::ConnectionEstablished { .. } => {
                            connections.send_modify(|count| *count += 1);
                        }
                        SwarmEvent::ConnectionClosed { .. } => {
                            connections.send_modify(|count| *count -= 1);
                            losses.send_modify(|count| *count += 1);
                        }
                        _ => {}
                    },
                    Some((_, stream)) = incoming.next() => {
                        tokio::spawn(answer(stream, script.clone(), noted.clone()));
                    }
                    Some((_, mut stream)) = gossip.next() => {
                        tokio::spawn(async move {
                            stream.read_to_end(&mut Vec::new()).await
                        });
                    }
                }
            }
        });
        let id = keypair.public().to_peer_id();
        let (connections, losses) = (watch_connections, watch_losses);
        Self { id, control, connections, losses, asked, keypair, task }
    }

    /// Waits until it is connected.
    pub async fn is_connected(&self) {
        let mut connections = self.connections.clone();
        soon(connections.wait_for(|count| *count > 0)).await.unwrap();
    }

    /// Waits until it was disconnected.
    pub async fn is_thrown_out(&self) {
        let mut losses = self.losses.clone();
        soon(losses.wait_for(|count| *count > 0)).await.unwrap();
    }

    /// Sends the bytes of a request and reads what comes until the end.
    pub async fn ask(&self, peer: PeerId, request: &[u8]) -> Vec<u8> {
        let mut stream = self.open(peer).await;
        // One that is cut off in the middle cannot be written to the end.
        let sent = async {
            stream.write_all(request).await?;
            stream.flush().await
        };
        let _ = soon(sent).await;
        let mut reply = Vec::new();
        // One that is cut off has an end, too.
        let _ = soon(stream.read_to_end(&mut reply)).await;
        reply
    }

    pub async fn open(&self, peer: PeerId) -> Stream {
        self.open_for(peer, PROTOCOL).await
    }

    pub async fn open_for(&self, peer: PeerId, protocol: StreamProtocol) -> Stream {
        soon(self.control.clone().open_stream(peer, protocol)).await.unwrap()
    }
}

fn swarm(keypair: Keypair, version: &str) -> Swarm<Behaviour> {
    let version = version.to_owned();
    SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|keypair| Behaviour {
            identify: identify::Behaviour::new(identify::Config::new(version, keypair.public())),
            streams: libp2p_stream::Behaviour::new(),
        })
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(3_600)))
        .build()
}

async fn answer(mut stream: Stream, script: Arc<Script>, noted: Arc<Mutex<Vec<String>>>) {
    let mut request = vec![0; 4_096];
    // Small requests come in one piece.
    let Ok(length) = stream.read(&mut request).await else { return };
    let request = &request[..length];
    noted.lock().unwrap().push(method(request));
    match script(request) {
        Some(reply) => {
            let sent = async {
                stream.write_all(&reply).await?;
                stream.close().await
            };
            // The other side may not want all of it.
            let _ = sent.await;
        }
        None => std::future::pending().await,
    }
}

/// The method in the bytes of a request.
pub fn method(request: &[u8]) -> String {
    ["GetChainID", "GetHeadBlock", "GetAncestorBlockID", "GetBlocks"]
        .into_iter()
        .find(|name| request.windows(name.len()).any(|part| part == name.as_bytes()))
        .unwrap_or("unknown")
        .to_owned()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut out = match bytes.len() {
        length @ 0..32 => vec![0xa0 | length as u8],
        length => [&[0xdb][..], &(length as u32).to_be_bytes()].concat(),
    };
    out.extend(bytes);
    out
}

/// A request of the protocol without arguments.
pub fn request(method: &str) -> Vec<u8> {
    let parts = [raw(b"Name"), raw(b"PeerRPCService"), raw(b"Method"), raw(method.as_bytes())];
    [&[0x82][..], &parts.concat(), &[0x80]].concat()
}

/// The header of a reply.
pub fn header(method: &str) -> Vec<u8> {
    let parts = [raw(b"Name"), raw(b"PeerRPCService"), raw(b"Method"), raw(method.as_bytes())];
    [&[0x81][..], &raw(b"Service"), &[0x82], &parts.concat()].concat()
}

/// A reply with an id.
pub fn id_reply(method: &str, id: &[u8]) -> Vec<u8> {
    [header(method), vec![0x81], raw(b"ID"), raw(id)].concat()
}

/// A reply with a head.
pub fn head_reply(id: &[u8], height: u64) -> Vec<u8> {
    let height = [&[0xcf][..], &height.to_be_bytes()].concat();
    [header("GetHeadBlock"), vec![0x82], raw(b"ID"), raw(id), raw(b"Height"), height].concat()
}

/// A reply with blocks.
pub fn blocks_reply(blocks: &[Vec<u8>]) -> Vec<u8> {
    let count = [&[0xdd][..], &(blocks.len() as u32).to_be_bytes()].concat();
    let blocks: Vec<u8> = blocks.iter().flat_map(|block| raw(block)).collect();
    [header("GetBlocks"), vec![0x81], raw(b"Blocks"), count, blocks].concat()
}

/// The numbers in a request for blocks: the first height and how many.
pub fn asked_blocks(request: &[u8]) -> (u64, u64) {
    let number = |name: &str| {
        let at = request.windows(name.len()).position(|part| part == name.as_bytes()).unwrap();
        let value = &request[at + name.len()..];
        match value[0] {
            0xcc => u64::from(value[1]),
            0xcd => u64::from(u16::from_be_bytes([value[1], value[2]])),
            0xce => u64::from(u32::from_be_bytes([value[1], value[2], value[3], value[4]])),
            small => u64::from(small),
        }
    };
    (number("StartBlockHeight"), number("NumBlocks"))
}
