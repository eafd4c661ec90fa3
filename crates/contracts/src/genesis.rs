//! Genesis data from its parts.

use bytes::Bytes;
use koinos_codec::wire;
use koinos_crypto::{Address, HashCode, multihash};
use koinos_proto::FILE_DESCRIPTOR_SET;
use koinos_proto::chain::{
    ContractMetadataObject, GenesisData, GenesisEntry, MaxAccountResources, ObjectSpace,
    ResourceLimitData, SystemCallId, SystemSpaceId,
};
use koinos_proto::protocol::{ContractCallBundle, SystemCallTarget, system_call_target::Target};
use prost::Message;

use crate::fees;

/// The hash function of ids and contracts.
const HASH: HashCode = HashCode::Sha2_256;

/// rc of every account where no contract serves `get_account_rc`.
const ACCOUNT_RESOURCES: u64 = 100_000_000;

/// Where the messages of blocks and transactions are declared, and what that file imports.
const PROTOCOL_FILES: [&str; 3] =
    ["google/protobuf/descriptor.proto", "koinos/options.proto", "koinos/protocol/protocol.proto"];

/// Limits and prices of a block: 400 KiB of new state, 1 MiB of transactions, 300 million ticks.
pub fn default_resource_limits() -> ResourceLimitData {
    ResourceLimitData {
        disk_storage_limit: 409_600,
        disk_storage_cost: 10,
        network_bandwidth_limit: 1_048_576,
        network_bandwidth_cost: 5,
        compute_bandwidth_limit: 300_000_000,
        compute_bandwidth_cost: 1,
    }
}

/// A contract that exists from the start.
#[derive(Clone, Debug)]
pub struct Installation {
    address: Address,
    bytecode: Bytes,
    metadata: ContractMetadataObject,
    overrides: Vec<(SystemCallId, u32)>,
    objects: Vec<(u32, Bytes, Bytes)>,
}

impl Installation {
    /// A user contract at `address`.
    pub fn new(address: Address, bytecode: impl Into<Bytes>) -> Self {
        let bytecode = bytecode.into();
        let hash = multihash(HASH, &bytecode).into();
        let metadata = ContractMetadataObject { hash, ..Default::default() };
        Self { address, bytecode, metadata, overrides: Vec::new(), objects: Vec::new() }
    }

    /// Makes it a system contract, which runs in kernel mode.
    #[must_use]
    pub fn system(mut self) -> Self {
        self.metadata.system = true;
        self
    }

    /// Lets it decide in the name of its account: about calls of other contracts, about
    /// transactions that the account pays, about uploads of new bytecode.
    #[must_use]
    pub fn authorizing(mut self, calls: bool, transactions: bool, uploads: bool) -> Self {
        self.metadata.authorizes_call_contract = calls;
        self.metadata.authorizes_transaction_application = transactions;
        self.metadata.authorizes_upload_contract = uploads;
        self
    }

    /// Lets it serve a system call at one of its entry points.
    #[must_use]
    pub fn overriding(mut self, call: SystemCallId, entry_point: u32) -> Self {
        self.overrides.push((call, entry_point));
        self
    }

    /// Adds an object in its zone. The space is a system space for system contracts.
    #[must_use]
    pub fn with_object(
        mut self,
        space_id: u32,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
    ) -> Self {
        self.objects.push((space_id, key.into(), value.into()));
        self
    }

    fn entries(self) -> impl Iterator<Item = GenesisEntry> {
        let id = Bytes::copy_from_slice(self.address.as_bytes());
        let metadata = self.metadata.encode_to_vec();
        let code = [
            system_entry(SystemSpaceId::ContractBytecode, id.clone(), self.bytecode),
            system_entry(SystemSpaceId::ContractMetadata, id.clone(), metadata),
        ];
        let bundle = {
            let contract_id = id.clone();
            move |entry_point| ContractCallBundle { contract_id: contract_id.clone(), entry_point }
        };
        let overrides = self.overrides.into_iter().map(move |(call, entry_point)| {
            let target = Some(Target::SystemCallBundle(bundle(entry_point)));
            let key = (call as u32).to_be_bytes().to_vec();
            let target = SystemCallTarget { target }.encode_to_vec();
            system_entry(SystemSpaceId::SystemCallDispatch, key, target)
        });
        let system = self.metadata.system;
        let objects = self.objects.into_iter().map(move |(space_id, key, value)| {
            let space = ObjectSpace { system, zone: id.clone(), id: space_id };
            GenesisEntry { space: Some(space), key, value }
        });
        code.into_iter().chain(overrides).chain(objects)
    }
}

/// The state that a chain starts with, in the making.
#[derive(Clone, Debug)]
pub struct Genesis {
    key: Address,
    limits: ResourceLimitData,
    account_resources: u64,
    contracts: Vec<Installation>,
    objects: Vec<GenesisEntry>,
}

impl Genesis {
    /// A chain whose system `key` governs: it signs the blocks, unless a contract decides about
    /// that, and the transactions that change the system.
    pub fn new(key: Address) -> Self {
        Self {
            key,
            limits: default_resource_limits(),
            account_resources: ACCOUNT_RESOURCES,
            contracts: Vec::new(),
            objects: Vec::new(),
        }
    }

