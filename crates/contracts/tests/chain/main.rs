//! The contracts on a chain: blocks and transactions through the controller, in memory.

mod counter;
mod names;
mod pob;
mod support;
mod token;
