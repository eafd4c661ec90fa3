# Sourced: the Debian that the tests install into, made once and kept.
# shellcheck shell=bash

# Beside the target directory, so that a fresh clone finds it.
readonly CACHE=${KOINOS_CACHE_DIR:-$(dirname "$CARGO_TARGET_DIR")}
readonly ROOT=$CACHE/bookworm-root
# A machine as it comes: with a service manager, without a broker. The kernel is for the VM.
readonly ROOT_PACKAGES=systemd-sysv,dbus,curl,procps,netbase,ufw,apparmor,initramfs-tools,linux-image-cloud-amd64
# What apt has to find without a network: the broker, and rpm for packages of its kind.
readonly ROOT_ARCHIVES=(rabbitmq-server rpm)

# need PROGRAM PACKAGE: ends with what to do if it is missing.
need() {
    command -v "$1" >/dev/null || die "$1 is missing: run scripts/install-deps.sh (package $2)"
}

# make_root: the root, unless it is there and has what it is to have.
make_root() {
    local part=$ROOT.part content="$ROOT_PACKAGES ${ROOT_ARCHIVES[*]}"
    # With what they recommend, which mmdebstrap leaves out and apt inside will want.
    local download='apt-get -q -y -o APT::Install-Recommends=true install --download-only'
    [ "$(cat "$ROOT/content" 2>/dev/null)" != "$content" ] || return 0
    [ "$(id -u)" = 0 ] || die "only root can make a Debian root"
    need mmdebstrap mmdebstrap
    rm -rf "$part" "$ROOT"
    # The lists stay, so that apt knows Debian's packages inside, where there is no network.
    mmdebstrap --quiet --variant=minbase --skip=cleanup/apt --include="$ROOT_PACKAGES" \
        --aptopt='Acquire::Retries "3"' \
        --customize-hook='chroot "$1" apt-get clean' \
        --customize-hook="chroot \"\$1\" $download ${ROOT_ARCHIVES[*]}" \
        bookworm "$part"
    echo "$content" >"$part/content"
    mv "$part" "$ROOT"
}
