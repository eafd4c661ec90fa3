#!/usr/bin/env bash
# What nspawn.sh runs in its container, as root: the units of a node on their first machine.

set -euo pipefail

readonly SERVICES="chain block-store mempool block-producer jsonrpc"
readonly REQUEST='{"jsonrpc":"2.0","id":1,"method":"chain.get_head_info","params":{}}'

say() { printf '\n=== %s (%d s)\n' "$*" "$SECONDS"; }
fail() {
    printf 'FAILED: %s\n' "$*"
    systemctl --no-pager --full status 'koinos-*.service' | head -n 100 || true
    exit 1
}
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR

# within SECONDS COMMAND...: tries until it works.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || fail "not within time: $*"
        sleep 0.2
    done
}

pid() { systemctl show --property MainPID --value "koinos-$1"; }
pids() { for service in $SERVICES; do pid "$service"; done | xargs; }
property() { systemctl show --property "$2" --value "koinos-$1"; }
admin() { curl --silent --fail --max-time 20 --unix-socket "/run/koinos/$1/admin.sock" "http://admin/$2"; }
request() { curl --silent --show-error --max-time 20 --data "$REQUEST" "http://127.0.0.1:${1:-8080}/"; }
height() { request | sed -n 's/.*"height":"\([0-9]*\)".*/\1/p'; }
above() { [ "$(height)" -gt "$1" ]; }
all_ready() { local service; for service in chain block_store mempool block_producer jsonrpc; do admin "$service" readyz; done; }
is() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }

say "a genesis"
rabbitmqctl --quiet add_vhost net
rabbitmqctl --quiet set_permissions --vhost net guest '.*' '.*' '.*'
koinosctl devnet start --detach --data-dir /root/net --amqp amqp://guest:guest@localhost/net >/dev/null
koinosctl devnet stop --data-dir /root/net
install -D -m 640 -g koinos /root/net/chain/genesis_data.json /etc/koinos/networks/devnet/genesis_data.json
ln -s /usr/share/koinos/networks/devnet.yml /etc/koinos/conf.d/10-network.yml
install -d -m 700 -o koinos-block-producer -g koinos-block-producer /var/lib/koinos/block_producer
install -m 600 -o koinos-block-producer -g koinos-block-producer \
    /root/net/block_producer/private.key /var/lib/koinos/block_producer

say "enable --now koinos-chain brings what it needs"
systemctl enable --quiet --now koinos-chain
is "$(systemctl is-active koinos-chain koinos-block-store koinos-mempool | xargs)" "active active active"
systemctl enable --quiet --now koinos-block-producer koinos-jsonrpc
within 30 all_ready
within 30 above 1
systemctl start koinos-synced.target
koinosctl status
pids
for service in $SERVICES; do
    echo "$service: $(property "$service" StatusText)"
done

say "a service cannot see into another, nor into /home"
mkdir -p /home/somebody
if runuser -u koinos-mempool -- cat /var/lib/koinos/block_producer/private.key 2>/run/refused; then
    fail "mempool can read the key of block_producer"
fi
cat /run/refused
inside=/proc/$(pid mempool)/root
[ ! -e "$inside/home/somebody" ] || fail "mempool sees /home"
if nsenter --target "$(pid mempool)" --mount cat /etc/hostname 2>/run/refused; then
    fail "mempool can start another program"
fi
cat /run/refused

say "a restart of one touches no other"
before=$(pid block-store)$(pid mempool)$(pid block-producer)$(pid jsonrpc)
systemctl restart koinos-chain
is "$(pid block-store)$(pid mempool)$(pid block-producer)$(pid jsonrpc)" "$before"

say "a connection starts a service that was stopped"
for service in chain block-store mempool block-producer jsonrpc; do
    systemctl stop "koinos-$service" 2>/dev/null
    is "$(pid "$service")" 0
    admin "${service//-/_}" healthz
    [ "$(pid "$service")" != 0 ] || fail "$service was not started"
done
systemctl stop koinos-jsonrpc 2>/dev/null
within 30 admin chain readyz
request | grep -q head_topology || fail "the first request after a start was not answered"
within 30 all_ready

say "jsonrpc restarts under load, and no request fails"
touch /run/load
(
    sent=0 failed=0
    while [ -e /run/load ]; do
        sent=$((sent + 1))
        request | grep -q head_topology || failed=$((failed + 1))
    done
    echo "$sent sent, $failed failed" >/run/loaded
) &
for _ in 1 2 3 4 5; do
    systemctl restart koinos-jsonrpc
    sleep 1
done
rm /run/load
wait $!
cat /run/loaded
grep -q ', 0 failed' /run/loaded

say "killed services come back, and blocks go on"
for service in $SERVICES; do
    systemctl kill --signal=KILL "koinos-$service"
done
sleep 3
within 60 all_ready
within 60 above "$(height)"

say "a broker that restarts is found again, by the same processes"
before=$(pids)
systemctl restart rabbitmq-server
within 90 all_ready
is "$(pids)" "$before"

say "a configuration that is wrong stops a reload, and a restart once"
echo 'mempool: { jobs: many }' >/etc/koinos/conf.d/99-wrong.yml
before=$(pid mempool)
! systemctl reload koinos-mempool 2>/dev/null || fail "the reload said nothing"
is "$(pid mempool)" "$before"
! systemctl restart koinos-mempool 2>/dev/null || fail "it started"
sleep 5
is "$(property mempool ActiveState) $(property mempool NRestarts) $(property mempool ExecMainStatus)" "failed 0 78"
rm /etc/koinos/conf.d/99-wrong.yml
systemctl start koinos-mempool
systemctl reload koinos-mempool

say "a second network, with a password in a credential"
readonly SECOND=/etc/koinos/networks/second
install -d -m 700 "$SECOND/credentials"
head -c 24 /dev/urandom | base64 >"$SECOND/credentials/amqp-password"
rabbitmqctl --quiet add_vhost second
rabbitmqctl --quiet add_user second <"$SECOND/credentials/amqp-password"
rabbitmqctl --quiet set_permissions --vhost second second '.*' '.*' '.*'
cat >"$SECOND/config.yml" <<YAML
global:
  amqp: amqp://second@localhost/second
chain:
  genesis-data: /etc/koinos/networks/devnet/genesis_data.json
jsonrpc:
  listen: /ip4/127.0.0.1/tcp/8081
YAML
systemctl enable --quiet --now koinos@second.target koinos-chain@second koinos-jsonrpc@second
is "$(request 8081 | grep -c '"height":"[1-9]')" 0
koinosctl --basedir /var/lib/koinos/networks/second status
systemctl stop koinos@second.target
is "$(systemctl is-active koinos-chain)" active

say "a service that hangs is started again"
before=$(pid jsonrpc)
systemctl kill --kill-who=main --signal=STOP koinos-jsonrpc
another() { [ "$(pid jsonrpc)" != "$before" ] && [ "$(pid jsonrpc)" != 0 ]; }
within 60 another
journalctl --no-pager --output=cat --unit koinos-jsonrpc | grep -q 'Watchdog timeout' || fail "no watchdog"

say "the node stops as one"
systemctl stop koinos.target
stopped() { [ "$(pids)" = "0 0 0 0 0" ]; }
within 60 stopped
if journalctl --no-pager --quiet --unit 'koinos-*' --grep 'panick|Operation not permitted'; then
    fail "something was refused by the sandbox"
fi
say "done"
