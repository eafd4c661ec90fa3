#!/usr/bin/env bash
# from-rpm.sh DIRECTORY: installs the previous koinos-node with dnf from the signed repository into a Debian that
# does not run yet. What the packages need of an RPM distribution, Debian has already: an empty package says so to
# dnf, with every name that they ask for.

source "$(dirname "$0")/../../scripts/common.sh"
source scripts/packages.sh
source tests/packages/root.sh

readonly NODE=$1 RPM=$PACKAGES/srv/old-rpm
need dnf dnf
need createrepo_c createrepo-c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

base() {
    mkdir -p "$work/base"
    {
        printf 'Name: debian-base\nVersion: 12\nRelease: 1\nSummary: What Debian has\nLicense: none\nBuildArch: noarch\n'
        # Not a package of Debian, but the names in the terms of RPM.
        rpm -qp --requires "$RPM"/*.rpm | sed 's/ *[<>=].*//; s/^(\(.*\) or .*)$/\1/' |
            grep -v -e '^koinos' -e '^rpmlib' -e '^config(' | sort -u | sed 's/^systemd$/systemd = 252/; s/^/Provides: /'
        printf '%%description\nNothing.\n%%files\n'
    } >"$work/base.spec"
    reported rpmbuild -bb --define "_topdir $work" --define "_rpmdir $work/base" "$work/base.spec"
    createrepo_c --quiet "$work/base"
}

base
reported systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$NODE" --pipe \
    sh -c "printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d &&
        DEBIAN_FRONTEND=noninteractive apt-get -q -y install rabbitmq-server && rm /usr/sbin/policy-rc.d"
cat >"$work/dnf.conf" <<CONF
[main]
reposdir=/dev/null
cachedir=$work/cache
logdir=$work
install_weak_deps=False
[base]
name=base
baseurl=file://$work/base
gpgcheck=0
[koinos]
name=koinos
baseurl=file://$RPM
gpgcheck=1
repo_gpgcheck=1
gpgkey=file://$RPM/koinos.asc
CONF
reported dnf --config "$work/dnf.conf" --installroot "$NODE" --releasever 12 --assumeyes install koinos-node
rpm --root "$NODE" -qa 'koinos*' | sort
