//! The checksum of an index: what two indexes of the same blocks have in common.

use koinos_codec::text::to_hex;
use koinos_crypto::{HashCode, Hasher as Sha256};
use koinos_kv::{Direction, Read};
use koinos_proto::BlockTopology;
use serde_json::{Value, json};

use crate::Error;

/// SHA-256 over a list of records.
pub struct Hasher {
    sha256: Sha256,
    records: u64,
    bytes: u64,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self { sha256: Sha256::new(HashCode::Sha2_256), records: 0, bytes: 0 }
    }

    /// Takes in a record: the keyspace it is in, its key and its value.
    pub fn record(&mut self, keyspace: &str, key: &[u8], value: &[u8]) {
        for part in [keyspace.as_bytes(), key, value] {
            // With its length, so that no two lists look alike.
            self.sha256.update(&(part.len() as u64).to_be_bytes());
            self.sha256.update(part);
        }
        self.records += 1;
        self.bytes += (key.len() + value.len()) as u64;
    }

    /// Takes in a whole keyspace.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn keyspace(&mut self, store: &dyn Read, keyspace: &'static str) -> Result<(), Error> {
        for entry in store.entries(keyspace, &[], Direction::Up)? {
            let (key, value) = entry?;
            self.record(keyspace, &key, &value);
        }
        Ok(())
    }

    pub(crate) fn finish(self, cursor: BlockTopology) -> Checksum {
        let sha256 = to_hex(self.sha256.finish().as_bytes());
        Checksum { cursor, sha256, records: self.records, bytes: self.bytes }
    }
}

/// The checksum of the records of all blocks up to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Checksum {
    /// The last block of the records.
    pub cursor: BlockTopology,
    /// SHA-256 of the records, hexadecimal.
    pub sha256: String,
    /// How many records there are.
    pub records: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
}

impl Checksum {
    /// As it is shown on the admin socket.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "height": self.cursor.height,
            "block_id": to_hex(&self.cursor.id),
            "sha256": self.sha256,
            "records": self.records,
            "bytes": self.bytes,
        })
    }
}
