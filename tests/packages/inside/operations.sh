#!/usr/bin/env bash
# What an operator does to an installed node: every command of the pages on configuration, broker, networks and
# troubleshooting.

source "$(dirname "$0")/lib.sh"

# entries UNIT ID: what the journal has of an event, as JSON.
entries() { journalctl --no-pager --quiet --output json --unit "$1" MESSAGE_ID="$2"; }

within 120 above 0

say "configuration"
koinosctl config check
has "$(koinosctl config show chain --origin)" 'genesis-data.*/etc/koinos/conf.d/10-network.yml:'
koinosctl config show chain --origin
koinosctl config show --set
koinosctl ls
has "$(koinosctl ls)" 'devnet.chain.ready'
echo 'mempool: { jbos: 3, jobs: many }' >/etc/koinos/conf.d/99-wrong.yml
! koinosctl config check >/root/check.log 2>&1 || fail "a mistake was not seen"
has "$(cat /root/check.log)" '99-wrong.yml.*mempool.jobs'
rm /etc/koinos/conf.d/99-wrong.yml
is "$(koinosctl --json log chain debug)" '[{"service":"chain","level":"debug"}]'
koinosctl log chain info

say "the broker of this host"
has "$(cat /etc/koinos/conf.d/20-broker.yml)" 'amqp://koinos@localhost:5672/koinos'
koinosctl broker setup
is "$(rabbitmqctl --silent list_user_permissions koinos | grep -c '\.\*	')" 0
rabbitmqctl --silent list_queues --vhost koinos name policy | grep -q 'koinos.rpc.chain	koinos-services' || fail "no policy"

say "secrets"
koinosctl credential list
cp /etc/koinos/credentials/amqp-password /root/amqp-password
koinosctl credential encrypt amqp-password
[ ! -e /etc/koinos/credentials/amqp-password ] || fail "the plain file is there"
systemctl restart koinos-chain koinos-mempool
within 60 all_ready
koinosctl chain head
koinosctl credential set amqp-password </root/amqp-password
cp /var/lib/koinos/block_producer/private.key /root/private.key
koinosctl credential set producer-key </root/private.key
systemctl restart koinos-block-producer
within 60 all_ready
has "$(journalctl --no-pager --output cat --unit koinos-block-producer)" 'credential producer-key'
if KOINOS_AMQP_PASSWORD=x koinos-mempool --check-config 2>/root/refused; then
    fail "a secret in the environment was taken"
fi
has "$(cat /root/refused)" KOINOS_AMQP_PASSWORD

say "the journal: fields, priorities, catalog"
koinosctl status
within 60 above 1
journalctl -p warning -u 'koinos-*' --since today
quietly journalctl -x -u koinos-chain
has "$(cat /root/quiet.log)" 'Nothing needs to be done'
quietly journalctl -u koinos-chain KOINOS_HEIGHT=1200
quietly journalctl KOINOS_NETWORK=mainnet -p err
journalctl --list-catalog | grep Koinos
quietly journalctl -u koinos-chain -o verbose
applied=$(entries koinos-chain 9fccd4e56d074724aed46149a34c0569 | tail -n 1)
for field in '"KOINOS_NETWORK":"devnet"' '"KOINOS_HEIGHT":"' '"KOINOS_BLOCK_ID":"0x1220' '"PRIORITY":"6"'; do
    has "$applied" "$field"
done
for id in $(journalctl --no-pager --quiet --unit 'koinos-*' --output json --output-fields MESSAGE_ID |
    sed -n 's/.*"MESSAGE_ID":"\([0-9a-f]*\)".*/\1/p' | sort -u); do
    journalctl --list-catalog "$id" >/dev/null || fail "no catalog entry of $id"
done

say "symptoms"
systemctl stop rabbitmq-server
lost() { [ -n "$(entries koinos-mempool 76553745eb6148dc8240f5002495dc91)" ]; }
within 60 lost
has "$(entries koinos-mempool 76553745eb6148dc8240f5002495dc91)" '"PRIORITY":"4"'
systemctl start rabbitmq-server
within 120 all_ready
for id in 84da1dceddfa4ad7a8c998e522bc7841 76553745eb6148dc8240f5002495dc91; do
    [ -n "$(entries koinos-mempool "$id")" ] || fail "no entry of $id"
