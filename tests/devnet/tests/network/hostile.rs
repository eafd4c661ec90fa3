//! A peer that speaks nonsense costs nobody but itself.

use std::time::Duration;

use koinos_codec::text::from_base64url;
use koinos_local::resident_bytes;
use libp2p::futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::swarm::SwarmEvent;
use libp2p::{PeerId, Stream, StreamProtocol, SwarmBuilder, noise, tcp, yamux};
use libp2p_stream::{Behaviour, Control};
use rand::RngCore;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::admin::wait_for_peers;
use crate::client::{Client, text};
use crate::maker::{Maker, STEP};
use crate::node::{LIMIT, Node, Service};
use crate::peers::{follower, wait_for_head};
use crate::wallet::Account;

const PEER_RPC: StreamProtocol = StreamProtocol::new("/koinos/peerrpc/1.0.0");
/// The name of the service in every call.
const SERVICE: &[u8] = b"\x82\xa4Name\xaePeerRPCService\xa6Method";
/// What p2p may have in memory at the end, in bytes.
const MEMORY: u64 = 150_000_000;
/// Streams that are opened and not used.
const SLOW: usize = 200;
/// Bytes in a value that never ends: more than p2p may have in memory.
const ENDLESS: usize = 200 << 20;

/// How a peer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Not at all.
    Silent,
    /// With random bytes.
    Garbage,
    /// With the id of another chain.
    WrongChain,
    /// Well at first, then with a block that has no end.
    Endless,
    /// Well at first, then with blocks that are none.
    InvalidBlocks,
}

/// A peer that is not what it should be.
struct Hostile {
    control: Control,
    victim: PeerId,
}

impl Hostile {
    /// Connects to a node, and answers it in that manner.
    async fn connect(port: u16, chain_id: &[u8], manner: Manner) -> Self {
        let mut swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| Behaviour::new())
            .unwrap()
            .with_swarm_config(|config| config.with_idle_connection_timeout(LIMIT))
            .build();
        let mut control = swarm.behaviour().new_control();
        let mut incoming = control.accept(PEER_RPC).unwrap();
        swarm
            .dial(format!("/ip4/127.0.0.1/tcp/{port}").parse::<libp2p::Multiaddr>().unwrap())
            .unwrap();
        let victim = timeout(LIMIT, async {
            loop {
                if let SwarmEvent::ConnectionEstablished { peer_id, .. } =
                    swarm.select_next_some().await
                {
                    return peer_id;
                }
            }
        });
        let victim = victim.await.unwrap();
        tokio::spawn(async move {
            loop {
                swarm.select_next_some().await;
            }
        });
        let chain_id = chain_id.to_vec();
        tokio::spawn(async move {
            while let Some((_, stream)) = incoming.next().await {
                // It is the other side's to complain.
                tokio::spawn(answer(stream, chain_id.clone(), manner));
            }
        });
        Self { control, victim }
    }

    /// Sends bytes as a call, and waits until the node has had enough, or has answered.
    async fn call(&mut self, bytes: &[u8]) {
        let Ok(mut stream) = self.control.open_stream(self.victim, PEER_RPC).await else { return };
        let exchange = async {
            // Either may be cut off.
            let _ = stream.write_all(bytes).await;
            let _ = stream.flush().await;
            let mut rest = Vec::new();
            let _ = (&mut stream).take(1 << 20).read_to_end(&mut rest).await;
        };
        timeout(LIMIT, exchange).await.expect("the node ends what makes no sense");
    }
}

/// Answers one call of the node.
async fn answer(mut stream: Stream, chain_id: Vec<u8>, manner: Manner) -> std::io::Result<()> {
    let mut request = vec![0; 4096];
    let length = stream.read(&mut request).await?;
    let called = |name: &[u8]| request[..length].windows(name.len()).any(|part| part == name);
    let reply = match manner {
        Manner::Silent => return std::future::pending().await,
        Manner::Garbage => {
            let mut bytes = vec![0; 1 << 16];
            rand::rng().fill_bytes(&mut bytes);
            bytes
        }
        Manner::WrongChain => success(b"GetChainID", &[b"\x81\xa2ID", &raw(&[7; 34])[..]].concat()),
        Manner::Endless | Manner::InvalidBlocks if called(b"GetChainID") => {
            success(b"GetChainID", &[b"\x81\xa2ID", &raw(&chain_id)[..]].concat())
        }
        Manner::Endless | Manner::InvalidBlocks if called(b"GetHeadBlock") => {
            let id = [&b"\x12\x20"[..], &[9; 32]].concat();
            let body = [&b"\x82\xa2ID"[..], &raw(&id), b"\xa6Height\xcd\x27\x10"].concat();
            success(b"GetHeadBlock", &body)
        }
        Manner::Endless if called(b"GetBlocks") => {
            let head = success(b"GetBlocks", b"\x81\xa6Blocks\x91\xdb\xff\xff\xff\xff");
            stream.write_all(&head).await?;
            let piece = vec![0; 1 << 16];
            for _ in 0..ENDLESS / piece.len() {
                stream.write_all(&piece).await?;
            }
            return Ok(());
        }
        _ if called(b"GetBlocks") => {
            let mut body = b"\x81\xa6Blocks\xdc\x01\xf4".to_vec();
            (0..500).for_each(|_| body.extend(raw(&[0xff; 100])));
            success(b"GetBlocks", &body)
        }
        _ => success(b"GetAncestorBlockID", &[b"\x81\xa2ID", &raw(&[1; 34])[..]].concat()),
    };
    stream.write_all(&reply).await?;
    stream.close().await
}

