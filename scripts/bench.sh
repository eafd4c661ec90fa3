#!/usr/bin/env bash
# Runs the benchmarks, those of a whole network included, then times the recorded workloads of
# tests/golden/perf.

source "$(dirname "$0")/common.sh"

scripts/build.sh
step "benchmarks" cargo bench --locked --workspace --bench '*'
for blocks in tests/golden/perf/*.jsonl.gz; do
    step "replay of ${blocks##*/}" "$CARGO_TARGET_DIR/release/koinos-chain" replay \
        --genesis tests/golden/perf/genesis_data.json --blocks "$blocks"
done
