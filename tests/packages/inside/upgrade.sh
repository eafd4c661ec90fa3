#!/usr/bin/env bash
# The way of a version: installed, edited, upgraded, reinstalled, downgraded, removed, installed again,
# purged. /srv/koinos/old has an older version with other defaults.

source "$(dirname "$0")/lib.sh"

installed() { dpkg-query --show --showformat '${Version}' koinos-chain; }
starts() { journalctl --no-pager --quiet --unit "koinos-$1" --output cat --grep '^Started ' | wc -l; }
packages() { dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\n' 'koinos*' | sed -n 's/^ii *//p'; }
sound() { [ -z "$(dpkg --audit)" ] || fail "dpkg --audit: $(dpkg --audit)"; }
chain_id() { curl --silent --data '{"jsonrpc":"2.0","id":1,"method":"chain.get_chain_id","params":{}}' http://127.0.0.1:8080/; }

say "the previous version"
repository old
quietly apt-get install koinos-node
sound
old=$(installed)
within 120 above 2
within 60 all_ready
chain=$(chain_id)

say "edits, then the upgrade"
echo '# an edit of the operator' >>/etc/koinos/config.yml
printf 'chain:\n  log-level: warning\n' >/etc/koinos/conf.d/50-local.yml
mkdir -p /etc/systemd/system/koinos-chain.service.d
printf '[Service]\nEnvironment=KOINOS_TEST=kept\n' >/etc/systemd/system/koinos-chain.service.d/local.conf
systemctl disable --quiet --now koinos-block-producer.service
systemctl daemon-reload
head=$(height)
declare -A before
for service in $(services); do before[$service]=$(pid "$service"); done
starts=$(starts mempool)
repository new
apt-get update >/dev/null 2>&1 || true
quietly apt-get -o Dpkg::Options::=--force-confold full-upgrade
sound
new=$(installed)
[ "$new" != "$old" ] || fail "no upgrade: $new"
for service in $(services); do
    [ "$service" != block-producer ] || continue
    [ "$(pid "$service")" != "${before[$service]}" ] || fail "$service was not restarted"
done
is "$(starts mempool)" $((starts + 1))
is "$(systemctl is-active koinos-block-producer.service)" inactive
is "$(systemctl is-enabled koinos-block-producer.service)" disabled
has "$(tail -n 1 /etc/koinos/config.yml)" 'an edit of the operator'
[ -e /etc/koinos/config.yml.dpkg-dist ] || fail "the new defaults are not beside the edited file"
has "$(property chain Environment)" KOINOS_TEST=kept
# A file that nobody edited follows the package.
! grep -q 'of the previous version' /etc/koinos/conf.d/README || fail "an unedited file did not follow"
within 60 admin chain readyz
is "$(chain_id)" "$chain"
[ "$(height)" -ge "$head" ] || fail "blocks were lost"
systemctl enable --quiet --now koinos-block-producer.service
within 60 above "$head"

# Nothing is left to do.
quietly apt-get full-upgrade
has "$(cat /root/quiet.log)" '^0 upgraded'

say "reinstalling keeps edits"
# shellcheck disable=SC2046 # a list
quietly apt-get -o Dpkg::Options::=--force-confold install --reinstall $(packages)
sound
has "$(tail -n 1 /etc/koinos/config.yml)" 'an edit of the operator'
within 60 all_ready

say "the downgrade"
head=$(height)
repository old
printf 'Package: koinos*\nPin: version 0.0.9\nPin-Priority: 1001\n' >/etc/apt/preferences.d/koinos
quietly apt-get -o Dpkg::Options::=--force-confold --allow-downgrades full-upgrade
rm /etc/apt/preferences.d/koinos
sound
is "$(installed)" "$old"
within 60 all_ready
has "$(tail -n 1 /etc/koinos/config.yml)" 'an edit of the operator'
within 60 above "$head"

say "a backup"
systemctl stop koinos-block-store.service koinos-block-store.socket
tar --create --file /root/block_store.tar --directory /var/lib/koinos block_store
systemctl start koinos-block-store.socket koinos-block-store.service
[ -s /root/block_store.tar ] || fail "no backup"
within 60 all_ready

say "lost blocks and state, and the backup put back"
head=$(height)
systemctl stop koinos.target
is "$(pids | tr -d "0 ")" ""
rm -r /var/lib/koinos/chain/* /var/lib/koinos/block_store/*
tar --extract --file /root/block_store.tar --directory /var/lib/koinos
systemctl start koinos.target
within 60 all_ready
within 120 above "$((head + 1))"
is "$(chain_id)" "$chain"

say "removing keeps the chain and the configuration"
quietly apt-get remove 'koinos*'
[ -d /var/lib/koinos/block_store ] || fail "the blocks are gone"
[ -s /var/lib/koinos/block_producer/private.key ] || fail "the key is gone"
[ -e /etc/koinos/networks/devnet/genesis_data.json ] || fail "the genesis is gone"
is "$(systemctl list-units --plain --no-legend --state running 'koinos*')" ""
repository new
quietly apt-get -o Dpkg::Options::=--force-confold install koinos-node
within 120 above "$head"
is "$(chain_id)" "$chain"

say "purging takes everything, but what is mounted"
mkdir -p /mnt/blocks /var/lib/koinos/transaction_store
systemctl stop koinos-mempool.service koinos-mempool.socket
mount --bind /mnt/blocks /var/lib/koinos/mempool
touch /mnt/blocks/precious
rm -rf /etc/systemd/system/koinos-chain.service.d
quietly apt-get purge 'koinos*'
[ -e /mnt/blocks/precious ] || fail "what was on a mount point is gone"
has "$(cat /root/quiet.log)" 'is a mount point'
umount /var/lib/koinos/mempool
is "$(find /var/lib/koinos ! -type d)" ""
# What the operator wrote is the operator's.
has "$(cat /root/quiet.log)" '/etc/koinos is not empty and stays'
is "$(find /etc/koinos ! -type d)" /etc/koinos/conf.d/50-local.yml
rm -rf /etc/koinos /var/lib/koinos /mnt/blocks
left=$(find /etc /var /run /usr /lib -xdev -name '*koinos*' -not -path '/var/cache/*' -not -path '/var/lib/apt/*' \
    -not -path '/etc/apt/*' -not -path '/usr/share/keyrings/*' -not -path '/var/lib/systemd/*' -not -path '/var/lib/rabbitmq/*' -not -path '/var/log/*')
echo "left: $left"
is "$left" ""
say "done"
