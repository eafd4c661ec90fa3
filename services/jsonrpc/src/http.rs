//! JSON-RPC over HTTP/1.1 and HTTP/2.
//!
//! As with the original, every method but OPTIONS is taken for POST, content types do not matter,
//! and every answer of JSON-RPC has status 200.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State, WebSocketUpgrade};
use axum::http::{HeaderValue, Method, StatusCode, header, request};
use axum::response::Response;
use bytes::Bytes;
use koinos_http::{BodyFault, COMPRESS_ABOVE, Front, Limits, Peer, closing, json, plain, unread};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::envelope;
use crate::fault::Fault;
use crate::gateway::{Gateway, Overloaded};
use crate::websocket::Sockets;

/// The limits and paths of the HTTP service.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The path that is served; when it ends in `/`, all paths below it.
    pub endpoint: String,
    /// The limits.
    pub limits: Limits,
    /// The path of the WebSocket endpoint and how many clients it takes.
    pub websocket: Option<(String, usize)>,
}

/// What all requests share.
pub struct Http {
    gateway: Arc<Gateway>,
    front: Arc<Front>,
    settings: HttpSettings,
    sockets: Option<Sockets>,
}

impl Http {
    /// The HTTP side of `gateway`, until `shutdown`.
    pub fn new(gateway: Arc<Gateway>, settings: HttpSettings, shutdown: CancellationToken) -> Self {
        let connections = metrics::gauge!("koinos_jsonrpc_connections");
        let front = Arc::new(Front::new(settings.limits.clone(), connections, shutdown));
        let sockets = settings.websocket.as_ref().map(|(_, clients)| Sockets::new(*clients));
        Self { gateway, front, settings, sockets }
    }

    /// The WebSocket clients, when there may be some.
    pub fn sockets(&self) -> Option<&Sockets> {
        self.sockets.as_ref()
    }

    pub(crate) fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    pub(crate) fn front(&self) -> &Front {
        &self.front
    }

    fn serves(&self, path: &str) -> bool {
        let endpoint = &self.settings.endpoint;
        path == endpoint
            || endpoint.ends_with('/')
                && (path.starts_with(endpoint.as_str()) || endpoint[..endpoint.len() - 1] == *path)
    }
}

/// Serves connections until the service is to stop, and then those that are in the middle of a
/// request.
pub fn serve(listener: TcpListener, http: Arc<Http>) -> impl Future<Output = ()> {
    koinos_http::serve(listener, http.front.clone(), router(http))
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
    let address = http.front.client(peer.address, &parts.headers);
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
    if !http.front.admits(http.front.client(peer.address, &parts.headers)) {
        return unread(&body, too_often(http));
    }
    let body = match http.front.read(&parts.headers, body).await {
        Ok(body) => body,
        Err(BodyFault::TooLarge) => return too_large(http),
        Err(BodyFault::TooSlow) => return closing(plain(StatusCode::REQUEST_TIMEOUT)),
        Err(BodyFault::Broken) => return closing(plain(StatusCode::BAD_REQUEST)),
    };
    match http.gateway.handle(body).await {
        Ok(text) => match http.front.hold(text.into()) {
            Some(body) => json(StatusCode::OK, body),
            None => plain(StatusCode::SERVICE_UNAVAILABLE),
        },
        Err(Overloaded) => plain(StatusCode::GATEWAY_TIMEOUT),
    }
}

fn too_large(http: &Http) -> Response {
    let text = format!("a request may have at most {} bytes", http.settings.limits.max_request);
    let text = envelope::failure_without_id(&Fault::too_large(text));
    closing(json(StatusCode::PAYLOAD_TOO_LARGE, Bytes::from(text).into()))
}

fn too_often(http: &Http) -> Response {
    let text =
        format!("a client may make {} requests in a second", http.settings.limits.rate_limit);
    let text = envelope::failure_without_id(&Fault::too_often(text));
    let mut response = json(StatusCode::TOO_MANY_REQUESTS, Bytes::from(text).into());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
