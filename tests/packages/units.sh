#!/usr/bin/env bash
# What scripts/install.sh puts into a tree, checked by systemd's own tools: units without a complaint
# and well enough shut in, users and directories that can be made, an operator's edits that stay.

source "$(dirname "$0")/../../scripts/common.sh"

# Ten times the exposure that systemd-analyze may see: 0 is shut in, 100 is open.
readonly EXPOSURE=12
# Units of the system that ours stand on.
readonly SYSTEM=(sysinit basic network sockets shutdown multi-user)

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
readonly UNITS=$tree/usr/lib/systemd/system

DESTDIR=$tree scripts/install.sh
rm "$tree/etc/koinos/networks/README"
echo '# an edit' >>"$tree/etc/koinos/config.yml"
DESTDIR=$tree scripts/install.sh
grep -q '^# an edit$' "$tree/etc/koinos/config.yml" || die "installing again lost an edit"
[ -e "$tree/etc/koinos/networks/README" ] || die "installing again left a file missing"

if ! command -v systemd-analyze >/dev/null; then
    echo "no systemd-analyze: the units stay unchecked"
    exit 0
fi
ours=("$UNITS"/koinos*)
for name in "${SYSTEM[@]}"; do
    cp "$(find /usr/lib/systemd/system /lib/systemd/system -name "$name.target" -print -quit)" "$UNITS"
done
cp "$(find /usr/lib/systemd/system /lib/systemd/system -name rabbitmq-server.service -print -quit)" "$UNITS"
# The rest of the system that the units name.
install -D -m 755 /dev/null "$tree/usr/bin/kill"
install -D -m 755 /dev/null "$tree/usr/sbin/rabbitmqctl"

complaints=$(systemd-analyze verify --root="$tree" --man=no "${ours[@]##*/}" 2>&1) || true
[ -z "$complaints" ] || die "systemd-analyze verify: $complaints"
for unit in "${ours[@]}"; do
    [[ $unit == *.service ]] || continue
    exposure=$(systemd-analyze security --offline=yes --threshold="$EXPOSURE" "$unit") ||
        die "$(tail -n 1 <<<"$exposure")"
    tail -n 1 <<<"$exposure"
done
users=$(systemd-sysusers --dry-run --root="$tree" 2>&1) || die "systemd-sysusers: $users"
while read -r service _; do
    grep -q "'koinos-${service//_/-}'" <<<"$users" || die "no user for $service: $users"
done < <(grep -v '^#' systemd/services.table)
echo "${#ours[@]} units are fine"
