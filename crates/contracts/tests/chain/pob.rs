//! Proof of burn: which blocks are accepted, and what they change.

use bytes::Bytes;
use koinos_chain_core::Fault;
use koinos_contracts::{Producer, ProofOfBurn};
use koinos_crypto::{Address, HashCode, SecretKey, multihash, multihash_from_digest, vrf};
use koinos_proto::chain::ProcessBlockSignatureArguments;
use koinos_proto::contracts::pob::{
    BurnArguments, ConsensusParameters, GetConsensusParametersArguments,
    GetConsensusParametersResult, GetMetadataArguments, GetMetadataResult, GetPublicKeyArguments,
    GetPublicKeyResult, Metadata, RegisterPublicKeyArguments, SignatureData,
    UpdateConsensusParametersArguments, VrfPayload,
};
use koinos_proto::contracts::vhp::{EffectiveBalanceOfArguments, EffectiveBalanceOfResult};
use koinos_proto::protocol::{self, BlockReceipt, Operation};
use koinos_proto::standards::kcs4;
use prost::Message;

use crate::support::{
    COIN, Chain, INTERVAL, START, address, addresses, call, digest_of, key, raw, sign, system,
    text, transfer,
};

const QUANTUM: u64 = 10;
const QUICK_INTERVAL: u64 = 200;

/// The two producers: what they have, and which key signs for them.
const PRODUCERS: [(&str, &str, u64); 2] =
    [("alice", "alice hot", 20_480 * COIN), ("bob", "bob hot", 20_480 * COIN)];

fn producer(name: &str, hot: &str, vhp: u64) -> Producer {
    Producer { address: address(name), public_key: key(hot).public_key(), vhp }
}

/// A chain at the pace of the public network.
fn chain() -> Chain {
    chain_of(INTERVAL)
}

/// A chain whose blocks are found soon.
fn quick_chain() -> Chain {
    chain_of(QUICK_INTERVAL)
}

/// Also registered at the genesis is "genesis", which has no VHP.
fn chain_of(block_interval_ms: u64) -> Chain {
    let mut producers: Vec<Producer> =
        PRODUCERS.iter().map(|(name, hot, vhp)| producer(name, hot, *vhp)).collect();
    producers.push(producer("genesis", "genesis hot", 0));
    let network = ProofOfBurn {
        system: system(),
        producers,
        block_interval_ms: block_interval_ms as u32,
        start_ms: START,
    };
    Chain::new(&network.genesis().unwrap().build())
}

fn pob() -> Address {
    addresses().pob
}

fn metadata(chain: &Chain) -> Metadata {
    let result: GetMetadataResult = chain.read(pob(), "get_metadata", &GetMetadataArguments {});
    result.value.unwrap()
}

fn difficulty(chain: &Chain) -> u128 {
    u128::from_be_bytes(metadata(chain).difficulty[..].try_into().unwrap())
}

fn effective_vhp(chain: &Chain, owner: &str) -> u64 {
    let arguments = EffectiveBalanceOfArguments { owner: raw(&address(owner)) };
    let result: EffectiveBalanceOfResult =
        chain.read(addresses().vhp, "effective_balance_of", &arguments);
    result.value
}

/// A random number for a quantum, and its proof.
struct Draw {
    time: u64,
    proof: vrf::Proof,
    output: vrf::Output,
}

impl Draw {
    fn new(seed: &Bytes, hot: &SecretKey, time: u64) -> Self {
        let payload = VrfPayload { seed: seed.clone(), block_time: time };
        let (proof, output) = vrf::prove(hot, &payload.encode_to_vec()).unwrap();
        Self { time, proof, output }
    }

    fn wins(&self, vhp: u64, difficulty: u128) -> bool {
        let number = u128::from_be_bytes(self.output[..16].try_into().unwrap());
        number / u128::from(vhp) < u128::MAX / difficulty
    }

    /// Signed by the hot key.
    fn signature(&self, id: &[u8], hot: &SecretKey) -> SignatureData {
        SignatureData {
            vrf_proof: Bytes::copy_from_slice(&self.proof),
            vrf_hash: multihash_from_digest(HashCode::Sha2_256, &self.output).into(),
            signature: sign(id, hot),
        }
    }
}

/// What the tests do as a producer.
struct Miner<'n> {
    name: &'n str,
    hot: SecretKey,
    vhp: u64,
}

