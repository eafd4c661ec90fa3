//! Connections: accepted up to a number, ended when their client keeps silent.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use koinos_events as events;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::Front;
use crate::patient::Patient;

/// Requests of one HTTP/2 connection that are handled at the same time.
const MAX_STREAMS: u32 = 32;
/// Bytes of the headers of a request.
const MAX_HEADERS: usize = 32 << 10;
/// How long a client that is connected may still send a request when the service is to stop. Its
/// request and the end of the connection might cross, which it would take for a failure; the answer to
/// a request tells it that there will be no other.
const WELCOME: Duration = Duration::from_secs(1);
/// After an error in accepting, which the next attempt would meet again.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes the socket the service manager holds, or makes one at `address`.
///
/// # Errors
/// When the address cannot be listened on.
pub fn listen(inherited: Option<OwnedFd>, address: SocketAddr) -> io::Result<TcpListener> {
    let listener = match inherited {
        Some(socket) => std::net::TcpListener::from(socket),
        None => bind(address)?,
    };
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// `[::]` stands for all addresses, also where there is no IPv6.
fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    match std::net::TcpListener::bind(address) {
        Err(error) if address.is_ipv6() && address.ip().is_unspecified() => {
            let all = (Ipv4Addr::UNSPECIFIED, address.port());
            std::net::TcpListener::bind(all).map_err(|_| error)
        }
        outcome => outcome,
    }
}

/// Serves connections until the service is to stop, and then those that are in the middle of a
/// request.
pub async fn serve(listener: TcpListener, front: Arc<Front>, router: Router) {
    let places = Arc::new(Semaphore::new(front.limits.max_connections));
    let connections = TaskTracker::new();
    let shutdown = front.shutdown.clone();
    loop {
        let next = async {
            // Without a permit the semaphore would be closed, which it never is.
            let place = places.clone().acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let Some((place, accepted)) = shutdown.run_until_cancelled(next).await else { break };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                let id = events::ACCEPT_FAILED;
                warn!(message_id = id, "cannot accept a connection: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let peer = Arc::new(Peer::new(address.ip()));
        let router = router.clone().layer(Extension(peer.clone()));
        let front = front.clone();
        connections.spawn(async move {
            front.connections.increment(1.0);
            attend(&front, stream, &peer, TowerToHyperService::new(router)).await;
            front.connections.decrement(1.0);
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Serves one connection to its end.
async fn attend(
    front: &Front,
    stream: TcpStream,
    peer: &Peer,
    service: TowerToHyperService<Router>,
) {
    let limit = front.limits.client_timeout;
    // Most answers fit into one packet, which shall not wait for another.
    if let Err(error) = stream.set_nodelay(true) {
        debug!("{}: {error}", peer.address);
    }
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limit).max_buf_size(MAX_HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limit)
        .keep_alive_timeout(limit)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADERS as u32);
    let stream = TokioIo::new(Patient::new(stream, limit));
    let mut connection = pin!(builder.serve_connection_with_upgrades(stream, service));
    let mut leaving = pin!(async {
        front.shutdown.cancelled().await;
        // Whether it asks or not, the connection is to end.
        let _ = tokio::time::timeout(WELCOME, peer.asking()).await;
    });
    let mut ending = false;
    loop {
        let silence = tokio::time::sleep(peer.patience(limit));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = leaving.as_mut(), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
                continue;
            }
            () = silence => {
                if !peer.is_silent(limit) {
                    continue;
                }
                if ending {
                    debug!("{}: cut off, having been silent", peer.address);
                    return;
                }
                ending = true;
                peer.touch();
                connection.as_mut().graceful_shutdown();
                continue;
            }
        };
        if let Err(error) = ended {
            debug!("{}: {error}", peer.address);
        }
        return;
    }
}

/// The other side of a connection.
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Requests that are being handled.
    active: AtomicUsize,
    /// Told when there is another.
    begun: Notify,
    /// When the last one was over, or the connection began.
    last: Mutex<Instant>,
}

/// A request being handled.
pub struct Active(Arc<Peer>);

impl Peer {
    fn new(address: IpAddr) -> Self {
        Self {
            address,
            active: AtomicUsize::new(0),
            begun: Notify::new(),
            last: Mutex::new(Instant::now()),
        }
    }

    /// Counts a request until the guard is dropped.
    pub fn active(self: &Arc<Self>) -> Active {
        self.active.fetch_add(1, Ordering::AcqRel);
        self.begun.notify_one();
        Active(self.clone())
    }

    /// Waits until a request is being handled.
    async fn asking(&self) {
        while self.active.load(Ordering::Acquire) == 0 {
            self.begun.notified().await;
        }
    }

    /// The client has just done something, such as to take a part of an answer.
    pub fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn silence(&self) -> Duration {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Whether the client has had nothing to do here for `limit`.
    fn is_silent(&self, limit: Duration) -> bool {
        self.active.load(Ordering::Acquire) == 0 && self.silence() >= limit
    }

    /// When to look again.
    fn patience(&self, limit: Duration) -> Duration {
        match limit.saturating_sub(self.silence()) {
            Duration::ZERO => limit,
            left => left,
        }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.touch();
        self.0.active.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The address as it is shown to people.
pub fn shown(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("all addresses, port {}", address.port()),
        false => address.to_string(),
    }
}
