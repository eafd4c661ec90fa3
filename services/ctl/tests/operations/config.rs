//! `config`: what the services themselves say, with files and lines.

use std::fs;

use serde_json::Value;

use crate::{failure, json, koinosctl};

struct Node(tempfile::TempDir);

impl Node {
    fn new(config: &str, fragment: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("conf.d")).unwrap();
        fs::write(directory.path().join("config.yml"), config).unwrap();
        fs::write(directory.path().join("conf.d/50-own.yml"), fragment).unwrap();
        Self(directory)
    }

    fn run(&self, arguments: &[&str]) -> std::process::Output {
        let basedir = self.0.path().to_str().unwrap();
        koinosctl().args(["--basedir", basedir, "--json"]).args(arguments).output().unwrap()
    }
}

fn option<'a>(page: &'a Value, service: &str, key: &str) -> &'a Value {
    let pages = page.as_array().unwrap();
    let page = pages.iter().find(|page| page["service"] == service).unwrap();
    page["options"].as_array().unwrap().iter().find(|option| option["key"] == key).unwrap()
}

#[test]
fn every_mistake_is_listed_with_its_place_and_cure() {
    let node = Node::new(
        "global:\n  jobs: many\n  log-level: debug\nchain:\n  fork-algorithm: best\nchian:\n  x: 1\n",
        "mempool:\n  transaction-expiration: [1]\n",
    );
    let output = node.run(&["config", "check"]);
    assert_eq!(output.status.code(), Some(78));
    let page: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(page["ok"], false);
    let errors: Vec<&str> =
        page["errors"].as_array().unwrap().iter().map(|e| e["text"].as_str().unwrap()).collect();
    let place = node.0.path().display().to_string();
    for text in [
        format!("{place}/config.yml:2: global.jobs: invalid value 'many'"),
        format!("{place}/config.yml:5: chain.fork-algorithm: invalid value 'best'"),
        format!("{place}/conf.d/50-own.yml:2: mempool.transaction-expiration takes one value"),
    ] {
        let found = errors.iter().find(|error| error.starts_with(&text));
        assert!(
            found.is_some_and(|error| error.contains("correct or remove it")),
            "{text}: {errors:?}"
        );
    }
    assert_eq!(errors.len(), 3, "{errors:?}");
    // What several services say is said once.
    let errors = page["errors"].as_array().unwrap();
    let jobs = errors.iter().find(|error| error["text"].as_str().unwrap().contains("global.jobs"));
    let jobs = jobs.unwrap();
    assert!(jobs["services"].as_array().unwrap().len() > 3, "{jobs}");
}

#[test]
fn a_node_of_docker_compose_has_a_configuration_that_works() {
    // The shape of what the original ships, sections with hyphens among it.
    let config = "global:\n  amqp: amqp://guest:guest@amqp:5672/ # broker\n  log-level: warn\n\
                  \x20 log-color: true\n  log-datetime: true\n  log-dir: logs\n  instance-id: Koinos\n\
                  \x20 fork-algorithm: pob\n  jobs: 4\n  blacklist:\n    - block_store.add_block\n\
                  block_producer:\n  algorithm: pob\n  pob-production: 100\n\
                  jsonrpc:\n  listen: /tcp/8080\nblock-store:\n  reset: false\n\
                  chain:\n  system-call-buffer-size: 64000\n";
    let node = Node::new(config, "");
    let page = json(&node.run(&["config", "check"]));
    assert_eq!(page["ok"], true);
    let warnings = page["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0]["text"].as_str().unwrap().contains("section block-store ignored"));
    let page = json(&node.run(&["config", "show", "chain"]));
    assert_eq!(option(&page, "chain", "log-level")["value"], "warn");
    assert_eq!(option(&page, "chain", "fork-algorithm")["value"], "pob");
}

#[test]
fn values_are_shown_with_their_origin_and_without_secrets() {
    let node = Node::new(
        "global:\n  amqp: amqp://me:secret@h/\nchain:\n  jobs: 3\n",
        "jsonrpc:\n  whitelist:\n    - chain\nglobal:\n  network: mine\n",
    );
    let page = json(&node.run(&["config", "show"]));
    let amqp = option(&page, "chain", "amqp");
    assert_eq!(amqp["value"], "amqp://me@h:5672/");
    assert!(!page.to_string().contains("secret"));
    let place = node.0.path().join("config.yml");
    assert_eq!(amqp["origins"][0], format!("{}:2 (global)", place.display()));
    assert_eq!(option(&page, "chain", "jobs")["value"], "3");
    assert_eq!(option(&page, "mempool", "jobs")["set"], false);
    assert_eq!(option(&page, "jsonrpc", "whitelist")["value"][0], "chain");
    assert_eq!(option(&page, "jsonrpc", "network")["value"], "mine");
    // As a table: what is set, and by which line.
    let basedir = node.0.path().to_str().unwrap();
    let text = koinosctl()
        .args(["--basedir", basedir, "config", "show", "chain", "--set", "--origin"])
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains(&format!("chain\tjobs\t3\t{}:4 (chain)", place.display())), "{text}");
    assert!(!text.contains("statedir"), "{text}");
    let (status, text) = failure(&node.run(&["config", "show", "chian"]));
    assert_eq!((status, text.contains("block_store")), (64, true), "{text}");
}
