#!/usr/bin/env bash
# Makes the Debian packages, source package included, in packages/deb of the target directory. Programs that
# are built already are used; `dpkg-buildpackage` on the plain sources compiles them itself.

source "$(dirname "$0")/common.sh"
source scripts/packages.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {
    # What the packages need is what scripts/install-deps.sh has installed, which includes a toolchain that
    # dpkg does not know.
    (cd "$work/koinos" && reported dpkg-buildpackage --no-sign --no-check-builddeps "$@")
    mkdir -p "$PACKAGES/deb"
    rm -f "$PACKAGES"/deb/*
    find "$work" -maxdepth 1 -type f -exec mv --target-directory="$PACKAGES/deb" {} +
}

step "packages" scripts/install-deps.sh packaging
programs
sources "$work/koinos"
step "deb" build "$@"
(cd "$PACKAGES/deb" && ls -sh1 ./*.deb)
