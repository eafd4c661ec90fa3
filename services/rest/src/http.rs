//! REST over HTTP: from a request to a [`Call`], and from an [`Answer`] to a response.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{Extension, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing;
use bytes::Bytes;
use koinos_crypto::sha256;
use koinos_http::{BodyFault, COMPRESS_ABOVE, Front, Meters, Peer, closing, json, plain, unread};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tracing::warn;

use crate::answer::{Answer, Caching, Call};
use crate::app::{App, Settings};
use crate::core::query::Query;
use crate::docs;
use crate::error::{Error, Result, refused};
use crate::routes::{self, Route, Verb};

/// Requests that may wait for each one that is carried out.
const QUEUE_PER_JOB: usize = 2;
/// How often causes of failures are logged.
const COMPLAIN_EVERY: Duration = Duration::from_secs(1);
/// Seconds after which clients may try again.
const SOON: &str = "1";
const AFTER_MAINTENANCE: &str = "60";

/// What all requests share.
pub struct Http {
    app: Arc<App>,
    front: Arc<Front>,
    settings: Settings,
    /// Requests that are carried out or wait.
    places: Semaphore,
    /// Requests that are carried out.
    jobs: Semaphore,
    answered: AtomicU64,
    complaints: Mutex<Complaints>,
}

/// Failures are logged from time to time, with their number.
struct Complaints {
    last: Option<Instant>,
    kept: u64,
}

impl Http {
    /// The HTTP side of `app`.
    pub fn new(app: Arc<App>, front: Arc<Front>, settings: Settings) -> Self {
        Self {
            app,
            front,
            places: Semaphore::new(settings.jobs * (1 + QUEUE_PER_JOB)),
            jobs: Semaphore::new(settings.jobs),
            settings,
            answered: AtomicU64::new(0),
            complaints: Mutex::new(Complaints { last: None, kept: 0 }),
        }
    }

    /// How many requests were answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    fn complain(&self, place: &str, cause: &str) {
        let mut complaints = self.complaints.lock();
        if complaints.last.is_some_and(|last| last.elapsed() < COMPLAIN_EVERY) {
            complaints.kept += 1;
            return;
        }
        match std::mem::take(&mut complaints.kept) {
            0 => warn!("{place}: {cause}"),
            kept => warn!("{place}: {cause} (and {kept} failures before it)"),
        }
        complaints.last = Some(Instant::now());
    }
}

/// Serves until the service is to stop, and then the requests in hand.
pub fn serve(listener: TcpListener, http: Arc<Http>) -> impl Future<Output = ()> {
    koinos_http::serve(listener, http.front.clone(), router(http))
}

fn router(http: Arc<Http>) -> Router {
    let mut router = Router::new();
    for route in routes::all() {
        let (path, verb) = (route.path, route.verb);
        let route = Arc::new(Served { meters: meters(&route), route });
        let handler = move |State(http): State<Arc<Http>>,
                            parts: Result<RawPathParams, RawPathParamsRejection>,
                            request: Request| {
            let route = route.clone();
            async move { respond(&http, &route, parts, request).await }
        };
        router = router.route(
            path,
            match verb {
                Verb::Get => routing::get(handler),
                Verb::Post => routing::post(handler),
            },
        );
    }
    let compression = CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_ABOVE));
    router
        .merge(docs::router())
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(middleware::from_fn_with_state(http.clone(), admit))
        .layer(compression)
        .with_state(http)
}

/// The meters of a route, which is a method with its path.
fn meters(route: &Route) -> Meters {
    Meters::new("rest", format!("{} {}", route.verb.name(), route.path))
}

struct Served {
    route: Route,
    meters: Meters,
}

/// What comes before every answer: cross-origin rules, limits, maintenance.
async fn admit(
    State(http): State<Arc<Http>>,
    Extension(peer): Extension<Arc<Peer>>,
    request: Request,
    next: Next,
) -> Response {
    let _active = peer.active();
    let body = request.body().is_end_stream();
    let mut response = if request.method() == Method::OPTIONS {
        let mut response = plain(StatusCode::NO_CONTENT);
        set(&mut response, header::ACCESS_CONTROL_MAX_AGE, "86400");
        response
    } else if http.settings.maintenance {
        let mut response = failure(StatusCode::SERVICE_UNAVAILABLE, "under maintenance");
        set(&mut response, header::RETRY_AFTER, AFTER_MAINTENANCE);
        if body { response } else { closing(response) }
    } else if !http.front.admits(http.front.client(peer.address, request.headers())) {
        let limit = http.front.limits().rate_limit;
        let text = format!("a client may make {limit} requests in a second");
        let mut response = failure(StatusCode::TOO_MANY_REQUESTS, &text);
        set(&mut response, header::RETRY_AFTER, SOON);
        if body { response } else { closing(response) }
    } else {
        next.run(request).await
    };
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Authorization"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Link, ETag, Retry-After"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        set(&mut response, name, value);
    }
    response
}

