//! A whole node: its services as they are built, on a real broker, used by wallets over HTTP, while
//! processes, connections and the broker go away.
#![cfg(test)]

mod catch_up;
mod chaos;
mod client;
mod heard;
#[allow(dead_code, reason = "shared with the tests of several nodes")]
mod node;
mod order;
mod race;
mod rest;
mod wallet;
