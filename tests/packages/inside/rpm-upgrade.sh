#!/usr/bin/env bash
# The way of a version with rpm, on a node that runs: edited, upgraded, erased.

source "$(dirname "$0")/lib.sh"

version() { rpm --query --queryformat '%{VERSION}' koinos-chain; }

quietly apt-get -y -o APT::Install-Recommends=false install rpm

say "edits, then the upgrade"
echo '# an edit of the operator' >>/etc/koinos/config.yml
systemctl disable --quiet --now koinos-p2p.service
head=$(height)
old=$(version)
declare -A before
for service in $(services); do before[$service]=$(pid "$service"); done
rpm --import /srv/koinos/rpm/koinos.asc
quietly rpm --force-debian --freshen /srv/koinos/rpm/*.rpm
[ "$(version)" != "$old" ] || fail "no upgrade: $old"
for service in $(services); do
    [ "$service" != p2p ] || continue
    [ "$(pid "$service")" != "${before[$service]}" ] || fail "$service was not restarted"
done
is "$(systemctl is-active koinos-p2p.service)" inactive
is "$(systemctl is-enabled koinos-p2p.service)" disabled
has "$(tail -n 1 /etc/koinos/config.yml)" 'an edit of the operator'
[ -e /etc/koinos/config.yml.rpmnew ] || fail "the new defaults are not beside the edited file"
# A file that nobody edited follows the package.
! grep -q 'of the previous version' /etc/koinos/conf.d/README || fail "an unedited file did not follow"
systemctl enable --quiet --now koinos-p2p.service
within 60 above "$head"
within 60 all_ready

say "erasing keeps the chain and the configuration"
# shellcheck disable=SC2046 # a list
quietly rpm --force-debian --erase $(rpm --query --all 'koinos*')
is "$(systemctl list-units --plain --no-legend --state running 'koinos*')" ""
[ -d /var/lib/koinos/block_store ] || fail "the blocks are gone"
has "$(cat /etc/koinos/config.yml.rpmsave)" 'an edit of the operator'
say "done"
