#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Defects of the in-tree driver (see defects.sh) that show when dom0 is a PVH domain: Xen
# then keeps books of each device's configuration space.  Runs in a test machine
# (tools/testing/vm/run.sh pvh) or on a real PVH dom0 with NIC_A, PING, MODULE, DRIVER
# set.
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

for name in NIC_A PING MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "$(cat /sys/hypervisor/guest_type 2>/dev/null)" = PVH ] || ktap_skip_all "dom0 is not PVH"
ktap_require_modules "$MODULE"

load() {
	show modprobe "$MODULE"
	[ -d "$PCIBACK" ]
}

# The in-tree driver asks Xen to reset the device, which Xen can since 4.20 only, and
# for an interrupt line, which a virtual function has not.
claim_card() {
	claim "$NIC_A"
	driver_is "$NIC_A" pciback
}

# Linux 6.1 has no way to tell a toolstack the GSI of the card's line, and Xen 4.17 none to
# hear of it.
gsi_is_told() {
	[ "$DRIVER" = ng ] || ktap_skip_this "the in-tree driver says nothing of it"
	kernel_log_since >"$KTAP_DIR/log"
	if ! grep -qw xen_acpi_register_get_gsi_func /proc/kallsyms; then
		grep -F "$NIC_A: cannot go to an HVM guest of a PVH dom0" "$KTAP_DIR/log" | grep 'this kernel cannot'
	elif [ "$(cat /sys/hypervisor/version/minor)" -lt 20 ]; then
		grep -F "$NIC_A: cannot go to an HVM guest of a PVH dom0" "$KTAP_DIR/log" | grep 'Xen 4.20 would take it'
	else
		not grep -F 'GSI' "$KTAP_DIR/log"
	fi
}

reset_card() {
	show sh -c "echo $NIC_A >$PCIBACK/do_flr"
}

# It does only if Xen and the device agree on its configuration after the reset.
card_works() {
	[ ! -e "$PCIBACK/$NIC_A" ] || release "$NIC_A"
	driver_is "$NIC_A" e1000e || echo "$NIC_A" >/sys/bus/pci/drivers_probe
	wait_for 5 driver_is "$NIC_A" e1000e
	dom0_net "$NIC_A"
}

unload() {
	show rmmod "$MODULE"
}

ktap_plan 7
kernel_log_start
ktap_need "$MODULE loads" load
stock_fails "takes it for an error that Xen does not do the reset" \
	"defect_16_claim_on_pvh: a PVH dom0 can claim a card" claim_card
ktap_test "the log says where the card cannot go to an HVM guest, and only there (case K25)" gsi_is_told
stock_fails "has no do_flr, so Xen does not hear of resets" \
	"defect_17_reset_on_pvh: a PVH dom0 can reset it through the driver" reset_card
ktap_test "the card works in dom0 again" card_works
ktap_test "$MODULE unloads" unload
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
