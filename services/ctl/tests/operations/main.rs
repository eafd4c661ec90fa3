//! The verbs that look after an installed node, on a tree of its own (`--root`) or a base directory.
#![cfg(test)]

mod broker;
mod compose;
mod config;
mod credential;
mod log;
mod network;
mod troubleshooting;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use koinos_codec::genesis_to_json;
use koinos_contracts::{Addresses, Federated};
use koinos_crypto::SecretKey;
use koinos_proto::chain::{GenesisData, GenesisEntry, ObjectSpace};
use koinos_testkit::Broker;
use serde_json::Value;
use tempfile::TempDir;

/// A tree that stands for a system, and the commands on it.
struct System {
    root: TempDir,
}

impl System {
    fn new() -> Self {
        let system = Self { root: tempfile::tempdir().unwrap() };
        system.write("etc/koinos/config.yml", "");
        system
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Runs a command on the tree.
    fn run(&self, arguments: &[&str]) -> Output {
        let root = self.root.path().to_str().unwrap();
        koinosctl().args(["--root", root, "--json"]).args(arguments).output().unwrap()
    }

    /// What it said, having succeeded.
    fn json(&self, arguments: &[&str]) -> Value {
        json(&self.run(arguments))
    }

    /// The exit status and what it complained of.
    fn failure(&self, arguments: &[&str]) -> (i32, String) {
        failure(&self.run(arguments))
    }
}

/// A broker with one virtual host: each takes its time when it starts again.
fn small() -> Broker {
    Broker::start_with(|config| config.vhosts.truncate(1)).unwrap()
}

/// The program, away from whatever node the user of this machine has.
fn koinosctl() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_koinosctl"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", "/nonexistent").env("XDG_STATE_HOME", "/nonexistent");
    command
}

fn json(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn failure(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// Genesis data that differ by their seed, and their chain id.
fn genesis(seed: u8) -> (String, String) {
    let space = ObjectSpace { system: true, id: 1, ..ObjectSpace::default() };
    let entry =
        GenesisEntry { space: Some(space), key: vec![seed].into(), value: vec![seed; 3].into() };
    let text = genesis_to_json(&GenesisData { entries: vec![entry] });
    let bytes = koinos_codec::parse_genesis(&text).unwrap();
    let id = koinos_crypto::multihash(koinos_crypto::HashCode::Sha2_256, &bytes);
    (text, koinos_codec::text::to_base64url(&id))
}

/// Genesis data with which a chain can begin.
fn genesis_of_a_network() -> String {
    let key = SecretKey::from_seed("rehearsal").unwrap().public_key().address();
    let addresses = Addresses::from_seed("rehearsal").unwrap();
    let system = koinos_contracts::System { key, addresses, balances: Vec::new() };
    genesis_to_json(&Federated(system).genesis().unwrap().build())
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
