# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a module calls of others, from its file.  To be sourced after ktap.sh.  The program
# is imports.c.

ktap_require_programs imports

# imports_of MODULE: one name a line.
imports_of() {
	local file

	file=$(modinfo -n "$1")
	case $file in
	*.xz) xz -dc "$file" ;;
	*.gz) gzip -dc "$file" ;;
	*.zst) zstd -dcq "$file" ;;
	*) cat "$file" ;;
	esac | ./imports
}
