//! Asks a JSON-RPC server the same thing over and over and says how long it took.
//!
//!     load ADDRESS CONNECTIONS SECONDS [METHOD [PARAMS]]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::main]
async fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Vec<String>) -> Result<()> {
    let [address, connections, seconds, rest @ ..] = &arguments[..] else {
        anyhow::bail!("usage: load ADDRESS CONNECTIONS SECONDS [METHOD [PARAMS]]");
    };
    let connections: usize = connections.parse().context("CONNECTIONS is a number")?;
    let length = Duration::from_secs(seconds.parse().context("SECONDS is a number")?);
    let method = rest.first().map_or("chain.get_head_info", String::as_str);
    let params = rest.get(1).map_or("{}", String::as_str);
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    let request: Arc<str> = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into();
    let began = Instant::now();
    let end = began + length;
    let clients: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(client(address.clone(), request.clone(), end)))
        .collect();
    let mut times = Vec::new();
    let mut failures = 0;
    for client in clients {
        let (taken, failed) = client.await??;
        times.extend(taken);
        failures += failed;
    }
    let elapsed = began.elapsed().as_secs_f64();
    times.sort_unstable();
    ensure!(!times.is_empty(), "no answer at all");
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{method}: {connections} connections, {:.0} requests/s, {failures} errors, \
         p50 {:.3} ms, p95 {:.3} ms, p99 {:.3} ms, max {:.3} ms",
        times.len() as f64 / elapsed,
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
    Ok(())
}

/// Asks until `end`; how long each answer took, and how many were errors.
async fn client(
    address: String,
    request: Arc<str>,
    end: Instant,
) -> Result<(Vec<Duration>, usize)> {
    let mut stream = TcpStream::connect(&address).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    let (mut times, mut failures) = (Vec::new(), 0);
    let mut answer = Vec::new();
    while Instant::now() < end {
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        answer.clear();
        read(&mut stream, &mut answer).await?;
        times.push(began.elapsed());
        let text = String::from_utf8_lossy(&answer);
        failures += usize::from(!text.contains("\"result\""));
    }
    Ok((times, failures))
}

/// Reads one answer, whose length is told.
async fn read(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<()> {
    loop {
        ensure!(stream.read_buf(answer).await? > 0, "the server closed the connection");
        let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
        let length = text.split("content-length: ").nth(1).context("an answer without length")?;
        let length: usize = length.split("\r\n").next().unwrap_or_default().parse()?;
        while answer.len() < head + 4 + length {
            ensure!(stream.read_buf(answer).await? > 0, "the server closed the connection");
        }
        return Ok(());
    }
}
