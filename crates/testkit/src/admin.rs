//! The admin socket of a daemon.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Asks for a page: its status and its text.
///
/// # Errors
/// When nobody listens, or the answer is not HTTP.
pub fn get(socket: &Path, page: &str) -> Result<(u16, String)> {
    request(socket, "GET", page, "")
}

/// One request with a body: the status and the text of its answer.
///
/// # Errors
/// As [`get`].
pub fn request(socket: &Path, method: &str, page: &str, body: &str) -> Result<(u16, String)> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let length = body.len();
    write!(
        stream,
        "{method} {page} HTTP/1.1\r\nHost: koinos\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    let (head, body) = reply.split_once("\r\n\r\n").context("an answer without a head")?;
    let status = head.split(' ').nth(1).context("an answer without a status")?;
    Ok((status.parse()?, body.to_owned()))
}
