# SPDX-License-Identifier: Apache-2.0
# What the lab's scripts share: names, places, and how they speak. Sourced, not run.
# shellcheck shell=bash

# shellcheck disable=SC2034 # used by those that source this
lab_kernels="5.10 6.1 6.12 newest"
# What is fetched or made once for a machine lives outside the checkout, so that a fresh clone is quick too.
# shellcheck disable=SC2034
lab_cache=${XDG_CACHE_HOME:-$HOME/.cache}/swift-bpf-lab

say() { printf 'lab: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# need TOOL...: stops with the way out when a tool is missing.
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || die "$tool is missing; 'make setup' installs it"
    done
}

# shellcheck disable=SC2034
lab_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# mirror RELEASE: the address from which this machine's apt gets that release (a code name, or CODENAME-security).
mirror() {
    # shellcheck disable=SC2016 # apt-get fills it in
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: $1" 'Component: main' | head -n 1
}

# apt_state FOLDER: makes a state of apt apart from the system's, whose sources are FOLDER/sources.list; what follows
# apt-get and apt-cache then is in apt_options.
apt_state() {
    mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
    # shellcheck disable=SC2034
    apt_options=(
        -qq -oAPT::Sandbox::User=root -oAPT::Architecture=amd64 -oAPT::Architectures=amd64
        -oAcquire::Languages=none -oDir::Etc::sourcelist="$1/sources.list" -oDir::Etc::sourceparts=/nonexistent
        -oDir::State::Lists="$1/lists" -oDir::Cache="$1/cache" -oDir::Cache::pkgcache=pkgcache.bin
    )
}
