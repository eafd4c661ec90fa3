//! The bus between Koinos services: AMQP 0-9-1 on RabbitMQ.
//!
//! A [`Bus`] owns two connections, one for requests and one for broadcasts, and keeps them: when the
//! broker goes away it reconnects with back-off, declares the topology again and resumes every
//! [`Bus::serve`] and [`Bus::subscribe`]. It calls other services ([`koinos_rpc::Transport`]), publishes broadcasts
//! in order, serves requests concurrently, or in order ([`Bus::serve_in_order`]), and hands broadcasts over
//! one by one.
//!
//! What crosses the wire (exchanges, queues, properties) is fixed by the protocol and shared with
//! every other implementation; what is promised beyond it:
//!
//! * Requests are published `mandatory`: a service that has never run is reported at once.
//! * Requests are acknowledged after their reply is at the broker, so a crash in between makes
//!   the broker deliver them again, once; handlers must be idempotent.
//! * At most `2 * jobs` requests and 32 broadcasts per topic are in the process at a time; the
//!   broker keeps the rest.
//! * With several URLs the next is used when one fails; which of them does not matter to anybody.
//! * Broadcasts made while the broker is away wait in a bounded outbox (see [`Config`]).

mod backoff;
mod bus;
mod client;
mod config;
mod consumption;
mod error;
mod line;
mod outbox;
mod publisher;
mod publishing;
mod server;
mod session;
mod subscriber;
mod tls;

pub use bus::Bus;
pub use config::Config;
pub use error::Error;
pub use subscriber::Event;
pub use tls::Tls;
