#!/usr/bin/env bash
# Installs the node into a system that does not run, as a builder of images does.

source "$(dirname "$0")/lib.sh"

printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
repository new
quietly apt-get install koinos-node
rm /usr/sbin/policy-rc.d
# An image holds no secret that all machines made of it would share.
[ ! -e /etc/koinos/networks/devnet/genesis_data.json ] || { echo "the image has a network"; exit 1; }
[ -z "$(find /var/lib/koinos -name private.key)" ] || { echo "the image has a key"; exit 1; }
apt-get clean
