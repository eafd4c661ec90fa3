//! Genesis data for a new chain.

use std::collections::BTreeMap;

use bytes::Bytes;
use koinos_codec::text::to_base64;
use koinos_codec::wire::{Reader, put_bytes_field, put_varint, repeated_bytes};
use koinos_crypto::{Address, HashCode, multihash};
use koinos_proto::FILE_DESCRIPTOR_SET;
use koinos_proto::chain::{
    ComputeBandwidthEntry, ComputeBandwidthRegistry, ContractMetadataObject, GenesisData,
    GenesisEntry, MaxAccountResources, ObjectSpace, ResourceLimitData, SystemSpaceId,
};
use koinos_proto::protocol::{ContractCallBundle, SystemCallTarget, system_call_target};
use prost::Message;
use serde_json::{Value, json};

use crate::fees::FEES;
use crate::keys::Metadata;

/// The file whose messages contracts may look into by field name.
const PROTOCOL_FILE: &str = "koinos/protocol/protocol.proto";
/// Fields of `FileDescriptorSet` and `FileDescriptorProto`.
const SET_FILE: u32 = 1;
const FILE_NAME: u32 = 1;
const FILE_DEPENDENCY: u32 = 3;

/// A system call that a contract serves from the first block on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemCallOverride {
    /// The number of the system call (`koinos.chain.system_call_id`).
    pub call_id: u32,
    /// The entry point of the contract.
    pub entry_point: u32,
}

/// A contract that is there from the first block on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GenesisContract {
    /// Its id: the address of the account that may upload it again, 25 bytes.
    pub id: Bytes,
    /// The WebAssembly module.
    pub bytecode: Bytes,
    /// Whether it runs with kernel privileges; needed to serve system calls.
    pub system: bool,
    /// Whether it decides about calls in the name of its account.
    pub authorizes_call_contract: bool,
    /// Whether it decides what its account pays for.
    pub authorizes_transaction_application: bool,
    /// Whether it decides about its own replacement.
    pub authorizes_upload_contract: bool,
    /// The system calls it serves.
    pub system_calls: Vec<SystemCallOverride>,
    /// Objects it finds when it first runs, in whatever space it looks.
    pub objects: Vec<GenesisEntry>,
}

/// Makes genesis data.
///
/// The chain id is a hash of the data, so two chains with the same content have the same id; a fresh
/// genesis key makes a fresh chain.
#[derive(Debug, Clone)]
pub struct GenesisBuilder {
    genesis_key: Address,
    limits: ResourceLimitData,
    max_account_resources: u64,
    contracts: Vec<GenesisContract>,
    entries: Vec<GenesisEntry>,
}

