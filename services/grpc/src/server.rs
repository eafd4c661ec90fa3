//! The way of a call: its bytes in, a request on the bus, the bytes of the answer out.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header, request};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use koinos_http::{BodyFault, COMPRESS_ABOVE, Front, Meters, Peer};
use koinos_rpc::{CallOptions, Transport};
use koinos_service::blocking;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tonic::Status;
use tonic::codec::CompressionEncoding;
use tonic::server::Grpc;
use tracing::debug;

use crate::codec::Raw;
use crate::envelope::{self, Reply};
use crate::methods::{Method, Methods, SERVICE};
use crate::{deadline, status};

/// Answers above this size are compressed where they hold up nobody else.
const LARGE: usize = 128 << 10;

/// How calls are made.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Calls made at the same time; more wait.
    pub(crate) calls: usize,
    /// How long a service may take.
    pub(crate) mq_timeout: Duration,
    /// Whether answers are compressed for clients that accept it.
    pub(crate) gzip: bool,
}

/// What all calls share.
pub(crate) struct Koinos {
    methods: Methods,
    unknown: Meters,
    front: Arc<Front>,
    settings: Settings,
    bus: Arc<Bus>,
    answered: AtomicU64,
}

/// The way to the services.
struct Bus {
    transport: Arc<dyn Transport>,
    /// Calls that are made.
    calls: Semaphore,
}

impl Koinos {
    pub(crate) fn new(
        methods: Methods,
        transport: Arc<dyn Transport>,
        front: Arc<Front>,
        settings: Settings,
    ) -> Self {
        let calls = Semaphore::new(settings.calls);
        Self {
            methods,
            unknown: Meters::new("grpc", "unknown".to_owned()),
            front,
            settings,
            bus: Arc::new(Bus { transport, calls }),
            answered: AtomicU64::new(0),
        }
    }

    /// Calls answered so far.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// The routes of the service.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route(&format!("/{SERVICE}/{{method}}"), post(answer))
            .with_state(self.clone())
    }

    async fn answer(&self, name: &str, peer: &Arc<Peer>, request: Request) -> Response {
        let began = Instant::now();
        let (parts, body) = request.into_parts();
        if !is_grpc(&parts.headers) {
            return koinos_http::unread(
                &body,
                koinos_http::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            );
        }
        let method = self.methods.get(name);
        let outcome = self.outcome(name, peer, &parts, body).await;
        let meters = method.map_or(&self.unknown, |method| &method.meters);
        meters.record(began.elapsed(), outcome.is_err());
        let micros = began.elapsed().as_micros();
        match outcome {
            Ok(response) => {
                debug!(method = name, micros, "answered");
                response
            }
            Err(status) => {
                let (code, text) = (status.code(), status.message());
                debug!(method = name, micros, ?code, "failed: {text}");
                status.into_http()
            }
        }
    }

    async fn outcome(
        &self,
        name: &str,
        peer: &Arc<Peer>,
        parts: &request::Parts,
        body: Body,
    ) -> Result<Response, Status> {
        let method = self.methods.get(name).ok_or_else(|| status::unknown(name))?;
        if let Some(refusal) = method.refused {
            return Err(Status::permission_denied(refusal));
        }
        if !self.front.admits(self.front.client(peer.address, &parts.headers)) {
            return Err(status::too_often(self.front.limits().rate_limit));
        }
        let wanted = deadline::of(&parts.headers).map(|time| Instant::now() + time);
        let work = self.work(method, wanted, peer, parts, body);
        match wanted {
            Some(wanted) => timeout_at(wanted, work).await.map_err(|_| status::too_late())?,
            None => work.await,
        }
    }

    async fn work(
        &self,
        method: &Arc<Method>,
        wanted: Option<Instant>,
        peer: &Arc<Peer>,
        parts: &request::Parts,
        body: Body,
    ) -> Result<Response, Status> {
        let max = self.front.limits().max_request;
        let body = self.front.read(&parts.headers, body).await.map_err(|fault| match fault {
            BodyFault::TooLarge => status::too_large(max),
            BodyFault::TooSlow => status::too_slow(),
            BodyFault::Broken => Status::cancelled("the request broke off"),
        })?;
        let mut grpc = Grpc::new(Raw)
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(max);
        if self.settings.gzip {
            grpc = grpc.send_compressed(CompressionEncoding::Gzip);
        }
        let limit = Instant::now() + self.settings.mq_timeout;
        let deadline = wanted.map_or(limit, |wanted| wanted.min(limit));
        let call = Call { bus: self.bus.clone(), method: method.clone(), deadline };
        let mut request = axum::http::Request::new(Full::new(body));
        *request.headers_mut() = parts.headers.clone();
        self.held(grpc.unary(call, request).await, peer).await
    }

    /// The response with a body that counts among those that clients have not taken yet.
    async fn held(
        &self,
        response: axum::http::Response<tonic::body::Body>,
        peer: &Arc<Peer>,
    ) -> Result<Response, Status> {
        if let Some(failed) = Status::from_header_map(response.headers()) {
            return Err(failed);
        }
        let (parts, body) = response.into_parts();
        // All of it is there already.
        let collect = move || body.collect().now_or_never().and_then(Result::ok);
        let whole = match parts.extensions.get::<Large>() {
            Some(Large) => blocking(collect).await,
            None => collect(),
        };
        let whole = whole.ok_or_else(status::unexpected)?;
        let trailers = whole.trailers().cloned();
        let held = self.front.hold(whole.to_bytes()).ok_or_else(status::not_taken)?;
        let peer = peer.clone();
        let watched = held.map_frame(move |frame| {
            peer.touch();
            frame
        });
        let ended = watched.with_trailers(std::future::ready(trailers.map(Ok)));
        Ok(Response::from_parts(parts, Body::new(ended)))
    }
}