    /// Sets limits and prices of a block.
    #[must_use]
    pub fn with_resource_limits(mut self, limits: ResourceLimitData) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the rc of every account, which counts where no contract serves `get_account_rc`.
    #[must_use]
    pub fn with_account_resources(mut self, rc: u64) -> Self {
        self.account_resources = rc;
        self
    }

    /// Adds a contract.
    #[must_use]
    pub fn with_contract(mut self, contract: Installation) -> Self {
        self.contracts.push(contract);
        self
    }

    /// Adds an object anywhere.
    #[must_use]
    pub fn with_object(
        mut self,
        space: ObjectSpace,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
    ) -> Self {
        let entry = GenesisEntry { space: Some(space), key: key.into(), value: value.into() };
        self.objects.push(entry);
        self
    }

    /// The genesis data; [`koinos_codec::genesis_to_json`] writes it as a file. The chain refuses
    /// data in which an object occurs twice.
    pub fn build(self) -> GenesisData {
        let resources = MaxAccountResources { value: self.account_resources };
        let mut entries = vec![
            metadata_entry("genesis_key", self.key.as_bytes().to_vec()),
            metadata_entry("resource_limit_data", self.limits.encode_to_vec()),
            metadata_entry("max_account_resources", resources.encode_to_vec()),
            metadata_entry("protocol_descriptor", protocol_descriptor()),
            metadata_entry("compute_bandwidth_registry", fees::registry().encode_to_vec()),
            metadata_entry("block_hash_code", vec![HASH as u8]),
        ];
        entries.extend(self.contracts.into_iter().flat_map(Installation::entries));
        entries.extend(self.objects);
        GenesisData { entries }
    }
}

fn system_entry(
    space: SystemSpaceId,
    key: impl Into<Bytes>,
    value: impl Into<Bytes>,
) -> GenesisEntry {
    let space = ObjectSpace { system: true, id: space as u32, ..Default::default() };
    GenesisEntry { space: Some(space), key: key.into(), value: value.into() }
}

/// An object of the space `metadata`, whose keys are hashes of names whatever [`HASH`] is.
fn metadata_entry(name: &str, value: Vec<u8>) -> GenesisEntry {
    let key = multihash(HashCode::Sha2_256, format!("object_key::{name}").as_bytes());
    system_entry(SystemSpaceId::Metadata, key, value)
}

/// The `google.protobuf.FileDescriptorSet` in which the chain looks up field names.
fn protocol_descriptor() -> Vec<u8> {
    /// Number of the files in a set, and of the name in a file.
    const FILE: u32 = 1;
    const NAME: u32 = 1;
    let mut set = Vec::new();
    for file in wire::Reader::new(FILE_DESCRIPTOR_SET).repeated(FILE) {
        let name = wire::Reader::new(file).bytes(NAME);
        if PROTOCOL_FILES.iter().any(|wanted| wanted.as_bytes() == name) {
            wire::put_message_field(&mut set, FILE, file);
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use koinos_crypto::SecretKey;
    use prost_types::FileDescriptorSet;

    use super::*;

    fn address(seed: &str) -> Address {
        SecretKey::from_seed(seed).unwrap().public_key().address()
    }

    #[test]
    fn contracts_come_with_their_objects() {
        let id = address("contract");
        let contract = Installation::new(id, "code")
            .system()
            .authorizing(false, true, false)
            .overriding(SystemCallId::PreBlockCallback, 7)
            .with_object(3, "key", "value");
        let data = Genesis::new(address("key")).with_contract(contract).build();
        let place = |entry: &GenesisEntry| {
            let space = entry.space.clone().unwrap();
            (space.system, space.zone.len(), space.id, entry.key.clone())
        };
        let entries: Vec<_> = data.entries[6..].iter().map(place).collect();
        let zone = id.as_bytes();
        let key = Bytes::copy_from_slice(zone);
        let call = Bytes::from_static(&[0, 0, 0, 8]);
        let expected = [
            (true, 0, 2, key.clone()),
            (true, 0, 3, key),
            (true, 0, 1, call),
            (true, zone.len(), 3, "key".into()),
        ];
        assert_eq!(entries, expected);
        let metadata = ContractMetadataObject::decode(data.entries[7].value.clone()).unwrap();
        assert_eq!(metadata.hash, multihash(HashCode::Sha2_256, b"code"));
        assert!(metadata.system && metadata.authorizes_transaction_application);
        assert!(!metadata.authorizes_call_contract && !metadata.authorizes_upload_contract);
        let target = SystemCallTarget::decode(data.entries[8].value.clone()).unwrap();
        let Some(Target::SystemCallBundle(bundle)) = target.target else { panic!("a bundle") };
        assert_eq!((&bundle.contract_id[..], bundle.entry_point), (&zone[..], 7));
    }

    #[test]
    fn the_descriptor_holds_blocks_and_what_they_import() {
        let set = FileDescriptorSet::decode(&*protocol_descriptor()).unwrap();
        let names: Vec<&str> = set.file.iter().map(|file| file.name()).collect();
        assert_eq!(names.len(), PROTOCOL_FILES.len());
        for file in &set.file {
            assert!(PROTOCOL_FILES.contains(&file.name()));
            assert!(file.dependency.iter().all(|import| names.contains(&&**import)));
        }
    }
}
