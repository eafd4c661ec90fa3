//! Broadcasts: what is read from those of the chain, and what is told to others.

use bytes::Bytes;
use koinos_codec::wire;
use koinos_fork_choice::BlockInfo;
use koinos_proto::BlockTopology;
use koinos_proto::broadcast::{BlockIrreversible, TransactionAccepted, TransactionFailed};
use koinos_proto::chain::{ValueType, value_type::Kind};
use koinos_rpc::partial;
use prost::Message;

use crate::error::BroadcastError;
use crate::pool::Transaction;
use crate::tree::Block;

/// Fields of transaction and receipt, in `transaction_accepted` as in `mempool_accepted`, and of
/// the transaction in `pending_transaction`.
const TRANSACTION: u32 = 1;
const RECEIPT: u32 = 2;

/// A transaction that the chain has accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// It, as the pool wants it.
    pub transaction: Transaction,
    /// What its payer has by the chain.
    pub max_payer_rc: u64,
    height: u64,
    /// Transaction and receipt as they came, serialised.
    parts: [Bytes; 2],
}

impl Accepted {
    /// Reads `koinos.broadcast.transaction_accepted`.
    ///
    /// # Errors
    /// When it cannot be read or has no transaction.
    pub fn read(payload: &Bytes) -> Result<Self, BroadcastError> {
        let message = TransactionAccepted::decode(payload.clone())?;
        let transaction =
            message.transaction.as_ref().ok_or(BroadcastError::Missing("transaction"))?;
        let header = transaction.header.as_ref().ok_or(BroadcastError::Missing("header"))?;
        // Taken over as they are: what this version does not know must not get lost.
        let parts = [TRANSACTION, RECEIPT].map(|field| wire::field_bytes(payload, field));
        let payee = (!header.payee.is_empty()).then_some(&header.payee);
        Ok(Self {
            transaction: Transaction {
                id: detached(&transaction.id),
                payer: detached(&header.payer),
                account: detached(payee.unwrap_or(&header.payer)),
                nonce: nonce_value(&header.nonce),
                rc_limit: header.rc_limit,
                pending: pending_transaction(&message, &parts[0]),
            },
            max_payer_rc: message.receipt.map_or(0, |receipt| receipt.max_payer_rc),
            height: message.height,
            parts,
        })
    }

    /// The serialised `koinos.broadcast.mempool_accepted`.
    pub fn to_broadcast(&self, pending_rc_used: u64) -> Bytes {
        let [transaction, receipt] = &self.parts;
        let mut out = Vec::with_capacity(transaction.len() + receipt.len() + 32);
        wire::put_message_field(&mut out, TRANSACTION, transaction);
        wire::put_message_field(&mut out, RECEIPT, receipt);
        wire::put_u64_field(&mut out, 3, self.height);
        wire::put_u64_field(&mut out, 4, pending_rc_used);
        out.into()
    }
}

