//! The demonstration as it is run by `make run`.

use std::path::Path;
use std::time::Duration;

use koinos_testkit::{Daemon, golden};
use rustix::process::{Pid, Signal, kill_process};

const LIMIT: Duration = Duration::from_secs(300);

fn demo(blocks: &Path) -> Daemon {
    let genesis = golden::path("core/genesis_data.json");
    let arguments = [Path::new("--genesis"), &genesis, Path::new("--blocks"), blocks];
    Daemon::start(env!("CARGO_BIN_EXE_koinos-demo"), arguments).unwrap()
}

/// What the output names: the process ids of daemons, and the directory.
fn traces(output: &str) -> (Vec<&str>, &str) {
    let between = |line: &'static str, end: char| {
        output.split(line).skip(1).filter_map(move |rest| rest.split(end).next())
    };
    let directory = between("everything is below ", '\n').next().unwrap();
    (between("(pid ", ')').collect(), directory)
}

fn assert_gone(output: &str) {
    let (pids, directory) = traces(output);
    assert!(!pids.is_empty());
    for pid in pids {
        assert!(!Path::new("/proc").join(pid).exists(), "process {pid} is left");
    }
    assert!(!Path::new(directory).exists(), "{directory} is left");
}

#[test]
fn a_recorded_chain_comes_out_right() {
    let mut demo = demo(&golden::path("core/blocks.jsonl.gz"));
    let status = demo.wait(LIMIT).unwrap();
    let output = demo.output();
    assert!(status.success(), "{output}");
    for line in [
        "all 139 roots are as recorded",
        "the head is as recorded: height 139",
        "the head after a restart is as recorded: height 139",
        "Finished indexing 139 blocks",
        "the head rebuilt from block_store alone is as recorded: height 139",
    ] {
        assert!(output.contains(line), "no {line:?} in:\n{output}");
    }
    assert_gone(&output);
}

#[test]
fn another_root_than_recorded_is_told() {
    let mut rows: Vec<serde_json::Value> =
        golden::rows("core/blocks.jsonl.gz").unwrap().map(|row| row.unwrap().0).collect();
    rows.truncate(5);
    rows[3]["state_merkle_root_hex"] = rows[2]["state_merkle_root_hex"].clone();
    let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let directory = tempfile::tempdir().unwrap();
    let blocks = directory.path().join("blocks.jsonl");
    std::fs::write(&blocks, lines.join("\n")).unwrap();

    let mut demo = demo(&blocks);
    assert_eq!(demo.wait(LIMIT).unwrap().code(), Some(1));
    let output = demo.output();
    assert!(output.contains("failed root at height 4: recorded 0x"), "{output}");
    assert!(output.contains("--- log of koinos-chain ---"), "{output}");
    assert_gone(&output);
}

#[test]
fn an_interruption_ends_everything() {
    let mut demo = demo(&golden::path("core/blocks.jsonl.gz"));
    demo.wait_for("koinos-chain is ready", LIMIT).unwrap();
    let pid = Pid::from_raw(demo.pid().cast_signed()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    assert_eq!(demo.wait(LIMIT).unwrap().code(), Some(130));
    assert_gone(&demo.output());
}
