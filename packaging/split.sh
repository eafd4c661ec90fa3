#!/usr/bin/env bash
# split.sh TREE DIRECTORY: which package each file of TREE goes into. DIRECTORY gets a file for each
# package, named after it, with a path on each line. A file that no package takes is an error.

set -euo pipefail
cd "$(dirname "$0")/.."

readonly TREE=$1 INTO=$2
mapfile -t SERVICES < <(grep -v '^#' systemd/services.table | awk '{ gsub("_", "-", $1); print $1 }')

# owner PATH: the package that has this path.
owner() {
    local name=${1##*/} service
    case $1 in
        /etc/koinos/* | /usr/share/koinos/* | /usr/share/doc/*) echo koinos-common && return ;;
    esac
    for service in "${SERVICES[@]}"; do
        # The program, its units and everything else of that name.
        case $name in
            "koinos-$service" | "koinos-$service".* | "koinos-$service"@.* | \
                "koinos-$service"-public.* | "koinos-$service"-public@.* | \
                "_koinos-$service") echo "koinos-$service" && return ;;
        esac
    done
    case $name in
        koinosctl* | _koinosctl | koinos-wait-sync* | koinos-synced* | koinos-amqp-* | \
            koinos-devnet-init.service) echo koinosctl ;;
        *) echo koinos-common ;;
    esac
}

rm -rf "$INTO"
mkdir -p "$INTO"
while read -r path; do
    echo "$path" >>"$INTO/$(owner "$path")"
done < <(cd "$TREE" && find . ! -type d | LC_ALL=C sort | sed 's/^\.//')
