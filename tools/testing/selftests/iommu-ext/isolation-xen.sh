#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: bridge with two cards
#
# Two conventional cards behind one bridge, to two guests: what one of them may do the
# other can undo, for on the bus behind the bridge nobody tells them apart. libxl does
# not look, nor does the in-tree driver, in the same boot. iommu-ext looks.
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with BRIDGE,
# BRIDGE_A, BRIDGE_B, MULTI (a card with two functions), GUEST_KERNEL, GUEST_INITRD set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/in_tree.sh
. ../passthrough-lib/in_tree.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

for name in BRIDGE BRIDGE_A BRIDGE_B MULTI GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver is in this suite, too"
ktap_require_modules pciback-ng iommu-ext

IOMMU_EXT=/sys/kernel/iommu_ext
GUEST_MODULES=xen-pcifront

# What became of the first device of a guest: 3 is given, 6 is refused.
given() {
	local state

	state=$(xenstore-read "/local/domain/0/backend/pci/$(guest_id "$1")/0/state-0")
	echo "state of the device of $1: $state"
	[ "$state" = "$2" ]
}

assignable() {
	local bdf

	for bdf; do
		show xl pci-assignable-add "$bdf"
	done
}

not_assignable() {
	local bdf

	for bdf; do
		show xl pci-assignable-remove "$bdf"
	done
}

in_tree_gives_both() {
	insert_in_tree xen/xen-pciback/xen-pciback
	assignable "$BRIDGE_A" "$BRIDGE_B"
	guest_start u1 "$BRIDGE_A"
	guest_start u2 "$BRIDGE_B"
	wait_for 20 given u1 3
	wait_for 20 given u2 3
	guest_destroy u1
	guest_destroy u2
	not_assignable "$BRIDGE_A" "$BRIDGE_B"
	show rmmod xen-pciback
}

load() {
	show modprobe pciback-ng
	show modprobe iommu-ext
	[ "$(<"$IOMMU_EXT/isolation")" = enforce ]
	assignable "$BRIDGE_A" "$BRIDGE_B" "$MULTI.0" "$MULTI.1"
}

# Xen's dom0 has no IOMMU groups to look at.
shows_set() {
	show cat "$IOMMU_EXT/isolation_sets"
	grep -x "bridge $BRIDGE $BRIDGE_A $BRIDGE_B" "$IOMMU_EXT/isolation_sets"
	grep -x "bridge $BRIDGE $BRIDGE_A $BRIDGE_B" \
		"/sys/bus/pci/devices/$BRIDGE_A/iommu_ext/isolation_set"
}

first_owner() {
	guest_start u1 "$BRIDGE_A" "$MULTI.0"
	guest_up u1
	given u1 3
}

second_refused() {
	local reason

	reason="isolation: xen $(guest_id u1) has $BRIDGE_A: behind bridge $BRIDGE"
	kernel_log_note "second owner"
	guest_start u2 "$BRIDGE_B" || echo "xl says so, too"
	wait_for 20 given u2 6
	xenstore-read "/local/domain/0/error/backend/pci/$(guest_id u2)/0/error" |
		tee "$KTAP_DIR/error"
	grep -F "$reason" "$KTAP_DIR/error"
	kernel_log_after "second owner" | grep -F "$BRIDGE_B: not given to xen $(guest_id u2): $reason"
	[ "$(<"/sys/bus/pci/devices/$BRIDGE_B/pciback/owner")" = none ]
	guest_destroy u2
}


# allowed MODE LINES: how often it says something. With a card that has an FLR: the one
# behind the bridge could not be reset while the first guest has the other.
allowed() {
	echo "$1" >"$IOMMU_EXT/isolation"
	kernel_log_note "mode $1"
	guest_start u2 "$MULTI.1"
	wait_for 20 given u2 3
	guest_destroy u2
	kernel_log_after "mode $1" | grep -F "$MULTI.1:" | tee "$KTAP_DIR/lines"
	[ "$(grep -cF "all the same: xen $(guest_id u1) has $MULTI.0: functions of one card without ACS" \
		"$KTAP_DIR/lines" || :)" = "$2" ]
}

modes() {
	allowed warn 1
	allowed off 0
	not sh -c "echo sometimes >$IOMMU_EXT/isolation"
	[ "$(<"$IOMMU_EXT/isolation")" = off ]
	echo enforce >"$IOMMU_EXT/isolation"
}

# It was not there when the first one was given away.
joins() {
	kernel_log_note "one joins"
	echo 1 >"/sys/bus/pci/devices/$BRIDGE_B/remove"
	echo 1 >/sys/bus/pci/rescan
	wait_for 10 driver_is "$BRIDGE_B" pciback
	wait_for 5 said "$BRIDGE_B: joins a set: xen $(guest_id u1) has $BRIDGE_A: behind bridge"
}

said() {
	kernel_log_after "one joins" | grep -F "$1"
}

owner_is() {
	[ "$(cat "/sys/bus/pci/devices/$1/pciback/owner")" = "$2" ]
}

# All of the set to one owner is what it is about.  xl ends before the back-end has given
# the card: it has only told xenstore.
same_owner() {
	show xl pci-attach u1 "$(short "$BRIDGE_B")"
	wait_for 10 owner_is "$BRIDGE_B" "domain $(guest_id u1)"
	guest_destroy u1
}

unload() {
	not_assignable "$BRIDGE_A" "$BRIDGE_B" "$MULTI.0" "$MULTI.1"
	show rmmod iommu-ext pciback-ng
}

ktap_plan 10
kernel_log_start
ktap_test "the in-tree driver gives each to another guest, without a word" in_tree_gives_both
ktap_need "pciback-ng and iommu-ext load" load
ktap_test "the bridge and its cards are one set" shows_set
ktap_need "a guest has one of the cards" first_owner
ktap_test "the other card is refused to a second guest, with the reason" second_refused
ktap_test "mode warn says it and gives, mode off gives" modes
ktap_test "a device that comes into the set of a guest is told" joins
ktap_test "the first guest gets the other card, too" same_owner
ktap_test "all is unloaded" unload
ktap_test "the kernel log has no complaint" kernel_log_clean
ktap_finish
