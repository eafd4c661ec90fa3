//! The way of a request: text in, calls on the bus, text out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use koinos_codec::json::Mapping;
use koinos_http::Meters;
use koinos_rpc::{CallOptions, Transport};
use koinos_service::blocking;
use prost_reflect::DescriptorPool;
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{debug, trace};

use crate::envelope::{self, Request};
use crate::fault::{Fault, Untranslatable};
use crate::head::Head;
use crate::methods::{Method, Methods, Rules};
use crate::translate;

/// Calls of one batch that are made at the same time.
const BATCH_WIDTH: usize = 8;
/// Requests waiting for each one that is handled.
const QUEUE_PER_JOB: usize = 2;
/// Text or bytes above this size are translated where they hold up nobody else.
const LARGE: usize = 128 << 10;

/// How calls are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Calls made at the same time; twice as many requests may wait.
    pub jobs: usize,
    /// How long a request may wait before it is refused.
    pub gateway_timeout: Duration,
    /// How long a service may take.
    pub mq_timeout: Duration,
    /// Calls in a batch.
    pub max_batch: usize,
    /// Beginnings of the methods that may be called; all when empty.
    pub whitelist: Vec<String>,
    /// Beginnings of those that may not.
    pub blacklist: Vec<String>,
    /// Whether `chain.get_head_info` may be answered from broadcasts.
    pub head_cache: bool,
}

/// Answers JSON-RPC requests by calls to services.
pub struct Gateway {
    methods: Methods,
    unknown: Meters,
    mapping: Mapping,
    transport: Arc<dyn Transport>,
    head: Option<Head>,
    options: CallOptions,
    max_batch: usize,
    gateway_timeout: Duration,
    /// Requests that are handled or wait.
    places: Semaphore,
    /// Calls that are made.
    jobs: Semaphore,
    answered: AtomicU64,
}

/// Too many requests are waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overloaded;

impl Gateway {
    /// A gateway to the services that `pool` describes.
    pub fn new(pool: DescriptorPool, transport: Arc<dyn Transport>, settings: &Settings) -> Self {
        let rules = Rules::new(&settings.whitelist, &settings.blacklist);
        Self {
            methods: Methods::new(&pool, &rules),
            unknown: Meters::new("jsonrpc", "unknown".to_owned()),
            mapping: Mapping::new(pool),
            transport,
            head: settings.head_cache.then(Head::default),
            options: CallOptions::once(settings.mq_timeout),
            max_batch: settings.max_batch,
            gateway_timeout: settings.gateway_timeout,
            places: Semaphore::new(settings.jobs * (1 + QUEUE_PER_JOB)),
            jobs: Semaphore::new(settings.jobs),
            answered: AtomicU64::new(0),
        }
    }

    /// Answers a request, whatever it is, with text of JSON.
    ///
    /// # Errors
    /// [`Overloaded`] when there is no place for it in time.
    pub async fn handle(self: &Arc<Self>, body: Bytes) -> Result<String, Overloaded> {
        trace!("request: {}", String::from_utf8_lossy(&body));
        let _place = self.place().await?;
        let answer = self.answer(&body).await;
        self.answered.fetch_add(1, Ordering::Relaxed);
        trace!("answer: {answer}");
        Ok(answer)
    }

