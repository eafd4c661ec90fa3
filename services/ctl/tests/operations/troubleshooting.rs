//! docs/operations/troubleshooting.md, rehearsed: each symptom is brought about with real daemons, its
//! entry is looked for by the id that the page names, and what the page says to do cures it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use koinos_service::events;
use koinos_testkit::{Broker, Daemon};
use serde_json::Value;

use crate::{genesis_of_a_network as network, small};

const LIMIT: Duration = Duration::from_secs(60);
/// How the runs of this test are shown in the journal's priorities.
const ERROR: &str = "3";
const WARNING: &str = "4";
const INFO: &str = "6";

/// The symptoms of the page: by heading, the id and the text that it names.
fn page() -> BTreeMap<String, (String, String)> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations/troubleshooting.md");
    let text = fs::read_to_string(path).unwrap();
    let mut symptoms = BTreeMap::new();
    for section in text.split("\n## ").skip(1) {
        let (heading, body) = section.split_once('\n').unwrap();
        let id = body.split("MESSAGE_ID=").nth(1).unwrap()[..32].to_owned();
        let said = body.split('`').nth(1).unwrap().replace('\n', " ");
        symptoms.insert(heading.to_owned(), (id, said));
    }
    symptoms
}

/// A symptom of the page.
struct Symptom {
    id: String,
    /// The parts of its text that are always the same.
    parts: Vec<String>,
}

fn symptom(heading: &str, event: &str) -> Symptom {
    let page = page();
    let (id, said) = page.get(heading).unwrap_or_else(|| panic!("the page has no {heading:?}"));
    assert_eq!(id, event, "{heading}");
    let parts = said.split("...").map(str::trim).filter(|part| !part.is_empty());
    Symptom { id: id.clone(), parts: parts.map(str::to_owned).collect() }
}

impl Symptom {
    /// Waits for the entry, which says what the page says it does, at that priority.
    fn appears(&self, daemon: &Daemon, priority: &str) -> Value {
        let entry = entry(daemon, &self.id);
        let text = entry["MESSAGE"].as_str().unwrap();
        for part in &self.parts {
            assert!(text.contains(part.as_str()), "{part:?} is not in {text:?}");
        }
        assert_eq!(entry["PRIORITY"], priority, "{entry}");
        entry
    }
}

/// The next entry with that id.
fn entry(daemon: &Daemon, id: &str) -> Value {
    let line = daemon.wait_for(&format!("\"MESSAGE_ID\":\"{id}\""), LIMIT).unwrap();
    let entry: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(entry["KOINOS_NETWORK"], "rehearsal", "{entry}");
    entry
}

/// A node in a directory, whose services write what the journal would get.
struct Node {
    directory: tempfile::TempDir,
    url: String,
}

impl Node {
    fn new(url: &str) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), url: url.to_owned() }
    }

    /// On the broker that the tests share.
    fn shared() -> Self {
        Self::new(&Broker::shared().unwrap().vhost().unwrap().url)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn start(&self, service: &str, more: &[&str]) -> Daemon {
        let program =
            Path::new(env!("CARGO_BIN_EXE_koinosctl")).with_file_name(format!("koinos-{service}"));
        let mut arguments = vec!["--basedir", self.directory.path().to_str().unwrap()];
        arguments.extend(["--amqp", &self.url, "--log-format", "json", "--network", "rehearsal"]);
        arguments.extend(more);
        Daemon::start(program, arguments).unwrap()
    }

    /// Starts a service that has to come up.
    fn serves(&self, service: &str, more: &[&str]) -> Daemon {
        let daemon = self.start(service, more);
        ready(&daemon);
        daemon
    }
}

fn ready(daemon: &Daemon) {
    assert_eq!(entry(daemon, events::SERVICE_READY)["PRIORITY"], INFO);
}

fn ends(daemon: &mut Daemon, status: i32) {
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(status), "{}", daemon.output());
}

#[test]
fn the_page_has_ten_symptoms_and_each_is_rehearsed_here() {
    let page = page();
    assert!(page.len() >= 10);
    let rehearsed = include_str!("troubleshooting.rs");
    for heading in page.keys() {
        assert!(rehearsed.contains(&format!("\"{heading}\"")), "{heading}");
    }
}

#[test]
fn a_broker_that_is_not_there_is_waited_for_and_one_that_goes_comes_back() {
    let broker = small();
    broker.kill().unwrap();
    let node = Node::new(&broker.url("t0"));
    let mempool = node.start("mempool", &[]);
    symptom("Nothing answers at the broker's address", events::BROKER_UNREACHABLE)
        .appears(&mempool, WARNING);
    broker.resume().unwrap();
    ready(&mempool);

    broker.kill().unwrap();
    symptom("The broker went away", events::BROKER_LOST).appears(&mempool, WARNING);
    broker.resume().unwrap();
    let back = format!("\"MESSAGE_ID\":\"{}\"", events::BROKER_CONNECTED);
    mempool.wait_for_nth(&back, 2, LIMIT).unwrap();
}

#[test]
fn a_wrong_password_is_told_apart() {
    let mut node = Node::shared();
    let right = node.url.clone();
    node.url = right.replace("guest:guest@", "guest:wrong@");
    let symptom = symptom("The broker refuses user or password", events::BROKER_UNREACHABLE);
    let entry = symptom.appears(&node.start("mempool", &[]), WARNING);
    let text = entry["MESSAGE"].as_str().unwrap().to_ascii_lowercase().replace('_', " ");
    assert!(text.contains("access refused") && !text.contains("wrong"), "{text}");
    node.url = right;
    node.serves("mempool", &[]);
}

