#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Kernel coding style. What is not kernel code by nature has its own list.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

# For drivers the exceptions are listed one by one, with the reason. The shims define what others shall use, and the
# tests are user-space programs, without the kernel's macros, with tables of macros, maps of bytes ("ffff ffff") and
# seeds of a line each.
shims=ARRAY_SIZE,EMBEDDED_FUNCTION_NAME,MASK_THEN_SHIFT,SPLIT_STRING,SSCANF_TO_KSTRTO,VOLATILE,\
NEW_TYPEDEFS,PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO,CAMELCASE,\
MACRO_ARG_UNUSED,MACRO_ARG_REUSE,MACRO_ARG_PRECEDENCE,MACRO_WITH_FLOW_CONTROL,\
REPEATED_WORD,LONG_LINE_COMMENT

checkpatch=$(kernel_scripts)/checkpatch.pl

# checkpatch leaves a cache in the current folder; that shall not be the tree.
work=$(mktemp -d)
mkdir "$work/include"	# where it looks for the kernel's CamelCase words
trap 'rm -rf "$work"' EXIT

style()
{
	local ignore=$1

	shift
	[ $# = 0 ] || (cd "$work" && perl "$checkpatch" --no-tree --root="$work" --strict --terse --show-types --no-summary \
		--quiet --ignore "$ignore" -f "${@/#/$top/}") | sed "s|^$top/||"
}

mapfile -t kernel < <(ours '*.c' '*.h' | grep -E '^(drivers|include|tools/testing/(mockpci|hostile))/')
mapfile -t other < <(ours '*.c' '*.h' | grep -vE '^(drivers|include|tools/testing/(mockpci|hostile))/')
allowed=$(sed 's/[[:space:]]*#.*//; /^$/d' tools/testing/lint/checkpatch.allow)

# No finding is no failure of grep.
findings < <(style NONE "${kernel[@]}" | { grep -vE -f <(echo "$allowed") || :; }; style "$shims" "${other[@]}")
