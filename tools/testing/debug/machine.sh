# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2153  # variables are those of run.sh
#
# What run.sh does otherwise on the debug kernel (kernel.sh). To be sourced by it.
#
# The image and the guests are those of the kernel without "-debug": the debug kernel
# needs no module to find its root, and brings its others along in the payload.

# shellcheck source=tools/testing/selftests/lib/kernel_log.sh
. "$top/tools/testing/selftests/lib/kernel_log.sh"

# What the kernel's own checks say besides. Not only after the mark of the suite, and
# whether or not it looks at the log: a report is one wherever it stands.
DEBUG_LOG_BAD="$KERNEL_LOG_BAD|KASAN|UBSAN|ODEBUG|INFO: possible|INFO: trying to register|list_(add|del) corruption|scheduling while atomic|turning off the locking|kmemleak: Cannot"

# What suites that count may do less of here, unless the caller says how much.
DEBUG_SETTINGS='MESSAGES=20000 ONE_VF=100 ALL_VFS=15'

# How much slower it is: time limits of machines and suites are so much longer.
DEBUG_TIME_FACTOR=4

debug_kernel() {
	local setting name line

	DEBUG=yes PLAIN_ALIAS=${ALIAS%-debug}
	[ "$MACHINE" = native ] || [ "$MACHINE" = xen ] ||
		die "the debug kernel is for native and xen machines"
	line=$("$here/../debug/kernel.sh")
	read -r _ KVER KDIR VMLINUZ MODULES <<<"$line"
	VMLINUX=${VMLINUZ%/*}/vmlinux
	TIME_FACTOR=$DEBUG_TIME_FACTOR
	TIMEOUT=$((TIMEOUT * TIME_FACTOR))
	for setting in $DEBUG_SETTINGS; do
		name=${setting%%=*}
		[ -n "${!name-}" ] || declare -g "$setting"
	done
}

# kasan_multi_shot: the first report is not the only one.  no_timer_check: Linux else
# counts some ticks early on, and panics if the host is busy in that moment.
debug_options() {
	[ -z "$DEBUG" ] || echo "kasan_multi_shot kmemleak=on no_timer_check"
}

debug_stage() {
	[ -z "$DEBUG" ] || cp -r "$MODULES" "$RUN/payload/kernel"
}

# A report fails the run, and so does a lock checker that has given up: it stops at its
# first report, and when it has no more room.
debug_verdict() {
	local bad=''

	[ -n "$DEBUG" ] || return 0
	if grep -aE -A 30 "$DEBUG_LOG_BAD" "$RUN/console.log" >&2; then
		bad='the kernel has something to report'
	elif [ -s "$RUN/kmemleak.log" ]; then
		cat "$RUN/kmemleak.log" >&2
		bad='memory that nobody points to'
	elif ! grep -q 'debug_locks: *1' "$RUN/lockdep_stats"; then
		bad='the lock checker is off at the end'
	fi
	[ -z "$bad" ] || { echo "not ok $NAME: the debug kernel has nothing to report # $bad" && return 1; }
}
