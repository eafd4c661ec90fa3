#!/usr/bin/env bash
# A fresh machine: `apt install koinos-node` gives a node that makes blocks.

source "$(dirname "$0")/lib.sh"

say "apt install koinos-node"
repository new
began=$(date +%s%N)
quietly apt-get install koinos-node
installed=$(date +%s%N)
tail -n 15 /root/quiet.log
has "$(tail -n 25 /root/quiet.log)" "koinosctl status"
dpkg --audit
is "$(dpkg-query --show --showformat '${db:Status-Status}' rabbitmq-server)" installed

say "it makes blocks"
until height=$(height 2>/dev/null) && [ "${height:-0}" -ge 1 ]; do
    [ "$SECONDS" -lt 180 ] || fail "no block"
    sleep 0.1
done
echo "figure: apt install $(((installed - began) / 1000000)) ms, to the first block $((($(date +%s%N) - began) / 1000000)) ms"
say "done"