#[test]
fn genesis_data_and_other_services_are_waited_for_in_their_ways() {
    let node = Node::shared();
    let mut chain = node.start("chain", &[]);
    let symptom_of_genesis = symptom("There is no genesis data", events::GENESIS_UNUSABLE);
    let entry = symptom_of_genesis.appears(&chain, ERROR);
    assert_eq!(entry["ERROR_CODE"], "78");
    ends(&mut chain, 78);
    fs::write(node.path("chain/genesis_data.json"), network()).unwrap();

    let chain = node.start("chain", &[]);
    let entry =
        symptom("A service waits for another", events::SERVICE_AWAITED).appears(&chain, INFO);
    assert_eq!(entry["KOINOS_RPC"], "block_store");
    let _store = node.serves("block-store", &[]);
    ready(&chain);
}

#[test]
fn mistakes_in_the_configuration_stop_a_reload_and_what_is_unknown_is_told() {
    let node = Node::shared();
    let config = node.path("config.yml");
    fs::write(&config, "mempool:\n  jbos: 3\n").unwrap();
    let mempool = node.serves("mempool", &[]);
    symptom("A setting has no effect", events::CONFIG_IGNORED).appears(&mempool, WARNING);
    fs::write(&config, "mempool:\n  jobs: many\n").unwrap();
    mempool.reload();
    let entry =
        symptom("The configuration is wrong", events::CONFIG_REJECTED).appears(&mempool, ERROR);
    assert!(entry["MESSAGE"].as_str().unwrap().contains("config.yml:2: mempool.jobs"), "{entry}");
    let mut other = node.start("mempool", &["--admin-socket", "none"]);
    ends(&mut other, 78);
    fs::write(&config, "mempool:\n  log-level: warning\n").unwrap();
    mempool.reload();
    // From here on nothing below a warning is told.
    let reloaded = koinos_testkit::poll("the level of the configuration", LIMIT, || {
        let output = crate::koinosctl()
            .args(["--basedir", node.directory.path().to_str().unwrap(), "log", "mempool"])
            .output()?;
        Ok(String::from_utf8_lossy(&output.stdout).contains("warning").then_some(()))
    });
    reloaded.unwrap();
}

#[test]
fn data_in_use_and_data_of_the_original_are_left_alone() {
    let node = Node::shared();
    let first = node.serves("block-store", &[]);
    let mut second = node.start("block-store", &["--admin-socket", "none"]);
    symptom("The same service runs twice", events::STORE_LOCKED).appears(&second, ERROR);
    ends(&mut second, 78);
    drop(first);
    drop(node.serves("block-store", &[]));

    let database = node.path("block_store/db");
    fs::remove_dir_all(&database).unwrap();
    fs::create_dir(&database).unwrap();
    fs::write(database.join("MANIFEST"), "Badger").unwrap();
    let mut store = node.start("block-store", &[]);
    symptom("The data are those of the original", events::STORE_FOREIGN).appears(&store, ERROR);
    ends(&mut store, 78);
    fs::rename(&database, node.path("block_store/db.badger")).unwrap();
    drop(node.serves("block-store", &[]));
    assert!(node.path("block_store/db.badger/MANIFEST").exists());
}

#[test]
fn json_rpc_tells_of_ports_and_of_descriptors() {
    let node = Node::shared();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let listen = format!("/ip4/127.0.0.1/tcp/{port}");
    let mut jsonrpc = node.start("jsonrpc", &["--listen", &listen]);
    let symptom_of_port = symptom("Another program has the port", events::SERVICE_FAILED);
    assert_eq!(symptom_of_port.appears(&jsonrpc, ERROR)["ERROR_CODE"], "78");
    ends(&mut jsonrpc, 78);
    drop(taken);

    let broken = node.path("jsonrpc/descriptors/broken.pb");
    fs::create_dir_all(broken.parent().unwrap()).unwrap();
    fs::write(&broken, "no descriptor").unwrap();
    let jsonrpc = node.serves("jsonrpc", &["--listen", "/ip4/127.0.0.1/tcp/0"]);
    symptom("A service of your own is not served", events::DESCRIPTOR_REFUSED)
        .appears(&jsonrpc, ERROR);
    fs::remove_file(&broken).unwrap();
    drop(jsonrpc);
    let jsonrpc = node.serves("jsonrpc", &["--listen", "/ip4/127.0.0.1/tcp/0"]);
    assert!(!jsonrpc.output().contains(events::DESCRIPTOR_REFUSED));
}

#[test]
fn a_key_that_others_can_read_is_taken_from_them() {
    let node = Node::shared();
    let key = node.path("block_producer/private.key");
    let mut made = crate::koinosctl();
    fs::create_dir_all(key.parent().unwrap()).unwrap();
    assert!(made.args(["key", "new", key.to_str().unwrap()]).status().unwrap().success());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let producer = node.start("block-producer", &["--gossip-production", "false"]);
    symptom("Others could read the producer's key", events::KEY_EXPOSED)
        .appears(&producer, WARNING);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
}
