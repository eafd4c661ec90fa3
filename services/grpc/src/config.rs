//! The options of the gRPC service.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, value_parser};
use koinos_http::FrontOptions;

use crate::server::Settings;

/// Calls made at the same time for each of `jobs`.
const CALLS_PER_JOB: usize = 64;

/// Options besides the common ones, as flags and as keys of `grpc` in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Address and port to listen on
    #[arg(long, short, value_name = "HOST:PORT", default_value = "0.0.0.0:50051",
          value_parser = endpoint)]
    pub endpoint: SocketAddr,

    /// Seconds a service may take to answer
    #[arg(long, short, value_name = "SECONDS", default_value = "5",
          value_parser = value_parser!(u64).range(1..=3600))]
    pub mq_timeout: u64,

    /// Methods that may be called, as SERVICE.METHOD or SERVICE [default: all]
    #[arg(long, short, value_name = "NAME", action = ArgAction::Append, value_delimiter = ',')]
    pub whitelist: Vec<String>,

    /// Methods that may not be called, as SERVICE.METHOD or SERVICE
    #[arg(long, short, value_name = "NAME", action = ArgAction::Append, value_delimiter = ',')]
    pub blacklist: Vec<String>,

    /// Compress larger answers for clients that accept it
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub gzip: bool,

    #[command(flatten)]
    pub(crate) front: FrontOptions,
}

impl Options {
    pub(crate) fn settings(&self, jobs: usize) -> Settings {
        Settings {
            calls: jobs * CALLS_PER_JOB,
            mq_timeout: Duration::from_secs(self.mq_timeout),
            gzip: self.gzip,
        }
    }
}

/// Reads `HOST:PORT`, where the host may be a name.
fn endpoint(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidInput => {
            "expected an address and a port such as 127.0.0.1:50051 or [::]:50051".to_owned()
        }
        _ => format!("{error}; give an address, such as 127.0.0.1:50051"),
    })?;
    found.into_iter().next().ok_or_else(|| "the name has no address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_addresses_and_ports() {
        for (text, address) in [
            ("0.0.0.0:50051", "0.0.0.0:50051"),
            ("[::1]:1", "[::1]:1"),
            ("127.0.0.1:0", "127.0.0.1:0"),
        ] {
            assert_eq!(endpoint(text).unwrap(), address.parse().unwrap());
        }
        assert!(endpoint("localhost:50051").unwrap().ip().is_loopback());
        for text in ["", "50051", "127.0.0.1", "/ip4/127.0.0.1/tcp/50051", "127.0.0.1:65536"] {
            let error = endpoint(text).unwrap_err();
            assert!(error.contains("127.0.0.1:50051"), "{text}: {error}");
        }
    }
}
