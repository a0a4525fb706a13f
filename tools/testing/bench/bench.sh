#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Side by side with the in-tree drivers: boot a Xen machine, measure, show ratios; what a
# device costs the host (suite bench), then what an access to configuration space costs a
# PV guest (suite bench-config). At last what a message of the mailbox costs, on a native
# machine (suites bench-mbox and bench-mbox-clock) and between a PV guest and dom0 (suite
# bench-mbox-xen). Not a test: nothing here passes or fails.
#
#   bench.sh [KERNEL [PART]]       6.1 or 6.12; pciback or mbox alone
#
# The host may be busy, so look at the ratios, which are of neighbours in time, more than
# at the times. A ratio below 1 says that pciback-ng needs less.
set -eu

kernel=${1:-6.1}
part=${2:-all}
here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# numbers MACHINE SUITE: its lines of numbers are left in $log.
numbers() {
	"$here/../vm/run.sh" --timeout 1800 "$1" "$kernel" "$2" | tee "$log" | grep -E '^(ok|not ok)' >&2
	grep -q '^# bench[a-z-]*: ' "$log" || { cat "$log" >&2; exit 1; }
}

# What the ratio to xen-pciback should be at most, by operation.
GOALS='claim 1.0 release 1.0 memory 2.0 read1 0.5 read2 0.5 read4 0.5 write1 0.8'

# table TITLE OPERATION...: median, least and most of the values or ratios of all rounds, and
# the goals.
table() {
	local title=$1

	shift
	sed -n 's/^# bench[-a-z]*: //p' "$log" | awk -v title="$title" -v wanted="$*" -v goals="$GOALS" '
		{
			value[$1, $2, $3, $4] = $5
			counts[$1]; if ($2 > rounds[$1]) rounds[$1] = $2
			drivers[$3]
		}
		function sort3(list, n,    i, j, t) {
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
					t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
				}
		}
		function show(count, op, who, against,    r, n, list, unit, v) {
			unit = op == "memory" ? 1 : 1000
			for (r = 1; r <= rounds[count]; r++) {
				if (!((count, r, who, op) in value)) continue
				v = value[count, r, who, op] / unit
				if (against != "") {
					if (!value[count, r, against, op]) continue
					v = value[count, r, who, op] / value[count, r, against, op]
				}
				list[++n] = v
			}
			if (!n) return sprintf("%26s", "-")
			sort3(list, n)
			v = sprintf(against != "" ? "%.2f (%.2f-%.2f)" : "%.0f (%.0f-%.0f)",
				    list[int((n + 1) / 2)], list[1], list[n])
			return sprintf("%26s", v)
		}
		function part(count,    i, op, line) {
			printf "\n%d %s, median (least-most) of %d rounds\n", count, title, rounds[count]
			line = sprintf("%-16s", "")
			for (i = 1; i <= nwho; i++) line = line sprintf("%26s", who[i])
			for (i = 2; i <= nwho; i++) line = line sprintf("%26s", "ng/" who[i])
			print line "   goal of ng/xen-pciback"
			for (i = 1; i <= nops; i++)
				print row(count, ops[i])
		}
		function row(count, op,    i, line) {
			line = sprintf("%-16s", op (op == "memory" ? " [bytes]" : " [us]"))
			for (i = 1; i <= nwho; i++) line = line show(count, op, who[i])
			for (i = 2; i <= nwho; i++) line = line show(count, op, who[1], who[i])
			return line (op in goal ? "   <= " goal[op] : "")
		}
		END {
			nops = split(wanted, ops, " ")
			ngoals = split(goals, list, " ")
			for (i = 1; i < ngoals; i += 2) goal[list[i]] = list[i + 1]
			nall = split("pciback-ng xen-pciback pci-stub", all, " ")
			for (i = 1; i <= nall; i++) if (all[i] in drivers) who[++nwho] = all[i]
			# The smaller first, where there are several.
			for (count in counts) order[++n] = count + 0
			sort3(order, n)
			for (i = 1; i <= n; i++) part(order[i])
		}'
}

# What both of the following tables have. A ratio of times is one of neighbours in a round:
# the median, the least and the most of all rounds.
# shellcheck disable=SC2016  # awk's
rows='
	{ value[$2, $1] = $3; if ($1 > rounds) rounds = $1 }
	function of(name, r) { return name == "one" ? 1 : value[name, r] }
	# What TOP times TIMES costs against BELOW.
	function row(text, top, times, below, goal,    r, i, n, list, t) {
		for (r = 1; r <= rounds; r++) {
			if (!of(below, r)) continue
			list[++n] = of(top, r) * times / of(below, r)
			for (i = n; i > 1 && list[i] < list[i - 1]; i--) {
				t = list[i]; list[i] = list[i - 1]; list[i - 1] = t
			}
		}
		if (n) printf "%-52s %8.2f %18s   %s\n", text, list[int((n + 1) / 2)],
			sprintf("(%.2f-%.2f)", list[1], list[n]), goal
	}
	function head(text) {
		printf "\n%-52s %8s %18s   %s\n", text, "median", "(least-most)", "goal"
	}'

