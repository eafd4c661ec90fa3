//! What a service tells on its admin socket.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::client::PAUSE;
use crate::node::{LIMIT, Node, Service};

/// The status page of a service.
pub async fn status(node: &Node, service: Service) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&get(node, service, "/status").await?)?)
}

/// The sum of a metric over all its labels; 0 when it was not counted yet.
pub async fn metric(node: &Node, service: Service, name: &str) -> anyhow::Result<f64> {
    let page = get(node, service, "/metrics").await?;
    let text = String::from_utf8(page.to_vec())?;
    let lines = text
        .lines()
        .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
    lines.map(|line| Ok(line.rsplit(' ').next().unwrap_or_default().parse::<f64>()?)).sum()
}

async fn get(node: &Node, service: Service, path: &str) -> anyhow::Result<Bytes> {
    let stream = UnixStream::connect(node.admin_socket(service)).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Its errors show in the request.
    let driver = tokio::spawn(connection);
    let request = hyper::Request::get(path).header(HOST, "admin").body(Full::<Bytes>::default())?;
    let reply = sender.send_request(request).await?;
    let body = reply.into_body().collect().await?.to_bytes();
    driver.abort();
    Ok(body)
}

/// Waits until what is asked holds for the status page of p2p.
pub async fn wait_for(node: &Node, what: &str, limit: Duration, holds: impl Fn(&Value) -> bool) {
    let mut last = Value::Null;
    let waiting = async {
        loop {
            // While it starts there is no page.
            last = status(node, Service::P2p).await.unwrap_or_default();
            if holds(&last["details"]) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let came = tokio::time::timeout(limit, waiting).await;
    assert!(came.is_ok(), "no {what}: {last}\n{}", node.log(Service::P2p));
}

/// Waits until p2p has that many peers.
pub async fn wait_for_peers(node: &Node, count: u64) {
    wait_for(node, &format!("{count} peers"), LIMIT, |details| {
        details["koinos_peers"].as_u64() == Some(count)
    })
    .await;
}
