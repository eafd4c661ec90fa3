//! The runtime of every Koinos daemon.
//!
//! A daemon is a [`Service`]; [`run`] is all of its `main`. In this order: inherited sockets,
//! command line and configuration, logging, the async runtime, the admin socket, storage
//! ([`Service::open`]), the broker, serving ([`Service::start`]), readiness; then signals, watchdog
//! and reloading; at the end the bus is drained and the storage closed ([`Service::close`]).
//!
//! Under systemd the daemon reports readiness, status and liveness and logs to the journal;
//! without it, it does the same work and logs readable lines.

mod admin;
pub mod config;
mod context;
mod describe;
pub mod exit;
mod launch;
mod legacy;
pub mod logging;
mod memory;
mod options;
mod printed;
mod runtime;
mod secrets;
mod service;
mod status;
mod systemd;
mod yaml;

pub use context::{Context, blocking};
pub use exit::Fatal;
pub use koinos_events as events;
pub use koinos_mq::{Bus, Event};
pub use launch::{broker_config, command};
pub use legacy::database_directory;
pub use options::{BasedirRoot, CommonOptions, LogFormat, LogLevel};
pub use runtime::run;
pub use secrets::{broker_password, credential};
pub use service::{Info, Service, processors};
pub use systemd::Inherited;
pub use yaml::ConfigFile;
