#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Registers that a reset wipes are put back, in order, and it is said when that fails;
# methods of resetting are avoided.  Runs in a test machine (tools/testing/vm/run.sh
# native) or on any host with the mock bus and an 82576 (igb) as SRIOV.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/lib/ktap.sh
. ../lib/ktap.sh
# shellcheck source=tools/testing/selftests/lib/xen.sh
. ../lib/xen.sh
# shellcheck source=tools/testing/selftests/lib/kernel_log.sh
. ../lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/lib/mock.sh
. ../lib/mock.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no such quirks"
mock_need mockpci pciback-ng

PCIBACK=/sys/bus/pci/drivers/pciback
DEVICES=/sys/bus/pci/devices
TRACING=/sys/kernel/tracing
VFTA=560c	# a word of the igb's VLAN filter: RAM that a reset wipes

quirk() {
	show sh -c "echo '$1' >$PCIBACK/reset_quirks"
}

# registers BDF: what became of them.
registers() {
	cat "$DEVICES/$1/pciback/reset_registers"
}

# registers_say BDF LINE...: all of them.
registers_say() {
	local bdf=$1

	shift
	registers "$bdf" | tee "$KTAP_DIR/registers"
	[ "$(cat "$KTAP_DIR/registers")" = "$(printf '%s\n' "$@")" ]
}

take() {
	echo "$1" >"$PCIBACK/hide"
	driver_is "$1" pciback
}

# The igb. Its driver is not let near it: it would set up registers by itself.

igb() {
	../lib/bar.py "$SRIOV" 0 "$@"
}

# igb_is VALUE
igb_is() {
	local value

	value=$(igb "$VFTA")
	echo "register $VFTA: $value"
	[ "$value" = "$1" ]
}

igb_set_up() {
	igb "$VFTA=deadbeef"
	igb_is deadbeef
}

igb_give_back() {
	echo "$SRIOV" >"$PCIBACK/unhide"
	no_driver "$SRIOV"
}

start() {
	show modprobe pciback-ng idle_d3=0
	echo none >"$DEVICES/$SRIOV/driver_override"
	[ ! -e "$DEVICES/$SRIOV/driver" ] || echo "$SRIOV" >"$DEVICES/$SRIOV/driver/unbind"
	no_driver "$SRIOV"
}

igb_without() {
	igb_set_up
	take "$SRIOV"
	igb_is 00000000
	igb "$VFTA=12345678"
	echo "$SRIOV" >"$PCIBACK/do_flr"
	igb_is 00000000
	registers_say "$SRIOV"
	igb_give_back
}

igb_with() {
	quirk "8086:10c9 bar0 $VFTA 4"
	igb_set_up
	take "$SRIOV"
	igb_is deadbeef
	registers_say "$SRIOV" "bar0 $VFTA 4 deadbeef ok"
	# What its owner writes is not what the next one gets.
	igb "$VFTA=12345678"
	igb_is 12345678
	echo "$SRIOV" >"$PCIBACK/do_flr"
	igb_is deadbeef
	igb_give_back
	# The host gets it back as it was, too.
	igb_is deadbeef
}

ktap_plan 3
kernel_log_start
ktap_need "pciback-ng loads" start
ktap_test "a register of an igb is gone after an FLR" igb_without
ktap_test "with a quirk it holds what it was set up to" igb_with
ktap_finish
