#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Hiding from an initramfs of dracut's: /etc/dracut.conf.d has force_drivers+=" xen-pciback ",
# the kernel command line xen-pciback.hide=(NIC_A), and nothing else was configured.  Besides,
# the steps of Qubes OS's module for dracut hide DISK (rd.qubes.hide_pci=).  Runs in a Xen
# machine (tools/testing/vm/run.sh xen) or in a dom0 that was booted so.
# vm: dracut makes the initramfs
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

for name in NIC_A NIC_B DISK; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
grep -qF "xen-pciback.hide=($NIC_A)" /proc/cmdline ||
	ktap_skip_all "not booted with xen-pciback.hide=($NIC_A)"

# line PATTERN: its number in the kernel log.
line() {
	dmesg | grep -nE -m 1 "$1" >"$KTAP_DIR/line"
	cat "$KTAP_DIR/line" >&2
	cut -d: -f1 "$KTAP_DIR/line"
}

# The in-tree driver has another word for it.
early() {
	local claimed native root

	[ -e /sys/module/xen_pciback ]
	claimed=$(line "pciback $NIC_A: (claimed|seizing|probing)|pciback $NIC_A: xen_pciback")
	native=$(line 'e1000e: Intel')
	root=$(line 'EXT4-fs .* mounted filesystem')
	[ "$claimed" -lt "$native" ]
	[ "$native" -lt "$root" ]
}

hidden() {
	driver_is "$NIC_A" pciback
	not sh -c "dmesg | grep 'e1000e $NIC_A'"
	driver_is "$NIC_B" e1000e
}

ours() {
	[ "${DRIVER-ng}" = ng ] || ktap_skip_this "this is the in-tree driver"
	[ -e /sys/module/pciback_ng ]
	grep -Fx "$NIC_A" /sys/bus/pci/drivers/pciback/rules
}

qubes() {
	grep -F "rd.qubes.hide_pci=${DISK#0000:}" /proc/cmdline ||
		ktap_skip_this "not booted with rd.qubes.hide_pci=${DISK#0000:}"
	driver_is "$DISK" pciback
	not sh -c "dmesg | grep 'nvme.*pci function $DISK'"
}

log_clean() {
	not sh -c "dmesg | grep -nE -A 15 '$KERNEL_LOG_BAD'"
}

ktap_plan 5
ktap_test "in dracut's initramfs xen-pciback is loaded before the card's native driver (case D4)" early
ktap_test "the card is hidden from it, the other one is not (case D4)" hidden
ktap_test "pciback-ng holds it, with nothing configured but the old name (case D4)" ours
ktap_test "what Qubes OS's list names is pciback's, its native driver has not seen it (case D4)" qubes
ktap_test "the kernel log is clean, from the first line on" log_clean
ktap_finish
