#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each netlink spec is valid for the schema of the kernel's tree, and the numbers in it
# are those of the header that programs in C include.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

kernel=$(tools/testing/lint/kernel-scripts.sh)
kernel=${kernel%/scripts}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# numbers SPEC: a line of C for each value that the header has to have.
numbers()
{
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$kernel/tools/net/ynl \
		python3 - "$1" "$kernel/Documentation/netlink/genetlink.yaml" <<-'END'
	import sys
	from lib import SpecFamily

	spec = SpecFamily(sys.argv[1], sys.argv[2])

	def check(prefix, name, value):
	    print(f"_Static_assert({(prefix + name).upper().replace('-', '_')} == {value}, \"{name}\");")

	print(f"#include <{spec.yaml['uapi-header']}>")
	for enum in spec.yaml['definitions']:
	    entries = spec.consts[enum['name']].entries.values()
	    for entry in entries:
	        check(f"{spec.name}-{enum['name']}-", entry.name, entry.value)
	for attrs in spec.attr_sets.values():
	    values = {name: attr.value for name, attr in attrs.items()}
	    for name, value in {**values, 'max': max(values.values())}.items():
	        check(attrs.yaml['name-prefix'], name, value)
	prefix = spec.yaml['operations']['name-prefix']
	for op in spec.msgs.values():
	    check(prefix, op.name, op.value)
	check(prefix, 'max', max(op.value for op in spec.msgs.values()))
	END
}

findings < <(for spec in Documentation/netlink/specs/*.yaml; do
	if ! numbers "$spec" >"$work/numbers.c" 2>"$work/log"; then
		tail -n 15 "$work/log" | sed "s|^|$spec: |"
	elif ! gcc -Iinclude/uapi -fsyntax-only "$work/numbers.c" 2>"$work/log"; then
		sed -n "s|.*error: |$spec: |p" "$work/log"
	fi
done)
