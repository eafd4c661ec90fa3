//! Genesis data: the objects of the chain before its first block, and the chain id.

use std::sync::Arc;

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};
use koinos_crypto::{HashCode, multihash};

use crate::keys::{Metadata, database_key};

/// Why genesis data cannot start a chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// The text is not `koinos.chain.genesis_data`.
    #[error("the genesis data cannot be read")]
    Parse(#[source] koinos_codec::Error),
    /// An object is given twice, or one that the node writes itself is given.
    #[error("the genesis data gives an object twice: database key 0x{0}")]
    Duplicate(String),
    /// The genesis key is missing: nobody could produce or govern.
    #[error("the genesis data has no genesis key (metadata object 0x{0}); add an entry for it")]
    MissingGenesisKey(String),
}

/// Checked genesis data.
#[derive(Clone, Debug)]
pub struct Genesis {
    objects: Arc<Vec<(Bytes, Bytes)>>,
    chain_id: Bytes,
    entries: usize,
}

impl Genesis {
    /// Reads genesis data in protobuf's JSON form, as networks publish it.
    pub fn from_json(text: &str) -> Result<Self, GenesisError> {
        let data = koinos_codec::parse_genesis(text).map_err(GenesisError::Parse)?;
        Self::from_canonical(&data.into())
    }

    /// Reads canonical `koinos.chain.genesis_data`.
    ///
    /// The chain id is the sha2-256 multihash of these bytes, in which the order of entries counts.
    pub fn from_canonical(data: &Bytes) -> Result<Self, GenesisError> {
        let chain_id = Bytes::from(multihash(HashCode::Sha2_256, data));
        let mut objects: Vec<(Bytes, Bytes)> = wire::repeated_bytes(data, 1)
            .map(|entry| {
                let message = Reader::new(&entry);
                let key = database_key(message.bytes(1), message.bytes(2));
                (key, wire::field_bytes(&entry, 3))
            })
            .collect();
        let entries = objects.len();
        let genesis_key = Metadata::GenesisKey.database_key();
        if !objects.iter().any(|(key, _)| *key == genesis_key) {
            return Err(GenesisError::MissingGenesisKey(hex_of(Metadata::GenesisKey.key())));
        }
        objects.push((Metadata::ChainId.database_key(), chain_id.clone()));
        let mut keys: Vec<&Bytes> = objects.iter().map(|(key, _)| key).collect();
        keys.sort();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(GenesisError::Duplicate(hex_of(pair[0])));
        }
        Ok(Self { objects: Arc::new(objects), chain_id, entries })
    }

    /// The chain id, a multihash.
    pub fn chain_id(&self) -> &Bytes {
        &self.chain_id
    }

    /// How many entries the data has.
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// All objects by their database keys, the chain id among them.
    pub fn objects(&self) -> &[(Bytes, Bytes)] {
        &self.objects
    }
}

fn hex_of(bytes: &[u8]) -> String {
    crate::text::hex(bytes).trim_start_matches("0x").to_owned()
}
