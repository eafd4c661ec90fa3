//! Replay of the recorded chains, by the library and by the command.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod checked;
mod command;
mod deltas;
mod sets;
mod support;
