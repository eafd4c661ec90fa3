#!/usr/bin/env bash
# Makes signed repositories of the packages that are in packages/deb and packages/rpm: packages/repo/deb for
# apt and packages/repo/rpm for dnf, which any file server can serve.
#
# The key is that of KOINOS_SIGNING_KEY (a file with an armoured secret key). Without it a key is made, and
# kept in packages/key, or in KOINOS_KEY_DIR.

source "$(dirname "$0")/common.sh"
source scripts/packages.sh

readonly REPO=$PACKAGES/repo
export GNUPGHOME=${KOINOS_KEY_DIR:-$PACKAGES/key}

gpg_quietly() {
    gpg --quiet --batch --yes --pinentry-mode loopback --passphrase '' "$@"
}

key() {
    mkdir -p "$GNUPGHOME"
    chmod 700 "$GNUPGHOME"
    if [ -n "${KOINOS_SIGNING_KEY:-}" ]; then
        gpg_quietly --import "$KOINOS_SIGNING_KEY"
    elif ! gpg_quietly --list-secret-keys 2>/dev/null | grep -q sec; then
        echo "no KOINOS_SIGNING_KEY: making a key"
        gpg_quietly --quick-generate-key "Koinos packages (made on $(uname -n))" rsa3072 sign never
    fi
}

fingerprint() {
    gpg_quietly --list-secret-keys --with-colons | sed -n 's/^fpr:*\([^:]*\):$/\1/p' | head -n 1
}

apt_tree() {
    local architecture
    architecture=$(dpkg --print-architecture)
    mkdir -p "$REPO/deb/pool" "$REPO/deb/dists/stable/main/binary-$architecture"
    cp "$PACKAGES"/deb/*.deb "$REPO/deb/pool"
    gpg_quietly --export "$fingerprint" >"$REPO/deb/koinos.gpg"
    cd "$REPO/deb"
    apt-ftparchive packages pool >"dists/stable/main/binary-$architecture/Packages"
    gzip --keep --no-name --force "dists/stable/main/binary-$architecture/Packages"
    apt-ftparchive -o APT::FTPArchive::Release::Origin=Koinos -o APT::FTPArchive::Release::Label=Koinos \
        -o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Codename=stable \
        -o APT::FTPArchive::Release::Components=main \
        -o APT::FTPArchive::Release::Architectures="$architecture all" release dists/stable >Release
    mv Release dists/stable
    gpg_quietly --local-user "$fingerprint" --clearsign --output dists/stable/InRelease dists/stable/Release
    gpg_quietly --local-user "$fingerprint" --armor --detach-sign --output dists/stable/Release.gpg \
        dists/stable/Release
    cat >koinos.sources <<SOURCES
Types: deb
URIs: URL OF THIS DIRECTORY
Suites: stable
Components: main
Signed-By: /usr/share/keyrings/koinos.gpg
SOURCES
}

dnf_tree() {
    mkdir -p "$REPO/rpm"
    cp "$PACKAGES"/rpm/*.rpm "$REPO/rpm"
    gpg_quietly --armor --export "$fingerprint" >"$REPO/rpm/koinos.asc"
    cd "$REPO/rpm"
    # rpm's own idea of where gpg is need not be this system's.
    reported rpmsign --define "_gpg_name $fingerprint" --define "_gpg_path $GNUPGHOME" \
        --define "__gpg $(command -v gpg)" \
        --define '_gpg_sign_cmd_extra_args --batch --pinentry-mode loopback --passphrase ""' \
        --addsign ./*.rpm
    createrepo_c --quiet .
    gpg_quietly --local-user "$fingerprint" --armor --detach-sign repodata/repomd.xml
    cat >koinos.repo <<FILE
[koinos]
name=Koinos
baseurl=URL OF THIS DIRECTORY
gpgcheck=1
repo_gpgcheck=1
gpgkey=URL OF THIS DIRECTORY/koinos.asc
FILE
}

[ -n "$(ls "$PACKAGES"/deb/*.deb "$PACKAGES"/rpm/*.rpm 2>/dev/null)" ] ||
    die "no packages in $PACKAGES: run make deb or make rpm"
rm -rf "$REPO"
step "key" key
fingerprint=$(fingerprint)
if [ -d "$PACKAGES/deb" ]; then step "apt repository" apt_tree; fi
if [ -d "$PACKAGES/rpm" ]; then step "dnf repository" dnf_tree; fi
gpgconf --kill all
echo "the repositories are in $REPO"
