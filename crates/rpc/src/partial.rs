//! Large messages, read in part.
//!
//! A receipt grows with the square of its block's transactions: that of 640 transfers has more than
//! 64 MiB, of which most readers of the broadcast want a few dozen bytes. The types here declare
//! just the fields that are wanted. The decoder steps over all others without looking into them,
//! and what it does read is copied out, so that nothing keeps the message in memory.
//!
//! What is stepped over is not checked: a fault in a receipt does not hide its block.

use koinos_proto::protocol;
use prost::Message;

/// `koinos.broadcast.block_accepted`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct BlockAccepted {
    /// The block.
    #[prost(message, optional, tag = "1")]
    pub block: Option<Block>,
    /// What came of it.
    #[prost(message, optional, tag = "2")]
    pub receipt: Option<BlockReceipt>,
    /// Whether it is of now, rather than of the past while the node catches up.
    #[prost(bool, tag = "3")]
    pub live: bool,
    /// Whether it is the head.
    #[prost(bool, tag = "4")]
    pub head: bool,
}

/// `koinos.protocol.block` without what its transactions do.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Block {
    /// Its id, a multihash.
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
    /// Where it stands.
    #[prost(message, optional, tag = "2")]
    pub header: Option<BlockHeader>,
    /// Its transactions in their order.
    #[prost(message, repeated, tag = "3")]
    pub transactions: Vec<Transaction>,
}

/// `koinos.protocol.block_header` as far as it says where a block stands and whose it is.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct BlockHeader {
    /// The id of the parent.
    #[prost(bytes = "vec", tag = "1")]
    pub previous: Vec<u8>,
    /// The parent's height and one more.
    #[prost(uint64, tag = "2")]
    pub height: u64,
    /// Milliseconds since the Unix epoch.
    #[prost(uint64, tag = "3")]
    pub timestamp: u64,
    /// The address of the producer.
    #[prost(bytes = "vec", tag = "6")]
    pub signer: Vec<u8>,
}

/// The id alone of a `koinos.protocol.transaction`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Transaction {
    /// A multihash.
    #[prost(bytes = "vec", tag = "1")]
    pub id: Vec<u8>,
}

/// `koinos.protocol.block_receipt` without what happened in the block.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct BlockReceipt {
    /// The root of the state after the block, a multihash. Empty from the original chain up to 1.4.
    #[prost(bytes = "vec", tag = "6")]
    pub state_merkle_root: Vec<u8>,
}

impl From<&protocol::Block> for Block {
    fn from(block: &protocol::Block) -> Self {
        let header = |header: &protocol::BlockHeader| BlockHeader {
            previous: header.previous.to_vec(),
            height: header.height,
            timestamp: header.timestamp,
            signer: header.signer.to_vec(),
        };
        let transactions = block.transactions.iter();
        Self {
            id: block.id.to_vec(),
            header: block.header.as_ref().map(header),
            transactions: transactions.map(|one| Transaction { id: one.id.to_vec() }).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use koinos_proto::broadcast;
    use koinos_testkit::memory::{self, Counting};

    use super::*;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    fn whole(events: usize, data: usize) -> broadcast::BlockAccepted {
        let transaction = |number: u8| protocol::Transaction {
            id: vec![number; 34].into(),
            signatures: vec![vec![1; 65].into()],
            ..Default::default()
        };
        let block = protocol::Block {
            id: vec![9; 34].into(),
            header: Some(protocol::BlockHeader {
                previous: vec![8; 34].into(),
                height: 7,
                timestamp: 70,
                signer: vec![0; 25].into(),
                approved_proposals: vec![vec![3; 34].into()],
                ..Default::default()
            }),
            transactions: vec![transaction(1), transaction(2)],
            signature: vec![5; 65].into(),
        };
        let event = protocol::EventData { data: vec![7; data].into(), ..Default::default() };
        let receipt = protocol::BlockReceipt {
            id: block.id.clone(),
            height: 7,
            state_merkle_root: vec![6; 34].into(),
            events: vec![event; events],
            ..Default::default()
        };
        let (block, receipt) = (Some(block), Some(receipt));
        broadcast::BlockAccepted { block, receipt, live: true, head: true }
    }

    #[test]
    fn what_is_declared_is_read() {
        let read = BlockAccepted::decode(&*whole(3, 10).encode_to_vec()).unwrap();
        assert!(read.live && read.head);
        assert_eq!(read.receipt.unwrap().state_merkle_root, [6; 34]);
        let block = read.block.unwrap();
        assert_eq!(block, Block::from(whole(0, 0).block.as_ref().unwrap()));
        let ids: Vec<_> =
            block.transactions.iter().map(|transaction| &transaction.id[..]).collect();
        assert_eq!((&block.id[..], ids), (&[9; 34][..], vec![&[1; 34][..], &[2; 34]]));
        let header = block.header.unwrap();
        assert_eq!((header.height, header.timestamp), (7, 70));
        assert_eq!((&header.previous[..], &header.signer[..]), (&[8; 34][..], &[0; 25][..]));
    }

    #[test]
    fn a_large_receipt_costs_nothing() {
        let large = Bytes::from(whole(64 << 10, 1 << 10).encode_to_vec());
        assert!(large.len() > 64 << 20);
        let (read, allocated) = memory::allocated(|| BlockAccepted::decode(large.clone()).unwrap());
        assert_eq!(read.block.unwrap().transactions.len(), 2);
        assert!(allocated < 4_096, "{allocated} bytes");
        assert!(large.try_into_mut().is_ok(), "something keeps the message");
    }

    #[test]
    fn a_fault_in_a_receipt_does_not_hide_its_block() {
        let mut receipt = protocol::BlockReceipt::default().encode_to_vec();
        // An event that is none.
        prost::encoding::bytes::encode(7, &vec![0xff], &mut receipt);
        let mut message = whole(0, 0);
        message.receipt = None;
        let mut message = message.encode_to_vec();
        prost::encoding::bytes::encode(2, &receipt, &mut message);
        assert!(broadcast::BlockAccepted::decode(&*message).is_err());
        assert!(BlockAccepted::decode(&*message).unwrap().block.is_some());
        assert!(BlockAccepted::decode(&message[..message.len() - 1]).is_err(), "cut off");
    }
}
