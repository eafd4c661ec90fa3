//! The options of the JSON-RPC service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, value_parser};
use koinos_http::{FrontOptions, listen_address};

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

    /// Calls a batch may have
    #[arg(long, value_name = "N", default_value = "100", value_parser = value_parser!(u64).range(1..=10_000))]
    pub max_batch: u64,

    #[command(flatten)]
    pub(crate) front: FrontOptions,

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
            limits: self.front.limits(),
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
