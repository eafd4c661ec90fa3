//! Replays recordings of the original engine: outcome, ticks, memory, and globals must be equal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says so"
)]

mod common;

use std::sync::Arc;

use base64::Engine;
use koinos_vm::{Instance, Module, ModuleError, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// Executes one run of a recording, and describes its end as the recording does.
fn replay(wasm: &[u8], ticks: i64) -> Json {
    let module = match Module::new(wasm) {
        Ok(module) => Arc::new(module),
        Err(ModuleError::Malformed(_)) => return refused("malformed"),
        Err(_) => return refused("invalid"),
    };
    let mut instance = match Instance::new(&module) {
        Ok(instance) => instance,
        Err(_) => return refused("instantiate"),
    };
    let mut host = common::RecordingHost::default();
    let mut end = serde_json::json!({ "ticks": ticks });
    match instance.start(&mut host, ticks) {
        Ok(run) => {
            end["outcome"] = common::class(&run.outcome).into();
            end["ticks_used"] = (ticks - run.ticks_left).into();
        }
        Err(_) => {
            end["outcome"] = "no_start".into();
            return end;
        }
    }
    end["memory_bytes"] = instance.memory().len().into();
    end["memory_sha256"] = hex(&Sha256::digest(instance.memory())).into();
    let globals: Vec<Json> = ["g0", "g1"]
        .iter()
        .filter_map(|name| instance.exported_global(name))
        .map(|value| match value {
            Value::I32(value) => value.to_string().into(),
            Value::I64(value) => value.to_string().into(),
            other => panic!("unexpected type of {other:?}"),
        })
        .collect();
    if !globals.is_empty() {
        end["globals"] = globals.into();
    }
    end
}

fn refused(outcome: &str) -> Json {
    serde_json::json!({ "outcome": outcome })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Replays a recording; returns how many runs it has.
fn replay_all(path: &str) -> usize {
    let mut runs = 0;
    for line in common::golden_lines(path) {
        let wasm = line["module_b64"].as_str().unwrap();
        let wasm = base64::engine::general_purpose::STANDARD.decode(wasm).unwrap();
        for expected in line["runs"].as_array().unwrap() {
            let mut got = replay(&wasm, expected["ticks"].as_i64().unwrap());
            got["ticks"] = expected["ticks"].clone();
            // How the recorded engine words its refusal is its own.
            let mut expected = expected.clone();
            expected.as_object_mut().unwrap().remove("message");
            assert_eq!(got, expected, "module {} of {path}", line["n"]);
            runs += 1;
        }
    }
    runs
}

#[test]
fn random_modules_run_as_recorded() {
    assert_eq!(replay_all("wasm/wasm_cases.jsonl.gz"), 3464);
}

#[test]
fn damaged_modules_are_judged_as_recorded() {
    assert_eq!(replay_all("wasm/wasm_mutants.jsonl.gz"), 800);
}
