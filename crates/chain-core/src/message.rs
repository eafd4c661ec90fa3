//! Blocks, transactions and operations beside the canonical bytes they were read from.
//!
//! Ids, merkle leaves and byte sizes are over the reference's re-serialisation of a message, with
//! unknown fields kept. So each message here is a window into one canonical buffer: hashing and
//! storing a header, an operation or a whole block costs no encoding and no copy.

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};
use koinos_codec::{canonical, schema::MessageSchema};

use crate::schemas;

/// A `koinos.protocol.block`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The whole message.
    pub bytes: Bytes,
    /// Block id, a multihash.
    pub id: Bytes,
    /// The header, absent when the message has none.
    pub header: Option<BlockHeader>,
    /// Transactions in order.
    pub transactions: Vec<Transaction>,
    /// The producer's signature data.
    pub signature: Bytes,
}

/// A `koinos.protocol.block_header`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockHeader {
    /// The header message.
    pub bytes: Bytes,
    /// Id of the parent block, a multihash.
    pub previous: Bytes,
    /// Height, 1 for the first block.
    pub height: u64,
    /// Milliseconds since the Unix epoch.
    pub timestamp: u64,
    /// State merkle root after the parent block, a multihash.
    pub previous_state_merkle_root: Bytes,
    /// Root over transaction headers and signatures, a multihash.
    pub transaction_merkle_root: Bytes,
    /// Address of the producer.
    pub signer: Bytes,
}

/// A `koinos.protocol.transaction`.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// The whole message.
    pub bytes: Bytes,
    /// Transaction id, a multihash.
    pub id: Bytes,
    /// The header, absent when the message has none.
    pub header: Option<TransactionHeader>,
    /// The operation messages in order.
    pub operations: Vec<Operation>,
    /// Signatures in order.
    pub signatures: Vec<Bytes>,
}

/// A `koinos.protocol.transaction_header`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransactionHeader {
    /// The header message.
    pub bytes: Bytes,
    /// Chain id, a multihash.
    pub chain_id: Bytes,
    /// The most rc the payer gives.
    pub rc_limit: u64,
    /// Serialised `koinos.chain.value_type`, stored as given.
    pub nonce: Bytes,
    /// Root over the operations, a multihash.
    pub operation_merkle_root: Bytes,
    /// Address that pays.
    pub payer: Bytes,
    /// Address whose nonce is used, when it is not the payer's.
    pub payee: Bytes,
}

/// A `koinos.protocol.operation`.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The whole message.
    pub bytes: Bytes,
    /// What to do; `None` for an operation without a known kind.
    pub kind: Option<OperationKind>,
}

/// The kinds of operation, each with its own message.
#[derive(Clone, Debug, PartialEq)]
pub enum OperationKind {
    /// `upload_contract_operation`
    UploadContract(Bytes),
    /// `call_contract_operation`
    CallContract(Bytes),
    /// `set_system_call_operation`
    SetSystemCall(Bytes),
    /// `set_system_contract_operation`
    SetSystemContract(Bytes),
}

/// The request could not be read as a protobuf message.
#[derive(Debug, thiserror::Error)]
#[error("{what} is not a valid protobuf message")]
pub struct DecodeError {
    what: &'static str,
    #[source]
    source: koinos_codec::canonical::DecodeFault,
}

/// Canonical form of `bytes`, without a copy when they are canonical already.
fn canonical_bytes(
    bytes: Bytes,
    schema: &'static MessageSchema,
    what: &'static str,
) -> Result<Bytes, DecodeError> {
    let rewritten = match canonical::canonicalize(schema, &bytes) {
        Ok(std::borrow::Cow::Borrowed(_)) => None,
        Ok(std::borrow::Cow::Owned(canonical)) => Some(Bytes::from(canonical)),
        Err(source) => return Err(DecodeError { what, source }),
    };
    Ok(rewritten.unwrap_or(bytes))
}

impl Block {
    /// Reads a block in any wire form, as the reference parses a request.
    pub fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
        Ok(Self::from_canonical(canonical_bytes(bytes, schemas::block(), "block")?))
    }

    /// Reads a block from bytes that are known to be canonical.
    pub fn from_canonical(bytes: Bytes) -> Self {
        Self {
            id: wire::field_bytes(&bytes, 1),
            header: wire::message_bytes(&bytes, 2).map(BlockHeader::from_canonical),
            transactions: wire::repeated_bytes(&bytes, 3)
                .map(Transaction::from_canonical)
                .collect(),
            signature: wire::field_bytes(&bytes, 4),
            bytes,
        }
    }

    /// The header; an empty one when there is none, as an unset message field reads.
    pub fn header_or_default(&self) -> BlockHeader {
        self.header.clone().unwrap_or_default()
    }

    /// Height of the header, 0 without one.
    pub fn height(&self) -> u64 {
        self.header.as_ref().map_or(0, |header| header.height)
    }

    /// Timestamp of the header, 0 without one.
    pub fn timestamp(&self) -> u64 {
        self.header.as_ref().map_or(0, |header| header.timestamp)
    }
}

impl BlockHeader {
    fn from_canonical(bytes: Bytes) -> Self {
        let message = Reader::new(&bytes);
        Self {
            previous: wire::field_bytes(&bytes, 1),
            height: message.u64(2),
            timestamp: message.u64(3),
            previous_state_merkle_root: wire::field_bytes(&bytes, 4),
            transaction_merkle_root: wire::field_bytes(&bytes, 5),
            signer: wire::field_bytes(&bytes, 6),
            bytes,
        }
    }
}

impl Transaction {
    /// Reads a transaction in any wire form, as the reference parses a request.
    pub fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
        let bytes = canonical_bytes(bytes, schemas::transaction(), "transaction")?;
        Ok(Self::from_canonical(bytes))
    }

    /// Reads a transaction from bytes that are known to be canonical.
    pub fn from_canonical(bytes: Bytes) -> Self {
        Self {
            id: wire::field_bytes(&bytes, 1),
            header: wire::message_bytes(&bytes, 2).map(TransactionHeader::from_canonical),
            operations: wire::repeated_bytes(&bytes, 3).map(Operation::from_canonical).collect(),
            signatures: wire::repeated_bytes(&bytes, 4).collect(),
            bytes,
        }
    }

    /// The header; an empty one when there is none, as an unset message field reads.
    pub fn header_or_default(&self) -> TransactionHeader {
        self.header.clone().unwrap_or_default()
    }
}

impl TransactionHeader {
    fn from_canonical(bytes: Bytes) -> Self {
        Self {
            chain_id: wire::field_bytes(&bytes, 1),
            rc_limit: Reader::new(&bytes).u64(2),
            nonce: wire::field_bytes(&bytes, 3),
            operation_merkle_root: wire::field_bytes(&bytes, 4),
            payer: wire::field_bytes(&bytes, 5),
            payee: wire::field_bytes(&bytes, 6),
            bytes,
        }
    }
}

impl Operation {
    fn from_canonical(bytes: Bytes) -> Self {
        let kind = [
            OperationKind::UploadContract as fn(Bytes) -> OperationKind,
            OperationKind::CallContract,
            OperationKind::SetSystemCall,
            OperationKind::SetSystemContract,
        ]
        .into_iter()
        .zip(1..)
        .find_map(|(kind, number)| wire::message_bytes(&bytes, number).map(kind));
        Self { bytes, kind }
    }
}
