# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Does repeating something leave memory, interrupts or references behind?
# To be sourced after ktap.sh.
#
# With slub_debug=U the kernel knows for each living object the line of code that
# asked for it.  So a leak has a name and a count here, and noise in the totals does
# not matter: who leaks once a cycle stands out after fifty.

LEAK_SLABS=/sys/kernel/debug/slab

# "count call-site" of all living kmalloc objects.
leak_sites() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	cat $LEAK_SLABS/kmalloc-*/alloc_traces 2>/dev/null |
		awk '$2 ~ /\+0x/ { n[$2 " " ($3 ~ /^\[/ ? $3 : "")] += $1 }
		     END { for (s in n) print n[s], s }'
}

leak_counts() {
	grep -c . /proc/interrupts
	awk '/^SUnreclaim/ { print $2 }' /proc/meminfo
}

# leak_seen: can they be? Else LEAK_WHY says why not. KASAN keeps for a while what was
# freed, and it counts as living.
leak_seen() {
	LEAK_WHY=''
	[ -d $LEAK_SLABS ] || mount -t debugfs debugfs /sys/kernel/debug
	if ! grep -q . $LEAK_SLABS/kmalloc-64/alloc_traces 2>/dev/null; then
		LEAK_WHY="boot with slub_debug=FZPU to see leaks"
	elif grep -qw kasan_quarantine_put /proc/kallsyms; then
		LEAK_WHY="with KASAN kmemleak looks for leaks, at the end"
	fi
	[ -z "$LEAK_WHY" ]
}

leak_needs() {
	leak_seen || ktap_skip_this "$LEAK_WHY"
}

leak_before() {
	leak_needs
	# The first look at a file of debugfs is remembered there, for each file.
	leak_sites >/dev/null
	leak_sites >"$KTAP_DIR/sites"
	leak_counts >"$KTAP_DIR/counts"
}

# leak_after N [MODULE]: fail when a line of code has N living objects more than before,
# or one of MODULE a single one.
leak_after() {
	leak_sites >"$KTAP_DIR/sites.now"
	leak_counts >"$KTAP_DIR/counts.now"
	echo "interrupts, unreclaimable slab in kB:" \
		"before $(tr '\n' ' ' <"$KTAP_DIR/counts")," \
		"after $(tr '\n' ' ' <"$KTAP_DIR/counts.now")"
	awk -v limit="$1" -v module="[${2-}]" '
		NR == FNR { before[$2 $3] = $1; next }
		$1 - before[$2 $3] >= ($3 == module ? 1 : limit) { print "leak: " $1 - before[$2 $3] " objects of " $2, $3; bad = 1 }
		END { exit bad }' "$KTAP_DIR/sites" "$KTAP_DIR/sites.now"
	[ "$(head -n 1 "$KTAP_DIR/counts")" = "$(head -n 1 "$KTAP_DIR/counts.now")" ]
}

# leak_orphans: how many living objects a module has left behind that is not loaded any
# more: the code that asked for them has no name.
leak_orphans() {
	sync
	cat $LEAK_SLABS/kmalloc-*/alloc_traces 2>/dev/null |
		awk '$2 ~ /^0xffffffffc/ { n += $1 } END { print n + 0 }'
}
