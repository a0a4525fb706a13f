#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The ways of the back-end with xenstore when others there behave badly: a guest that changes
# its state without end, a xenstored that forgets a transaction, and in which order a device is
# taken.  Guests are driven by passthrough-lib/rawfront.sh.
#
# Runs in a test machine (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, NIC_B,
# MODULE, DRIVER set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/inject.sh
. ../passthrough-lib/inject.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/probes.sh
. ../passthrough-lib/probes.sh

for name in NIC_A NIC_B MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE" rawfront retinject

DEVICES_LISTED=200
TOGGLE_SECONDS=10	# first 12 s: a guest has 4 s of reading in one go
SHARE=60	# percent of the time; a quarter is the aim, our own answers come to it, 84 it was

load() {
	local bdf

	inject_load
	show modprobe "$MODULE"
	raw_load
	probes_mount
	for bdf in "$NIC_A" "$NIC_B"; do
		claim "$bdf"
		driver_is "$bdf" pciback
	done
}

# trace_calls FUNCTION...: the moments at which each begins and ends, from now on.
trace_calls() {
	local function

	for function in "$@"; do
		echo "p:calls/${function}_begin $function"
		echo "r:calls/${function}_end $function"
	done >"$PROBES_TRACEFS/kprobe_events"
	echo >"$PROBES_TRACEFS/trace"
	echo 1 >"$PROBES_TRACEFS/events/calls/enable"
}

trace_end() {
	echo 0 >"$PROBES_TRACEFS/events/calls/enable"
	grep -o '[0-9.]*: [a-z_]*_\(begin\|end\):' "$PROBES_TRACEFS/trace" >"$KTAP_DIR/trace" || :
	echo >"$PROBES_TRACEFS/kprobe_events"
}

# busy_share FUNCTION: percent of the traced time in it.
busy_share() {
	tr -d : <"$KTAP_DIR/trace" | awk -v name="$1" '
		NR == 1 { first = $1 }
		{ last = $1 }
		$2 == name "_begin" { began = $1; runs++ }
		$2 == name "_end" && began { busy += $1 - began; began = 0 }
		END {
			printf "%s: %d times, %.2f of %.2f s\n", name, runs, busy, last - first >"/dev/stderr"
			if (last > first) printf "%d\n", 100 * busy / (last - first)
		}'
}

# toggle_state SECONDS FRONT
toggle_state() {
	local end=$((SECONDS + $1)) count=0

	while [ "$SECONDS" -lt "$end" ]; do
		xenstore-write "$2/state" $((count % 2 + 1))
		count=$((count + 1))
	done
	echo "its state changed $count times"
}

# A long list, each of whose devices costs four requests; none of them is there.
toggles() {
	local front i share

	front=$(raw_front 0)
	for ((i = 0; i < DEVICES_LISTED; i++)); do
		printf '0000:7e:%02x.%x\n' $((i >> 3)) $((i & 7))
	done >"$KTAP_DIR/list"
	# shellcheck disable=SC2046  # words are wanted
	raw_offer 0 $(<"$KTAP_DIR/list")
	wait_for_node 60 "$(raw_back 0)/state-$((DEVICES_LISTED - 1))" "$RAW_CLOSED"
	sleep 1
	echo N >"$RAW_FOLLOW"
	toggle_state 12 "$front"
	trace_calls backend_work
	toggle_state "$TOGGLE_SECONDS" "$front"
	trace_end
	echo Y >"$RAW_FOLLOW"
	share=$(busy_share backend_work)
	[ "$share" -le "$SHARE" ]
}

# It is looked at when its time has come, and works.
toggled_works() {
	raw_end 0
	raw_start 0 "$NIC_A"
	raw_read 0 "$(raw_devfn 0 0)" 0 2
	raw_end 0
}

# Nodes seem to be missing in a transaction that xenstored does not know any more. Without
# the look at its end that is the order to take the device away.
forgotten() {
	local back

	back=$(raw_back 0)
	raw_start 0 "$NIC_A" "$NIC_B"
	inject xenbus_transaction_end -2 0
	xenstore-rm "$back/dev-1"
	xenstore-write "$back/state" 7
	sleep 2
	xenstore-write "$back/dev-1" "$NIC_B"
	inject_end
	raw_read 0 "$(raw_devfn 0 1)" 0 2
	[ "$(<"/sys/bus/pci/devices/$NIC_B/pciback/owner")" = 'domain 0' ]
	# What was asked for is done with the next event.
	xenstore-write "$back/state" 7
	wait_for 10 raw_state_is 0 "$RAW_CONNECTED"
	raw_end 0
}

# poke NODE: wake the back-end up, over and over.
poke() {
	while :; do
		xenstore-write "$1" "$SECONDS"
	done
}

# A toolstack writes 7 as soon as it has seen our 4. What wakes us up just then finds 4 here and 3
# there, and makes sure that it is 4.
seven_stays() {
	local back i lost=0 poker

	back=$(raw_back 0)
	echo N >"$RAW_FOLLOW"
	raw_start 0 "$NIC_A"
	poke "$back/poke" &
	poker=$!
	for ((i = 0; i < 40; i++)); do
		xenstore-write "$back/state" 7
		nap 0.2
		raw_state_is 0 7 || lost=$((lost + 1))
		xenstore-write "$back/state" "$RAW_CONNECTED"
	done
	kill "$poker"
	wait "$poker" || :
	echo Y >"$RAW_FOLLOW"
	raw_end 0
	echo "$lost of $i orders to look at the devices were written over"
	[ "$lost" -eq 0 ]
}

# A guard may give others of the isolation set away as soon as it is taken: no DMA any more.
order_of_taking() {
	raw_start 0 "$NIC_A"
	trace_calls pbng_quiesce pt_take
	raw_end 0
	trace_end
	cat "$KTAP_DIR/trace"
	grep -n pt_take_begin "$KTAP_DIR/trace"
	sed '/pt_take_begin/q' "$KTAP_DIR/trace" | grep pbng_quiesce_end
}

finish() {
	give_back "$NIC_A"
	give_back "$NIC_B"
	show rmmod "$MODULE"
}

ktap_plan 8
kernel_log_start
ktap_need "$MODULE has two cards" load
ours "a guest that changes its state without end has its share of xenstore (case K7)" toggles
ktap_test "and is served when it means well" toggled_works
ours "xenstored forgets a transaction: no device is taken from its guest (case K19)" forgotten
ours "what the toolstack makes of the back-end's state stays" seven_stays
ours "hardware is silent before a device counts as taken (case K20)" order_of_taking
ktap_test "all is given back" finish
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
