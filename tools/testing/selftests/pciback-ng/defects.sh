#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the in-tree driver gets wrong, a test for each: "defect_NN_" are the ones with a
# number in Documentation/defects.rst, "craft_" the smaller ones.  Run against the
# in-tree driver they are expected to fail, so each is known to bite.
#
# Here are those that need no guest; back-ends are driven by passthrough-lib/rawfront.sh.  Where a
# defect ends in a crash, see defects-crash.sh; with real guests defects-guest.sh, hvm.sh
# (11), frontend.sh (1) and lifecycle.sh (5); with a PVH dom0 defects-pvh.sh.
#
# Runs in a test machine (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, NIC_B,
# MULTI (DDDD:BB:DD of a card with two functions), SRIOV, MODULE, DRIVER set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/pciback.sh
. ../passthrough-lib/pciback.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/inject.sh
. ../passthrough-lib/inject.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/aer.sh
. ../passthrough-lib/aer.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/abi.sh
. ../passthrough-lib/abi.sh

for name in NIC_A NIC_B MULTI SRIOV MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE" rawfront retinject wakeup igb

# A register that no capability covers and QEMU's e1000e lets be written.
SPARE=50

# Loading

hide_bad_entry() {
	modprobe -r "$MODULE" || :
	echo "$NIC_B" >"/sys/bus/pci/devices/$NIC_B/driver/unbind"
	show modprobe "$MODULE" "hide=(zz)($NIC_B)"
	driver_is "$NIC_B" pciback
}

load() {
	local bdf

	if [ -e "$PCIBACK" ]; then
		rmmod "${MODULE//-/_}"
	fi
	inject_load
	show modprobe "$MODULE"
	raw_load
	modprobe wakeup
	# It shall be our answer that ends a wait, not the clock.
	[ "$DRIVER" = stock ] || echo 30 >"/sys/module/${MODULE//-/_}/parameters/aer_timeout"
	for bdf in "$NIC_A" "$NIC_B" "$MULTI.0"; do
		claim "$bdf"
		driver_is "$bdf" pciback
	done
}

# Configuration space

quirk_mask() {
	local devfn

	raw_start 0 "$NIC_A"
	devfn=$(raw_devfn 0 0)
	setpci -s "$NIC_A" "$SPARE.l"=0
	echo "$NIC_A-$SPARE:4:0000ff00" >"$PCIBACK/quirks"
	show cat "$PCIBACK/quirks"
	raw_op 0 "$RAW_WRITE" "$devfn" "0x$SPARE" 4 0xffffffff
	echo "the register: $(config "$NIC_A" "$SPARE.l"), the quirk lets through 0000ff00"
	[ "$(config "$NIC_A" "$SPARE.l")" = 0000ff00 ]
}

# Each field of the in-tree driver that "already is there" stays in memory for good.
quirk_leak() {
	local i

	leak_before
	for ((i = 0; i < 20; i++)); do
		echo "$NIC_A-$SPARE:4:0000ff00" >"$PCIBACK/quirks" || :
	done
	leak_after 15
}

# Either it is there afterwards or the write has failed.
quirk_dup() {
	if echo "$NIC_A-$SPARE:2:00ff" >"$PCIBACK/quirks"; then
		show cat "$PCIBACK/quirks"
		grep -q "000000$SPARE:2:000000ff" "$KTAP_DIR/.out"
	else
		echo "refused"
	fi
}

# Offsets are signed in the shared page.  -252 is the command register once more to
# hardware that looks at some of its bits only, and to no rule.
negative_offset() {
	local devfn before

	devfn=$(raw_devfn 0 0)
	before=$(config "$NIC_A" BASE_ADDRESS_0)
	echo "$NIC_A" >"$PCIBACK/permissive"
	raw_op 0 "$RAW_WRITE" "$devfn" -240 4 0xdead0000
	echo "the base address was $before, is $(config "$NIC_A" BASE_ADDRESS_0)"
	[ "$(config "$NIC_A" BASE_ADDRESS_0)" = "$before" ]
	for offset in -4 -256 -4096 -2147483648 4096; do
		raw_refused 0 "$RAW_READ" "$devfn" "$offset" 4
		raw_refused 0 "$RAW_WRITE" "$devfn" "$offset" 4 0
	done
}

# Claiming

failed_claim() {
	no_driver "$1" || echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"
	echo "$1" >"$PCIBACK/new_slot"
	inject pci_enable_device -5
	not sh -c "echo $1 >$PCIBACK/bind"
	injected
	inject_end
	no_driver "$1"
	echo "$1" >"$PCIBACK/remove_slot"
}

