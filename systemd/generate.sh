#!/usr/bin/env bash
# generate.sh DIRECTORY [BINDIR]: writes everything of the service manager into DIRECTORY, which
# stands for /usr/lib: units, presets, users, directories. Programs are in BINDIR (/usr/bin).

# shellcheck disable=SC2034 # fill reads variables by their names
set -euo pipefail
cd "$(dirname "$0")"

readonly INTO=$1 bindir=${2:-/usr/bin}
readonly UNITS=$INTO/systemd/system

# rows: the table without its comments.
rows() {
    grep -v '^#' services.table
}

# units SERVICES SUFFIX: koinos-block-store SUFFIX and so on, from block_store,...
units() {
    local service list=
    for service in ${1//,/ }; do
        [ "$service" = - ] || list+=" koinos-${service//_/-}$2"
    done
    echo "${list# }"
}

# fill FILE: the template, for one unit. A line whose value is left empty is left out.
fill() {
    local -a script=()
    local key
    [ -n "$setup" ] || script+=(-e '/@setup@$/d' -e '/^# These make what/d')
    [ -n "$wants" ] || script+=(-e '/^Wants=@wants@$/d' -e 's/ @wants@$//')
    [ "$network" = local ] || script+=(-e '/^IPAddress/d' -e '/^# What a widened/d')
    [ "$service" = block_producer ] || script+=(-e '/producer-key/d' -e '/^# Of the producer/d')
    for key in unit program name at of node target service title wants setup sockets stop watchdog \
        oom public bindir; do
        script+=(-e "s|@$key@|${!key}|g")
    done
    sed -e '/^@sandbox@$/ { r sandbox.in' -e 'd }' -e '/^@root-sandbox@$/ { r root-sandbox.in' -e 'd }' "$1" |
        sed "${script[@]}"
}

# form one|many: what the units of the one node and those of koinos@NETWORK differ in.
form() {
    case $1 in
        one)
            at='' of='' node=koinos target=koinos.target name=''
            setup='koinos-amqp-setup.service koinos-devnet-init.service'
            ;;
        many)
            at=@%i of=' (%i)' node=koinos/networks/%i target=koinos@%i.target name=@
            setup=''
            ;;
    esac
}

service_units() {
    unit=koinos-${service//_/-} program=$unit
    local partners=$wants address=$public form
    for form in one many; do
        form "$form"
        wants=$(units "$partners" "$at.service")
        sockets=$unit$at.socket
        if [ "$address" != - ]; then
            # A port can have one owner: that of a further network comes with a drop-in.
            public=$address
            [ "$form" = one ] || public=/run/$node/$service/public.sock
            [ "$form" = many ] || sockets+=" $unit-public.socket"
            fill public.socket.in >"$UNITS/$unit-public$name.socket"
        fi
        fill service.in >"$UNITS/$unit$name.service"
        fill socket.in >"$UNITS/$unit$name.socket"
    done
}

node_units() {
    local form
    unit='' program=koinosctl service='' title='' wants='' sockets='' stop='' watchdog='' oom=''
    public='' network=local
    for form in one many; do
        form "$form"
        fill target.in >"$UNITS/koinos$name.target"
        fill synced.target.in >"$UNITS/koinos-synced$name.target"
        fill wait-sync.service.in >"$UNITS/koinos-wait-sync$name.service"
    done
    cp koinos.slice "$UNITS"
    form one
    for form in amqp-definitions amqp-setup devnet-init; do
        fill "$form.service" >"$UNITS/koinos-$form.service"
    done
}

users() {
    echo '# A user for each service. The group may read the configuration.'
    echo 'g koinos - -'
    while read -r service _ _ _ _ _ _ title; do
        unit=koinos-${service//_/-}
        echo "u $unit - \"Koinos $title\" /var/lib/koinos/$service"
        echo "m $unit koinos"
    done < <(rows)
}

mkdir -p "$UNITS" "$INTO"/systemd/system-preset "$INTO"/{sysusers,tmpfiles}.d
while read -r service watchdog stop oom network public wants title; do
    service_units
done < <(rows)
node_units
users >"$INTO/sysusers.d/koinos.conf"
install -D -m 644 -t "$INTO/systemd/catalog" koinos.catalog
cp tmpfiles.conf "$INTO/tmpfiles.d/koinos.conf"
cp 80-koinos.preset "$INTO/systemd/system-preset"
