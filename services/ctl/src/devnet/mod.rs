//! `devnet`: private networks on this machine, as many as are wanted.
//!
//! A devnet lives in one directory, which is also the base directory of its first node; further nodes
//! have theirs below it. A supervisor process holds everything: the message broker, the services, and
//! the state file that tells other shells about them. When it ends in any way, all it started ends
//! too.

mod control;
mod follow;
mod genesis;
mod heads;
mod install;
mod plan;
mod ports;
mod prepare;
mod registry;
mod start;
mod state;
mod summary;
mod supervisor;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, value_parser};
use koinos_service::Fatal;
use serde::{Deserialize, Serialize};

use crate::cli::Global;
use crate::output::Output;

/// What to do with development networks.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Start a network, and follow its blocks until Ctrl-C stops it
    Start(Box<StartOptions>),
    /// Stop a network; what is in a named directory stays
    Stop(Which),
    /// Show the networks that run, or one of them
    Status(Which),
    /// Remove a network's chain and keys, after stopping it
    Reset(Which),
    /// Make the private network of an installed node, unless it has a network; koinos-devnet-init.service
    /// does this
    Init(install::InitOptions),
}

/// Which network.
#[derive(Debug, Clone, Args)]
pub(crate) struct Which {
    /// Its directory [default: of the one that runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// How blocks come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Algorithm {
    /// One key signs every block
    Federated,
    /// Proof of work, on one processor
    Pow,
    /// Proof of burn
    Pob,
}

impl Algorithm {
    /// The name in options and configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Federated => "federated",
            Self::Pow => "pow",
            Self::Pob => "pob",
        }
    }
}

/// How to start a network.
#[derive(Debug, Clone, Args)]
pub(crate) struct StartOptions {
    /// Directory of the network; made if missing, continued if it is there [default: a temporary
    /// one]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// How blocks come about
    #[arg(long, value_name = "NAME", default_value = "federated")]
    pub(crate) algorithm: Algorithm,

    /// Milliseconds between blocks
    #[arg(long, value_name = "MS", default_value_t = 3_000,
          value_parser = value_parser!(u64).range(10..=3_600_000))]
    pub(crate) block_interval: u64,

    /// Number of nodes, each with services of its own, that are peers of each other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=32))]
    pub(crate) nodes: u32,

    /// Nodes that make blocks, by their numbers
    #[arg(long, value_name = "N", default_value = "1", value_delimiter = ',')]
    pub(crate) producers: Vec<u32>,

    /// Port of JSON-RPC of the first node [default: 8080, or the next free one]
    #[arg(long, value_name = "PORT", value_parser = value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,

    /// Leave a service out, on all nodes or on one: mempool, 2.mempool
    #[arg(long, value_name = "[N.]SERVICE", value_delimiter = ',', value_parser = plan::without)]
    pub(crate) without: Vec<plan::Without>,

    /// Start from this genesis file instead of a fresh one
    #[arg(long, value_name = "FILE", requires = "producer_key")]
    pub(crate) genesis: Option<PathBuf>,

    /// Key file of the producer of blocks [default: a fresh key]
    #[arg(long, value_name = "FILE")]
    pub(crate) producer_key: Option<PathBuf>,

    /// Give KOIN, and so mana, to another address in a fresh genesis
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub(crate) fund: Vec<String>,

    /// An option for a service, as in config.yml, on all nodes or on one: 2.chain.log-level=debug
    #[arg(long, value_name = "[N.]SERVICE.KEY=VALUE", value_parser = plan::setting)]
    pub(crate) set: Vec<plan::Setting>,

    /// Run in the background
    #[arg(long)]
    pub(crate) detach: bool,

    /// Directory of the services' programs [default: that of koinosctl, then PATH]
    #[arg(long, value_name = "DIR", env = "KOINOS_PROGRAM_DIR", hide_env_values = true)]
    pub(crate) program_dir: Option<PathBuf>,

    /// The directory is removed at the end
    #[arg(long, hide = true, requires = "data_dir")]
    pub(crate) temporary: bool,

    /// This process is the background one of a detached start
    #[arg(long, hide = true, requires = "data_dir")]
    pub(crate) supervise: bool,
}

/// Runs a verb.
pub(crate) async fn run(verb: Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    match verb {
        Verb::Start(options) => start::run(*options, global, output).await,
        Verb::Stop(which) => control::stop(&which, output),
        Verb::Status(which) => control::status(&which, output).await,
        Verb::Reset(which) => control::reset(&which, output),
        Verb::Init(options) => install::init(&options, &installed(global), output),
    }
}

/// The base directory of an installed node.
fn installed(global: &Global) -> PathBuf {
    global.basedir.clone().unwrap_or_else(|| PathBuf::from("/var/lib/koinos"))
}
