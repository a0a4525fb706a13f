#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the modules and the test fixtures for the kernels of the test machines,
# warnings being errors. Says what it builds, and what went wrong; V=1 shows all of it.
# The headers come from the cache (tools/testing/vm/kernels.sh), not from the host.
set -eu

cd "$(dirname "$0")/.."
tools/deps.sh build
kernels=$(tools/testing/vm/kernels.sh)
total=$(echo "$kernels" | wc -l)
number=0

# build KVER KDIR: kbuild's lines of progress are only shown when something went wrong.
build()
{
	local log rc=0

	log=$(mktemp)
	make -j"$(nproc)" modules KVER="$1" KDIR="$2" W=1 WERROR=1 TESTS=1 </dev/null >"$log" 2>&1 || rc=$?
	if [ "$rc" != 0 ] || [ -n "${V-}" ]; then
		cat "$log"
	else
		grep -vE '^  [A-Z]+ +|^make(\[[0-9]+\])?: ' "$log" || :
	fi
	rm -f "$log"
	return "$rc"
}

echo "$kernels" | while read -r _ kver kdir _; do
	number=$((number + 1))
	echo "modules for $kver ($number of $total)"
	build "$kver" "$kdir"
done
