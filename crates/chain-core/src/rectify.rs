//! Corrections of history that every node of the main network makes, bit for bit.
//!
//! They change the receipt and the state of a block after it was executed and before it is
//! finalised, so they enter its state merkle root:
//!
//! * block 9,180,357: older metering charged other amounts. Its receipt and two objects are set to
//!   what the network agreed on then.
//! * the first block of each branch between 2025-10-31 11:58 and 12:00 UTC: the bytecode of the
//!   Koinos Fund contract is replaced, if it exists and is not replaced already. The replacement is
//!   published data that cannot be derived, so it is given as a file.
//!
//! A third scar needs no change of state: the header of block 32,789,378 signs a root that lacks a
//! tombstone of its parent. Exactly that triple is accepted.

use bytes::Bytes;
use koinos_codec::wire;
use koinos_crypto::sha256;
use koinos_proto::protocol::{BlockReceipt, ObjectSpace, StateDeltaEntry};
use koinos_state_db::{Reader as _, WriteSet};

use crate::dispatch::ContractMetadata;
use crate::error::{Fault, Result, code};
use crate::keys::{CONTRACT_BYTECODE_SPACE, CONTRACT_METADATA_SPACE, database_key};
use crate::message::Block;
use crate::text;

/// Decodes hex digits at compile time.
const fn hex<const N: usize>(digits: &str) -> [u8; N] {
    const fn nibble(digit: u8) -> u8 {
        match digit {
            b'0'..=b'9' => digit - b'0',
            _ => digit - b'a' + 10,
        }
    }
    let digits = digits.as_bytes();
    let mut bytes = [0; N];
    let mut i = 0;
    while i < N {
        bytes[i] = nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]);
        i += 1;
    }
    bytes
}

/// Block 9,180,357.
mod metering {
    use super::hex;

    pub(super) const HEIGHT: u64 = 9_180_357;
    pub(super) const BLOCK_ID: [u8; 34] =
        hex("1220f66b60a65c8614eda8b70a03df13a6f53a2089111dc6eed1a286d879d22e84b4");
    pub(super) const BLOCK_COMPUTE_USED: u64 = 17_631_052;
    pub(super) const BLOCK_COMPUTE_CHARGED: u64 = 17_557_631;
    pub(super) const TRANSACTION_COMPUTE_USED: u64 = 14_582_049;
    pub(super) const TRANSACTION_RC_USED: u64 = 423_344_309;

    /// An object of a system contract, and where it stands in the receipts' delta lists.
    pub(super) struct Object {
        pub(super) zone: [u8; 25],
        pub(super) id: u32,
        pub(super) key: &'static [u8],
        pub(super) value: &'static [u8],
        pub(super) block_entry: usize,
        pub(super) transaction_entry: Option<usize>,
    }

    pub(super) const OBJECTS: [Object; 2] = [
        Object {
            zone: hex("00b269e82eb32028cb450f03123e3c4d2f91a7c7ebf4e5bc7c"),
            id: 0,
            key: b"markets",
            value: &hex::<54>(
                "0a0e0881d0d0841f18b0b50220808020120f0894e1b3a5cd01188080102080804\
                 01a1308d1b7829cb1d50218e0c2b51b20e0cd8b8901",
            ),
            block_entry: 5,
            transaction_entry: None,
        },
        Object {
            zone: hex("002e33fd1aa907b224ce9ce6c94228901d283a02da956da791"),
            id: 1,
            key: &hex::<25>("00d02516123dc7bea185685fb5ee4bbd0e8d7c5a076a44ccb5"),
            value: &hex::<21>("08808e9ac7f61210cb9cabfdf41218d881ee97ae31"),
            block_entry: 63,
            transaction_entry: Some(62),
        },
    ];
}

/// The Koinos Fund contract.
mod fund {
    use super::hex;

    /// Timestamps strictly between these, in milliseconds.
    pub(super) const AFTER: u64 = 1_761_911_880_000;
    pub(super) const BEFORE: u64 = 1_761_912_000_000;
    pub(super) const CONTRACT_ID: [u8; 25] =
        hex("006383c82ba18b95ea6c9581df4b4fe016045a6087ea6ab6ce");
    /// Multihash of the replacement bytecode.
    pub(super) const HASH: [u8; 34] =
        hex("12206d263c191b3a6d7cbd70e24fc5c62159f316f6ec115ba8796f269e2ce41d11aa");
}

/// The scar: parent block, the root its state has, the root that the next header signs.
mod scar {
    use super::hex;

    pub(super) const PARENT: [u8; 34] =
        hex("1220a97d7b0567ad55e3b04446a2bef447335cfd676668b069544b04a4719146d586");
    pub(super) const COMPUTED: [u8; 34] =
        hex("12203a22d59290a838dd49c87f57fe80319636950948f6b9aaf02287c03bb36e5f68");
    pub(super) const CLAIMED: [u8; 34] =
        hex("12209948b54dee01acd8528cf15dec02366b76e7739aedaf4487859bf6d0d182d690");
}

/// Whether a header may claim another root than its parent's state has: in exactly one case.
pub(crate) fn is_signed_root_scar(parent: &[u8], computed: &[u8], claimed: &[u8]) -> bool {
    parent == scar::PARENT && computed == scar::COMPUTED && claimed == scar::CLAIMED
}

/// The replacement bytecode of the Koinos Fund contract.
#[derive(Clone, Debug)]
pub struct Bytecode(Bytes);

/// The file given as replacement bytecode is not it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is not the replacement bytecode: its sha256 is {found}, expected {expected}")]
pub struct BytecodeError {
    /// sha256 of the expected file, hex.
    pub expected: String,
    /// sha256 of the file given, hex.
    pub found: String,
}

