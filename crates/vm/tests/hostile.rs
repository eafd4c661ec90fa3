//! Modules made to exhaust the machine: each is served in bounded time, memory, and stack.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says so"
)]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::RecordingHost;
use common::generate::number;
use koinos_vm::{
    Instance, InstantiateError, MAX_MEMORY_PAGES, Module, ModuleError, Outcome, Run, Trap,
};

/// More than any test here needs, even on a busy machine, and less than any explosion takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn within_patience<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
    result
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &number(content.len() as u64), content].concat()
}

/// A module with a memory of one page, a table of two entries, and `_start` as given: local
/// declarations and code.
fn with_body(body: &[u8]) -> Vec<u8> {
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 0, 0]),
        section(3, &[1, 0]),
        section(4, &[1, 0x70, 0, 2]),
        section(5, &[1, 0, 1]),
        section(7, b"\x01\x06_start\0\0"),
        section(10, &[&[1][..], &number(body.len() as u64), body].concat()),
    ]
    .concat()
}

fn start(wasm: &[u8], ticks: i64) -> Run<&'static str> {
    let module = Arc::new(Module::new(wasm).unwrap());
    Instance::new(&module).unwrap().start(&mut RecordingHost::default(), ticks).unwrap()
}

/// Runs a test on a thread with little stack.
fn on_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(128 << 10);
        thread.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

#[test]
fn nested_blocks() {
    const DEPTH: usize = 400_000;
    let mut body = vec![0];
    body.extend([0x02, 0x40].repeat(DEPTH));
    body.extend([0x0c]);
    body.extend(number(DEPTH as u64 - 1));
    body.extend([0x0b].repeat(DEPTH + 1));
    let run = within_patience(|| on_small_stack(|| start(&with_body(&body), 1 << 30)));
    // All blocks, one branch behind the outermost, the final end.
    assert_eq!((run.outcome, (1 << 30) - run.ticks_left), (Outcome::Finished, DEPTH as i64 + 2));
}

#[test]
fn nested_loops_and_ifs() {
    for opener in [&[0x03u8, 0x40][..], &[0x41, 1, 0x04, 0x40]] {
        let depth = 200_000;
        let mut body = vec![0];
        body.extend(opener.repeat(depth));
        body.extend([0x0b].repeat(depth + 1));
        let run = within_patience(|| on_small_stack(|| start(&with_body(&body), 1 << 30)));
        assert_eq!(run.outcome, Outcome::Finished);
    }
}

#[test]
fn locals_beyond_all_use() {
    // 2^32 - 1 locals, of which the last is set and read back.
    let mut body = vec![1];
    body.extend(number(u64::from(u32::MAX)));
    body.push(0x7f);
    let last = number(u64::from(u32::MAX) - 1);
    body.extend([&[0x41, 7, 0x21][..], &last, &[0x20], &last].concat());
    body.extend([0x41, 7, 0x47, 0x04, 0x40, 0x00, 0x0b, 0x0b]);
    let run = within_patience(|| start(&with_body(&body), 100));
    assert_eq!((run.outcome, run.ticks_left), (Outcome::Finished, 100 - 7));

    // One more is one too many.
    body.splice(0..1, [2, 1, 0x7e]);
    assert!(matches!(Module::new(&with_body(&body)), Err(ModuleError::Malformed(_))));
}

#[test]
fn many_groups_of_locals() {
    const GROUPS: usize = 300_000;
    let mut body = number(GROUPS as u64);
    for group in 0..GROUPS {
        body.extend([1, if group % 2 == 0 { 0x7f } else { 0x7e }]);
    }
    for local in (0..GROUPS as u64).step_by(6) {
        body.extend([&[0x20][..], &number(local), &[0x1a]].concat());
    }
    body.push(0x0b);
    let run = within_patience(|| start(&with_body(&body), 1 << 30));
    assert_eq!((1 << 30) - run.ticks_left, 100_001);
}

