//! The command line: options of every command, and the nouns.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, value_parser};

use crate::{
    account, broker, chain, config, contract, credential, devnet, events, import, index, instance,
    key, log, network, peers, rpc, status, tx,
};

/// Looks after a Koinos node, and runs development networks
#[derive(Debug, Parser)]
#[command(
    name = "koinosctl",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Exit status: 0 done, 1 failed, 64 wrong command line, 69 something does not answer, \
                  78 something has to be cured first."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) noun: Noun,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Global {
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Base directory of the node [default: ~/.koinos, or else /var/lib/koinos]
    #[arg(
        long,
        short = 'd',
        value_name = "DIR",
        global = true,
        env = "KOINOS_BASEDIR",
        hide_env_values = true
    )]
    pub(crate) basedir: Option<PathBuf>,

    /// Work on the tree of a system in this directory, such as an image
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) root: Option<PathBuf>,

    /// AMQP server URL [default: as in config.yml of the base directory]
    #[arg(long, short = 'a', value_name = "URL", global = true)]
    pub(crate) amqp: Option<String>,

    /// Speak JSON-RPC to this http:// URL, instead of AMQP
    #[arg(long, short = 'u', value_name = "URL", global = true, conflicts_with = "amqp")]
    pub(crate) url: Option<String>,

    /// Seconds a service may take to answer
    #[arg(long, value_name = "SECONDS", default_value = "10", global = true,
          value_parser = value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
}

impl Global {
    /// How long a service may take to answer.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// What a command is about.
#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// Private networks on this machine
    #[command(subcommand, arg_required_else_help = true)]
    Devnet(devnet::Verb),
    /// The whole node: services, broker, head, peers
    Status(status::Options),
    /// The nodes of this machine: network, service, state, head, socket
    Ls,
    /// The configuration: check it, show where values come from
    #[command(subcommand, arg_required_else_help = true)]
    Config(config::Verb),
    /// The message broker: provision a local one, use another one
    #[command(subcommand, arg_required_else_help = true)]
    Broker(broker::Verb),
    /// Passwords and keys that systemd hands to the services
    #[command(subcommand, arg_required_else_help = true)]
    Credential(credential::Verb),
    /// The network of the node: profiles, genesis data, switching
    #[command(subcommand, arg_required_else_help = true)]
    Network(network::Verb),
    /// Nodes of further networks on this machine
    #[command(subcommand, arg_required_else_help = true)]
    Instance(instance::Verb),
    /// Take over a node of the original
    #[command(subcommand, arg_required_else_help = true)]
    Import(import::Verb),
    /// Show or set the log level of a service that runs
    Log(log::Options),
    /// The chain: head, blocks, transactions, reads
    #[command(subcommand, arg_required_else_help = true)]
    Chain(chain::Verb),
    /// Peers: who is connected, who is added, who is banned
    #[command(subcommand, arg_required_else_help = true)]
    Peers(peers::Verb),
    /// An account: nonce and resource credits, or its history
    Account(account::Options),
    /// Private keys
    #[command(subcommand, arg_required_else_help = true)]
    Key(key::Verb),
    /// Contracts: upload, call, ABI
    #[command(subcommand, arg_required_else_help = true)]
    Contract(contract::Verb),
    /// Transactions: sign, submit, show
    #[command(subcommand, arg_required_else_help = true)]
    Tx(tx::Verb),
    /// The indexes: transaction_store, contract_meta_store, account_history
    #[command(subcommand, arg_required_else_help = true)]
    Index(index::Verb),
    /// Call any method of any service, in Koinos JSON
    Rpc(rpc::Options),
    /// Show what the services tell each other, as it happens
    Events(events::Options),
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Manpage {
        /// Write a page for each command into this directory instead
        #[arg(long, value_name = "DIR")]
        directory: Option<PathBuf>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
