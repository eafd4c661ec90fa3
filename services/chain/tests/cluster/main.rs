//! The chain service with a real broker and a real block store: the protocol on the wire, the order
//! of blocks, loss of processes and of the broker, and bad input.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod brokers;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod node;
#[cfg(test)]
mod order;
#[cfg(test)]
mod wire;