    /// Requests answered so far.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// The names of all methods that can be called.
    pub fn method_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.methods.names().collect();
        names.sort();
        names
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// What broadcasts tell of the chain's head, when it is kept.
    pub(crate) fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    async fn place(&self) -> Result<SemaphorePermit<'_>, Overloaded> {
        match tokio::time::timeout(self.gateway_timeout, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            // The semaphore is never closed, so this is the timeout.
            _ => Err(Overloaded),
        }
    }

    async fn answer(self: &Arc<Self>, body: &Bytes) -> String {
        match envelope::split(body, self.max_batch) {
            Err(fault) => envelope::failure_without_id(&fault),
            Ok(Request::Single(call)) => self.call(&body.slice_ref(call)).await,
            Ok(Request::Batch(calls)) => {
                let calls: Vec<Bytes> =
                    calls.into_iter().map(|call| body.slice_ref(call)).collect();
                let answers = stream::iter(calls).map(|call| self.member(call));
                let answers: Vec<String> = answers.buffered(BATCH_WIDTH).collect().await;
                format!("[{}]", answers.join(","))
            }
        }
    }

    /// One call of a batch.
    async fn member(self: &Arc<Self>, call: Bytes) -> String {
        if call.first() != Some(&b'{') {
            return envelope::failure_without_id(&Fault::invalid("a call is an object"));
        }
        self.call(&call).await
    }

    /// Answers one call.
    async fn call(self: &Arc<Self>, text: &Bytes) -> String {
        let call = match envelope::read(text) {
            Ok(call) => call,
            Err(refusal) => return envelope::failure(&refusal.id, &refusal.fault),
        };
        let began = Instant::now();
        let method = match self.methods.find(&call.method) {
            Ok(method) => method,
            Err(error) => {
                debug!(method = %call.method, "refused: {}", error.text());
                self.unknown.record(began.elapsed(), true);
                return envelope::failure(&call.id, &Fault::translate(error));
            }
        };
        let params = call.params.map(|params| text.slice_ref(params));
        let result = self.result(method, params).await;
        let elapsed = began.elapsed();
        method.meters.record(elapsed, result.is_err());
        match &result {
            Ok(_) => debug!(method = %call.method, micros = elapsed.as_micros(), "answered"),
            Err(fault) => debug!(
                method = %call.method, micros = elapsed.as_micros(), code = fault.code,
                "failed: {}", fault.message
            ),
        }
        result.map_or_else(
            |fault| envelope::failure(&call.id, &fault),
            |result| envelope::success(&call.id, &result),
        )
    }

    async fn result(
        self: &Arc<Self>,
        method: &Arc<Method>,
        params: Option<Bytes>,
    ) -> Result<String, Fault> {
        let request = self.request(method, params).await.map_err(Fault::translate)?;
        let head = self.head.as_ref().filter(|_| method.service == "chain");
        if method.name == "get_head_info"
            && let Some(known) = head.and_then(|head| head.known(Instant::now()))
        {
            return Ok(known.as_ref().to_owned());
        }
        // Without a permit the semaphore would be closed, which it never is.
        let _job = self.jobs.acquire().await;
        let reply = self.transport.call_raw(&method.service, request.clone(), self.options).await;
        let reply = reply.map_err(|error| {
            debug!(service = %method.service, "no reply: {error}");
            Fault::unanswered(&error)
        })?;
        let result = self.reply(method, &reply).await?;
        if let Some(head) = head {
            match &*method.name {
                "get_head_info" => head.fetched(&reply, &result, Instant::now()),
                "submit_block" => head.submitted(&request, Instant::now()),
                _ => {}
            }
        }
        Ok(result)
    }

    async fn request(
        self: &Arc<Self>,
        method: &Arc<Method>,
        params: Option<Bytes>,
    ) -> Result<Bytes, Untranslatable> {
        if params.as_ref().is_none_or(|params| params.len() <= LARGE) {
            return translate::request(&self.mapping, method, params.as_deref());
        }
        let (gateway, method) = (self.clone(), method.clone());
        blocking(move || translate::request(&gateway.mapping, &method, params.as_deref())).await
    }

    async fn reply(self: &Arc<Self>, method: &Arc<Method>, reply: &Bytes) -> Result<String, Fault> {
        if reply.len() <= LARGE {
            return translate::reply(&self.mapping, method, reply);
        }
        let (gateway, method, reply) = (self.clone(), method.clone(), reply.clone());
        blocking(move || translate::reply(&gateway.mapping, &method, &reply)).await
    }
}
