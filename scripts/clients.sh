#!/usr/bin/env bash
# Wallet libraries as published, against a devnet of this build: tests/clients.

source "$(dirname "$0")/common.sh"

readonly KOINOSCTL="$CARGO_TARGET_DIR/release/koinosctl"
work=$(mktemp -d)
# The packages stay outside the clone, so that they are downloaded once.
readonly MODULES="$(dirname "$CARGO_TARGET_DIR")/clients"

stop() {
    local status=$?
    [ ! -e "$work/net/devnet.json" ] || "$KOINOSCTL" devnet stop --data-dir "$work/net" || status=1
    [ "$status" = 0 ] || tail -n 20 "$work"/net/logs/*.log 2>/dev/null || true
    rm -rf "$work"
    exit "$status"
}
trap stop EXIT

# The value of a field of the devnet's description, which is one line of JSON.
field() {
    node -e 'const at = (value, key) => value[key];
        const net = JSON.parse(require("fs").readFileSync(process.argv[1]));
        console.log(process.argv[2].split(".").reduce(at, net));' "$work/net.json" "$1"
}

mkdir -p "$MODULES"
cp tests/clients/{package.json,package-lock.json,.npmrc,koilib.test.js} "$MODULES"
(cd "$MODULES" && npm ci --no-progress)

# koilib looks for its transaction once a second, and misses blocks that come faster.
"$KOINOSCTL" devnet start --detach --json --block-interval 2000 --data-dir "$work/net" \
    >"$work/net.json"
contracts=$PWD/contracts
cd "$MODULES"
KOINOS_URL=$(field json_rpc) KOINOS_KEY=$(field private_key) \
    KOINOS_TOKEN=$(field contracts.0.address) KOINOS_CONTRACTS=$contracts \
    node --test --test-reporter=spec koilib.test.js
