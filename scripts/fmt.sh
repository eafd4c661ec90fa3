#!/usr/bin/env bash
# Formats the sources.

source "$(dirname "$0")/common.sh"

cargo fmt --all
