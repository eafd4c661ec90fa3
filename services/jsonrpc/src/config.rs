//! The options of the JSON-RPC service.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, value_parser};

use crate::gateway::Settings;
use crate::http::HttpSettings;

/// Options besides the common ones, as flags and as keys of `jsonrpc` in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Multiaddr to listen on, such as /ip4/127.0.0.1/tcp/8080, /ip6/::1/tcp/8080 or /tcp/8080
    #[arg(long, short = 'L', value_name = "MULTIADDR", default_value = "/ip4/127.0.0.1/tcp/8080",
          value_parser = listen_address)]
    pub listen: SocketAddr,

    /// Path of the HTTP endpoint; one that ends in / stands for all paths below it
    #[arg(long, short, value_name = "PATH", default_value = "/", value_parser = path)]
    pub endpoint: String,

    /// Directory of protobuf descriptors of further services; a relative one is below the
    /// service's directory
    #[arg(long, short = 'D', value_name = "DIR", default_value = "descriptors")]
    pub descriptors: PathBuf,

    /// Directory of descriptors that packages install
    #[arg(long, value_name = "DIR", default_value = "/etc/koinos/descriptors.d")]
    pub shared_descriptors: PathBuf,

    /// Seconds a request may wait for others before it is refused
    #[arg(long, short, value_name = "SECONDS", default_value = "3",
          value_parser = value_parser!(u64).range(1..=3600))]
    pub gateway_timeout: u64,

    /// Seconds a service may take to answer
    #[arg(long, short, value_name = "SECONDS", default_value = "5",
          value_parser = value_parser!(u64).range(1..=3600))]
    pub mq_timeout: u64,

    /// Methods that may be called, by the beginnings of their names [default: all]
    #[arg(long, short, value_name = "NAME", action = ArgAction::Append, value_delimiter = ',')]
    pub whitelist: Vec<String>,

    /// Methods that may not be called, by the beginnings of their names
    #[arg(long, short, value_name = "NAME", action = ArgAction::Append, value_delimiter = ',')]
    pub blacklist: Vec<String>,

    /// Bytes a request may have
    #[arg(long, value_name = "BYTES", default_value = "16777216",
          value_parser = value_parser!(u64).range(1024..=536_870_912))]
    pub max_request: u64,

    /// Calls a batch may have
    #[arg(long, value_name = "N", default_value = "100", value_parser = value_parser!(u64).range(1..=10_000))]
    pub max_batch: u64,

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

    /// Path of the WebSocket endpoint, such as /ws [default: none]
    #[arg(long, value_name = "PATH", value_parser = path)]
    pub websocket: Option<String>,

    /// WebSocket clients at the same time
    #[arg(long, value_name = "N", default_value = "256", value_parser = value_parser!(u64).range(1..=100_000))]
    pub websocket_clients: u64,

    /// Answer chain.get_head_info from what chain has broadcast, when that is certain
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "true",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub head_cache: bool,
}

impl Options {
    pub(crate) fn settings(&self, jobs: usize) -> Settings {
        Settings {
            jobs,
            gateway_timeout: Duration::from_secs(self.gateway_timeout),
            mq_timeout: Duration::from_secs(self.mq_timeout),
            max_batch: self.max_batch as usize,
            whitelist: self.whitelist.clone(),
            blacklist: self.blacklist.clone(),
            head_cache: self.head_cache,
        }
    }

    pub(crate) fn http_settings(&self) -> HttpSettings {
        HttpSettings {
            endpoint: self.endpoint.clone(),
            max_request: self.max_request as usize,
            max_connections: self.max_connections as usize,
            client_timeout: Duration::from_secs(self.client_timeout),
            rate_limit: self.rate_limit,
            forwarded: self.forwarded,
            websocket: self.websocket.clone().map(|path| (path, self.websocket_clients as usize)),
        }
    }
}

fn path(text: &str) -> Result<String, String> {
    match text.starts_with('/') {
        true => Ok(text.to_owned()),
        false => Err("a path begins with /".to_owned()),
    }
}

/// Reads `/ip4/A/tcp/P`, `/ip6/A/tcp/P` or `/tcp/P`, which stands for all addresses.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
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
