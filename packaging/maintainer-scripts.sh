#!/usr/bin/env bash
# Writes the scripts of the services' packages into debian/, from debian/service.*.in, and what their
# packages recommend.

set -euo pipefail
cd "$(dirname "$0")/.."

while read -r service _ _ _ _ _ wants _; do
    package=koinos-${service//_/-}
    for script in prerm postrm triggers lintian-overrides; do
        sed -e "s|@package@|$package|g" -e "s|@service@|$service|g" "debian/service.$script.in" \
            >"debian/$package.$script"
    done
    recommends=
    for other in ${wants//,/ }; do
        [ "$other" = - ] || recommends+="koinos-${other//_/-}, "
    done
    echo "koinos:Recommends=${recommends% }" >>"debian/$package.substvars"
done < <(grep -v '^#' systemd/services.table)

# fill PACKAGE LIST: the script that starts the services of a list.
fill() {
    local services
    services=$(packaging/generate.py --list "$2" | xargs)
    sed "s|@$2@|$services|" "debian/$1.postinst.in" >"debian/$1.postinst"
}
fill koinos-node core
fill koinos-node-full rest
