//! What services in front of the bus share that are asked over HTTP: the listener and its
//! connections, limits in size, time and number, answers that are bounded in sum, and the way to the
//! bus while there is none yet.
//!
//! A service makes a [`Front`] from its limits, an axum `Router` for what it answers, and gives both
//! to [`serve`]. Each request carries its [`Peer`] as an extension.

mod answer;
mod body;
mod client;
mod connection;
mod life;
mod link;
mod meters;
mod options;
mod patient;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use bytes::Bytes;
use metrics::Gauge;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use answer::{closing, json, plain, unread};
pub use body::BodyFault;
pub use connection::{Active, Peer, listen, serve, shown};
pub use life::accompany;
pub use link::Link;
pub use meters::Meters;
pub use options::{FrontOptions, listen_address};

use body::Outstanding;
use client::Limiter;

/// Answers below this size are not worth compressing.
pub const COMPRESS_ABOVE: u64 = 1_400;
/// Requests of more than [`body::SMALL`] bytes that are read at the same time.
const LARGE_REQUESTS: usize = 16;

/// The limits of an HTTP service.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes the body of a request may have.
    pub max_request: usize,
    /// Connections at the same time.
    pub max_connections: usize,
    /// How long a client may keep the service waiting.
    pub client_timeout: Duration,
    /// Requests of a client in a second; 0 for any number.
    pub rate_limit: u32,
    /// Whether `X-Forwarded-For` names the client.
    pub forwarded: bool,
}

/// What all requests to a service share.
pub struct Front {
    limits: Limits,
    limiter: Option<Limiter>,
    large_requests: Semaphore,
    outstanding: Arc<Outstanding>,
    connections: Gauge,
    shutdown: CancellationToken,
}

impl Front {
    /// A front with these limits until `shutdown`; `connections` shows how many are open.
    pub fn new(limits: Limits, connections: Gauge, shutdown: CancellationToken) -> Self {
        Self {
            limiter: Limiter::new(limits.rate_limit),
            limits,
            large_requests: Semaphore::new(LARGE_REQUESTS),
            outstanding: Arc::default(),
            connections,
            shutdown,
        }
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Cancelled when the service is to stop.
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Whether the client at this address may make a request now.
    pub fn admits(&self, address: IpAddr) -> bool {
        self.limiter.as_ref().is_none_or(|limiter| limiter.admits(address))
    }

    /// The client's address: that of the connection, or the one its proxy tells.
    pub fn client(&self, connection: IpAddr, headers: &HeaderMap) -> IpAddr {
        let told = || client::forwarded_for(headers);
        self.limits.forwarded.then(told).flatten().unwrap_or(connection)
    }

    /// Reads the body of a request.
    ///
    /// # Errors
    /// When it is too large, comes too slowly, or breaks off.
    pub async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, BodyFault> {
        body::read(&self.limits, &self.large_requests, headers, body).await
    }

    /// A body that counts until it is sent or given up; `None` when clients have not taken too many
    /// bytes of earlier answers yet.
    pub fn hold(&self, bytes: Bytes) -> Option<Body> {
        self.outstanding.hold(bytes)
    }
}
