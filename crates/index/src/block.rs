//! Blocks as they come: bytes, of which only what everybody needs is read.

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};
use koinos_proto::BlockTopology;

use crate::Error;

/// Fields of `koinos.broadcast.block_accepted`.
const BLOCK: u32 = 1;
const RECEIPT: u32 = 2;
/// Fields of `koinos.protocol.block`.
const ID: u32 = 1;
const HEADER: u32 = 2;
const TRANSACTIONS: u32 = 3;
/// Fields of `koinos.protocol.block_header`.
const PREVIOUS: u32 = 1;
const HEIGHT: u32 = 2;
/// Field of `koinos.protocol.block_receipt`.
const TRANSACTION_RECEIPTS: u32 = 8;

/// A block and its receipt, serialised. What this version does not know of stays in them.
#[derive(Debug, Clone)]
pub struct SourceBlock {
    /// Id, height and parent.
    pub topology: BlockTopology,
    /// `koinos.protocol.block`.
    pub block: Bytes,
    /// `koinos.protocol.block_receipt`; empty where none was given.
    pub receipt: Bytes,
}

impl SourceBlock {
    /// A block from its bytes.
    ///
    /// # Errors
    /// When it has no id or no header.
    pub fn new(block: Bytes, receipt: Bytes) -> Result<Self, Error> {
        let id = wire::field_bytes(&block, ID);
        if id.is_empty() {
            return Err(Error::Block("id"));
        }
        let header = wire::message_bytes(&block, HEADER).ok_or(Error::Block("header"))?;
        let topology = BlockTopology {
            id,
            height: Reader::new(&header).u64(HEIGHT),
            previous: wire::field_bytes(&header, PREVIOUS),
        };
        Ok(Self { topology, block, receipt })
    }

    /// Reads `koinos.broadcast.block_accepted`.
    ///
    /// # Errors
    /// When it has no block, or one as in [`SourceBlock::new`].
    pub fn from_accepted(accepted: &Bytes) -> Result<Self, Error> {
        let block = wire::message_bytes(accepted, BLOCK).ok_or(Error::Block("content"))?;
        Self::new(block, wire::field_bytes(accepted, RECEIPT))
    }

    /// The header, serialised.
    pub fn header(&self) -> Bytes {
        wire::field_bytes(&self.block, HEADER)
    }

    /// The transactions, serialised.
    pub fn transactions(&self) -> impl Iterator<Item = Bytes> + '_ {
        wire::repeated_bytes(&self.block, TRANSACTIONS)
    }

    /// The receipts of the transactions, serialised, in the order of the transactions.
    pub fn transaction_receipts(&self) -> impl Iterator<Item = Bytes> + '_ {
        wire::repeated_bytes(&self.receipt, TRANSACTION_RECEIPTS)
    }

    /// The transactions with their receipts; one that has none gets an empty one.
    pub fn transactions_with_receipts(&self) -> impl Iterator<Item = (Bytes, Bytes)> + '_ {
        let receipts = self.transaction_receipts().chain(std::iter::repeat(Bytes::new()));
        self.transactions().zip(receipts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koinos_proto::broadcast::BlockAccepted;
    use koinos_proto::protocol::{
        Block, BlockHeader, BlockReceipt, Transaction, TransactionReceipt,
    };
    use prost::Message;

    #[test]
    fn a_block_is_read_from_its_broadcast() {
        let transactions: Vec<_> = [&b"t1"[..], b"t2"]
            .map(|id| Transaction { id: id.into(), ..Default::default() })
            .into();
        let header = BlockHeader { previous: "parent".into(), height: 7, ..Default::default() };
        let block = Block {
            id: "block".into(),
            header: Some(header.clone()),
            transactions: transactions.clone(),
            ..Default::default()
        };
        let receipt = TransactionReceipt { id: "t1".into(), ..Default::default() };
        let receipts = vec![receipt.clone()];
        let receipt_of_block =
            BlockReceipt { transaction_receipts: receipts, ..Default::default() };
        let accepted = BlockAccepted {
            block: Some(block),
            receipt: Some(receipt_of_block),
            live: true,
            head: true,
        };
        let read = SourceBlock::from_accepted(&accepted.encode_to_vec().into()).unwrap();
        let expected = BlockTopology { id: "block".into(), height: 7, previous: "parent".into() };
        assert_eq!(read.topology, expected);
        assert_eq!(read.header(), header.encode_to_vec());
        // The second transaction has no receipt.
        let pairs: Vec<_> = read.transactions_with_receipts().collect();
        assert_eq!(pairs[0].0, transactions[0].encode_to_vec());
        assert_eq!(pairs[0].1, receipt.encode_to_vec());
        assert_eq!(pairs[1], (transactions[1].encode_to_vec().into(), Bytes::new()));
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for bytes in [&[][..], &[0x0a, 0x00], &[0x0a, 0x03, 0x0a, 0x01, 0x07], b"\xff\xff"] {
            let bytes = Bytes::copy_from_slice(bytes);
            assert!(matches!(SourceBlock::from_accepted(&bytes), Err(Error::Block(_))));
        }
    }
}