impl<'n> Miner<'n> {
    fn new(chain: &Chain, (name, hot, _): (&'n str, &str, u64)) -> Self {
        Self { name, hot: key(hot), vhp: effective_vhp(chain, name) }
    }

    /// The first draw that wins, or that loses, from `time` on.
    fn search(&self, chain: &Chain, time: u64, win: bool) -> Draw {
        let (metadata, difficulty) = (metadata(chain), difficulty(chain));
        (time.div_ceil(QUANTUM)..)
            .map(|quantum| Draw::new(&metadata.seed, &self.hot, quantum * QUANTUM))
            .find(|draw| draw.wins(self.vhp, difficulty) == win)
            .unwrap()
    }

    /// Submits a block for a draw, after `change` had its way with the signature.
    fn submit(
        &self,
        chain: &Chain,
        draw: &Draw,
        transactions: Vec<protocol::Transaction>,
        change: impl FnOnce(&mut SignatureData),
    ) -> Result<BlockReceipt, Fault> {
        let mut header = chain.header(self.name, &transactions);
        header.timestamp = draw.time;
        let id = digest_of(&header);
        let mut signature = draw.signature(&id, &self.hot);
        change(&mut signature);
        let signature = signature.encode_to_vec().into();
        chain.submit(&protocol::Block { id, header: Some(header), transactions, signature })
    }
}

/// Produces the next block at the first chance from `chain.time` on, which is then its time.
fn produce(chain: &mut Chain, by: (&str, &str, u64), operations: Vec<Operation>) -> BlockReceipt {
    let miner = Miner::new(chain, by);
    let draw = miner.search(chain, chain.time, true);
    let transactions = match operations.is_empty() {
        true => Vec::new(),
        false => vec![chain.transaction("bob", 0, operations)],
    };
    let receipt = miner.submit(chain, &draw, transactions, |_| {}).unwrap();
    for transaction in &receipt.transaction_receipts {
        assert!(!transaction.reverted, "{:?}", transaction.logs);
    }
    chain.time = draw.time + 1;
    receipt
}

fn produce_empty(chain: &mut Chain, blocks: usize) {
    for block in 0..blocks {
        produce(chain, PRODUCERS[block % 2], Vec::new());
    }
}

/// The rule as it is published: up or down by 2048ths, at most 99 down.
fn expected_difficulty(difficulty: u128, passed: u64) -> u128 {
    let steps = (1 - passed as i128 / (10_000 * INTERVAL as i128 / 14_000)).max(-99);
    let change = (difficulty / 2048) as i128 * steps;
    (difficulty as i128 + change) as u128
}

#[test]
fn producers_learn_what_they_need() {
    let chain = chain();
    let result: GetConsensusParametersResult =
        chain.read(pob(), "get_consensus_parameters", &GetConsensusParametersArguments {});
    let parameters = result.value.unwrap();
    assert_eq!((parameters.target_block_interval, parameters.quantum_length), (3000, 10));
    // All VHP, times the quanta of an interval.
    assert_eq!(difficulty(&chain), 40_960 * u128::from(COIN) * 300);
    assert_eq!(metadata(&chain).last_block_time, START);
    assert_eq!(effective_vhp(&chain, "alice"), 20_480 * COIN);
    let decimals: kcs4::DecimalsResult =
        chain.read(addresses().vhp, "decimals", &kcs4::DecimalsArguments {});
    let symbol: kcs4::SymbolResult =
        chain.read(addresses().vhp, "symbol", &kcs4::SymbolArguments {});
    assert_eq!((decimals.value, &*symbol.value), (8, "VHP"));
    let arguments = GetPublicKeyArguments { producer: raw(&address("alice")) };
    let hot: GetPublicKeyResult = chain.read(pob(), "get_public_key", &arguments);
    assert_eq!(hot.value[..], key("alice hot").public_key().to_bytes());
}

#[test]
fn blocks_move_difficulty_and_seed() {
    let chain = chain();
    let start = difficulty(&chain);
    assert_eq!(start % 2048, 0);
    // Waits before blocks, and the 2048ths by which they change the first difficulty alone.
    for (wait, steps) in
        [(2141, 1), (2142, 0), (4283, 0), (4284, -1), (100 * 2142, -99), (5000 * 2142, -99)]
    {
        let expected = (start as i128 + start as i128 / 2048 * steps) as u128;
        assert_eq!(expected_difficulty(start, wait), expected, "{wait}");
    }
    let mut last = START;
    for wait in [0, 10, 1000, 2100, 2150, 4200, 4300, 9000, 60_000, 500_000, 1, 1, 1, 1, 1, 1] {
        let (before, seed) = (difficulty(&chain), metadata(&chain).seed);
        let miner = Miner::new(&chain, PRODUCERS[0]);
        let draw = miner.search(&chain, last + wait.max(1), true);
        miner.submit(&chain, &draw, Vec::new(), |_| {}).unwrap();
        let after = metadata(&chain);
        assert_eq!(difficulty(&chain), expected_difficulty(before, draw.time - last), "{wait}");
        let hash = multihash_from_digest(HashCode::Sha2_256, &draw.output);
        assert_eq!(after.seed, multihash(HashCode::Sha2_256, &hash));
        assert_ne!(after.seed, seed);
        assert_eq!(after.last_block_time, draw.time);
        last = draw.time;
    }
    assert_ne!(difficulty(&chain), start);
}

/// The contract agrees with the producer's arithmetic about every quantum.
#[test]
fn only_numbers_below_the_target_win() {
    let chain = chain();
    let miner = Miner::new(&chain, PRODUCERS[0]);
    let first = miner.search(&chain, START + 1, true);
    assert!(first.time > START + QUANTUM, "the first quantum wins: take another start");
    let seed = metadata(&chain).seed;
    for time in (START + QUANTUM..first.time).step_by(QUANTUM as usize) {
        let draw = Draw::new(&seed, &miner.hot, time);
        let fault = miner.submit(&chain, &draw, Vec::new(), |_| {}).unwrap_err();
        assert_eq!(text(&fault), "the random number misses the target", "{time}");
    }
    miner.submit(&chain, &first, Vec::new(), |_| {}).unwrap();
}

#[test]
fn forged_signatures_are_refused() {
    let chain = chain();
    let miner = Miner::new(&chain, PRODUCERS[0]);
    let draw = miner.search(&chain, START + 1, true);
    let refused = |reason: &str, change: &dyn Fn(&mut SignatureData)| {
        let fault = miner.submit(&chain, &draw, Vec::new(), change).unwrap_err();
        assert_eq!(text(&fault), reason);
    };
    let unproven = "the proof does not prove the random number";
    let other = Draw::new(&metadata(&chain).seed, &miner.hot, draw.time + QUANTUM);
    let of_another = Draw::new(&metadata(&chain).seed, &key("bob hot"), draw.time);
    for wrong in [&other, &of_another] {
        refused(unproven, &|data| data.vrf_proof = Bytes::copy_from_slice(&wrong.proof));
        refused(unproven, &|data| *data = wrong.signature(&[0; 34], &miner.hot));
    }
    refused(unproven, &|data| data.vrf_proof.clear());
    let small = multihash_from_digest(HashCode::Sha2_256, &[0; 32]);
    refused(unproven, &|data| data.vrf_hash = small.clone().into());
    let malformed = "the random number is not a sha2-256 multihash";
    refused(malformed, &|data| data.vrf_hash.clear());
    refused(malformed, &|data| data.vrf_hash.truncate(33));

    let unsigned = "the block is not signed with the registered key";
    refused(unsigned, &|data| data.signature = sign(&[1; 34], &miner.hot));
    refused(unsigned, &|data| {
        let id = digest_of(&chain.header("alice", &[]));
        data.signature = sign(&id, &key("alice"));
    });
    refused("unexpected signature length", &|data| data.signature.clear());
    miner.submit(&chain, &draw, Vec::new(), |_| {}).unwrap();
}

#[test]
fn only_registered_producers_with_vhp_produce() {
    let chain = chain();
    let stranger = Miner { name: "stranger", hot: key("alice hot"), vhp: 20_480 * COIN };
    let draw = stranger.search(&chain, START + 1, true);
    let refused = |miner: &Miner<'_>, draw: &Draw| {
        text(&miner.submit(&chain, draw, Vec::new(), |_| {}).unwrap_err())
    };
    assert_eq!(refused(&stranger, &draw), "the producer has no registered public key");
    let cold = Miner { name: "alice", hot: key("alice"), vhp: 20_480 * COIN };
    let draw = cold.search(&chain, START + 1, true);
    assert_eq!(refused(&cold, &draw), "the proof does not prove the random number");
    let poor = Miner { name: "genesis", hot: key("genesis hot"), vhp: 20_480 * COIN };
    let draw = poor.search(&chain, START + 1, true);
    assert_eq!(refused(&poor, &draw), "the producer has no effective VHP");
}

