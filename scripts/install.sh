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

mapfile -t SERVICES < <(grep -v '^#' systemd/services.table | awk '{ print $1 }')

program() {
    echo "koinos-${1//_/-}"
}

programs() {
    local service
    [ -x "$PROGRAMS/koinosctl" ] ||
        die "no programs in $PROGRAMS: run make build, or say where they are with KOINOS_PROGRAM_DIR"
    for service in "${SERVICES[@]}"; do
        install -D -m 755 -t "$TREE/bin" "$PROGRAMS/$(program "$service")"
    done
    install -D -m 755 -t "$TREE/bin" "$PROGRAMS/koinosctl"
    # What each is made of, for those who look for libraries with known flaws.
    for service in "$TREE"/bin/koinos*; do
        packaging/sbom.py embed "${service##*/}" "$service"
    done
    install -D -m 755 -t "$TREE/lib/koinos" packaging/restart-replaced packaging/start-services
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

# For other programs of the system: the firewall's names of ports, and profiles of AppArmor.
neighbours() {
    local service name
    install -D -m 644 packaging/ufw "$DESTDIR/etc/ufw/applications.d/koinos"
    mkdir -p "$DESTDIR/etc/apparmor.d"
    for service in "${SERVICES[@]}"; do
        name=$(program "$service")
        sed -e "s|@program@|$name|g" -e "s|@service@|$service|g" -e "s|@bindir@|$PREFIX/bin|g" \
            packaging/apparmor/service.in >"$DESTDIR/etc/apparmor.d/$name"
    done
}

# completions NAME COMMAND...: of a program that prints those of the shell that is named last.
completions() {
    local name=$1
    shift
    mkdir -p "$TREE"/share/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}
    "$@" bash >"$TREE/share/bash-completion/completions/$name"
    "$@" zsh >"$TREE/share/zsh/vendor-completions/_$name"
    "$@" fish >"$TREE/share/fish/vendor_completions.d/$name.fish"
}

# The page on config.yml: what the services say of their own options.
page_on_configuration() {
    local service
    cat packaging/man/koinos-config.yml.5.head
    printf '.SH "OPTIONS OF EVERY SERVICE"\n'
    "$PROGRAMS/$(program "${SERVICES[0]}")" --describe common-keys
    for service in "${SERVICES[@]}"; do
        printf '.SH "SECTION %s"\n' "$service"
        "$PROGRAMS/$(program "$service")" --describe keys
    done
    cat packaging/man/koinos-config.yml.5.tail
}

documents() {
    local service name
    mkdir -p "$TREE"/share/man/man{1,5,7,8}
    "$PROGRAMS/koinosctl" manpage --directory "$TREE/share/man/man1"
    completions koinosctl "$PROGRAMS/koinosctl" completions
    for service in "${SERVICES[@]}"; do
        name=$(program "$service")
        "$PROGRAMS/$name" --describe man >"$TREE/share/man/man8/$name.8"
        completions "$name" "$PROGRAMS/$name" --describe
    done
    page_on_configuration >"$TREE/share/man/man5/koinos-config.yml.5"
    install -m 644 packaging/man/koinos.systemd.7 "$TREE/share/man/man7"
    install -D -m 644 -t "$TREE/share/doc/koinos" README.md CHANGELOG.md LICENSE docs/*.md
    install -D -m 644 -t "$TREE/share/doc/koinos/operations" docs/operations/*.md
}

programs
systemd/generate.sh "$TREE/lib" "$PREFIX/bin"
configuration
neighbours
documents
