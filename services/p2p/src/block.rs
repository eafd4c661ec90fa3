//! A block as far as peers and the order of blocks are concerned.

use bytes::Bytes;
use koinos_codec::read_unsigned_varint;
use koinos_crypto::{HashCode, multihash};
use koinos_proto::protocol::{self, BlockHeader};
use prost::Message;

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
        if !is_id_of(&block.id, header) {
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

/// Whether a block with that header has that id: the multihash of it, by the hash function that the
/// network uses, which the id names.
fn is_id_of(id: &[u8], header: &BlockHeader) -> bool {
    let code = read_unsigned_varint(id).and_then(|(code, _)| HashCode::from_code(code));
    code.is_some_and(|code| multihash(code, &header.encode_to_vec()) == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(header: &BlockHeader) -> Bytes {
        multihash(HashCode::Sha2_256, &header.encode_to_vec()).into()
    }

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
        // The second set has another hash function.
        for set in ["trunc", "hashcode"] {
            let recorded = koinos_testkit::golden::blocks(&format!("{set}/blocks.jsonl.gz"));
            let mut count = 0;
            for block in recorded.unwrap() {
                Block::read(block.unwrap().block).unwrap();
                count += 1;
            }
            assert!(count > 0);
        }
    }
}
