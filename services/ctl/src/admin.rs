//! What the admin sockets of the services tell.

use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use koinos_local::resident_bytes;
use koinos_service::Fatal;
use serde_json::Value;

use crate::http;

/// A service on this machine answers at once, or not at all.
const LIMIT: Duration = Duration::from_secs(2);

/// The services of a node, in the order they are shown.
pub(crate) const SERVICES: [&str; 11] = [
    "block_store",
    "mempool",
    "chain",
    "p2p",
    "block_producer",
    "jsonrpc",
    "grpc",
    "rest",
    "transaction_store",
    "contract_meta_store",
    "account_history",
];

/// Whether a service serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// It does.
    Ready,
    /// It runs but does not serve; why.
    NotReady(String),
    /// Nothing answers on its socket.
    Absent,
}

/// Asks a service whether it serves.
pub(crate) async fn readiness(socket: &Path) -> Readiness {
    match http::get_unix(socket, "/readyz", LIMIT).await {
        Ok(reply) if reply.status == 200 => Readiness::Ready,
        Ok(reply) => {
            let text = String::from_utf8_lossy(&reply.body);
            let text = text.trim();
            Readiness::NotReady(text.strip_prefix("not ready: ").unwrap_or(text).to_owned())
        }
        Err(_) => Readiness::Absent,
    }
}

/// Tells a service something, and gives its reply.
///
/// # Errors
/// When it does not run, or refuses; the text is its own.
pub(crate) async fn command(
    socket: &Path,
    service: &str,
    name: &str,
    argument: &Value,
    limit: Duration,
) -> Result<Value, Fatal> {
    let path = format!("/command/{name}");
    let reply = http::post_unix(socket, &path, argument.to_string().into(), limit).await;
    let reply = reply.map_err(|error| {
        Fatal::unavailable(error.context(format!(
            "{service} does not answer at {}; start it, or say where the node is with --basedir",
            socket.display()
        )))
    })?;
    let text = String::from_utf8_lossy(&reply.body);
    match reply.status {
        200 => Ok(serde_json::from_str(&text)?),
        404 => Err(Fatal::failure(anyhow!(
            "this {service} knows no command {name}; it and koinosctl have to be of one version"
        ))),
        _ => Err(Fatal::failure(anyhow!("{service} refuses: {}", text.trim()))),
    }
}

/// What a running service tells about itself.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The JSON of `/status`.
    pub(crate) json: Value,
    /// Its memory in RAM, in bytes.
    pub(crate) memory: Option<u64>,
}

impl Page {
    /// Asks a service; `None` when it does not run.
    pub(crate) async fn fetch(socket: &Path) -> Option<Self> {
        let reply = http::get_unix(socket, "/status", LIMIT).await.ok()?;
        let json: Value = serde_json::from_slice(&reply.body).ok()?;
        let pid = json["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
        Some(Self { memory: pid.and_then(resident_bytes), json })
    }

    /// Whether it is connected to the broker.
    pub(crate) fn is_connected(&self) -> bool {
        self.json["broker"]["connected"].as_bool().unwrap_or(false)
    }

    /// A detail that the service reports.
    pub(crate) fn detail(&self, name: &str) -> Option<&Value> {
        self.json["details"].get(name)
    }
}
