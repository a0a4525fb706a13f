# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# PCI Express errors out of nothing: the kernel's own aer_inject makes dom0 believe that
# a device reported one.  To be sourced after ktap.sh, xen.sh,
# kernel_log.sh, pciback.sh and reset.sh.

# Uncorrectable and correctable status bits, as the file wants them.
aer_bits() {
	case $1 in
	correctable) printf '\\0\\0\\0\\0\\x01\\0\\0\\0' ;;	# receiver error
	nonfatal) printf '\\0\\x40\\0\\0\\0\\0\\0\\0' ;;	# completion timeout
	fatal) printf '\\0\\0\\x04\\0\\0\\0\\0\\0' ;;	# malformed packet
	esac
}

# aer_inject BDF [correctable|nonfatal|fatal]: one error, non-fatal if nothing is said.
# struct aer_error_inj: bus, device, function, padding; uncorrectable, correctable;
# header log; domain.
aer_inject() {
	local bus=${1#*:} slot=${1##*:}

	modprobe aer_inject || ktap_skip_this "no module aer_inject"
	wait_for 5 [ -e /dev/aer_inject ]
	# shellcheck disable=SC2059  # escapes are what we want
	printf "\\x${bus%%:*}\\x${slot%.*}\\x0${1##*.}\\0$(aer_bits "${2:-nonfatal}")$(
		printf '\\0%.0s' {1..20})" >"$KTAP_DIR/aer"
	dd if="$KTAP_DIR/aer" of=/dev/aer_inject bs=32 count=1 2>/dev/null
}

# aer_done MARK: has Linux said how it ended, after the log line MARK?
aer_done() {
	kernel_log_since | sed "1,/$1/d" | grep 'device recovery'
}

# aer_events_start: note what user space is told, until aer_events_stop.
aer_events_start() {
	udevadm monitor --kernel --property >"$KTAP_DIR/uevents" 2>/dev/null &
	echo $! >"$KTAP_DIR/monitor"
	wait_for 5 grep -q KERNEL "$KTAP_DIR/uevents"
}

aer_events_stop() {
	kill "$(<"$KTAP_DIR/monitor")"
}

# aer_event BDF KIND [RESULT]: it was told.
aer_event() {
	awk -v RS= -v path="/$1\n" -v kind="PCIBACK_AER=$2" \
		-v result="${3:+PCIBACK_AER_RESULT=$3}" \
		'index($0, path) && index($0, kind) && (!result || index($0, result)) { found = 1 }
		 END { exit !found }' "$KTAP_DIR/uevents"
}

# aer_contained BDF KIND: quiet, nobody's to use, and all know.
aer_contained() {
	attribute_is "$1" state quarantined
	attribute_is "$1" aer_result contained
	[ $((16#$(config "$1" COMMAND) & 4)) -eq 0 ]
	wait_for 2 aer_event "$1" "$2" contained
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
