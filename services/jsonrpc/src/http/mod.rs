//! JSON-RPC over HTTP/1.1 and HTTP/2.
//!
//! As with the original, every method but OPTIONS is taken for POST, content types do not matter,
//! and every answer of JSON-RPC has status 200.

mod body;
mod client;
mod connection;
mod patient;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{FromRequestParts, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header, request};
use axum::response::Response;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::envelope;
use crate::fault::Fault;
use crate::gateway::{Gateway, Overloaded};
use crate::websocket::Sockets;
use body::{BodyFault, Outstanding};
use client::Limiter;
pub(crate) use connection::Peer;
pub use connection::{listen, serve};

/// Answers below this size are not worth compressing.
const COMPRESS_ABOVE: u64 = 1_400;
/// Requests of more than [`body::SMALL`] bytes that are read at the same time.
const LARGE_REQUESTS: usize = 16;

/// The limits and paths of the HTTP service.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The path that is served; when it ends in `/`, all paths below it.
    pub endpoint: String,
    /// Bytes a request may have.
    pub max_request: usize,
    /// Connections at the same time.
    pub max_connections: usize,
    /// How long a client may keep the service waiting.
    pub client_timeout: Duration,
    /// Requests of a client in a second; 0 for any number.
    pub rate_limit: u32,
    /// Whether `X-Forwarded-For` names the client.
    pub forwarded: bool,
    /// The path of the WebSocket endpoint and how many clients it takes.
    pub websocket: Option<(String, usize)>,
}

/// What all requests share.
pub struct Http {
    gateway: Arc<Gateway>,
    settings: HttpSettings,
    limiter: Option<Limiter>,
    sockets: Option<Sockets>,
    large_requests: Semaphore,
    outstanding: Arc<Outstanding>,
    shutdown: CancellationToken,
}

impl Http {
    /// The HTTP side of `gateway`, until `shutdown`.
    pub fn new(gateway: Arc<Gateway>, settings: HttpSettings, shutdown: CancellationToken) -> Self {
        let limiter = Limiter::new(settings.rate_limit);
        let sockets = settings.websocket.as_ref().map(|(_, clients)| Sockets::new(*clients));
        Self {
            gateway,
            settings,
            limiter,
            sockets,
            large_requests: Semaphore::new(LARGE_REQUESTS),
            outstanding: Arc::default(),
            shutdown,
        }
    }

    /// The WebSocket clients, when there may be some.
    pub fn sockets(&self) -> Option<&Sockets> {
        self.sockets.as_ref()
    }

    pub(crate) fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    pub(crate) fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Whether the client at this address may make a request now.
    pub(crate) fn admits(&self, address: std::net::IpAddr) -> bool {
        self.limiter.as_ref().is_none_or(|limiter| limiter.admits(address))
    }

    fn serves(&self, path: &str) -> bool {
        let endpoint = &self.settings.endpoint;
        path == endpoint
            || endpoint.ends_with('/')
                && (path.starts_with(endpoint.as_str()) || endpoint[..endpoint.len() - 1] == *path)
    }
}

fn router(http: Arc<Http>) -> Router {
    let compression = CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_ABOVE));
    Router::new().fallback(answer).with_state(http).layer(compression)
}

async fn answer(
    State(http): State<Arc<Http>>,
    axum::Extension(peer): axum::Extension<Arc<Peer>>,
    request: Request,
) -> Response {
    let _active = peer.active();
    let (mut parts, body) = request.into_parts();
    let mut response = match upgrade(&http, &peer, &mut parts).await {
        Some(response) => response,
        None => call(&http, &peer, &parts, body).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Authorization"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Opens a WebSocket, when the request is for one.
async fn upgrade(http: &Arc<Http>, peer: &Peer, parts: &mut request::Parts) -> Option<Response> {
    let (path, _) = http.settings.websocket.as_ref()?;
    if parts.uri.path() != path || !parts.headers.contains_key(header::UPGRADE) {
        return None;
    }
    let address = client::address(http, peer.address, &parts.headers);
    let upgrade = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(_) => return Some(plain(StatusCode::BAD_REQUEST)),
    };
    let opened = http.sockets.as_ref()?.open(http, address, upgrade);
    Some(opened.unwrap_or_else(|| plain(StatusCode::SERVICE_UNAVAILABLE)))
}

async fn call(http: &Http, peer: &Peer, parts: &request::Parts, body: Body) -> Response {
    if !http.serves(parts.uri.path()) {
        return unread(&body, plain(StatusCode::NOT_FOUND));
    }
    if parts.method == Method::OPTIONS {
        return plain(StatusCode::NO_CONTENT);
    }
    if !http.admits(client::address(http, peer.address, &parts.headers)) {
        return unread(&body, too_often(http));
    }
    let body = match body::read(http, announced(&parts.headers), body).await {
        Ok(body) => body,
        Err(BodyFault::TooLarge) => return too_large(http),
        Err(BodyFault::TooSlow) => return closing(plain(StatusCode::REQUEST_TIMEOUT)),
        Err(BodyFault::Broken) => return closing(plain(StatusCode::BAD_REQUEST)),
    };
    match http.gateway.handle(body).await {
        Ok(text) => match http.outstanding.hold(text.into()) {
            Some(body) => json(StatusCode::OK, body),
            None => plain(StatusCode::SERVICE_UNAVAILABLE),
        },
        Err(Overloaded) => plain(StatusCode::GATEWAY_TIMEOUT),
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(http: &Http) -> Response {
    let text = format!("a request may have at most {} bytes", http.settings.max_request);
    let text = envelope::failure_without_id(&Fault::too_large(text));
    closing(json(StatusCode::PAYLOAD_TOO_LARGE, Bytes::from(text).into()))
}

fn too_often(http: &Http) -> Response {
    let text = format!("a client may make {} requests in a second", http.settings.rate_limit);
    let text = envelope::failure_without_id(&Fault::too_often(text));
    let mut response = json(StatusCode::TOO_MANY_REQUESTS, Bytes::from(text).into());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn json(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Answers without a look at the request's body. If there is one the connection ends, and says so: a
/// body that is still on its way would break it after the answer.
fn unread(body: &Body, response: Response) -> Response {
    if body.is_end_stream() { response } else { closing(response) }
}

/// What is left of the request will not be read.
fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The address as it is shown to people.
pub fn shown(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("all addresses, port {}", address.port()),
        false => address.to_string(),
    }
}