#[test]
fn a_large_branch_table() {
    const TARGETS: u64 = 300_000;
    let mut body = vec![0, 0x02, 0x40, 0x02, 0x40, 0x41];
    body.extend([0xff, 0xff, 0x07, 0x0e]); // index 131,071
    body.extend(number(TARGETS));
    body.extend((0..TARGETS).map(|index| (index % 2) as u8));
    body.extend([0, 0x0b, 0x00, 0x0b, 0x0b]);
    let run = within_patience(|| start(&with_body(&body), 1000));
    assert_eq!((run.outcome, 1000 - run.ticks_left), (Outcome::Finished, 5));
    // A count that the body does not hold.
    let short = [0, 0x41, 0, 0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x0b];
    assert!(Module::new(&with_body(&short)).is_err());
}

#[test]
fn a_high_stack_and_pending_locals() {
    const HEIGHT: usize = 250_000;
    // local.get 0 piled up while local 0 changes each time.
    let mut body = vec![1, 1, 0x7f];
    body.extend([0x20, 0, 0x41, 1, 0x21, 0].repeat(HEIGHT));
    body.extend([0x0c, 0, 0x0b]);
    let run = within_patience(|| start(&with_body(&body), 1 << 30));
    assert_eq!((1 << 30) - run.ticks_left, 3 * HEIGHT as i64 + 2);
}

#[test]
fn many_functions_and_types() {
    const COUNT: u64 = 150_000;
    let mut types = number(COUNT);
    types.extend([0x60, 0, 0].repeat(COUNT as usize));
    let funcs = [number(COUNT), (0..COUNT).flat_map(number).collect()].concat();
    let bodies = [number(COUNT), [2, 0, 0x0b].repeat(COUNT as usize)].concat();
    let wasm = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &types),
        section(3, &funcs),
        section(7, b"\x01\x06_start\0\0"),
        section(10, &bodies),
    ]
    .concat();
    assert_eq!(within_patience(|| start(&wasm, 10)).outcome, Outcome::Finished);
}

#[test]
fn counts_that_the_module_does_not_hold() {
    for id in 1..=11 {
        let wasm =
            [b"\0asm\x01\0\0\0".to_vec(), section(id, &number(u64::from(u32::MAX)))].concat();
        // For the start section, the number is the function's.
        assert!(within_patience(|| Module::new(&wasm)).is_err(), "section {id}");
    }
}

#[test]
fn huge_memories_and_tables() {
    let with = |id: u8, limits: &[u8]| {
        let wasm = [b"\0asm\x01\0\0\0".to_vec(), section(id, limits)].concat();
        Module::new(&wasm).map(Arc::new)
    };
    let max = number(u64::from(u32::MAX));
    let memory = |pages| [&[1, 0][..], &number(pages)].concat();
    let table = |entries| [&[1, 0x70, 0][..], &number(entries)].concat();

    assert!(matches!(with(5, &[&[1, 0][..], &max].concat()), Err(ModuleError::Invalid(_))));
    let largest = with(5, &memory(1 << 16)).unwrap();
    assert_eq!(Instance::new(&largest).err(), Some(InstantiateError::MemoryLimit));
    let allowed = with(5, &memory(u64::from(MAX_MEMORY_PAGES))).unwrap();
    assert_eq!(Instance::new(&allowed).unwrap().memory().len(), 512 << 16);

    let largest = with(4, &table(u64::from(u32::MAX))).unwrap();
    assert_eq!(Instance::new(&largest).err(), Some(InstantiateError::TableLimit));
    let large = with(4, &table(200_000_000)).unwrap();
    assert!(large.size() < 10_000);
    assert!(Instance::new(&large).is_ok());
}

#[test]
fn growing_for_ever() {
    let grow = |pages: &str| {
        format!(
            r#"(module (memory 0) (func (export "_start")
                (loop (drop (memory.grow (i32.const {pages}))) (br 0))))"#
        )
    };
    let (run, instance, _) = within_patience(|| common::run(&grow("-1"), 1 << 40));
    assert_eq!(run.outcome, Outcome::OutOfTicks);
    assert!(run.ticks_left < -1, "the pages are what could not be paid");
    assert!(instance.memory().is_empty());
    let (run, instance, _) = within_patience(|| common::run(&grow("1"), 10_000_000));
    assert_eq!((run.outcome, run.ticks_left), (Outcome::OutOfTicks, -1));
    assert_eq!(instance.memory().len(), 512 << 16);
}

