//! A TCP proxy that can break connections and refuse new ones.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;

use crate::poll;

/// Stands between a client and a server on the loopback interface.
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

struct State {
    target: SocketAddr,
    open: AtomicBool,
    accepted: AtomicUsize,
    streams: Mutex<Vec<TcpStream>>,
}

impl State {
    fn streams(&self) -> MutexGuard<'_, Vec<TcpStream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proxy {
    /// Starts passing connections on to `target_port`.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(target_port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            target: (Ipv4Addr::LOCALHOST, target_port).into(),
            open: AtomicBool::new(true),
            accepted: AtomicUsize::new(0),
            streams: Mutex::default(),
        });
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A closed proxy drops the connection at once.
                if shared.open.load(Ordering::SeqCst) {
                    connect(&shared, client);
                }
            }
        });
        Ok(Self { port, state })
    }

    /// The port clients connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Breaks all connections and refuses new ones until [`Proxy::restore`].
    pub fn cut(&self) {
        self.state.open.store(false, Ordering::SeqCst);
        self.break_connections();
    }

    /// Breaks all connections; new ones are welcome.
    pub fn break_connections(&self) {
        for stream in self.state.streams().drain(..) {
            // The other side may have been first.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections through again.
    pub fn restore(&self) {
        self.state.open.store(true, Ordering::SeqCst);
    }

    /// How many connections have been passed on so far.
    pub fn connections(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// Waits until that many connections have been passed on.
    ///
    /// # Errors
    /// When there are not that many by the deadline.
    pub fn wait_for_connections(&self, count: usize, limit: Duration) -> Result<()> {
        poll("connection", limit, || Ok((self.connections() >= count).then_some(())))
    }
}

fn connect(state: &Arc<State>, client: TcpStream) {
    let Ok(server) = TcpStream::connect(state.target) else { return };
    let Ok(halves) = (|| -> std::io::Result<_> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        state.streams().extend([client.try_clone()?, server.try_clone()?]);
        Ok([(client.try_clone()?, server.try_clone()?), (server, client)])
    })() else {
        return;
    };
    state.accepted.fetch_add(1, Ordering::SeqCst);
    for (from, to) in halves {
        std::thread::spawn(move || pass_on(from, to));
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // Both ends learn that it is over.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_pass_break_and_pass_again() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let proxy = Proxy::start(server.local_addr().unwrap().port()).unwrap();
        std::thread::spawn(move || {
            for mut stream in server.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut byte = [0];
                    while stream.read_exact(&mut byte).is_ok() {
                        stream.write_all(&byte).unwrap();
                    }
                });
            }
        });
        let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).unwrap();
        let echo = |stream: &mut TcpStream| -> std::io::Result<u8> {
            let mut byte = [7];
            stream.write_all(&byte)?;
            stream.read_exact(&mut byte)?;
            Ok(byte[0])
        };
        let mut stream = connect();
        assert_eq!(echo(&mut stream).unwrap(), 7);
        proxy.cut();
        assert!(echo(&mut stream).is_err());
        assert!(echo(&mut connect()).is_err());
        proxy.restore();
        assert_eq!(echo(&mut connect()).unwrap(), 7);
        assert_eq!(proxy.connections(), 2);
    }
}
