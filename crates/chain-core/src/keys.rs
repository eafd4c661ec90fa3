//! Where objects live: object spaces and database keys (consensus rules, "State database").
//!
//! A database key is the serialised `koinos.chain.database_key{space, key}`:
//! `0a <len> <space> [12 <len> <key>]`. A space given with unknown fields is another space.

use bytes::Bytes;
use koinos_codec::wire::{self, FieldValue, Fields};
use koinos_crypto::{HashCode, multihash};

/// System space of objects named by the protocol, id 0.
pub(crate) const METADATA_SPACE: &[u8] = &[0x08, 0x01];
/// System space of system call overrides, id 1.
pub(crate) const SYSTEM_CALL_DISPATCH_SPACE: &[u8] = &[0x08, 0x01, 0x18, 0x01];
/// System space of contract bytecode, id 2.
pub(crate) const CONTRACT_BYTECODE_SPACE: &[u8] = &[0x08, 0x01, 0x18, 0x02];
/// System space of contract metadata, id 3.
pub(crate) const CONTRACT_METADATA_SPACE: &[u8] = &[0x08, 0x01, 0x18, 0x03];
/// System space of account nonces, id 4.
pub(crate) const TRANSACTION_NONCE_SPACE: &[u8] = &[0x08, 0x01, 0x18, 0x04];

/// Names of the objects in the metadata space; the key is the multihash of `object_key::<name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metadata {
    /// The last applied block, whole.
    HeadBlock,
    /// The chain id.
    ChainId,
    /// Address that signs blocks and governs in the federated rule.
    GenesisKey,
    /// `resource_limit_data`.
    ResourceLimitData,
    /// `max_account_resources`.
    MaxAccountResources,
    /// `FileDescriptorSet` of the protocol, for field access by name.
    ProtocolDescriptor,
    /// Fees of system calls and other work.
    ComputeBandwidthRegistry,
    /// Hash function of ids, an unsigned varint.
    BlockHashCode,
}

impl Metadata {
    const ALL: [Self; 8] = [
        Self::HeadBlock,
        Self::ChainId,
        Self::GenesisKey,
        Self::ResourceLimitData,
        Self::MaxAccountResources,
        Self::ProtocolDescriptor,
        Self::ComputeBandwidthRegistry,
        Self::BlockHashCode,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::HeadBlock => "head_block",
            Self::ChainId => "chain_id",
            Self::GenesisKey => "genesis_key",
            Self::ResourceLimitData => "resource_limit_data",
            Self::MaxAccountResources => "max_account_resources",
            Self::ProtocolDescriptor => "protocol_descriptor",
            Self::ComputeBandwidthRegistry => "compute_bandwidth_registry",
            Self::BlockHashCode => "block_hash_code",
        }
    }

    /// The object's key inside the metadata space.
    pub fn key(self) -> &'static [u8] {
        static KEYS: std::sync::LazyLock<[Vec<u8>; 8]> = std::sync::LazyLock::new(|| {
            Metadata::ALL.map(|object| {
                multihash(HashCode::Sha2_256, format!("object_key::{}", object.name()).as_bytes())
            })
        });
        &KEYS[self as usize]
    }

    /// The object's database key.
    pub fn database_key(self) -> Bytes {
        database_key(METADATA_SPACE, self.key())
    }
}

/// Serialises a database key from a canonical `object_space` and a key.
pub fn database_key(space: &[u8], key: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(space.len() + key.len() + 8);
    wire::put_message_field(&mut out, 1, space);
    wire::put_bytes_field(&mut out, 2, key);
    out.into()
}

/// An `object_space` as its three known fields; spaces are compared this way when iterating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Space<'a> {
    pub(crate) system: bool,
    pub(crate) zone: &'a [u8],
    pub(crate) id: u32,
}

impl<'a> Space<'a> {
    /// Reads a canonical `object_space`.
    pub(crate) fn parse(space: &'a [u8]) -> Self {
        let mut parsed = Self { system: false, zone: &[], id: 0 };
        for field in Fields::new(space) {
            match (field.number, field.value) {
                (1, FieldValue::Varint(system)) => parsed.system = system != 0,
                (2, FieldValue::Bytes(zone)) => parsed.zone = zone,
                (3, FieldValue::Varint(id)) => parsed.id = id as u32,
                _ => {}
            }
        }
        parsed
    }
}

/// Splits a database key into its space and key.
pub(crate) fn split(database_key: &[u8]) -> (&[u8], &[u8]) {
    let (mut space, mut key) = (&[][..], &[][..]);
    for field in Fields::new(database_key) {
        match (field.number, field.value) {
            (1, FieldValue::Bytes(bytes)) => space = bytes,
            (2, FieldValue::Bytes(bytes)) => key = bytes,
            _ => {}
        }
    }
    (space, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_keys_are_those_of_the_recorded_chains() {
        let key = hex::encode(Metadata::GenesisKey.key());
        assert_eq!(key, "1220b79cef976de2a0e02f2e816ecced775f989298e22de5f752a8256c68b103c898");
        let key = hex::encode(Metadata::BlockHashCode.key());
        assert_eq!(key, "1220dd4f960ab1ceab92a8756dbfe4f984290e40cf12740f94a119c2572fd8ffb897");
    }

    #[test]
    fn an_empty_key_has_no_field() {
        assert_eq!(&database_key(METADATA_SPACE, b"")[..], [0x0a, 0x02, 0x08, 0x01]);
        assert_eq!(&database_key(b"", b"k")[..], [0x0a, 0x00, 0x12, 0x01, b'k']);
    }
}
