//! What a devnet is made of: its services, described as data, and what it is to be like.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use koinos_local::find_program;
use koinos_service::Fatal;
use serde_json::{Value, json};

use super::{Algorithm, StartOptions};

/// A service that a devnet can start.
#[derive(Debug)]
pub(crate) struct ServiceKind {
    /// Its name on the bus and in `config.yml`.
    pub(crate) name: &'static str,
    /// Whether there is no network without it.
    required: bool,
    /// Its section of `config.yml`.
    pub(crate) settings: fn(&Facts) -> Vec<(&'static str, Value)>,
}

/// What the sections of `config.yml` depend on.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) algorithm: Algorithm,
    /// Milliseconds.
    pub(crate) block_interval: u64,
    /// The address of the producer's key.
    pub(crate) producer: String,
    /// The address of the contract for proof of work, in a genesis of our own that has it.
    pub(crate) pow_contract: Option<String>,
    /// The port of JSON-RPC.
    pub(crate) port: Option<u16>,
}

/// All services, in the order in which they are started; they are stopped in the opposite one.
/// Each is started with the base directory alone, and is ready when its admin socket says so.
pub(crate) const SERVICES: &[ServiceKind] = &[
    ServiceKind { name: "block_store", required: true, settings: |_| Vec::new() },
    ServiceKind { name: "mempool", required: false, settings: |_| Vec::new() },
    ServiceKind {
        name: "chain",
        required: true,
        settings: |_| vec![("genesis-data", "genesis_data.json".into())],
    },
    ServiceKind { name: "block_producer", required: false, settings: producer_settings },
    ServiceKind { name: "jsonrpc", required: false, settings: jsonrpc_settings },
];

fn producer_settings(facts: &Facts) -> Vec<(&'static str, Value)> {
    let mut settings = vec![
        ("algorithm", facts.algorithm.name().into()),
        // There is no p2p whose gossip could be waited for.
        ("gossip-production", false.into()),
    ];
    match facts.algorithm {
        Algorithm::Federated => settings.push(("block-interval", facts.block_interval.into())),
        Algorithm::Pob => settings.push(("producer", facts.producer.clone().into())),
        Algorithm::Pow => {
            let contract = facts.pow_contract.clone();
            settings.extend(contract.map(|address| ("pow-contract-id", address.into())));
            // The other processors are for the other services; the first difficulty is made for one.
            settings.push(("work-groups", 1.into()));
        }
    }
    settings
}

fn jsonrpc_settings(facts: &Facts) -> Vec<(&'static str, Value)> {
    let listen = facts.port.map(|port| format!("/ip4/127.0.0.1/tcp/{port}"));
    listen.map(|listen| ("listen", json!(listen))).into_iter().collect()
}

impl ServiceKind {
    /// The name of its program.
    pub(crate) fn program(&self) -> String {
        format!("koinos-{}", self.name.replace('_', "-"))
    }

    /// The path of its program.
    ///
    /// # Errors
    /// When it is not there, with what to do.
    pub(crate) fn find(&self, directory: Option<&Path>) -> Result<PathBuf, Fatal> {
        let program = self.program();
        let own = std::env::current_exe().ok();
        let beside = directory.or_else(|| own.as_deref().and_then(Path::parent));
        let found = beside.map(|directory| directory.join(&program)).filter(|path| path.is_file());
        found.or_else(|| find_program(&program)).ok_or_else(|| {
            let place = beside.map_or(String::new(), |place| format!("{} or ", place.display()));
            let without = match self.required {
                true => String::new(),
                false => format!(", or leave it out with --without {}", self.name),
            };
            Fatal::config(anyhow!(
                "{program} is not in {place}PATH; build it with `make build`, say where it is with \
                 --program-dir{without}"
            ))
        })
    }
}

/// An option of a service given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) section: String,
    pub(crate) key: String,
    pub(crate) value: String,
}

/// Reads `SERVICE.KEY=VALUE`.
pub(crate) fn setting(text: &str) -> Result<Setting, String> {
    let (place, value) = text.split_once('=').unwrap_or((text, ""));
    match place.split_once('.') {
        Some((section, key)) if text.contains('=') && !section.is_empty() && !key.is_empty() => {
            Ok(Setting { section: section.into(), key: key.into(), value: value.into() })
        }
        _ => Err("write it like chain.log-level=debug".to_owned()),
    }
}

/// What a network is to be like.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Its directory, absolute.
    pub(crate) directory: PathBuf,
    /// Whether the directory goes at the end.
    pub(crate) temporary: bool,
    /// The services with the paths of their programs, in the order of [`SERVICES`].
    pub(crate) services: Vec<(&'static ServiceKind, PathBuf)>,
    /// A broker that runs already.
    pub(crate) amqp: Option<String>,
    pub(crate) options: StartOptions,
}

