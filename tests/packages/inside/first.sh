#!/usr/bin/env bash
# A node that was just installed: everything runs, answers, and is kept from those it is not for.

source "$(dirname "$0")/lib.sh"

say "everything runs"
within 120 above 0
within 60 all_ready
for service in $(services); do
    is "$(systemctl is-active "koinos-$service.service")" active
done
is "$(systemctl is-enabled koinos.target koinos-chain.service koinos-chain.socket | xargs)" "enabled enabled enabled"
is "$(systemctl list-units --plain --no-legend --failed | cut -d ' ' -f 1)" ""
within 60 above 1
quietly systemctl status 'koinos-*'
quietly journalctl -u koinos-chain
curl --silent --show-error --data '{"jsonrpc":"2.0","id":1,"method":"chain.get_head_info","params":{}}' http://127.0.0.1:8080/
koinosctl status
systemctl start koinos-synced.target

say "keys and passwords are for those who need them"
is "$(stat --format '%U %a' /var/lib/koinos/block_producer/private.key)" "koinos-block-producer 600"
is "$(stat --format '%U %G %a' /etc/koinos/config.yml)" "root koinos 640"
is "$(stat --format '%U %a' /etc/koinos/networks/devnet/account.key)" "root 600"
is "$(stat --format '%U %a' /etc/koinos/credentials)" "root 700"

if [ -e /etc/koinos/amqp.managed ]; then
    is "$(stat --format '%U %a' /etc/koinos/credentials/amqp-password)" "root 600"
    has "$(cat /etc/koinos/conf.d/20-broker.yml)" amqp://koinos@localhost
    koinosctl broker setup
fi
koinosctl credential list
koinosctl config check
quietly koinosctl config show chain --origin
quietly koinosctl config show --set
koinosctl network list
koinosctl network show mainnet

say "the journal"
has "$(journalctl --no-pager --unit koinos-chain --output verbose --lines 20)" SYSLOG_IDENTIFIER=koinos-chain
is "$(journalctl --no-pager --quiet --unit 'koinos-*' --priority err | head -n 3)" ""

rules=/etc/logcheck/ignore.d.server/koinos-common
if [ -e "$rules" ]; then
    say "logcheck has nothing to tell of a node that runs"
    since=$(date '+%F %T')
    within 60 above $(($(height) + 3))
    is "$(journalctl --no-pager --quiet --since "$since" --output short --unit 'koinos-*' | grep -Ev --file="$rules" | head -n 3)" ""
fi

say "exposure and firewall"
quietly systemd-analyze security koinos-chain
if command -v ufw >/dev/null; then
    quietly ufw app list
    has "$(cat /root/quiet.log)" 'Koinos P2P'
    quietly ufw allow 'Koinos P2P'
fi

say "manual pages, completions, profiles"
for program in /usr/bin/koinos-*; do
    ls "/usr/share/man/man8/${program##*/}".8* >/dev/null || fail "no manual page of $program"
    [ -e "/usr/share/bash-completion/completions/${program##*/}" ] || fail "no completions of $program"
done
for page in man1/koinosctl.1 man5/koinos-config.yml.5 man7/koinos.systemd.7; do
    ls "/usr/share/man/$page"* >/dev/null || fail "no $page"
done
for profile in /etc/apparmor.d/koinos-*; do
    apparmor_parser --skip-kernel-load --skip-cache "$profile" >/dev/null || fail "$profile"
done
say "done"
