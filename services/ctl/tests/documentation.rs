//! The tables of options in docs/operations.md and docs/koinosctl.md, against the programs' help.
#![cfg(test)]

use std::collections::BTreeSet;
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

#[test]
fn every_option_of_a_daemon_is_documented_and_exists() {
    let common = documented("operations.md", "### Every service");
    assert!(common.contains("basedir"));
    for (name, heading) in [
        ("koinos-chain", "### chain"),
        ("koinos-block-store", "### block_store"),
        ("koinos-mempool", "### mempool"),
        ("koinos-block-producer", "### block_producer"),
        ("koinos-jsonrpc", "### jsonrpc"),
    ] {
        let own = documented("operations.md", heading);
        let all: BTreeSet<String> = common.union(&own).cloned().collect();
        assert_eq!(options(Command::new(daemon(name))), all, "{name}");
    }
}

#[test]
fn every_option_of_a_devnet_is_documented_and_exists() {
    let mut start = Command::new(env!("CARGO_BIN_EXE_koinosctl"));
    start.args(["devnet", "start"]);
    let mut known = options(start);
    for common in ["json", "basedir", "url", "timeout"] {
        assert!(known.remove(common), "{common}");
    }
    let mut table = documented("koinosctl.md", "## devnet");
    // The second table of the section names files.
    table.retain(|name| !name.contains(['.', '/']));
    assert_eq!(table, known);
}
