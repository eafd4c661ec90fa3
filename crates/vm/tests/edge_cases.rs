//! The recorded edge cases of the chain, run without a chain: every module is known by name, and its
//! end is that of the original engine with a budget of ten million ticks and a host that answers
//! each call with a number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails says so"
)]

mod common;

use std::path::Path;
use std::sync::Arc;

use koinos_vm::{Host, Import, Instance, InstantiateError, Module, ModuleError};

/// What becomes of a module.
#[derive(Debug, PartialEq)]
enum End {
    /// The binary is refused: not WebAssembly 1.0, or against its rules.
    Malformed,
    Invalid,
    /// It cannot be instantiated, for a reason of this kind.
    NoInstance(&'static str),
    NoStart,
    /// Outcome, ticks used, number of host calls, and the counter at the last of them.
    Ran(&'static str, i64, usize, i64),
}

use End::{Invalid, Malformed, NoInstance, NoStart, Ran};

/// A host that counts its calls and keeps the counter of the last.
struct CountingHost {
    calls: usize,
    last: i64,
}

impl Host for CountingHost {
    type Error = ();

    fn call(
        &mut self,
        _: Import,
        args: [u32; 6],
        _: Option<&mut [u8]>,
        ticks: &mut i64,
    ) -> Result<i32, ()> {
        self.calls += 1;
        self.last = *ticks;
        Ok(args[0].wrapping_mul(31).wrapping_add(args[5]) as i32)
    }
}

const BUDGET: i64 = 10_000_000;

const ENDS: &[(&str, End)] = &[
    ("arith", Ran("ok", 11_617, 1, 9_988_385)),
    ("bothimports", Ran("ok", 1, 0, 0)),
    ("bulk", Malformed),
    ("ci_host", Ran("ok", 10, 1, 9_999_992)),
    ("ci_null", Ran("trap", 2, 0, 0)),
    ("ci_ok", Ran("ok", 8, 0, 0)),
    ("ci_oob", Ran("trap", 2, 0, 0)),
    ("ci_type", Ran("trap", 2, 0, 0)),
    ("control", Ran("ok", 288, 0, 0)),
    ("data_oob", NoInstance("data")),
    ("deadcode_bad", Invalid),
    ("div0", Ran("trap", 3, 0, 0)),
    ("divovf", Ran("trap", 3, 0, 0)),
    ("divovf64", Ran("trap", 3, 0, 0)),
    ("elem_oob", NoInstance("element")),
    ("f32const", Ran("trap", 1, 0, 0)),
    ("f32load", Ran("trap", 2, 0, 0)),
    ("f64add", Ran("trap", 1, 0, 0)),
    ("f64store", Ran("trap", 3, 0, 0)),
    ("fcmp", Ran("trap", 3, 0, 0)),
    ("fconv", Ran("trap", 2, 0, 0)),
    ("fglobal", Ran("ok", 3, 0, 0)),
    ("flocal", Ran("ok", 8, 0, 0)),
    ("forever", Ran("limit", 10_000_001, 0, 0)),
    ("forever_host", Ran("limit", 10_000_001, 1000000, 2)),
    ("fpromote", Ran("trap", 2, 0, 0)),
    ("freint", Ran("trap", 2, 0, 0)),
    ("freint2", Ran("trap", 2, 0, 0)),
    ("freint3", Ran("trap", 2, 0, 0)),
    ("fsqrt", Ran("trap", 2, 0, 0)),
    ("ftrunc", Ran("trap", 2, 0, 0)),
    ("grow", Ran("ok", 190_603, 0, 0)),
    ("grow_huge", Ran("limit", 4_294_967_297, 0, 0)),
    ("grow_max", Ran("trap", 18, 0, 0)),
    ("importglobal", NoInstance("import")),
    ("importmem", NoInstance("import")),
    ("importtab", NoInstance("import")),
    ("load_edge", Ran("ok", 4, 0, 0)),
    ("load_oob", Ran("trap", 2, 0, 0)),
    ("load_wrap", Ran("trap", 2, 0, 0)),
    ("locals", Ran("ok", 3, 0, 0)),
    ("loop_big", Ran("ok", 1_514_500, 0, 0)),
    ("loop_small", Ran("ok", 4_552, 0, 0)),
    ("mem512", Ran("ok", 3, 0, 0)),
    ("mem513", NoInstance("memory limit")),
    ("memmax513", NoInstance("memory limit")),
    ("multivalue", Invalid),
    ("noimpl_call", Ran("ok", 9, 1, 9_999_993)),
    ("nomem", Ran("ok", 2, 0, 0)),
    ("nomem_host", Ran("ok", 9, 1, 9_999_993)),
    ("nop_call", Ran("ok", 9, 1, 9_999_993)),
    ("nostart", NoStart),
    ("overlap", Ran("ok", 17, 2, 9_999_985)),
    ("ptr_arg", Ran("ok", 9, 1, 9_999_993)),
    ("ptr_arg0", Ran("ok", 9, 1, 9_999_993)),
    ("ptr_bw", Ran("ok", 9, 1, 9_999_993)),
    ("ptr_bw2", Ran("ok", 9, 1, 9_999_993)),
    ("ptr_ok_edge", Ran("ok", 9, 1, 9_999_993)),
    ("ptr_ret", Ran("ok", 9, 1, 9_999_993)),
    ("ptr_short", Ran("ok", 9, 1, 9_999_993)),
    ("rec_host", Ran("trap", 10_781, 0, 0)),
    ("rec_host_ok", Ran("ok", 14_367, 1, 9_989_225)),
    ("rec_inf", Ran("trap", 1_797, 0, 0)),
    ("rec_max", Ran("ok", 14_366, 0, 0)),
    ("rec_over", Ran("trap", 10_778, 0, 0)),
    ("rem0_64", Ran("trap", 3, 0, 0)),
    ("satfloat", Malformed),
    ("signext", Malformed),
    ("start_global", NoStart),
    ("start_result", Ran("ok", 2, 0, 0)),
    ("startsec", Ran("ok", 6, 0, 0)),
    ("startsec_deep", Ran("ok", 2, 0, 0)),
    ("startsec_host", NoInstance("start")),
    ("startsec_trap", NoInstance("start")),
    ("store_oob", Ran("trap", 3, 0, 0)),
    ("thunk_user", Ran("ok", 9, 1, 9_999_993)),
    ("typeerr", Invalid),
    ("underflow", Invalid),
    ("unknown_sid", Ran("ok", 9, 1, 9_999_993)),
    ("unreachable", Ran("trap", 1, 0, 0)),
    ("voidres", NoInstance("import")),
    ("wrongimport", NoInstance("import")),
    ("wrongmod", NoInstance("import")),
    ("wrongres", NoInstance("import")),
    ("wrongsig", NoInstance("import")),
    ("zeromem_host", Ran("ok", 9, 1, 9_999_993)),
];

fn end_of(path: &Path) -> End {
    let module = match Module::new(&wat::parse_file(path).unwrap()) {
        Ok(module) => Arc::new(module),
        Err(ModuleError::Malformed(_)) => return Malformed,
        Err(_) => return Invalid,
    };
    let mut instance = match Instance::new(&module) {
        Ok(instance) => instance,
        Err(error) => return NoInstance(kind(&error)),
    };
    let mut host = CountingHost { calls: 0, last: 0 };
    let Ok(run) = instance.start(&mut host, BUDGET) else { return NoStart };
    Ran(common::class(&run.outcome), BUDGET - run.ticks_left, host.calls, host.last)
}

fn kind(error: &InstantiateError) -> &'static str {
    match error {
        InstantiateError::Import(_) => "import",
        InstantiateError::MemoryLimit => "memory limit",
        InstantiateError::TableLimit => "table limit",
        InstantiateError::DataSegment => "data",
        InstantiateError::ElementSegment => "element",
        InstantiateError::StartFunction => "start",
        other => panic!("a kind of error without a name: {other}"),
    }
}

#[test]
fn recorded_edge_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/vm/contracts");
    for (name, expected) in ENDS {
        assert_eq!(&end_of(&folder.join(name).with_extension("wat")), expected, "{name}");
    }
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let texts = files.filter(|path| path.extension().is_some_and(|kind| kind == "wat")).count();
    assert_eq!(texts, ENDS.len(), "a case is missing in the table");
}
