//! The way to the bus, which there is none of until the broker is there.

use std::sync::OnceLock;

use bytes::Bytes;
use koinos_rpc::{BoxFuture, CallOptions, RpcError, Transport};
use koinos_service::Bus;

/// A transport that fails calls as long as there is no bus, so that clients get an answer from the
/// start.
#[derive(Default)]
pub(crate) struct Link(OnceLock<Bus>);

impl Link {
    /// From now on, calls go over `bus`.
    pub(crate) fn connect(&self, bus: Bus) {
        // A service is started once.
        let _ = self.0.set(bus);
    }
}

impl Transport for Link {
    fn call_raw<'a>(
        &'a self,
        service: &'a str,
        request: Bytes,
        options: CallOptions,
    ) -> BoxFuture<'a, Result<Bytes, RpcError>> {
        match self.0.get() {
            Some(bus) => bus.call_raw(service, request, options),
            None => Box::pin(std::future::ready(Err(RpcError::NotConnected))),
        }
    }

    fn broadcast(&self, topic: &str, payload: Bytes) {
        if let Some(bus) = self.0.get() {
            bus.broadcast(topic, payload);
        }
    }
}
