//! What a devnet is made of: its nodes and their services, described as data, and what it is to be
//! like.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use koinos_service::Fatal;
use serde_json::{Value, json};

use super::{Algorithm, StartOptions};
use crate::program;

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
    /// The port of gRPC.
    pub(crate) grpc_port: Option<u16>,
    /// The port of REST.
    pub(crate) rest_port: Option<u16>,
    /// The port of p2p.
    pub(crate) p2p_port: Option<u16>,
    /// Where other nodes listen for peers.
    pub(crate) peers: Vec<String>,
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
    ServiceKind { name: "p2p", required: false, settings: p2p_settings },
    ServiceKind { name: "block_producer", required: false, settings: producer_settings },
    ServiceKind { name: "jsonrpc", required: false, settings: jsonrpc_settings },
    ServiceKind { name: "grpc", required: false, settings: grpc_settings },
    ServiceKind { name: "transaction_store", required: false, settings: |_| Vec::new() },
    ServiceKind { name: "contract_meta_store", required: false, settings: |_| Vec::new() },
    ServiceKind { name: "account_history", required: false, settings: |_| Vec::new() },
    ServiceKind { name: "rest", required: false, settings: rest_settings },
];

fn producer_settings(facts: &Facts) -> Vec<(&'static str, Value)> {
    let mut settings = vec![
        ("algorithm", facts.algorithm.name().into()),
        // Nobody gossips before there is a first block.
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

fn p2p_settings(facts: &Facts) -> Vec<(&'static str, Value)> {
    let listen = facts.p2p_port.map(|port| ("listen", peer_address(port).into()));
    let peers = (!facts.peers.is_empty()).then(|| ("peer", json!(facts.peers)));
    listen.into_iter().chain(peers).collect()
}

/// Where p2p listens on a port.
pub(crate) fn peer_address(port: u16) -> String {
    format!("/ip4/127.0.0.1/tcp/{port}")
}

fn jsonrpc_settings(facts: &Facts) -> Vec<(&'static str, Value)> {
    listen_on(facts.port)
}

fn rest_settings(facts: &Facts) -> Vec<(&'static str, Value)> {
    listen_on(facts.rest_port)
}

fn listen_on(port: Option<u16>) -> Vec<(&'static str, Value)> {
    let listen = port.map(|port| ("listen", json!(format!("/ip4/127.0.0.1/tcp/{port}"))));
    listen.into_iter().collect()
}

fn grpc_settings(facts: &Facts) -> Vec<(&'static str, Value)> {
    let endpoint = facts.grpc_port.map(|port| ("endpoint", json!(format!("127.0.0.1:{port}"))));
    endpoint.into_iter().collect()
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
        program::find(&program, directory).ok_or_else(|| {
            let place = program::directory(directory);
            let place = place.map_or(String::new(), |place| format!("{} or ", place.display()));
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
    /// The node meant; all when there is none.
    pub(crate) node: Option<u32>,
    pub(crate) section: String,
    pub(crate) key: String,
    pub(crate) value: String,
}

/// Reads `SERVICE.KEY=VALUE`, or `NODE.SERVICE.KEY=VALUE`.
pub(crate) fn setting(text: &str) -> Result<Setting, String> {
    let (place, value) = text.split_once('=').unwrap_or((text, ""));
    let (node, place) = numbered(place);
    match place.split_once('.') {
        Some((section, key)) if text.contains('=') && !section.is_empty() && !key.is_empty() => {
            Ok(Setting { node, section: section.into(), key: key.into(), value: value.into() })
        }
        _ => Err("write it like chain.log-level=debug, or 2.chain.log-level=debug for the second \
                  node"
            .to_owned()),
    }
}

/// A service that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Without {
    /// The node meant; all when there is none.
    node: Option<u32>,
    service: String,
}

/// Reads `SERVICE`, or `NODE.SERVICE`.
pub(crate) fn without(text: &str) -> Result<Without, String> {
    let (node, service) = numbered(text);
    let service = SERVICES.iter().find(|kind| kind.name == service).ok_or_else(|| {
        let known: Vec<&str> = SERVICES.iter().map(|kind| kind.name).collect();
        format!("a devnet has {}", known.join(", "))
    })?;
    match service.required {
        true => Err(format!("there is no network without {}", service.name)),
        false => Ok(Without { node, service: service.name.to_owned() }),
    }
}

/// The number of a node in front of something, if there is one.
fn numbered(text: &str) -> (Option<u32>, &str) {
    let split = text.split_once('.').and_then(|(number, rest)| Some((number.parse().ok()?, rest)));
    split.map_or((None, text), |(number, rest)| (Some(number), rest))
}

/// What a network is to be like.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Its directory, absolute.
    pub(crate) directory: PathBuf,
    /// Whether the directory goes at the end.
    pub(crate) temporary: bool,
    /// Its nodes, the first one first.
    pub(crate) nodes: Vec<NodePlan>,
    /// Brokers that run already, one for each node; or none.
    pub(crate) amqp: Vec<String>,
    pub(crate) options: StartOptions,
}

/// A node of a network.
#[derive(Debug, Clone)]
pub(crate) struct NodePlan {
    /// Counted from 1.
    pub(crate) number: u32,
    /// Its base directory, absolute.
    pub(crate) directory: PathBuf,
    /// Its services with the paths of their programs, in the order of [`SERVICES`].
    pub(crate) services: Vec<(&'static ServiceKind, PathBuf)>,
}

impl NodePlan {
    /// Whether a service is part of it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.services.iter().any(|(kind, _)| kind.name == name)
    }

    /// Where its services write what they print.
    pub(crate) fn logs(&self) -> PathBuf {
        self.directory.join("logs")
    }
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
        let amqp = brokers(amqp, options.nodes)?;
        let nodes = (1..=options.nodes)
            .map(|number| {
                let services = services(&options, number)
                    .map(|kind| Ok((kind, kind.find(options.program_dir.as_deref())?)))
                    .collect::<Result<Vec<_>, Fatal>>()?;
                Ok(NodePlan { number, directory: node_directory(&directory, number), services })
            })
            .collect::<Result<Vec<_>, Fatal>>()?;
        nodes.iter().try_for_each(|node| check_socket_length(&node.directory))?;
        Ok(Self { directory, temporary: options.temporary, nodes, amqp, options })
    }
}

/// The base directory of a node: that of the network for the first one, so that whoever uses one
/// node need not know of others.
pub(crate) fn node_directory(network: &Path, number: u32) -> PathBuf {
    match number {
        1 => network.to_owned(),
        _ => network.join(NODES).join(number.to_string()),
    }
}

/// The directory of the further nodes.
pub(crate) const NODES: &str = "nodes";

/// The services of a node. Blocks are made only where it was asked for.
fn services(options: &StartOptions, number: u32) -> impl Iterator<Item = &'static ServiceKind> {
    SERVICES.iter().filter(move |kind| {
        let left_out = options.without.iter().any(|without| {
            without.service == kind.name && without.node.is_none_or(|node| node == number)
        });
        !left_out && (kind.name != "block_producer" || options.producers.contains(&number))
    })
}

