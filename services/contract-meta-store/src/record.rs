//! The upload of a contract.

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};
use koinos_index::SourceBlock;
use prost::Message;

/// Fields of `koinos.protocol.transaction`, `operation`, `upload_contract_operation` and
/// `transaction_receipt`.
const ID: u32 = 1;
const OPERATIONS: u32 = 3;
const UPLOAD_CONTRACT: u32 = 1;
const CONTRACT_ID: u32 = 1;
const ABI: u32 = 3;
const REVERTED: u32 = 9;

/// An upload of a contract, as it is stored.
#[derive(Clone, PartialEq, Message)]
pub struct Upload {
    /// Text, of JSON if the uploader meant it well; may be empty.
    #[prost(bytes = "bytes", tag = "1")]
    pub abi: Bytes,
    /// The block.
    #[prost(bytes = "bytes", tag = "2")]
    pub block_id: Bytes,
    /// Its height.
    #[prost(uint64, tag = "3")]
    pub height: u64,
    /// The transaction.
    #[prost(bytes = "bytes", tag = "4")]
    pub transaction_id: Bytes,
    /// Whether the transaction was reverted.
    #[prost(bool, tag = "5")]
    pub reverted: bool,
}

/// The uploads of a block, in their order.
#[derive(Clone, PartialEq, Message)]
pub struct Uploads {
    #[prost(message, repeated, tag = "1")]
    pub(crate) list: Vec<OfContract>,
}

/// An upload, and of which contract.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct OfContract {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) contract: Bytes,
    #[prost(message, required, tag = "2")]
    pub(crate) upload: Upload,
}

/// The uploads of a block.
pub(crate) fn uploads(block: &SourceBlock) -> Uploads {
    let mut list = Vec::new();
    for (transaction, receipt) in block.transactions_with_receipts() {
        for operation in wire::repeated_bytes(&transaction, OPERATIONS) {
            let Some(upload) = wire::message_bytes(&operation, UPLOAD_CONTRACT) else { continue };
            let contract = wire::field_bytes(&upload, CONTRACT_ID);
            let abi = wire::field_bytes(&upload, ABI);
            // The original can neither store an empty key nor read a text that is none.
            if contract.is_empty() || std::str::from_utf8(&abi).is_err() {
                continue;
            }
            let upload = Upload {
                abi,
                block_id: block.topology.id.clone(),
                height: block.topology.height,
                transaction_id: wire::field_bytes(&transaction, ID),
                reverted: Reader::new(&receipt).bool(REVERTED),
            };
            list.push(OfContract { contract, upload });
        }
    }
    Uploads { list }
}