#[test]
fn users_have_no_blocks_to_process() {
    let chain = chain();
    let arguments = ProcessBlockSignatureArguments::default();
    let process = call(pob(), "process_block_signature", &arguments);
    let transaction = chain.transaction("genesis", 0, vec![process]);
    let reason = "only the system has blocks to process".to_owned();
    assert_eq!(chain.refused(&transaction), (reason, 1));
}

#[test]
fn times_are_multiples_of_the_quantum() {
    let chain = chain();
    let miner = Miner::new(&chain, PRODUCERS[0]);
    let seed = metadata(&chain).seed;
    let draw = (1..)
        .map(|ahead| Draw::new(&seed, &miner.hot, START + ahead * QUANTUM + 1))
        .find(|draw| draw.wins(miner.vhp, difficulty(&chain)))
        .unwrap();
    let fault = miner.submit(&chain, &draw, Vec::new(), |_| {}).unwrap_err();
    assert_eq!(text(&fault), "the block's time is not a multiple of the quantum");
}

#[test]
fn a_new_key_signs_after_twenty_blocks() {
    let mut chain = quick_chain();
    let register = |public_key: Bytes| {
        let producer = raw(&address("bob"));
        let arguments = RegisterPublicKeyArguments { producer, public_key };
        call(pob(), "register_public_key", &arguments)
    };
    let new = Bytes::copy_from_slice(&key("bob new").public_key().to_bytes());
    produce(&mut chain, PRODUCERS[0], vec![register(new.clone())]);
    let arguments = GetPublicKeyArguments { producer: raw(&address("bob")) };
    let result: GetPublicKeyResult = chain.read(pob(), "get_public_key", &arguments);
    assert_eq!(result.value, new);

    // Registered in block 1: it counts from block 21 on.
    let bob = ("bob", "bob new", 0);
    for height in 2..=21 {
        let miner = Miner::new(&chain, bob);
        let draw = miner.search(&chain, chain.time, true);
        let outcome = miner.submit(&chain, &draw, Vec::new(), |_| {});
        if height == 21 {
            outcome.unwrap();
            chain.time = draw.time + 1;
        } else {
            let fault = outcome.unwrap_err();
            assert_eq!(text(&fault), "the public key is registered too recently");
            produce(&mut chain, PRODUCERS[0], Vec::new());
        }
    }
    produce(&mut chain, PRODUCERS[0], vec![register(Bytes::new())]);
    let fault = chain.try_read(pob(), "get_public_key", &arguments).unwrap_err();
    assert_eq!(text(&fault), "the producer has no registered public key");

    let foreign = RegisterPublicKeyArguments { producer: raw(&address("alice")), public_key: new };
    let foreign = call(pob(), "register_public_key", &foreign);
    let transaction = chain.transaction("bob", 0, vec![foreign]);
    let reason = "the producer has not authorized the registration".to_owned();
    assert_eq!(chain.refused(&transaction), (reason, 1));
}

