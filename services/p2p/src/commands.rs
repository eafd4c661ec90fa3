//! What the operator asks and tells, on the admin socket.

use std::sync::Arc;
use std::time::Instant;

use koinos_service::events as ids;
use libp2p::PeerId;
use serde_json::{Value, json};
use tracing::info;

use crate::node::Node;
use crate::peers::{Target, target};
use crate::score::ip;

/// The connected peers, as they are shown.
pub fn list(node: &Node) -> Value {
    let now = Instant::now();
    let peers = node.registry.all().into_iter().map(|(id, peer)| {
        let score = node.registry.scores().lock().of(id, Some(&peer.address), now);
        json!({
            "id": id.to_string(),
            "address": peer.address.to_string(),
            "direction": if peer.outbound { "out" } else { "in" },
            "connections": peer.connections,
            "connected_s": now.saturating_duration_since(peer.since).as_secs(),
            "agent": peer.agent,
            "protocol": peer.protocol.borrow().clone(),
            "koinos": peer.verified,
            "height": peer.head.height,
            "head": (!peer.head.id.is_empty()).then(|| format!("0x{}", hex::encode(&peer.head.id))),
            "rtt_ms": peer.round_trip.map(|time| (time.as_secs_f64() * 1e5).round() / 100.0),
            "score": score.round(),
            "blocks_received": peer.received.0,
            "bytes_received": peer.received.1,
        })
    });
    Value::Array(peers.collect())
}

/// Everything about peers.
pub fn peers(node: &Node) -> Value {
    let store = node.store.lock();
    let banned: Vec<String> = store.banned().iter().map(PeerId::to_string).collect();
    let added: Vec<String> = store.added().iter().map(text).collect();
    let known: Vec<String> = store.targets().map(|target| text(&target)).collect();
    drop(store);
    json!({
        "id": node.network.id().to_string(),
        "peers": list(node),
        "banned": banned,
        "added": added,
        "known": known,
    })
}

fn text(target: &Target) -> String {
    match target.peer {
        Some(peer) => format!("{}/p2p/{peer}", target.address),
        None => target.address.to_string(),
    }
}

fn peer_id(argument: &Value) -> Result<PeerId, String> {
    let text = argument["peer"].as_str().ok_or(r#"say which: {"peer": "Qm..."}"#)?;
    // The id alone, or at the end of an address.
    let id = text.rsplit('/').next().unwrap_or(text);
    id.parse().map_err(|error| format!("{id} is not the id of a peer: {error}"))
}

/// Bans `{"peer": "Qm..."}` until that is taken back.
///
/// # Errors
/// What is wrong.
pub async fn ban(node: Arc<Node>, argument: Value) -> Result<Value, String> {
    let peer = peer_id(&argument)?;
    {
        let mut store = node.store.lock();
        store.ban(peer);
        store.save().map_err(|error| error.to_string())?;
    }
    node.schedule.lock().remove(&peer);
    node.registry.scores().lock().ban(peer);
    node.network.disconnect(peer).await;
    let id = ids::PEER_BANNED;
    info!(message_id = id, koinos_peer = %peer, "Peer {peer} is banned by the operator");
    Ok(json!({ "banned": peer.to_string() }))
}

/// Takes a ban back, and what the peer `{"peer": "Qm..."}` and its address have done.
///
/// # Errors
/// What is wrong.
pub fn unban(node: &Node, argument: &Value) -> Result<Value, String> {
    let peer = peer_id(argument)?;
    let was_banned = {
        let mut store = node.store.lock();
        let was_banned = store.unban(&peer);
        store.save().map_err(|error| error.to_string())?;
        was_banned
    };
    let address = node.registry.get(&peer).and_then(|known| ip(&known.address));
    node.registry.scores().lock().forgive(Some(peer), address);
    let id = ids::PEER_UNBANNED;
    info!(message_id = id, koinos_peer = %peer, "Peer {peer} is not banned any more");
    Ok(json!({ "peer": peer.to_string(), "was_banned": was_banned }))
}

/// Adds `{"peer": "/ip4/.../tcp/.../p2p/Qm..."}` to those that are always connected to.
///
/// # Errors
/// What is wrong.
pub async fn add(node: Arc<Node>, argument: Value) -> Result<Value, String> {
    let address = argument["peer"].as_str().ok_or(r#"say which: {"peer": "/ip4/..."}"#)?;
    let target = target(address)?;
    if target.peer == Some(node.network.id()) {
        return Err(format!("{address} is this node itself"));
    }
    if let Some(peer) = target.peer
        && node.store.lock().banned().contains(&peer)
    {
        return Err(format!("{peer} is banned; take that back first"));
    }
    {
        let mut store = node.store.lock();
        store.add(target.clone());
        store.save().map_err(|error| error.to_string())?;
    }
    node.schedule.lock().add(target.clone(), true, Instant::now());
    Ok(json!({ "added": text(&target) }))
}
