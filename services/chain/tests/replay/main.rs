//! Replay of the recorded chains, by the library and by the command.

mod checked;
mod command;
mod deltas;
mod sets;
mod support;
