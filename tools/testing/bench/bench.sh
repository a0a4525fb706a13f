#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Side by side with the in-tree drivers: boot a Xen machine, measure, show ratios; what a
# device costs the host (suite bench), then what an access to configuration space costs a
# PV guest (suite bench-config). Not a test: nothing here passes or fails.
#
#   bench.sh [KERNEL]       6.1 or 6.12
#
# The host may be busy, so look at the ratios, which are of neighbours in time, more than
# at the times. A ratio below 1 says that pciback-ng needs less.
set -eu

kernel=${1:-6.1}
here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# numbers SUITE: its lines of numbers are left in $log.
numbers() {
	"$here/../vm/run.sh" --timeout 1800 xen "$kernel" "$1" | tee "$log" | grep -E '^(ok|not ok)' >&2
	grep -q "^# $1:" "$log" || { cat "$log" >&2; exit 1; }
}

# table TITLE OPERATION...: median, least and most of the values or ratios of all rounds.
table() {
	local title=$1

	shift
	sed -n 's/^# bench[-a-z]*: //p' "$log" | awk -v title="$title" -v wanted="$*" '
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
			print line
			for (i = 1; i <= nops; i++)
				print row(count, ops[i])
		}
		function row(count, op,    i, line) {
			line = sprintf("%-16s", op (op == "memory" ? " [bytes]" : " [us]"))
			for (i = 1; i <= nwho; i++) line = line show(count, op, who[i])
			for (i = 2; i <= nwho; i++) line = line show(count, op, who[1], who[i])
			return line
		}
		END {
			nops = split(wanted, ops, " ")
			nall = split("pciback-ng xen-pciback pci-stub", all, " ")
			for (i = 1; i <= nall; i++) if (all[i] in drivers) who[++nwho] = all[i]
			# The smaller first, where there are several.
			for (count in counts) order[++n] = count + 0
			sort3(order, n)
			for (i = 1; i <= n; i++) part(order[i])
		}'
}

numbers bench
table functions claim find release memory hide unhide
numbers bench-config
table "accesses of each kind by a PV guest" read1 read2 read4 write1 \
	read1-90% read2-90% read4-90% write1-90%
