//! The way to the bus, which there is none of until the broker is there.

use std::time::Duration;

use bytes::Bytes;
use koinos_mq::Bus;
use koinos_rpc::{BoxFuture, CallOptions, RpcError, Transport};
use tokio::sync::SetOnce;
use tokio::time::Instant;

/// How long after the start calls wait for the bus. Clients of a socket that outlives the daemon are
/// there before it has reached the broker.
const PATIENCE: Duration = Duration::from_secs(2);

/// A transport that fails calls as long as there is no bus, so that clients get an answer from the
/// start.
pub struct Link {
    bus: SetOnce<Bus>,
    patient_until: Instant,
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

impl Link {
    /// A way that does not lead anywhere yet.
    pub fn new() -> Self {
        Self { bus: SetOnce::new(), patient_until: Instant::now() + PATIENCE }
    }

    /// From now on, calls go over `bus`.
    pub fn connect(&self, bus: Bus) {
        // A service is started once.
        let _ = self.bus.set(bus);
    }
}

impl Transport for Link {
    fn call_raw<'a>(
        &'a self,
        service: &'a str,
        request: Bytes,
        options: CallOptions,
    ) -> BoxFuture<'a, Result<Bytes, RpcError>> {
        if let Some(bus) = self.bus.get() {
            return bus.call_raw(service, request, options);
        }
        Box::pin(async move {
            match tokio::time::timeout_at(self.patient_until, self.bus.wait()).await {
                Ok(bus) => bus.call_raw(service, request, options).await,
                Err(_) => Err(RpcError::NotConnected),
            }
        })
    }

    fn broadcast(&self, topic: &str, payload: Bytes) {
        if let Some(bus) = self.bus.get() {
            bus.broadcast(topic, payload);
        }
    }
}
