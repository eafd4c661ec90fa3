//! Transactions: header, operations, merkle root, id and signatures.

use bytes::Bytes;
use koinos_codec::Multihash;
use koinos_crypto::{HashCode, MerkleBuilder, SecretKey, multihash, multihash_from_digest, sign};
use koinos_proto::chain::{ValueType, value_type::Kind};
use koinos_proto::protocol::operation::Op;
use koinos_proto::protocol::{
    CallContractOperation, Operation, Transaction, TransactionHeader, UploadContractOperation,
};
use prost::Message;

use crate::{Error, Result};

/// The hash function of ids, as on every network there is.
const HASH: HashCode = HashCode::Sha2_256;

/// What a transaction is made from. [`Draft::sign`] gives the transaction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// The chain it is meant for, a multihash.
    pub chain_id: Bytes,
    /// One more than the last nonce of the account (payee if there is one, else payer).
    pub nonce: u64,
    /// The most resource credits it may use.
    pub rc_limit: u64,
    /// The address whose resource credits are used, 25 bytes.
    pub payer: Bytes,
    /// The address whose nonce is used when it is not the payer; else empty.
    pub payee: Bytes,
    /// What it does.
    pub operations: Vec<Operation>,
}

impl Draft {
    /// The transaction with its merkle root and id, without signatures.
    pub fn seal(self) -> Transaction {
        let header = TransactionHeader {
            chain_id: self.chain_id,
            rc_limit: self.rc_limit,
            nonce: nonce(self.nonce),
            operation_merkle_root: Bytes::new(),
            payer: self.payer,
            payee: self.payee,
        };
        let mut transaction =
            Transaction { header: Some(header), operations: self.operations, ..Default::default() };
        seal(&mut transaction);
        transaction
    }

    /// The transaction, signed with `keys`: the payer's first.
    ///
    /// # Errors
    /// [`Error::Signature`] (never seen).
    pub fn sign(self, keys: &[&SecretKey]) -> Result<Transaction> {
        let mut transaction = self.seal();
        keys.iter().try_for_each(|key| add_signature(&mut transaction, key))?;
        Ok(transaction)
    }
}

/// The header's form of a nonce: a serialised `koinos.chain.value_type`.
pub fn nonce(value: u64) -> Bytes {
    ValueType { kind: Some(Kind::Uint64Value(value)) }.encode_to_vec().into()
}

/// The number in a nonce as the chain gives it; `None` when it is something else.
pub fn nonce_value(nonce: &[u8]) -> Option<u64> {
    match ValueType::decode(nonce).ok()?.kind? {
        Kind::Uint64Value(value) => Some(value),
        _ => None,
    }
}

/// The merkle root of operations, a multihash.
pub fn operation_merkle_root(operations: &[Operation]) -> Vec<u8> {
    let mut tree = MerkleBuilder::new(HASH);
    operations.iter().for_each(|operation| tree.push_hash_of(&operation.encode_to_vec()));
    multihash_from_digest(HASH, &tree.finish())
}

/// Sets merkle root and id from what the transaction holds, and drops signatures that were made over
/// another id.
pub fn seal(transaction: &mut Transaction) {
    let root = operation_merkle_root(&transaction.operations);
    let header = transaction.header.get_or_insert_default();
    header.operation_merkle_root = root.into();
    let id: Bytes = multihash(HASH, &header.encode_to_vec()).into();
    if transaction.id != id {
        transaction.id = id;
        transaction.signatures.clear();
    }
}

/// Adds the signature of `key` over the id.
///
/// # Errors
/// [`Error::Unsealed`] without an id, [`Error::Signature`] (never seen).
pub fn add_signature(transaction: &mut Transaction, key: &SecretKey) -> Result<()> {
    let digest = Multihash::decode(&transaction.id).map_err(|_| Error::Unsealed)?.digest;
    let digest: [u8; 32] = digest[..].try_into().map_err(|_| Error::Unsealed)?;
    let signature = sign(&digest, key).map_err(Error::Signature)?;
    transaction.signatures.push(Bytes::copy_from_slice(&signature));
    Ok(())
}