done
quietly journalctl -u koinos-mempool MESSAGE_ID=6d6e6cc61ac84fcb8654a46bdef76915
quietly journalctl -u koinos-mempool MESSAGE_ID=76553745eb6148dc8240f5002495dc91
quietly journalctl -u koinos-chain MESSAGE_ID=da232f98a21b43119ef51328be699f00
quietly journalctl -u koinos-chain MESSAGE_ID=c753a4c94bb344cdabb9c1c496c05ceb
quietly journalctl -u koinos-mempool MESSAGE_ID=49135a68a0c74ff3aebf85ec71ff1944
quietly journalctl -u koinos-mempool MESSAGE_ID=856ec7f39b9049d788e221aa684746b4
quietly journalctl -u koinos-block-store MESSAGE_ID=24a0a8d30a9a48c1b87592b8046d1001
quietly journalctl -u koinos-block-store MESSAGE_ID=6fc10b068896410bb550d58b0e7380d4
quietly journalctl -u koinos-jsonrpc MESSAGE_ID=dc7f437a46204eec9aebe089ae63a61d ERROR_CODE=78
quietly journalctl -u koinos-block-producer MESSAGE_ID=01cfc327411d4ee79aad3d12ce33d99e
quietly journalctl -u koinos-jsonrpc MESSAGE_ID=41ed2fcaf9f041cfa5481f53351a2530
quietly journalctl -u koinos-p2p MESSAGE_ID=a55327fd7b904601a143645f0705e93b
quietly journalctl -u koinos-p2p MESSAGE_ID=45ba8dce6f7f47a682d0e79fc0eaca5c
quietly journalctl -u koinos-p2p KOINOS_PEER=QmPeerId
printf 'mempool:\n  jobs: many\n' >/etc/koinos/conf.d/99-wrong.yml
! systemctl restart koinos-mempool 2>/dev/null || fail "it started"
has "$(entries koinos-mempool 49135a68a0c74ff3aebf85ec71ff1944)" '99-wrong.yml:2: mempool.jobs'
has "$(entries koinos-mempool 49135a68a0c74ff3aebf85ec71ff1944)" '"PRIORITY":"3"'
rm /etc/koinos/conf.d/99-wrong.yml
systemctl restart koinos-mempool
within 60 all_ready

say "networks: another one, and back"
koinosctl network list
koinosctl network show mainnet
koinosctl devnet init --basedir /root/other/lib --etc /root/other/etc
cp /root/other/etc/networks/devnet/genesis_data.json /root/genesis_data.json
before=$(height)
koinosctl network add mine --genesis /root/genesis_data.json --fork-algorithm fifo
koinosctl network use mine
chain_ready() { admin chain readyz; }
within 120 chain_ready
is "$(request | grep -c '"height":"[1-9]')" 0
has "$(koinosctl ls)" 'mine.chain.ready'
koinosctl network use devnet
within 120 above "$before"

say "a further node"
koinosctl instance create second --network mine
systemctl enable --now koinos@second.target koinos-chain@second koinos-jsonrpc@second
koinosctl instance list
koinosctl ls
second_answers() { request 8081 | grep -q head_topology; }
within 90 second_answers
has "$(koinosctl ls)" 'mine.chain.ready'
koinosctl --basedir /var/lib/koinos/networks/second status
is "$(systemctl is-active koinos-jsonrpc-public@second.socket)" active
systemctl stop koinos-jsonrpc@second 2>/dev/null
second_answers || fail "systemd does not hold the port of a further node"
systemctl disable --quiet --now koinos@second.target koinos-chain@second koinos-jsonrpc@second
systemctl stop 'koinos-*@second.service' 'koinos-*@second.socket'
koinosctl instance remove second --data
[ ! -e /var/lib/koinos/networks/second ] || fail "the data are there"

say "a node of docker compose"
mkdir -p /srv/compose/config /root/compose-data/block_producer
printf 'BASEDIR=/root/compose-data\n' >/srv/compose/.env
printf 'global:\n  amqp: amqp://guest:guest@amqp:5672/\n  log-level: info\n' >/srv/compose/config/config.yml
cp /root/genesis_data.json /srv/compose/config
koinosctl import compose /srv/compose
koinosctl import compose /srv/compose
koinosctl config check
rm /etc/koinos/conf.d/3?-compose*.yml

say "a broker elsewhere"
koinosctl broker set amqp://koinos:secret@192.0.2.7/koinos
has "$(systemctl show --property IPAddressAllow --value koinos-chain)" 192.0.2.7
koinosctl broker set amqp://koinos@192.0.2.7/koinos,amqp://koinos@192.0.2.8/koinos
has "$(systemctl show --property IPAddressAllow --value koinos-chain)" 192.0.2.8
koinosctl broker set amqp://koinos@localhost/koinos
koinosctl credential set amqp-password </root/amqp-password
systemctl restart koinos.target
within 120 above "$before"
say "done"
