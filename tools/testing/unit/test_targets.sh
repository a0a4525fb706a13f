#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Targets of the Makefile that need modules build them, in a fresh clone and in a changed tree.
set -eu

top=$(cd "$(dirname "$0")/../../.." && pwd)
number=0
rc=0

# builds_modules TARGET: its own recipe does, or that of a target it depends on.
builds_modules()
{
	local needs

	if awk -v target="$1:" '
		/^[a-z-]+:/ { mine = $1 == target }
		mine && /^\t.*vm-modules\.sh/ { found = 1 }
		END { exit !found }' "$top/Makefile"; then
		return 0
	fi
	needs=$(sed -n "s/^$1: \([a-z -]*\).*/\1/p" "$top/Makefile")
	for needs in $needs; do
		! builds_modules "$needs" || return 0
	done
	return 1
}

echo "KTAP version 1"
echo "1..3"
for target in vm-xen vm-native bench; do
	number=$((number + 1))
	if builds_modules "$target"; then
		echo "ok $number make $target builds the modules that it loads (case N3)"
	else
		echo "not ok $number make $target builds the modules that it loads (case N3)"
		rc=1
	fi
done
exit "$rc"
