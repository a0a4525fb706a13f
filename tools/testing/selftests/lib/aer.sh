# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# PCI Express errors out of nothing: the kernel's own aer_inject makes dom0 believe that
# a device reported one.  To be sourced after ktap.sh, xen.sh and kernel_log.sh.

AER_COMPLETION_TIMEOUT='\x00\x40\x00\x00'	# non-fatal unless the device says otherwise

# aer_inject BDF: one non-fatal error.  struct aer_error_inj: bus, device, function,
# padding; uncorrectable, correctable; header log; domain.
aer_inject() {
	local bus=${1#*:} slot=${1##*:}

	modprobe aer_inject || ktap_skip_this "no module aer_inject"
	wait_for 5 [ -e /dev/aer_inject ]
	# shellcheck disable=SC2059  # escapes are what we want
	printf "\\x${bus%%:*}\\x${slot%.*}\\x0${1##*.}\\0$AER_COMPLETION_TIMEOUT\\0\\0\\0\\0$(
		printf '\\0%.0s' {1..16})\\0\\0\\0\\0" >"$KTAP_DIR/aer"
	dd if="$KTAP_DIR/aer" of=/dev/aer_inject bs=32 count=1 2>/dev/null
}

# aer_done MARK: has Linux said how it ended, after the log line MARK?
aer_done() {
	kernel_log_since | sed "1,/$1/d" | grep 'device recovery'
}

# aer_threads: those which handle reports, one for each port.
aer_threads() {
	local comm

	for comm in /proc/[0-9]*/comm; do
		if grep -qs aerdrv "$comm"; then
			comm=${comm%/comm}
			echo "${comm##*/}"
		fi
	done
}

# aer_wake: let them look again at what they wait for.
aer_wake() {
	local pid

	for pid in $(aer_threads); do
		echo "$pid" >/sys/module/wakeup/parameters/pid
	done
}
