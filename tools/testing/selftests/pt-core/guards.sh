#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A module that says no to a device that a guest shall have: the guest does not get it, its
# other devices work, and the words reach whoever asked.  The module is ptguard
# (tools/testing/ptguard).  Runs in a test machine (tools/testing/vm/run.sh xen) or on a
# real dom0 with NIC_A, DISK, MODULE, GUEST_KERNEL, GUEST_INITRD set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh

for name in NIC_A DISK MODULE GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver asks nobody"
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE" ptguard

GUARD=/sys/module/ptguard/parameters/refuse
GENERATION=/sys/kernel/pt_core/generation
NIC=$(short "$NIC_A")

setup() {
	show modprobe "$MODULE"
	show modprobe ptguard "refuse=$NIC_A" || ktap_skip_this "no module ptguard; cure: make vm-modules"
	show xl pci-assignable-add "$NIC"
	show xl pci-assignable-add "$(short "$DISK")"
	guest_start u1 "$DISK"
	guest_up u1
}

# What stands between the address and the reason is the name of the guard.
refused() {
	local before

	before=$(<"$GENERATION")
	log_mark refused
	show xl pci-attach u1 "$NIC" || :
	wait_for 10 log_says refused "$NIC_A is not given, ptguard: the parameter refuse is about it"
	log_says refused "$NIC_A: not given to xen $(guest_id u1): ptguard: the parameter refuse"
	xenstore-read "/local/domain/0/error/backend/pci/$(guest_id u1)/0/error" | tee "$KTAP_DIR/error"
	grep -q "$NIC_A is not given, ptguard: the parameter refuse is about it" "$KTAP_DIR/error"
	[ "$(<"$GENERATION")" -gt "$before" ]
	attribute_is "$NIC_A" state claimed
	attribute_is "$NIC_A" owner none
}

others_work() {
	guest_wait u1 '[ -b /dev/nvme0n1 ]'
	guest_show u1 30 'dd if=/dev/nvme0n1 of=/dev/null bs=1M count=1'
	guest_wait u1 '! ls /sys/bus/pci/devices/*/net'
}

# Nothing of the refusal is left: the same device, as soon as the guard agrees.
given() {
	show xl pci-detach u1 "$NIC"
	echo >"$GUARD"
	show xl pci-attach u1 "$NIC"
	guest_wait u1 'ls /sys/bus/pci/devices/*/net'
	attribute_is "$NIC_A" owner "domain $(guest_id u1)"
}

# Whoever has it keeps it; the next one is asked about.
later() {
	echo "class=0200" >"$GUARD"
	[ "$(<"$GUARD")" = class=0200 ]
	attribute_is "$NIC_A" owner "domain $(guest_id u1)"
	show rmmod ptguard
	guest_wait u1 'ls /sys/bus/pci/devices/*/net'
}

in_use() {
	not show rmmod pt_core
	not show rmmod pciback_ng
}

end() {
	guest_destroy u1
	wait_for 10 attribute_is "$NIC_A" state claimed
	show rmmod pciback_ng
	show rmmod pt_core
}

ktap_plan 8
kernel_log_start
ktap_need "a guest with a disk runs, a guard does not let it have a network card" setup
ktap_test "xl attaches the card: refused, the guard's words are in xenstore and in the log" refused
ktap_test "the guest's disk works, there is no card" others_work
ktap_test "the guard agrees: the guest gets the card" given
ktap_test "a guard that says no later, and goes, takes nothing away" later
ktap_test "nothing can be unloaded under the guest" in_use
ktap_test "the guest ends: both modules unload" end
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
