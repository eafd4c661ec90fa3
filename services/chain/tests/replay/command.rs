//! The command: its exit status, and what it tells.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use koinos_testkit::golden;

use crate::support::{base64, rows, set_base64, write_set};

const USAGE: i32 = 64;
const CONFIG: i32 = 78;

fn replay(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_koinos-chain"));
    command.arg("replay").args(arguments).output().unwrap()
}

/// Runs the command and expects an exit status and a text, on standard error when it fails to run.
fn expect(arguments: &[&OsStr], status: i32, text: &str) {
    let output = replay(arguments);
    let (told, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{told}{errors}");
    let stream = if status > 1 { &errors } else { &told };
    assert!(stream.contains(text), "no {text:?} in:\n{told}{errors}");
}

fn os(path: &(impl AsRef<OsStr> + ?Sized)) -> &OsStr {
    path.as_ref()
}

#[test]
fn a_chain_as_recorded() {
    let set = golden::path("trunc");
    expect(&[os(&set)], 0, "replayed 32 blocks, 212 transactions, ");
    expect(&[os(&set)], 0, ": 0 mismatches, ");
    expect(&[os("--checked"), os(&set)], 0, "re-executed 0 blocks\nreplayed ");
}

#[test]
fn a_single_file_and_the_result_as_json() {
    let (genesis, blocks) =
        (golden::path("trunc/genesis_data.json"), golden::path("trunc/blocks.jsonl.gz"));
    let arguments = [os("--json"), os("--genesis"), os(&genesis), os("--blocks"), os(&blocks)];
    let output = replay(arguments);
    assert!(output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["blocks"], rows("trunc/blocks.jsonl.gz").len());
    assert_eq!(report["mismatches"], 0);
    assert!(report["first_mismatch"].is_null());
}

#[test]
fn a_changed_byte_in_a_receipt_is_found() {
    let mut rows = rows("trunc/blocks.jsonl.gz");
    rows.truncate(3);
    let mut receipt = base64(&rows[1], "receipt_b64");
    // The last byte of the block id, which stands first: field 1, 34 bytes.
    receipt[35] ^= 1;
    set_base64(&mut rows[1], "receipt_b64", &receipt);
    let set = tempfile::tempdir().unwrap();
    write_set(set.path(), "trunc", &rows);
    expect(&[os(set.path())], 1, "blocks.jsonl line 2: ");
    expect(&[os(set.path())], 1, "\n  id: expected 1220");
    expect(&[os(set.path())], 1, "replayed 3 blocks");
    expect(&[os(set.path())], 1, ": 1 mismatches, ");
}

#[test]
fn wrong_command_lines() {
    let set = golden::path("trunc");
    expect(&[], USAGE, "DIR");
    expect(&[os("--quickly"), os(&set)], USAGE, "--quickly");
    expect(&[os("--blocks"), os("blocks.jsonl")], USAGE, "--genesis");
    expect(&[os("--checked=perhaps"), os(&set)], USAGE, "--checked");
    expect(&[os("no-such-directory")], USAGE, "no-such-directory does not exist");
    let missing = [os("--genesis"), os("nothing.json"), os("--blocks"), os(&set)];
    expect(&missing, USAGE, "nothing.json does not exist");
}

#[test]
fn help() {
    expect(&[os("--help")], 0, "--koinos-fund-bytecode");
}

#[test]
fn directories_that_cannot_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    expect(&[os(path)], CONFIG, "no directory holds recordings");

    let blocks = golden::path("trunc/blocks.jsonl.gz");
    fs::copy(blocks, path.join("blocks.jsonl.gz")).unwrap();
    expect(&[os(path)], CONFIG, "has recordings but no genesis_data.json");

    let genesis = |text: &str| fs::write(path.join("genesis_data.json"), text).unwrap();
    genesis("{");
    expect(&[os(path)], CONFIG, "genesis_data.json cannot start a chain");
    genesis("{\"entries\":[]}");
    expect(&[os(path)], CONFIG, "has no genesis key");
}

#[test]
fn files_that_cannot_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    write_set(path, "trunc", &[]);
    let blocks = |text: &str| fs::write(path.join("blocks.jsonl"), text).unwrap();
    blocks("{\"height\":1}\nnonsense\n");
    expect(&[os(path)], CONFIG, "block_b64 is missing in ");
    blocks("\nnonsense\n");
    expect(&[os(path)], CONFIG, "blocks.jsonl line 2");
    blocks("{\"block_b64\":\"*\"}\n");
    expect(&[os(path)], CONFIG, "block_b64 in ");

    fs::write(path.join("forks_lottery.jsonl"), "").unwrap();
    expect(&[os(path)], CONFIG, "names no fork rule (fifo, block_time, pob)");
}

#[test]
fn bytecode_that_is_not_the_published_one() {
    let set = golden::path("trunc");
    let file = set.join("genesis_data.json");
    let with = |path: &Path, text: &str| {
        expect(&[os("--koinos-fund-bytecode"), os(path), os(&set)], CONFIG, text);
    };
    with(&file, "koinos-fund-bytecode names ");
    with(Path::new("no-such-file"), "cannot read the bytecode file no-such-file");
}

#[test]
fn a_state_directory_is_used_once() {
    let (set, state) = (golden::path("core"), tempfile::tempdir().unwrap());
    let arguments = [os("--state-dir"), os(state.path()), os(&set)];
    expect(&arguments, 0, ": 0 mismatches, ");
    expect(&arguments, CONFIG, "the state directory holds a chain at height ");
}
