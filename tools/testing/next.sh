#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the modules for the newest headers that Debian has, before users meet them.
#
#   next.sh            all kernels of vm/kernels.tab
#   next.sh ALIAS...   these
#
# KTAP.  Package lists are read anew each time, and headers that are no longer the newest
# of their suite are fetched again.  Where a build fails, what follows its line are the
# compiler's errors, once each, and which shim in compat/ knows the words in them.
set -eu -o pipefail

cd "$(dirname "$0")/../.."
# shellcheck source=tools/testing/vm/machines.sh
. tools/testing/vm/machines.sh

# build KVER KDIR: as our checks do; all errors, not only those of the first file.
build()
{
	LC_ALL=C make -k -j"$(nproc)" modules KVER="$1" KDIR="$2" W=1 WERROR=1 TESTS=1 </dev/null 2>&1
}

# shims_for ERROR: those that have one of the kernel's names that the compiler quotes.
shims_for()
{
	local names

	names=$(grep -oE "'[^']*'" <<<"$1" | grep -oE '[a-z]+(_[a-z0-9]+)+' | sort -u) || return 0
	grep -rlwF "$names" compat || :
}

# explain LOG
explain()
{
	local error shims

	sed -nE 's/^(.*: )?(error: .*|fatal error: .*)/\2/p; s/^ERROR: modpost: /&/p' "$1" |
		awk '!seen[$0]++' | while read -r error; do
		echo "# $error"
		shims=$(shims_for "$error" | paste -sd ' ')
		echo "#    shim: ${shims:-none yet}"
	done
}

# one NUMBER ALIAS
one()
{
	local log line kver kdir

	log=$(mktemp)
	if ! line=$(tools/testing/vm/kernels.sh --newest "$2"); then
		echo "not ok $1 next: the headers of $2 can be fetched"
		rm -f "$log"
		return 1
	fi
	read -r _ kver kdir _ <<<"$line"
	if build "$kver" "$kdir" >"$log"; then
		echo "ok $1 next: builds for $kver ($2)"
		rm -f "$log"
		return
	fi
	echo "not ok $1 next: builds for $kver ($2)"
	explain "$log"
	echo "# all the compiler said: $log"
	return 1
}

tools/deps.sh build
[ $# -gt 0 ] || mapfile -t all < <(kernel_aliases '')
[ $# -gt 0 ] || set -- "${all[@]}"

failed=0
number=0
echo "KTAP version 1"
echo "1..$#"
for alias; do
	number=$((number + 1))
	one "$number" "$alias" || failed=$((failed + 1))
done
echo "# Totals: pass:$((number - failed)) fail:$failed"
[ "$failed" = 0 ]
