//! What the tests of all indexes share: blocks, a chain with branches, and the services that tell of
//! it.
#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may")]

pub mod large;
pub mod node;
pub mod scenarios;
pub mod tree;
pub mod world;

use bytes::Bytes;
use koinos_codec::wire;
use koinos_index::SourceBlock;
use koinos_proto::BlockTopology;
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::protocol::{
    Block, BlockHeader, BlockReceipt, EventData, Transaction, TransactionReceipt,
};
use prost::Message;

/// An id made of a name.
pub fn id(name: &str) -> Bytes {
    let mut id = vec![0x12, 0x20];
    id.extend_from_slice(name.as_bytes());
    id.resize(34, 0);
    id.into()
}

/// The state before the first block.
pub fn genesis() -> BlockTopology {
    BlockTopology { id: id(""), ..Default::default() }
}

/// A transaction and what came of it.
pub type Content = (Transaction, TransactionReceipt);

/// A transaction called `name` without any content.
pub fn transaction(name: &str) -> Content {
    let transaction = Transaction { id: id(name), ..Default::default() };
    (transaction, TransactionReceipt { id: id(name), ..Default::default() })
}

/// An event from `source` that names `impacted`.
pub fn event(source: &str, impacted: &[&str]) -> EventData {
    let impacted = impacted.iter().map(|name| Bytes::copy_from_slice(name.as_bytes())).collect();
    EventData { source: Bytes::copy_from_slice(source.as_bytes()), impacted, ..Default::default() }
}

/// A block called `name` on `parent`, signed by `signer`, as it is broadcast.
pub fn block(
    parent: &BlockTopology,
    name: &str,
    signer: &str,
    content: &[Content],
) -> BlockAccepted {
    let header = BlockHeader {
        previous: parent.id.clone(),
        height: parent.height + 1,
        signer: Bytes::copy_from_slice(signer.as_bytes()),
        ..Default::default()
    };
    let (transactions, transaction_receipts) = content.iter().cloned().unzip();
    let block = Block { id: id(name), header: Some(header), transactions, ..Default::default() };
    let receipt = BlockReceipt {
        id: id(name),
        height: parent.height + 1,
        transaction_receipts,
        ..Default::default()
    };
    BlockAccepted { block: Some(block), receipt: Some(receipt), live: true, head: true }
}

pub fn topology(accepted: &BlockAccepted) -> BlockTopology {
    source(accepted).topology
}

/// As the index gets it.
pub fn source(accepted: &BlockAccepted) -> SourceBlock {
    SourceBlock::from_accepted(&accepted.encode_to_vec().into()).unwrap()
}

/// A field of a message that this version does not know.
pub fn with_unknown_field(message: &impl Message) -> Vec<u8> {
    let mut bytes = message.encode_to_vec();
    wire::put_bytes_field(&mut bytes, 15_000, b"of the future");
    bytes
}
