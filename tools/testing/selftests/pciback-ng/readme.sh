#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The README's blocks for administrators, pasted as they stand, in their order.  Runs in a test
# machine (tools/testing/vm/run.sh native), whose 0000:01:00.0 is the card of the examples, an
# 82576 with VFs.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/page.sh
. ../passthrough-lib/page.sh

[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the README is about pciback-ng"
[ ! -e /proc/xen/capabilities ] || ktap_skip_all "this is a Xen dom0"
ktap_require_modules pciback-ng sriov-mbox igb

PCIBACK=/sys/bus/pci/drivers/pciback
CARD=0000:01:00.0
NUMVFS=/sys/bus/pci/devices/$CARD/sriov_numvfs

[ "$(cat /sys/bus/pci/devices/$CARD/device 2>/dev/null)" = 0x10c9 ] ||
	ktap_skip_all "$CARD is no 82576"

igb() {
	show modprobe igb
	driver_is "$CARD" igb
}

rules() {
	page_run README.md rules
	grep -x 'vfs-of=0000:01:00.0' "$PCIBACK/rules"
	driver_is "$CARD" igb
}

# Those of a card that a guest has, or would have.
denied() {
	show sh -c "echo $CARD >$PCIBACK/hide"
	driver_is "$CARD" pciback
	page_run README.md denied
	grep -x '8086:10c9.* c8 2 f' "$PCIBACK/config_quirks"
}

reset() {
	page_run README.md reset
	grep '8086:10c9 bar0 0*560c 4' "$PCIBACK/reset_quirks"
}

# The block before it loads what it needs, of which a native host has the first module.
relay() {
	show sh -c "echo $CARD >$PCIBACK/unhide"
	wait_for 10 driver_is "$CARD" igb
	show modprobe sriov-mbox
	show sh -c "echo 4 >$NUMVFS"
	page_run README.md relay
	show sh -c "echo 0 >$NUMVFS"
}

finish() {
	show rmmod sriov-mbox
	show rmmod pciback-ng
}

ktap_plan 7
kernel_log_start
ktap_need "the card is the host's" igb
ktap_test "which devices: every line works (case N2)" rules
ktap_test "writes that were dropped: every line works (case N2)" denied
ktap_test "registers that a reset wipes: every line works (case N2)" reset
ktap_test "VFs that talk to their PF: every line works (case N2)" relay
ktap_test "all unloads" finish
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
