//! Fee table of a block: the `compute_bandwidth_registry` object of its parent state.

use koinos_codec::{tolerant, wire::Reader};

use crate::error::{Fault, Result, code};
use crate::schemas;
use crate::system_call::SystemCall;

/// Fees that are not named after a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Fee {
    ObjectSerializationPerByte,
    DeserializeMessagePerByte,
    DeserializeMultihashBase,
    DeserializeMultihashPerByte,
    EventPerImpacted,
    Sha1Base,
    Sha1PerByte,
    Sha2_256Base,
    Sha2_256PerByte,
    Sha2_512Base,
    Sha2_512PerByte,
    Keccak256Base,
    Keccak256PerByte,
    Ripemd160Base,
    Ripemd160PerByte,
}

impl Fee {
    const NAMES: [&'static str; 15] = [
        "object_serialization_per_byte",
        "deserialize_message_per_byte",
        "deserialize_multihash_base",
        "deserialize_multihash_per_byte",
        "event_per_impacted",
        "sha1_base",
        "sha1_per_byte",
        "sha2_256_base",
        "sha2_256_per_byte",
        "sha2_512_base",
        "sha2_512_per_byte",
        "keccak_256_base",
        "keccak_256_per_byte",
        "ripemd_160_base",
        "ripemd_160_per_byte",
    ];
}

/// The parsed registry. A name that is missing only matters when it is asked for.
#[derive(Clone, Debug)]
pub struct FeeTable {
    fees: [Option<u64>; Fee::NAMES.len()],
    calls: [Option<u64>; SystemCall::COUNT],
}

impl FeeTable {
    /// Parses the stored registry; of a name given twice the last entry counts.
    pub fn parse(object: &[u8]) -> Self {
        let mut table = Self { fees: [None; _], calls: [None; _] };
        let registry = tolerant(schemas::compute_bandwidth_registry(), object);
        for entry in Reader::new(&registry).repeated(1).map(Reader::new) {
            let name = entry.bytes(1);
            let compute = Some(entry.u64(2));
            if let Some(i) = Fee::NAMES.iter().position(|known| known.as_bytes() == name) {
                table.fees[i] = compute;
            } else if let Some(call) = SystemCall::from_name(name) {
                table.calls[call.index()] = compute;
            }
        }
        table
    }

    /// The fee of a unit of work in ticks.
    pub fn get(&self, fee: Fee) -> Result<u64> {
        self.fees[fee as usize].ok_or_else(|| missing(Fee::NAMES[fee as usize]))
    }

    /// The fixed fee of a system call's thunk in ticks.
    pub fn call(&self, call: SystemCall) -> Result<u64> {
        self.calls[call.index()].ok_or_else(|| missing(call.name()))
    }
}

fn missing(name: &str) -> Fault {
    let text = format!("unable to find compute bandwidth for {name}");
    Fault::reversion(code::REVERSION, text).with("t", name)
}
