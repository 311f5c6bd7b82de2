#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh [--remove] [PREFIX]: puts the files of this directory below PREFIX, /usr/local by default, or takes them
# away again. DESTDIR in the environment goes in front of PREFIX.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
remove=
[ "${1-}" != --remove ] || { remove=--remove; shift; }
# Names and modes as in this directory; none has a space.
files=$(find bin include lib share -type f -printf '%p:%p:%m\n' | sort)
# shellcheck disable=SC2086
STRIP='' exec ./install $remove "${DESTDIR-}" "${1:-/usr/local}" $files
