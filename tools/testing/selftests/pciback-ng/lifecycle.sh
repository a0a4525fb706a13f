#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Hiding, sharing out, and guests that die at bad moments.  Runs in a test machine
# (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, NIC_B, MULTI (DDDD:BB:DD of
# a card with functions 0 and 1), PING, GUEST_KERNEL, GUEST_INITRD, MODULE, DRIVER set.
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

for name in NIC_A NIC_B MULTI PING GUEST_KERNEL GUEST_INITRD MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE"

PCIBACK=/sys/bus/pci/drivers/pciback
CYCLES=${CYCLES:-50}
GUEST_MODULES=xen-pcifront,e1000e

# only ng "name" FUNCTION: a promise that the in-tree driver never made.
only_ng() {
	if [ "$DRIVER" = ng ]; then
		ktap_test "$@"
	else
		ktap_skip "$1" "the in-tree driver does not promise this"
	fi
}

assign() {
	local bdf

	for bdf in "$@"; do
		show xl pci-assignable-add "$bdf"
	done
}

unassign() {
	local bdf

	for bdf in "$@"; do
		show xl pci-assignable-remove -r "$bdf"
	done
}

free_of_driver() {
	local bdf

	for bdf in "$@"; do
		no_driver "$bdf" || echo "$bdf" >"/sys/bus/pci/devices/$bdf/driver/unbind"
	done
}

# Loading and hiding

# The suite's modules in the log; other drivers and a slow machine say things of their own.
lines_of_modules() {
	kernel_log_after "$1" | grep -E 'pciback|pt_core' |
		grep -v 'taints kernel\|verification failed'
}

beside_the_old_driver() {
	local old status=0

	for old in "/lib/modules/$(uname -r)"/kernel/drivers/xen/xen-pciback/xen-pciback.ko*; do :; done
	[ -f "$old" ] || ktap_skip_this "this kernel has no xen-pciback"
	show insmod "$old"
	kernel_log_note "beside the old driver"
	show modprobe "$MODULE" || status=$?
	[ -e "$PCIBACK/slots" ]
	show rmmod xen_pciback
	[ "$status" -ne 0 ]
	kernel_log_after "beside the old driver"
	lines_of_modules "beside the old driver" >"$KTAP_DIR/lines"
	grep xen-pciback "$KTAP_DIR/lines"
	[ "$(wc -l <"$KTAP_DIR/lines")" -eq 1 ]
	driver_is "$NIC_A" e1000e
	[ ! -e "$PCIBACK" ]
}

old_name() {
	show modprobe xen-pciback
	[ -e /sys/module/pciback_ng ]
	show rmmod xen_pciback
	show rmmod pciback_ng
}

# The in-tree driver leaves such a device alone, and says nothing.
hide_from_driver() {
	driver_is "$NIC_A" e1000e
	kernel_log_note "hide from a driver"
	show modprobe "$MODULE" "hide=($NIC_A)"
	driver_is "$NIC_A" pciback
	kernel_log_after "hide from a driver" | grep "$NIC_A: taken from driver e1000e"
	show rmmod "$MODULE"
}

hide_at_load() {
	free_of_driver "$NIC_A" "$NIC_B"
	show modprobe "$MODULE" "hide=($NIC_A)($(short "$NIC_B"))"
	driver_is "$NIC_A" pciback
	driver_is "$NIC_B" pciback
	show cat "$PCIBACK/slots"
	show rmmod "$MODULE"
}

# The third and the fifth entry are wrong.
hide_with_errors() {
	free_of_driver "$NIC_A" "$NIC_B"
	kernel_log_note "hide with errors"
	show modprobe "$MODULE" "hide=($NIC_A)(0000:7f:1f.7)(82:0000.0)($(short "$NIC_B"))(zz)"
	driver_is "$NIC_A" pciback
	driver_is "$NIC_B" pciback
	kernel_log_after "hide with errors" | grep 'hide=: entry' >"$KTAP_DIR/lines"
	cat "$KTAP_DIR/lines"
	grep -E 'entry 3 .*82:0000\.0.*position [0-9]+' "$KTAP_DIR/lines"
	grep -E 'entry 5 .*zz.*position [0-9]+' "$KTAP_DIR/lines"
	[ "$(wc -l <"$KTAP_DIR/lines")" -eq 2 ]
	show rmmod "$MODULE"
}

