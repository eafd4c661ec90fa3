//! The chain service: consensus, contracts and state, on AMQP.

pub mod answer;
pub mod config;
pub mod replay;

/// Stack of threads that execute contracts, in bytes. Nested contracts nest on it.
pub const STACK_SIZE: usize = 64 << 20;
