# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The logs of Linux and of Xen as tests.  To be sourced after ktap.sh.
# kernel_log_start marks where a suite begins; the tests look at what came after.

KERNEL_LOG_MARK="ktap: ${0##*/} $$ starts"

# What never may stand in the log: oopses, warnings, SLUB's findings (with
# slub_debug=FZPU on the command line), lockdep, hung tasks, stuck devices.
KERNEL_LOG_BAD='WARNING:|BUG|Oops|general protection|Call Trace|segfault|traps:|Redzone|Poison|Object already free|refcount_t|INFO: task|possible circular|irq [0-9]+: nobody cared|soft lockup|rcu.*stall|leaked'

# What a slow machine says of itself, in the middle of any test that counts lines.
# shellcheck disable=SC2034  # for suites
KERNEL_LOG_SLOW='hrtimer: interrupt took|perf: interrupt took|clocksource:|hogged CPU|crng'

# A NULL pointer of xl's own, when two of them work on one guest (lifecycle.sh).
KERNEL_LOG_LIBXL='xl\[[0-9]+\]: segfault at 0 '

# Xen has few words for a domain that does what it may not: its number is in front.
XEN_LOG_BAD='\(XEN\).* d(om)?[0-9]+(v[0-9]+)?[: ]|VT-d.*fault|DMAR.*[Ff]ault|WARN|BUG|[Nn]ot permitted|denied|crash'

kernel_log_start() {
	echo "<6>$KERNEL_LOG_MARK" >/dev/kmsg
	xl dmesg 2>/dev/null | wc -l >"$KTAP_DIR/.xen-lines" || :
}

# kernel_log_since: all that came after the mark.
kernel_log_since() {
	dmesg | sed "1,/$KERNEL_LOG_MARK/d"
}

# kernel_log_note TEXT: so that a reader of the log sees which test a line is of.
kernel_log_note() {
	echo "<6>ktap: $*" >/dev/kmsg
}

# kernel_log_after NOTE: what came after kernel_log_note NOTE, which has to be the only one.
kernel_log_after() {
	kernel_log_since | sed "0,/ktap: $1\$/d"
}

# kernel_log_kinds FILE: its lines by what they say, without numbers; the most frequent first.
kernel_log_kinds() {
	sed 's/^\[[^]]*\] //; s/[0-9a-f]\{2,\}/N/g' "$1" | sort | uniq -c | sort -rn | head -n 20
}

kernel_log_clean() {
	dmesg >"$KTAP_DIR/.dmesg"
	if ! grep -q "$KERNEL_LOG_MARK" "$KTAP_DIR/.dmesg"; then
		ktap_skip_this "the log was overwritten; boot with log_buf_len=4M"
	fi
	if kernel_log_since | grep -vE "$KERNEL_LOG_LIBXL" | grep -nE -A 15 "$KERNEL_LOG_BAD"; then
		return 1
	fi
}

xen_log_clean() {
	if xl dmesg | tail -n "+$(($(<"$KTAP_DIR/.xen-lines") + 1))" |
	   grep -E "$XEN_LOG_BAD"; then
		return 1
	fi
}
