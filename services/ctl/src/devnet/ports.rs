//! The port of JSON-RPC: a fixed one where possible, and never one that another devnet is about to
//! use.

use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use anyhow::anyhow;
use koinos_service::Fatal;

/// The first choice, and how many follow.
const FIRST: u16 = 8080;
const CHOICES: u16 = 100;

/// A port that no other devnet of this machine takes while this lives: its name is held as a socket
/// in the abstract name space, which the system frees with the process.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) number: u16,
    _held: UnixListener,
}

impl Port {
    /// Takes the port asked for, or the first free one.
    ///
    /// # Errors
    /// When the port asked for is taken, or all are.
    pub(crate) fn choose(wanted: Option<u16>) -> Result<Self, Fatal> {
        match wanted {
            Some(number) => Self::take(number).ok_or_else(|| {
                Fatal::config(anyhow!(
                    "port {number} is taken by another program; stop that, choose another --port, \
                     or leave --port out to get a free one"
                ))
            }),
            None => (FIRST..FIRST + CHOICES).find_map(Self::take).ok_or_else(|| {
                Fatal::config(anyhow!(
                    "all ports from {FIRST} to {} are taken; choose a --port",
                    FIRST + CHOICES - 1
                ))
            }),
        }
    }

    fn take(number: u16) -> Option<Self> {
        let name = SocketAddr::from_abstract_name(format!("koinos-devnet/{number}")).ok()?;
        let held = UnixListener::bind_addr(&name).ok()?;
        // Others do not know of these names.
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        Some(Self { number, _held: held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once() {
        let [number] = koinos_local::free_ports().unwrap();
        let port = Port::choose(Some(number)).unwrap();
        let error = Port::choose(Some(number)).unwrap_err();
        assert_eq!(error.code(), 78);
        assert!(error.to_string().contains(&format!("port {number} is taken")), "{error}");
        drop(port);
        assert_eq!(Port::choose(Some(number)).unwrap().number, number);
    }

    #[test]
    fn ports_of_other_programs_are_passed_over() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(Port::choose(Some(listener.local_addr().unwrap().port())).is_err());
        let (one, two) = (Port::choose(None).unwrap(), Port::choose(None).unwrap());
        assert_ne!(one.number, two.number);
    }
}
