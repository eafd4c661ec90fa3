#!/usr/bin/env bash
# compile.sh DIRECTORY: compiles the programs for packages into a target directory of their own. It installs
# nothing, and leaves no path of this machine in them.

source "$(dirname "$0")/common.sh"

# Not the directory of scripts/build.sh: with other flags of the compiler RocksDB would be compiled again there,
# and then once more by the next build.
CARGO_TARGET_DIR=$(realpath --canonicalize-missing "${1:?a directory for what is built}")
# The C++ of RocksDB names its sources in messages.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export CFLAGS="${CFLAGS:-} -ffile-prefix-map=$cargo_home=/usr/share/cargo"
export CXXFLAGS="${CXXFLAGS:-} -ffile-prefix-map=$cargo_home=/usr/share/cargo"
fetch
cargo build "${SELECTION[@]}" --bins
