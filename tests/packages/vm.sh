#!/usr/bin/env bash
# The virtual machine tier: installs the node into a disk image, starts it under qemu with Debian's cloud
# kernel, and looks from inside (inside/vm.sh) at the node, its sandbox, and a restart of the machine.
#
# qemu interprets every instruction, so that it does the same on every machine and needs no /dev/kvm. With
# KOINOS_VM=skip it is left out.

source "$(dirname "$0")/../../scripts/common.sh"
source scripts/packages.sh
source tests/packages/root.sh

readonly SRV=$PACKAGES/srv LIMIT=${VM_LIMIT:-900}

if [ "${KOINOS_VM:-}" = skip ]; then
    echo "SKIPPED: the virtual machine tier, because KOINOS_VM=skip"
    exit 0
fi
[ "$(id -u)" = 0 ] || die "only root can make the disk image"
need qemu-system-x86_64 qemu-system-x86
need systemd-nspawn systemd-container
[ -d "$SRV/new" ] || tests/packages/build.sh
work=$(mktemp -d "$CACHE/vm.XXXXXX")
trap 'rm -rf "$work"' EXIT

image() {
    local node=$work/node
    make_root
    mkdir -p "$node"
    cp -a --reflink=auto "$ROOT/." "$node"
    mv "$node"/boot/vmlinuz-* "$work/vmlinuz"
    mv "$node"/boot/initrd.img-* "$work/initrd"
    printf '127.0.0.1 localhost koinos\n' >"$node/etc/hosts"
    echo koinos >"$node/etc/hostname"
    echo '/dev/vda / ext4 defaults 0 1' >"$node/etc/fstab"
    mkdir -p "$node/root/inside"
    install -m 755 -t "$node/root/inside" tests/packages/inside/*.sh
    systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$node" \
        --bind-ro="$SRV:/srv/koinos" --pipe /root/inside/image.sh </dev/null
    rm -rf "$node"/var/lib/apt/lists/*
    cat >"$node/etc/systemd/system/inside.service" <<UNIT
[Unit]
After=multi-user.target
FailureAction=poweroff
[Service]
Type=oneshot
ExecStart=/root/inside/vm.sh
StandardOutput=file:/dev/ttyS1
StandardError=inherit
UNIT
    mkdir -p "$node/etc/systemd/system/timers.target.wants"
    printf '[Timer]\nOnActiveSec=0\nAccuracySec=1ms\n' >"$node/etc/systemd/system/inside.timer"
    ln -s ../inside.timer "$node/etc/systemd/system/timers.target.wants"
    # A slow machine needs longer for everything; but for RabbitMQ, which is never done here with stopping.
    mkdir -p "$node/etc/systemd/system.conf.d"
    printf '[Manager]\nDefaultTimeoutStartSec=600\nDefaultTimeoutStopSec=15\n' >"$node/etc/systemd/system.conf.d/slow.conf"
    truncate --size 3G "$work/disk"
    mkfs.ext4 -q -d "$node" "$work/disk"
    rm -rf "$node"
}

machine() {
    timeout "$LIMIT" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 2048 -nodefaults \
        -display none -kernel "$work/vmlinuz" -initrd "$work/initrd" \
        -append 'root=/dev/vda rw console=ttyS0 security=apparmor' \
        -drive "file=$work/disk,format=raw,if=virtio,cache=unsafe" \
        -serial "file:$work/console.log" -serial "file:$work/test.log" || true
    cat "$work/test.log"
    grep -q '^the machine passed' "$work/test.log" || {
        tail -n 30 "$work/console.log"
        return 1
    }
}

step "disk image" image
step "virtual machine" machine
