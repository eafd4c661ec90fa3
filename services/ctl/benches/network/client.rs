//! A client of JSON-RPC and REST that costs little, for it shares the processors with what it measures.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A whole HTTP request, and what is in the answer if all is well.
#[derive(Debug, Clone)]
pub struct Request(Bytes, &'static str);

impl Request {
    /// A call with `params` in JSON.
    pub fn new(method: &str, params: &str) -> Self {
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        let length = body.len();
        let head = format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}");
        Self(format!("{head}\r\n\r\n{body}").into(), r#""result""#)
    }

    /// A path of REST.
    pub fn path(path: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into(), "HTTP/1.1 200")
    }
}

/// A connection that is kept.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    pub async fn connect(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::new() })
    }

    /// Asks, and takes anything else for a failure.
    pub async fn ask(&mut self, request: &Request) -> Result<()> {
        self.stream.write_all(&request.0).await?;
        self.answer.clear();
        self.read().await?;
        let text = std::str::from_utf8(&self.answer)?;
        ensure!(text.contains(request.1) && !text.contains(r#""reverted":true"#), "{text}");
        Ok(())
    }

    /// Reads an answer whose length is told.
    async fn read(&mut self) -> Result<()> {
        loop {
            self.more().await?;
            let Some(head) = self.answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
                continue;
            };
            let text = std::str::from_utf8(&self.answer[..head])?.to_ascii_lowercase();
            let length = text.split("content-length: ").nth(1).context("no length")?;
            let length: usize = length.split("\r\n").next().unwrap_or_default().parse()?;
            while self.answer.len() < head + 4 + length {
                self.more().await?;
            }
            return Ok(());
        }
    }

    async fn more(&mut self) -> Result<()> {
        let count = self.stream.read_buf(&mut self.answer).await?;
        ensure!(count > 0, "the server closed the connection");
        Ok(())
    }
}
