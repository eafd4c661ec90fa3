//! Blocks, transactions, reads and ticks a second of a whole chain on disk.
//!
//! Every measurement is of a fixed amount of work, so criterion's throughput is the rate. Bound to
//! one processor (`taskset -c 0`), transactions are applied without helping threads.

#![allow(clippy::expect_used, missing_docs)]

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
};
use koinos_chain_core::{
    Block, Controller, Genesis, Limits, Rectifications, SystemCall, Transaction,
};
use koinos_codec::wire;
use koinos_crypto::{HashCode, multihash};
use koinos_kv::Store;
use koinos_proto::chain::ContractMetadataObject;
use koinos_state_db::{ForkRule, store_options};
use prost::Message;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A clock that is ahead of every recorded block.
const LATE: u64 = u64::MAX / 2;
/// Of the recorded empty blocks so many are applied.
const EMPTY_BLOCKS: usize = 1000;
/// Ticks of one call of an endless contract.
const TICKS: u64 = 50_000_000;
/// Entry points of the recorded contract: read a counter.
const READ_COUNTER: u32 = 2;

fn golden(name: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/golden/perf/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("recorded file")
}

fn blocks(name: &str) -> Vec<Arc<Block>> {
    let file = golden(&format!("{name}.jsonl.gz"));
    let lines = BufReader::new(flate2::read::GzDecoder::new(&file[..])).lines();
    let block = |line: std::io::Result<String>| {
        let row: Value = serde_json::from_str(&line.expect("line")).expect("row");
        let bytes = BASE64_STANDARD.decode(row["block_b64"].as_str().expect("block"));
        Arc::new(Block::decode(bytes.expect("base64").into()).expect("block"))
    };
    lines.map(block).collect()
}

/// A chain on disk; the directory goes with it.
struct Chain {
    controller: Controller,
    _directory: TempDir,
}

impl Chain {
    /// The recorded chain's genesis with more contracts: their ids and modules.
    fn new(contracts: &[(&str, Vec<u8>)]) -> Self {
        let mut genesis: Value =
            serde_json::from_slice(&golden("genesis_data.json")).expect("json");
        let entries = genesis["entries"].as_array_mut().expect("entries");
        for (id, module) in contracts {
            let hash = multihash(HashCode::Sha2_256, module).into();
            let metadata = ContractMetadataObject { hash, ..Default::default() }.encode_to_vec();
            for (space, value) in [(2, module), (3, &metadata)] {
                entries.push(json!({
                    "space": {"system": true, "id": space},
                    "key": BASE64_STANDARD.encode(id),
                    "value": BASE64_STANDARD.encode(value),
                }));
            }
        }
        let genesis = Genesis::from_json(&genesis.to_string()).expect("genesis");
        let directory = TempDir::new().expect("directory");
        let store = Arc::new(Store::open(directory.path(), &store_options()).expect("store"));
        let limits = Limits { read_compute_bandwidth: TICKS, ..Limits::default() };
        let controller =
            Controller::open(store, &genesis, ForkRule::Fifo, limits, Rectifications::default());
        Self { controller: controller.expect("chain"), _directory: directory }
    }

    fn apply(&self, blocks: &[Arc<Block>]) {
        for block in blocks {
            let applied = self.controller.submit_block(block, LATE, &mut |_, _| Ok(()));
            assert!(applied.expect("valid block").is_some(), "new block");
        }
    }
}

/// Applies all blocks but the first, which is the preparation, to a new chain each time.
fn apply(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, blocks: &[Arc<Block>]) {
    let prepare = || {
        let chain = Chain::new(&[]);
        chain.apply(&blocks[..1]);
        chain
    };
    group.bench_function(name, |bencher| {
        let apply = |chain: Chain| {
            chain.apply(&blocks[1..]);
            chain
        };
        bencher.iter_batched(prepare, apply, BatchSize::PerIteration);
    });
}

fn applying(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply");
    group.sample_size(10).sampling_mode(criterion::SamplingMode::Flat);
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(100));
    let empty = blocks("empty5000");
    group.throughput(Throughput::Elements(EMPTY_BLOCKS as u64));
    apply(&mut group, "empty_blocks", &empty[..=EMPTY_BLOCKS]);
    for (name, file) in [("contract_calls", "kv100"), ("transactions", "cheap100")] {
        let blocks = blocks(file);
        let transactions: usize = blocks[1..].iter().map(|block| block.transactions.len()).sum();
        group.throughput(Throughput::Elements(transactions as u64));
        apply(&mut group, name, &blocks);
    }
    group.finish();
}

/// The message of a transaction's first operation: upload and call name the contract in field 1.
fn first_operation(transaction: &Transaction) -> Bytes {
    let operation = wire::Reader::new(&transaction.operations[0].bytes);
    let message = operation.message(1).or_else(|| operation.message(2));
    Bytes::copy_from_slice(message.expect("upload or call"))
}

fn reads(criterion: &mut Criterion) {
    let blocks = blocks("kv100");
    let chain = Chain::new(&[]);
    chain.apply(&blocks);
    let call = first_operation(&blocks[1].transactions[0]);
    let (contract, key) = (wire::field_bytes(&call, 1), wire::field_bytes(&call, 3));

    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Elements(1));
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(300));
    group.bench_function("get_head_info", |bencher| {
        bencher.iter(|| chain.controller.get_head_info().expect("head info"));
    });
    group.bench_function("read_contract", |bencher| {
        let read = || chain.controller.read_contract(&contract, READ_COUNTER, &key);
        bencher.iter(|| read().expect("counter"));
    });
    group.bench_function("get_chain_id_call", |bencher| {
        let call = || chain.controller.invoke_system_call(SystemCall::GetChainId.id(), &[], None);
        bencher.iter(|| call().expect("chain id"));
    });
    group.finish();
}

fn ticks(criterion: &mut Criterion) {
    let tight = wat::parse_bytes(&golden("tight.wat")).expect("module").into_owned();
    let chain = Chain::new(&[("tight", tight), ("mix", golden("mix.wasm"))]);
    let mut group = criterion.benchmark_group("ticks");
    group.throughput(Throughput::Elements(TICKS)).sample_size(10);
    group.measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(300));
    for name in ["tight", "mix"] {
        group.bench_function(name, |bencher| {
            let run = || chain.controller.read_contract(name.as_bytes(), 0, &[]);
            bencher.iter(|| run().expect_err("an endless contract"));
        });
    }
    group.finish();
}

criterion_group!(benches, applying, reads, ticks);
criterion_main!(benches);