#[test]
fn recursion_with_large_frames() {
    // 60,000 locals and as many instructions that name them.
    let mut body = vec![1];
    body.extend(number(60_000));
    body.push(0x7f);
    body.extend([0x10, 0]);
    for local in 0..60_000 {
        body.extend([&[0x20][..], &number(local), &[0x1a]].concat());
    }
    body.push(0x0b);
    let run = within_patience(|| on_small_stack(|| start(&with_body(&body), 1 << 40)));
    assert_eq!(run.outcome, Outcome::Trap(Trap::StackExhausted));
}

#[test]
fn start_sections_end() {
    let text = |body: &str| format!("(module (func $s {body}) (start $s))");
    let failed = Some(InstantiateError::StartFunction);
    for body in ["(loop (br 0))", "(call $s)", "unreachable"] {
        let module = common::module(&text(body));
        assert_eq!(within_patience(|| Instance::new(&module)).err(), failed, "{body}");
    }
    // Pages are not charged there.
    let module = common::module(
        "(module (memory 0) (func $s (local i32)
            (loop (drop (memory.grow (i32.const -1)))
                (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get 0) (i32.const 1000)))))
            (start $s))",
    );
    assert!(Instance::new(&module).is_ok());
    let import = r#"(module
        (import "env" "invoke_thunk" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
        (func $s (drop (call 0 (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0)))) (start $s))"#;
    assert_eq!(Instance::new(&common::module(import)).err(), failed);
}