impl GenesisBuilder {
    /// A chain whose blocks are signed, and which is governed, by `genesis_key`. Blocks may use 400
    /// KiB of state, 1 MiB of network and 10^8 ticks; an account has 10^10 resource credits.
    pub fn new(genesis_key: Address) -> Self {
        Self {
            genesis_key,
            limits: ResourceLimitData {
                disk_storage_limit: 400 << 10,
                disk_storage_cost: 10,
                network_bandwidth_limit: 1 << 20,
                network_bandwidth_cost: 5,
                compute_bandwidth_limit: 100_000_000,
                compute_bandwidth_cost: 1,
            },
            max_account_resources: 10_000_000_000,
            contracts: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Sets limits and prices of a block.
    #[must_use]
    pub fn limits(mut self, limits: ResourceLimitData) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the resource credits every account has, as long as no contract decides about it.
    #[must_use]
    pub fn max_account_resources(mut self, credits: u64) -> Self {
        self.max_account_resources = credits;
        self
    }

    /// Installs a contract.
    #[must_use]
    pub fn contract(mut self, contract: GenesisContract) -> Self {
        self.contracts.push(contract);
        self
    }

    /// Adds any other object.
    #[must_use]
    pub fn entry(mut self, space: ObjectSpace, key: Bytes, value: Bytes) -> Self {
        self.entries.push(GenesisEntry { space: Some(space), key, value });
        self
    }

    /// The genesis data.
    pub fn data(&self) -> GenesisData {
        let mut entries = self.metadata();
        self.contracts.iter().for_each(|contract| put_contract(&mut entries, contract));
        entries.extend(self.entries.iter().cloned());
        GenesisData { entries }
    }

    /// The genesis file: protobuf's JSON form, one line for each entry.
    pub fn to_json(&self) -> String {
        let entries: Vec<String> =
            self.data().entries.iter().map(|entry| format!("    {}", entry_json(entry))).collect();
        format!("{{\n  \"entries\": [\n{}\n  ]\n}}\n", entries.join(",\n"))
    }

    fn metadata(&self) -> Vec<GenesisEntry> {
        let max = MaxAccountResources { value: self.max_account_resources };
        let mut hash_code = Vec::new();
        put_varint(&mut hash_code, HashCode::Sha2_256.code());
        let object = |object: Metadata, value: Vec<u8>| {
            system_entry(SystemSpaceId::Metadata, object.key(), value)
        };
        vec![
            object(Metadata::GenesisKey, self.genesis_key.as_bytes().to_vec()),
            object(Metadata::ResourceLimitData, self.limits.encode_to_vec()),
            object(Metadata::MaxAccountResources, max.encode_to_vec()),
            object(Metadata::ProtocolDescriptor, protocol_descriptor()),
            object(Metadata::ComputeBandwidthRegistry, fee_registry().encode_to_vec()),
            object(Metadata::BlockHashCode, hash_code),
        ]
    }
}

fn system_entry(space: SystemSpaceId, key: &[u8], value: Vec<u8>) -> GenesisEntry {
    let id = i32::from(space).cast_unsigned();
    GenesisEntry {
        space: Some(ObjectSpace { system: true, zone: Bytes::new(), id }),
        key: Bytes::copy_from_slice(key),
        value: value.into(),
    }
}

fn put_contract(entries: &mut Vec<GenesisEntry>, contract: &GenesisContract) {
    let metadata = ContractMetadataObject {
        hash: multihash(HashCode::Sha2_256, &contract.bytecode).into(),
        system: contract.system,
        authorizes_call_contract: contract.authorizes_call_contract,
        authorizes_transaction_application: contract.authorizes_transaction_application,
        authorizes_upload_contract: contract.authorizes_upload_contract,
    };
    entries.push(system_entry(
        SystemSpaceId::ContractBytecode,
        &contract.id,
        contract.bytecode.to_vec(),
    ));
    entries.push(system_entry(
        SystemSpaceId::ContractMetadata,
        &contract.id,
        metadata.encode_to_vec(),
    ));
    for call in &contract.system_calls {
        let bundle =
            ContractCallBundle { contract_id: contract.id.clone(), entry_point: call.entry_point };
        let target =
            SystemCallTarget { target: Some(system_call_target::Target::SystemCallBundle(bundle)) };
        entries.push(system_entry(
            SystemSpaceId::SystemCallDispatch,
            &call.call_id.to_be_bytes(),
            target.encode_to_vec(),
        ));
    }
    entries.extend(contract.objects.iter().cloned());
}

fn fee_registry() -> ComputeBandwidthRegistry {
    let entry =
        |&(name, compute): &(&str, u64)| ComputeBandwidthEntry { name: name.to_owned(), compute };
    ComputeBandwidthRegistry { entries: FEES.iter().map(entry).collect() }
}

/// The `FileDescriptorSet` of the protocol's file and of what it imports, imports first. The files
/// are taken as they are, since decoding would lose the custom options.
fn protocol_descriptor() -> Vec<u8> {
    let set = Bytes::from_static(FILE_DESCRIPTOR_SET);
    let files: BTreeMap<Vec<u8>, Bytes> = repeated_bytes(&set, SET_FILE)
        .map(|file| (Reader::new(&file).bytes(FILE_NAME).to_vec(), file))
        .collect();
    let mut out = Vec::new();
    let mut written = Vec::new();
    put_file(&files, PROTOCOL_FILE.as_bytes(), &mut written, &mut out);
    out
}

fn put_file<'a>(
    files: &'a BTreeMap<Vec<u8>, Bytes>,
    name: &'a [u8],
    written: &mut Vec<&'a [u8]>,
    out: &mut Vec<u8>,
) {
    let Some(file) = files.get(name).filter(|_| !written.contains(&name)) else { return };
    written.push(name);
    Reader::new(file)
        .repeated(FILE_DEPENDENCY)
        .for_each(|imported| put_file(files, imported, written, out));
    put_bytes_field(out, SET_FILE, file);
}

/// An entry in protobuf's JSON form, in which bytes are plain base64 and defaults are left out.
fn entry_json(entry: &GenesisEntry) -> Value {
    let mut space = serde_json::Map::new();
    if let Some(given) = &entry.space {
        if given.system {
            space.insert("system".to_owned(), true.into());
        }
        if !given.zone.is_empty() {
            space.insert("zone".to_owned(), to_base64(&given.zone).into());
        }
        if given.id != 0 {
            space.insert("id".to_owned(), given.id.into());
        }
    }
    json!({ "space": space, "key": to_base64(&entry.key), "value": to_base64(&entry.value) })
}

#[cfg(test)]
mod tests {
    use koinos_crypto::SecretKey;
    use koinos_testkit::golden;
    use prost_reflect::DescriptorPool;

