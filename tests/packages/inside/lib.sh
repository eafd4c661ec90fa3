# Sourced by what runs inside a container, a virtual machine or an autopkgtest, as root: asking a node, and
# saying what is wrong with it.
# shellcheck shell=bash

set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root

readonly REQUEST='{"jsonrpc":"2.0","id":1,"method":"chain.get_head_info","params":{}}'

say() { printf '\n=== %s (%d s)\n' "$*" "$SECONDS"; }
fail() {
    printf 'FAILED: %s\n' "$*"
    systemctl --no-pager --full status 'koinos-*.service' | head -n 100 || true
    journalctl --no-pager --quiet --priority warning --lines 40 || true
    exit 1
}
trap 'fail "line $LINENO of $0: $BASH_COMMAND"' ERR

# within SECONDS COMMAND...: tries until it works.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || fail "not within time: $*"
        sleep 0.2
    done
}

is() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }
has() { grep -q -e "$2" <<<"$1" || fail "no '$2' in: $1"; }

# services: those whose packages are installed, in the form of units.
services() {
    local path
    for path in /lib/systemd/system/koinos-*@.socket; do
        path=${path##*/koinos-}
        [[ $path == *-public@.socket ]] || echo "${path%@.socket}"
    done
}
# service NAME: the name on the bus.
service() { echo "${1//-/_}"; }

property() { systemctl show --property "$2" --value "koinos-$1"; }
pid() { property "$1" MainPID; }
pids() { for name in $(services); do pid "$name"; done | xargs; }
admin() { curl --silent --fail --max-time 20 --unix-socket "/run/koinos/$(service "$1")/admin.sock" "http://admin/$2"; }
request() { curl --silent --show-error --max-time 20 --data "$REQUEST" "http://127.0.0.1:${1:-8080}/"; }
# height: of the head; a node that is at 0 leaves the field out.
height() { request | sed -n 's/.*"height":"\([0-9]*\)".*/\1/p; t; s/.*"head_topology":.*/0/p'; }
above() { [ "$(height)" -gt "$1" ]; }
all_ready() {
    local name
    for name in $(services); do admin "$name" readyz || return 1; done
}

# quietly COMMAND...: a command that is loud only when it fails, and leaves its output in /root/quiet.log.
quietly() {
    "$@" >/root/quiet.log 2>&1 || { tail -n 60 /root/quiet.log; fail "$*"; }
}

# repository NAME: apt takes packages from this repository, beside what it has of Debian.
repository() {
    sed "s|^URIs: .*|URIs: file:/srv/koinos/$1|" "/srv/koinos/$1/koinos.sources" \
        >/etc/apt/sources.list.d/koinos.sources
    install -m 644 /srv/koinos/new/koinos.gpg /usr/share/keyrings/koinos.gpg
    printf '%s;\n' 'APT::Get::Assume-Yes "true"' 'quiet "1"' 'Dpkg::Use-Pty "0"' >/etc/apt/apt.conf.d/00test
    # There is no network: what is known of Debian stays.
    apt-get update >/dev/null 2>&1 || true
    apt-cache policy koinos-chain | grep -q "file:/srv/koinos/$1" || fail "apt does not take the repository $1"
}
