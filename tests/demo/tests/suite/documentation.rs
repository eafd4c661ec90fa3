//! The tables of options in docs/operations.md, against the daemons' help.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The options in a daemon's help by their long names.
fn options(daemon: &str) -> BTreeSet<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_koinos-demo")).with_file_name(daemon);
    let output = Command::new(program).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    // A line is `--name ...` or `-n, --name ...`.
    let names = help.lines().filter_map(|line| {
        let line = line.trim_start();
        let name = line.strip_prefix("--").or_else(|| line.get(4..)?.strip_prefix("--"))?;
        Some(name.split([' ', '[']).next()?.to_owned())
    });
    names.filter(|name| name != "help" && name != "version").collect()
}

/// The names in the first column of the table below a heading.
fn documented(heading: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split(&format!("\n### {heading}\n")).nth(1).unwrap();
    let rows = section.lines().take_while(|line| !line.starts_with('#'));
    rows.filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect()
}

#[test]
fn every_option_is_documented_and_exists() {
    let common = documented("Every service");
    assert!(common.contains("basedir"));
    for (daemon, heading) in [("koinos-chain", "chain"), ("koinos-block-store", "block_store")] {
        let all: BTreeSet<String> = common.union(&documented(heading)).cloned().collect();
        assert_eq!(options(daemon), all, "{daemon}");
    }
}