impl Bytecode {
    /// Takes the content of the file, whose sha256 must be that of the published bytecode.
    pub fn new(content: Bytes) -> Result<Self, BytecodeError> {
        let found = sha256(&content);
        if found != fund::HASH[2..] {
            let plain = |bytes: &[u8]| text::hex(bytes).trim_start_matches("0x").to_owned();
            return Err(BytecodeError { expected: plain(&fund::HASH[2..]), found: plain(&found) });
        }
        Ok(Self(content))
    }
}

/// The corrections a node makes, with the data they need.
#[derive(Clone, Debug, Default)]
pub struct Rectifications {
    /// Replacement bytecode of the Koinos Fund contract. Without it the block that needs it is
    /// refused.
    pub koinos_fund: Option<Bytecode>,
}

fn entry(system_space: ObjectSpace, key: &[u8], value: Bytes) -> StateDeltaEntry {
    StateDeltaEntry {
        object_space: Some(system_space),
        key: Bytes::copy_from_slice(key),
        value: Some(value),
    }
}

impl Rectifications {
    /// Corrects an executed block's receipt and state, if it is one that must be.
    pub(crate) fn apply(
        &self,
        block: &Block,
        receipt: &mut BlockReceipt,
        state: &mut WriteSet,
    ) -> Result<()> {
        if block.height() == metering::HEIGHT && block.id == metering::BLOCK_ID[..] {
            return rectify_metering(receipt, state);
        }
        if block.timestamp() > fund::AFTER && block.timestamp() < fund::BEFORE {
            return self.rectify_fund(block, receipt, state);
        }
        Ok(())
    }

    fn rectify_fund(
        &self,
        block: &Block,
        receipt: &mut BlockReceipt,
        state: &mut WriteSet,
    ) -> Result<()> {
        let metadata_key = database_key(CONTRACT_METADATA_SPACE, &fund::CONTRACT_ID);
        let Some(existing) = state.get(&metadata_key)? else { return Ok(()) };
        if ContractMetadata::parse(&existing).hash == fund::HASH[..] {
            return Ok(());
        }
        let Some(Bytecode(bytecode)) = &self.koinos_fund else {
            let text = format!(
                "block {} at height {} replaces the bytecode of the Koinos Fund contract, which \
                 this node was not given; get the published file with sha256 {} and name it with \
                 the option koinos-fund-bytecode",
                text::hex(&block.id),
                block.height(),
                text::hex(&fund::HASH[2..]).trim_start_matches("0x"),
            );
            return Err(Fault::failure(code::UNEXPECTED_STATE, text));
        };
        let metadata = ContractMetadata {
            hash: Bytes::from_static(&fund::HASH),
            system: true,
            authorizes_call_contract: true,
            authorizes_transaction_application: true,
            authorizes_upload_contract: true,
            ..ContractMetadata::default()
        };
        let objects = [
            (CONTRACT_BYTECODE_SPACE, 2, bytecode.clone()),
            (CONTRACT_METADATA_SPACE, 3, Bytes::from(metadata.serialize())),
        ];
        for (space, id, value) in objects {
            let shown = ObjectSpace { system: true, zone: Bytes::new(), id };
            receipt.state_delta_entries.push(entry(shown, &fund::CONTRACT_ID, value.clone()));
            state.put(database_key(space, &fund::CONTRACT_ID), value)?;
        }
        Ok(())
    }
}

fn rectify_metering(receipt: &mut BlockReceipt, state: &mut WriteSet) -> Result<()> {
    let unlike = || Fault::std("the receipt of block 9180357 is not as the correction expects it");
    receipt.compute_bandwidth_used = metering::BLOCK_COMPUTE_USED;
    receipt.compute_bandwidth_charged = metering::BLOCK_COMPUTE_CHARGED;
    let transaction = receipt.transaction_receipts.first_mut().ok_or_else(unlike)?;
    transaction.compute_bandwidth_used = metering::TRANSACTION_COMPUTE_USED;
    transaction.rc_used = metering::TRANSACTION_RC_USED;
    for object in &metering::OBJECTS {
        let zone = Bytes::copy_from_slice(&object.zone);
        let shown = ObjectSpace { system: true, zone, id: object.id };
        let corrected = entry(shown, object.key, Bytes::from_static(object.value));
        if let Some(index) = object.transaction_entry {
            let transaction = receipt.transaction_receipts.first_mut().ok_or_else(unlike)?;
            let entry = transaction.state_delta_entries.get_mut(index).ok_or_else(unlike)?;
            *entry = corrected.clone();
        }
        let entry = receipt.state_delta_entries.get_mut(object.block_entry).ok_or_else(unlike)?;
        *entry = corrected;

        let mut space = Vec::new();
        wire::put_bool_field(&mut space, 1, true);
        wire::put_bytes_field(&mut space, 2, &object.zone);
        wire::put_u64_field(&mut space, 3, object.id.into());
        state.put(database_key(&space, object.key), Bytes::from_static(object.value))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_triple_passes() {
        use scar::{CLAIMED, COMPUTED, PARENT};
        assert!(is_signed_root_scar(&PARENT, &COMPUTED, &CLAIMED));
        for field in 0..3 {
            let mut triple = [PARENT, COMPUTED, CLAIMED];
            triple[field][33] ^= 1;
            assert!(!is_signed_root_scar(&triple[0], &triple[1], &triple[2]));
        }
    }

    #[test]
    fn another_file_is_refused_by_its_hash() {
        let error = Bytecode::new(Bytes::from_static(b"\0asm")).unwrap_err();
        assert!(error.to_string().contains("6d263c191b3a6d7c"), "{error}");
    }
}
