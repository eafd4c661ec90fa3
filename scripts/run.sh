#!/usr/bin/env bash
# Shows the node at work: a private broker, koinos-block-store and koinos-chain, and a recorded
# chain submitted over AMQP. Ctrl-C ends everything. Options are those of koinos-demo.

source "$(dirname "$0")/common.sh"

scripts/build.sh
# The driver takes the place of the shell, so that a signal reaches it alone.
exec "$CARGO_TARGET_DIR/release/koinos-demo" "$@"
