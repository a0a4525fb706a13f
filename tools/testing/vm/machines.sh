# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Look rows of kernels.tab and machines.tab up.  To be sourced.

tables=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# table_row FILE NAME: its row; status 1 where there is none.
table_row() {
	awk -v name="$2" '!/^#/ && $1 == name { print; found = 1 } END { exit !found }' "$1"
}

kernel_row() {
	table_row "$tables/kernels.tab" "$1"
}

# kernel_aliases [yes|no|next]: all, or those with this in the last column.
kernel_aliases() {
	awk -v ours="${1-}" '!/^#/ && NF && (ours == "" || $5 == ours) { print $1 }' \
		"$tables/kernels.tab"
}

machine_names() {
	awk '!/^#/ && NF { print $1 }' "$tables/machines.tab"
}

# find_machine NAME: set MACHINE to its kind, MACHINE_RELEASE to the Debian of its root,
# MACHINE_GUESTS to the alias of its guests' kernel, or "same".
find_machine() {
	local row

	row=$(table_row "$tables/machines.tab" "$1") ||
		die "no machine '$1'; there are: $(machine_names | paste -sd ' ')"
	# shellcheck disable=SC2034  # for the script that sources this
	read -r _ MACHINE MACHINE_RELEASE MACHINE_GUESTS _ <<<"$row"
}
