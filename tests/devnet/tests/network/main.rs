//! Several whole nodes that are peers: blocks and transactions travel between them, a late one syncs, a
//! network falls apart and comes together again, a process dies in the middle of it, and a hostile peer
//! gets nowhere.
#![cfg(test)]

mod admin;
#[path = "../node/client.rs"]
#[allow(dead_code, reason = "shared with the tests of one node")]
mod client;
mod gossip;
mod hostile;
mod maker;
#[path = "../node/node.rs"]
#[allow(dead_code, reason = "shared with the tests of one node")]
mod node;
mod partition;
mod peers;
mod sync;
#[path = "../node/wallet.rs"]
#[allow(dead_code, reason = "shared with the tests of one node")]
mod wallet;