    use super::*;
    use crate::Genesis;

    fn address(seed: &str) -> Address {
        SecretKey::from_seed(seed).unwrap().public_key().address()
    }

    #[test]
    fn the_file_says_what_the_data_say() {
        let contract = GenesisContract {
            id: Bytes::copy_from_slice(address("contract").as_bytes()),
            bytecode: Bytes::from_static(b"\0asm"),
            system: true,
            system_calls: vec![SystemCallOverride { call_id: 1, entry_point: 7 }],
            objects: vec![GenesisEntry {
                space: Some(ObjectSpace { id: 3, ..Default::default() }),
                key: Bytes::from_static(b"key"),
                value: Bytes::from_static(b"value"),
            }],
            ..Default::default()
        };
        let builder = GenesisBuilder::new(address("genesis")).contract(contract).entry(
            ObjectSpace { id: 9, ..Default::default() },
            Bytes::new(),
            Bytes::new(),
        );
        let read = Genesis::from_json(&builder.to_json()).unwrap();
        let data: Bytes = builder.data().encode_to_vec().into();
        let made = Genesis::from_canonical(&data).unwrap();
        assert_eq!(read.chain_id(), made.chain_id());
        assert_eq!(read.entries(), 6 + 4 + 1);
        assert_eq!(read.objects(), made.objects());
    }

    #[test]
    fn a_key_makes_a_chain() {
        let id = |seed| {
            let json = GenesisBuilder::new(address(seed)).to_json();
            Genesis::from_json(&json).unwrap().chain_id().clone()
        };
        assert_eq!(id("one"), id("one"));
        assert_ne!(id("one"), id("two"));
    }

    /// A chain of the original started with these objects; the descriptor differs in its text.
    #[test]
    fn the_objects_are_those_of_the_recorded_chains() {
        let text = std::fs::read_to_string(golden::path("perf/genesis_data.json")).unwrap();
        let recorded = Genesis::from_json(&text).unwrap();
        let value = |object: Metadata| {
            let key = object.database_key();
            let found = recorded.objects().iter().find(|(at, _)| *at == key);
            found.unwrap().1.clone()
        };
        let key: [u8; 25] = value(Metadata::GenesisKey)[..].try_into().unwrap();
        let key = Address::from_base58(&koinos_codec::text::to_base58(&key)).unwrap();
        let builder = GenesisBuilder::new(key).max_account_resources(10_000_000);
        let data: Bytes = builder.data().encode_to_vec().into();
        let made = Genesis::from_canonical(&data).unwrap();
        let differing: Vec<_> = made
            .objects()
            .iter()
            .zip(recorded.objects())
            .filter(|(made, recorded)| made != recorded)
            .map(|(made, _)| made.0.clone())
            .collect();
        let expected =
            [Metadata::ProtocolDescriptor.database_key(), Metadata::ChainId.database_key()];
        assert_eq!(differing, expected);
    }

    #[test]
    fn contracts_can_look_into_the_protocols_messages() {
        let pool = DescriptorPool::decode(&protocol_descriptor()[..]).unwrap();
        for (message, field) in [
            ("block", "transactions"),
            ("block_header", "timestamp"),
            ("transaction_header", "payer"),
            ("operation", "call_contract"),
        ] {
            let message = pool.get_message_by_name(&format!("koinos.protocol.{message}")).unwrap();
            assert!(message.get_field_by_name(field).is_some());
        }
        assert!(pool.get_message_by_name("koinos.rpc.chain.chain_request").is_none());
    }
}
