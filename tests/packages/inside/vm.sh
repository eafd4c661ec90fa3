#!/usr/bin/env bash
# In a virtual machine, at each start of it: the installed node comes up by itself. The first time the
# sandbox is looked at, on a kernel that has all of it; then the machine is started again, and the chain
# goes on.

source "$(dirname "$0")/lib.sh"

readonly KEPT=/var/lib/vm-test
mkdir -p "$KEPT"

say "the node is there by itself, $(systemd-analyze time 2>/dev/null | head -n 1)"
within 400 above 0
within 60 all_ready
for service in $(services); do
    is "$(systemctl is-active "koinos-$service")" active
done
is "$(systemctl list-units --plain --no-legend --failed 'koinos*' 'rabbitmq*')" ""
koinosctl status

if [ ! -e "$KEPT/head" ]; then
    say "first start: the network was made here, and not in the image"
    has "$(journalctl --no-pager --unit koinos-devnet-init)" 'made a private network'

    say "the sandbox"
    mkdir -p /home/somebody
    for service in $(services); do
        pid=$(pid "$service")
        is "$(cat "/proc/$pid/attr/current")" "koinos-$service (enforce)"
        is "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" 0000000000000000
        is "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$pid/status")" 1
        is "$(sed -n 's/^Seccomp:\t//p' "/proc/$pid/status")" 2
        [ ! -e "/proc/$pid/root/home/somebody" ] || fail "$service sees /home"
        if nsenter --target "$pid" --mount cat /etc/hostname 2>/run/refused; then
            fail "$service can start another program"
        fi
        for other in $(services); do
            [ "$other" != "$service" ] || continue
            ! runuser -u "koinos-$service" -- ls "/var/lib/koinos/$(service "$other")" 2>/run/refused ||
                fail "$service can read what $other keeps"
        done
    done
    is "$(journalctl --no-pager --quiet --dmesg --grep 'apparmor="DENIED"' | head -n 5)" ""
    height >"$KEPT/head"
    say "head $(cat "$KEPT/head"); restarting the machine"
    systemctl reboot
    exit 0
fi

say "second start: the chain goes on from head $(cat "$KEPT/head")"
[ "$(height)" -ge "$(cat "$KEPT/head")" ] || fail "head is $(height)"
within 60 above "$(cat "$KEPT/head")"
[ -z "$(journalctl --no-pager --quiet --boot --unit koinos-devnet-init --grep 'made a private network')" ] ||
    fail "a second network was made"
echo "the machine passed"
systemctl poweroff
