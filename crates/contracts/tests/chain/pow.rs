//! Proof of work: which blocks are accepted, and how the difficulty follows them.

use bytes::Bytes;
use koinos_chain_core::Fault;
use koinos_contracts::ProofOfWork;
use koinos_crypto::sha256;
use koinos_proto::chain::ProcessBlockSignatureArguments;
use koinos_proto::contracts::pow::{
    DifficultyMetadata, GetDifficultyMetadataArguments, GetDifficultyMetadataResult,
    PowSignatureData,
};
use koinos_proto::protocol::{self, BlockReceipt};
use prost::Message;

use crate::support::{Chain, INTERVAL, START, addresses, call, digest_of, key, sign, system, text};

const DIFFICULTY: u128 = 3_200;

fn chain(difficulty: u128) -> Chain {
    let block_interval_ms = INTERVAL as u32;
    let network = ProofOfWork { system: system(), block_interval_ms, difficulty, start_ms: START };
    Chain::new(&network.genesis().unwrap().build())
}

fn metadata(chain: &Chain) -> DifficultyMetadata {
    let arguments = GetDifficultyMetadataArguments {};
    let result: GetDifficultyMetadataResult =
        chain.read(addresses().pow, "get_difficulty", &arguments);
    result.value.unwrap()
}

fn difficulty(chain: &Chain) -> u128 {
    u128::from_be_bytes(metadata(chain).difficulty[..].try_into().unwrap())
}

/// The first nonce that meets the target, or misses it.
fn nonce(id: &[u8], target: &[u8], meets: bool) -> Bytes {
    let nonces = (0u64..).map(|number| [&[0; 24], &number.to_be_bytes()[..]].concat());
    let mut found = nonces.filter(|nonce| (sha256(&[nonce, id].concat())[..] <= *target) == meets);
    found.next().unwrap().into()
}

/// Submits the next block of `signer` at `chain.time`, after `change` had its way with the proof.
fn submit(
    chain: &Chain,
    signer: &str,
    meets: bool,
    change: impl FnOnce(&mut PowSignatureData),
) -> Result<BlockReceipt, Fault> {
    let header = chain.header(signer, &[]);
    let id = digest_of(&header);
    let mut proof = PowSignatureData {
        nonce: nonce(&id, &metadata(chain).target, meets),
        recoverable_signature: sign(&id, &key(signer)),
    };
    change(&mut proof);
    let signature = proof.encode_to_vec().into();
    chain.submit(&protocol::Block { id, header: Some(header), transactions: vec![], signature })
}

#[test]
fn anybody_may_work_and_the_difficulty_follows() {
    let mut chain = chain(DIFFICULTY);
    assert_eq!(difficulty(&chain), DIFFICULTY);
    assert_eq!(metadata(&chain).target_block_interval, INTERVAL);
    chain.time = START;
    // Waits before blocks, and the 32nds by which they change the difficulty.
    let waits = [1, 2_141, 2_142, 4_283, 4_284, 6_426, 8 * 2_142, 500_000, 1];
    for (wait, steps) in waits.into_iter().zip([1, 1, 0, 0, -1, -2, -7, -7, 1]) {
        let before = difficulty(&chain) as i128;
        chain.time += wait;
        submit(&chain, ["alice", "bob"][wait as usize % 2], true, |_| {}).unwrap();
        assert_eq!(difficulty(&chain) as i128, before + before / 32 * steps, "{wait}");
        let after = metadata(&chain);
        assert_eq!(after.last_block_time, chain.time);
        assert_eq!(after.target_block_interval, INTERVAL);
        // 2^256 / difficulty in its upper half, which two words suffice for.
        let upper = u128::from_be_bytes(after.target[..16].try_into().unwrap());
        assert_eq!(upper, u128::MAX / difficulty(&chain));
    }
}

#[test]
fn the_least_difficulty_is_one() {
    let mut chain = chain(2);
    for expected in [1, 1, 1] {
        chain.time += 1_000_000;
        submit(&chain, "alice", true, |_| {}).unwrap();
        assert_eq!(difficulty(&chain), expected);
    }
    assert_eq!(metadata(&chain).target[..], [0xff; 32]);
    chain.time += 1;
    submit(&chain, "alice", true, |_| {}).unwrap();
    assert_eq!(difficulty(&chain), 2);
}

#[test]
fn blocks_without_work_or_signature_are_refused() {
    let chain = chain(DIFFICULTY);
    let refused = |reason: &str, meets: bool, change: &dyn Fn(&mut PowSignatureData)| {
        let fault = submit(&chain, "alice", meets, change).unwrap_err();
        assert_eq!(text(&fault), reason);
    };
    refused("the proof of work misses the target", false, &|_| {});
    refused("a nonce has 32 bytes", true, &|proof| {
        proof.nonce = proof.nonce.slice(1..);
    });
    refused("a signature has 65 bytes", true, &|proof| {
        proof.recoverable_signature = Bytes::new();
    });
    let other = sign(&[0; 34], &key("alice"));
    refused("the block is not signed by its signer", true, &|proof| {
        proof.recoverable_signature = other.clone();
    });
    let header = chain.header("alice", &[]);
    let by_bob = sign(&digest_of(&header), &key("bob"));
    refused("the block is not signed by its signer", true, &|proof| {
        proof.recoverable_signature = by_bob.clone();
    });
    assert_eq!(difficulty(&chain), DIFFICULTY);
    submit(&chain, "alice", true, |_| {}).unwrap();
}

#[test]
fn nobody_else_processes_signatures() {
    let chain = chain(1);
    let arguments = ProcessBlockSignatureArguments::default();
    let operation = call(addresses().pow, "process_block_signature", &arguments);
    let (reason, _) = chain.refused(&chain.transaction("alice", 0, vec![operation]));
    assert!(reason.contains("only the system has blocks to process"), "{reason}");
}
