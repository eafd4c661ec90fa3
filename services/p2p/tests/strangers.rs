//! Peers that lie, that babble, that are silent: they cost their own connection and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests may")]

mod common;

use std::sync::Arc;

use common::stranger::{
    GOSSIP, Stranger, asked_blocks, blocks_reply, head_reply, header, id_reply, method, request,
};
use common::{Node, Script, chain_id, height, line, soon};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use koinos_proto::protocol::Block;
use koinos_testkit::free_ports;
use libp2p::core::PeerRecord;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use prost::Message;

const CHAIN: &str = "a chain";
const VERSION: &str = "koinos/p2p/1.0.0";

/// What becomes of the blocks that a stranger sends.
type Bend = fn(&[Block]) -> Vec<Vec<u8>>;

/// A stranger's script with a chain of blocks that it does not send as they are.
fn liar(blocks: Vec<Block>, bend: Bend) -> Arc<common::stranger::Script> {
    Arc::new(move |asked| {
        let last = blocks.last().unwrap();
        Some(match method(asked).as_str() {
            "GetChainID" => id_reply("GetChainID", &chain_id(CHAIN)),
            "GetHeadBlock" => head_reply(&last.id, height(last)),
            "GetBlocks" => {
                let (start, count) = asked_blocks(asked);
                let from = start as usize - 1;
                blocks_reply(&bend(&blocks[from..from + count as usize]))
            }
            _ => id_reply("GetAncestorBlockID", &blocks[0].id),
        })
    })
}

fn encoded(blocks: &[Block]) -> Vec<Vec<u8>> {
    blocks.iter().map(Message::encode_to_vec).collect()
}

/// A node with a good peer that has the longer chain after a while.
async fn node() -> Node {
    let script = Script::new(CHAIN);
    script.load(&line(None, 5, b"good"));
    Node::start(script, &[], &[]).await
}

