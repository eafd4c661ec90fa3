//! `import compose`: a node as docker compose runs it, in the shape of the original's directory.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{System, genesis, mode};

fn wif() -> String {
    koinos_crypto::SecretKey::from_seed("producer").unwrap().to_wif()
}

/// The old node: its directory, and its data elsewhere.
fn old(system: &System) -> String {
    system.write(
        "old/config/config.yml",
        "global:\n  amqp: amqp://guest:guest@amqp:5672/ # broker\n  log-level: warn\n  log-dir: logs\n\
         \x20 fork-algorithm: pob\nblock_producer:\n  algorithm: pob\n  producer: 15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL\n\
         \x20 private-key-file: hot.key\njsonrpc:\n  listen: /tcp/8080\np2p:\n  seed: my seed phrase\n\
         block-store:\n  reset: false\n",
    );
    system.write("old/config/genesis_data.json", &genesis(7).0);
    system.write("old/config/koinos_descriptors.pb", "koinos.rpc.chain .koinos.rpc.error_status");
    let data = system.path("data").display().to_string();
    system.write(
        "old/.env",
        &format!("BASEDIR={data}\nJSONRPC_PORT=8085\nREST_INTERFACE=0.0.0.0\nREST_PORT=3001\nCOMPOSE_PROFILES=jsonrpc,block_producer\n"),
    );
    system.write("data/block_producer/hot.key", &format!("{}\n", wif()));
    system.write("data/jsonrpc/descriptors/mine.pb", "koinos.rpc.my_service");
    system.write("data/block_store/db/000001.vlog", "blocks in Badger");
    system.write("data/chain/blockchain/CURRENT", "state");
    system.path("old").display().to_string()
}

fn fate<'a>(said: &'a Value, what: &str) -> (&'a str, &'a str) {
    let items = said["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["what"] == what);
    let item = item.unwrap_or_else(|| panic!("no {what} in {said}"));
    (item["fate"].as_str().unwrap(), item["text"].as_str().unwrap())
}

/// All files below a directory, with what they hold.
fn all(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut rest = vec![directory.to_owned()];
    while let Some(next) = rest.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() && !path.is_symlink() {
                true => rest.push(path),
                false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_can_be_taken_is_taken_and_nothing_is_changed_there() {
    let system = System::new();
    let directory = old(&system);
    let before = (all(Path::new(&directory)), all(&system.path("data")));
    let import = ["import", "compose", directory.as_str()];
    let said = system.json(&import);
    assert_eq!((all(Path::new(&directory)), all(&system.path("data"))), before);

    for what in
        ["configuration", "addresses", "genesis data", "network", "producer key", "p2p seed"]
    {
        assert_eq!(fate(&said, what).0, "taken", "{what}");
    }
    assert_eq!(fate(&said, "descriptors mine.pb").0, "taken");
    for (what, text) in [
        ("global.amqp", "koinosctl broker"),
        ("block_producer.private-key-file", "credential"),
        ("descriptors koinos_descriptors.pb", "built in"),
        ("block_store/db", "cannot be read"),
        ("chain/blockchain", "cannot be read"),
        ("section block-store", "block_store"),
        (
            "JSON-RPC port",
            "koinos-jsonrpc-public.socket, with ListenStream= and ListenStream=127.0.0.1:8085",
        ),
        (
            "REST port",
            "koinos-rest-public.socket, with ListenStream= and ListenStream=0.0.0.0:3001",
        ),
    ] {
        let (what_fate, found) = fate(&said, what);
        assert!(what_fate == "not taken" && found.contains(text), "{what}: {found}");
    }
    assert!(said["next"].as_str().unwrap().contains("koinos-jsonrpc koinos-block-producer"));
    let key = system.path("etc/koinos/credentials/producer-key");
    assert_eq!((mode(&key), fs::read_to_string(&key).unwrap()), (0o600, format!("{}\n", wif())));

    // What it was told is what the services hear now.
    let page = system.json(&["config", "check"]);
    assert_eq!(page["ok"], true, "{page}");
    let shown = system.json(&["config", "show"]).to_string();
    let moved = said["items"].as_array().unwrap().iter();
    let moved = moved.filter(|item| item["what"].as_str().unwrap().ends_with(" port"));
    assert_eq!(moved.count(), 2, "gRPC and p2p are where the units have them");
    for text in [
        "/ip4/127.0.0.1/tcp/8085",
        "/ip4/0.0.0.0/tcp/3001",
        "127.0.0.1:50051",
        "/ip4/0.0.0.0/tcp/8888",
        "15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL",
        "\"imported\"",
    ] {
        assert!(shown.contains(text), "{text}");
    }
    assert!(!shown.contains("my seed phrase"));

    // A second time nothing is new.
    let installed = all(&system.path("etc"));
    let said = system.json(&import);
    assert_eq!(all(&system.path("etc")), installed);
    for what in ["configuration", "genesis data", "network", "producer key"] {
        assert_eq!(fate(&said, what).0, "there already", "{what}");
    }
}

#[test]
fn what_is_there_already_is_not_overwritten() {
    let system = System::new();
    let directory = old(&system);
    system.write("etc/koinos/credentials/producer-key", "another key\n");
    let mine = system.write("mine.json", &genesis(9).0);
    system.json(&["network", "add", "mine", "--genesis", mine.to_str().unwrap()]);
    system.json(&["network", "use", "mine"]);
    let said = system.json(&["import", "compose", &directory]);
    for (what, text) in
        [("producer key", "differs, so it stays"), ("network", "network use imported")]
    {
        let (what_fate, found) = fate(&said, what);
        assert!(what_fate == "not taken" && found.contains(text), "{what}: {found}");
    }
    assert_eq!(system.read("etc/koinos/credentials/producer-key"), "another key\n");
    let (status, text) = system.failure(&["import", "compose", "/nonexistent"]);
    assert_eq!((status, text.contains("docker-compose.yml")), (78, true), "{text}");
}
