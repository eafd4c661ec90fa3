#!/usr/bin/env bash
# What the units are for, on a node that runs (install.sh): sockets that start services, restarts that
# nobody notices, failures that pass, a second network, a node that stops as one.

source "$(dirname "$0")/lib.sh"

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
others() { for name in $(services); do [ "$name" = chain ] || pid "$name"; done | xargs; }
before=$(others)
systemctl restart koinos-chain
is "$(others)" "$before"

say "a connection starts a service that was stopped"
for service in $(services); do
    systemctl stop "koinos-$service" 2>/dev/null
    is "$(pid "$service")" 0
    admin "$service" healthz
    [ "$(pid "$service")" != 0 ] || fail "$service was not started"
done
within 60 admin chain readyz
for unit in /lib/systemd/system/koinos-*-public.socket; do
    service=${unit##*/koinos-} service=${service%-public.socket}
    address=$(sed -n 's/^ListenStream=//p' "$unit")
    systemctl stop "koinos-$service" 2>/dev/null
    timeout 60 bash -c "exec 3<>/dev/tcp/${address%:*}/${address##*:}"
    started() { [ "$(pid "$service")" != 0 ]; }
    within 30 started
done
systemctl stop koinos-jsonrpc 2>/dev/null
request | grep -q head_topology || fail "the first request after a start was not answered"
within 60 all_ready

say "jsonrpc restarts under load, and no request fails"
touch /run/load
load() {
    local sent=0 failed=0
    while [ -e /run/load ]; do
        sent=$((sent + 1))
        request | grep -q head_topology || failed=$((failed + 1))
    done
    echo "$sent $failed" >"/run/loaded.$1"
}
workers=
for worker in 1 2 3 4; do
    load "$worker" &
    workers+=" $!"
done
for _ in 1 2 3 4 5; do
    systemctl restart koinos-jsonrpc
    sleep 1
done
rm /run/load
# shellcheck disable=SC2086 # a list
wait $workers
loaded=$(cat /run/loaded.* | awk '{ sent += $1; failed += $2 } END { print sent " sent, " failed " failed" }')
echo "figure: jsonrpc restarted 5 times under load: $loaded"
has "$loaded" ', 0 failed'

say "killed services come back, and blocks go on"
for service in $(services); do
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

say "a second network"
cd /root
cp /etc/koinos/networks/devnet/genesis_data.json .
koinosctl network add second --genesis genesis_data.json --fork-algorithm fifo
koinosctl instance create second --genesis genesis_data.json
systemctl enable --quiet --now koinos@second.target koinos-chain@second koinos-jsonrpc@second
koinosctl instance list
koinosctl ls
koinosctl --basedir /var/lib/koinos/networks/second status
has "$(koinosctl --basedir /var/lib/koinos/networks/second chain head)" 'height: *0'
is "$(systemctl is-active koinos-chain@second koinos-chain | xargs)" "active active"
systemctl disable --quiet koinos@second.target koinos-chain@second koinos-jsonrpc@second
systemctl stop koinos@second.target
is "$(systemctl is-active koinos-chain)" active
koinosctl instance remove second --data

say "another network, and back: the chain goes on where it was"
head=$(height)
koinosctl network add mine --genesis genesis_data.json --fork-algorithm fifo
koinosctl network list
koinosctl network use mine
within 60 above -1
[ "$(height)" -le "$head" ] || fail "the blocks of the other network are there: $(height)"
koinosctl network use devnet
within 60 all_ready
within 60 above "$head"

say "a service that hangs is started again"
before=$(pid jsonrpc)
systemctl kill --kill-who=main --signal=STOP koinos-jsonrpc
another() { [ "$(pid jsonrpc)" != "$before" ] && [ "$(pid jsonrpc)" != 0 ]; }
within 60 another
journalctl --no-pager --output=cat --unit koinos-jsonrpc | grep -q 'Watchdog timeout' || fail "no watchdog"

say "the node stops as one, and starts as one"
systemctl stop koinos.target
is "$(pids | tr -d "0 ")" ""
if journalctl --no-pager --quiet --unit 'koinos-*' --grep 'panick|Operation not permitted'; then
    fail "something was refused by the sandbox"
fi
systemctl start koinos.target
within 60 all_ready
say "done"
