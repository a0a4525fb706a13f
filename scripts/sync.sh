#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Copy the sources that kbuild reads to a build directory, and drop from it the
# copies of sources that are gone.
#
#   sync.sh BUILD
#
# Copies keep their time stamp, so make rebuilds what changed and nothing else.
set -eu

build=${1:-}
[ -n "$build" ] || exit 1	# find-kernel.sh has said why

cd "$(dirname "$0")/.."
# The compiler is told to look in include/, which may have nothing yet.
mkdir -p "$build/include/uapi"

find Kbuild Kconfig compat drivers include -type f \
	\( -name '*.[ch]' -o -name Kbuild -o -name Kconfig \) 2>/dev/null |
	LC_ALL=C sort >"$build/.sources.new"
if [ -f "$build/.sources" ]; then
	LC_ALL=C comm -23 "$build/.sources" "$build/.sources.new" |
		while read -r gone; do rm -f "$build/$gone"; done
fi
xargs -a "$build/.sources.new" cp -p --parents -t "$build"
mv "$build/.sources.new" "$build/.sources"
