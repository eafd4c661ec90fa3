#!/usr/bin/env bash
# Checks the format and the lints.

source "$(dirname "$0")/common.sh"

step "packages" scripts/install-deps.sh
step "fmt" cargo fmt --all --check
step "clippy" cargo clippy "${SELECTION[@]}" --all-targets -- -D warnings
