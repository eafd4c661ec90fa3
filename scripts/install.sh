#!/usr/bin/env bash
# Puts programs, units, configuration, manual pages and completions into the tree DESTDIR (none: this
# system) below PREFIX (/usr). Packages are made from it. Nothing is built, enabled or started, and
# configuration that is there already stays.
#
# The programs are those of scripts/build.sh, or of the directory KOINOS_PROGRAM_DIR.

source "$(dirname "$0")/common.sh"

readonly DESTDIR=${DESTDIR:-} PREFIX=${PREFIX:-/usr}
readonly TREE=$DESTDIR$PREFIX ETC=$DESTDIR/etc/koinos
readonly PROGRAMS=${KOINOS_PROGRAM_DIR:-$CARGO_TARGET_DIR/release}

programs() {
    local service
    [ -x "$PROGRAMS/koinosctl" ] ||
        die "no programs in $PROGRAMS: run make build, or say where they are with KOINOS_PROGRAM_DIR"
    while read -r service _; do
        install -D -m 755 -t "$TREE/bin" "$PROGRAMS/koinos-${service//_/-}"
    done < <(grep -v '^#' systemd/services.table)
    install -D -m 755 -t "$TREE/bin" "$PROGRAMS/koinosctl"
}

# What the operator edits: only what is missing.
configuration() {
    local file
    # It may hold a password.
    [ -e "$ETC/config.yml" ] || install -D -m 640 etc/koinos/config.yml "$ETC/config.yml"
    for file in conf.d/README networks/README; do
        [ -e "$ETC/$file" ] || install -D -m 644 "etc/koinos/$file" "$ETC/$file"
    done
    install -D -m 644 -t "$TREE/share/koinos" etc/koinos/config.yml
    install -D -m 644 -t "$TREE/share/koinos/networks" etc/networks/*.yml
    install -D -m 644 -t "$TREE/share/koinos/systemd" systemd/254.conf
}

documents() {
    local koinosctl=$PROGRAMS/koinosctl
    mkdir -p "$TREE"/share/man/man1 "$TREE"/share/bash-completion/completions \
        "$TREE"/share/zsh/vendor-completions "$TREE"/share/fish/vendor_completions.d
    "$koinosctl" manpage --directory "$TREE/share/man/man1"
    "$koinosctl" completions bash >"$TREE/share/bash-completion/completions/koinosctl"
    "$koinosctl" completions zsh >"$TREE/share/zsh/vendor-completions/_koinosctl"
    "$koinosctl" completions fish >"$TREE/share/fish/vendor_completions.d/koinosctl.fish"
    install -D -m 644 -t "$TREE/share/doc/koinos" README.md CHANGELOG.md LICENSE docs/*.md
}

programs
systemd/generate.sh "$TREE/lib" "$PREFIX/bin"
configuration
documents
