//! The state database from outside: recorded cases, a model, racing readers, and sudden death.

mod crash;
mod forks;
mod model;
mod readers;
mod replay;
mod support;
mod vectors;