impl Plan {
    /// Checks the options.
    ///
    /// # Errors
    /// For what cannot be done, before anything is done.
    pub(crate) fn new(
        options: StartOptions,
        directory: PathBuf,
        amqp: Option<String>,
    ) -> Result<Self, Fatal> {
        check(&options)?;
        let services = SERVICES
            .iter()
            .filter(|kind| !options.without.iter().any(|name| name == kind.name))
            .map(|kind| Ok((kind, kind.find(options.program_dir.as_deref())?)))
            .collect::<Result<Vec<_>, Fatal>>()?;
        check_socket_length(&directory)?;
        Ok(Self { directory, temporary: options.temporary, services, amqp, options })
    }

    /// Whether a service is part of it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.services.iter().any(|(kind, _)| kind.name == name)
    }
}

/// Checks what does not depend on this machine.
pub(crate) fn check(options: &StartOptions) -> Result<(), Fatal> {
    if options.nodes != 1 {
        return Err(Fatal::usage(anyhow!(
            "--nodes {}: a devnet has one node for now; more of them come with the p2p service, \
             through which they find each other",
            options.nodes
        )));
    }
    for name in &options.without {
        match SERVICES.iter().find(|kind| kind.name == name) {
            Some(kind) if kind.required => {
                return Err(Fatal::usage(anyhow!("there is no network without {name}")));
            }
            Some(_) => {}
            None => {
                let known: Vec<&str> = SERVICES.iter().map(|kind| kind.name).collect();
                return Err(Fatal::usage(anyhow!(
                    "--without {name}: a devnet has {}",
                    known.join(", ")
                )));
            }
        }
    }
    let contract = |setting: &Setting| {
        (&*setting.section, &*setting.key) == ("block_producer", "pow-contract-id")
    };
    if options.algorithm == Algorithm::Pow
        && options.genesis.is_some()
        && !options.set.iter().any(contract)
    {
        return Err(Fatal::usage(anyhow!(
            "--algorithm pow with a --genesis of your own needs the address of the contract that sets \
             the difficulty: --set block_producer.pow-contract-id=ADDRESS"
        )));
    }
    options.fund.iter().try_for_each(|address| crate::argument::address(address).map(drop))?;
    Ok(())
}

/// The system allows 107 bytes for the path of a unix socket.
fn check_socket_length(directory: &Path) -> Result<(), Fatal> {
    const MOST: usize = 107;
    let longest = SERVICES.iter().map(|kind| kind.name.len()).max().unwrap_or(0);
    let length = directory.as_os_str().len() + 1 + longest + "/admin.sock".len();
    if length > MOST {
        return Err(Fatal::usage(anyhow!(
            "{} is too long by {} bytes for the sockets in it; choose a shorter --data-dir",
            directory.display(),
            length - MOST
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: StartOptions,
    }

    fn refusal(arguments: &[&str]) -> String {
        let line = Line::parse_from(std::iter::once(&"x").chain(arguments));
        let fatal = check(&line.options).unwrap_err();
        assert_eq!(fatal.code(), 64);
        fatal.to_string()
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_the_reason() {
        assert!(refusal(&["--nodes", "3"]).contains("p2p"));
        assert!(refusal(&["--without", "chain"]).contains("no network without chain"));
        assert!(refusal(&["--without", "chian"]).contains("block_store, mempool, chain"));
        let pow = ["--algorithm", "pow", "--genesis", "g.json", "--producer-key", "k"];
        assert!(refusal(&pow).contains("pow-contract-id"));
        assert!(refusal(&["--fund", "1abc"]).contains("not an address"));
        let told = ["--set", "block_producer.pow-contract-id=1a"];
        for fine in [&["--without", "mempool,jsonrpc"][..], &pow[..2], &[&pow[..], &told].concat()]
        {
            let fine = Line::parse_from(std::iter::once(&"x").chain(fine));
            assert!(check(&fine.options).is_ok());
        }
    }

    #[test]
    fn settings_are_read() {
        let read = setting("chain.log-level=a=b").unwrap();
        assert_eq!((read.section.as_str(), read.key.as_str()), ("chain", "log-level"));
        assert_eq!(read.value, "a=b");
        for wrong in ["chain", "chain.x", "x=1", ".x=1", "chain.=1"] {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn long_directories_are_refused() {
        assert!(check_socket_length(Path::new("/tmp/koinos-devnet-abcdef")).is_ok());
        let long = PathBuf::from(format!("/tmp/{}", "d".repeat(100)));
        assert!(check_socket_length(&long).unwrap_err().to_string().contains("--data-dir"));
    }
}
