# Sourced by the other scripts: where things are, and how a step is told.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Outside the clone, so that a fresh clone of the same machine builds warm.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/koinos-linux/target}"
# A toolchain installed by rustup need not be in the PATH of a fresh shell.
if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
fi
# Where the distribution keeps the broker's programs, which is not in every user's PATH.
PATH="$PATH:/usr/sbin:/sbin"

# No path of this machine goes into the programs.
if [ -z "${RUSTC_WRAPPER:-}" ]; then
    PATH="$PWD/scripts/rustc:$PATH"
    export RUSTC_WRAPPER=koinos-rustc
fi

# One profile and one selection of packages for everything: cargo unifies features over what is
# selected, and another selection would compile the C++ of RocksDB again.
readonly SELECTION=(--release --locked --workspace)

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

# step NAME COMMAND...: runs the command and tells how long it took. A function runs in a shell of its own and
# ends at its first command that fails. In a condition (`step ... || ...`) bash goes on after errors in a
# function, whatever `set -e` says, so a step is none.
step() {
    local name=$1 began=$SECONDS status
    shift
    current_step=$name
    printf '%s==> %s%s\n' "$bold" "$name" "$plain"
    set +e
    (set -e; false; true)
    [ $? != 0 ] || die "the step '$name' is part of a condition, where errors in it would be lost"
    (set -e; "$@")
    status=$?
    set -e
    printf '%s    %s: %d s%s\n' "$bold" "$name" $((SECONDS - began)) "$plain"
    return "$status"
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# fetch: downloads the crates that this machine needs; registries fail now and then.
fetch() {
    local host try
    host=$(rustc -vV | sed -n 's/^host: //p')
    for try in 1 2 3; do
        cargo fetch --locked --target "$host" && return
        sleep $((try * 5))
    done
    die "the crates cannot be downloaded"
}
