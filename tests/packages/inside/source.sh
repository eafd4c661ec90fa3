#!/usr/bin/env bash
# What is left to do after `make install`, as docs/operations/install.md has it.

source "$(dirname "$0")/lib.sh"

say "a broker, then the node that make install has put here"
printf '%s;\n' 'APT::Get::Assume-Yes "true"' 'quiet "1"' 'Dpkg::Use-Pty "0"' >/etc/apt/apt.conf.d/00test
quietly apt-get install rabbitmq-server
systemd-sysusers && systemd-tmpfiles --create
systemctl daemon-reload && systemctl preset koinos.target
quietly systemctl enable --now koinos-chain koinos-block-producer koinos-jsonrpc
# And the rest of what is installed, which first.sh asks.
for service in $(services); do
    quietly systemctl enable --now "koinos-$service"
done
say "done"
