//! What lies in a devnet's directory before anything runs: keys, genesis, configuration.

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
use super::plan::{Facts, Plan, Setting};
use super::state::State;
use super::{Algorithm, StartOptions};
use crate::{argument, key};

/// The devnet's state as it is found in its directory, or newly made there.
///
/// # Errors
/// For a directory that holds something else, a devnet of another kind, or one that runs.
pub(crate) fn prepare(plan: &Plan) -> Result<State, Fatal> {
    match State::load(&plan.directory)? {
        Some(state) => {
            check_same(plan, &state)?;
            Ok(state)
        }
        None => {
            let state = make(plan)?;
            state.save(&plan.directory)?;
            Ok(state)
        }
    }
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
    Ok(())
}

fn make(plan: &Plan) -> Result<State, Fatal> {
    let directory = &plan.directory;
    let producer = producer_key(plan)?;
    let account = account_key(&directory.join("account.key"))?.public_key().address();
    let (text, contracts) = match &plan.options.genesis {
        Some(path) => (argument::file_text(path)?, Vec::new()),
        None => {
            let mut funded = vec![account];
            for address in &plan.options.fund {
                funded.push(Address::from_base58(address).map_err(Fatal::usage)?);
            }
            let StartOptions { algorithm, block_interval, .. } = plan.options;
            let made = fresh(algorithm, &producer, &funded, block_interval)?;
            write_abis(&directory.join("contracts"))?;
            (made.json, made.contracts)
        }
    };
    let data = parse_genesis(&text).map_err(Fatal::config)?;
    let chain = directory.join("chain");
    fs::create_dir_all(&chain)
        .and_then(|()| fs::write(chain.join("genesis_data.json"), &text))
        .with_context(|| format!("cannot write the genesis data to {}", chain.display()))?;
    Ok(State::new(
        plan.temporary,
        plan.options.algorithm,
        // The chain id is the hash of the genesis.
        to_base64url(&multihash(HashCode::Sha2_256, &data)),
        producer.public_key().address().to_string(),
        account.to_string(),
        contracts,
    ))
}

/// The key of the account to try things with.
fn account_key(path: &Path) -> Result<SecretKey, Fatal> {
    if path.exists() { key::read(path) } else { new_key(path) }
}

/// The producer's key, where the producer looks for it.
fn producer_key(plan: &Plan) -> Result<SecretKey, Fatal> {
    let path = plan.directory.join("block_producer/private.key");
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

fn new_key(path: &Path) -> Result<SecretKey, Fatal> {
    let key = keys::generate()?;
    keys::write_new(path, &key)?;
    Ok(key)
}

/// Writes `config.yml`.
pub(crate) fn write_config(plan: &Plan, facts: &Facts, amqp: &str) -> Result<(), Fatal> {
    let path = plan.directory.join("config.yml");
    fs::write(&path, config_text(plan, facts, amqp))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

fn config_text(plan: &Plan, facts: &Facts, amqp: &str) -> String {
    let fork_rule = match facts.algorithm {
        Algorithm::Pob => "pob",
        Algorithm::Federated | Algorithm::Pow => "fifo",
    };
    let mut sections: Vec<(&str, Vec<(&str, Value)>)> =
        vec![("global", vec![("amqp", amqp.into()), ("fork-algorithm", fork_rule.into())])];
    sections.extend(plan.services.iter().map(|(kind, _)| (kind.name, (kind.settings)(facts))));
    for Setting { section, key, value } in &plan.options.set {
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
        let line = Line::parse_from(std::iter::once(&"x").chain(arguments));
        let services = SERVICES.iter().map(|kind| (kind, PathBuf::new())).collect();
        Plan {
            directory: directory.to_owned(),
            temporary: false,
            services,
            amqp: None,
            options: line.options,
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

    #[test]
    fn the_configuration_is_readable() {
        let arguments = [
            "--set",
            "chain.log-level=debug",
            "--set",
            "mine.key=1",
            "--set",
            "jsonrpc.listen=/tcp/1",
        ];
        let plan = plan(Path::new("/d"), &arguments);
        let facts = Facts {
            algorithm: Algorithm::Federated,
            block_interval: 500,
            producer: "1a".to_owned(),
            pow_contract: None,
            port: Some(8081),
        };
        let expected = "# Written by `koinosctl devnet start`, at every start.\n\
             global:\n  amqp: \"amqp://guest:guest@127.0.0.1:1/\"\n  fork-algorithm: \"fifo\"\n\
             chain:\n  genesis-data: \"genesis_data.json\"\n  log-level: \"debug\"\n\
             block_producer:\n  algorithm: \"federated\"\n  gossip-production: false\n  \
             block-interval: 500\n\
             jsonrpc:\n  listen: \"/tcp/1\"\n\
             mine:\n  key: \"1\"\n";
        assert_eq!(config_text(&plan, &facts, "amqp://guest:guest@127.0.0.1:1/"), expected);
    }
}
