//! A plain client of HTTP/1.1, for tests of services over HTTP.
//!
//! Like assertions, it panics when something is not as it should be.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test shall fail then")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Far more than anything takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A client that says exactly what it is told to.
pub struct Client {
    /// The connection.
    pub stream: TcpStream,
    read: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// What follows the headers.
    pub body: Vec<u8>,
}

impl Reply {
    /// The first header of this name, which is written in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body, which has to be text.
    ///
    /// # Panics
    /// When it is none.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Client {
    /// Connects to a server.
    ///
    /// # Panics
    /// When there is none.
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, LIMIT).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// When they cannot be sent.
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Makes a request and waits for the reply.
    ///
    /// # Panics
    /// As [`Client::reply`].
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        self.send(head.as_bytes());
        self.send(body);
        self.read_reply(method != "HEAD")
    }

    /// Reads one reply, whose body has a length or comes in chunks.
    ///
    /// # Panics
    /// When there is none, or it is no HTTP.
    pub fn reply(&mut self) -> Reply {
        self.read_reply(true)
    }

    fn read_reply(&mut self, has_body: bool) -> Reply {
        let head = self.until(b"\r\n\r\n");
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        };
        let mut reply = Reply { status, headers: lines.map(header).collect(), body: Vec::new() };
        if !has_body || matches!(reply.status, 204 | 304) {
            return reply;
        }
        if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = self.until(b"\r\n");
                let size = std::str::from_utf8(&size).unwrap().trim();
                let size = usize::from_str_radix(size, 16).unwrap();
                reply.body.extend(self.exactly(size));
                self.exactly(2);
                if size == 0 {
                    return reply;
                }
            }
        }
        let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
        reply.body = self.exactly(length);
        reply
    }

    fn fill(&mut self) -> bool {
        let mut piece = [0; 65_536];
        let count = self.stream.read(&mut piece).unwrap();
        self.read.extend(&piece[..count]);
        count > 0
    }

    fn until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(place) = self.read.windows(end.len()).position(|window| window == end) {
                return self.read.drain(..place + end.len()).collect();
            }
            assert!(self.fill(), "the connection ended");
        }
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            assert!(self.fill(), "the connection ended");
        }
        self.read.drain(..length).collect()
    }

    /// Waits until the other side closes the connection; what it said before.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.read);
        // Closing with unread bytes on the other side shows as a reset.
        let _ = self.stream.read_to_end(&mut rest);
        rest
    }
}
