#!/usr/bin/env bash
# install-deps.sh [packaging] [PACKAGE...]: installs the Debian packages that building, testing and running
# need, those that making and testing packages needs, and those that are named, if any is missing. Uses sudo
# unless run by root.

source "$(dirname "$0")/common.sh"

# g++ and libclang-dev build RocksDB and its bindings; rabbitmq-server is the message broker; python3 lists what
# programs are made of when they are installed; systemd checks the units.
PACKAGES=(g++ libclang-dev rabbitmq-server python3 systemd)
# debhelper to rpm make packages and repositories; then what checks them, and the containers and virtual
# machines that they are installed into.
if [ "${1:-}" = packaging ]; then
    shift
    PACKAGES+=(debhelper dh-apparmor dpkg-dev apt-utils gnupg rpm createrepo-c)
    PACKAGES+=(lintian rpmlint diffoscope-minimal mmdebstrap systemd-container dnf qemu-system-x86)
fi
PACKAGES+=("$@")

missing() {
    local package
    # The tests of wallet libraries run on Node.js, wherever that comes from.
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        PACKAGES+=(nodejs npm)
    fi
    for package in "${PACKAGES[@]}"; do
        case $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) echo "$package" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Tests start brokers of their own, so the packaged service need not run: while packages are being
# installed this policy keeps services from being started. A policy that is there already stays.
readonly POLICY=/usr/sbin/policy-rc.d
forbid_services() {
    [ ! -e "$POLICY" ] || return 0
    trap 'as_root rm -f "$POLICY"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
}

install_packages() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    forbid_services
    as_root "${apt[@]}" update
    as_root "${apt[@]}" install --no-install-recommends "$@"
    # Nor is it to start with the machine.
    if [[ " $* " == *" rabbitmq-server "* && -d /run/systemd/system ]]; then
        as_root systemctl disable --now --quiet rabbitmq-server.service
    fi
}

if ! command -v cargo >/dev/null; then
    die "cargo is missing; install Rust 1.88 or newer with rustup (https://rustup.rs)"
fi
if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system: the equivalents of ${PACKAGES[*]} must be there" >&2
    exit 0
fi
mapfile -t wanted < <(missing)
if [ ${#wanted[@]} -gt 0 ]; then
    echo "installing ${wanted[*]}"
    install_packages "${wanted[@]}"
fi
