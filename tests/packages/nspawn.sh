#!/usr/bin/env bash
# Boots a Debian with systemd in a container, with what scripts/install.sh puts there, and has the
# units do what they are for: inside.sh in this folder. Needs root and network to a Debian mirror, and
# the packages mmdebstrap and systemd-container. The root is kept and used again:
# NSPAWN_ROOT (~/.cache/koinos-linux/nspawn).
#
# It stands beside `make test`, since not every machine may start containers.

source "$(dirname "$0")/../../scripts/common.sh"

readonly ROOT=${NSPAWN_ROOT:-$(dirname "$CARGO_TARGET_DIR")/nspawn}
readonly PACKAGES=systemd-sysv,dbus,rabbitmq-server,curl,procps,netbase
readonly LIMIT=300

[ "$(id -u)" = 0 ] || die "only root can start containers"
for program in mmdebstrap systemd-nspawn; do
    command -v "$program" >/dev/null || die "$program is missing: apt install mmdebstrap systemd-container"
done
if [ ! -e "$ROOT/etc/os-release" ]; then
    step "root" mmdebstrap --quiet --variant=minbase --include="$PACKAGES" bookworm "$ROOT"
fi
node=$(mktemp -d "$(dirname "$ROOT")/node.XXXXXX")
trap 'rm -rf "$node"' EXIT

# prepare: a copy of the root with the node, and with the test as a service of its own.
prepare() {
    cp -a "$ROOT/." "$node"
    chmod 755 "$node"
    DESTDIR=$node scripts/install.sh
    systemd-sysusers --root="$node" 2>/dev/null
    systemctl --root="$node" --quiet preset koinos.target
    printf '127.0.0.1 localhost koinos\n' >"$node/etc/hosts"
    echo koinos >"$node/etc/hostname"
    install -m 755 tests/packages/inside.sh "$node/root"
    cat >"$node/etc/systemd/system/inside.service" <<UNIT
[Unit]
After=rabbitmq-server.service koinos.target
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
Environment=HOME=/root
ExecStart=/root/inside.sh
StandardOutput=append:/root/inside.log
StandardError=inherit
[Install]
WantedBy=multi-user.target
UNIT
    systemctl --root="$node" --quiet enable inside.service
}

# boot: until the test is over; its status is the container's.
boot() {
    local status=0
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout "$LIMIT" systemd-nspawn --quiet --register=no \
        --keep-unit --private-network --directory="$node" --boot >"$node.log" 2>&1 </dev/null ||
        status=$?
    cat "$node/root/inside.log" || tail -n 20 "$node.log"
    rm -f "$node.log"
    return "$status"
}

step "prepare" prepare
step "boot and test" boot
