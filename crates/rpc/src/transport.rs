//! How a call travels, whatever carries it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;

use crate::{Contract, RpcError, ServiceError};

/// A future that can be sent between threads, boxed so that the trait stays usable as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What to do when a call gets no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryPolicy {
    /// One attempt; absence, loss of the connection and silence are errors at once.
    None,
    /// Attempts for ever, each twice as patient as the one before, up to 30 s; an absent service
    /// and a broker that is away are waited for. Drop the call to give up.
    Exponential,
}

/// Patience of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallOptions {
    /// How long the first attempt may take; it is also the request's time to live in its queue.
    pub timeout: Duration,
    /// What follows when it does.
    pub retry: RetryPolicy,
}

impl CallOptions {
    /// One attempt of `timeout`.
    pub const fn once(timeout: Duration) -> Self {
        Self { timeout, retry: RetryPolicy::None }
    }

    /// Attempts for ever, the first of `timeout`.
    pub const fn persistent(timeout: Duration) -> Self {
        Self { timeout, retry: RetryPolicy::Exponential }
    }
}

/// Carries requests, replies and broadcasts.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` to `service` and waits for the reply's bytes.
    fn call_raw<'a>(
        &'a self,
        service: &'a str,
        request: Bytes,
        options: CallOptions,
    ) -> BoxFuture<'a, Result<Bytes, RpcError>>;

    /// Publishes `payload` on `topic` without waiting. Broadcasts of one transport keep their
    /// order.
    fn broadcast(&self, topic: &str, payload: Bytes);
}

/// Calls a service and returns its reply.
///
/// # Errors
/// [`RpcError::Service`] with the service's own error, or how the call failed on the way.
pub async fn call<C: Contract>(
    transport: &dyn Transport,
    call: C::Call,
    options: CallOptions,
) -> Result<C::Reply, RpcError> {
    let request = C::request(call).encode_to_vec().into();
    let bytes = transport.call_raw(C::NAME, request, options).await?;
    let response = C::Response::decode(bytes)
        .map_err(|source| RpcError::BadReply { service: C::NAME.to_owned(), source })?;
    match C::reply(response) {
        Ok(Some(reply)) => Ok(reply),
        Ok(None) => Err(RpcError::UnexpectedReply(C::NAME.to_owned())),
        Err(status) => Err(RpcError::Service(ServiceError(status))),
    }
}

/// Waits until a service answers anything that can be parsed, however long that takes.
///
/// # Errors
/// Only what a persistent call cannot outwait: a reply that is not protobuf, a transport that has
/// been closed.
pub async fn wait_for<C: Contract>(transport: &dyn Transport) -> Result<(), RpcError> {
    let patient = CallOptions::persistent(Duration::from_secs(1));
    match call::<C>(transport, C::ping(), patient).await {
        Ok(_) | Err(RpcError::Service(_) | RpcError::UnexpectedReply(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The bytes of a reply that is an error.
pub fn raw_error<C: Contract>(status: crate::ErrorStatus) -> Bytes {
    C::response(C::error(status.build())).encode_to_vec().into()
}