# Not by `cat quirks`, which would be the end of the in-tree driver (see 3).
failed_init() {
	local i

	release "$MULTI.0"
	failed_claim "$MULTI.0" >/dev/null
	leak_before
	for ((i = 0; i < 10; i++)); do
		failed_claim "$MULTI.0"
	done
	leak_after 8
	[ "$(<"/sys/bus/pci/devices/$MULTI.0/enable")" -eq 0 ]
}

# The in-tree driver loses a reference on a road that exists when it is built in only:
# this shows that we do not on ours.
failed_init_reference() {
	local before after

	[ -d "$LEAK_SLABS" ] || ktap_skip_this "boot with slub_debug=FZPU to count devices"
	before=$(pci_devices)
	failed_claim "$MULTI.1"
	echo 1 >"/sys/bus/pci/devices/$MULTI.1/remove"
	after=$(pci_devices)
	echo 1 >/sys/bus/pci/rescan
	wait_for 5 [ -e "/sys/bus/pci/devices/$MULTI.1" ]
	echo "PCI devices in memory: $before before its removal, $after after it"
	[ "$after" -eq $((before - 1)) ]
}

# pci_devices: how many live, by the call that made them.
pci_devices() {
	leak_sites | awk '$2 ~ /^pci_alloc_dev\+/ { n += $1 } END { print n + 0 }'
}

# The device seems to have two capabilities at one place: 200 is where an e1000e has
# power management.
dup_field() {
	inject pci_find_capability 200
	claim "$MULTI.0"
	inject_end
	# It is ours in deed if the driver knows it.
	echo "$MULTI.0" >"$PCIBACK/permissive"
	grep "$MULTI.0" "$PCIBACK/permissive"
}

# What it was given: nothing, or an address that no device can have.
nowhere() {
	not grep -v "^ffff:" "$KTAP_DIR/vdev"
}

# A card that could not be reset is dirty: who had it last may still be in it.  A reset
# of its bus, which would cure it, is not tried here.
quarantine() {
	[ "$DRIVER" != ng ] || echo function >"/sys/bus/pci/devices/$NIC_B/pciback/reset_method"
	raw_start 1 "$NIC_B"
	kernel_log_note "quarantine"
	inject __pci_reset_function_locked -5
	raw_end 1
	injected
	inject_end
	raw_offer 1 "$NIC_B"
	wait_for 10 raw_answered 1 0
	sleep 1
	raw_node 1 vdev-0 >"$KTAP_DIR/vdev" || :
	raw_forget 1
	wait_for 10 raw_gone 1
	kernel_log_after quarantine
	nowhere
	kernel_log_after quarantine | grep -i quarantine
	show cat "/sys/bus/pci/devices/$NIC_B/pciback/state"
	grep -q quarantined "$KTAP_DIR/.out"
}

# After a reset that works it is as good as new.
quarantine_ends() {
	give_back "$NIC_B"
	claim "$NIC_B"
	raw_start 1 "$NIC_B"
	raw_end 1
}

# raw_answered N I: the back-end has looked at device I.
raw_answered() {
	[ "$(raw_node "$1" "state-$2")" != 1 ] || [ "$(raw_node "$1" state)" -ge 5 ]
}

