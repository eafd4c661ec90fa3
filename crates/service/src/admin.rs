//! The admin socket: health, readiness, metrics, status and log level over HTTP on a unix socket.

use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use clap::ValueEnum;
use koinos_events as events;
use koinos_mq::Bus;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Map, Value, json};
use tokio::net::UnixListener;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::logging::LogControl;
use crate::options::LogLevel;

/// How long a check of the service may take.
pub(crate) const CHECK_LIMIT: Duration = Duration::from_secs(5);

type Check =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

type Inspection = Pin<Box<dyn Future<Output = Option<Result<Value, String>>> + Send>>;
type Inspect = Box<dyn Fn(String) -> Inspection + Send + Sync>;

/// What the admin socket shows. The service and the bus come later than the socket.
pub(crate) struct Admin {
    pub(crate) context: Context,
    pub(crate) log: LogControl,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) bus: OnceCell<Bus>,
    pub(crate) check: OnceCell<Check>,
    pub(crate) inspect: OnceCell<Inspect>,
}

impl Admin {
    /// Asks the service whether it works. A service still starting does.
    pub(crate) async fn health(&self) -> Result<(), String> {
        let Some(check) = self.check.get() else { return Ok(()) };
        tokio::time::timeout(CHECK_LIMIT, check())
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", CHECK_LIMIT.as_secs())))
    }

    fn broker_connected(&self) -> bool {
        self.bus.get().is_some_and(Bus::is_connected)
    }

    fn describe(&self) -> Value {
        let context = &self.context;
        let info = context.info();
        let mut page = Map::new();
        page.insert("service".into(), info.name.into());
        page.insert("title".into(), info.title.into());
        page.insert("version".into(), info.version.into());
        page.insert("instance_id".into(), context.instance_id().into());
        page.insert("network".into(), context.common().network.clone().into());
        page.insert("pid".into(), std::process::id().into());
        page.insert("basedir".into(), context.basedir().display().to_string().into());
        page.insert("log_level".into(), self.log.level().name().into());
        page.insert(
            "broker".into(),
            match self.bus.get() {
                Some(bus) => json!({
                    "url": bus.url(),
                    "connected": bus.is_connected(),
                    "session": *bus.sessions().borrow(),
                    "outbox": bus.outbox_len(),
                }),
                None => json!({ "connected": false }),
            },
        );
        context.state().describe(&mut page);
        Value::Object(page)
    }
}

/// Takes the socket the service manager holds, or makes one at `path`.
///
/// # Errors
/// When the socket cannot be made, or another instance answers on it.
pub(crate) fn listen(inherited: Option<OwnedFd>, path: &Path) -> io::Result<UnixListener> {
    if let Some(fd) = inherited {
        let listener = std::os::unix::net::UnixListener::from(fd);
        listener.set_nonblocking(true)?;
        return UnixListener::from_std(listener);
    }
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => {
            let text = "another instance answers on this socket";
            return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
        }
        // Left behind by a process that was killed.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)?;
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

/// Serves until `stop`.
pub(crate) async fn serve(listener: UnixListener, admin: Arc<Admin>, stop: CancellationToken) {
    let served =
        axum::serve(listener, router(admin)).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        let id = events::ADMIN_SOCKET_FAILED;
        tracing::warn!(message_id = id, "the admin socket failed: {error}");
    }
}

fn router(admin: Arc<Admin>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/status", get(status))
        .route("/loglevel", get(log_level).put(set_log_level))
        .route("/command/{name}", post(command))
        .route("/inspect/{topic}", get(inspect))
        .with_state(admin)
}

async fn healthz(State(admin): State<Arc<Admin>>) -> Response {
    match admin.health().await {
        Ok(()) => "ok\n".into_response(),
        Err(text) => (StatusCode::SERVICE_UNAVAILABLE, format!("{text}\n")).into_response(),
    }
}

async fn readyz(State(admin): State<Arc<Admin>>) -> Response {
    let state = admin.context.state();
    if !state.is_ready() {
        let text = format!("not ready: {}\n", state.text());
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    if !admin.broker_connected() {
        return (StatusCode::SERVICE_UNAVAILABLE, "not connected to the broker\n").into_response();
    }
    "ready\n".into_response()
}

async fn metrics(State(admin): State<Arc<Admin>>) -> Response {
    let flag = |on| if on { 1.0 } else { 0.0 };
    metrics::gauge!("koinos_ready").set(flag(admin.context.state().is_ready()));
    metrics::gauge!("koinos_broker_connected").set(flag(admin.broker_connected()));
    let kind = [("content-type", "text/plain; version=0.0.4")];
    (kind, admin.metrics.render() + &admin.context.render_momentary()).into_response()
}

async fn status(State(admin): State<Arc<Admin>>) -> Response {
    Json(admin.describe()).into_response()
}

async fn inspect(State(admin): State<Arc<Admin>>, UrlPath(topic): UrlPath<String>) -> Response {
    let Some(inspect) = admin.inspect.get() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "still starting\n").into_response();
    };
    match inspect(topic.clone()).await {
        Some(Ok(value)) => Json(value).into_response(),
        Some(Err(text)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{text}\n")).into_response(),
        None => (StatusCode::NOT_FOUND, format!("nothing to see of {topic}\n")).into_response(),
    }
}

async fn log_level(State(admin): State<Arc<Admin>>) -> Response {
    format!("{}\n", admin.log.level().name()).into_response()
}

async fn set_log_level(State(admin): State<Arc<Admin>>, body: String) -> Response {
    match LogLevel::from_str(body.trim(), true) {
        Ok(level) => {
            admin.log.set_level(level);
            let (id, name) = (events::LOG_LEVEL_CHANGED, level.name());
            tracing::info!(message_id = id, "log level set to {name} on the admin socket");
            format!("{}\n", level.name()).into_response()
        }
        Err(_) => {
            let text = "choose one of: trace, debug, info, warning, error, fatal\n";
            (StatusCode::BAD_REQUEST, text).into_response()
        }
    }
}

/// Passes a command on to the service.
async fn command(
    State(admin): State<Arc<Admin>>,
    UrlPath(name): UrlPath<String>,
    body: String,
) -> Response {
    let command = match admin.context.find_command(&name) {
        Ok(command) => command,
        Err(known) => {
            let text = format!("no command {name}; there are: {}\n", known.join(", "));
            return (StatusCode::NOT_FOUND, text).into_response();
        }
    };
    let argument = match body.trim() {
        "" => Ok(Value::Null),
        text => serde_json::from_str(text),
    };
    let argument = match argument {
        Ok(argument) => argument,
        Err(error) => {
            let text = format!("the body is not JSON: {error}\n");
            return (StatusCode::BAD_REQUEST, text).into_response();
        }
    };
    match command(argument).await {
        Ok(reply) => Json(reply).into_response(),
        Err(text) => (StatusCode::UNPROCESSABLE_ENTITY, format!("{text}\n")).into_response(),
    }
}
