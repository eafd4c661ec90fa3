//! How many ticks a second the interpreter executes.
//!
//! Each measurement is of a fixed number of ticks, so criterion's throughput is ticks per second;
//! `native` is a loop of the same shape in Rust, for comparison between machines.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use koinos_vm::{Host, Import, Instance, Module};

const TICKS: u64 = 10_000_000;

/// A host that nobody calls.
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

fn golden(name: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/golden/perf/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap_or_default()
}

fn module(wasm: &[u8]) -> Option<Arc<Module>> {
    Module::new(wasm).ok().map(Arc::new)
}

/// Calls, which `tight` and `mix` lack.
const FIB: &str = r#"(module
    (func $fib (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add
                (call $fib (i32.sub (local.get 0) (i32.const 1)))
                (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "_start") (loop (drop (call $fib (i32.const 20))) (br 0))))"#;

fn ticks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ticks");
    group.throughput(Throughput::Elements(TICKS));
    group.sample_size(20).measurement_time(Duration::from_secs(2));
    group.warm_up_time(Duration::from_millis(500));
    group.bench_function("native", |bencher| {
        bencher.iter(|| (0..TICKS / 6).fold(0u32, |sum, _| black_box(sum.wrapping_add(1))));
    });
    let modules = [
        ("tight", wat::parse_bytes(&golden("tight.wat")).unwrap_or_default().into_owned()),
        ("mix", golden("mix.wasm")),
        ("fib", wat::parse_str(FIB).unwrap_or_default()),
    ];
    for (name, wasm) in modules {
        let Some(module) = module(&wasm) else { continue };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut instance = Instance::new(&module).ok()?;
                instance.start(&mut NoHost, TICKS as i64).ok()
            });
        });
    }
    group.finish();
}

fn instantiate(criterion: &mut Criterion) {
    let Some(module) = module(&golden("mix.wasm")) else { return };
    let mut group = criterion.benchmark_group("mix");
    group.sample_size(20).measurement_time(Duration::from_secs(1));
    group.warm_up_time(Duration::from_millis(300));
    group.bench_function("translate", |bencher| bencher.iter(|| Module::new(&golden("mix.wasm"))));
    group.bench_function("instantiate", |bencher| {
        bencher.iter(|| Instance::new(&module).map(|instance| instance.memory().len()));
    });
    group.finish();
}

criterion_group!(benches, ticks, instantiate);
criterion_main!(benches);