/// Bytes in the form of the protocol, with 16 bits of length.
fn raw(bytes: &[u8]) -> Vec<u8> {
    [&[0xda, (bytes.len() >> 8) as u8, bytes.len() as u8], bytes].concat()
}

/// The name of a method, which is shorter than 32 bytes.
fn method(name: &[u8]) -> Vec<u8> {
    [&[0xa0 | name.len() as u8], name].concat()
}

/// The answer to a call that went well.
fn success(name: &[u8], body: &[u8]) -> Vec<u8> {
    [b"\x81\xa7Service", SERVICE, &method(name), body].concat()
}

/// Calls that no program makes.
fn nonsense() -> Vec<Vec<u8>> {
    let mut garbage = vec![0; 1 << 16];
    rand::rng().fill_bytes(&mut garbage);
    let unknown = [SERVICE, &method(b"NoSuchMethod"), b"\x80"].concat();
    let mut deep = [SERVICE, &method(b"GetBlocks")].concat();
    deep.extend(vec![0x91; 1 << 20]);
    let mut huge =
        [SERVICE, &method(b"GetBlocks"), b"\x83\xabHeadBlockID\xdb\xff\xff\xff\xff"].concat();
    huge.extend(vec![0; 100 << 20]);
    let many = [
        SERVICE,
        &method(b"GetBlocks"),
        b"\x83\xabHeadBlockID\xda\x00\x02\x12\x20\xb0StartBlockHeight\x01\xa9NumBlocks\xce\xff\xff\xff\xff",
    ];
    vec![Vec::new(), garbage, unknown, deep, huge, many.concat()]
}

/// Bytes that are not even libp2p, and connections on which little comes.
async fn no_libp2p(port: u16) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for number in 0..SLOW {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        match number % 2 {
            0 => stream.write_all(b"\x13").await.unwrap(),
            _ => {
                let mut bytes = vec![0; 1 << 12];
                rand::rng().fill_bytes(&mut bytes);
                stream.write_all(&bytes).await.unwrap();
            }
        }
        held.push(stream);
    }
    held
}

/// The node has its good peer, and blocks get there.
async fn is_well(node: &Node, one: &mut Client, two: &mut Client) {
    let id = Maker::new().extend(one, 3, STEP).await;
    wait_for_head(two, &id).await;
    let memory = resident_bytes(node.pid(Service::P2p)).unwrap();
    assert!(memory < MEMORY, "p2p has {memory} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_peers_cost_their_own_connections() {
    let accounts = Account::some(1);
    let node = follower(&accounts, "fifo", &[]);
    let friend = follower(&accounts, "fifo", &[node.p2p_port]);
    wait_for_peers(&node, 1).await;
    let (mut one, mut two) = (node.client(), friend.client());
    is_well(&node, &mut one, &mut two).await;
    let reply = one.call("chain.get_chain_id", json!({})).await;
    let chain_id = from_base64url(&text(&reply["chain_id"])).unwrap();

    let mut held = no_libp2p(node.p2p_port).await;
    is_well(&node, &mut one, &mut two).await;
    // They are not kept for ever.
    let mut byte = [0; 4096];
    let ended = async { while held[0].read(&mut byte).await.is_ok_and(|count| count > 0) {} };
    timeout(LIMIT, ended).await.expect("a connection on which nothing comes is closed");

    let mut peer = Hostile::connect(node.p2p_port, &chain_id, Manner::Silent).await;
    for bytes in nonsense() {
        peer.call(&bytes).await;
    }
    is_well(&node, &mut one, &mut two).await;
    let mut slow = Hostile::connect(node.p2p_port, &chain_id, Manner::Silent).await;
    let mut streams = Vec::new();
    for _ in 0..SLOW {
        let opening = slow.control.open_stream(slow.victim, PEER_RPC);
        // At some number it may have enough.
        if let Ok(Ok(mut stream)) = timeout(Duration::from_secs(5), opening).await {
            let _ = stream.write_all(b"\x82").await;
            streams.push(stream);
        }
    }
    is_well(&node, &mut one, &mut two).await;

    let manners = [Manner::Garbage, Manner::WrongChain, Manner::Endless, Manner::InvalidBlocks];
    let mut peers = Vec::new();
    for manner in manners {
        peers.push(Hostile::connect(node.p2p_port, &chain_id, manner).await);
        is_well(&node, &mut one, &mut two).await;
    }
    assert_eq!(node.log(Service::P2p).matches("panicked").count(), 0);
    drop(streams);
}
