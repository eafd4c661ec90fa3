#!/usr/bin/env bash
# One service by itself: nothing starts that was not asked for, and what it needs comes with it.

source "$(dirname "$0")/lib.sh"

say "apt install koinos-chain starts nothing"
repository new
quietly apt-get install koinos-chain
is "$(systemctl is-active koinos-chain koinos-block-store koinos-mempool | xargs)" "inactive inactive inactive"
is "$(pids)" "0 0 0"

say "systemctl enable --now koinos-chain"
systemctl stop rabbitmq-server
quietly systemctl enable --now koinos-chain
is "$(systemctl is-active koinos-chain koinos-block-store koinos-mempool rabbitmq-server | xargs)" "active active active active"
admin chain status
koinosctl chain head
is "$(readlink /etc/koinos/conf.d/10-network.yml)" /usr/share/koinos/networks/devnet.yml

say "and its purge takes everything with it"
quietly apt-get purge 'koinos*'
is "$(find /etc /var /run /usr /lib -xdev -name '*koinos*' -not -path '/var/cache/*' -not -path '/var/lib/apt/*' \
    -not -path '/etc/apt/*' -not -path '/usr/share/keyrings/*' -not -path '/var/lib/systemd/*' -not -path '/var/lib/rabbitmq/*' -not -path '/var/log/*' | head)" ""
say "a node that is installed after that is a new one"
[ ! -e /var/lib/koinos ] || fail "/var/lib/koinos is left"
quietly apt-get install koinos-node
within 60 above 0
say "done"
