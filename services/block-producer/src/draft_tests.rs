use koinos_codec::wire::{put_bytes_field, put_message_field, put_u64_field};
use koinos_testkit::golden;
use proptest::prelude::*;

use super::*;

const TIME: u64 = 1_700_000_000_123;

fn hash(byte: u8) -> Bytes {
    multihash_from_digest(HashCode::Sha2_256, &[byte; 32]).into()
}

fn transaction(name: &[u8], signatures: &[u8]) -> Transaction {
    let mut header = Vec::new();
    put_u64_field(&mut header, 2, 100);
    put_bytes_field(&mut header, 3, name);
    let mut bytes = Vec::new();
    put_bytes_field(&mut bytes, 1, &[b"id", name].concat());
    put_message_field(&mut bytes, 2, &header);
    for letter in signatures {
        put_bytes_field(&mut bytes, 4, &[*letter; 65]);
    }
    Transaction::new(bytes.into())
}

fn draft(transactions: Vec<Transaction>) -> Draft {
    let head = Head { id: hash(7), height: 41, time: TIME - 1, state_merkle_root: hash(9) };
    let mut signer = vec![5; 25];
    signer[0] = 0;
    Draft::new(&head, TIME, signer.into(), vec![hash(1), hash(2)], transactions)
}

fn three() -> Vec<Transaction> {
    vec![transaction(b"a", b"S"), transaction(b"b", b"TU"), transaction(b"c", b"V")]
}

/// Root, id and the sha2-256 of the whole block, computed from the formulas elsewhere.
fn check(draft: &Draft, root: &str, id: &str, block: &str) {
    assert_eq!(hex::encode(&draft.header().transaction_merkle_root), root);
    assert_eq!(hex::encode(draft.id()), id);
    let sealed = draft.seal(b"SIG");
    assert_eq!(hex::encode(&sealed.id), id);
    assert_eq!(hex::encode(koinos_crypto::sha256(&sealed.bytes)), block);
    assert_eq!(SealedBlock::decode(sealed.bytes.clone()), Some(sealed));
}

#[test]
fn roots_ids_and_bytes_are_exact() {
    let mut draft = draft(three());
    check(
        &draft,
        "12202f3a5ec102c89436a534c25bbca01035e105788cfa7606e2cb1d4916072477e6",
        "122070024ff652856702c56ac29d17f42bc9a9132598d84c01daba11fefbb314e375",
        "f19c3da340fcbc5bf403bd88b2a5a2efe44caf64991b5f48cf456acfc782f02b",
    );
    draft.prune(&[1]).unwrap();
    check(
        &draft,
        "1220c9b09aa7ac18e400f8b724e4a9199981d5a259eaa621fdba636e11d90ca79823",
        "12209be2c92f204ec837e9cab47bce463ddad84efc4018b65cf5194b42e8d264a0dc",
        "3b6728a322215dd8b4717596b1cb20ef22645cd275f81dba55df181330cf241e",
    );
    draft.prune(&[0, 1]).unwrap();
    check(
        &draft,
        "1220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "1220dc735b390dc01a969d51c9222489e01ef8b4fa7e0c868447ca8fdef81021bb1d",
        "ac50c852d96a4f88ff54337907ed06c65a0a380e9cfacacbe0ec9aa3fe9ae079",
    );
    assert_eq!(draft.transaction_count(), 0);
}

#[test]
fn a_block_is_not_older_than_its_parent() {
    let head = Head { time: TIME, ..Head::default() };
    let at = |now| Draft::new(&head, now, Bytes::new(), vec![], vec![]).header().timestamp;
    assert_eq!(at(TIME - 5), TIME);
    assert_eq!(at(TIME + 5), TIME + 5);
}

#[test]
fn transactions_that_are_not_there_cannot_be_pruned() {
    let mut draft = draft(three());
    for wrong in [&[3][..], &[0, 7], &[]] {
        let before = draft.clone();
        assert!(draft.prune(wrong).is_err());
        assert_eq!(draft, before);
    }
}

#[test]
fn recorded_blocks_are_made_again() {
    let mut with_transactions = 0;
    for recorded in golden::blocks("core/blocks.jsonl.gz").unwrap() {
        let bytes = recorded.unwrap().block;
        let (id, signature) = (wire::field_bytes(&bytes, 1), wire::field_bytes(&bytes, 4));
        let header = BlockHeader::decode(wire::field_bytes(&bytes, 2)).unwrap();
        if header.encode_to_vec() != wire::field_bytes(&bytes, 2) {
            continue; // a header with fields that no producer writes
        }
        let transactions: Vec<_> = wire::repeated_bytes(&bytes, 3).map(Transaction::new).collect();
        with_transactions += usize::from(!transactions.is_empty());
        let head = Head {
            id: header.previous.clone(),
            height: header.height - 1,
            time: 0,
            state_merkle_root: header.previous_state_merkle_root.clone(),
        };
        let time = header.timestamp;
        let draft = Draft::new(&head, time, header.signer, header.approved_proposals, transactions);
        let sealed = draft.seal(&signature);
        assert_eq!(sealed.id, id);
        assert_eq!(sealed.bytes, bytes);
    }
    assert!(with_transactions > 20, "{with_transactions} blocks with transactions");
}

#[test]
fn a_damaged_block_is_recognised() {
    let sealed = draft(three()).seal(b"SIG");
    assert!(SealedBlock::decode(Bytes::new()).is_none());
    assert!(SealedBlock::decode(sealed.bytes.slice(..sealed.bytes.len() - 1)).is_none());
    let mut wrong = sealed.bytes.to_vec();
    wrong[60] ^= 1;
    assert!(SealedBlock::decode(wrong.into()).is_none());
}

proptest! {
    #[test]
    fn pruning_keeps_the_others_in_order(
        count in 1usize..40,
        failed in prop::collection::btree_set(0u32..40, 1..40),
    ) {
        let all: Vec<_> = (0..count).map(|n| transaction(&[n as u8], b"S")).collect();
        let mut draft = draft(all.clone());
        let indices: Vec<u32> = failed.into_iter().filter(|i| (*i as usize) < count).collect();
        prop_assume!(!indices.is_empty());
        draft.prune(&indices).unwrap();
        let kept: Vec<_> = (0u32..).zip(all).filter(|(i, _)| !indices.contains(i))
            .map(|(_, transaction)| transaction).collect();
        prop_assert_eq!(&draft.transactions, &kept);
        prop_assert_eq!(draft.header().transaction_merkle_root.clone(), merkle_root(&kept));
    }
}
