//! A block in the making, and a block that is signed.

use bytes::Bytes;
use koinos_codec::{text, wire};
use koinos_crypto::{HashCode, MerkleBuilder, multihash, multihash_from_digest};
use koinos_proto::protocol::BlockHeader;
use prost::Message;

use crate::pending::Transaction;

/// Length of a block id in bytes: a sha2-256 multihash.
pub const ID_LEN: usize = 34;

/// A block id.
pub type BlockId = [u8; ID_LEN];

/// The head of the chain, as a block is built on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Id of the head block.
    pub id: Bytes,
    /// Its height.
    pub height: u64,
    /// Its time, in milliseconds.
    pub time: u64,
    /// State merkle root after it.
    pub state_merkle_root: Bytes,
}

/// The chain reported transactions that the block does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("chain names failed transactions {indices:?} of a block with {count}")]
pub struct NotInBlock {
    /// What was named.
    pub indices: Vec<u32>,
    /// How many transactions the block has.
    pub count: usize,
}

/// A block without signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    header: BlockHeader,
    transactions: Vec<Transaction>,
}

impl Draft {
    /// A block on `head`. Its time is `timestamp`, in milliseconds, or that of the head if it is
    /// later.
    pub fn new(
        head: &Head,
        timestamp: u64,
        signer: Bytes,
        approved_proposals: Vec<Bytes>,
        transactions: Vec<Transaction>,
    ) -> Self {
        let header = BlockHeader {
            previous: head.id.clone(),
            height: head.height + 1,
            timestamp: timestamp.max(head.time),
            previous_state_merkle_root: head.state_merkle_root.clone(),
            transaction_merkle_root: merkle_root(&transactions),
            signer,
            approved_proposals,
        };
        Self { header, transactions }
    }

    /// The header as it stands.
    pub fn header(&self) -> &BlockHeader {
        &self.header
    }

    /// How many transactions it holds.
    pub fn transaction_count(&self) -> usize {
        self.transactions.len()
    }

    /// Sets the time, in milliseconds.
    pub fn set_timestamp(&mut self, timestamp: u64) {
        self.header.timestamp = timestamp;
    }

    /// Removes the transactions at `indices`; the others keep their order.
    ///
    /// # Errors
    /// When there are none at some of them; then nothing is removed.
    pub fn prune(&mut self, indices: &[u32]) -> Result<(), NotInBlock> {
        let count = self.transactions.len();
        if indices.is_empty() || indices.iter().any(|index| *index as usize >= count) {
            return Err(NotInBlock { indices: indices.to_vec(), count });
        }
        let mut index = 0..;
        self.transactions.retain(|_| index.next().is_none_or(|index| !indices.contains(&index)));
        self.header.transaction_merkle_root = merkle_root(&self.transactions);
        Ok(())
    }

    /// The digest that is signed.
    pub fn digest(&self) -> [u8; 32] {
        koinos_crypto::sha256(&self.header.encode_to_vec())
    }

    /// The block's id: the multihash of its header.
    pub fn id(&self) -> BlockId {
        id_of(&self.digest())
    }

    /// The block with its signature, ready to be proposed.
    pub fn seal(&self, signature: &[u8]) -> SealedBlock {
        let header = self.header.encode_to_vec();
        let id = multihash(HashCode::Sha2_256, &header);
        let mut bytes = Vec::new();
        wire::put_bytes_field(&mut bytes, 1, &id);
        wire::put_message_field(&mut bytes, 2, &header);
        for transaction in &self.transactions {
            wire::put_message_field(&mut bytes, 3, &transaction.bytes);
        }
        wire::put_bytes_field(&mut bytes, 4, signature);
        SealedBlock { header: self.header.clone(), id: id.into(), bytes: bytes.into() }
    }
}

/// The id with this digest.
pub fn id_of(digest: &[u8; 32]) -> BlockId {
    let mut id = [0; ID_LEN];
    id.copy_from_slice(&multihash_from_digest(HashCode::Sha2_256, digest));
    id
}

/// The root over two leaves for each transaction, as a multihash.
fn merkle_root(transactions: &[Transaction]) -> Bytes {
    let mut tree = MerkleBuilder::new(HashCode::Sha2_256);
    for leaf in transactions.iter().flat_map(|transaction| &transaction.leaves) {
        tree.push(leaf);
    }
    multihash_from_digest(HashCode::Sha2_256, &tree.finish()).into()
}

/// A signed block.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedBlock {
    /// Its header.
    pub header: BlockHeader,
    /// Its id, a multihash.
    pub id: Bytes,
    /// The serialised `koinos.protocol.block`.
    pub bytes: Bytes,
}

impl SealedBlock {
    /// Reads a block written by [`Draft::seal`]. `None` when it is no block, or its id is not that
    /// of its header.
    pub fn decode(bytes: Bytes) -> Option<Self> {
        // Both lie in the bytes as they were written; a damaged block does not have its id.
        let (id, header) = (wire::field_bytes(&bytes, 1), wire::message_bytes(&bytes, 2)?);
        if multihash(HashCode::Sha2_256, &header) != id {
            return None;
        }
        koinos_proto::protocol::Block::decode(bytes.clone()).ok()?;
        Some(Self { header: BlockHeader::decode(header).ok()?, id, bytes })
    }

    /// The id as text.
    pub fn id_text(&self) -> String {
        text::to_hex(&self.id)
    }
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
