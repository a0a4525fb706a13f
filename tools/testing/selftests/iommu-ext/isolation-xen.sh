#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: bridge with three cards
# vm: guests have e1000 edudma
#
# Conventional cards behind one bridge, to two guests: on the bus behind the bridge nobody
# tells them apart, and what one may do the other can undo. libxl does not look, nor does the
# in-tree driver, in the same boot: an `edu` of the first guest writes into the second. iommu-ext
# looks, and pciback-ng keeps the others away from libxl.
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with BRIDGE,
# BRIDGE_A, BRIDGE_B (two e1000), BRIDGE_EDU, MULTI (a card with two functions), PING,
# GUEST_KERNEL, GUEST_INITRD set.
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

for name in BRIDGE BRIDGE_A BRIDGE_B BRIDGE_EDU MULTI PING GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver is in this suite, too"
ktap_require_modules pciback-ng iommu-ext

IOMMU_EXT=/sys/kernel/iommu_ext
PCIBACK=/sys/bus/pci/drivers/pciback
DEVICES=/sys/bus/pci/devices
GUEST_MODULES=xen-pcifront,e1000,edudma
EDU=/sys/module/edudma/parameters

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

# arm: while its card still reaches memory of its own guest.
arm() {
	guest_run u1 20 "echo -n written by the first >$EDU/text"
}

# writes_into: does DMA of u1's edu arrive in a page of u2?
writes_into() {
	local to

	guest_run u2 20 "echo -n clean >$EDU/text"
	to=$(guest_run u2 20 "cat $EDU/address")
	guest_run u1 20 "echo $to >$EDU/send" || echo "the card does not get it done"
	guest_run u2 20 "cat $EDU/text" | tee "$KTAP_DIR/text"
	grep -q 'written by the first' "$KTAP_DIR/text"
}

in_tree_gives_both() {
	insert_in_tree xen/xen-pciback/xen-pciback
	assignable "$BRIDGE_A" "$BRIDGE_B" "$BRIDGE_EDU"
	guest_start u1 "$BRIDGE_A" "$BRIDGE_EDU"
	guest_up u1
	guest_net u1
	arm
	guest_start u2 "$BRIDGE_B"
	wait_for 20 given u1 3
	wait_for 20 given u2 3
}

in_tree_lets_write() {
	guest_up u2
	writes_into
}

in_tree_goes() {
	guest_destroy u1
	guest_destroy u2
	not_assignable "$BRIDGE_A" "$BRIDGE_B" "$BRIDGE_EDU"
	show rmmod xen-pciback
}

load() {
	show modprobe pciback-ng
	show modprobe iommu-ext
	[ "$(<"$IOMMU_EXT/isolation")" = enforce ]
	assignable "$BRIDGE_A" "$BRIDGE_B" "$BRIDGE_EDU" "$MULTI.0" "$MULTI.1"
}

# Xen's dom0 has no IOMMU groups to look at.
shows_set() {
	show cat "$IOMMU_EXT/isolation_sets"
	grep -x "bridge $BRIDGE $BRIDGE_A $BRIDGE_B $BRIDGE_EDU" "$IOMMU_EXT/isolation_sets"
	grep -x "bridge $BRIDGE $BRIDGE_A $BRIDGE_B $BRIDGE_EDU" \
		"$DEVICES/$BRIDGE_A/iommu_ext/isolation_set"
}

first_owner() {
	kernel_log_note "first owner"
	guest_start u1 "$BRIDGE_A" "$BRIDGE_EDU" "$MULTI.0"
	guest_up u1
	given u1 3
	guest_net u1
	arm
}

first_works() {
	guest_show u1 20 "ping -c 2 -W 2 $PING"
}

# What libxl finds it gives, and what it gives Xen takes along with all behind the bridge.
others_leave() {
	wait_for 10 no_driver "$BRIDGE_B"
	kernel_log_after "first owner" |
		grep -E "$BRIDGE_B: not assignable any more while domain $(guest_id u1) has ($BRIDGE_A|$BRIDGE_EDU): behind bridge $BRIDGE"
	driver_is "$BRIDGE_EDU" pciback
	driver_is "$MULTI.1" pciback
	xl pci-assignable-list | tee "$KTAP_DIR/list"
	not grep -F "$BRIDGE_B" "$KTAP_DIR/list"
	not guest_start u2 "$BRIDGE_B"
	first_works
}

added_by_hand() {
	kernel_log_note "by hand"
	not show xl pci-assignable-add "$BRIDGE_B"
	kernel_log_after "by hand" |
		grep -F "$BRIDGE_B: not assignable while domain $(guest_id u1) has $BRIDGE_A: behind bridge $BRIDGE; for that same domain: echo '$BRIDGE_B force' >$PCIBACK/hide"
	not sh -c "echo $BRIDGE_B >$PCIBACK/unhide"
	echo "$BRIDGE_B" >/sys/bus/pci/drivers_probe || :
	no_driver "$BRIDGE_B"
	first_works
}

# It was not there when the first one was given away.
joins() {
	kernel_log_note "one joins"
	echo 1 >"$DEVICES/$BRIDGE_B/remove"
	echo 1 >/sys/bus/pci/rescan
	wait_for 5 said "$BRIDGE_B: joins a set: xen $(guest_id u1) has $BRIDGE_A: behind bridge"
	wait_for 5 said "$BRIDGE_B: not assignable while domain $(guest_id u1) has $BRIDGE_A"
	no_driver "$BRIDGE_B"
	first_works
}

