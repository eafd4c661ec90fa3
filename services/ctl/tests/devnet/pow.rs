//! Proof of work: every block has the work that the contract asked for before it, is signed by its
//! signer, and moves the difficulty.

use koinos_codec::text::from_base58;
use koinos_crypto::{recover, sha256};
use koinos_proto::contracts::pow::{
    DifficultyMetadata, GetDifficultyMetadataResult, PowSignatureData,
};
use koinos_proto::protocol::Block;
use prost::Message;

use crate::node::{Node, contract, genesis_object};
use crate::world::{World, amqp};

/// Milliseconds.
const INTERVAL: u64 = 500;
const BLOCKS: usize = 8;
/// The space of the contract that holds its metadata, under the empty key.
const METADATA_SPACE: u32 = 0;

fn number(bytes: &[u8]) -> u128 {
    u128::from_be_bytes(bytes.try_into().unwrap())
}

/// The contract's rule: up or down by 32nds, at most 7 down.
fn next_difficulty(difficulty: u128, passed: u64) -> u128 {
    let steps = (1 - i128::from(passed / (10_000 * INTERVAL / 14_000))).max(-7);
    (difficulty as i128 + (difficulty / 32) as i128 * steps) as u128
}

/// Checks a block by the difficulty before it, which becomes that after it.
fn check(block: &Block, signer: &str, height: usize, state: &mut DifficultyMetadata) {
    let header = block.header.as_ref().unwrap();
    assert_eq!(header.height, height as u64);
    let proof = PowSignatureData::decode(block.signature.clone()).unwrap();
    let work = sha256(&[&proof.nonce[..], &block.id].concat());
    let difficulty = number(&state.difficulty);
    assert!(number(&work[..16]) <= u128::MAX / difficulty, "block {height} lacks work");
    let key = recover(&sha256(&header.encode_to_vec()), &proof.recoverable_signature).unwrap();
    assert_eq!(key.address().to_string(), signer);
    assert_eq!(header.signer[..], from_base58(signer).unwrap());
    let difficulty = next_difficulty(difficulty, header.timestamp - state.last_block_time);
    state.difficulty = difficulty.to_be_bytes().to_vec().into();
    state.last_block_time = header.timestamp;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_have_work_and_move_the_difficulty() {
    let (world, amqp) = (World::new(), amqp());
    let mut node = Node::listen(&amqp).await;
    let devnet = world.start_every(INTERVAL, "net", &amqp, &["--algorithm", "pow"]);
    let ready = devnet.ready();
    let (pow, signer) = (contract(&ready, "pow"), ready["producer"].as_str().unwrap());
    let genesis = genesis_object(&devnet.data, &pow, METADATA_SPACE);
    let mut state = DifficultyMetadata::decode(genesis).unwrap();
    assert_eq!(state.target_block_interval, INTERVAL);

    let mut moves = 0;
    for height in 1..=BLOCKS {
        let before = state.difficulty.clone();
        check(&node.next_block().await, signer, height, &mut state);
        moves += usize::from(state.difficulty != before);
    }
    assert!(moves > 0, "the difficulty stays at {}", number(&state.difficulty));
    // The contract may have seen more blocks by now.
    let told: GetDifficultyMetadataResult = node.read(&pow, "get_difficulty").await;
    let told = told.value.unwrap();
    let mut height = BLOCKS;
    while state.last_block_time < told.last_block_time {
        height += 1;
        check(&node.next_block().await, signer, height, &mut state);
    }
    assert_eq!(number(&state.difficulty), number(&told.difficulty));
    world.json(&["devnet", "stop"]);
}
