//! What lies in a devnet's directory before anything runs: keys, genesis, configuration.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use koinos_codec::parse_genesis;
use koinos_codec::text::to_base64url;
use koinos_crypto::{Address, HashCode, SecretKey, multihash};
use koinos_service::Fatal;
use koinos_wallet::keys;
use serde_json::Value;

use super::genesis::{fresh, write_abis};
use super::plan::{Facts, NodePlan, Plan, Setting, node_directory};
use super::state::State;
use super::{Algorithm, StartOptions};
use crate::{argument, key};

/// The genesis, below the base directory of each node.
const GENESIS: &str = "chain/genesis_data.json";
/// The key of a producer, where the producer looks for it.
const PRODUCER_KEY: &str = "block_producer/private.key";

/// The devnet's state as it is found in its directory, or newly made there.
///
/// # Errors
/// For a directory that holds something else, a devnet of another kind, or one that runs.
pub(crate) fn prepare(plan: &Plan) -> Result<State, Fatal> {
    let state = match State::load(&plan.directory)? {
        Some(state) => {
            check_same(plan, &state)?;
            state
        }
        None => {
            let state = make(plan)?;
            state.save(&plan.directory)?;
            state
        }
    };
    plan.nodes.iter().skip(1).try_for_each(|node| equip(plan, node))?;
    Ok(state)
}

/// Gives a further node what the first one has: the genesis, and the key if it makes blocks with it.
fn equip(plan: &Plan, node: &NodePlan) -> Result<(), Fatal> {
    let mut files = vec![GENESIS];
    // In proof of burn each producer has a key of its own, which was made with the genesis.
    let shares = plan.options.algorithm != Algorithm::Pob || is_first_producer(plan, node.number);
    if shares && plan.options.producers.contains(&node.number) {
        files.push(PRODUCER_KEY);
    }
    for file in files {
        let (from, to) = (plan.directory.join(file), node.directory.join(file));
        let copy = || -> std::io::Result<()> {
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            // Permissions are copied too.
            fs::copy(&from, &to).map(drop)
        };
        if !to.exists() {
            copy()
                .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
        }
    }
    Ok(())
}

fn is_first_producer(plan: &Plan, number: u32) -> bool {
    plan.options.producers.first() == Some(&number)
}

/// Refuses a directory that is in use for something else.
pub(crate) fn check_directory(directory: &Path) -> Result<(), Fatal> {
    fs::create_dir_all(directory).map_err(|error| {
        Fatal::config(anyhow!(
            "cannot make {}: {error}; choose another --data-dir",
            directory.display()
        ))
    })?;
    let mut entries =
        fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    if State::load(directory)?.is_none() && entries.next().is_some() && !is_unfinished(directory) {
        return Err(Fatal::config(anyhow!(
            "{} is not empty and holds no devnet; choose another --data-dir, or empty it",
            directory.display()
        )));
    }
    Ok(())
}

/// Whether the directory holds nothing but what a devnet keeps: a start was cut short.
fn is_unfinished(directory: &Path) -> bool {
    let known = super::state::contents();
    fs::read_dir(directory).is_ok_and(|entries| {
        entries.flatten().all(|entry| known.contains(&PathBuf::from(entry.file_name())))
    })
}

fn check_same(plan: &Plan, state: &State) -> Result<(), Fatal> {
    let place = plan.directory.display();
    let again = format!("`koinosctl devnet reset --data-dir {place}` makes room for another one");
    if state.algorithm != plan.options.algorithm {
        return Err(Fatal::config(anyhow!(
            "the devnet in {place} is {}, not {}; {again}",
            state.algorithm.name(),
            plan.options.algorithm.name()
        )));
    }
    if plan.options.genesis.is_some() || plan.options.producer_key.is_some() {
        return Err(Fatal::config(anyhow!(
            "the devnet in {place} has its genesis and its keys already; {again}"
        )));
    }
    let poor = plan.options.producers.iter().find(|number| state.stake(**number).is_none());
    if let Some(number) = poor.filter(|_| state.algorithm == Algorithm::Pob) {
        let rich: Vec<String> = state.stakes.keys().map(u32::to_string).collect();
        return Err(Fatal::config(anyhow!(
            "the devnet in {place} has no stake for node {number}; use --producers {}, or start \
             another network: {again}",
            rich.join(",")
        )));
    }
    Ok(())
}

