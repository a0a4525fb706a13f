#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each netlink spec is valid for the schema of the kernel's tree, the numbers in it are
# those of the header that programs in C include, and sriov-vf's lists say the same.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

kernel=$(tools/testing/lint/kernel-scripts.sh)
kernel=${kernel%/scripts}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# with_specs ARGUMENT...: the Python on standard input, with the kernel's reader of specs; the
# schema is its last argument.
with_specs()
{
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$kernel/tools/net/ynl \
		python3 - "$@" "$kernel/Documentation/netlink/genetlink.yaml"
}

# numbers SPEC: a line of C for each value that the header has to have.
numbers()
{
	with_specs "$1" <<-'END'
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

# lists_differ: where a list of sriov-vf, which needs no spec where it is used, is another.
lists_differ()
{
	with_specs share/sbin/sriov-vf Documentation/netlink/specs/sriov_mbox.yaml <<-'END'
	import ast
	import sys
	from lib import SpecFamily

	program, spec = sys.argv[1], SpecFamily(sys.argv[2], sys.argv[3])
	attrs = sorted((attr for _, attr in spec.attr_sets["sriov-mbox"].items()), key=lambda attr: attr.value)

	def enum(name):
	    return sorted((e.value, e.name) for e in spec.consts[name].entries.values())

	def kind(*types):
	    return {attr.name for attr in attrs if attr.yaml["type"] in types}

	wanted = {
	    "NAMES": ["-" if attr.name == "pad" else attr.name for attr in attrs],
	    "TEXTS": kind("string"), "FLAGS": kind("flag"), "SIGNED": kind("s32", "s64"),
	    "OPS": [name for _, name in enum("op")],
	    "EVENTS": [name for _, name in enum("event")],
	    "STATES": [name for _, name in enum("state")],
	}
	found = {}
	for node in ast.parse(open(program).read()).body:
	    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in wanted:
	        expression = compile(ast.Expression(node.value), program, "eval")
	        found[node.targets[0].id] = eval(expression)
	for name, value in wanted.items():
	    if found.get(name) == value:
	        continue
	    has, want = set(found.get(name, ())), set(value)
	    print(f"{program}: {name} is not as in the spec: lacks {sorted(want - has)},"
	          f" has {sorted(has - want)} besides, or another order")
	END
}

findings < <(lists_differ 2>&1; for spec in Documentation/netlink/specs/*.yaml; do
	if ! numbers "$spec" >"$work/numbers.c" 2>"$work/log"; then
		tail -n 15 "$work/log" | sed "s|^|$spec: |"
	elif ! gcc -Iinclude/uapi -fsyntax-only "$work/numbers.c" 2>"$work/log"; then
		sed -n "s|.*error: |$spec: |p" "$work/log"
	fi
done)
