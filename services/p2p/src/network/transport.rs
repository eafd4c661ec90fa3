//! Connections: TCP with noise or TLS and yamux, names resolved; the listening socket may be one that
//! the service manager holds.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, Ready, ready};
use futures_util::io::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, DialOpts, ListenerId, TransportError, TransportEvent};
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, Version};
use libp2p::core::{ConnectedPoint, UpgradeInfo};
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, Transport, dns, noise, tcp, tls, yamux};

use super::exchange::{Exchange, Line, Tap};

/// How long making a connection may take, with security and multiplexer.
const UPGRADE_LIMIT: Duration = Duration::from_secs(15);

/// TCP whose next listener is a socket that is open already.
pub struct WithListener {
    tcp: tcp::tokio::Transport,
    inherited: Option<tokio::net::TcpListener>,
    /// The inherited socket once it is listened on, and whether that was announced.
    listening: Option<(ListenerId, tokio::net::TcpListener, bool)>,
}

impl WithListener {
    /// `inherited` is used for the first address that is listened on, instead of that.
    pub fn new(inherited: Option<tokio::net::TcpListener>) -> Self {
        let config = tcp::Config::default().nodelay(true);
        Self { tcp: tcp::tokio::Transport::new(config), inherited, listening: None }
    }

    fn poll_inherited(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<TransportEvent<<Self as Transport>::ListenerUpgrade, io::Error>> {
        let Some((listener_id, listener, announced)) = &mut self.listening else {
            return Poll::Pending;
        };
        let listener_id = *listener_id;
        let local = match listener.local_addr() {
            Ok(local) => multiaddr(local),
            Err(error) => return Poll::Ready(TransportEvent::ListenerError { listener_id, error }),
        };
        if !std::mem::replace(announced, true) {
            return Poll::Ready(TransportEvent::NewAddress { listener_id, listen_addr: local });
        }
        match listener.poll_accept(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => {
                Poll::Ready(TransportEvent::ListenerError { listener_id, error })
            }
            Poll::Ready(Ok((stream, remote))) => {
                // Without it each small message waits for the one before.
                let prepared = stream.set_nodelay(true).map(|()| tcp::tokio::TcpStream(stream));
                Poll::Ready(TransportEvent::Incoming {
                    listener_id,
                    upgrade: Either::Right(ready(prepared)),
                    local_addr: local,
                    send_back_addr: multiaddr(remote),
                })
            }
        }
    }
}

fn multiaddr(address: SocketAddr) -> Multiaddr {
    // An IPv4 peer on a socket for both families is still an IPv4 peer.
    let ip = address.ip().to_canonical();
    Multiaddr::from(ip).with(Protocol::Tcp(address.port()))
}

impl Transport for WithListener {
    type Output = tcp::tokio::TcpStream;
    type Error = io::Error;
    type ListenerUpgrade = Either<
        <tcp::tokio::Transport as Transport>::ListenerUpgrade,
        Ready<Result<Self::Output, io::Error>>,
    >;
    type Dial = <tcp::tokio::Transport as Transport>::Dial;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        match self.inherited.take() {
            Some(listener) => {
                self.listening = Some((id, listener, false));
                Ok(())
            }
            None => self.tcp.listen_on(id, address),
        }
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        match self.listening.take_if(|(listening, ..)| *listening == id) {
            Some(_) => true,
            None => self.tcp.remove_listener(id),
        }
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Self::Dial, TransportError<io::Error>> {
        self.tcp.dial(address, options)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        if let Poll::Ready(event) = self.poll_inherited(context) {
            return Poll::Ready(event);
        }
        Pin::new(&mut self.tcp).poll(context).map(|event| event.map_upgrade(Either::Left))
    }
}

/// The whole stack.
///
/// # Errors
/// When the key cannot be used for noise or TLS.
pub fn build(
    keypair: &Keypair,
    inherited: Option<tokio::net::TcpListener>,
    exchange: &Arc<Exchange>,
) -> anyhow::Result<Boxed<(PeerId, StreamMuxerBox)>> {
    let tcp = WithListener::new(inherited);
    let security =
        Security { noise: noise::Config::new(keypair)?, tls: tls::Config::new(keypair)? };
    // Without a resolver's configuration there are no names, but there are addresses.
    if dns_works() {
        let stack = dns::tokio::Transport::system(tcp)?;
        return Ok(tapped(upgraded(stack, security), exchange));
    }
    Ok(tapped(upgraded(tcp, security), exchange))
}

fn dns_works() -> bool {
    match dns::tokio::Transport::system(()) {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!("Names of peers cannot be resolved: {error}");
            false
        }
    }
}

