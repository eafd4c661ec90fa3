# Sourced by the scripts that make packages: where they go, and the tree they are made from.
# shellcheck shell=bash

# deb/, rpm/ and the repositories.
readonly PACKAGES=${KOINOS_PACKAGES_DIR:-$CARGO_TARGET_DIR/packages}
# debhelper and rpmbuild give a build another home.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}

# programs: builds them, unless KOINOS_PROGRAM_DIR says where they are, and sets it.
programs() {
    [ -n "${KOINOS_PROGRAM_DIR:-}" ] || scripts/build.sh
    export KOINOS_PROGRAM_DIR=${KOINOS_PROGRAM_DIR:-$CARGO_TARGET_DIR/release}
}

# sources DIRECTORY: the tree without what was built in it, as a clone has it.
sources() {
    mkdir -p "$1"
    if [ -e .git ]; then
        git ls-files -z --cached --others --exclude-standard
    else
        find . -name target -prune -o ! -type d -print0
    fi | tar --create --null --no-recursion --files-from=- --ignore-failed-read | tar --extract --directory="$1"
    # A new row of systemd/services.table is all that a new package takes.
    "$1/packaging/generate.py"
}

# version: of the packages.
version() {
    sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog
}

# reported COMMAND...: a command that is loud only when it fails.
reported() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    [ "$status" = 0 ] || tail -n 60 "$log"
    rm -f "$log"
    return "$status"
}
