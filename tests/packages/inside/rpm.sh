#!/usr/bin/env bash
# A node that dnf has installed: nothing starts by itself, all of it does when it is told to.

source "$(dirname "$0")/lib.sh"

say "enabled by the administrator"
is "$(systemctl is-enabled koinos.target)" enabled
is "$(systemctl is-active koinos-chain.service)" inactive
quietly systemctl enable --now koinos-chain koinos-block-producer koinos-jsonrpc
# And the rest of what is installed, which first.sh asks.
for service in $(services); do
    quietly systemctl enable --now "koinos-$service"
done
say "done"