#[test]
fn unfit_start_exports() {
    let parameter = r#"(module (func (export "_start") (param i32)))"#;
    let import = r#"(module
        (import "env" "invoke_thunk" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
        (export "_start" (func 0)))"#;
    for text in [parameter, import] {
        let (run, _, _) = common::run(text, 9);
        assert_eq!(run, Run { outcome: Outcome::Trap(Trap::BadStart), ticks_left: 9 });
    }
    let global = common::module(r#"(module (global (export "_start") i32 (i32.const 0)))"#);
    let mut instance = Instance::new(&global).unwrap();
    assert!(instance.start(&mut RecordingHost::default(), 9).is_err());
}

#[test]
fn budgets_at_the_ends_of_their_range() {
    let text = r#"(module (func (export "_start") (loop (br 0))))"#;
    for (ticks, left) in [(0, -1), (-1, -2), (i64::MIN, i64::MIN), (5, -1)] {
        let (run, _, _) = common::run(text, ticks);
        assert_eq!(run, Run { outcome: Outcome::OutOfTicks, ticks_left: left });
    }
    let (run, _, _) = common::run(r#"(module (func (export "_start")))"#, i64::MAX);
    assert_eq!(run, Run { outcome: Outcome::Finished, ticks_left: i64::MAX - 1 });
}

/// Handlers call each other in the last place, which must not take stack. Many rounds of each
/// instruction on a small stack show it.
#[test]
fn no_instruction_takes_stack() {
    const ROUNDS: i32 = 100_000;
    let unary_i32 = ["clz", "ctz", "popcnt", "eqz"];
    let binary = [
        "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr", "div_s",
        "div_u", "rem_s", "rem_u", "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u",
        "ge_s", "ge_u",
    ];
    let compares = &binary[15..];
    let mut cases = vec![
        "(drop (call $id (local.get $i)))".to_owned(),
        "(drop (call_indirect (param i32) (result i32) (local.get $i) (i32.const 0)))".to_owned(),
        "(drop (call $host (local.get $i) (local.get $i) (local.get $i)
            (local.get $i) (local.get $i) (local.get $i)))"
            .to_owned(),
        "(drop (memory.grow (i32.const 0)))".to_owned(),
        "(local.set $a (memory.size))".to_owned(),
        "(local.set $a (select (local.get $i) (local.get $a) (local.get $i)))".to_owned(),
        "(global.set $g (global.get $g))".to_owned(),
        "(local.set $w (i64.extend_i32_s (i32.wrap_i64 (local.get $w))))".to_owned(),
        "(local.set $w (i64.extend_i32_u (local.get $i)))".to_owned(),
        "(block (block (br_table 0 1 0 (local.get $i))))".to_owned(),
        "(drop (block (result i32) (block (result i32)
            (br_table 0 1 0 (local.get $i) (local.get $i)))))"
            .to_owned(),
        "(block (if (local.get $i) (then (br 1)) (else (nop))))".to_owned(),
        "(local.set $w (i64.const 0x123456789abcdef))".to_owned(),
    ];
    for (ty, local) in [("i32", "$b"), ("i64", "$w")] {
        for op in unary_i32 {
            cases.push(format!("(drop ({ty}.{op} (local.get {local})))"));
        }
        for op in binary {
            cases.push(format!("(drop ({ty}.{op} (local.get {local}) (local.get {local})))"));
            cases.push(format!("(drop ({ty}.{op} (local.get {local}) ({ty}.const 3)))"));
        }
        for op in compares {
            let right = [format!("(local.get {local})"), format!("({ty}.const 3)")];
            for right in right {
                let compare = format!("({ty}.{op} (local.get {local}) {right})");
                cases.push(format!("(block (br_if 0 {compare}))"));
            }
        }
        for width in ["", "8_s", "8_u", "16_s", "16_u"] {
            cases.push(format!("(drop ({ty}.load{width} (local.get $a)))"));
        }
        for width in ["", "8", "16"] {
            cases.push(format!("({ty}.store{width} (i32.const 64) (local.get {local}))"));
        }
    }
    cases.push("(drop (i64.load32_s (local.get $a)))".to_owned());
    for case in cases {
        let text = format!(
            r#"(module
                (import "env" "invoke_thunk"
                    (func $host (param i32 i32 i32 i32 i32 i32) (result i32)))
                (memory 1) (table 1 funcref) (elem (i32.const 0) $id)
                (global $g (mut i32) (i32.const 1))
                (func $id (param i32) (result i32) (local i64) (local.get 0))
                (func (export "_start") (local $i i32) (local $a i32) (local $b i32) (local $w i64)
                    (local.set $i (i32.const {ROUNDS}))
                    (local.set $b (i32.const 5)) (local.set $w (i64.const 5))
                    (loop {case}
                        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
                        (br_if 0 (local.get $i)))))"#
        );
        let run = on_small_stack(|| common::run(&text, 1 << 30).0);
        assert_eq!(run.outcome, Outcome::Finished, "{case}");
    }
}

/// A host whose calls run the calling module again, as contracts call contracts.
struct NestingHost {
    module: Arc<Module>,
    left: u32,
}

impl koinos_vm::Host for NestingHost {
    type Error = &'static str;

    fn call(
        &mut self,
        _: koinos_vm::Import,
        _: [u32; 6],
        _: Option<&mut [u8]>,
        ticks: &mut i64,
    ) -> Result<i32, &'static str> {
        if self.left > 0 {
            self.left -= 1;
            let mut instance = Instance::new(&Arc::clone(&self.module)).unwrap();
            let run = instance.start(self, *ticks).unwrap();
            *ticks = run.ticks_left;
        }
        Ok(0)
    }
}

#[test]
fn nested_executions_take_little_stack() {
    let module = common::module(
        r#"(module
            (import "env" "invoke_thunk"
                (func $host (param i32 i32 i32 i32 i32 i32) (result i32)))
            (memory 1)
            (func (export "_start") (drop (call $host (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0) (i32.const 0)))))"#,
    );
    let mut host = NestingHost { module: Arc::clone(&module), left: 124 };
    let run =
        on_small_stack(move || Instance::new(&module).unwrap().start(&mut host, 100_000).unwrap());
    // Six constants, call, drop, and end, in each of 125 executions.
    assert_eq!((run.outcome, 100_000 - run.ticks_left), (Outcome::Finished, 125 * 9));
}
