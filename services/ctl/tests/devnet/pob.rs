//! Proof of burn: every block against the contract's state before it, and what the block makes of
//! that state against the published rules.

use std::collections::BTreeMap;

use bytes::Bytes;
use koinos_codec::text::{from_base58, from_base64url};
use koinos_crypto::{HashCode, PublicKey, multihash, multihash_from_digest, recover, sha256, vrf};
use koinos_proto::contracts::pob::{GetMetadataResult, Metadata, SignatureData, VrfPayload};
use koinos_proto::protocol::Block;
use koinos_testkit::Daemon;
use prost::Message;
use serde_json::Value;

use crate::node::{Node, contract, genesis_object};
use crate::world::{Devnet, World, amqp, number};

/// Milliseconds. The first blocks come at once: a producer searches 5 s ahead.
const INTERVAL: u64 = 1_000;
/// The space of the contract that holds its metadata, under the empty key.
const METADATA_SPACE: u32 = 1;

/// Checks the blocks of a network with one producer.
struct Judge {
    pob: Bytes,
    producer: Bytes,
    key: PublicKey,
    blocks: Vec<Block>,
    /// The contract's metadata after each block by the published rules, by the block's time.
    states: BTreeMap<u64, Metadata>,
    /// What the contract said, whenever it was asked.
    readings: Vec<Metadata>,
}

impl Judge {
    /// Starts with what the genesis says.
    fn new(devnet: &Devnet, ready: &Value) -> Self {
        let pob = contract(ready, "pob");
        let read = |name: &str| std::fs::read_to_string(devnet.data.join(name)).unwrap();
        let genesis = genesis_object(&devnet.data, &pob, METADATA_SPACE);
        let metadata = Metadata::decode(genesis).unwrap();
        let public_key = from_base64url(read("block_producer/public.key").trim_end()).unwrap();
        Self {
            pob,
            producer: from_base58(ready["producer"].as_str().unwrap()).unwrap().into(),
            key: PublicKey::from_bytes(&public_key).unwrap(),
            blocks: Vec::new(),
            states: BTreeMap::from([(metadata.last_block_time, metadata)]),
            readings: Vec::new(),
        }
    }

    /// Checks blocks as they come, up to that height.
    async fn up_to(&mut self, height: u64, node: &mut Node) {
        while (self.blocks.len() as u64) < height {
            let block = node.next_block().await;
            // A chain that starts again tells of blocks that it had before.
            if block.header.as_ref().unwrap().height > self.blocks.len() as u64 {
                self.check(block);
                let result: GetMetadataResult = node.read(&self.pob, "get_metadata").await;
                self.readings.push(result.value.unwrap());
            }
        }
    }

    fn check(&mut self, block: Block) {
        let header = block.header.as_ref().unwrap();
        assert_eq!(header.height, self.blocks.len() as u64 + 1);
        assert_eq!(header.signer, self.producer);
        assert_eq!(header.timestamp % 10, 0);
        let digest = sha256(&header.encode_to_vec());
        assert_eq!(block.id, multihash_from_digest(HashCode::Sha2_256, &digest));

        let (_, before) = self.states.last_key_value().unwrap();
        let signature = SignatureData::decode(block.signature.clone()).unwrap();
        assert_eq!(recover(&digest, &signature.signature), Ok(self.key));
        let payload = VrfPayload { seed: before.seed.clone(), block_time: header.timestamp };
        let proven = vrf::verify(&self.key, &payload.encode_to_vec(), &signature.vrf_proof);
        let hash = multihash_from_digest(HashCode::Sha2_256, &proven.unwrap());
        assert_eq!(signature.vrf_hash, hash);

        let passed = header.timestamp - before.last_block_time;
        let difficulty = next_difficulty(difficulty(before), passed);
        let after = Metadata {
            seed: multihash(HashCode::Sha2_256, &hash).into(),
            difficulty: difficulty.to_be_bytes().to_vec().into(),
            last_block_time: header.timestamp,
        };
        self.states.insert(header.timestamp, after);
        self.blocks.push(block);
    }

