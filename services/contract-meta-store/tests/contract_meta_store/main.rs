//! The contract meta store: its answers, and the daemon over a real broker.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod answers;
mod daemon;
#[path = "../../../../crates/index/tests/support/mod.rs"]
mod support;

use koinos_testkit::memory::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;
