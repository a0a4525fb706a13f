# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Blocks of Documentation that a suite runs as they stand.  To be sourced after ktap.sh and
# xen.sh.

# page_block PAGE NAME: the block behind the comment ".. run: NAME", "<!-- run: NAME -->" where it
# is Markdown.
page_block() {
	local page=${PAGES:-/run/payload/pages}/$1

	[ -f "$page" ] || ktap_skip_this "set PAGES to Documentation"
	awk -v name="$2" '
		$0 == ".. run: " name || $0 == "<!-- run: " name " -->" { found = 1; next }
		found && /^    / { print substr($0, 5); block = 1; next }
		found && block && NF { exit }' "$page"
}

# page_run PAGE NAME: all of its lines succeed.
page_run() {
	page_block "$1" "$2" >"$KTAP_DIR/block"
	[ -s "$KTAP_DIR/block" ] || { echo "no block \"$2\" in $1" && return 1; }
	sed 's/^/$ /' "$KTAP_DIR/block"
	show bash -e "$KTAP_DIR/block"
}
