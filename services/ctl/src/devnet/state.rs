//! The state file of a devnet: what it is, and what runs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use koinos_local::ProcessId;
use koinos_service::Fatal;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::Algorithm;
use super::plan::{NODES, SERVICES};

/// The version of the file's form.
const FORMAT: u32 = 1;
const FILE: &str = "devnet.json";
const LOCK: &str = "devnet.lock";

/// What is known of a devnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    format: u32,
    /// Whether the directory goes when it stops.
    pub(crate) temporary: bool,
    pub(crate) algorithm: Algorithm,
    /// In base64, as JSON-RPC gives it.
    pub(crate) chain_id: String,
    /// The address that signs blocks, and governs.
    pub(crate) producer: String,
    /// In proof of burn, the addresses with stake by the numbers of their nodes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stakes: BTreeMap<u32, String>,
    /// The address of `account.key`.
    pub(crate) account: String,
    /// The contracts of a genesis that was made here.
    pub(crate) contracts: Vec<Named>,
    /// What runs; none when it was stopped.
    pub(crate) run: Option<Run>,
}

/// A contract and its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) address: String,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) supervisor: ProcessId,
    /// Whether all services serve.
    pub(crate) ready: bool,
    pub(crate) block_interval_ms: u64,
    /// Of the first node.
    pub(crate) amqp: String,
    /// Of the first node.
    pub(crate) json_rpc: Option<String>,
    /// All nodes, the first one first.
    #[serde(default)]
    pub(crate) nodes: Vec<Node>,
    /// The broker, if it is the devnet's own, and the services, in the order of their start.
    pub(crate) processes: Vec<Process>,
}

/// A node of a devnet that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Counted from 1.
    pub(crate) number: u32,
    /// Its base directory.
    pub(crate) basedir: PathBuf,
    pub(crate) amqp: String,
    pub(crate) json_rpc: Option<String>,
    /// Where gRPC is served.
    #[serde(default)]
    pub(crate) grpc: Option<String>,
    #[serde(default)]
    pub(crate) rest: Option<String>,
    /// Where others can call it.
    pub(crate) p2p: Option<String>,
}

/// A process of a devnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) name: String,
    /// The node it belongs to; none for the broker.
    #[serde(default)]
    pub(crate) node: Option<u32>,
    pub(crate) id: ProcessId,
}

impl State {
    /// The state of a devnet that is being made.
    pub(crate) fn new(
        temporary: bool,
        algorithm: Algorithm,
        chain_id: String,
        producer: String,
        account: String,
        contracts: Vec<Named>,
    ) -> Self {
        Self {
            format: FORMAT,
            temporary,
            algorithm,
            chain_id,
            producer,
            stakes: BTreeMap::new(),
            account,
            contracts,
            run: None,
        }
    }

    /// The address of a contract of a genesis that was made here.
    pub(crate) fn contract(&self, name: &str) -> Option<String> {
        let named = self.contracts.iter().find(|contract| contract.name == name);
        named.map(|contract| contract.address.clone())
    }

    /// Reads the state of the devnet in a directory; `None` when there is none.
    pub(crate) fn load(directory: &Path) -> Result<Option<Self>, Fatal> {
        let path = directory.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => {
                return Err(Fatal::config(anyhow!("cannot read {}: {error}", path.display())));
            }
        };
        let unreadable = |why: String| {
            Fatal::config(anyhow!(
                "{} cannot be understood: {why}; use another --data-dir, or remove this one",
                path.display()
            ))
        };
        let format: Format =
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        if format.format != FORMAT {
            return Err(unreadable(format!(
                "it has format {}, and this koinosctl knows {FORMAT}",
                format.format
            )));
        }
        serde_json::from_str(&text).map(Some).map_err(|error| unreadable(error.to_string()))
    }

    /// Writes the state, whole or not at all.
    pub(crate) fn save(&self, directory: &Path) -> Result<(), Fatal> {
        let (path, next) = (directory.join(FILE), directory.join("devnet.json.new"));
        let text = format!("{}\n", serde_json::to_string_pretty(self)?);
        fs::write(&next, text)
            .and_then(|()| fs::rename(&next, &path))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(())
    }

    /// The address whose stake a node uses in proof of burn, if it has any.
    pub(crate) fn stake(&self, number: u32) -> Option<&String> {
        // What is silent of stakes was made when there was one node.
        let alone = self.stakes.is_empty() && number == 1;
        self.stakes.get(&number).or_else(|| alone.then_some(&self.producer))
    }

    /// What runs now.
    pub(crate) fn running(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.supervisor.is_alive())
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// Holds a devnet's directory: one supervisor at a time.
#[derive(Debug)]
pub(crate) struct Lock(#[allow(dead_code, reason = "held, not used")] File);

impl Lock {
    /// Takes the directory; `None` when another supervisor has it.
    pub(crate) fn take(directory: &Path) -> Result<Option<Self>, Fatal> {
        let path = directory.join(LOCK);
        let file = File::options().create(true).append(true).open(&path).map_err(|error| {
            Fatal::config(anyhow!(
                "cannot write {}: {error}; let this user write there, or choose another --data-dir",
                path.display()
            ))
        })?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(Fatal::failure(anyhow!("cannot lock {}: {error}", path.display()))),
        }
    }
}

/// Everything that a devnet keeps in its directory.
pub(crate) fn contents() -> Vec<PathBuf> {
    let services = SERVICES.iter().map(|kind| kind.name);
    let own = [
        "broker",
        NODES,
        "contracts",
        "logs",
        "config.yml",
        "account.key",
        "devnet.log",
        "devnet.json.new",
        LOCK,
    ];
    // The state file goes last: as long as it is there, the directory is known for a devnet's.
    services.chain(own).chain([FILE]).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let text = |text: &str| text.to_owned();
        State::new(false, Algorithm::Federated, text("EiA="), text("1a"), text("1b"), Vec::new())
    }

    #[test]
    fn a_state_survives_its_file() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(State::load(directory.path()).unwrap(), None);
        assert_eq!(State::load(&directory.path().join("missing")).unwrap(), None);
        let mut state = state();
        state.run = Some(Run {
            supervisor: ProcessId::own().unwrap(),
            ready: true,
            block_interval_ms: 3_000,
            amqp: "amqp://x".to_owned(),
            json_rpc: None,
            nodes: Vec::new(),
            processes: Vec::new(),
        });
        state.save(directory.path()).unwrap();
        let read = State::load(directory.path()).unwrap().unwrap();
        assert_eq!(read, state);
        assert!(read.running().is_some());
        // The number of the process belongs to another one now.
        state.run.as_mut().unwrap().supervisor.started += 1;
        assert!(state.running().is_none());
    }

    #[test]
    fn foreign_files_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        for (text, expected) in [("{", "understood"), ("{\"format\": 9}", "format 9")] {
            fs::write(directory.path().join(FILE), text).unwrap();
            let error = State::load(directory.path()).unwrap_err();
            assert_eq!(error.code(), 78);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn a_directory_has_one_holder() {
        let directory = tempfile::tempdir().unwrap();
        let held = Lock::take(directory.path()).unwrap();
        assert!(held.is_some());
        assert!(Lock::take(directory.path()).unwrap().is_none());
        drop(held);
        assert!(Lock::take(directory.path()).unwrap().is_some());
        assert_eq!(Lock::take(&directory.path().join("missing")).unwrap_err().code(), 78);
    }
}
