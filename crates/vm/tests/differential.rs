//! The engine against a plain interpreter, over random modules and budgets: outcome, ticks, memory,
//! globals, and everything the host sees must be equal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says so"
)]

mod common;

use std::sync::Arc;

use common::RecordingHost;
use common::generate::{self, Random};
use common::naive::Naive;
use koinos_vm::{Instance, Module, Outcome, Trap, Value};
use wasmparser::{Validator, WasmFeatures};

/// Runs a module with both, compares, and returns the outcome and the ticks used.
fn compare(wasm: &[u8], module: &Arc<Module>, ticks: i64, meddles: bool) -> (Outcome<()>, i64) {
    let mut instance = Instance::new(module).unwrap();
    let mut host = RecordingHost { meddles, ..RecordingHost::default() };
    let run = instance.start(&mut host, ticks).unwrap();

    let mut naive = Naive::new(wasm);
    let mut naive_host = RecordingHost { meddles, ..RecordingHost::default() };
    let naive_run = naive.start(&mut naive_host, ticks);

    assert_eq!(run, naive_run);
    assert_eq!(host.calls, naive_host.calls);
    assert!(naive.memory.as_deref().unwrap() == instance.memory(), "memory differs");
    for (index, &bits) in naive.globals.iter().enumerate() {
        let got = match instance.exported_global(&format!("g{index}")).unwrap() {
            Value::I32(value) | Value::F32(value) => u64::from(value),
            Value::I64(value) | Value::F64(value) => value,
        };
        assert_eq!(got, bits, "global {index}");
    }
    let outcome = match run.outcome {
        Outcome::Host(_) => Outcome::Host(()),
        Outcome::Finished => Outcome::Finished,
        Outcome::Trap(trap) => Outcome::Trap(trap),
        Outcome::OutOfTicks => Outcome::OutOfTicks,
    };
    (outcome, ticks - run.ticks_left)
}

/// Compares a module at its exact budget, at one less, and at parts of it.
fn compare_budgets(wasm: &[u8], random: &mut Random) -> Outcome<()> {
    let module = Arc::new(Module::new(wasm).unwrap());
    let (outcome, used) = compare(wasm, &module, 3000, false);
    compare(wasm, &module, 3000, true);
    compare(wasm, &module, used, false);
    compare(wasm, &module, used - 1, false);
    for _ in 0..6 {
        let part = random.below(used as usize + 1) as i64;
        compare(wasm, &module, part, random.below(2) == 0);
    }
    outcome
}

#[test]
fn random_modules_run_alike() {
    let (mut finished, mut trapped, mut exhausted) = (0, 0, 0);
    for seed in 0..1500 {
        let mut random = Random::new(seed);
        let wasm = generate::module(&mut random);
        let checked = std::panic::catch_unwind(move || {
            Validator::new_with_features(WasmFeatures::WASM1)
                .validate_all(&wasm)
                .expect("the generator makes valid modules");
            compare_budgets(&wasm, &mut random)
        });
        match checked.unwrap_or_else(|_| panic!("seed {seed}")) {
            Outcome::Finished => finished += 1,
            Outcome::OutOfTicks => exhausted += 1,
            _ => trapped += 1,
        }
    }
    // The generator must not degenerate.
    assert!(finished > 100 && trapped > 100 && exhausted > 50, "{finished} {trapped} {exhausted}");
}

#[test]
fn every_budget_of_one_module() {
    for seed in 0..60 {
        let wasm = generate::module(&mut Random::new(1_000_000 + seed));
        let module = Arc::new(Module::new(&wasm).unwrap());
        for ticks in 0..120 {
            compare(&wasm, &module, ticks, false);
        }
    }
}

#[test]
fn depth_is_counted_alike() {
    let text = r#"(module
        (import "env" "invoke_thunk" (func $host (param i32 i32 i32 i32 i32 i32) (result i32)))
        (memory (export "m") 1) (global (export "g0") (mut i32) (i32.const 0))
        (func $down (param i32) (result i32) (local i32)
            (global.set 0 (i32.add (global.get 0) (i32.const 1)))
            (if (result i32) (local.get 0)
                (then (call $down (i32.sub (local.get 0) (i32.const 1))))
                (else (call $host (local.get 1) (local.get 1) (local.get 1)
                    (local.get 1) (local.get 1) (local.get 1)))))
        (func (export "_start") (drop (call $down (i32.const DEPTH)))))"#;
    // `_start` is at depth 251, and 1,796 calls fit below it, that of the host included.
    for (depth, expected) in [
        (1793, Outcome::Finished),
        (1794, Outcome::Finished),
        (1795, Outcome::Trap(Trap::CallDepth)),
        (1796, Outcome::Trap(Trap::CallDepth)),
    ] {
        let wasm = wat::parse_str(text.replace("DEPTH", &depth.to_string())).unwrap();
        let module = Arc::new(Module::new(&wasm).unwrap());
        assert_eq!(compare(&wasm, &module, 1_000_000, false).0, expected, "depth {depth}");
    }
}
