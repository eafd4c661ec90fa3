//! What the tests share.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails says so")]

use std::io::Read;
use std::sync::Arc;

use koinos_vm::{Host, Import, Instance, Module, Outcome, Run};

pub(crate) mod generate;
pub(crate) mod naive;

/// A host that answers every call by a rule and writes down what it saw.
#[derive(Default)]
pub(crate) struct RecordingHost {
    /// Of each call: the import, the arguments, the counter, and a sum over the memory.
    pub(crate) calls: Vec<(Import, [u32; 6], i64, u64)>,
    /// Whether calls replace the counter, write memory, and now and then fail.
    pub(crate) meddles: bool,
}

impl Host for RecordingHost {
    type Error = &'static str;

    fn call(
        &mut self,
        import: Import,
        args: [u32; 6],
        memory: Option<&mut [u8]>,
        ticks: &mut i64,
    ) -> Result<i32, Self::Error> {
        let sum = memory.as_deref().map_or(0, checksum);
        self.calls.push((import, args, *ticks, sum));
        if self.meddles {
            let number = self.calls.len();
            if let Some(byte) = memory.and_then(|memory| memory.get_mut(number)) {
                *byte = byte.wrapping_add(args[0] as u8 | 1);
            }
            match number % 4 {
                1 => *ticks -= 3,
                2 => *ticks += 5,
                _ => {}
            }
            if args[1] % 64 == 63 {
                return Err("refused");
            }
        }
        Ok(args[0].wrapping_mul(31).wrapping_add(args[5]) as i32)
    }
}

/// A sum that notices any change of the used part of a memory.
fn checksum(memory: &[u8]) -> u64 {
    let used = memory.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let start = memory.len() as u64;
    memory[..used].iter().fold(start, |sum, &byte| {
        sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(u64::from(byte) + 1)
    })
}

/// The lines of a compressed recording.
pub(crate) fn golden_lines(path: &str) -> Vec<serde_json::Value> {
    let path = format!("{}/../../tests/golden/{path}", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The module of a text.
pub(crate) fn module(text: &str) -> Arc<Module> {
    Arc::new(Module::new(&wat::parse_str(text).unwrap()).unwrap())
}

/// Runs `_start` of a module's text with a budget; gives the end, the instance, and the host.
pub(crate) fn run(text: &str, ticks: i64) -> (Run<&'static str>, Instance, RecordingHost) {
    let mut instance = Instance::new(&module(text)).unwrap();
    let mut host = RecordingHost::default();
    let run = instance.start(&mut host, ticks).unwrap();
    (run, instance, host)
}

/// The class of an outcome, which is all that consensus knows.
pub(crate) fn class<E>(outcome: &Outcome<E>) -> &'static str {
    match outcome {
        Outcome::Finished => "ok",
        Outcome::Trap(_) => "trap",
        Outcome::OutOfTicks => "limit",
        Outcome::Host(_) => "host",
    }
}
