# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A guest that means well, beside one that does not: it pings all the time, and at the end
# its pings say whether it was disturbed.  To be sourced after ktap.sh and xen.sh, with
# NIC_B and PING set.

PING_GAP=15	# seconds without an answer

# bystander NAME [BDF]...: a guest with NIC_B and these.  What it says of its pings has the
# time of arrival in front.
bystander() {
	local name=$1

	shift
	GUEST_MODULES=xen-pcifront,e1000e guest_start "$name" "$NIC_B" "$@"
	guest_up "$name"
	guest_net "$name"
	# shellcheck disable=SC2016  # the guest expands it
	guest_run "$name" 20 'cat >/tmp/pings <<"END"
#!/bin/sh
ping '"$PING"' | while read -r line; do read -r up _ </proc/uptime; echo "$up $line"; done >/tmp/pinged
END
		sh /tmp/pings </dev/null >/dev/null 2>&1 & :'
}

# bystander_pinged NAME: what of its pings was lost or late, a line.  Sequence numbers that
# are missing are lost; the last may be under way.  No backslashes: xenstore would take them
# for its own.
bystander_pinged() {
	# shellcheck disable=SC2016  # the guest expands it
	guest_run "$1" 30 'killall ping; sleep 1; awk "/ seq=/" /tmp/pinged | tr = " " | awk '"'"'
		NR == 1 { first = $7 }
		NR > 1 && $1 - before > gap { gap = $1 - before }
		$11 > slow { slow = $11 }
		{ before = $1; last = $7 }
		END { print "pings", NR, "lost", last - first + 1 - NR, "gap", gap, "s slowest", slow, "ms" }'"'" >"$KTAP_DIR/pings"
	cat "$KTAP_DIR/pings"
	awk '/^pings/ { exit !($2 >= 30 && $4 == 0 && $6 < '"$PING_GAP"') }' "$KTAP_DIR/pings"
}
