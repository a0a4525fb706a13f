#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Devices that guests have, and a host that wants them back: asks first, refuses what
# would only do harm, and says who has what.  unbind and rmmod are in defects-guest.sh.
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with NIC_A,
# SRIOV (a PF of igb), PING, GUEST_KERNEL, GUEST_INITRD set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

for name in NIC_A SRIOV PING GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver asks nobody and shows nothing"
ktap_require_modules pciback-ng igb

PCIBACK=/sys/bus/pci/drivers/pciback
DEVICES=/sys/bus/pci/devices
GUEST_MODULES=xen-pcifront,e1000e,igbvf

# says BDF FILE TEXT
says() {
	local text

	text=$(<"$DEVICES/$1/pciback/$2")
	echo "$1 $2: $text"
	[ "$text" = "$3" ]
}

vf() {
	basename "$(readlink "$DEVICES/$SRIOV/virtfn$1")"
}

load() {
	show modprobe pciback-ng
	modprobe igb
	wait_for 10 driver_is "$SRIOV" igb
}

start_guest() {
	show xl pci-assignable-add "$NIC_A"
	guest_start u1 "$NIC_A"
	guest_up u1
	guest_net u1
}

shows_owner() {
	says "$NIC_A" state assigned
	says "$NIC_A" owner "domain $(guest_id u1)"
	says "$NIC_A" virtual_address 0000:00:00.0
	says "$NIC_A" policy strict
	says "$NIC_A" assignments 1
	says "$NIC_A" last_reset ok
}

# The message names who has it.
unhide_refused() {
	kernel_log_note "unhide of a card in use"
	not sh -c "echo $NIC_A >$PCIBACK/unhide"
	kernel_log_since | sed '1,/unhide of a card in use/d' | grep "$NIC_A: domain $(guest_id u1) has it"
	says "$NIC_A" state assigned
	grep -x "$NIC_A" "$PCIBACK/slots"
	guest_show u1 20 "ping -c 2 -W 2 $PING"
}

# All of a suspend but the last step; the guest is paused, as toolstacks do it.
suspend_with_guest() {
	[ -e /sys/power/pm_test ] || ktap_skip_this "this kernel has no /sys/power/pm_test"
	# Not "freeze": that makes a dom0 complain about its own ACPI interrupt.
	grep -q deep /sys/power/mem_sleep || ktap_skip_this "this dom0 has no deep sleep"
	echo deep >/sys/power/mem_sleep
	show xl pause u1
	echo platform >/sys/power/pm_test
	show sh -c "echo mem >/sys/power/state"
	echo none >/sys/power/pm_test
	show xl unpause u1
	says "$NIC_A" state assigned
	guest_show u1 30 "ping -c 2 -W 2 $PING || ping -c 2 -W 2 $PING"
}

vf_attach() {
	echo "vfs-of=$SRIOV" >"$PCIBACK/hide"
	echo 2 >"$DEVICES/$SRIOV/sriov_numvfs"
	vf 0 >"$KTAP_DIR/vf"
	driver_is "$(vf 0)" pciback
	driver_is "$(vf 1)" pciback
	show xl pci-attach u1 "$(short "$(vf 0)")"
	says "$(vf 0)" owner "domain $(guest_id u1)"
	guest_wait u1 'pci | grep 8086:0x10ca.igbvf || pci | grep 10ca'
	guest_show u1 20 pci
}

# igb's own refusal: it looks at whether a VF is somebody's.
numvfs_refused() {
	not sh -c "echo 0 >$DEVICES/$SRIOV/sriov_numvfs"
	says "$(<"$KTAP_DIR/vf")" state assigned
}

# The guest's driver lets go of the VF before the PF's driver is gone.
pf_unbind() {
	local vf

	vf=$(<"$KTAP_DIR/vf")
	kernel_log_note "PF unbind"
	show sh -c "echo $SRIOV >/sys/bus/pci/drivers/igb/unbind"
	[ ! -e "$DEVICES/$vf" ]
	kernel_log_since | sed '1,/PF unbind/d' | grep pciback | tee "$KTAP_DIR/lines"
	grep "asking domain" "$KTAP_DIR/lines"
	not grep "did not let go" "$KTAP_DIR/lines"
	guest_wait u1 '! pci | grep 10ca'
	guest_show u1 20 "ping -c 2 -W 2 $PING"
}

pf_again() {
	echo "$SRIOV" >/sys/bus/pci/drivers/igb/bind
	echo 1 >"$DEVICES/$SRIOV/sriov_numvfs"
	driver_is "$(vf 0)" pciback
	says "$(vf 0)" state claimed
	echo "vfs-of=$SRIOV" >"$PCIBACK/unhide"
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
}

end_guest() {
	guest_destroy u1
	wait_for 10 says "$NIC_A" state claimed
	says "$NIC_A" owner none
	says "$NIC_A" virtual_address none
	# xl made it assignable, which is more than hiding it: Xen has it in quarantine.
	show xl pci-assignable-remove -r "$NIC_A"
	driver_is "$NIC_A" e1000e
	show rmmod pciback-ng
}

ktap_plan 11
kernel_log_start
ktap_need "pciback-ng loads" load
ktap_need "a guest has a card" start_guest
ktap_test "sysfs says who has it, and where it sees it" shows_owner
ktap_test "unhide of a card in use is refused, and says who has it" unhide_refused
ktap_test "the host is suspended and resumed, the guest's card goes on" suspend_with_guest
ktap_test "a VF of a vfs-of rule goes to the guest" vf_attach
ktap_test "the number of VFs cannot be changed then" numvfs_refused
ktap_test "the PF loses its driver: the guest lets go of its VF first" pf_unbind
ktap_test "the PF comes back, its VFs are hidden again" pf_again
ktap_test "all is given back" end_guest
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
