//! The ports that nodes listen on: fixed ones where possible, and never one that another devnet is
//! about to use.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use anyhow::anyhow;
use koinos_service::Fatal;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt};

/// The first choice for JSON-RPC.
pub(crate) const JSON_RPC: u16 = 8080;
/// The first choice for gRPC.
pub(crate) const GRPC: u16 = 50051;
/// The first choice for REST.
pub(crate) const REST: u16 = 3000;
/// The first choice for p2p.
pub(crate) const P2P: u16 = 8888;
/// How many choices there are.
const CHOICES: u16 = 100;

/// A port that no other devnet of this machine takes while this lives: its name is held as a socket
/// in the abstract name space, which the system frees with the process.
///
/// The port is held, too. The system gives high ports like that of gRPC to connections that programs make,
/// and so it might before the service listens.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) number: u16,
    _held: (UnixListener, OwnedFd),
}

impl Port {
    /// Takes the port asked for.
    ///
    /// # Errors
    /// When it is taken.
    pub(crate) fn exactly(number: u16) -> Result<Self, Fatal> {
        Self::take(number).ok_or_else(|| {
            Fatal::config(anyhow!(
                "port {number} is taken by another program; stop that, choose another --port, or \
                 leave --port out to get a free one"
            ))
        })
    }

    /// Takes the first port that is free, from `first` on.
    ///
    /// # Errors
    /// When all are taken.
    pub(crate) fn from(first: u16) -> Result<Self, Fatal> {
        let last = first.saturating_add(CHOICES - 1);
        (first..=last).find_map(Self::take).ok_or_else(|| {
            Fatal::config(anyhow!(
                "all ports from {first} to {last} are taken; stop what does not have to run"
            ))
        })
    }

    /// Where HTTP is served on it.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.number)
    }

    fn take(number: u16) -> Option<Self> {
        let name = SocketAddr::from_abstract_name(format!("koinos-devnet/{number}")).ok()?;
        let held = UnixListener::bind_addr(&name).ok()?;
        // Others do not know of these names.
        Some(Self { number, _held: (held, bound(number)?) })
    }
}

/// A socket that is bound to a port and does not listen. Another one that may share the address, as servers'
/// may, can do so beside it.
fn bound(number: u16) -> Option<OwnedFd> {
    let (family, flags) = (AddressFamily::INET, SocketFlags::CLOEXEC);
    let socket = socket_with(family, SocketType::STREAM, flags, None).ok()?;
    sockopt::set_socket_reuseaddr(&socket, true).ok()?;
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, number)).ok()?;
    Some(socket)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_port_is_kept_for_its_service() {
        let [number] = koinos_local::free_ports().unwrap();
        let port = Port::exactly(number).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).unwrap();
        let client = TcpStream::connect((Ipv4Addr::LOCALHOST, number)).unwrap();
        assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());
        // Also when the service starts again.
        drop((listener, client));
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).unwrap();
        drop(port);
    }

    #[test]
    fn a_port_is_given_once() {
        let [number] = koinos_local::free_ports().unwrap();
        let port = Port::exactly(number).unwrap();
        let error = Port::exactly(number).unwrap_err();
        assert_eq!(error.code(), 78);
        assert!(error.to_string().contains(&format!("port {number} is taken")), "{error}");
        drop(port);
        assert_eq!(Port::exactly(number).unwrap().number, number);
    }

    #[test]
    fn ports_of_other_programs_are_passed_over() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(Port::exactly(listener.local_addr().unwrap().port()).is_err());
        let (one, two) = (Port::from(JSON_RPC).unwrap(), Port::from(JSON_RPC).unwrap());
        assert_ne!(one.number, two.number);
    }
}
