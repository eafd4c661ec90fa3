//! The command line as people and programs see it: help, output, exit status. No node is needed.
#![cfg(test)]

mod key;
mod shell;
mod tx;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs `koinosctl`, away from whatever node and devnets the user of this machine has.
fn koinosctl(arguments: &[&str]) -> Output {
    let nowhere = Path::new("/nonexistent");
    Command::new(env!("CARGO_BIN_EXE_koinosctl"))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", nowhere)
        .env("XDG_STATE_HOME", nowhere)
        .output()
        .unwrap()
}

/// What it printed, having succeeded.
fn stdout(arguments: &[&str]) -> String {
    let output = koinosctl(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(arguments)).unwrap()
}

/// The exit status and what it complained of.
fn failure(arguments: &[&str]) -> (i32, String) {
    let output = koinosctl(arguments);
    assert!(output.stdout.is_empty(), "{arguments:?}");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn programs_get_errors_as_json() {
    let refused: [(&[&str], i32, &str); 3] = [
        (&["--json", "chain", "head", "--no-such-option"], 64, "--no-such-option"),
        (&["--json", "rpc", "chain", "get_head_info", "{"], 64, "JSON"),
        (&["--json", "--url", "http://127.0.0.1:9/", "chain", "head"], 69, "127.0.0.1:9"),
    ];
    for (arguments, status, part) in refused {
        let (code, text) = failure(arguments);
        let error: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((code, &error["error"]["status"]), (status, &Value::from(status)), "{text}");
        assert!(error["error"]["message"].as_str().unwrap().contains(part), "{text}");
    }
}
