#!/usr/bin/env bash
# Builds everything and starts a private network; Ctrl-C ends it. Options are those of
# `koinosctl devnet start`.

source "$(dirname "$0")/common.sh"

scripts/build.sh
# It takes the place of the shell, so that a signal reaches it alone.
exec "$CARGO_TARGET_DIR/release/koinosctl" devnet start "$@"
