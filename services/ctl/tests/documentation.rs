//! What is said about options, against the programs: the tables of docs/operations.md and
//! docs/koinosctl.md, and etc/koinos/config.yml.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A daemon is another package's program, built beside this one's or in `KOINOS_PROGRAM_DIR`.
fn daemon(name: &str) -> PathBuf {
    let program = match std::env::var_os("KOINOS_PROGRAM_DIR") {
        Some(directory) => Path::new(&directory).join(name),
        None => Path::new(env!("CARGO_BIN_EXE_koinosctl")).with_file_name(name),
    };
    assert!(program.exists(), "{} is missing: build the whole workspace", program.display());
    program
}

/// The options in a program's help by their long names.
fn options(mut command: Command) -> BTreeSet<String> {
    let output = command.arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    // A line is `--name ...` or `-n, --name ...`.
    let names = help.lines().filter_map(|line| {
        let line = line.trim_start();
        let name = line.strip_prefix("--").or_else(|| line.get(4..)?.strip_prefix("--"))?;
        Some(name.split([' ', '[']).next()?.to_owned())
    });
    names.filter(|name| name != "help" && name != "version").collect()
}

/// The names in the first column of the table below a heading. A row may hold several.
fn documented(file: &str, heading: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split(&format!("\n{heading}\n")).nth(1).unwrap();
    let rows = section.lines().take_while(|line| !line.starts_with('#'));
    let cells = rows.filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    cells
        .flat_map(|cell| cell.split('`').step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .filter(|name| !name.trim().is_empty() && name.trim() != ",")
        .map(|name| name.trim_start_matches('-').to_owned())
        .collect()
}

/// The services by their names on the bus: the rows of the table that units are made from.
fn services() -> Vec<String> {
    let table = std::fs::read_to_string(root().join("systemd/services.table")).unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split(' ').next().unwrap().to_owned()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn program(service: &str) -> PathBuf {
    daemon(&format!("koinos-{}", service.replace('_', "-")))
}

#[test]
fn every_daemon_has_a_row_in_the_table_of_units() {
    let mut rows = services();
    rows.push("ctl".to_owned());
    rows.sort();
    let folders = std::fs::read_dir(root().join("services")).unwrap();
    let mut folders: Vec<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.iter_mut().for_each(|name| *name = name.replace('-', "_"));
    folders.sort();
    assert_eq!(rows, folders);
}

#[test]
fn every_option_of_a_daemon_is_documented_and_exists() {
    let common = documented("operations.md", "### Every service");
    assert!(common.contains("basedir"));
    for service in services() {
        let own = documented("operations.md", &format!("### {service}"));
        let all: BTreeSet<String> = common.union(&own).cloned().collect();
        assert_eq!(options(Command::new(program(&service))), all, "{service}");
    }
}

/// The keys of config.yml by section, those that are only shown among them.
fn shown_keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        let Some((key, _)) = line.split_once(':') else { continue };
        match key.strip_prefix("  ") {
            None if !key.starts_with('#') => section = key.to_owned(),
            Some(key) if !key.starts_with("# ") => {
                let key = key.trim_start_matches('#').to_owned();
                assert!(sections.entry(section.clone()).or_default().insert(key), "{line}");
            }
            _ => {}
        }
    }
    sections
}

#[test]
fn config_yml_shows_every_option_and_can_be_used_with_all_of_them() {
    let text = std::fs::read_to_string(root().join("etc/koinos/config.yml")).unwrap();
    let mut shown = shown_keys(&text);
    let common = shown.remove("global").unwrap();
    let places = ["basedir", "config", "check-config"].map(str::to_owned);
    let directory = tempfile::tempdir().unwrap();
    let all_set = directory.path().join("config.yml");
    let set: Vec<String> = text.lines().map(|line| line.replacen("  #", "  ", 1)).collect();
    // Comments of one space more are indented no deeper than keys now, so they go.
    let set: Vec<&str> =
        set.iter().map(String::as_str).filter(|line| !line.starts_with("   ")).collect();
    std::fs::write(&all_set, set.join("\n")).unwrap();
    for service in services() {
        let own = shown.remove(&service).unwrap_or_default();
        let all = common.iter().chain(&own).chain(&places).cloned().collect();
        assert_eq!(options(Command::new(program(&service))), all, "{service}");
        for file in [root().join("etc/koinos/config.yml"), all_set.clone()] {
            check(&service, &file, directory.path());
        }
    }
    assert_eq!(shown, BTreeMap::new(), "sections of no service");
}

#[test]
fn profiles_of_networks_can_be_used() {
    let directory = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root().join("etc/networks")).unwrap() {
        let file = entry.unwrap().path();
        services().iter().for_each(|service| check(service, &file, directory.path()));
    }
}

/// Lets a daemon check a file of configuration, in which nothing may be wrong or without effect.
fn check(service: &str, file: &Path, basedir: &Path) {
    let mut command = Command::new(program(service));
    command.arg("--check-config").arg("--basedir").arg(basedir).arg("--config").arg(file);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{service}: {}: {said}", file.display());
}

#[test]
fn every_option_of_a_devnet_is_documented_and_exists() {
    let mut start = Command::new(env!("CARGO_BIN_EXE_koinosctl"));
    start.args(["devnet", "start"]);
    let mut known = options(start);
    for common in ["json", "basedir", "root", "url", "timeout"] {
        assert!(known.remove(common), "{common}");
    }
    let mut table = documented("koinosctl.md", "## devnet");
    // The second table of the section names files.
    table.retain(|name| !name.contains(['.', '/']));
    assert_eq!(table, known);
}
