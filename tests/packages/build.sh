#!/usr/bin/env bash
# Makes what the tests of packages install: the packages of this tree by `make deb`, `make rpm` and `make
# repo`; the same once more in another place, which has to be equal; and a previous version with other
# defaults. Checks them with the tools of the distributions.

source "$(dirname "$0")/../../scripts/common.sh"
source scripts/packages.sh

readonly SRV=$PACKAGES/srv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# variant DIRECTORY: Debian packages of the tree that is in DIRECTORY/koinos.
variant() {
    (cd "$1/koinos" && reported dpkg-buildpackage -b --no-sign --no-check-builddeps)
}

previous() {
    local tree=$work/previous/koinos
    sources "$tree"
    sed -i '1s/(.*)/(0.0.9)/' "$tree/debian/changelog"
    sed -i 's/^\(Version: *\).*/\10.0.9/' "$tree/packaging/rpm/koinos.spec.in"
    # Defaults that were different then.
    sed -i 's/#max-batch: 100/#max-batch: 50/' "$tree/etc/koinos/config.yml"
    sed -i '1i This file is of the previous version.' "$tree/etc/koinos/conf.d/README"
    KOINOS_PACKAGES_DIR=$work/old "$tree/scripts/rpm.sh"
    variant "$work/previous"
    mkdir -p "$work/old/deb"
    mv "$work"/previous/*.deb "$work/old/deb"
    KOINOS_PACKAGES_DIR=$work/old KOINOS_KEY_DIR=$PACKAGES/key scripts/repo.sh
}

# A second build elsewhere, at another time, has to give the same packages. Both archives in a package are
# compared, every byte of them; that xz makes the same of the same is not tried, which takes minutes.
again() {
    local tree=$work/a/much/longer/path/koinos package first part
    sources "$tree"
    touch "$tree/README.md"
    variant "${tree%/*}"
    for package in "${tree%/*}"/*.deb; do
        first=$PACKAGES/deb/${package##*/}
        for part in --ctrl-tarfile --fsys-tarfile; do
            cmp <(dpkg-deb "$part" "$first") <(dpkg-deb "$part" "$package") || {
                diffoscope "$first" "$package"
                return 1
            }
        done
    done
    echo "$(ls "${tree%/*}"/*.deb | wc -l) packages are the same when they are built again elsewhere"
}

lint_deb() {
    lintian --allow-root --fail-on error,warning "$PACKAGES"/deb/*.changes
}

lint_rpm() {
    rpmlint --config tests/packages/rpmlint.toml "$PACKAGES"/rpm/*.rpm packaging/rpm/koinos.spec
}

step "debian/control and the spec file" packaging/generate.py --check
# Without those of debug symbols, which take longer than all others and are installed by no test, and hardly
# compressed.
export DEB_BUILD_OPTIONS="noautodbgsym terse-packages"
scripts/deb.sh
# The further builds take the same programs.
export KOINOS_PROGRAM_DIR=${KOINOS_PROGRAM_DIR:-$CARGO_TARGET_DIR/release}
step "built again" again
step "previous version" previous
scripts/rpm.sh
scripts/repo.sh
step "lintian" lint_deb
step "rpmlint" lint_rpm
rm -rf "$SRV"
mkdir -p "$SRV"
cp -a --reflink=auto "$PACKAGES/repo/deb" "$SRV/new"
cp -a --reflink=auto "$PACKAGES/repo/rpm" "$SRV/rpm"
cp -a --reflink=auto "$work/old/repo/deb" "$SRV/old"
cp -a --reflink=auto "$work/old/repo/rpm" "$SRV/old-rpm"