/// A copy that does not keep the message alive that it came in.
fn detached(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

/// The serialised `koinos.mempool.pending_transaction`.
fn pending_transaction(message: &TransactionAccepted, transaction: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(transaction.len() + 64);
    wire::put_message_field(&mut out, TRANSACTION, transaction);
    if let Some(receipt) = &message.receipt {
        wire::put_u64_field(&mut out, 2, receipt.disk_storage_used);
        wire::put_u64_field(&mut out, 3, receipt.network_bandwidth_used);
        wire::put_u64_field(&mut out, 4, receipt.compute_bandwidth_used);
    }
    wire::put_u64_field(&mut out, 5, message.system_disk_storage_used);
    wire::put_u64_field(&mut out, 6, message.system_network_bandwidth_used);
    wire::put_u64_field(&mut out, 7, message.system_compute_bandwidth_used);
    out.shrink_to_fit();
    out.into()
}

/// The number in a serialised `koinos.chain.value_type`. By the protocol everything that is no
/// uint64 counts as 0.
pub fn nonce_value(nonce: &[u8]) -> u64 {
    match ValueType::decode(nonce) {
        Ok(ValueType { kind: Some(Kind::Uint64Value(value)) }) => value,
        _ => 0,
    }
}

/// The serialised `koinos.chain.value_type` of a nonce.
pub fn nonce_bytes(nonce: u64) -> Bytes {
    ValueType { kind: Some(Kind::Uint64Value(nonce)) }.encode_to_vec().into()
}

/// Reads `koinos.broadcast.block_accepted`: the block, and whether it is of these days. What the
/// block did is not looked at.
///
/// # Errors
/// When it cannot be read or names no block.
pub fn read_block_accepted(payload: &Bytes) -> Result<(Block, bool), BroadcastError> {
    let message = partial::BlockAccepted::decode(payload.clone())?;
    let block = message.block.ok_or(BroadcastError::Missing("block"))?;
    Ok((Block::try_from(block)?, message.live))
}

/// Reads `koinos.broadcast.block_irreversible`.
///
/// # Errors
/// When it cannot be read or names no block.
pub fn read_irreversible(payload: &Bytes) -> Result<BlockTopology, BroadcastError> {
    let message = BlockIrreversible::decode(payload.clone())?;
    message.topology.ok_or(BroadcastError::Missing("block"))
}

/// Reads `koinos.broadcast.transaction_failed`: the transaction's id.
///
/// # Errors
/// When it cannot be read.
pub fn read_transaction_failed(payload: &Bytes) -> Result<Bytes, BroadcastError> {
    Ok(TransactionFailed::decode(payload.clone())?.id)
}

impl TryFrom<partial::Block> for Block {
    type Error = BroadcastError;

    fn try_from(block: partial::Block) -> Result<Self, BroadcastError> {
        let header = block.header.ok_or(BroadcastError::Missing("block header"))?;
        if block.id.is_empty() {
            return Err(BroadcastError::Missing("block id"));
        }
        Ok(Self {
            info: BlockInfo {
                id: block.id.into(),
                previous: header.previous.into(),
                height: header.height,
                timestamp: header.timestamp,
                signer: header.signer.into(),
            },
            transactions: block.transactions.into_iter().map(|one| one.id.into()).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koinos_proto::broadcast::MempoolAccepted;
    use koinos_proto::mempool::PendingTransaction;
    use koinos_proto::protocol::{Transaction, TransactionHeader, TransactionReceipt};
    use koinos_testkit::memory::{self, Counting};

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    fn message() -> TransactionAccepted {
        let header = TransactionHeader {
            rc_limit: 50,
            nonce: nonce_bytes(7),
            payer: Bytes::from_static(b"payer"),
            ..Default::default()
        };
        TransactionAccepted {
            transaction: Some(Transaction {
                id: Bytes::from_static(b"id"),
                header: Some(header),
                ..Default::default()
            }),
            receipt: Some(TransactionReceipt {
                max_payer_rc: 1_000,
                disk_storage_used: 1,
                network_bandwidth_used: 2,
                compute_bandwidth_used: 3,
                ..Default::default()
            }),
            height: 9,
            system_disk_storage_used: 4,
            system_network_bandwidth_used: 5,
            system_compute_bandwidth_used: 6,
        }
    }

    #[test]
    fn a_transaction_is_kept_and_told_of_with_all_its_figures() {
        let message = message();
        let accepted = Accepted::read(&message.encode_to_vec().into()).unwrap();
        assert_eq!((accepted.transaction.nonce, accepted.max_payer_rc), (7, 1_000));
        assert_eq!(accepted.transaction.account, "payer");
        let pending = PendingTransaction {
            transaction: message.transaction.clone(),
            disk_storage_used: 1,
            network_bandwidth_used: 2,
            compute_bandwidth_used: 3,
            system_disk_storage_used: 4,
            system_network_bandwidth_used: 5,
            system_compute_bandwidth_used: 6,
        };
        assert_eq!(accepted.transaction.pending, pending.encode_to_vec());
        let told = MempoolAccepted {
            transaction: message.transaction,
            receipt: message.receipt,
            height: 9,
            pending_rc_used: 50,
        };
        assert_eq!(accepted.to_broadcast(50), told.encode_to_vec());
    }

    #[test]
    fn the_payee_is_the_account_of_the_nonce() {
        let mut message = message();
        let header = message.transaction.as_mut().unwrap().header.as_mut().unwrap();
        header.payee = Bytes::from_static(b"payee");
        let accepted = Accepted::read(&message.encode_to_vec().into()).unwrap();
        assert_eq!(accepted.transaction.account, "payee");
        assert_eq!(accepted.transaction.payer, "payer");
    }

    #[test]
    fn unknown_fields_of_a_transaction_survive() {
        let mut transaction = message().transaction.unwrap().encode_to_vec();
        wire::put_bytes_field(&mut transaction, 99, b"of a later version");
        let mut payload = Vec::new();
        wire::put_message_field(&mut payload, 1, &transaction);
        let accepted = Accepted::read(&payload.into()).unwrap();
        assert_eq!(wire::field_bytes(&accepted.transaction.pending, 1), transaction);
        // Without a receipt it is told of with an empty one.
        assert!(accepted.to_broadcast(0).ends_with(&[0x12, 0x00]));
    }

    #[test]
    fn nonces_that_are_no_uint64_count_as_zero() {
        assert_eq!(nonce_value(&nonce_bytes(u64::MAX)), u64::MAX);
        assert_eq!(nonce_value(&nonce_bytes(0)), 0);
        let text = ValueType { kind: Some(Kind::StringValue("7".to_owned())) }.encode_to_vec();
        for nonce in [&text[..], b"", b"\xff"] {
            assert_eq!(nonce_value(nonce), 0);
        }
    }

    #[test]
    fn broadcasts_without_what_they_should_name_are_refused() {
        let nothing = Bytes::new();
        for error in [
            Accepted::read(&nothing).err(),
            read_block_accepted(&nothing).err(),
            read_irreversible(&nothing).err(),
            Accepted::read(&Bytes::from_static(b"\xff")).err(),
        ] {
            assert!(error.is_some());
        }
        let block = partial::Block { header: Some(Default::default()), ..Default::default() };
        assert!(Block::try_from(block).is_err());
    }

    /// The receipt of a block with many transactions has more than 64 MiB.
    #[test]
    fn a_block_is_followed_without_its_receipt() {
        let transaction = |number: u32| Transaction {
            id: Bytes::copy_from_slice(&[&[0; 30], &number.to_be_bytes()[..]].concat()),
            ..Default::default()
        };
        let block = koinos_proto::protocol::Block {
            id: Bytes::from_static(b"id"),
            header: Some(Default::default()),
            transactions: (0..640).map(transaction).collect(),
            ..Default::default()
        };
        let mut payload = Vec::new();
        wire::put_message_field(&mut payload, 1, &block.encode_to_vec());
        let mut receipt = Vec::new();
        wire::put_message_field(&mut receipt, 8, &vec![0xff; 64 << 20]);
        wire::put_message_field(&mut payload, 2, &receipt);
        let payload = Bytes::from(payload);
        let ((block, live), allocated) =
            memory::allocated(|| read_block_accepted(&payload).unwrap());
        assert_eq!((block.transactions.len(), live), (640, false));
        assert!(allocated < 256 << 10, "{allocated} bytes");
        assert!(payload.try_into_mut().is_ok(), "the block keeps the broadcast in memory");
    }
}
