#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A PF that is removed while it has VFs: Xen 4.20 gives up both until the next boot, unless
# the VFs go first.  The stock nvme driver leaves its VFs enabled.
# Runs in a test machine (tools/testing/vm/run.sh xen-4.20) or on a real dom0 with DISK
# set, an NVMe controller that can have VFs and that nobody needs.
# vm: NVMe with VFs
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

[ -n "${DISK-}" ] || ktap_skip_all "DISK is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver is the control in here"
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
PF=/sys/bus/pci/devices/$DISK
[ -e "$PF/sriov_totalvfs" ] || ktap_skip_all "DISK is no NVMe controller that can have VFs"
ktap_require_modules iommu-ext

XEN_SAYS='remove PCI SR-IOV PF .* with VFs still present'

xen_log_since() {
	xl dmesg | tail -n "+$(($(<"$KTAP_DIR/.xen-lines") + 1))"
}

load() {
	show modprobe iommu-ext
	driver_is "$DISK" nvme
}

# No driver takes the VFs: nvme would wait for each of them in vain.
make_vfs() {
	echo 0 >"$PF/sriov_drivers_autoprobe"
	show sh -c "echo 2 >$PF/sriov_numvfs"
	readlink -f "$PF"/virtfn* >"$KTAP_DIR/vfs"
	show cat "$KTAP_DIR/vfs"
	[ "$(wc -l <"$KTAP_DIR/vfs")" -eq 2 ]
}

vfs_are_gone() {
	local vf

	while read -r vf; do
		[ ! -e "$vf" ] || return 1
	done <"$KTAP_DIR/vfs"
}

remove() {
	show sh -c "echo 1 >$PF/remove"
	[ ! -e "$PF" ]
}

ordered() {
	remove
	vfs_are_gone
	kernel_log_since >"$KTAP_DIR/log"
	grep -F "$DISK: is removed with 2 VFs enabled: they go first" "$KTAP_DIR/log"
	not grep -F 'Failed to delete' "$KTAP_DIR/log"
	xen_log_since >"$KTAP_DIR/xen"
	not grep -E "$XEN_SAYS" "$KTAP_DIR/xen"
}

rescan() {
	show sh -c 'echo 1 >/sys/bus/pci/rescan'
	wait_for 10 driver_is "$DISK" nvme
	wait_for 20 disk_of "$DISK"
	show dd "if=/dev/$(disk_of "$DISK")" of=/dev/null bs=64k count=16 iflag=direct
}

vfs_again() {
	make_vfs
	echo 0 >"$PF/sriov_numvfs"
	vfs_are_gone
}

without() {
	show rmmod iommu-ext
	make_vfs
	remove
	not vfs_are_gone
	xen_log_since >"$KTAP_DIR/xen"
	grep -E "$XEN_SAYS" "$KTAP_DIR/xen" || ktap_skip_this "this Xen forgets a PF that has VFs"
}

ktap_plan 7
kernel_log_start
ktap_need "iommu-ext loads" load
ktap_need "an NVMe controller has two VFs" make_vfs
ktap_test "the PF is removed: its VFs go first, Xen forgets all three (case K26)" ordered
ktap_need "it is found again and works" rescan
ktap_test "it can have VFs again" vfs_again
ktap_test "the kernel log is clean" kernel_log_clean
ktap_test "control: without iommu-ext Xen refuses to forget the PF, and the VFs stay" without
ktap_finish
