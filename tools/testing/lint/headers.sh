#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# headers.sh KVER KDIR: every header compiles as the only line of a file.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

make prepared KVER="$1" KDIR="$2" >/dev/null
build=$top/build/$1
work=$build/headers
mkdir -p "$work"

names=()
while read -r header; do
	name=${header//[\/.-]/_}
	names+=("$name.o")
	line="#include \"$build/$header\""
	[ "$(cat "$work/$name.c" 2>/dev/null)" = "$line" ] || echo "$line" >"$work/$name.c"
done < <(ours '*.h' | grep -E '^(drivers|include|tools/testing/(mockpci|hostile))/')

{
	printf 'obj-m += %s\n' "${names[@]}"
	# shellcheck disable=SC2016  # make's own
	sed -e 's|$(src)|'"$build"'|g' -e '/^obj-/d' -e 's/^subdir-//' Kbuild
} >"$work/Kbuild"

make -k -j"$(nproc)" -C "$2" M="$work" WERROR=1 "${names[@]}" >"$work/log" 2>&1 || {
	complaints "$work/log"
	exit 1
}
