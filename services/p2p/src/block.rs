//! A block as far as peers and the order of blocks are concerned.

use bytes::Bytes;
use koinos_proto::protocol::{self, BlockHeader};
use prost::Message;
use sha2::{Digest, Sha256};

/// The multihash code of sha2-256 and the length of its digest.
const SHA2_256: [u8; 2] = [0x12, 0x20];

/// Where a block belongs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockInfo {
    /// Its id.
    pub id: Bytes,
    /// The id of its parent.
    pub previous: Bytes,
    /// Its height.
    pub height: u64,
    /// Milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// Who produced it.
    pub signer: Bytes,
}

/// A block that has been looked at, not executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Where it belongs.
    pub info: BlockInfo,
    /// It, serialised (`koinos.protocol.block`).
    pub bytes: Bytes,
}

/// Why bytes are no block.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// They are not protobuf.
    #[error("a block cannot be read: {0}")]
    Malformed(#[from] prost::DecodeError),
    /// Something is missing that every block has.
    #[error("a block has no {0}")]
    Missing(&'static str),
    /// The id is not that of the header.
    #[error("a block of height {0} has the id of another")]
    WrongId(u64),
}

impl Block {
    /// Reads a block, and checks that its id is the hash of its header.
    ///
    /// # Errors
    /// When it is malformed, or its id is not its own.
    pub fn read(bytes: Bytes) -> Result<Self, BlockError> {
        let block = protocol::Block::decode(bytes.clone())?;
        let header = block.header.as_ref().ok_or(BlockError::Missing("header"))?;
        if block.id.is_empty() {
            return Err(BlockError::Missing("id"));
        }
        if header.previous.is_empty() {
            return Err(BlockError::Missing("previous"));
        }
        if block.id != id_of(header) {
            return Err(BlockError::WrongId(header.height));
        }
        // Copies, so that a small id does not keep a large message alive.
        let copy = |bytes: &Bytes| Bytes::copy_from_slice(bytes);
        let info = BlockInfo {
            id: copy(&block.id),
            previous: copy(&header.previous),
            height: header.height,
            timestamp: header.timestamp,
            signer: copy(&header.signer),
        };
        Ok(Self { info, bytes })
    }
}

/// The id of the block with that header: the multihash of it.
pub fn id_of(header: &BlockHeader) -> Bytes {
    let mut id = SHA2_256.to_vec();
    id.extend_from_slice(&Sha256::digest(header.encode_to_vec()));
    id.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> protocol::Block {
        let header = BlockHeader {
            previous: Bytes::from_static(b"parent"),
            height: 7,
            timestamp: 8,
            signer: Bytes::from_static(b"signer"),
            ..Default::default()
        };
        protocol::Block { id: id_of(&header), header: Some(header), ..Default::default() }
    }

    #[test]
    fn a_block_is_read_and_its_id_checked() {
        let read = |block: &protocol::Block| Block::read(block.encode_to_vec().into());
        let good = read(&block()).unwrap();
        assert_eq!((good.info.height, good.info.timestamp), (7, 8));
        assert_eq!(good.info.previous, "parent");

        let mut other = block();
        other.header.as_mut().unwrap().height = 9;
        assert_eq!(read(&other), Err(BlockError::WrongId(9)));
        assert_eq!(read(&Default::default()), Err(BlockError::Missing("header")));
        let no_id = protocol::Block { id: Bytes::new(), ..block() };
        assert_eq!(read(&no_id), Err(BlockError::Missing("id")));
        assert!(matches!(Block::read(vec![0x0a].into()), Err(BlockError::Malformed(_))));
    }

    #[test]
    fn recorded_blocks_have_their_own_ids() {
        let recorded = koinos_testkit::golden::blocks("trunc/blocks.jsonl.gz").unwrap();
        let mut count = 0;
        for block in recorded {
            Block::read(block.unwrap().block).unwrap();
            count += 1;
        }
        assert!(count > 0);
    }
}
