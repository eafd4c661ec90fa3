//! What the tests share.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use koinos_chain::replay::{ReplayOptions, Report, run};
use koinos_testkit::golden;
use serde_json::Value;

/// Options for one directory.
pub(crate) fn directory(path: PathBuf) -> ReplayOptions {
    ReplayOptions {
        directories: vec![path],
        blocks: None,
        genesis: None,
        checked: false,
        state_dir: None,
        json: false,
        koinos_fund_bytecode: None,
    }
}

/// Replays a directory and insists on the record.
pub(crate) fn exact(options: ReplayOptions) -> Report {
    let report = run(options).unwrap();
    assert_eq!(report.mismatches, 0, "{}", report.first_mismatch.unwrap_or_default());
    report
}

/// The rows of a recorded file.
pub(crate) fn rows(name: &str) -> Vec<Value> {
    golden::rows(name).unwrap().map(|row| row.unwrap().0).collect()
}

/// The bytes of a base64 field.
pub(crate) fn base64(row: &Value, field: &str) -> Vec<u8> {
    STANDARD.decode(row[field].as_str().unwrap()).unwrap()
}

/// Replaces a base64 field.
pub(crate) fn set_base64(row: &mut Value, field: &str, bytes: &[u8]) {
    row[field] = STANDARD.encode(bytes).into();
}

/// Writes a set of `rows` on the genesis of a recorded one.
pub(crate) fn write_set(directory: &Path, genesis_of: &str, rows: &[Value]) {
    let genesis = golden::path(genesis_of).join("genesis_data.json");
    fs::copy(genesis, directory.join("genesis_data.json")).unwrap();
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    fs::write(directory.join("blocks.jsonl"), lines.join("\n")).unwrap();
}
