//! The events of the code against the catalog of the journal, and against the code that logs them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The entries of the catalog: the name in the comment before, and head and body, by id.
fn catalog() -> BTreeMap<String, (String, String, String)> {
    let text = fs::read_to_string(root().join("systemd/koinos.catalog")).unwrap();
    let mut entries = BTreeMap::new();
    let parts: Vec<&str> = text.split("\n-- ").collect();
    for pair in parts.windows(2) {
        let name = pair[0].lines().last().unwrap().trim_start_matches("# ");
        let (id, rest) = pair[1].split_once('\n').unwrap();
        let (head, body) = rest.split_once("\n\n").unwrap();
        let body: Vec<&str> = body.lines().filter(|line| !line.starts_with('#')).collect();
        let body = body.join("\n").trim().to_owned();
        let entry = (name.to_owned(), head.to_owned(), body);
        assert!(entries.insert(id.to_owned(), entry).is_none(), "{id} stands twice");
    }
    entries
}

#[test]
fn every_event_has_cause_and_cure_in_the_catalog_and_the_other_way_round() {
    let entries = catalog();
    let named: BTreeMap<&str, &str> =
        entries.iter().map(|(id, (name, _, _))| (name.as_str(), id.as_str())).collect();
    assert_eq!(named, koinos_events::ALL.iter().copied().collect());
    let fields = [
        "KOINOS_HEIGHT",
        "KOINOS_BLOCK_ID",
        "KOINOS_TRANSACTION_ID",
        "KOINOS_PEER",
        "KOINOS_RPC",
        "KOINOS_NETWORK",
        "ERROR_CODE",
    ];
    for (name, head, body) in entries.values() {
        for key in ["Subject: ", "Defined-By: Koinos", "Support: ", "Documentation: "] {
            assert!(head.lines().any(|line| line.starts_with(key)), "{name}: {key}");
        }
        assert!(!body.is_empty(), "{name}");
        // A field that the event does not have would be shown as its name.
        for field in body.split('@').skip(1).step_by(2) {
            assert!(fields.contains(&field), "{name}: @{field}@");
        }
    }
}

#[test]
fn every_event_is_logged_somewhere() {
    let mut sources = Vec::new();
    for folder in ["crates", "services"] {
        collect(&root().join(folder), &mut sources);
    }
    let mut used = BTreeSet::new();
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        for (name, _) in koinos_events::ALL {
            let is_end =
                |rest: &str| !rest.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
            let logged = ["events::", "ids::"]
                .iter()
                .any(|module| text.split(&format!("{module}{name}")).skip(1).any(is_end));
            if logged {
                used.insert(*name);
            }
        }
    }
    let all: BTreeSet<&str> = koinos_events::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(used, all);
}

/// The sources that are part of programs.
fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && !["tests", "target", "benches", "examples"].contains(&name.as_str()) {
            if path.ends_with("crates/events") {
                continue;
            }
            collect(&path, into);
        } else if name.ends_with(".rs") {
            into.push(path);
        }
    }
}
