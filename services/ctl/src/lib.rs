//! `koinosctl`: a node and development networks from the command line.
//!
//! A command is a noun and a verb. Each noun is a module; it speaks to the services through
//! [`node::Node`] in Koinos JSON, whatever carries it, and shows what it found through
//! [`output::Output`]. Errors are [`Fatal`]: a text that says what, where and what to do, and an exit
//! status.

mod account;
mod admin;
mod argument;
mod broker;
mod chain;
mod cli;
mod config;
mod contract;
mod credential;
mod devnet;
mod events;
mod files;
mod http;
mod import;
mod index;
mod instance;
mod key;
mod layout;
mod log;
mod ls;
mod network;
mod node;
mod output;
mod peers;
mod program;
mod refusal;
mod rpc;
mod sending;
mod shell;
mod sockets;
mod status;
mod systemd;
mod tx;

use std::process::ExitCode;

use clap::Parser;
use koinos_service::{Fatal, exit};

use cli::{Cli, Noun};
use output::Output;

/// Runs the command line; this is all of `main`.
///
/// Exit status: 0 when it went well, 1 when something failed, 64 for a wrong command line, 69 when
/// something does not answer, 78 for what has to be cured first.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && json_is_asked_for() => {
            let text = error.render().to_string();
            return failed(&Fatal::usage(anyhow::anyhow!("{}", text.trim())), true);
        }
        Err(error) => {
            // Printing to a closed terminal may fail; the exit status still tells.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    let json = cli.global.json;
    match execute(cli) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(fatal) => failed(&fatal, json),
    }
}

/// Tells on standard error what went wrong.
fn failed(fatal: &Fatal, json: bool) -> ExitCode {
    match json {
        true => eprintln!("{}", refusal::error_json(fatal)),
        false => eprintln!("koinosctl: {fatal}"),
    }
    ExitCode::from(fatal)
}

/// Whether a command line that could not be read has `--json` among its options.
fn json_is_asked_for() -> bool {
    std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

fn execute(cli: Cli) -> Result<(), Fatal> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(dispatch(cli));
    // What is still going on belongs to requests that nobody waits for.
    runtime.shutdown_background();
    result
}

async fn dispatch(cli: Cli) -> Result<(), Fatal> {
    let Cli { global, noun } = cli;
    let output = Output::new(global.json);
    match noun {
        Noun::Devnet(verb) => devnet::run(verb, &global, &output).await,
        Noun::Status(options) => status::run(&options, &global, &output).await,
        Noun::Ls => ls::run(&global, &output).await,
        Noun::Config(verb) => config::run(&verb, &global, &output),
        Noun::Broker(verb) => broker::run(verb, &global, &output),
        Noun::Credential(verb) => credential::run(&verb, &global, &output),
        Noun::Network(verb) => network::run(verb, &global, &output),
        Noun::Instance(verb) => instance::run(verb, &global, &output),
        Noun::Import(verb) => import::run(&verb, &global, &output),
        Noun::Log(options) => log::run(&options, &global, &output).await,
        Noun::Chain(verb) => chain::run(verb, &global, &output).await,
        Noun::Peers(verb) => peers::run(&verb, &global, &output).await,
        Noun::Account(options) => account::run(options, &global, &output).await,
        Noun::Key(verb) => key::run(&verb, &output),
        Noun::Contract(verb) => contract::run(verb, &global, &output).await,
        Noun::Tx(verb) => tx::run(verb, &global, &output).await,
        Noun::Index(verb) => index::run(verb, &global, &output).await,
        Noun::Rpc(options) => rpc::run(&options, &global, &output).await,
        Noun::Events(options) => events::run(options, &global, &output).await,
        Noun::Completions { shell } => shell::completions(shell),
        Noun::Manpage { directory } => shell::manpage(directory.as_deref()),
    }
}
