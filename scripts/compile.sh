#!/usr/bin/env bash
# Compiles the programs for packages: as scripts/build.sh does, but installs nothing, and leaves no path
# of this machine in them.

source "$(dirname "$0")/common.sh"

# The C++ of RocksDB names its sources in messages.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export CFLAGS="${CFLAGS:-} -ffile-prefix-map=$cargo_home=/usr/share/cargo"
export CXXFLAGS="${CXXFLAGS:-} -ffile-prefix-map=$cargo_home=/usr/share/cargo"
fetch
cargo build "${SELECTION[@]}" --bins