/// The operation that calls a contract.
pub fn call_contract(contract: Bytes, entry_point: u32, args: Bytes) -> Operation {
    let call = CallContractOperation { contract_id: contract, entry_point, args };
    Operation { op: Some(Op::CallContract(call)) }
}

/// The operation that uploads a contract; `abi` may be empty.
pub fn upload_contract(contract: Bytes, bytecode: Bytes, abi: String) -> Operation {
    let upload =
        UploadContractOperation { contract_id: contract, bytecode, abi, ..Default::default() };
    Operation { op: Some(Op::UploadContract(upload)) }
}

#[cfg(test)]
mod tests {
    use koinos_crypto::recover;
    use koinos_proto::protocol::Block;
    use koinos_testkit::golden;

    use super::*;

    /// Transactions that the original accepted are rebuilt from their content alone.
    #[test]
    fn recorded_transactions_come_out_the_same() {
        let mut seen = 0;
        for block in golden::blocks("core/blocks.jsonl.gz").unwrap() {
            let block = Block::decode(block.unwrap().block).unwrap();
            for recorded in block.transactions {
                let mut made = recorded.clone();
                // Some were recorded with fields that this version does not know.
                if multihash(HASH, &made.header.as_ref().unwrap().encode_to_vec()) != recorded.id {
                    continue;
                }
                made.id.clear();
                made.header.as_mut().unwrap().operation_merkle_root.clear();
                seal(&mut made);
                assert_eq!((&made.id, &made.header), (&recorded.id, &recorded.header));
                assert!(made.signatures.is_empty());
                seen += 1;
            }
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn a_draft_is_signed_by_its_keys() {
        let keys = ["payer", "contract"].map(|seed| SecretKey::from_seed(seed).unwrap());
        let address = |key: &SecretKey| Bytes::copy_from_slice(key.public_key().address().as_ref());
        let draft = Draft {
            chain_id: Bytes::from_static(b"chain"),
            nonce: 7,
            rc_limit: 1_000,
            payer: address(&keys[0]),
            operations: vec![
                upload_contract(address(&keys[1]), Bytes::from_static(b"\0asm"), String::new()),
                call_contract(address(&keys[1]), 1, Bytes::new()),
            ],
            ..Default::default()
        };
        let transaction = draft.clone().sign(&[&keys[0], &keys[1]]).unwrap();
        let digest = Multihash::decode(&transaction.id).unwrap().digest;
        let signers: Vec<_> = transaction
            .signatures
            .iter()
            .map(|signature| recover(&digest, signature).unwrap().address())
            .collect();
        assert_eq!(signers, keys.map(|key| key.public_key().address()));
        assert_eq!(nonce_value(&transaction.header.unwrap().nonce), Some(7));

        let other = Draft { nonce: 8, ..draft }.seal();
        assert_ne!(other.id, transaction.id);
    }

    #[test]
    fn nonces_are_written_even_when_zero() {
        assert_eq!(nonce(0)[..], [0x28, 0]);
        assert_eq!(nonce_value(&nonce(u64::MAX)), Some(u64::MAX));
        assert_eq!(nonce_value(b""), None);
        assert_eq!(nonce_value(&[0xff]), None);
    }

    #[test]
    fn sealing_again_keeps_signatures_that_still_hold() {
        let key = SecretKey::from_seed("again").unwrap();
        let mut transaction = Draft::default().sign(&[&key]).unwrap();
        seal(&mut transaction);
        assert_eq!(transaction.signatures.len(), 1);
        transaction.header.as_mut().unwrap().rc_limit = 1;
        seal(&mut transaction);
        assert!(transaction.signatures.is_empty());
        assert!(matches!(add_signature(&mut Transaction::default(), &key), Err(Error::Unsealed)));
    }
}
