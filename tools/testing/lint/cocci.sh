#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Coccinelle: every report script of the kernel that needs no OCaml. `make
# coccicheck` cannot be used: it stops at the first script that does.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$(kernel_scripts)/coccinelle
mapfile -t files < <(ours '*.c' | grep -E '^(drivers|tools/testing/mockpci)/')

# spatch starts python3 each time, for its version: Debian's, which it is built with, and no
# wrapper of that name, which took four times as long as the script.
PATH=/usr/bin:$PATH

# run_one SCRIPT FILE...
run_one()
{
	local script=$1 options

	shift
	options=$(sed -n 's|^// Options: *||p' "$script")
	# All files at once are too many for one of the scripts (stack overflow).
	# shellcheck disable=SC2086  # a list
	printf '%s\n' "$@" |
		xargs -n 50 spatch -D report --very-quiet --no-show-diff $options \
			--cocci-file "$script" -I include -I include/uapi \
			-I drivers/pciback-ng -I drivers/sriov-mbox 2>/dev/null ||
		echo "$script: spatch failed"
}
export -f run_one

# spatch is silent about its own troubles as well (a library that it lacks): a mutex
# that stays locked has to be found first.
control=$(mktemp --suffix=.c)
trap 'rm -f "$control"' EXIT
echo 'int f(struct mutex *m, int a) { mutex_lock(m); if (a) return 1; mutex_unlock(m); return 0; }' >"$control"
run_one "$scripts/locks/mini_lock.cocci" "$control" | grep -q 'preceding lock' || {
	echo "Coccinelle does not find a lock that is left; by hand: spatch -D report --cocci-file $scripts/locks/mini_lock.cocci FILE"
	exit 1
}

mapfile -t reports < <(grep -rlE '^virtual( .*)?\<report\>' "$scripts" --include='*.cocci' |
	xargs grep -L 'script:ocaml' | sort)
[ "${#reports[@]}" -gt 50 ] || { echo "only ${#reports[@]} Coccinelle scripts in $scripts"; exit 1; }
findings < <(printf '%s\n' "${reports[@]}" |
	xargs -P "$(nproc)" -I{} bash -c 'run_one "$@"' run_one {} "${files[@]}")
