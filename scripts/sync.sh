#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Copy the sources that kbuild reads to a build directory, and drop from it the
# copies of sources that are gone.
#
#   sync.sh BUILD
#
# A copy has the time stamp of its source, so make rebuilds what changed and
# nothing else. What is the same is not touched: another make may be reading it.
# The version of all modules is that of the DKMS package; here it becomes a header.
set -eu

build=${1:-}
[ -n "$build" ] || exit 1	# find-kernel.sh has said why

cd "$(dirname "$0")/.."
# The compiler is told to look in include/, which may have nothing yet.
mkdir -p "$build/include/uapi"
touch "$build/.sources"

sources=$(find Kbuild Kconfig compat drivers include samples tools/testing/{mockpci,hostile,overlay,ptguard,mbox} -type f \
	\( -name '*.[ch]' -o -name Kbuild -o -name Kconfig \) 2>/dev/null | LC_ALL=C sort)

LC_ALL=C comm -23 "$build/.sources" <(echo "$sources") | while read -r gone; do
	rm -f "$build/$gone"
done
for file in $sources; do
	if [ "$file" -nt "$build/$file" ] || [ "$file" -ot "$build/$file" ]; then
		cp -p --parents "$file" "$build"
	fi
done
cmp -s "$build/.sources" <(echo "$sources") || echo "$sources" >"$build/.sources"

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
header=$build/compat/generated/version.h
mkdir -p "${header%/*}"
{
	echo "/* SPDX-License-Identifier: GPL-2.0 */"
	echo "#define SUITE_VERSION \"$version\""
} >"$header.new"
cmp -s "$header.new" "$header" || cp "$header.new" "$header"
