#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a device costs pciback-ng, xen-pciback and pci-stub, in one boot, in turns: the
# numbers behind `make bench`.  Runs in a Xen test machine (tools/testing/vm/run.sh xen),
# because xen-pciback loads nowhere else; mock functions, so no hardware is touched.
#
# The tests of this suite only say that it could be measured.  The numbers are lines
#
#	# bench: COUNT ROUND DRIVER OPERATION VALUE
#
# with nanoseconds for one device (claim: bind, release: unbind, find: a write to
# allow_interrupt_control, hide and unhide: the attributes of that name) and bytes for
# one device (memory).  There are 3,072 functions all the time, of which COUNT are used:
# under Xen they cannot be removed (mockpci/README.rst).  In bind and unbind the driver core itself walks all devices of
# the bus, for every driver alike.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/scale.sh
. ../passthrough-lib/scale.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/in_tree.sh
. ../passthrough-lib/in_tree.sh

[ -e /proc/xen/capabilities ] || ktap_skip_all "xen-pciback loads under Xen only"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "it compares all drivers anyway"
mock_need mockpci pciback-ng pci-stub
scale_need

FEW=64
MANY=${MANY:-3072}
ROUNDS_FEW=${ROUNDS_FEW:-5}
ROUNDS_MANY=${ROUNDS_MANY:-2}

# number OPERATION VALUE: of $COUNT $ROUND $WHO.
number() {
	echo "bench: $COUNT $ROUND $WHO $1 $2"
}

# timed OPERATION FILE: write each address to FILE; mean time.
timed() {
	local result

	result=$("$SCALE_WRITES" "$2" <"$KTAP_DIR/bdfs")
	number "$1" "$(echo "$result" | cut -d' ' -f3)"
}

# quietly FILE: the same, without measuring.
quietly() {
	"$SCALE_WRITES" "$1" <"$KTAP_DIR/bdfs" >/dev/null
}

# warm DIR: the emulator translates each piece of code when it runs first, which takes some 10 ms
# for a driver and is no cost of a device.
warm() {
	head -n "$FEW" "$KTAP_DIR/bdfs" >"$KTAP_DIR/first"
	"$SCALE_WRITES" "$1/bind" <"$KTAP_DIR/first" >/dev/null
	"$SCALE_WRITES" "$1/unbind" <"$KTAP_DIR/first" >/dev/null
}

claim_find_release() {
	local dir=$1 before

	warm "$dir"
	before=$(scale_memory)
	timed claim "$dir/bind"
	number memory $((($(scale_memory) - before) / COUNT))
	[ ! -e "$dir/allow_interrupt_control" ] || timed find "$dir/allow_interrupt_control"
	timed release "$dir/unbind"
}

with_slots() {
	quietly "$SCALE_PCIBACK/new_slot"
	claim_find_release "$SCALE_PCIBACK"
	quietly "$SCALE_PCIBACK/remove_slot"
}

measure_ng() {
	WHO=pciback-ng
	# The others do not put devices to sleep; waking up takes 10 ms each.
	modprobe pciback-ng idle_d3=0
	with_slots
	timed hide "$SCALE_PCIBACK/hide"
	timed unhide "$SCALE_PCIBACK/unhide"
	rmmod pciback-ng
}

measure_stock() {
	WHO=xen-pciback
	insert_in_tree xen/xen-pciback/xen-pciback
	with_slots
	rmmod xen-pciback
}

# A new id makes it take all of them at once.
measure_stub() {
	WHO='pci-stub'
	insert_in_tree pci/pci-stub
	echo 1af4 10f3 >/sys/bus/pci/drivers/pci-stub/new_id
	quietly /sys/bus/pci/drivers/pci-stub/unbind
	claim_find_release /sys/bus/pci/drivers/pci-stub
	rmmod pci-stub
}

# measure COUNT ROUNDS
measure() {
	COUNT=$1
	scale_bdfs "$COUNT" >"$KTAP_DIR/bdfs"
	for ((ROUND = 1; ROUND <= $2; ROUND++)); do
		measure_ng
		measure_stock
		measure_stub
	done
}

ktap_plan 3
dmesg -n 1
ktap_need "a bus with $MANY functions is there" scale_bus "$MANY"
ktap_test "three drivers in turns, $FEW functions, $ROUNDS_FEW rounds" measure "$FEW" "$ROUNDS_FEW"
ktap_test "three drivers in turns, $MANY functions, $ROUNDS_MANY rounds" measure "$MANY" "$ROUNDS_MANY"
ktap_finish
