#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What becomes of the writes of Debian 12's drivers to configuration space: dumps.py, with
# all that it needs. From the cache, or fetched into it, come the dumps that pciutils has
# in its sources; from the cache alone the kernel. What is missing is said and skipped.
#
#   test_dumps.sh            the tests
#   test_dumps.sh --update   write Documentation/dropped-writes.rst
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/../vm/debs.sh"

skip()
{
	printf 'KTAP version 1\nok 1 the dumps of cards # SKIP %s\n1..1\n' "$*"
	exit 0
}

# A folder of its own: package lists of sources are no use to others.
source_lists()
{
	DEBS_STATE=$DEBS/sources-$DEBS_SUITE
	mkdir -p "$DEBS_STATE"/{sources,state/lists/partial} "$DEBS/archives/partial"
	debs_part "$(site Debian)" "$DEBS_SUITE" \
		"$(find /usr/share/keyrings -name 'debian-archive-keyring.*g*' | sort | head -n 1)" |
		sed 's/^Types: .*/Types: deb-src/' >"$DEBS_STATE/sources/debian.sources"
	: >"$DEBS_STATE/status"
	debs_apt apt-get update
}

# fetch_dumps TO
fetch_dumps()
{
	local to=$1.$$

	[ -n "$(site Debian)" ] || return 1
	rm -rf "$to"
	mkdir -p "$to/source"
	source_lists &&
		(cd "$to/source" && debs_apt apt-get source --download-only pciutils) &&
		tar -x -C "$to" --strip-components 2 --wildcards -f "$to"/source/*.orig.tar.?z '*/tests/*' &&
		rm -rf "$to/source" "$to/Makefile" &&
		mv -T "$to" "$1"
}

modules_of_kernel()
{
	local line modules

	for line in "$CACHE"/kernel-6.1-????????????/line; do
		[ -f "$line" ] || continue
		read -r _ _ _ _ modules <"$line"
		[ ! -f "$modules/modules.alias" ] || echo "$modules"
	done | tail -n 1
}

program=$top/build/unit/card_writes
modules=$(modules_of_kernel)
[ -n "$modules" ] || skip "no kernel in the cache; cure: tools/testing/vm/kernels.sh 6.1"
command -v objdump >/dev/null || skip "no objdump; cure: apt-get install binutils"
[ -x "$program" ] || skip "no card_writes; cure: make unit"

dumps=$CACHE/dumps-$(key "$0")
few=''
if [ ! -d "$dumps" ]; then
	mkdir -p "$CACHE"
	fetch_dumps "$dumps" >"$top/build/unit/dumps.log" 2>&1 || {
		rm -rf "$dumps.$$"
		echo "# pciutils' dumps cannot be fetched: $(tail -n 1 "$top/build/unit/dumps.log")"
		few=--few
		dumps=
	}
fi

writes=$CACHE/writes-$(key "$here/driver_writes.py" "$modules/modules.dep" "$modules/modules.alias")
if [ ! -f "$writes" ]; then
	nice python3 "$here/driver_writes.py" "$modules" >"$writes.$$"
	mv "$writes.$$" "$writes"
fi

exec python3 "$here/dumps.py" ${1+"$1"} ${few:+"$few"} "$program" "$writes" "$modules" \
	"$here/dropped-writes.tab" "$top/Documentation/dropped-writes.rst" "$here"/dumps/* \
	${dumps:+"$dumps"/*}
