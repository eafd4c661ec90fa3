//! HTTP as far as it is needed: one request over a socket.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Uri;
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Status and body of a reply.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

/// Gets `path` over a unix socket.
pub(crate) async fn get_unix(socket: &Path, path: &str, limit: Duration) -> Result<Reply> {
    unix(socket, "GET", path, Bytes::new(), limit).await
}

/// Puts `body` to `path` over a unix socket.
pub(crate) async fn put_unix(
    socket: &Path,
    path: &str,
    body: Bytes,
    limit: Duration,
) -> Result<Reply> {
    unix(socket, "PUT", path, body, limit).await
}

async fn unix(
    socket: &Path,
    method: &str,
    path: &str,
    body: Bytes,
    limit: Duration,
) -> Result<Reply> {
    within(limit, async {
        let stream = UnixStream::connect(socket).await?;
        send(stream, method, path, "admin", body).await
    })
    .await
}

/// Posts to `path` over a unix socket.
pub(crate) async fn post_unix(
    socket: &Path,
    path: &str,
    body: Bytes,
    limit: Duration,
) -> Result<Reply> {
    within(limit, async {
        let stream = UnixStream::connect(socket).await?;
        send(stream, "POST", path, "admin", body).await
    })
    .await
}

/// Posts to an `http://` URL.
pub(crate) async fn post(url: &Uri, body: Bytes, limit: Duration) -> Result<Reply> {
    let authority = url.authority().with_context(|| format!("{url} names no host"))?;
    let host = authority.host().trim_matches(['[', ']']);
    let port = authority.port_u16().unwrap_or(80);
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    within(limit, async {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        send(stream, "POST", path, authority.as_str(), body).await
    })
    .await
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    let limited = tokio::time::timeout(limit, work).await;
    limited.with_context(|| format!("no answer within {} s", limit.as_secs_f64()))?
}

async fn send(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    method: &str,
    path: &str,
    host: &str,
    body: Bytes,
) -> Result<Reply> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with the reply, which is where its errors show too.
    let driver = tokio::spawn(connection);
    let request = hyper::Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host)
        .body(Full::new(body))?;
    let reply = sender.send_request(request).await?;
    let status = reply.status().as_u16();
    let body = reply.into_body().collect().await?.to_bytes();
    driver.abort();
    Ok(Reply { status, body })
}
