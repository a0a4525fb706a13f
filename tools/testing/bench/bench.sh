#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Side by side with the in-tree drivers: boot a Xen machine, measure (suite bench), show
# ratios. Not a test: nothing here passes or fails.
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

"$here/../vm/run.sh" --timeout 1800 xen "$kernel" bench | tee "$log" | grep -E '^(ok|not ok)' >&2
grep -q '^# bench:' "$log" || { cat "$log" >&2; exit 1; }

# Median, least and most of the values or ratios of all rounds.
sed -n 's/^# bench: //p' "$log" | awk '
	{
		value[$1, $2, $3, $4] = $5
		counts[$1]; if ($2 > rounds[$1]) rounds[$1] = $2
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
	function table(count,    i, op) {
		printf "\n%d functions, median (least-most) of %d rounds\n", count, rounds[count]
		printf "%-16s%26s%26s%26s%26s%26s\n", "", "pciback-ng", "xen-pciback", "pci-stub",
		       "ng/xen-pciback", "ng/pci-stub"
		for (i = 1; i <= nops; i++) {
			op = ops[i]
			printf "%-16s", op (op == "memory" ? " [bytes]" : " [us]")
			print show(count, op, "pciback-ng") show(count, op, "xen-pciback") \
			      show(count, op, "pci-stub") \
			      show(count, op, "pciback-ng", "xen-pciback") \
			      show(count, op, "pciback-ng", "pci-stub")
		}
	}
	END {
		nops = split("claim find release memory hide unhide", ops, " ")
		# The smaller first; there are two.
		for (count in counts) order[++n] = count + 0
		sort3(order, n)
		for (i = 1; i <= n; i++) table(order[i])
	}'