virtual_function() {
	local vf

	modprobe igb || :
	driver_is "$SRIOV" igb || echo "$SRIOV" >/sys/bus/pci/drivers_probe
	echo 1 >"/sys/bus/pci/devices/$SRIOV/sriov_numvfs" ||
		ktap_skip_this "$SRIOV makes no virtual functions"
	vf=$(readlink "/sys/bus/pci/devices/$SRIOV/virtfn0")
	vf=${vf##*/}
	# It has no interrupt pin.
	[ "$(config "$vf" INTERRUPT_PIN)" = 00 ]
	claim "$vf"
	driver_is "$vf" pciback
	raw_start 1 "$vf"
	raw_end 1
	release "$vf"
	echo 0 >"/sys/bus/pci/devices/$SRIOV/sriov_numvfs"
}

# libxl resets through this file where there is one, and else behind the driver's back.
reset_by_driver() {
	show sh -c "echo $NIC_B >$PCIBACK/do_flr"
}

# Sharing out

# $BRIDGE is the port that NIC_B is behind.
bridge_refused() {
	local bridge

	give_back "$NIC_B"
	bridge=$(readlink -f "/sys/bus/pci/devices/$NIC_B/..")
	bridge=${bridge##*/}
	kernel_log_note "bridge"
	claim "$bridge"
	raw_offer 1 "$bridge"
	wait_for 10 raw_answered 1 0
	sleep 1
	raw_node 1 vdev-0 >"$KTAP_DIR/vdev" || :
	raw_forget 1
	wait_for 10 raw_gone 1
	release "$bridge"
	echo "$bridge" >/sys/bus/pci/drivers_probe
	kernel_log_after bridge
	nowhere
}

# One device of three does not exist: the guest keeps its connection and the others.
one_bad_device() {
	raw_start 1 "$MULTI.0"
	raw_attach 1 1 0000:7f:1f.7
	wait_for 10 raw_answered 1 1
	wait_for 10 raw_state_is 1 "$RAW_CONNECTED"
	echo "state-1 is $(raw_node 1 state-1)"
	raw_attach 1 2 "$NIC_B"
	wait_for 10 raw_node 1 vdev-2
	[ -n "$(raw_node 1 vdev-0)" ]
}

end_of_guest() {
	raw_end 1
}

# xenstore refuses a node; the toolstack tries once more.
failed_publish() {
	raw_start 1 "$MULTI.0"
	inject xenbus_printf -5
	raw_attach 1 1 "$NIC_B"
	wait_for 10 injected
	inject_end
	echo "$RAW_CONNECTED" >"$RAW_FILES/1/state"
	raw_attach 1 1 "$NIC_B"
	wait_for 10 raw_node 1 vdev-1
}

# Attributes

all_slots() {
	local bus

	for bus in a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab; do
		echo "0000:$bus:*.*" >"$PCIBACK/new_slot"
	done
	cat "$PCIBACK/slots" >"$KTAP_DIR/slots"
	for bus in a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab; do
		echo "0000:$bus:*.*" >"$PCIBACK/remove_slot"
	done
	echo "3072 slots added, $(grep -c ':a[0-9ab]:' "$KTAP_DIR/slots") listed"
	[ "$(grep -c '^0000:a[0-9ab]:[01][0-9a-f]\.[0-7]$' "$KTAP_DIR/slots")" -eq 3072 ]
	not grep -v '^[0-9a-f]\{4\}:[0-9a-f][0-9a-f]:[01][0-9a-f]\.[0-7]$' "$KTAP_DIR/slots"
	not grep ':a[0-9ab]:' "$PCIBACK/slots"
}

# "BDF on" and "BDF off" say what they mean; a bare BDF toggles, as ever.  The guest
# has to have the device enabled, with INTx: as all do, it switches decoding off and on.
irq_handler_state() {
	local state i

	raw_op 0 "$RAW_WRITE" "$(raw_devfn 0 0)" 4 2 0
	raw_op 0 "$RAW_WRITE" "$(raw_devfn 0 0)" 4 2 7
	show cat "$PCIBACK/irq_handlers"
	grep -q "^$NIC_A:on:acking" "$KTAP_DIR/.out"
	for state in off on; do
		for i in 1 2; do
			show sh -c "echo $NIC_A $state >$PCIBACK/irq_handler_state"
			show cat "$PCIBACK/irq_handlers"
			if [ "$state" = on ]; then
				grep -q "^$NIC_A:on:acking" "$KTAP_DIR/.out"
			else
				grep -q "^$NIC_A:on:not acking" "$KTAP_DIR/.out"
			fi
		done
	done
}

attributes_documented() {
	[ "$DRIVER" = ng ] || ktap_skip_this "the kernel's own documentation is not here"
	abi_live "$NIC_A" "$PCIBACK" "/sys/bus/pci/devices/$NIC_A/pciback" \
		"/sys/module/${MODULE//-/_}/parameters" >"$KTAP_DIR/live"
	[ "$(wc -l <"$KTAP_DIR/live")" -gt 20 ]
	abi_agrees sysfs-driver-pciback "$KTAP_DIR/live"
}

# Errors, and guests that do not answer

# error_on_nic_a: an error is reported; with a driver that asks, the guest is asked.
error_on_nic_a() {
	kernel_log_note "$1"
	echo "$RAW_AERHANDLER" >"$RAW_FILES/0/flags"
	aer_inject "$NIC_A"
	wait_for 5 asked_or_done "$1"
	# Else what follows would show nothing.
	[ "$DRIVER" = stock ] || [ -n "$(<"$RAW_FILES/0/aer")" ]
	kernel_log_after "$1" | tail -n 5
}

asked_or_done() {
	[ -n "$(<"$RAW_FILES/0/aer")" ] || aer_done "$1"
}

# answer_all NOTE: as a guest does that can handle errors: "can recover" to the first
# question, "recovered" to the others.
answer_all() {
	local i

	for ((i = 0; i < 30; i++)); do
		case $(<"$RAW_FILES/0/aer") in
		'') ;;
		6*) echo 2 >"$RAW_FILES/0/aer" ;;
		*) echo 5 >"$RAW_FILES/0/aer" ;;
		esac
		if aer_done "$1" && [ -z "$(<"$RAW_FILES/0/aer")" ]; then return; fi
		sleep 0.2
	done
	return 1
}

