#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A machine whose IOMMU is off, as it is where nobody has switched it on: check says that no
# guest gets a device, pciback-ng says it once when it is loaded, and hides devices all the same.
# Runs in a test machine (tools/testing/vm/run.sh native, xen) or on a real host with NIC_A set.
# vm: Linux has intel_iommu=off
# vm: Xen has iommu=0
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

[ -n "${NIC_A-}" ] || ktap_skip_all "NIC_A is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver says nothing"
[ ! -d /sys/kernel/iommu_groups/0 ] || ktap_skip_all "Linux uses an IOMMU here"
! xl info 2>/dev/null | grep -q directio || ktap_skip_all "Xen uses an IOMMU here"
ktap_require_modules pciback-ng iommu-ext

CHECK=/sys/kernel/iommu_ext/check

check_says_no() {
	show modprobe iommu-ext
	show cat /sys/kernel/iommu_ext/mode
	echo "$NIC_A mem=1G" >"$CHECK"
	show cat "$CHECK"
	grep -qx 'strict=no reserve=no map=no relaxed=no relaxed-low=no' "$CHECK"
	grep -qx "now: $NIC_A has no IOMMU, nothing can be given" "$CHECK"
	grep -q '^do: switch the IOMMU on: .*intel_iommu=on.*' "$CHECK"
}

said_once() {
	show modprobe pciback-ng
	kernel_log_since | grep -c 'pciback_ng: no IOMMU is in use: .*intel_iommu=on' |
		tee "$KTAP_DIR/lines"
	[ "$(<"$KTAP_DIR/lines")" = 1 ]
}

hides() {
	echo "$NIC_A" >/sys/bus/pci/drivers/pciback/hide
	driver_is "$NIC_A" pciback
	echo "$NIC_A" >/sys/bus/pci/drivers/pciback/unhide
	wait_for 5 driver_is "$NIC_A" e1000e
	show rmmod pciback-ng iommu-ext
}

ktap_plan 4
kernel_log_start
ktap_test "check says no to each policy, why, and what to do (case M28)" check_says_no
ktap_need "pciback-ng says it once, when it is loaded (case M28)" said_once
ktap_test "devices are hidden and given back without an IOMMU" hides
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
