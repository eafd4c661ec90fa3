//! A stored transaction.

use bytes::Bytes;
use koinos_codec::wire;
use koinos_proto::BlockTopology;
use prost::Message;

/// A transaction and the blocks that have it, in the order they came.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Record {
    /// `koinos.protocol.transaction` as it stands in the first of the blocks.
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) transaction: Bytes,
    #[prost(message, repeated, tag = "2")]
    pub(crate) blocks: Vec<Containing>,
}

/// A block that has a transaction.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Containing {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) id: Bytes,
    #[prost(uint64, tag = "2")]
    pub(crate) height: u64,
    /// Its place in the order in which blocks came.
    #[prost(uint64, tag = "3")]
    pub(crate) sequence: u64,
}

/// Fields of `koinos.transaction_store.transaction_item`.
const TRANSACTION: u32 = 1;
const CONTAINING_BLOCKS: u32 = 2;

impl Record {
    pub(crate) fn new(transaction: Bytes) -> Self {
        Self { transaction, blocks: Vec::new() }
    }

    /// Adds a block at its place in the order, unless it is there.
    pub(crate) fn add(&mut self, block: &BlockTopology, sequence: u64) {
        if !self.blocks.iter().any(|known| known.id == block.id) {
            let place = self.blocks.partition_point(|known| known.sequence <= sequence);
            let BlockTopology { id, height, .. } = block.clone();
            self.blocks.insert(place, Containing { id, height, sequence });
        }
    }

    /// `koinos.transaction_store.transaction_item`.
    pub(crate) fn to_item(&self) -> Vec<u8> {
        let mut item = Vec::with_capacity(self.transaction.len() + 40 * self.blocks.len() + 8);
        wire::put_message_field(&mut item, TRANSACTION, &self.transaction);
        for block in &self.blocks {
            wire::put_message_field(&mut item, CONTAINING_BLOCKS, &block.id);
        }
        item
    }
}
