#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# As sweep.sh, for what happens under Xen: a device is exported to a guest and taken
# back, and the guest's front-end connects, with every call that can fail failing once.
# Runs in a test machine (tools/testing/vm/run.sh xen).
#
# The guest of the export is paused, and what xl would write into xenstore is written
# here: xl itself takes seconds for each device, and would see failures of its own.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/imports.sh
. ../passthrough-lib/imports.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/sweep.sh
. ../passthrough-lib/sweep.sh

[ "${DRIVER-ng}" = ng ] || ktap_skip_all "it sweeps pciback-ng"
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
for name in NIC_A GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
mock_need mockpci retinject pciback-ng

SWEEP_DEV=1000:07:00.0
SYSFS=/sys/bus/pci/devices/$SWEEP_DEV/pciback
SITES=40		# noise of the rest of the kernel
# What is called there; the rest takes time for nothing, a second for each function.
GIVING='xenbus.*|xen_reg.*|_*xa_.*|_*k.*alloc.*|kmem.*|kobj.*|try.*|pci_[els].*'
TAKING='xenbus.*|_*xa_.*|_*k.*alloc.*|kobj.*|pci_(cfg|dev|load|reset|set).*'

# The back-end's folder and the guest's, and the device that the kernel makes of them.
paths() {
	read -r ID <"$KTAP_DIR/id"
	BACK=/local/domain/0/backend/pci/$ID/0
	FRONT=/local/domain/$ID/device/pci/0
	DEVICE=/sys/bus/xen-backend/devices/pci-$ID-0
}

start() {
	mock_bus functions=1
	show modprobe retinject
	show modprobe pciback-ng
	sweep_hide "$SWEEP_DEV"
	guest_start u1
	guest_id u1 >"$KTAP_DIR/id"
	show xl pause u1
}

# One command is one transaction.
give_before() {
	xenstore-write "$FRONT/backend" "$BACK" "$FRONT/backend-id" 0 "$FRONT/state" 1
}

# The end of it is that the guest has the device, or that it is said that it will not.
is_answered() {
	wait_for_node 3 "$BACK/state" 3 && wait_for_node 3 "$BACK/state-0" '[36]'
}

give() {
	xenstore-write "$BACK/frontend" "$FRONT" "$BACK/frontend-id" "$ID" \
		"$BACK/online" 1 "$BACK/state" 1 "$BACK/num_devs" 1 "$BACK/key-0" "$SWEEP_DEV" \
		"$BACK/dev-0" "$SWEEP_DEV" "$BACK/state-0" 1 "$BACK/opts-0" msitranslate=0 || return
	is_answered || return
	[ "$(xenstore-read "$BACK/state-0")" = 3 ]
}

no_backend_device() {
	[ ! -e "$DEVICE" ]
}

is_ours_alone() {
	[ "$(<"$SYSFS/owner")" = none ] || return
	[ "$(<"$SYSFS/state")" = claimed ]
}

# The device has to be nobody's, and fit to be given away again; unless it was its reset
# that failed, which the next one cures.
is_back() {
	if ! wait_for 5 is_ours_alone >/dev/null; then
		[ "$(<"$SYSFS/state")" = quarantined ] || return
		echo "$SWEEP_DEV" >"$SWEEP_PCIBACK/do_flr" || return
	fi
	is_ours_alone
}

# The toolstack gives up: both folders go.
withdraw() {
	xenstore-rm "$BACK" "$FRONT" || return
	wait_for 10 no_backend_device
}

give_after() {
	withdraw || return
	is_back
}

taken_before() {
	give_before || return
	give
}

# Not the end of the back-end's device: that goes from sysfs first.
is_settled() {
	[ "$(<"$SYSFS/owner")" = none ] || return
	case $(<"$SYSFS/state") in claimed | quarantined) ;; *) return 1 ;; esac
}

taken() {
	withdraw || return
	wait_for 5 is_settled
}

taken_after() {
	is_back
}

# A virtual configuration space that was built for an owner stays with the device.
claim_anew() {
	[ -e "$SYSFS" ] || return 0
	sweep_unhide "$SWEEP_DEV"
	sweep_hide "$SWEEP_DEV"
}

operation() {
	paths
	claim_anew
	leak_before
	sweep "$@"
	claim_anew
	leak_after "$SITES" pciback_ng
}

export_ends() {
	show xl unpause u1
	guest_destroy u1
	sweep_unhide "$SWEEP_DEV"
	nothing_claimed
}

# A real front-end, for what happens when it connects: the guest has to live, and the
# next one has to work.
connect_fails() {
	local symbol=$1 value=$2 id

	show xl pci-assignable-add "$NIC_A"
	echo "$symbol $value 1" >"$SWEEP/plan"
	guest_start u2 "$NIC_A"
	id=$(guest_id u2)
	wait_for 60 grep -qx 1 "$SWEEP/injected"
	echo >"$SWEEP/plan"
	guest_up u2
	show xenstore-read "/local/domain/0/backend/pci/$id/0/state"
	guest_destroy u2
	wait_for 20 no_backends
	grep -qx none "/sys/bus/pci/devices/$NIC_A/pciback/owner"
}

connects_again() {
	guest_start u2 "$NIC_A"
	guest_up u2
	guest_net u2
	guest_destroy u2
	show xl pci-assignable-remove -r "$NIC_A"
	wait_for 10 driver_is "$NIC_A" e1000e
}

unload() {
	show rmmod pciback-ng
	show rmmod retinject
}

ktap_plan 11
kernel_log_start
dmesg -n 1
ktap_need "bus, injector, driver and a paused guest are there" start
ktap_test "every function that it calls is known to fail or not to" sweep_known pciback-ng
ktap_test "export: each call fails once" operation give 20 "$GIVING"
ktap_test "taking back: each call fails once" operation taken 3 "$TAKING"
ktap_test "the guest goes, the device comes back" export_ends
ktap_test "claim: each call of Xen's fails once" operation claim 0 "xen.*"
ktap_test "a front-end's ring cannot be mapped" connect_fails xenbus_map_ring_valloc -12
ktap_test "a front-end's event channel cannot be bound" connect_fails \
	bind_interdomain_evtchn_to_irqhandler_lateeoi -28
ktap_test "the next front-end connects" connects_again
ktap_test "all unloads" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