/// The brokers that were named, one for each node.
fn brokers(named: Option<String>, nodes: u32) -> Result<Vec<String>, Fatal> {
    let Some(named) = named else { return Ok(Vec::new()) };
    if nodes == 1 {
        return Ok(vec![named]);
    }
    let list: Vec<String> = named.split(',').map(str::to_owned).collect();
    let different: BTreeSet<&String> = list.iter().collect();
    if list.len() != nodes as usize || different.len() != list.len() {
        return Err(Fatal::usage(anyhow!(
            "--nodes {nodes} with --amqp: each node needs a virtual host of its own; give {nodes} \
             different URLs with commas between them, or leave --amqp out"
        )));
    }
    Ok(list)
}

/// Checks what does not depend on this machine.
pub(crate) fn check(options: &StartOptions) -> Result<(), Fatal> {
    check_numbers(options)?;
    if options.nodes > 1 && options.without.iter().any(|without| without.service == "p2p") {
        return Err(Fatal::usage(anyhow!(
            "--without p2p: the {} nodes of a network find each other through p2p",
            options.nodes
        )));
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
    let several = options.producers.len() > 1;
    if several && options.genesis.is_some() && options.algorithm == Algorithm::Pob {
        return Err(Fatal::usage(anyhow!(
            "--producers with --genesis: in pob each producer has a key of its own, of which \
             --producer-key gives one; leave --genesis out, or make one producer"
        )));
    }
    options.fund.iter().try_for_each(|address| crate::argument::address(address).map(drop))?;
    Ok(())
}

/// Checks that the nodes that options name are there.
fn check_numbers(options: &StartOptions) -> Result<(), Fatal> {
    let producers = options.producers.iter().map(|number| ("--producers", *number));
    let without = options.without.iter().filter_map(|without| Some(("--without", without.node?)));
    let set = options.set.iter().filter_map(|setting| Some(("--set", setting.node?)));
    for (option, number) in producers.chain(without).chain(set) {
        if !(1..=options.nodes).contains(&number) {
            return Err(Fatal::usage(anyhow!(
                "{option}: there is no node {number}; --nodes says there are {}, the first is 1",
                options.nodes
            )));
        }
    }
    let different: BTreeSet<&u32> = options.producers.iter().collect();
    match different.len() == options.producers.len() {
        true => Ok(()),
        false => Err(Fatal::usage(anyhow!("--producers names a node twice"))),
    }
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

    /// What the command line itself refuses.
    fn wrong(arguments: &[&str]) -> String {
        let line = Line::try_parse_from(std::iter::once(&"x").chain(arguments));
        line.err().unwrap().to_string()
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_the_reason() {
        assert!(wrong(&["--without", "chain"]).contains("no network without chain"));
        assert!(wrong(&["--without", "chian"]).contains("block_store, mempool, chain"));
        assert!(wrong(&["--nodes", "0"]).contains("--nodes"));
        assert!(refusal(&["--nodes", "2", "--without", "2.p2p"]).contains("through p2p"));
        assert!(refusal(&["--nodes", "2", "--without", "3.mempool"]).contains("no node 3"));
        assert!(refusal(&["--producers", "2"]).contains("no node 2"));
        assert!(refusal(&["--producers", "1,1"]).contains("twice"));
        assert!(refusal(&["--set", "0.chain.x=1"]).contains("no node 0"));
        let pow = ["--algorithm", "pow", "--genesis", "g.json", "--producer-key", "k"];
        assert!(refusal(&pow).contains("pow-contract-id"));
        let told = [&pow[..], &["--set", "block_producer.pow-contract-id=1a"]].concat();
        assert!(refusal(&["--fund", "1abc"]).contains("not an address"));
        let files = ["--genesis", "g", "--producer-key", "k", "--algorithm", "pob"];
        let two = ["--nodes", "2", "--producers", "1,2"];
        assert!(refusal(&[&files[..], &two].concat()).contains("a key of its own"));
        for fine in [&["--without", "mempool,jsonrpc,p2p"][..], &two, &pow[..2], &told] {
            let line = Line::parse_from(std::iter::once(&"x").chain(fine));
            assert!(check(&line.options).is_ok());
        }
    }

    #[test]
    fn settings_are_read() {
        let read = setting("chain.log-level=a=b").unwrap();
        assert_eq!((read.section.as_str(), read.key.as_str()), ("chain", "log-level"));
        assert_eq!((read.value.as_str(), read.node), ("a=b", None));
        let read = setting("12.chain.x=1").unwrap();
        assert_eq!((read.section.as_str(), read.node), ("chain", Some(12)));
        for wrong in ["chain", "chain.x", "x=1", ".x=1", "chain.=1", "2.chain=1"] {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_node_has_its_services_and_its_broker() {
        let arguments = ["x", "--nodes", "3", "--producers", "2", "--without", "jsonrpc,3.mempool"];
        let options = Line::parse_from(arguments).options;
        let names =
            |number| services(&options, number).map(|kind| kind.name).collect::<Vec<_>>().join(" ");
        let further = "grpc transaction_store contract_meta_store account_history rest";
        assert_eq!(names(1), format!("block_store mempool chain p2p {further}"));
        assert_eq!(names(2), format!("block_store mempool chain p2p block_producer {further}"));
        assert_eq!(names(3), format!("block_store chain p2p {further}"));

        assert_eq!(brokers(None, 3).unwrap(), Vec::<String>::new());
        assert_eq!(brokers(Some("a,b".to_owned()), 1).unwrap(), ["a,b"]);
        assert_eq!(brokers(Some("a,b".to_owned()), 2).unwrap(), ["a", "b"]);
        for wrong in ["a", "a,a", "a,b,c"] {
            let error = brokers(Some(wrong.to_owned()), 2).unwrap_err();
            assert_eq!((error.code(), error.to_string().contains("virtual host")), (64, true));
        }
    }

    #[test]
    fn long_directories_are_refused() {
        assert!(check_socket_length(Path::new("/tmp/koinos-devnet-abcdef")).is_ok());
        let long = PathBuf::from(format!("/tmp/{}", "d".repeat(100)));
        assert!(check_socket_length(&long).unwrap_err().to_string().contains("--data-dir"));
    }
}
