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
