//! The options that HTTP services have in common, as flags and as keys of their sections.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, value_parser};

use crate::Limits;

/// The limits.
#[derive(Debug, Clone, clap::Args)]
pub struct FrontOptions {
    /// Bytes a request may have
    #[arg(long, value_name = "BYTES", default_value = "16777216",
          value_parser = value_parser!(u64).range(1024..=536_870_912))]
    pub max_request: u64,

    /// Connections at the same time; more wait until one ends
    #[arg(long, value_name = "N", default_value = "512", value_parser = value_parser!(u64).range(1..=100_000))]
    pub max_connections: u64,

    /// Seconds a client may be silent within a request, between two, and while it should take an
    /// answer
    #[arg(long, value_name = "SECONDS", default_value = "60",
          value_parser = value_parser!(u64).range(1..=3600))]
    pub client_timeout: u64,

    /// Requests each client may make in a second; 0 for any number
    #[arg(long, value_name = "N", default_value = "0", value_parser = value_parser!(u32).range(0..=1_000_000))]
    pub rate_limit: u32,

    /// Take the client's address from the last entry of X-Forwarded-For, behind a proxy that sets
    /// it
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub forwarded: bool,
}

impl FrontOptions {
    /// The limits that the options say.
    pub fn limits(&self) -> Limits {
        Limits {
            max_request: self.max_request as usize,
            max_connections: self.max_connections as usize,
            client_timeout: Duration::from_secs(self.client_timeout),
            rate_limit: self.rate_limit,
            forwarded: self.forwarded,
        }
    }
}

/// Reads `/ip4/A/tcp/P`, `/ip6/A/tcp/P` or `/tcp/P`, which stands for all addresses.
///
/// # Errors
/// What is expected instead.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let (address, port) = match parts[..] {
        ["", "tcp", port] => (Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)), port),
        ["", "ip4", address, "tcp", port] => (address.parse().ok().map(IpAddr::V4), port),
        ["", "ip6", address, "tcp", port] => (address.parse().ok().map(IpAddr::V6), port),
        _ => (None, ""),
    };
    address.zip(port.parse().ok()).map(SocketAddr::from).ok_or_else(|| {
        "expected a multiaddr such as /ip4/127.0.0.1/tcp/8080, or /tcp/8080 for all addresses"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_to_listen_on() {
        for (text, address) in [
            ("/ip4/127.0.0.1/tcp/8080", "127.0.0.1:8080"),
            ("/ip6/::1/tcp/1", "[::1]:1"),
            ("/tcp/8080", "[::]:8080"),
        ] {
            assert_eq!(listen_address(text).unwrap(), address.parse().unwrap());
        }
        for text in ["", "127.0.0.1:80", "/ip4/::1/tcp/1", "/ip4/1.2.3.4/udp/1", "/tcp/65536"] {
            assert!(listen_address(text).is_err(), "{text}");
        }
    }
}