#[test]
fn burned_koin_is_vhp_that_counts_after_twenty_blocks() {
    let mut chain = quick_chain();
    let (koin, vhp) = (addresses().koin, addresses().vhp);
    let burn = BurnArguments {
        token_amount: 300 * COIN,
        burn_address: raw(&address("bob")),
        vhp_address: raw(&address("stranger")),
    };
    let before = (chain.supply(koin), chain.balance(koin, "bob"));
    let receipt = produce(&mut chain, PRODUCERS[0], vec![call(pob(), "burn", &burn)]);
    let names: Vec<&str> =
        receipt.transaction_receipts[0].events.iter().map(|event| &*event.name).collect();
    let expected = ["koinos.contracts.token.burn_event", "koinos.contracts.token.mint_event"];
    assert_eq!(names, expected);
    assert_eq!(chain.balance(koin, "bob"), before.1 - 300 * COIN);
    assert!(chain.supply(koin) < before.0 - 299 * COIN);
    assert_eq!(chain.balance(vhp, "stranger"), 300 * COIN);
    for _ in 1..=20 {
        assert_eq!(effective_vhp(&chain, "stranger"), 0);
        produce_empty(&mut chain, 1);
    }
    assert_eq!(effective_vhp(&chain, "stranger"), 300 * COIN);

    // What is given away counts no longer, what is received not yet.
    let before = effective_vhp(&chain, "bob");
    produce(&mut chain, PRODUCERS[0], vec![transfer(vhp, "bob", "stranger", 80 * COIN)]);
    assert_eq!(effective_vhp(&chain, "bob"), before - 80 * COIN);
    assert_eq!(effective_vhp(&chain, "stranger"), 300 * COIN);
    produce_empty(&mut chain, 20);
    assert_eq!(effective_vhp(&chain, "stranger"), 380 * COIN);

    let foreign = BurnArguments { burn_address: raw(&address("alice")), ..burn };
    let transaction = chain.transaction("bob", 0, vec![call(pob(), "burn", &foreign)]);
    let reason = "from has not authorized the burn".to_owned();
    assert_eq!(chain.refused(&transaction), (reason, 1));
}

