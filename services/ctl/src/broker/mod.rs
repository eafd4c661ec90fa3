//! `broker`: the message broker of a node. A local one gets a virtual host and a user for the node;
//! a remote one is written into the configuration.

mod setup;
mod target;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use koinos_service::Fatal;

use crate::cli::Global;
use crate::layout::Layout;
use crate::output::Output;

pub(crate) use setup::setup;

/// The fragment of the configuration that says where the broker is.
const FRAGMENT: &str = "20-broker.yml";

/// What to do with the broker.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a virtual host, a user and policies on the RabbitMQ of this machine, and use them. May be
    /// repeated
    Setup(Setup),
    /// Use the broker at a URL, or a cluster of them
    Set(Set),
}

/// What is made on the broker.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Setup {
    /// Name of the virtual host and of the user [default: koinos, or koinos-NETWORK]
    #[arg(long, value_name = "NAME")]
    pub(crate) vhost: Option<String>,

    /// Keep the queues of services on several nodes of a cluster (a new virtual host only)
    #[arg(long)]
    pub(crate) quorum: bool,

    /// Print the definitions, for `rabbitmqctl import_definitions` on another machine, and make
    /// nothing
    #[arg(long, conflicts_with = "quorum")]
    pub(crate) definitions: bool,

    /// Write the definitions into FILE, for root alone, instead of telling the broker, and have the
    /// node use the broker
    #[arg(long, value_name = "FILE", conflicts_with_all = ["quorum", "definitions"])]
    pub(crate) prepare: Option<PathBuf>,

    /// The program that tells the broker [default: rabbitmqctl in PATH]
    #[arg(long, value_name = "PROGRAM", hide = true)]
    pub(crate) rabbitmqctl: Option<PathBuf>,
}

/// Which broker is used.
#[derive(Debug, Clone, Args)]
pub(crate) struct Set {
    /// amqp://USER@HOST:PORT/VHOST, or amqps://; several with commas are the nodes of a cluster. A
    /// password in it goes into the file of the credential
    url: String,

    /// Certificates of the authorities to trust, for amqps
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Own certificate, for amqps
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// Key of the own certificate
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// Addresses that the units may reach, such as 10.0.0.0/24, instead of those the hosts have now
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    allow: Vec<String>,
}

/// Provisions or sets.
pub(crate) fn run(verb: Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    let layout = Layout::find(global)?;
    match verb {
        Verb::Setup(options) if options.definitions => setup::print(&layout, &options),
        Verb::Setup(options) => output.show(&setup(&layout, &options)?),
        Verb::Set(options) => output.show(&target::set(&layout, &options)?),
    }
}

/// The file of the fragment.
fn fragment(layout: &Layout) -> PathBuf {
    layout.fragments().join(FRAGMENT)
}
