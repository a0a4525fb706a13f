#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A kernel that has no pciback-ng, with all that is installed beside it: the in-tree
# drivers hold the cards from the initramfs on.  Runs in a test machine
# (tools/testing/vm/run.sh debian), which was booted from an initramfs that
# update-initramfs made, with hide=(8086:10d3) and two rules that pci-stub cannot keep.
# vm: pciback-ng is not installed
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/probes.sh
. ../passthrough-lib/probes.sh

for name in NIC_A NIC_B DISK SRIOV; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has nothing for the initramfs"
grep -q 'kprobe_event=[^ ]*e1000e:e1000_probe' /proc/cmdline ||
	ktap_skip_all "not booted with kprobe_event= on e1000e's probe function"
SAID=/run/payload/initramfs/good.log
[ -e "$SAID" ] || ktap_skip_all "update-initramfs was not run by the test bed"

warned() {
	show cat "$SAID"
	grep 'W: pciback-ng: not installed for kernel .* the in-tree .* stand in' "$SAID"
	grep 'W: pciback-ng: NOT HIDDEN .*(class=0c03)' "$SAID"
}

# This level reaches the console with "quiet", too.
logged() {
	dmesg --level crit | grep 'pciback-ng: ' >"$KTAP_DIR/log"
	show cat "$KTAP_DIR/log"
	grep 'not installed for kernel .* the in-tree pci-stub .*ids=8086:10d3' "$KTAP_DIR/log"
	grep 'NOT HIDDEN.*(class=0c03)' "$KTAP_DIR/log"
	not grep 'could not find module' "$KTAP_DIR/log"
}

held() {
	local nic

	probes_mount
	for nic in "$NIC_A" "$NIC_B"; do
		driver_is "$nic" pci-stub
		not probes_called e1000_probe "$nic"
	done
}

in_modules_file() {
	driver_is "$SRIOV" pci-stub
	grep 'the in-tree pci-stub .*ids=[^ ]*8086:10c9' "$KTAP_DIR/log"
}

# Its rule is by address, and xen-pciback does not load without Xen.
control() {
	driver_is "$DISK" nvme
	grep -F 'the in-tree xen-pciback' "$KTAP_DIR/log"
}

log_clean() {
	not sh -c "dmesg | grep -nE -A 15 '$KERNEL_LOG_BAD'"
}

ktap_plan 6
ktap_test "update-initramfs says that the in-tree drivers stand in, and what they cannot hide (case D8)" warned
ktap_test "so does the console at boot (case D8)" logged
ktap_test "pci-stub holds the cards, their driver was never called for them (case D8)" held
ktap_test "so does it one of /etc/initramfs-tools/modules (cases D3, D8)" in_modules_file
ktap_test "control: a disk by its address is not held without Xen, and the log says why" control
ktap_test "the kernel log is clean, from the first line on" log_clean
ktap_finish