load() {
	show modprobe "$MODULE"
	# What the tests before have taken goes back to its driver.
	echo "$NIC_A" >/sys/bus/pci/drivers_probe
	echo "$NIC_B" >/sys/bus/pci/drivers_probe
	wait_for 5 driver_is "$NIC_A" e1000e
	wait_for 5 driver_is "$NIC_B" e1000e
}

bad_slot() {
	not sh -c "echo '$1' >$PCIBACK/new_slot"
}

new_slot_errors() {
	local text

	kernel_log_note "new_slot errors"
	for text in zz 05:20.0 0000:05:00.8 05:00 "05:00.0 x"; do
		bad_slot "$text"
	done
	[ -z "$(<"$PCIBACK/slots")" ]
}

new_slot_error_text() {
	kernel_log_after "new_slot errors" | grep new_slot >"$KTAP_DIR/lines"
	cat "$KTAP_DIR/lines"
	grep -E '"05:00 ?x?.*position [0-9]+' "$KTAP_DIR/lines"
	grep -E '"zz".*position 0' "$KTAP_DIR/lines"
	[ "$(wc -l <"$KTAP_DIR/lines")" -eq 5 ]
}

# Two guests

two_guests() {
	assign "$NIC_A" "$NIC_B"
	guest_start u1 "$NIC_A"
	guest_start u2 "$NIC_B"
	guest_up u1
	guest_up u2
	guest_net u1
	guest_net u2
	guest_show u1 20 "ping -c 2 -W 2 $PING"
	guest_show u2 20 "ping -c 2 -W 2 $PING"
}

one_dies() {
	guest_destroy u1
	guest_show u2 20 "ping -c 2 -W 2 $PING"
	guest_destroy u2
	driver_is "$NIC_A" pciback
	driver_is "$NIC_B" pciback
}

# Killed at bad moments.  After each, the same card must work in a new guest; to
# save time, the new guest is the victim of the next test.

# Where nobody has connected yet, or another xl is at work, libxl may wait 10 s for the
# back-end and then leave its nodes behind: with any driver.  Removing them is one more
# event to live through.
forget() {
	xenstore-rm "/local/domain/0/backend/pci/$1" 2>/dev/null || :
}

kill_in_boot() {
	local id

	guest_start u1 "$NIC_A"
	id=$(guest_id u1)
	# pcifront is a module that init loads before it says that it is up.
	not xenstore-exists "/local/domain/$id/data/up"
	guest_destroy u1
	forget "$id"
}

kill_in_traffic() {
	guest_start u1 "$NIC_A"
	guest_up u1
	guest_net u1
	guest_order u1 "ping -f -s 1400 -c 100000 $PING || ping -A -s 1400 -c 100000 $PING"
	sleep 2
	guest_destroy u1
}

kill_after_attach() {
	guest_start u1 "$NIC_A"
	guest_up u1
	show xl pci-attach u1 "$(short "$NIC_B")"
	guest_destroy u1
}

kill_in_detach() {
	local detach id status=0

	guest_start u1 "$NIC_A"
	id=$(guest_id u1)
	guest_up u1
	timeout 60 xl pci-detach u1 "$(short "$NIC_A")" >/dev/null 2>&1 &
	detach=$!
	sleep 0.3
	show xl destroy u1 || status=$?
	# libxl 4.17 reads dev-N and uses it unseen (libxl__device_pci_remove_xenstore).
	# When the other xl has just removed it, that is a NULL pointer.
	if [ "$status" -eq 139 ]; then
		show xl destroy u1
	else
		[ "$status" -eq 0 ]
	fi
	wait_for 20 domain_gone "$id"
	# Its result is of no interest, that it ends is.
	wait "$detach" || [ $? -ne 124 ]
	forget "$id"
}

still_works() {
	guest_start u1 "$NIC_A"
	guest_up u1
	guest_net u1
	guest_show u1 20 "ping -c 2 -W 2 $PING"
	guest_destroy u1
	unassign "$NIC_A" "$NIC_B"
	driver_is "$NIC_A" e1000e
	driver_is "$NIC_B" e1000e
}

# Multi-function