said() {
	kernel_log_after "one joins" | grep -F "$1"
}

state_is() {
	[ "$(cat "$DEVICES/$1/pciback/state")" = "$2" ]
}

# For the first guest, as the word says; and then an administrator takes another guest.
second_refused() {
	local reason

	show sh -c "echo '$BRIDGE_B force' >$PCIBACK/hide"
	driver_is "$BRIDGE_B" pciback
	reason="isolation: xen $(guest_id u1) has $BRIDGE_A: behind bridge $BRIDGE"
	kernel_log_note "second owner"
	guest_start u2 "$BRIDGE_B" || echo "xl says so, too"
	wait_for 20 given u2 6
	xenstore-read "/local/domain/0/error/backend/pci/$(guest_id u2)/0/error" |
		tee "$KTAP_DIR/error"
	grep -F "$reason" "$KTAP_DIR/error"
	kernel_log_after "second owner" | grep -F "$BRIDGE_B: not given to xen $(guest_id u2): $reason"
	[ "$(<"$DEVICES/$BRIDGE_B/pciback/owner")" = none ]
}

# Xen had given it before it was refused.
contained() {
	local bdf

	for bdf in "$BRIDGE_A" "$BRIDGE_EDU"; do
		state_is "$bdf" quarantined
		kernel_log_after "second owner" |
			grep -F "$bdf: quarantined: Xen gave domain $(guest_id u2) its requester id with $BRIDGE_B"
	done
	state_is "$MULTI.0" assigned
	guest_up u2
	not writes_into
	grep -x clean "$KTAP_DIR/text"
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

# What was set aside comes back with the mode, and goes with it.
modes_later() {
	wait_for 10 no_driver "$BRIDGE_B"
	echo off >"$IOMMU_EXT/isolation"
	wait_for 10 driver_is "$BRIDGE_B" pciback
	echo enforce >"$IOMMU_EXT/isolation"
	wait_for 10 no_driver "$BRIDGE_B"
}

owner_is() {
	[ "$(cat "$DEVICES/$1/pciback/owner")" = "$2" ]
}

come_back() {
	guest_destroy u1
	wait_for 20 state_is "$BRIDGE_A" claimed
	wait_for 20 state_is "$BRIDGE_EDU" claimed
	wait_for 20 state_is "$BRIDGE_B" claimed
	xl pci-assignable-list | grep -F "$BRIDGE_B"
}

# All of the set to one owner is what it is about: in one list, and later by the word.
same_owner() {
	guest_start u1 "$BRIDGE_A" "$BRIDGE_B"
	guest_up u1
	wait_for 10 no_driver "$BRIDGE_EDU"
	owner_is "$BRIDGE_A" "domain $(guest_id u1)"
	owner_is "$BRIDGE_B" "domain $(guest_id u1)"
	show sh -c "echo '$BRIDGE_EDU force' >$PCIBACK/hide"
	show xl pci-attach u1 "$(short "$BRIDGE_EDU")"
	# xl ends before the back-end has given it: it has only told xenstore.
	wait_for 10 owner_is "$BRIDGE_EDU" "domain $(guest_id u1)"
}

gives_one_back() {
	show xl pci-detach u1 "$(short "$BRIDGE_EDU")"
	wait_for 15 no_driver "$BRIDGE_EDU"
	owner_is "$BRIDGE_A" "domain $(guest_id u1)"
	guest_destroy u1
	wait_for 20 state_is "$BRIDGE_EDU" claimed
}

unload() {
	not_assignable "$BRIDGE_A" "$BRIDGE_B" "$BRIDGE_EDU" "$MULTI.0" "$MULTI.1"
	show rmmod iommu-ext pciback-ng
}

ktap_plan 18
kernel_log_start
ktap_test "the in-tree driver gives each to another guest, without a word" in_tree_gives_both
ktap_test "and DMA of the first guest arrives in the second" in_tree_lets_write
ktap_test "the in-tree driver goes" in_tree_goes
ktap_need "pciback-ng and iommu-ext load" load
ktap_test "the bridge and its cards are one set" shows_set
ktap_need "a guest has two of the cards" first_owner
ktap_test "xl finds no other card of that bridge, and the first guest works on (case M27)" others_leave
ktap_test "nor can xl add it, nor anybody give it to dom0 (case M27)" added_by_hand
ktap_test "a card that comes there is told, and not assignable either (case M27)" joins
ktap_test "by force it is, and refused to a second guest, with the reason" second_refused
ktap_test "the first guest's cards are quarantined then, and cannot write into the second (case M27)" contained
ktap_test "mode warn says it and gives, mode off gives" modes
ktap_test "a mode that is set later holds for the guest that is there (case M27)" modes_later
ktap_test "when the guest is gone they are assignable again (case M27)" come_back
ktap_test "one guest gets all of them" same_owner
ktap_test "what it gives back no other guest gets (case M27)" gives_one_back
ktap_test "all is unloaded" unload
ktap_test "the kernel log has no complaint" kernel_log_clean
ktap_finish
