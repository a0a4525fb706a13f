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
export FILES="${files[*]}"

run_one()
{
	local options

	options=$(sed -n 's|^// Options: *||p' "$1")
	# shellcheck disable=SC2086  # lists
	spatch -D report --very-quiet --no-show-diff $options --cocci-file "$1" -I include -I include/uapi \
		-I drivers/pciback-ng $FILES 2>/dev/null
}
export -f run_one

mapfile -t reports < <(grep -rlE '^virtual( .*)?\<report\>' "$scripts" --include='*.cocci' |
	xargs grep -L 'script:ocaml' | sort)
[ "${#reports[@]}" -gt 50 ] || { echo "only ${#reports[@]} Coccinelle scripts in $scripts"; exit 1; }
findings < <(printf '%s\n' "${reports[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one {}')
