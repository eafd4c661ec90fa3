//! Replaying recorded runs of single modules.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use koinos_vm::{Host, Import, Instance, Module, ModuleError, Outcome, Value};
use serde_json::{Map, Value as Json, json};

use super::report::Report;
use super::row::{Row, rows};

/// Recorded modules import nothing.
struct NoHost;

impl Host for NoHost {
    type Error = ();

    fn call(
        &mut self,
        _: Import,
        _: [u32; 6],
        _: Option<&mut [u8]>,
        _: &mut i64,
    ) -> Result<i32, ()> {
        Err(())
    }
}

pub(super) fn run(path: &Path, report: &mut Report) -> Result<()> {
    for row in rows(path)? {
        let row = row?;
        let module = row.required("module_b64")?;
        for expected in row.list("runs") {
            compare(&row, &module, expected, report)?;
        }
    }
    report.done(path);
    Ok(())
}

fn compare(row: &Row, module: &[u8], expected: &Json, report: &mut Report) -> Result<()> {
    report.wasm_runs += 1;
    let ticks = expected["ticks"].as_i64().with_context(|| row.place())?;
    let found = execute(module, ticks);
    let wanted = expected.as_object().cloned().unwrap_or_default();
    let differing: Vec<String> = found
        .iter()
        .filter(|(name, value)| !same(name, wanted.get(*name), value))
        .map(|(name, value)| {
            format!("  {name}: expected {}, found {value}", wanted.get(name).unwrap_or(&Json::Null))
        })
        .collect();
    let place = format!("{} run with {ticks} ticks", row.place());
    report.compare(&place, (!differing.is_empty()).then(|| differing.join("\n")));
    Ok(())
}

/// Malformed and invalid modules count as one.
fn same(name: &str, expected: Option<&Json>, found: &Json) -> bool {
    let refused = |outcome: &Json| matches!(outcome.as_str(), Some("malformed" | "invalid"));
    match expected {
        Some(expected) if name == "outcome" && refused(expected) => refused(found),
        Some(expected) => expected == found,
        None => false,
    }
}

fn outcome(name: &str) -> Map<String, Json> {
    Map::from_iter([("outcome".to_owned(), json!(name))])
}

/// Runs a module as the recordings were made and describes the end in their terms.
fn execute(module: &[u8], ticks: i64) -> Map<String, Json> {
    let module = match Module::new(module) {
        Ok(module) => Arc::new(module),
        Err(ModuleError::Malformed(_)) => return outcome("malformed"),
        Err(_) => return outcome("invalid"),
    };
    let Ok(mut instance) = Instance::new(&module) else { return outcome("instantiate") };
    let Ok(run) = instance.start(&mut NoHost, ticks) else { return outcome("no_start") };
    let mut fields = outcome(match run.outcome {
        Outcome::Finished => "ok",
        Outcome::Trap(_) | Outcome::Host(()) => "trap",
        Outcome::OutOfTicks => "limit",
    });
    let memory = instance.memory();
    fields.insert("ticks_used".to_owned(), json!(ticks.wrapping_sub(run.ticks_left)));
    fields.insert("memory_bytes".to_owned(), json!(memory.len()));
    fields.insert("memory_sha256".to_owned(), json!(hex::encode(koinos_crypto::sha256(memory))));
    let globals = ["g0", "g1"].map(|name| instance.exported_global(name));
    if let [Some(g0), Some(g1)] = globals {
        fields.insert("globals".to_owned(), json!([decimal(g0), decimal(g1)]));
    }
    fields
}

fn decimal(value: Value) -> String {
    match value {
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}