multi_function() {
	assign "$MULTI.0" "$MULTI.1"
	guest_start u3 "$MULTI.0" "$MULTI.1"
	guest_up u3
	two_cards u3
	guest_show u3 20 pci
	grep ':00\.0 ' "$KTAP_DIR/.out"
	grep ':00\.1 ' "$KTAP_DIR/.out"
}

two_cards() {
	# shellcheck disable=SC2016  # the guest expands it
	guest_wait "$1" '[ $(ls -d /sys/bus/pci/devices/*/net/* | wc -l) -eq 2 ]'
}

# "04:00.*@7" means all functions, in virtual slot 7.  libxl 4.17 attaches the last
# one and believes that it attached the first.  So asking for the first fails, which
# sets its books right, and asking again works.
multi_slot() {
	show xl pci-detach u3 "$(short "$MULTI").1"
	show xl pci-detach u3 "$(short "$MULTI").0"
	show xl pci-attach u3 "$(short "$MULTI").*@7"
	xl pci-list u3 >"$KTAP_DIR/list"
	if not grep -q "$MULTI.0" "$KTAP_DIR/list"; then
		xl pci-attach u3 "$(short "$MULTI").0@7" || show xl pci-attach u3 "$(short "$MULTI").0@7"
	fi
	two_cards u3
	guest_show u3 20 pci
	grep ':07\.0 ' "$KTAP_DIR/.out"
	grep ':07\.1 ' "$KTAP_DIR/.out"
}

multi_back() {
	guest_destroy u3
	unassign "$MULTI.0" "$MULTI.1"
	driver_is "$MULTI.0" e1000e
	driver_is "$MULTI.1" e1000e
}

# Fifty times

cycles() {
	local i

	for ((i = 1; i <= $1; i++)); do
		xl pci-assignable-add "$NIC_B"
		driver_is "$NIC_B" pciback
		xl pci-assignable-remove -r "$NIC_B" 2>/dev/null
		driver_is "$NIC_B" e1000e
	done
}

hide_unhide() {
	cycles 3
	leak_before
	cycles "$CYCLES"
	leak_after "$((CYCLES * 4 / 5))"
}

nothing_left() {
	show xl list
	[ "$(xl list | wc -l)" -eq 2 ]
	[ -z "$(xl pci-assignable-list)" ]
	[ -z "$(<"$PCIBACK/slots")" ]
	no_backends
	show cat "/sys/module/${MODULE//-/_}/refcnt"
	grep -qx 0 "$KTAP_DIR/.out"
	show rmmod "$MODULE"
}

ktap_plan 22
kernel_log_start
only_ng "loading beside the in-tree driver fails with one line and touches nothing" beside_the_old_driver
only_ng "modprobe xen-pciback loads pciback-ng" old_name
only_ng "hide= takes a device from its driver and says so" hide_from_driver
ktap_test "hide= takes two devices at load" hide_at_load
only_ng "a bad hide= entry is named with its position, the rest holds" hide_with_errors
ktap_need "$MODULE loads" load
ktap_test "new_slot refuses what is no address" new_slot_errors
only_ng "new_slot names the bad text and the position" new_slot_error_text
ktap_test "two guests ping at once, a card each" two_guests
ktap_test "one is destroyed, the other goes on" one_dies
ktap_test "a guest is destroyed while it boots" kill_in_boot
ktap_test "a guest is destroyed in the middle of traffic" kill_in_traffic
ktap_test "a guest is destroyed right after xl pci-attach" kill_after_attach
ktap_test "a guest is destroyed during xl pci-detach" kill_in_detach
ktap_test "after all that the card works in a guest and goes back to dom0" still_works
ktap_test "both functions of a card come to the guest as one card" multi_function
only_ng "the slot is the one that xl was told: 00:07.0 and 00:07.1" multi_slot
ktap_test "both functions go back to dom0" multi_back
if [ "$DRIVER" = stock ]; then
	KTAP_KNOWN="the in-tree driver leaks 32 objects of memory a time"
fi
ktap_test "defect_05_release_leak: $CYCLES times hidden and given back, nothing leaks" hide_unhide
KTAP_KNOWN=
ktap_test "nothing is left over, $MODULE unloads" nothing_left
ktap_resume
ktap_test "the kernel log is clean, slub_debug has nothing to say" kernel_log_clean
ktap_test "Xen's log is clean: no refused hypercall, no DMA fault" xen_log_clean
ktap_finish