/// A contract may burn what it was allowed to, once.
#[test]
fn an_allowance_is_used_up() {
    let chain = quick_chain();
    let (koin, owner) = (addresses().koin, raw(&address("alice")));
    let approve = kcs4::ApproveArguments {
        owner: owner.clone(),
        spender: raw(&pob()),
        value: 5 * COIN,
        memo: None,
    };
    let approve = call(koin, "approve", &approve);
    let burn = |amount| {
        let burn = BurnArguments {
            token_amount: amount,
            burn_address: owner.clone(),
            vhp_address: raw(&address("bob")),
        };
        call(pob(), "burn", &burn)
    };
    let approval = chain.signed_transaction("bob", &["bob", "alice"], 0, vec![approve]);
    let burning = chain.transaction("bob", 1, vec![burn(3 * COIN), burn(2 * COIN)]);
    let miner = Miner::new(&chain, PRODUCERS[0]);
    let draw = miner.search(&chain, chain.time, true);
    let receipt = miner.submit(&chain, &draw, vec![approval, burning], |_| {}).unwrap();
    assert!(receipt.transaction_receipts.iter().all(|receipt| !receipt.reverted));
    let transaction = chain.transaction("bob", 0, vec![burn(1)]);
    assert_eq!(chain.refused(&transaction).0, "from has not authorized the burn");
}

#[test]
fn the_system_changes_parameters() {
    let chain = quick_chain();
    let update = |target_block_interval, quantum_length| {
        let value =
            ConsensusParameters { target_block_interval, quantum_length, ..Default::default() };
        let arguments = UpdateConsensusParametersArguments { value: Some(value) };
        call(pob(), "update_consensus_parameters", &arguments)
    };
    let reason = "only the system may change parameters";
    assert_eq!(chain.refused(&chain.transaction("bob", 0, vec![update(500, 10)])).0, reason);
    let reason = "the quantum has to be positive, and the block interval 10 ms at least";
    for (interval, quantum) in [(9, 10), (500, 0)] {
        let transaction = chain.transaction("genesis", 0, vec![update(interval, quantum)]);
        assert_eq!(chain.refused(&transaction).0, reason);
    }
    let transaction = chain.transaction("genesis", 0, vec![update(500, 10)]);
    let miner = Miner::new(&chain, PRODUCERS[0]);
    let draw = miner.search(&chain, chain.time, true);
    miner.submit(&chain, &draw, vec![transaction], |_| {}).unwrap();
    let result: GetConsensusParametersResult =
        chain.read(pob(), "get_consensus_parameters", &GetConsensusParametersArguments {});
    assert_eq!(result.value.unwrap().target_block_interval, 500);
}

#[test]
fn a_block_turns_vhp_into_koin() {
    let mut chain = chain();
    let (koin, vhp) = (addresses().koin, addresses().vhp);
    let supply = u128::from(chain.supply(koin)) + u128::from(chain.supply(vhp));
    let before = (chain.balance(koin, "alice"), chain.balance(vhp, "alice"));
    produce_empty(&mut chain, 1);
    let blocks_per_year = 31_536_000_000 / u128::from(INTERVAL);
    let burned = (supply * 501_000 / (blocks_per_year * 1_000_000)) as u64;
    let reward = (supply * 19_802 / 1_000_000 / blocks_per_year) as u64;
    assert!(burned > 0 && reward > 0);
    assert_eq!(chain.balance(vhp, "alice"), before.1 - burned);
    assert_eq!(chain.balance(koin, "alice"), before.0 + burned + reward);
    assert_eq!(effective_vhp(&chain, "alice"), before.1 - burned);
}

#[test]
fn a_chain_grows_past_its_last_irreversible_block() {
    let mut chain = quick_chain();
    produce_empty(&mut chain, 80);
    let head = chain.controller.get_head_info().unwrap();
    assert_eq!((head.topology.height, head.last_irreversible_block), (80, 20));
    // The difficulty holds the interval, or half of it, or double: each of the two producers alone
    // takes twice as long at first, and an early block costs little.
    let taken = head.time - START;
    assert!((40..240).contains(&(taken / QUICK_INTERVAL)), "{taken} ms");
}
