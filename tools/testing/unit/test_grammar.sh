#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The lists of test_spelling.c: the driver's parser, the hook of initramfs-tools and the
# grammar in Documentation/rules.rst agree on each of their entries.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$here/../../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

SPELLINGS=y "$top/build/unit/test_spelling" >"$work/driver"
grep '^=' "$work/driver" | cut -c 2- >"$work/lists"
number=0
rc=0

result()
{
	number=$((number + 1))
	echo "${1}ok $number $2"
	[ -z "$1" ] || rc=1
}

hook_agrees()
{
	local hook=$top/share/initramfs-tools/hooks/pciback-ng

	sh "$hook" read-rules <"$work/lists" >"$work/hook"
	grep -v '^=' "$work/driver" | diff - "$work/hook" >"$work/diff"
}

echo "KTAP version 1"
echo "1..2"
if hook_agrees; then
	result '' "the initramfs hook reads $(wc -l <"$work/lists") lists as the driver does (case N4)"
else
	head -n 20 "$work/diff" | sed 's/^/# /'
	result 'not ' "the initramfs hook reads $(wc -l <"$work/lists") lists as the driver does (case N4)"
fi
if python3 "$here/grammar.py" "$top" <"$work/driver" >"$work/said" 2>&1; then
	result '' "the documentation's grammar has these rules, and no others (case N4)"
else
	head -n 20 "$work/said" | sed 's/^/# /'
	result 'not ' "the documentation's grammar has these rules, and no others (case N4)"
fi
exit "$rc"
