#!/usr/bin/env bash
# nspawn.sh REPOSITORIES SCRIPT...: boots a fresh Debian with systemd in a container, without a network, and
# runs scripts of inside/ in it, one after the other. REPOSITORIES is a directory that is seen inside as
# /srv/koinos. Needs root.
#
# PREPARE is a command that is run with the container's directory before it is booted.

source "$(dirname "$0")/../../scripts/common.sh"
source tests/packages/root.sh

readonly LIMIT=${NSPAWN_LIMIT:-600}
readonly REPOSITORIES=$(realpath "$1")
shift

[ "$(id -u)" = 0 ] || die "only root can start containers"
need systemd-nspawn systemd-container
make_root
node=$(mktemp -d "$CACHE/node.XXXXXX")
trap 'rm -rf "$node"' EXIT

# prepare SCRIPT...: a copy of the root, with the test as a service of its own.
prepare() {
    cp -a --reflink=auto "$ROOT/." "$node"
    chmod 755 "$node"
    printf '127.0.0.1 localhost koinos\n' >"$node/etc/hosts"
    echo koinos >"$node/etc/hostname"
    mkdir -p "$node/root/inside"
    install -m 755 -t "$node/root/inside" tests/packages/inside/*.sh
    {
        printf '[Unit]\nAfter=multi-user.target\nSuccessAction=exit\nFailureAction=exit\n'
        printf '[Service]\nType=oneshot\nStandardOutput=append:/root/inside.log\nStandardError=inherit\n'
        printf 'ExecStart=/root/inside/%s.sh\n' "$@"
    } >"$node/etc/systemd/system/inside.service"
    # Not wanted by a target, whose end it would wait for.
    mkdir -p "$node/etc/systemd/system/timers.target.wants"
    printf '[Timer]\nOnActiveSec=0\nAccuracySec=1ms\n' >"$node/etc/systemd/system/inside.timer"
    ln -s ../inside.timer "$node/etc/systemd/system/timers.target.wants"
}

# boot: until the test is over; its status is the container's.
boot() {
    local status=0
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout "$LIMIT" systemd-nspawn --quiet --register=no \
        --keep-unit --private-network --directory="$node" --bind-ro="$REPOSITORIES:/srv/koinos" \
        --boot >"$node.log" 2>&1 </dev/null || status=$?
    cat "$node/root/inside.log" || tail -n 20 "$node.log"
    rm -f "$node.log"
    return "$status"
}

prepare "$@"
[ -z "${PREPARE:-}" ] || $PREPARE "$node"
boot
