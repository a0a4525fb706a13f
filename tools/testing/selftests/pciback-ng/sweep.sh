#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every call of the driver that can fail is made to fail once, while it claims a device,
# releases it, resets one or a whole card, is loaded with one and is unloaded with one.
# It may refuse; it may not crash, leak, keep a device, or be stuck afterwards.  Runs in a
# test machine (tools/testing/vm/run.sh native) or on any host where the fixtures are
# installed.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/leak.sh
. ../passthrough-lib/leak.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/imports.sh
. ../passthrough-lib/imports.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/sweep.sh
. ../passthrough-lib/sweep.sh

[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver does not load without Xen"
[ ! -e /proc/xen/capabilities ] || ktap_skip_all "this is a Xen dom0"
mock_need mockpci mockpf retinject pciback-ng

SWEEP_DEV=1000:07:00.0	# behind a bridge, reset by power management, in 20 ms
CARD=1000:03:00.0	# has a driver
QUIRKS='(1af4:10f0 config c0 4)(1af4:10f0 config c4 2 mask=ff)(1af4:10f0 bar0 0 4)'
SITES=40		# noise of the rest of the kernel

# With a driver: it must have its device again in the end.

taken_before() {
	driver_is "$CARD" mocknet
}

taken() {
	sweep_hide "$CARD"
	sweep_unhide "$CARD"
}

taken_after() {
	if driver_is "$CARD" pciback 2>/dev/null; then
		sweep_unhide "$CARD" || return
	fi
	# The one thing that may have failed is to give it back.
	driver_is "$CARD" mocknet 2>/dev/null || echo "$CARD" >/sys/bus/pci/drivers_probe
	[ -z "$(<"$SWEEP_PCIBACK/slots")" ] || return 1
	driver_is "$CARD" mocknet
}

# A reset that failed has left the device where a later one helps.  All functions of a card
# are claimed, so that one can be reset alone and with the others; each of those is looked
# at by itself afterwards, so it can be quarantined for a reset that worked for the first.

FUNCTIONS='1000:02:00.0 1000:02:00.1 1000:02:00.2 1000:02:00.3'

all_claimed() {
	local f

	for f in $FUNCTIONS; do
		if [ "$(attribute "$f" state)" != claimed ]; then
			echo "$f is $(attribute "$f" state)"
			return 1
		fi
	done
}

take_all() {
	local f

	for f in $FUNCTIONS; do
		sweep_hide "$f" || return
	done
	all_claimed
}

reset_before() {
	all_claimed
}

reset() {
	do_flr "${FUNCTIONS%% *}"
}

reset_after() {
	local f

	for f in $FUNCTIONS; do
		case $(attribute "$f" state) in
		claimed) continue ;;
		quarantined) ;;
		*) echo "$f is $(attribute "$f" state)"; return 1 ;;
		esac
		if [ "$SWEEP_STATUS" -eq 0 ] && [ "$f" = "${FUNCTIONS%% *}" ]; then
			echo "the reset was no failure, but $f is quarantined"
			return 1
		fi
		do_flr "$f" || return
	done
	all_claimed
}

bus_before() {
	reset_before || return
	set_attribute "${FUNCTIONS%% *}" reset_method bus
}

bus() {
	reset
}

bus_after() {
	set_attribute "${FUNCTIONS%% *}" reset_method 'function bus' || return
	reset_after
}

give_back_all() {
	local f

	for f in $FUNCTIONS; do
		sweep_unhide "$f" || return
		driver_is "$f" mocknet || return
	done
}

loaded() {
	[ -e /sys/module/pciback_ng ]
}

load_before() {
	not loaded
}

load() {
	modprobe pciback-ng "hide=($SWEEP_DEV)"
}

load_after() {
	if [ "$SWEEP_STATUS" -eq 0 ]; then
		rmmod pciback-ng || return
	fi
	no_driver "$SWEEP_DEV" || return
	not loaded
}

unload_before() {
	modprobe pciback-ng "hide=($SWEEP_DEV)" || return
	driver_is "$SWEEP_DEV" pciback
}

unload() {
	rmmod pciback-ng
}

unload_after() {
	no_driver "$SWEEP_DEV" || return
	not loaded
}

start() {
	mock_bus functions=8
	show modprobe mockpf
	show modprobe retinject
	show modprobe pciback-ng "reset_quirks=$QUIRKS"
	# The record of what was hidden once stays until that is unplugged.
	for device in "$SWEEP_DEV" "$CARD"; do
		sweep_hide "$device"
		sweep_unhide "$device"
	done
	driver_is "$CARD" mocknet
}

# operation NAME MINIMUM, with the driver loaded.
operation() {
	leak_before
	sweep "$@"
	leak_after "$SITES" pciback_ng
}

# The same without it: what is left behind by a module that is gone has no name.
operation_unloaded() {
	local before

	[ ! -e /sys/module/pciback_ng ] || show rmmod pciback-ng
	before=$(leak_orphans)
	leak_before
	sweep "$@"
	leak_after "$SITES"
	echo "orphans: $before before, $(leak_orphans) after"
	[ "$(leak_orphans)" -eq "$before" ]
}

# After all that it works as ever.
works() {
	show modprobe pciback-ng
	sweep_hide "$CARD"
	driver_is "$CARD" pciback
	sweep_unhide "$CARD"
	driver_is "$CARD" mocknet
	show rmmod pciback-ng
	show rmmod retinject
	show rmmod mockpf
	show rmmod mockpci
}

ktap_plan 13
kernel_log_start
dmesg -n 1
ktap_need "the bus, the injector and the driver load" start
ktap_test "every function that it calls is known to fail or not to" sweep_known pciback-ng
ktap_test "claim: each call fails once" operation claim 20
ktap_test "release: each call fails once" operation release 5
ktap_test "taking from a driver and giving back: each call fails once" operation taken 20
ktap_test "all functions of a card are taken from their driver" take_all
ktap_test "reset of a function: each call fails once" operation reset 10
ktap_test "reset of a whole card: each call fails once" operation bus 10
ktap_test "its functions go back to their driver" give_back_all
ktap_test "load with hide=: each call fails once" operation_unloaded load 20
ktap_test "unload with a device: each call fails once" operation_unloaded unload 5
ktap_test "all goes as ever after that" works
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
