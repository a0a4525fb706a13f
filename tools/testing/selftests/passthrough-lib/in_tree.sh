# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The in-tree drivers, to compare with.  To be sourced.

# insert_in_tree NAME: load one. Modules of ours have their names, hence the path.
insert_in_tree() {
	local file

	for file in "/lib/modules/$(uname -r)/kernel/drivers/$1.ko"*; do
		insmod "$file"
	done
}
