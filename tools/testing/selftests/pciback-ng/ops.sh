#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How a guest's operations are carried out: at once or by a worker, never later than the
# guest waits for them, and to their end when the guest leaves.  Runs in a Xen test machine
# (tools/testing/vm/run.sh xen) on mock functions, for a reset that takes seconds.  What
# operations do is for other suites.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/pciback.sh
. ../passthrough-lib/pciback.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh

[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no reset that could take long"
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
mock_need mockpci rawfront pciback-ng

A=1000:03:00.0 B=1000:04:00.0
GIVES_UP=2000		# milliseconds: when a front-end does

start() {
	mock_bus functions=1
	show modprobe pciback-ng
	raw_load
	echo "$A" >"$PCIBACK/hide"
	echo "$B" >"$PCIBACK/hide"
	raw_start 0 "$A" "$B"
	raw_devfn 0 0 >"$KTAP_DIR/a"
	raw_devfn 0 1 >"$KTAP_DIR/b"
}

# a OFFSET SIZE, b OFFSET SIZE: read of that device, "ERR VALUE".
a() {
	raw_op 0 "$RAW_READ" "$(<"$KTAP_DIR/a")" "$@"
}

b() {
	raw_op 0 "$RAW_READ" "$(<"$KTAP_DIR/b")" "$@"
}

# The first read of a device after one of another is a worker's, the second is not.
agree() {
	local first second

	for read in "a 0 4" "b 0 4" "a 4 2" "b 8 1" "a 0xc 1" "b 0x34 4"; do
		first=$($read)
		second=$($read)
		echo "$read: $first, $second"
		[ "${first%% *}" -eq 0 ]
		[ "$first" = "$second" ]
	done
	[ "$(a 0 4)" = "0 0x10f01af4" ]
	[ "$(a 0 4)" = "0 0x10f01af4" ]
}

refused_alike() {
	local first second

	for read in "a 1 2" "a 4096 4" "a -4 4" "a 0 3" "b 0 4"; do
		first=$($read)
		second=$($read)
		echo "$read: $first, $second"
		[ "$first" = "$second" ]
	done
	[ "${first%% *}" -eq 0 ]
	raw_refused 0 "$RAW_READ" 255 0 4
	raw_refused 0 "$RAW_READ" 4096 0 4
}

# workers_for COMMAND...: how often a worker was woken for an operation meanwhile.
workers_for() {
	local tracing=/sys/kernel/debug/tracing

	echo >"$tracing/trace"
	echo 1 >"$tracing/events/workqueue/workqueue_queue_work/enable"
	"$@" >/dev/null
	echo 0 >"$tracing/events/workqueue/workqueue_queue_work/enable"
	grep -c 'function=ring_work' "$tracing/trace" || :
}

twenty() {
	local i

	for ((i = 0; i < 20; i++)); do "$@"; done
}

write() {
	raw_op 0 "$RAW_WRITE" "$(<"$KTAP_DIR/a")" 0xc 1 0
}

# One may meet somebody else who has the device's lock.
at_once() {
	local reads writes

	a 0 4
	reads=$(workers_for twenty a 0 4)
	writes=$(workers_for twenty write)
	echo "workers for 20 reads: $reads, for 20 writes: $writes"
	[ "$reads" -le 1 ]
	[ "$writes" -eq 20 ]
}

slow_reset() {
	mock "$A" flr-ms 4000
	echo "$A" >"$PCIBACK/do_flr" &
	sleep 0.5
}

# In between, the guest's other device works.
in_reset() {
	local from took answer other

	a 0 4
	slow_reset
	# As raw_op does, without what starting a program takes.
	from=${EPOCHREALTIME/./}
	echo "$RAW_READ 0 0 $(<"$KTAP_DIR/a") 0 4 0" >"$RAW_FILES/0/op"
	took=$(((${EPOCHREALTIME/./} - from) / 1000))
	answer=$(<"$RAW_FILES/0/op")
	other=$(b 0 4)
	[ -n "$(jobs -rp)" ]
	wait
	echo "answer after $took ms: $answer; of the other device: $other"
	[ "${answer%% *}" -ne 0 ]
	[ "$took" -lt "$GIVES_UP" ]
	[ "$other" = "0 0x10f01af4" ]
	[ "$(a 0 4)" = "0 0x10f01af4" ]
}

leaves_in_mid_op() {
	slow_reset
	a 0 4 || : &
	sleep 0.3
	raw_end 0
	wait
	driver_is "$A" pciback
	driver_is "$B" pciback
}

again() {
	raw_start 0 "$A" "$B"
	[ "$(a 0 4)" = "0 0x10f01af4" ]
	raw_end 0
}

unload() {
	show rmmod pciback-ng
}

ktap_plan 9
kernel_log_start
ktap_need "a front-end has two functions" start
ktap_test "the handler and the worker give the same answers" agree
ktap_test "they refuse alike" refused_alike
ktap_test "the handler answers reads" at_once
ktap_test "an operation does not wait for a long reset" in_reset
ktap_test "a guest can leave while its operation waits" leaves_in_mid_op
ktap_test "it can come back" again
ktap_test "the module unloads" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
