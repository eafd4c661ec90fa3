//! The chain service with a real broker and a real block store: the protocol on the wire, loss of
//! processes and of the broker, and bad input.

mod bad_input;
mod faults;
mod node;
mod wire;
