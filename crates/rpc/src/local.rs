//! A transport inside one process, for tests and tools.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::{BoxFuture, CallOptions, RpcError, Transport};

type Handler = Arc<dyn Fn(Bytes) -> BoxFuture<'static, Bytes> + Send + Sync>;
type Listener = Arc<dyn Fn(&str, Bytes) + Send + Sync>;

/// Calls handlers directly: no broker, no time limit, no retries.
#[derive(Default)]
pub struct LocalTransport {
    handlers: Mutex<HashMap<String, Handler>>,
    listeners: Mutex<Vec<Listener>>,
}

impl LocalTransport {
    /// A transport without any service.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves `service`, replacing an earlier handler.
    pub fn serve<F>(&self, service: &str, handler: impl Fn(Bytes) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Bytes> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |request| Box::pin(handler(request)));
        lock(&self.handlers).insert(service.to_owned(), handler);
    }

    /// Hears every broadcast, in order, as (topic, payload).
    pub fn listen(&self, listener: impl Fn(&str, Bytes) + Send + Sync + 'static) {
        lock(&self.listeners).push(Arc::new(listener));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // The maps stay consistent whatever a panicking holder did.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transport for LocalTransport {
    fn call_raw<'a>(
        &'a self,
        service: &'a str,
        request: Bytes,
        _options: CallOptions,
    ) -> BoxFuture<'a, Result<Bytes, RpcError>> {
        let handler = lock(&self.handlers).get(service).cloned();
        Box::pin(async move {
            match handler {
                Some(handler) => Ok(handler(request).await),
                None => Err(RpcError::NoSuchService(service.to_owned())),
            }
        })
    }

    fn broadcast(&self, topic: &str, payload: Bytes) {
        let listeners = lock(&self.listeners).clone();
        for listener in listeners {
            listener(topic, payload.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlockStore, ErrorStatus, answer, call};
    use koinos_proto::rpc::block_store::{block_store_request, block_store_response};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    /// Polls a future that never has to wait.
    fn now<T>(future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("the local transport does not wait"),
        }
    }

    #[test]
    fn calls_reach_their_service_or_name_it() {
        let bus = LocalTransport::new();
        bus.serve("block_store", |request| async move {
            answer::<BlockStore>(
                request,
                |_| ErrorStatus::new("malformed"),
                |_| block_store_response::Response::AddBlock(Default::default()),
            )
        });
        let options = CallOptions::once(Duration::from_secs(1));
        let add = block_store_request::Request::AddBlock(Default::default());
        assert!(matches!(
            now(call::<BlockStore>(&bus, add, options)),
            Ok(block_store_response::Response::AddBlock(_))
        ));
        let error = now(bus.call_raw("mempool", Bytes::new(), options)).unwrap_err();
        assert_eq!(error.to_string(), "no such service: mempool");
    }

    #[test]
    fn broadcasts_are_heard_in_order() {
        let bus = LocalTransport::new();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = heard.clone();
        bus.listen(move |topic, payload| lock(&sink).push((topic.to_owned(), payload)));
        for n in 0..3u8 {
            bus.broadcast("koinos.block.accept", Bytes::from(vec![n]));
        }
        let payloads: Vec<u8> = lock(&heard).iter().map(|(_, p)| p[0]).collect();
        assert_eq!(payloads, [0, 1, 2]);
    }
}
