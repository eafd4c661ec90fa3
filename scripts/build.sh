#!/usr/bin/env bash
# Builds the daemons in release.

source "$(dirname "$0")/common.sh"

step "packages" scripts/install-deps.sh
step "crates" fetch
step "build" cargo build "${SELECTION[@]}"
echo "the programs are in $CARGO_TARGET_DIR/release"
