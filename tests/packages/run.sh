#!/usr/bin/env bash
# The container tier: makes the packages, installs them into fresh systems, and has the node do what it is
# for, upgraded, downgraded and removed. Needs root, and network to a Debian mirror the first time.

source "$(dirname "$0")/../../scripts/common.sh"
source scripts/packages.sh

readonly SRV=$PACKAGES/srv
tests/packages/build.sh
step "install, and what the units are for" tests/packages/nspawn.sh "$SRV" install first services
step "what an operator does" tests/packages/nspawn.sh "$SRV" install operations
step "one service alone" tests/packages/nspawn.sh "$SRV" alone
step "upgrade, downgrade, removal" tests/packages/nspawn.sh "$SRV" upgrade
step "installed from source" env PREPARE=tests/packages/from-source.sh \
    tests/packages/nspawn.sh "$SRV" source first
step "RPM" env PREPARE=tests/packages/from-rpm.sh tests/packages/nspawn.sh "$SRV" rpm first rpm-upgrade