fn make(plan: &Plan) -> Result<State, Fatal> {
    let directory = &plan.directory;
    let producer = producer_key(plan)?;
    let account = read_or_make(&directory.join("account.key"))?.public_key().address();
    let stakes = stakes(plan, &producer)?;
    let (text, contracts) = match &plan.options.genesis {
        Some(path) => (argument::file_text(path)?, Vec::new()),
        None => {
            let mut funded = vec![account];
            for address in &plan.options.fund {
                funded.push(Address::from_base58(address).map_err(Fatal::usage)?);
            }
            let StartOptions { algorithm, block_interval, .. } = plan.options;
            let others: Vec<SecretKey> = stakes.values().skip(1).cloned().collect();
            let made = fresh(algorithm, &producer, &others, &funded, block_interval)?;
            write_abis(&directory.join("contracts"))?;
            (made.json, made.contracts)
        }
    };
    let data = parse_genesis(&text).map_err(Fatal::config)?;
    let chain = directory.join("chain");
    fs::create_dir_all(&chain)
        .and_then(|()| fs::write(directory.join(GENESIS), &text))
        .with_context(|| format!("cannot write the genesis data to {}", chain.display()))?;
    let mut state = State::new(
        plan.temporary,
        plan.options.algorithm,
        // The chain id is the hash of the genesis.
        to_base64url(&multihash(HashCode::Sha2_256, &data)),
        producer.public_key().address().to_string(),
        account.to_string(),
        contracts,
    );
    let address = |key: &SecretKey| key.public_key().address().to_string();
    state.stakes = stakes.iter().map(|(number, key)| (*number, address(key))).collect();
    Ok(state)
}

/// In proof of burn, the keys of those that make blocks, by the numbers of their nodes. The first
/// one's is the key that governs.
fn stakes(plan: &Plan, first: &SecretKey) -> Result<BTreeMap<u32, SecretKey>, Fatal> {
    let mut keys = BTreeMap::new();
    if plan.options.algorithm == Algorithm::Pob {
        for number in &plan.options.producers {
            let own = node_directory(&plan.directory, *number).join(PRODUCER_KEY);
            let key = match is_first_producer(plan, *number) {
                true => first.clone(),
                false => read_or_make(&own)?,
            };
            keys.insert(*number, key);
        }
    }
    Ok(keys)
}

/// The producer's key, where the producer of the first node looks for it.
fn producer_key(plan: &Plan) -> Result<SecretKey, Fatal> {
    let path = plan.directory.join(PRODUCER_KEY);
    match (&plan.options.producer_key, path.exists()) {
        (_, true) => key::read(&path),
        (Some(given), false) => {
            let key = key::read(given)?;
            keys::write_new(&path, &key)?;
            Ok(key)
        }
        (None, false) => new_key(&path),
    }
}

fn read_or_make(path: &Path) -> Result<SecretKey, Fatal> {
    if path.exists() { key::read(path) } else { new_key(path) }
}

fn new_key(path: &Path) -> Result<SecretKey, Fatal> {
    let key = keys::generate()?;
    keys::write_new(path, &key)?;
    Ok(key)
}

