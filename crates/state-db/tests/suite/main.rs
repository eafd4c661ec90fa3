//! The state database from outside: recorded cases, a model, racing readers, and sudden death.

#![allow(clippy::unwrap_used, clippy::panic)]

mod crash;
mod forks;
mod model;
mod readers;
mod replay;
mod support;
mod vectors;