fn upgraded<T>(transport: T, security: Security) -> Boxed<(PeerId, StreamMuxerBox)>
where
    T: Transport<Output = tcp::tokio::TcpStream> + Send + Unpin + 'static,
    T::Error: Send + Sync + 'static,
    T::ListenerUpgrade: Send + 'static,
    T::Dial: Send + 'static,
{
    transport
        .upgrade(Version::V1)
        .authenticate(security)
        .multiplex(yamux::Config::default())
        .timeout(UPGRADE_LIMIT)
        .boxed()
}

fn tapped(
    transport: Boxed<(PeerId, StreamMuxerBox)>,
    exchange: &Arc<Exchange>,
) -> Boxed<(PeerId, StreamMuxerBox)> {
    let exchange = Arc::clone(exchange);
    let tap = move |(peer, muxer), point: ConnectedPoint| {
        let line = Line::new(Arc::clone(&exchange), peer, point.get_remote_address());
        (peer, StreamMuxerBox::new(Tap::new(muxer, line)))
    };
    transport.map(tap).boxed()
}

/// Noise, or TLS if the other side does not speak it.
#[derive(Clone)]
struct Security {
    noise: noise::Config,
    tls: tls::Config,
}

/// A secured connection and who is at its other end.
type Secured<C> = (PeerId, Either<noise::Output<C>, tls::TlsStream<C>>);
type Securing<C> = Pin<Box<dyn Future<Output = Result<Secured<C>, io::Error>> + Send>>;

impl UpgradeInfo for Security {
    type Info = &'static str;
    type InfoIter = std::vec::IntoIter<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        let noise = self.noise.protocol_info();
        noise.chain(self.tls.protocol_info()).collect::<Vec<_>>().into_iter()
    }
}

impl Security {
    fn is_noise(&self, name: &str) -> bool {
        self.noise.protocol_info().any(|noise| noise == name)
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin + Send + 'static> InboundConnectionUpgrade<C> for Security {
    type Output = Secured<C>;
    type Error = io::Error;
    type Future = Securing<C>;

    fn upgrade_inbound(self, socket: C, name: &'static str) -> Securing<C> {
        match self.is_noise(name) {
            true => secured(self.noise.upgrade_inbound(socket, name), Either::Left),
            false => secured(self.tls.upgrade_inbound(socket, name), Either::Right),
        }
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin + Send + 'static> OutboundConnectionUpgrade<C> for Security {
    type Output = Secured<C>;
    type Error = io::Error;
    type Future = Securing<C>;

    fn upgrade_outbound(self, socket: C, name: &'static str) -> Securing<C> {
        match self.is_noise(name) {
            true => secured(self.noise.upgrade_outbound(socket, name), Either::Left),
            false => secured(self.tls.upgrade_outbound(socket, name), Either::Right),
        }
    }
}

fn secured<C, S, E>(
    upgrade: impl Future<Output = Result<(PeerId, S), E>> + Send + 'static,
    side: fn(S) -> Either<noise::Output<C>, tls::TlsStream<C>>,
) -> Securing<C>
where
    C: 'static,
    S: 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    Box::pin(async move {
        let (peer, stream) = upgrade.await.map_err(io::Error::other)?;
        Ok((peer, side(stream)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_families() {
        for (socket, wanted) in [
            ("192.0.2.1:8888", "/ip4/192.0.2.1/tcp/8888"),
            ("[::ffff:192.0.2.1]:8888", "/ip4/192.0.2.1/tcp/8888"),
            ("[2001:db8::1]:1", "/ip6/2001:db8::1/tcp/1"),
        ] {
            assert_eq!(multiaddr(socket.parse().unwrap()).to_string(), wanted);
        }
    }
}