/// Writes the `config.yml` of a node.
pub(crate) fn write_config(
    plan: &Plan,
    node: &NodePlan,
    facts: &Facts,
    amqp: &str,
) -> Result<(), Fatal> {
    let path = node.directory.join("config.yml");
    fs::create_dir_all(&node.directory)
        .and_then(|()| fs::write(&path, config_text(plan, node, facts, amqp)))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

fn config_text(plan: &Plan, node: &NodePlan, facts: &Facts, amqp: &str) -> String {
    let fork_rule = match facts.algorithm {
        Algorithm::Pob => "pob",
        Algorithm::Federated | Algorithm::Pow => "fifo",
    };
    let mut sections: Vec<(&str, Vec<(&str, Value)>)> =
        vec![("global", vec![("amqp", amqp.into()), ("fork-algorithm", fork_rule.into())])];
    sections.extend(node.services.iter().map(|(kind, _)| (kind.name, (kind.settings)(facts))));
    let mut settings: Vec<&Setting> = plan.options.set.iter().collect();
    settings.retain(|setting| setting.node.is_none_or(|number| number == node.number));
    // What is said of one node goes before what is said of all.
    settings.sort_by_key(|setting| setting.node.is_some());
    for Setting { section, key, value, .. } in settings {
        let value = Value::from(value.as_str());
        match sections.iter_mut().find(|(name, _)| name == section) {
            Some((_, settings)) => {
                settings.retain(|(name, _)| name != key);
                settings.push((key, value));
            }
            None => sections.push((section, vec![(key, value)])),
        }
    }
    let mut text = "# Written by `koinosctl devnet start`, at every start.\n".to_owned();
    for (name, settings) in sections.iter().filter(|(_, settings)| !settings.is_empty()) {
        text.push_str(&format!("{name}:\n"));
        // A JSON value is a YAML value.
        settings.iter().for_each(|(key, value)| text.push_str(&format!("  {key}: {value}\n")));
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::devnet::plan::SERVICES;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: StartOptions,
    }

    fn plan(directory: &Path, arguments: &[&str]) -> Plan {
        let options = Line::parse_from(std::iter::once(&"x").chain(arguments)).options;
        let node = |number| NodePlan {
            number,
            directory: node_directory(directory, number),
            services: SERVICES.iter().map(|kind| (kind, PathBuf::new())).collect(),
        };
        Plan {
            directory: directory.to_owned(),
            temporary: false,
            nodes: (1..=options.nodes).map(node).collect(),
            amqp: Vec::new(),
            options,
        }
    }

    #[test]
    fn a_devnet_is_made_once_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let plan = plan(directory.path(), &[]);
        check_directory(directory.path()).unwrap();
        let made = prepare(&plan).unwrap();
        check_directory(directory.path()).unwrap();
        assert_eq!(prepare(&plan).unwrap(), made);
        let key = keys::read(&directory.path().join("block_producer/private.key")).unwrap();
        assert_eq!(key.public_key().address().to_string(), made.producer);
        assert_ne!(made.account, made.producer);
        let text = fs::read_to_string(directory.path().join("chain/genesis_data.json")).unwrap();
        let id = multihash(HashCode::Sha2_256, &parse_genesis(&text).unwrap());
        assert_eq!(to_base64url(&id), made.chain_id);
        assert!(directory.path().join("contracts/koin.abi.json").exists());
    }

    #[test]
    fn other_directories_and_kinds_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("letter.txt"), "dear").unwrap();
        let error = check_directory(directory.path()).unwrap_err();
        assert_eq!(error.code(), 78);
        assert!(error.to_string().contains("holds no devnet"), "{error}");
        fs::remove_file(directory.path().join("letter.txt")).unwrap();

        prepare(&plan(directory.path(), &[])).unwrap();
        let mut other = plan(directory.path(), &[]);
        other.options.algorithm = Algorithm::Pob;
        let error = prepare(&other).unwrap_err().to_string();
        assert!(error.contains("is federated, not pob") && error.contains("reset"), "{error}");
    }

    /// The address of the key of a node.
    fn address(directory: &Path, number: u32) -> String {
        let path = node_directory(directory, number).join(PRODUCER_KEY);
        keys::read(&path).unwrap().public_key().address().to_string()
    }

    #[test]
    fn further_nodes_have_the_same_genesis_and_producers_their_keys() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path();
        let made = prepare(&plan(place, &["--nodes", "3", "--producers", "1,3"])).unwrap();
        let genesis = |number| fs::read(node_directory(place, number).join(GENESIS)).unwrap();
        assert_eq!((genesis(2), genesis(3)), (genesis(1), genesis(1)));
        assert_eq!(address(place, 3), made.producer, "one key signs every block");
        assert!(!place.join("nodes/2/block_producer").exists());
        assert!(made.stakes.is_empty());
        // Another one may produce next time.
        prepare(&plan(place, &["--nodes", "2", "--producers", "2"])).unwrap();
        assert_eq!(address(place, 2), made.producer);
    }

    #[test]
    fn stake_is_given_with_the_genesis() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path();
        let pob = |more: &[&'static str]| {
            plan(place, &[&["--algorithm", "pob", "--nodes", "3"], more].concat())
        };
        let made = prepare(&pob(&["--producers", "2,3"])).unwrap();
        assert_eq!(
            made.stakes,
            BTreeMap::from([2, 3].map(|number| (number, address(place, number))))
        );
        assert_eq!(made.stakes[&2], made.producer);
        assert_ne!(made.stakes[&3], made.producer);
        assert_eq!(prepare(&pob(&["--producers", "3"])).unwrap(), made);
        let error = prepare(&pob(&[])).unwrap_err();
        assert_eq!(error.code(), 78);
        assert!(error.to_string().contains("no stake for node 1"), "{error}");
        assert!(error.to_string().contains("--producers 2,3"), "{error}");
    }

    #[test]
    fn the_configuration_is_readable() {
        let arguments = [
            "--set",
            "chain.log-level=debug",
            "--set",
            "mine.key=1",
            "--set",
            "jsonrpc.listen=/tcp/1",
            "--set",
            "2.chain.log-level=trace",
            "--set",
            "1.mine.key=2",
            "--nodes",
            "2",
        ];
        let plan = plan(Path::new("/d"), &arguments);
        let facts = Facts {
            algorithm: Algorithm::Federated,
            block_interval: 500,
            producer: "1a".to_owned(),
            pow_contract: None,
            port: Some(8081),
            grpc_port: Some(50051),
            rest_port: Some(3001),
            p2p_port: Some(8888),
            peers: vec!["/ip4/127.0.0.1/tcp/9".to_owned()],
        };
        let expected = "# Written by `koinosctl devnet start`, at every start.\n\
             global:\n  amqp: \"amqp://guest:guest@127.0.0.1:1/\"\n  fork-algorithm: \"fifo\"\n\
             chain:\n  genesis-data: \"genesis_data.json\"\n  log-level: \"debug\"\n\
             p2p:\n  listen: \"/ip4/127.0.0.1/tcp/8888\"\n  \
             peer: [\"/ip4/127.0.0.1/tcp/9\"]\n\
             block_producer:\n  algorithm: \"federated\"\n  gossip-production: false\n  \
             block-interval: 500\n\
             jsonrpc:\n  listen: \"/tcp/1\"\n\
             grpc:\n  endpoint: \"127.0.0.1:50051\"\n\
             rest:\n  listen: \"/ip4/127.0.0.1/tcp/3001\"\n\
             mine:\n  key: \"2\"\n";
        let amqp = "amqp://guest:guest@127.0.0.1:1/";
        assert_eq!(config_text(&plan, &plan.nodes[0], &facts, amqp), expected);
        let second = config_text(&plan, &plan.nodes[1], &facts, amqp);
        assert!(second.contains("log-level: \"trace\"") && second.contains("mine:\n  key: \"1\""));
    }
}