# goals TITLE: the mailbox's ratios, each with what it should be.
goals() {
	sed -n 's/^# bench-mbox: //p' "$log" | awk -v title="$1" "$rows"'
		END {
			head(title)
			row("round trip 64 B / eventfd ping-pong", "rtt-64", 1, "eventfd", "<= 1.5")
			row("round trip 4 KiB / 64 B", "rtt-4096", 1, "rtt-64", "<= 2.5")
			row("one by one / 32 at once, a message", "rtt-64", 1, "batch-64", ">= 8")
			row("VF rings, a message, one by one", "rtt-64-kicks", 1, "one", "<= 1")
			row("VF wakes up, a message, one by one", "rtt-64-wakes", 1, "one", "<= 1")
			row("VF rings, a message, 32 at once", "batch-64-kicks", 1, "one", "<= 0.06")
			row("VF wakes up, a message, 32 at once", "batch-64-wakes", 1, "one", "<= 0.06")
			row("handshake / 10 ms (igbvf: its reset, by its code)", "handshake", 1e-7, "one",
			    "<= 0.2")
			row("question to 7 VFs at once / to one", "broadcast", 1, "unicast",
			    "<= 2, and here all share a CPU")
			row("the same, computed for VFs with CPUs of their own", "parallel", 1,
			    "unicast", "<= 2")
			row("question to 7 VFs at once / to each in turn", "broadcast", 1 / 7,
			    "unicast", "")
			row("question to six VFs, the seventh dead / alive", "others-dead", 1,
			    "others-alive", "<= 1.2")
			print ""
			row("eventfd ping-pong [us]", "eventfd", 1e-3, "one", "")
			row("round trip 64 B, VF to agent [us]", "rtt-64", 1e-3, "one", "")
			row("round trip 64 B, answered by the mailbox [us]", "core-64", 1e-3, "one", "")
			row("question to one VF [us]", "unicast", 1e-3, "one", "")
		}'
}

# goals_xen: those between a PV guest and dom0.
goals_xen() {
	sed -n 's/^# bench-mbox: //p' "$log" | awk "$rows"'
		END {
			head("mailbox, a PV guest and dom0")
			row("round trip 64 B / bare event-channel ping-pong", "ring", 1, "bare", "<= 1.5")
			row("the same of their 99th percentiles", "ring-99", 1, "bare-99", "")
			row("64 B, agent in dom0 / ping-pong of user spaces", "agent", 1, "evtchn",
			    "(two more wake up: a work at each end)")
			row("round trip 64 B, by registers / by ring", "window", 1, "ring", ">= 8")
			row("accesses to registers, a message of 64 B", "moves", 1, "one", "18")
			row("looks at STATUS, a message there and back", "looks", 1, "one", "")
			row("a message by registers, one way / 24 accesses", "window", 0.5, "accesses",
			    "<= 1")
			row("handshake / 10 ms (igbvf: its reset, by its code)", "handshake", 1e-7, "one",
			    "<= 0.2 (by a real clock, with an emulated CPU)")
			row("handshake / bare ping-pong", "handshake", 1, "bare",
			    "(a signal, two round trips, traced)")
			print ""
			row("bare event-channel ping-pong [us]", "bare", 1e-3, "one", "")
			row("round trip 64 B, answered by the mailbox [us]", "ring", 1e-3, "one", "")
			row("  its 99th percentile", "ring-99", 1e-3, "one", "")
			row("round trip 64 B, answered by an agent [us]", "agent", 1e-3, "one", "")
			row("  its 99th percentile", "agent-99", 1e-3, "one", "")
			row("round trip 64 B, by registers [us]", "window", 1e-3, "one", "")
			row("handshake [us]", "handshake", 1e-3, "one", "")
		}'
}

if [ "$part" != mbox ]; then
	numbers xen bench
	table functions claim find release memory hide unhide
	numbers xen bench-config
	table "accesses of each kind by a PV guest" read1 read2 read4 write1 \
		read1-90% read2-90% read4-90% write1-90%
fi
if [ "$part" != pciback ]; then
	numbers native bench-mbox
	goals "mailbox, by instructions"
	numbers native bench-mbox-clock
	goals "mailbox, by the clock"
	numbers xen bench-mbox-xen
	goals_xen
fi