async fn answer(
    State(koinos): State<Arc<Koinos>>,
    Extension(peer): Extension<Arc<Peer>>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    let _active = peer.active();
    let response = koinos.answer(&method, &peer, request).await;
    koinos.answered.fetch_add(1, Ordering::Relaxed);
    response
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
    kind.is_some_and(|kind| kind.starts_with(b"application/grpc"))
}

/// Marks an answer that takes long to compress.
#[derive(Clone, Copy)]
struct Large;

/// One call of a method.
struct Call {
    bus: Arc<Bus>,
    method: Arc<Method>,
    deadline: Instant,
}

type Answering = Pin<Box<dyn Future<Output = Result<tonic::Response<Bytes>, Status>> + Send>>;

impl tonic::codegen::Service<tonic::Request<Bytes>> for Call {
    type Response = tonic::Response<Bytes>;
    type Error = Status;
    type Future = Answering;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: tonic::Request<Bytes>) -> Answering {
        let (bus, method, deadline) = (self.bus.clone(), self.method.clone(), self.deadline);
        Box::pin(async move {
            let answer = bus.ask(&method, &request.into_inner(), deadline).await?;
            let size = answer.len();
            let mut response = tonic::Response::new(answer);
            if size as u64 <= COMPRESS_ABOVE {
                response.disable_compression();
            } else if size > LARGE {
                response.extensions_mut().insert(Large);
            }
            Ok(response)
        })
    }
}

impl Bus {
    async fn ask(
        &self,
        method: &Method,
        content: &Bytes,
        deadline: Instant,
    ) -> Result<Bytes, Status> {
        let request = envelope::request(method, content);
        let place = timeout_at(deadline, self.calls.acquire()).await;
        let _place = place.map_err(|_| status::too_many())?;
        let left = deadline.saturating_duration_since(Instant::now());
        // The bus counts whole milliseconds.
        let left = Duration::from_millis(left.as_micros().div_ceil(1_000) as u64);
        let once = CallOptions::once(left);
        let reply = self.transport.call_raw(&method.service, request, once).await;
        let reply = reply.map_err(|error| status::unanswered(&error))?;
        match envelope::reply(method, &reply) {
            Reply::Answer(answer) => Ok(answer),
            Reply::Error(error) => Err(status::refused(error)),
            Reply::Unexpected => Err(status::unexpected()),
        }
    }
}
