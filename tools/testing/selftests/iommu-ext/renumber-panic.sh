#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The control of renumber-xen: the same without iommu-ext. With Xen 4.16 to 4.18 this does
# not come to its end, because Xen panics, which is the result that is expected: run.sh
# ends with 3, and console.log has "Xen call trace" with vpci_remove_device in it. So it
# is in no list of suites that must pass, and is run by hand:
#
#   tools/testing/vm/run.sh --driver stock --timeout 200 xen 6.12 renumber-panic
#
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/renumber.sh
. ../passthrough-lib/renumber.sh

[ -n "${NIC_A-}" ] || ktap_skip_all "NIC_A is not set"
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_commands setpci
ktap_require_modules xen-pciback

PORT=$(bridge_of "$NIC_A")

hide() {
	show modprobe xen-pciback
	show xl pci-assignable-add "$(short "$NIC_A")"
	driver_is "$NIC_A" pciback
}

moved() {
	renumber "$NIC_A"
	moved_to "$NIC_A" "$PORT" >"$KTAP_DIR/new"
	[ "$(<"$KTAP_DIR/new")" != "$NIC_A" ]
	kernel_log_since | grep "$(<"$KTAP_DIR/new"): Failed to add"
}

not_hidden() {
	not driver_is "$(<"$KTAP_DIR/new")" pciback
	show cat /sys/bus/pci/drivers/pciback/slots
	grep -qx "$NIC_A" "$KTAP_DIR/.out"
}

xen_lives() {
	show sh -c "echo 1 >/sys/bus/pci/devices/$(<"$KTAP_DIR/new")/remove"
	show xl info
}

ktap_plan 4
kernel_log_start
ktap_need "the in-tree driver hides a card" hide
ktap_need "its bus gets another number, and Xen does not know it there" moved
ktap_test "it is not hidden any more, the driver's list has the old address" not_hidden
ktap_test "it goes, and Xen lives" xen_lives
ktap_finish