    /// Compares what the contract said with the rules; the number of its answers.
    fn readings_that_agree(&self) -> usize {
        let (last, _) = self.states.last_key_value().unwrap();
        let judged = self.readings.iter().filter(|reading| reading.last_block_time <= *last);
        judged.map(|reading| assert_eq!(self.states[&reading.last_block_time], *reading)).count()
    }

    /// How many blocks moved the difficulty.
    fn moves(&self) -> usize {
        let difficulties: Vec<u128> = self.states.values().map(difficulty).collect();
        difficulties.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }
}

fn difficulty(metadata: &Metadata) -> u128 {
    u128::from_be_bytes(metadata.difficulty[..].try_into().unwrap())
}

/// The rule as it is published: up or down by 2048ths, at most 99 down.
fn next_difficulty(difficulty: u128, passed: u64) -> u128 {
    let steps = (1 - passed as i128 / (10_000 * i128::from(INTERVAL) / 14_000)).max(-99);
    (difficulty as i128 + difficulty as i128 / 2_048 * steps) as u128
}

/// Sends some KOIN and finds the transaction in its block through JSON-RPC; the block.
fn transfer(world: &World, devnet: &Devnet, ready: &Value) -> (u64, Value) {
    let (owner, other) = (ready["address"].as_str().unwrap(), ready["producer"].as_str().unwrap());
    let arguments = format!(r#"{{"from": "{owner}", "to": "{other}", "value": "500"}}"#);
    let url = ready["json_rpc"].as_str().unwrap();
    let node = ["--basedir", devnet.data_dir(), "--url", url];
    let sent =
        world.json(&[&node[..], &["contract", "call", "koin", "transfer", &arguments]].concat());
    assert!(number(&sent["receipt"], "rc_used") > 0, "{sent}");
    let height = number(&sent, "block_height");
    let block = world.json(&[&node[..], &["chain", "block", &height.to_string()]].concat());
    let transactions = block["block"]["transactions"].as_array().unwrap();
    assert!(transactions.iter().any(|transaction| transaction["id"] == sent["id"]), "{block}");
    (height, block)
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_proven_and_the_difficulty_follows_them() {
    let (world, amqp) = (World::new(), amqp());
    let mut node = Node::listen(&amqp).await;
    let devnet = world.start_every(INTERVAL, "net", &amqp, &["--algorithm", "pob"]);
    let ready = devnet.ready();
    let mut judge = Judge::new(&devnet, &ready);
    judge.up_to(4, &mut node).await;

    let (height, shown) = transfer(&world, &devnet, &ready);
    judge.up_to(height, &mut node).await;
    let block = &judge.blocks[height as usize - 1];
    assert!(!block.transactions.is_empty());
    let signature = from_base64url(shown["block"]["signature"].as_str().unwrap()).unwrap();
    assert_eq!(signature, block.signature);

    // Again with a producer that can be killed without the rest.
    let program = program_of("block_producer", &ready);
    world.json(&["devnet", "stop"]);
    drop(devnet);
    let producer = format!("block_producer.producer={}", ready["producer"].as_str().unwrap());
    let settings = ["block_producer.algorithm=pob", "block_producer.gossip-production=false"];
    let mut options = vec!["--algorithm", "pob", "--without", "block_producer"];
    options.extend(["--set", &producer, "--set", settings[0], "--set", settings[1]]);
    let devnet = world.start_every(INTERVAL, "net", &amqp, &options);
    assert_eq!(devnet.ready()["chain_id"], ready["chain_id"]);
    for _ in 0..2 {
        let height = node.height().await;
        let mut producer = Daemon::start(&program, ["--basedir", devnet.data_dir()]).unwrap();
        judge.up_to(height + 3, &mut node).await;
        producer.kill().unwrap();
    }
    assert!(judge.readings_that_agree() > 0);
    assert!(judge.moves() > 0);
    world.json(&["devnet", "stop"]);
}

/// The program of a running service.
fn program_of(name: &str, ready: &Value) -> std::path::PathBuf {
    let processes = ready["processes"].as_array().unwrap();
    let process = processes.iter().find(|process| process["name"] == name).unwrap();
    std::fs::read_link(format!("/proc/{}/exe", process["pid"])).unwrap()
}
