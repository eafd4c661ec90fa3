#!/usr/bin/env bash
# Makes the RPM packages in packages/rpm of the target directory, of the programs that are built.

source "$(dirname "$0")/common.sh"
source scripts/packages.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {
    local name
    name=koinos-$(version)
    SOURCE_DATE_EPOCH=$(date --date "$(sed -n 's/^ -- .*>  //p' debian/changelog | head -n 1)" +%s)
    export SOURCE_DATE_EPOCH
    mkdir -p "$work"/{SOURCES,BUILD,BUILDROOT,RPMS,SRPMS}
    mv "$work/tree" "$work/$name"
    tar --create --gzip --file "$work/SOURCES/$name.tar.gz" --directory "$work" --sort=name --owner=0 \
        --group=0 --mtime="@$SOURCE_DATE_EPOCH" "$name"
    # The programs are there already; the names of Fedora's packages mean nothing to this machine.
    reported rpmbuild -bb --nodeps --define "_topdir $work" --define "programs $KOINOS_PROGRAM_DIR" \
        --define "_buildhost koinos" --define "clamp_mtime_to_source_date_epoch 1" \
        --define "use_source_date_epoch_as_buildtime 1" --define "_binary_payload w9.zstdio" \
        "$work/$name/packaging/rpm/koinos.spec"
    mkdir -p "$PACKAGES/rpm"
    rm -f "$PACKAGES"/rpm/*
    mv "$work"/RPMS/*/*.rpm "$PACKAGES/rpm"
}

step "packages" scripts/install-deps.sh packaging
programs
sources "$work/tree"
step "rpm" build
(cd "$PACKAGES/rpm" && ls -sh1 ./*.rpm)