/// The node still gives to others and takes from them.
async fn is_well(node: &Node) {
    let script = Script::new(CHAIN);
    let mut blocks: Vec<Block> = Vec::new();
    blocks.extend(line(None, 5, b"other"));
    script.load(&blocks);
    script.load(&line(script.head().as_ref(), 100, b"other"));
    let good = Node::start(script, &[node], &[]).await;
    node.reaches(105).await;
    drop(good);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_of_other_chains_and_other_networks_are_thrown_out() {
    let node = node().await;
    let other: Arc<common::stranger::Script> =
        Arc::new(|_| Some(id_reply("GetChainID", &chain_id("another"))));
    let wrong_chain = Stranger::connect(node.multiaddr(), VERSION, other).await;
    wrong_chain.is_thrown_out().await;
    node.daemon.wait_for("it is a peer of another chain", common::LIMIT).unwrap();

    let silent: Arc<common::stranger::Script> = Arc::new(|_| None);
    let foreign = Stranger::connect(node.multiaddr(), "ipfs/0.1.0", silent).await;
    foreign.is_thrown_out().await;
    assert!(foreign.asked.lock().unwrap().is_empty(), "it was asked nothing");
    is_well(&node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_liars_send_goes_nowhere() {
    let node = node().await;
    let long = line(None, 50, b"long");
    let bends: [Bend; 6] = [
        // Out of order.
        |blocks| encoded(&blocks.iter().rev().cloned().collect::<Vec<_>>()),
        // Too few.
        |blocks| encoded(&blocks[..blocks.len() - 1]),
        // Others.
        |blocks| encoded(&line(None, blocks.len() as u64, b"others")),
        // No blocks.
        |blocks| vec![vec![0xff; 100]; blocks.len()],
        // With ids that are not theirs.
        |blocks| {
            let mut blocks = blocks.to_vec();
            for block in &mut blocks {
                block.header.as_mut().unwrap().timestamp += 1;
            }
            encoded(&blocks)
        },
        // None at all.
        |_| Vec::new(),
    ];
    let mut strangers = Vec::new();
    for bend in bends {
        let script = liar(long.clone(), bend);
        strangers.push(Stranger::connect(node.multiaddr(), VERSION, script).await);
    }
    for stranger in &strangers {
        let asked = stranger.asked.clone();
        let was_asked = || asked.lock().unwrap().iter().any(|method| method == "GetBlocks");
        let asked = koinos_testkit::poll("request for blocks", common::LIMIT, || {
            Ok(was_asked().then_some(()))
        });
        asked.unwrap_or_else(|error| panic!("{error}:\n{}", node.daemon.output()));
    }
    is_well(&node).await;
    assert!(long.iter().all(|block| !node.script.has(&block.id)), "nothing of it is believed");
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_that_the_chain_refuses_are_not_submitted_for_ever() {
    let node = node().await;
    let bad = line(None, 50, b"bad");
    node.script.refuse(&bad[20]);
    let stranger = Stranger::connect(node.multiaddr(), VERSION, liar(bad.clone(), encoded)).await;
    node.daemon.wait_for("was refused: invalid signature", common::LIMIT).unwrap();
    assert!(node.script.has(&bad[19].id) && !node.script.has(&bad[20].id));
    node.wait_for_detail("peers", |peers| {
        let is_scored = |peer: &serde_json::Value| {
            peer["id"] == stranger.id.to_string() && peer["score"].as_f64() >= Some(4_000.0)
        };
        peers.as_array().is_some_and(|peers| peers.iter().any(is_scored))
    });
    let submitted = node.script.submitted();
    is_well(&node).await;
    assert!(node.script.submitted() < submitted + 150, "{submitted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_endless_and_slow_answers() {
    let node = node().await;
    // 100 MB are announced, endless arrays, garbage, silence.
    let scripts: Vec<Arc<common::stranger::Script>> = vec![
        Arc::new(|asked| {
            let frame = [0xdb, 0x06, 0x40, 0, 0];
            Some([header(&method(asked)), vec![0x81, 0xa2, b'I', b'D'], frame.to_vec()].concat())
        }),
        Arc::new(|_| Some([0x91].repeat(200_000))),
        Arc::new(|_| Some(vec![0xc1; 1_000])),
        Arc::new(|asked| match method(asked).as_str() {
            "GetChainID" => Some(id_reply("GetChainID", &chain_id(CHAIN))),
            "GetHeadBlock" => Some(head_reply(&[0x12; 34], 1_000_000)),
            _ => None,
        }),
        Arc::new(|_| None),
    ];
    let mut strangers = Vec::new();
    for script in scripts {
        let stranger = Stranger::connect(node.multiaddr(), VERSION, script).await;
        stranger.is_connected().await;
        strangers.push(stranger);
    }
    is_well(&node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_endless_and_slow_requests() {
    let node = node().await;
    let honest: Arc<common::stranger::Script> =
        Arc::new(|_| Some(id_reply("GetChainID", &chain_id(CHAIN))));
    let stranger = Stranger::connect(node.multiaddr(), VERSION, honest).await;
    stranger.is_connected().await;
    let reply = stranger.ask(node.peer, &request("GetChainID")).await;
    assert_eq!(reply, reply_of(&chain_id(CHAIN)));

    for garbage in [
        vec![0xc1; 100],
        [0x91].repeat(10_000),
        vec![0xdb, 0xff, 0xff, 0xff, 0xff],
        [&[0x82][..], &[0xdb, 0x06, 0x40, 0, 0], &[b'x'; 60_000]].concat(),
    ] {
        let reply = stranger.ask(node.peer, &garbage).await;
        assert!(reply.is_empty(), "{reply:x?}");
    }
    let unknown = stranger.ask(node.peer, &request("GetEverything")).await;
    assert!(unknown.ends_with(&[0xc0]), "{unknown:x?}");

    // Streams that are opened and say nothing, or little, or do not listen.
    let mut silent = Vec::new();
    for number in 0..200 {
        let mut control = stranger.control.clone();
        let opened = control.open_stream(node.peer, common::stranger::PROTOCOL);
        let Ok(Ok(mut stream)) =
            tokio::time::timeout(std::time::Duration::from_secs(5), opened).await
        else {
            break;
        };
        let _ = stream.write_all(&request("GetHeadBlock")[..number % 40]).await;
        let _ = stream.flush().await;
        silent.push(stream);
    }
    assert!(silent.len() >= 32, "{}", silent.len());
    // Another peer does not notice.
    let honest: Arc<common::stranger::Script> =
        Arc::new(|_| Some(id_reply("GetChainID", &chain_id(CHAIN))));
    let other = Stranger::connect(node.multiaddr(), VERSION, honest).await;
    other.is_connected().await;
    assert_eq!(other.ask(node.peer, &request("GetChainID")).await, reply_of(&chain_id(CHAIN)));
    // Streams beyond those that are answered at a time have been cut off.
    let mut last = silent.pop().unwrap();
    let mut byte = [0];
    let end = soon(last.read(&mut byte)).await;
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    is_well(&node).await;
}

fn reply_of(id: &[u8]) -> Vec<u8> {
    // As the daemon writes it: ids of 34 bytes have two bytes of length.
    let mut reply = header("GetChainID");
    reply.extend([0x81, 0xa2, b'I', b'D', 0xda, 0, 0x22]);
    reply.extend(id);
    reply
}

/// The RPC of gossip that drops a peer and names others, by their ids and what they have signed.
fn prune(named: &[(PeerId, &[u8])]) -> Vec<u8> {
    let field = |number: u8, bytes: &[u8]| {
        let mut out = vec![number << 3 | 2];
        prost::encode_length_delimiter(bytes.len(), &mut out).unwrap();
        [out, bytes.to_vec()].concat()
    };
    let infos = named
        .iter()
        .map(|(peer, record)| field(2, &[field(1, &peer.to_bytes()), field(2, record)].concat()));
    let body = [field(1, b"koinos.blocks"), infos.collect::<Vec<_>>().concat()].concat();
    let rpc = field(3, &field(4, &body));
    let mut frame = Vec::new();
    prost::encode_length_delimiter(rpc.len(), &mut frame).unwrap();
    [frame, rpc].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_are_named_are_called_if_they_have_signed_where_they_are() {
    let node = node().await;
    let silent: Arc<common::stranger::Script> = Arc::new(|_| None);
    let mut at = Vec::new();
    for port in free_ports::<2>().unwrap() {
        let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
        at.push((Stranger::listen(address.clone(), VERSION, silent.clone()).await, address));
    }
    let signed = |keypair: &Keypair, address: &Multiaddr| {
        let record = PeerRecord::new_interop(keypair, vec![address.clone()]).unwrap();
        record.into_signed_envelope().into_protobuf_encoding()
    };
    let teller = Stranger::connect(node.multiaddr(), VERSION, silent).await;
    teller.is_connected().await;
    let [(true_one, true_place), (false_one, false_place)] = &at[..] else { unreachable!() };
    // The one is named with the other's signature, the other with its own.
    let stolen = signed(&true_one.keypair, false_place);
    let good = signed(&true_one.keypair, true_place);
    let frame = prune(&[(false_one.id, &stolen), (true_one.id, &good), (false_one.id, b"rubbish")]);
    let mut stream = teller.open_for(node.peer, GOSSIP).await;
    soon(stream.write_all(&frame)).await.unwrap();
    soon(stream.flush()).await.unwrap();
    true_one.is_connected().await;
    assert_eq!(*false_one.connections.borrow(), 0);
}
