#!/usr/bin/env bash
# files.sh SPLIT LISTS: the lists of packaging/split.sh in the form of a spec file, with what is
# configuration marked as such.

set -euo pipefail

mkdir -p "$2"
for list in "$1"/*; do
    while read -r path; do
        case $path in
            # It belongs to a group that a script of this package makes.
            /etc/koinos/config.yml) echo "%attr(0640,root,root) %verify(not group) %config(noreplace) $path" ;;
            /etc/*) echo "%config(noreplace) $path" ;;
            # Compressed or not, as the distribution likes it.
            /usr/share/man/*) echo "%doc $path*" ;;
            /usr/share/doc/*) echo "%doc $path" ;;
            *) echo "$path" ;;
        esac
    done <"$list" >"$2/$(basename "$list")"
done
{
    echo "%dir /etc/koinos"
    echo "%dir /etc/koinos/conf.d"
    echo "%dir /etc/koinos/networks"
    echo "%dir /usr/lib/koinos"
    echo "%dir /usr/share/koinos"
    echo "%dir /usr/share/koinos/networks"
    echo "%dir /usr/share/koinos/systemd"
    echo "%dir /usr/share/doc/koinos"
} >>"$2/koinos-common"