# recovered NOTE: the guest's answers came in time, and counted.
recovered() {
	answer_all "$1"
	[ "$(<"/sys/bus/pci/devices/$NIC_A/pciback/aer_result")" = recovered ]
}

silent_guest() {
	local status=0 from

	raw_start 1 "$NIC_B"
	error_on_nic_a "silent"
	from=$(date +%s%N)
	raw_end 1 || status=1
	echo "another guest's end took $((($(date +%s%N) - from) / 1000000)) ms"
	if [ "$DRIVER" = ng ]; then recovered "silent"; else answer_all "silent" || :; fi
	[ "$status" -eq 0 ] || wait_for 20 raw_gone 1
	return "$status"
}

# Claiming any device must not disturb the wait for a guest's answer.
claim_while_waiting() {
	error_on_nic_a "claim while waiting"
	claim "$MULTI.1"
	if [ "$DRIVER" = ng ]; then
		recovered "claim while waiting"
	else
		answer_all "claim while waiting"
	fi
}

unload() {
	[ "$DRIVER" = ng ] || ktap_skip_this "the in-tree driver still waits, for five minutes"
	raw_end 0
	for bdf in "$NIC_A" "$NIC_B" "$MULTI.0" "$MULTI.1"; do
		give_back "$bdf"
		wait_for 5 driver_is "$bdf" e1000e
	done
	[ -z "$(<"$PCIBACK/slots")" ]
	show rmmod "$MODULE"
}

ktap_plan 26
kernel_log_start
stock_fails "refuses to load" \
	"craft_hide_bad_entry: a wrong entry of hide= does not cost the right ones" hide_bad_entry
ktap_need "$MODULE and a raw front-end are loaded, three cards claimed" load
stock_fails "checks, stores and shows the mask" \
	"defect_02_quirk_mask: a guest writes no bits outside a quirk's mask" quirk_mask
stock_fails "forgets them" \
	"defect_02_quirk_leak: a quirk that is there already leaves nothing behind" quirk_leak
stock_fails "drops it, and says it has it" \
	"defect_14_quirk_dup: a second quirk for a register is had or refused" quirk_dup
stock_fails "passes it to the hardware" \
	"defect_09_negative_offset: a guest's offset is within its configuration space" negative_offset
stock_fails "leaks the quirk entry" \
	"defect_04_failed_init: a claim that fails leaves nothing behind" failed_init
ktap_test "defect_15_failed_init_reference: nor a reference to the device" failed_init_reference
stock_fails "gives up with a positive error, and is bound to nothing" \
	"defect_14_dup_field: two fields at one place do not spoil a claim" dup_field
stock_fails "does not look" \
	"defect_13_quarantine: a card whose reset failed is quarantined, not given" quarantine
ktap_test "a reset that works ends the quarantine" quarantine_ends
ktap_test "defect_16_virtual_function: a function without interrupt pin can be given" virtual_function
stock_fails "has no do_flr" \
	"defect_17_reset_by_driver: the toolstack resets through the driver" reset_by_driver
stock_fails "looks at eight bits that are none" \
	"craft_bridge: a bridge is not given to a guest" bridge_refused
ktap_test "the card behind the bridge can be claimed again" claim "$NIC_B"
stock_fails "closes the connection" \
	"craft_one_bad_device: a device that cannot be had costs no other" one_bad_device
ktap_test "the end of that guest" end_of_guest
stock_fails "has half of it, and takes itself for somebody else" \
	"craft_failed_publish: a device that xenstore refused can be given again" failed_publish
ktap_test "the end of that guest, too" end_of_guest
stock_fails "lists 315 at most" "craft_slots: slots shows all of 3,072" all_slots
stock_fails "toggles" "craft_irq_handler_state: says what state it means" irq_handler_state
ktap_test "craft_abi: each attribute has its Documentation/ABI entry" attributes_documented
stock_fails "waits for it under a lock of all" \
	"defect_07_silent_guest: a guest that does not answer holds up no other" silent_guest
stock_fails "forgets who waits" \
	"defect_06_claim_while_waiting: claiming a device disturbs no error handling" claim_while_waiting
ktap_test "all goes back to dom0, $MODULE unloads" unload
ktap_resume
if [ "$DRIVER" = ng ]; then
	ktap_test "the kernel log is clean" kernel_log_clean
else
	ktap_skip "the kernel log is clean" "the in-tree driver's is not"
fi
ktap_finish
