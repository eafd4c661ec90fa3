//! Every recorded set, executed: all answers are as recorded. The numbers say how much was
//! compared, so that a set that is not found, or read only in part, fails.

use koinos_chain::replay::Report;
use koinos_testkit::golden;

use crate::support::{directory, exact};

/// What a replay covers: blocks, transactions, refused blocks, reads, runs of single modules.
type Coverage = [u64; 5];

fn coverage(report: &Report) -> Coverage {
    [report.blocks, report.transactions, report.rejects, report.reads, report.wasm_runs]
}

fn replay(set: &str) -> Coverage {
    coverage(&exact(directory(golden::path(set))))
}

#[test]
fn core() {
    assert_eq!(replay("core"), [139, 362, 70, 78, 0]);
}

#[test]
fn vm() {
    assert_eq!(replay("vm"), [50, 251, 0, 21, 0]);
}

#[test]
fn vmfuzz() {
    assert_eq!(replay("vmfuzz"), [80, 256, 0, 0, 0]);
}

#[test]
fn overrides() {
    assert_eq!(replay("overrides"), [200, 242, 1, 2, 0]);
}

#[test]
fn hashcode() {
    assert_eq!(replay("hashcode"), [4, 8, 1, 0, 0]);
}

#[test]
fn trunc() {
    assert_eq!(replay("trunc"), [32, 212, 0, 0, 0]);
}

#[test]
fn forks() {
    assert_eq!(replay("forks"), [417, 24, 33, 0, 0]);
}

#[test]
fn wasm() {
    assert_eq!(replay("wasm"), [0, 0, 0, 0, 4264]);
}

/// Blocks of which only the state merkle roots are recorded.
#[test]
fn perf() {
    for (file, expected) in [
        ("empty5000", [5000, 0, 0, 0, 0]),
        ("kv100", [31, 3001, 0, 0, 0]),
        ("cheap100", [31, 3001, 0, 0, 0]),
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
