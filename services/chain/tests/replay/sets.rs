//! Every recorded set, executed: all answers are as recorded. The numbers say how much was
//! compared, so that a set that is not found, or read only in part, fails.

use koinos_chain::replay::Report;
use koinos_testkit::golden;

use crate::support::{directory, exact};

/// What a replay of a set covers.
#[derive(Debug, Default, PartialEq)]
struct Coverage {
    blocks: u64,
    transactions: u64,
    rejects: u64,
    reads: u64,
    wasm_runs: u64,
}

fn coverage(report: &Report) -> Coverage {
    Coverage {
        blocks: report.blocks,
        transactions: report.transactions,
        rejects: report.rejects,
        reads: report.reads,
        wasm_runs: report.wasm_runs,
    }
}

fn replay(set: &str) -> Coverage {
    coverage(&exact(directory(golden::path(set))))
}

#[test]
fn core() {
    assert_eq!(replay("core"), Coverage::default());
}

#[test]
fn vm() {
    assert_eq!(replay("vm"), Coverage::default());
}

#[test]
fn vmfuzz() {
    assert_eq!(replay("vmfuzz"), Coverage::default());
}

#[test]
fn overrides() {
    assert_eq!(replay("overrides"), Coverage::default());
}

#[test]
fn hashcode() {
    assert_eq!(replay("hashcode"), Coverage::default());
}

#[test]
fn trunc() {
    assert_eq!(replay("trunc"), Coverage::default());
}

#[test]
fn forks() {
    assert_eq!(replay("forks"), Coverage::default());
}

#[test]
fn wasm() {
    assert_eq!(replay("wasm"), Coverage::default());
}

/// Blocks of which only the state merkle roots are recorded.
#[test]
fn perf() {
    for (file, expected) in [
        ("empty5000", Coverage::default()),
        ("kv100", Coverage::default()),
        ("cheap100", Coverage::default()),
    ] {
        let mut options = directory(golden::path("perf"));
        options.directories.clear();
        options.genesis = Some(golden::path("perf/genesis_data.json"));
        options.blocks = Some(golden::path(&format!("perf/{file}.jsonl.gz")));
        assert_eq!(coverage(&exact(options)), expected, "{file}");
    }
}

/// The same chain in RocksDB, where blocks that become irreversible are written.
#[test]
fn a_state_on_disk_gives_the_same_answers() {
    let state = tempfile::tempdir().unwrap();
    let mut options = directory(golden::path("core"));
    options.state_dir = Some(state.path().to_owned());
    let on_disk = coverage(&exact(options));
    assert_eq!(on_disk, replay("core"));
    assert!(state.path().join("core-blocks").is_dir());
}
