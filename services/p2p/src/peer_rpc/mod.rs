//! The peer RPC: what nodes ask each other over streams of their own (gorpc).

mod client;
mod message;
mod msgpack;
mod server;

pub use client::{CallError, PeerRpc};
pub use message::{Head, PROTOCOL};
pub use server::{Answerer, Backend, StoredBlocks};
