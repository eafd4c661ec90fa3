//! The private network of an installed node, for the units: made when the node starts for the first
//! time, with keys of its own, unless the operator has chosen another network.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::{Arg, Args, Command};
use koinos_crypto::SecretKey;
use koinos_service::config::Origin;
use koinos_service::{Fatal, config};
use koinos_wallet::keys;
use serde_json::json;

use super::Algorithm;
use super::genesis::fresh;
use crate::key;
use crate::output::{Output, Report};

/// The fragment that says which network a node is on.
const FRAGMENT: &str = "conf.d/10-network.yml";
/// The devnet's own directory, below that of the configuration.
const NETWORK: &str = "networks/devnet";

/// The option of `chain` that names the genesis.
const GENESIS: &str = "genesis-data";

/// Where an installed node has its things.
#[derive(Debug, Clone, Args)]
pub(crate) struct InitOptions {
    /// Directory of the configuration
    #[arg(long, value_name = "DIR", default_value = "/etc/koinos")]
    etc: PathBuf,

    /// Directory of the profiles of networks
    #[arg(long, value_name = "DIR", default_value = "/usr/share/koinos/networks")]
    profiles: PathBuf,
}

/// What was found or made.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The node has a network already.
    Chosen(String),
    /// The network was there.
    There,
    /// The network was made; the address of its producer.
    Made(String),
}

/// Runs the verb.
pub(crate) fn init(options: &InitOptions, base: &Path, output: &Output) -> Result<(), Fatal> {
    let report = match make(options, base)? {
        Outcome::Chosen(place) => Report::new(json!({ "made": false, "chosen": place }))
            .text(format!("this node has its network by {place}; nothing was made")),
        Outcome::There => {
            Report::new(json!({ "made": false })).text("the private network is there already")
        }
        Outcome::Made(producer) => {
            let account = options.etc.join(NETWORK).join("account.key");
            Report::new(json!({ "made": true, "producer": producer, "account": account }))
                .text("made a private network")
                .pair("producer", producer)
                .pair("account", account.display())
        }
    };
    output.show(&report)
}

/// Makes what is missing. A run that is cut short at any point is completed by the next: the link to
/// the profile comes last, after the genesis it speaks of.
fn make(options: &InitOptions, base: &Path) -> Result<Outcome, Fatal> {
    let InitOptions { etc, profiles } = options;
    let profile = profiles.join("devnet.yml");
    let fragment = etc.join(FRAGMENT);
    if let Some(place) = chosen(etc, &fragment, &profile)? {
        return Ok(Outcome::Chosen(place));
    }
    let network = etc.join(NETWORK);
    let genesis = network.join("genesis_data.json");
    let producer = base.join("block_producer");
    let made = if genesis.exists() {
        Outcome::There
    } else {
        let key = kept_key(&producer.join("private.key"))?;
        give_to_owner(&producer)?;
        let account = kept_key(&network.join("account.key"))?.public_key().address();
        let made = fresh(Algorithm::Federated, &key, &[], &[account], 0)?;
        write_whole(&genesis, &made.json)?;
        Outcome::Made(key.public_key().address().to_string())
    };
    if !fragment.exists() {
        if let Some(directory) = fragment.parent() {
            fs::create_dir_all(directory)
                .with_context(|| format!("cannot make {}", directory.display()))?;
        }
        symlink(&profile, &fragment)
            .with_context(|| format!("cannot make the link {}", fragment.display()))?;
    }
    Ok(made)
}

/// The place where the operator has chosen another network, if so.
fn chosen(etc: &Path, fragment: &Path, profile: &Path) -> Result<Option<String>, Fatal> {
    match fs::read_link(fragment) {
        Ok(target) if target == profile => return Ok(None),
        Ok(_) => return Ok(Some(fragment.display().to_string())),
        // A file that is no link.
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            return Ok(Some(fragment.display().to_string()));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            return Err(Fatal::config(anyhow!("cannot read {}: {error}", fragment.display())));
        }
    }
    let files = config::files(etc, None).map_err(Fatal::config)?;
    let command = Command::new("chain").arg(Arg::new(GENESIS).long(GENESIS));
    let arguments = ["koinosctl".into()];
    let layered =
        config::layer(&command, "chain", &arguments, |_| None, &files).map_err(Fatal::config)?;
    let origin = layered.origins.get(GENESIS).and_then(|origins| origins.first());
    Ok(origin
        .filter(|origin| **origin != Origin::Default)
        .map(|origin| format!("{GENESIS} in {origin}")))
}

