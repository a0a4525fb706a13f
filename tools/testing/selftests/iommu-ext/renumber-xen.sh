#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Buses get new numbers under Xen: with the old ones written back nothing has moved, and
# without that Xen does not know the device any more. Neither may be the end of Xen,
# which it is without iommu-ext (renumber-panic.sh).
# Runs in a test machine (tools/testing/vm/run.sh xen) with NIC_A, NIC_B,
# GUEST_KERNEL and GUEST_INITRD set; Xen has to have reserved memory for NIC_A (rmrr=).
# vm: Xen has rmrr=0x7ffe0-0x7ffe1=0:2:0.0
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/renumber.sh
. ../passthrough-lib/renumber.sh

for name in NIC_A NIC_B GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "without iommu-ext this is renumber-panic"
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_commands setpci
ktap_require_modules pciback-ng iommu-ext

IOMMU_EXT=/sys/kernel/iommu_ext
MODE=/sys/module/iommu_ext/parameters/pin_bus
RANGE=0x7ffe0000-0x7ffe1fff
PORT=$(bridge_of "$NIC_A")

log_has() {
	kernel_log_since | grep -F -- "$1"
}

# How often Xen has been told of the device, and took it.
xen_adds() {
	xl dmesg | grep -c "PCI add device $NIC_A" || :
}

load() {
	show modprobe pciback-ng
	show modprobe iommu-ext
	show cat "$IOMMU_EXT/bus_pins"
	grep -qx "$PORT 02-02" "$KTAP_DIR/.out"
	show cat "$MODE"
	grep -qx restore "$KTAP_DIR/.out"
}

# Nobody complains that there is none, and check has its answer from firmware's tables.
iommu_seen() {
	not log_has "no IOMMU is in use"
	echo "$NIC_B mem=1G" >"$IOMMU_EXT/check"
	show cat "$IOMMU_EXT/check"
	grep -qx 'strict=yes reserve=yes map=yes relaxed=yes relaxed-low=yes' "$IOMMU_EXT/check"
}

reserved() {
	show cat "$IOMMU_EXT/xen_rdm"
	grep -qx "$RANGE $NIC_A" "$KTAP_DIR/.out"
}

pinned() {
	local before

	show xl pci-assignable-add "$(short "$NIC_A")"
	before=$(xen_adds)
	renumber "$NIC_A"
	wait_for 10 driver_is "$NIC_A" pciback
	[ "$(xen_adds)" -gt "$before" ]
	log_has "has its bus numbers again: [bus 02-02]"
	not log_has "Failed to add"
	reserved
}

guest_has_it() {
	guest_start u1 "$NIC_A"
	guest_up u1
	show xl pci-list u1
	grep -q "$(short "$NIC_A")" "$KTAP_DIR/.out"
	guest_destroy u1
}

# Pinning off: Xen does not know the buses that the kernel takes.
moved() {
	echo off >"$MODE"
	renumber "$NIC_A"
	moved_to "$NIC_A" "$PORT" >"$KTAP_DIR/new"
	show cat "$KTAP_DIR/new"
	[ "$(<"$KTAP_DIR/new")" != "$NIC_A" ]
}

refused() {
	local new

	new=$(<"$KTAP_DIR/new")
	log_has "$new: Failed to add"
	log_has "$new: Xen does not know it"
	log_has "$new: Xen has its reserved memory $RANGE at another address"
	show cat "$IOMMU_EXT/xen_rdm"
	grep -qx "$RANGE none" "$KTAP_DIR/.out"
}

still_hidden() {
	driver_is "$(<"$KTAP_DIR/new")" pciback
}

# Xen 4.19 and later forget a device that they have half of (ie_xen_remove_panics()); for
# older ones iommu-ext completes the entry first.
entry_is_completed() {
	[ "$(cat /sys/hypervisor/version/major)" -eq 4 ] &&
		[ "$(cat /sys/hypervisor/version/minor)" -lt 19 ]
}

xen_lives() {
	local new

	new=$(<"$KTAP_DIR/new")
	show sh -c "echo 1 >/sys/bus/pci/devices/$new/remove"
	if entry_is_completed; then
		log_has "$new: Xen can forget it now"
	else
		not log_has "$new: Xen can forget it now"
	fi
	show xl info
}

back() {
	echo restore >"$MODE"
	renumber_gone "$PORT"
	wait_for 10 driver_is "$NIC_A" pciback
	not log_has "$NIC_A: Failed to add"
	reserved
}

# Each has the other's bus. Xen knows both, and has the memory of the one for the other.
exchanged() {
	renumber_both "$NIC_A" 05 "$NIC_B" 02
	wait_for 10 driver_is "$NIC_B" pciback
	not driver_is "$NIC_A" pciback
	log_has "$NIC_B: Xen has its reserved memory $RANGE at another address"
	log_has "$NIC_A: Xen has another device's reserved memory $RANGE at its address"
	show xl pci-assignable-add "$(short "$NIC_A")"
}

# not_given NAME BDF REASON: 6 is the state of a device that is refused.
not_given() {
	guest_start "$1" "$2" || echo "xl says so, too"
	wait_for 20 state_is "$1" 6
	xenstore-read "/local/domain/0/error/backend/pci/$(guest_id "$1")/0/error" |
		tee "$KTAP_DIR/error"
	grep -F "xen: Xen has $3 $RANGE" "$KTAP_DIR/error"
	guest_destroy "$1"
}

state_is() {
	[ "$(xenstore-read "/local/domain/0/backend/pci/$(guest_id "$1")/0/state-0")" = "$2" ]
}

neither_given() {
	not_given u2 "$NIC_B" "its reserved memory"
	not_given u3 "$NIC_A" "another device's reserved memory"
}

exchanged_back() {
	renumber_both "$NIC_A" 05 "$NIC_B" 02
	wait_for 10 driver_is "$NIC_A" pciback
	wait_for 10 driver_is "$NIC_B" pciback
	reserved
	give_back "$NIC_B"
}

# Not by xl: a card that went and came is not in Xen's quarantine, and xl wants to take it
# out of there.
give_back() {
	show sh -c "echo $1 >/sys/bus/pci/drivers/pciback/unhide"
	wait_for 10 driver_is "$1" e1000e
}

unload() {
	give_back "$NIC_A"
	show rmmod iommu-ext
	[ ! -e "$IOMMU_EXT" ]
	show rmmod pciback-ng
}

ktap_plan 17
kernel_log_start
ktap_need "iommu-ext remembers the bus numbers, and is to restore them under Xen" load
ktap_test "Xen's IOMMU is seen (case M28)" iommu_seen
ktap_test "Xen's reserved memory is the card's" reserved
ktap_need "a bus that lost its numbers has them again: Xen knows the card, pciback has it" pinned
ktap_test "a guest gets the card" guest_has_it
ktap_need "control: with pin_bus=off the card is elsewhere" moved
ktap_test "Xen does not know it there, and has its memory where it was: both are said" refused
ktap_test "it is hidden there, too" still_hidden
ktap_need "it goes, and Xen lives" xen_lives
ktap_test "with pin_bus=restore it comes back where it was at boot" back
ktap_test "a guest gets the card again" guest_has_it
ktap_need "two cards exchange their buses: Xen has the memory of one for the other" exchanged
ktap_test "neither is given to a guest, and the guest's xl learns why" neither_given
ktap_test "they exchange them again, and all is as it was" exchanged_back
ktap_resume
ktap_test "the card goes back to dom0, both modules unload" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_test "Xen's log is clean" xen_log_clean
ktap_finish
