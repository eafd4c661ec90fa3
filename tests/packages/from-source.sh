#!/usr/bin/env bash
# from-source.sh DIRECTORY: `make install` into a system that does not run yet.

source "$(dirname "$0")/../../scripts/common.sh"

DESTDIR=$1 scripts/install.sh
