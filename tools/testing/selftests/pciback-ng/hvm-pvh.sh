#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# HVM guests of a PVH dom0.  What stands in sysfs as a device's irq is a number of Linux
# there, so libxl and QEMU ask the kernel for the line's GSI, and the kernel asks us.
# Runs in a test machine (tools/testing/vm/run.sh pvh-4.20) or on a real PVH dom0 with NIC_A,
# DISK, GUEST_DISK, PING, MODULE set; DISK an NVMe controller that can have VFs.
# vm: NVMe with VFs
# vm: HVM guests
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/pciback.sh
. ../passthrough-lib/pciback.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/hvm.sh
. ../passthrough-lib/hvm.sh

for name in NIC_A DISK GUEST_DISK PING MODULE; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "$(cat /sys/hypervisor/guest_type 2>/dev/null)" = PVH ] || ktap_skip_all "dom0 is not PVH"
[ -e "/sys/bus/pci/devices/$DISK/sriov_totalvfs" ] || ktap_skip_all "DISK can have no VFs"
ktap_require_modules "$MODULE"

PF=/sys/bus/pci/devices/$DISK

load() {
	show modprobe "$MODULE"
	[ -d "$PCIBACK" ]
}

# The VF before any guest: its controller has no queues until its PF gives it some.
make_vf() {
	local dev

	echo 0 >"$PF/sriov_drivers_autoprobe"
	show sh -c "echo 1 >$PF/sriov_numvfs"
	dev=$(ls "$PF/nvme")
	show python3 ../passthrough-lib/nvme_vf.py "/dev/$dev" 1
	basename "$(readlink -f "$PF/virtfn0")" >"$KTAP_DIR/vf"
	show cat "$KTAP_DIR/vf"
}

hide() {
	show xl pci-assignable-add "$(short "$NIC_A")"
	claim "$(<"$KTAP_DIR/vf")"
	driver_is "$NIC_A" pciback
	driver_is "$(<"$KTAP_DIR/vf")" pciback
}

# Xen 4.20 looks for the MSI-X table in the VF's own BARs, which a VF has not, and does not
# take it; told of its reset, it panics.
vf_is_unknown() {
	kernel_log_since | grep -F "$(<"$KTAP_DIR/vf"): cannot go to a guest: Xen did not take it"
}

xen_lives() {
	vf_is_unknown || ktap_skip_this "this Xen takes VFs from a PVH dom0"
	show sh -c "echo $(<"$KTAP_DIR/vf") >$PCIBACK/do_flr"
	show xl info
}

create() {
	hvm_create a 1 "$(short "$NIC_A")"
	guest_up a 400
	show xl pci-list a
	grep -q "$NIC_A" "$KTAP_DIR/.out"
}

# The driver would take MSI-X; it is told to use the line.
line() {
	local at

	at=$(place a "$NIC_A")
	guest_run a 60 "rmmod e1000e; modprobe e1000e IntMode=0"
	hvm_wait a "ls /sys/bus/pci/devices/$at/net"
	guest_net a
	guest_show a 30 "ping -c 2 -W 5 $PING"
	guest_show a 30 "grep \$(ls /sys/bus/pci/devices/$at/net) /proc/interrupts"
	grep -q '[1-9].*IO-APIC' "$KTAP_DIR/.out"
}

attach_vf() {
	local at

	! vf_is_unknown || ktap_skip_this "this Xen takes no VF from a PVH dom0"
	show xl pci-assignable-add "$(short "$(<"$KTAP_DIR/vf")")"
	show xl pci-attach a "$(short "$(<"$KTAP_DIR/vf")")"
	show xl pci-list a
	at=$(place a "$(<"$KTAP_DIR/vf")")
	[ -n "$at" ]
	guest_run a 60 "modprobe nvme"
	hvm_wait a "ls -d /sys/bus/pci/devices/$at/nvme/nvme*/nvme*n1"
	guest_show a 60 "dd if=/dev/nvme0n1 of=/dev/null bs=64k count=16"
}

destroy() {
	guest_destroy a
	no_backends
}

give_back() {
	echo 0 >"$PF/sriov_numvfs"
	show xl pci-assignable-remove -r "$(short "$NIC_A")"
	driver_is "$NIC_A" e1000e
	dom0_net "$NIC_A"
}

unload() {
	show rmmod "$MODULE"
}

ktap_plan 11
kernel_log_start
ktap_need "$MODULE loads" load
ktap_need "an NVMe controller has a VF that works" make_vf
ktap_need "a network card and the VF are hidden" hide
ktap_test "a VF that Xen did not take is hidden and reset, the log says so, Xen lives (case K25)" xen_lives
ktap_need "an HVM guest of a PVH dom0 boots with the card (case K25)" create
ktap_test "it pings through the card with its line, INTx (case K25)" line
ktap_test "the VF, which has no line, is attached and the guest reads the disk (case K25)" attach_vf
ktap_test "xl destroy" destroy
ktap_test "card and VF go back, the card works in dom0" give_back
ktap_test "$MODULE unloads" unload
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
