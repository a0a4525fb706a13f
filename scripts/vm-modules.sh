#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the modules and the test fixtures for kernels of the test machines, warnings
# being errors. Says what it builds, and what went wrong; V=1 shows all of it.
#
#   vm-modules.sh [ALIAS...]     all kernels that our modules build for, or these
#
# The headers come from the cache (tools/testing/vm/kernels.sh), not from the host.
set -eu

cd "$(dirname "$0")/.."
tools/deps.sh build
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

if [ $# -gt 0 ]; then
	kernels=$(for alias; do tools/testing/vm/kernels.sh "$alias" || exit; done)
else
	kernels=$(tools/testing/vm/kernels.sh)
fi
total=$(echo "$kernels" | wc -l)
number=0
echo "$kernels" | while read -r alias kver kdir _; do
	number=$((number + 1))
	echo "vm-modules: building for $alias ($kver), $number of $total" >&2
	build "$kver" "$kdir"
done