async fn respond(
    http: &Http,
    served: &Served,
    parts: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response {
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let place = format!("{} {}", head.method, head.uri.path());
    let read = match served.route.verb {
        Verb::Post => http.front.read(&head.headers, body).await,
        Verb::Get if body.is_end_stream() => Ok(Bytes::new()),
        // Nobody looks at it, so the connection cannot go on.
        Verb::Get => return unread(&body, failure(StatusCode::BAD_REQUEST, "GET has no body")),
    };
    let body = match read {
        Ok(body) => body,
        Err(fault) => return closing(unreadable(http, fault)),
    };
    let call = call(&head.uri, parts, served.route.verb, &body);
    let outcome = match call {
        Ok(call) => carry_out(http, served, call).await,
        Err(error) => Err(error),
    };
    served.meters.record(began.elapsed(), outcome.is_err());
    http.answered.fetch_add(1, Ordering::Relaxed);
    match outcome {
        Ok(answer) => success(http, answer, &head.headers),
        Err(error) => {
            if let Error::Unknown(cause) = &error {
                http.complain(&place, cause);
            }
            refusal(&error)
        }
    }
}

/// The request as its handler sees it.
fn call(
    uri: &axum::http::Uri,
    parts: Result<RawPathParams, RawPathParamsRejection>,
    verb: Verb,
    body: &[u8],
) -> Result<Call> {
    let parts = parts.map_err(|_| refused("the path is not UTF-8"))?;
    let parts: HashMap<String, String> =
        parts.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = match verb {
        Verb::Get => Value::Null,
        Verb::Post => serde_json::from_slice(body)
            .map_err(|error| refused(format!("the body is no JSON: {error}")))?,
    };
    let query = Query::parse(uri.query().unwrap_or_default())?;
    Ok(Call { path: uri.path().to_owned(), parts, query, body })
}

/// Waits for a place and lets the handler work.
async fn carry_out(http: &Http, served: &Served, call: Call) -> Result<Answer> {
    let _place = http.places.try_acquire().map_err(|_| Error::Overloaded)?;
    let job = timeout(http.settings.gateway_timeout, http.jobs.acquire()).await;
    let _job = job.map_err(|_| Error::Overloaded)?.map_err(|_| Error::Overloaded)?;
    let work = (served.route.handler)(http.app.clone(), call);
    timeout(http.settings.request_timeout, work).await.map_err(|_| Error::TooLong)?
}

fn unreadable(http: &Http, fault: BodyFault) -> Response {
    match fault {
        BodyFault::TooLarge => {
            let max = http.front.limits().max_request;
            let text = format!("a request may have at most {max} bytes");
            failure(StatusCode::PAYLOAD_TOO_LARGE, &text)
        }
        BodyFault::TooSlow => {
            failure(StatusCode::REQUEST_TIMEOUT, "the body of the request came too slowly")
        }
        BodyFault::Broken => failure(StatusCode::BAD_REQUEST, "the body of the request broke off"),
    }
}

fn success(http: &Http, answer: Answer, asked: &HeaderMap) -> Response {
    let text = Bytes::from(answer.value.to_string());
    let mut response = if answer.caching == Caching::Volatile {
        held(http, text)
    } else {
        let tag = tag(&text);
        let known = asked.get_all(header::IF_NONE_MATCH).iter().any(|tags| is_in(&tag, tags));
        let mut response = if known { plain(StatusCode::NOT_MODIFIED) } else { held(http, text) };
        set(&mut response, header::ETAG, &tag);
        response
    };
    set(&mut response, header::CACHE_CONTROL, &answer.caching.header());
    for link in answer.links {
        let value = format!("<{}>; rel=\"{}\"", link.target, link.relation);
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(header::LINK, value);
        }
    }
    response
}

fn held(http: &Http, text: Bytes) -> Response {
    match http.front.hold(text) {
        Some(body) => json(StatusCode::OK, body),
        None => {
            let text = "clients do not take their answers; try again";
            let mut response = failure(StatusCode::SERVICE_UNAVAILABLE, text);
            set(&mut response, header::RETRY_AFTER, SOON);
            response
        }
    }
}

/// A tag of the content, weak because it is the same when the content is compressed.
fn tag(text: &[u8]) -> String {
    let digest = sha256(text);
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

fn is_in(tag: &str, tags: &HeaderValue) -> bool {
    let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.to_str().is_ok_and(|tags| tags.split(',').any(|known| weak(known) == weak(tag)))
}

fn refusal(error: &Error) -> Response {
    let (status, text) = match error {
        Error::Refused(text) => (StatusCode::BAD_REQUEST, text.as_str()),
        Error::Unknown(_) => (StatusCode::INTERNAL_SERVER_ERROR, "unknown error"),
        Error::TooLong => (StatusCode::GATEWAY_TIMEOUT, "the node did not answer in time"),
        Error::Overloaded => {
            (StatusCode::SERVICE_UNAVAILABLE, "too many requests are waiting; try again")
        }
    };
    let mut response = failure(status, text);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        set(&mut response, header::RETRY_AFTER, SOON);
    }
    response
}

/// An answer that says what is wrong, which nobody should keep.
fn failure(status: StatusCode, text: &str) -> Response {
    let mut response = json(status, Body::from(json!({ "error": text }).to_string()));
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

async fn no_such_path(request: Request) -> Response {
    let path = request.uri().path();
    let body = request.body();
    if path.len() > 1
        && let Some(shorter) = path.strip_suffix('/')
        && !shorter.ends_with('/')
    {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut response = plain(StatusCode::PERMANENT_REDIRECT);
        set(&mut response, header::LOCATION, &format!("{shorter}{query}"));
        return unread(body, response);
    }
    let text = format!("there is no {path}; /docs shows what there is");
    unread(body, failure(StatusCode::NOT_FOUND, &text))
}

async fn no_such_method(request: Request) -> Response {
    let text = format!("{} does not know {}", request.uri().path(), request.method());
    unread(request.body(), failure(StatusCode::METHOD_NOT_ALLOWED, &text))
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let tag = tag(b"{}");
        let strong = tag.trim_start_matches("W/").to_owned();
        for tags in
            [tag.clone(), strong.clone(), format!("\"x\", {tag}"), format!("{strong},W/\"y\"")]
        {
            assert!(is_in(&tag, &HeaderValue::from_str(&tags).unwrap()), "{tags}");
        }
        assert!(!is_in(&tag, &HeaderValue::from_static("\"x\"")));
    }
}