/// The key in a file, which is made if there is none.
fn kept_key(path: &Path) -> Result<SecretKey, Fatal> {
    if path.exists() {
        return key::read(path);
    }
    let key = keys::generate()?;
    keys::write_new(path, &key)?;
    Ok(key)
}

/// Gives the files of a service's directory to the user whose the directory is: the service runs as
/// that user, and this program as root.
fn give_to_owner(directory: &Path) -> Result<(), Fatal> {
    let give = || -> std::io::Result<()> {
        let owner = fs::metadata(directory)?;
        for entry in fs::read_dir(directory)? {
            chown(entry?.path(), Some(owner.uid()), Some(owner.gid()))?;
        }
        Ok(())
    };
    give().with_context(|| {
        format!("cannot give the files in {} to its owner", directory.display())
    })?;
    Ok(())
}

/// Writes a file that is there whole or not at all.
fn write_whole(path: &Path, text: &str) -> Result<(), Fatal> {
    let part = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut file = File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use koinos_codec::parse_genesis;

    use super::*;

    /// A system without a network, and its options.
    fn system() -> (tempfile::TempDir, InitOptions, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let etc = directory.path().join("etc");
        let profiles = directory.path().join("share");
        fs::create_dir_all(etc.join("conf.d")).unwrap();
        fs::create_dir_all(&profiles).unwrap();
        fs::write(profiles.join("devnet.yml"), "chain:\n  genesis-data: here\n").unwrap();
        let base = directory.path().join("var");
        (directory, InitOptions { etc, profiles }, base)
    }

    #[test]
    fn a_network_is_made_once() {
        let (_directory, options, base) = system();
        let Outcome::Made(producer) = make(&options, &base).unwrap() else { panic!("not made") };
        let key = keys::read(&base.join("block_producer/private.key")).unwrap();
        assert_eq!(key.public_key().address().to_string(), producer);
        let genesis = options.etc.join("networks/devnet/genesis_data.json");
        let text = fs::read_to_string(&genesis).unwrap();
        assert!(parse_genesis(&text).is_ok());
        assert_eq!(make(&options, &base).unwrap(), Outcome::There);
        assert_eq!(fs::read_to_string(&genesis).unwrap(), text);

        // One that was cut short before the end is completed, with the keys it had.
        fs::remove_file(&genesis).unwrap();
        fs::remove_file(options.etc.join(FRAGMENT)).unwrap();
        assert_eq!(make(&options, &base).unwrap(), Outcome::Made(producer));
        assert!(options.etc.join(FRAGMENT).exists());
        assert_ne!(fs::read_to_string(&genesis).unwrap(), "");
    }

    #[test]
    fn a_network_that_was_chosen_stays() {
        let (_directory, options, base) = system();
        let fragment = options.etc.join(FRAGMENT);
        fs::write(&fragment, "chain:\n  genesis-data: mine\n").unwrap();
        assert!(matches!(make(&options, &base).unwrap(), Outcome::Chosen(_)));
        fs::remove_file(&fragment).unwrap();
        symlink("/usr/share/koinos/networks/mainnet.yml", &fragment).unwrap();
        assert!(matches!(make(&options, &base).unwrap(), Outcome::Chosen(_)));
        fs::remove_file(&fragment).unwrap();
        fs::write(options.etc.join("config.yml"), "chain:\n  genesis-data: mine\n").unwrap();
        let Outcome::Chosen(place) = make(&options, &base).unwrap() else { panic!("made") };
        assert!(place.starts_with("genesis-data in ") && place.contains("config.yml:2"), "{place}");
        assert!(!base.exists());
    }
}
