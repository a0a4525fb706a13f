#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The mailbox with much to do, and with everything going away in the middle of it, over
# the seven VFs of an igb and an agent in user space.  Runs in a test machine
# (tools/testing/vm/run.sh native).
# vm: time by instructions
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/leak.sh
. ../passthrough-lib/leak.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no mailbox"
[ -e "/sys/bus/pci/devices/$SRIOV/sriov_numvfs" ] || ktap_skip_all "$SRIOV has no VFs"
ktap_require_programs vmbox_million vmbox_disrupt
ktap_require_modules sriov-mbox igb

PF=$SRIOV
MESSAGES=${MESSAGES:-1000000}
ONE_VF=${ONE_VF:-940}
ALL_VFS=${ALL_VFS:-60}
DEVICE=/sys/bus/pci/devices/$PF
CPU1=/sys/devices/system/cpu/cpu1/online

# On one processor.  The emulator runs two of them by turns, 100 ms each when both have
# work: that is not the time that is to be seen here.
start() {
	[ ! -e "$CPU1" ] || echo 0 >"$CPU1"
	modprobe igb
	modprobe sriov-mbox
	echo 0 >"$DEVICE/sriov_drivers_autoprobe"
	echo 7 >"$DEVICE/sriov_numvfs"
	[ "$(echo /dev/vmbox/vf-* | wc -w)" = 7 ]
}

million() {
	./vmbox_million "$PF" "$MESSAGES"
}

one_vf() {
	! leak_seen || leak_before
	./vmbox_disrupt "$PF" "$ONE_VF" 100000
	leak_needs
	leak_after 100 sriov_mbox
}

all_vfs() {
	./vmbox_disrupt "$PF" "$ALL_VFS" 5
}

# What a module has left behind has no name any more once that is gone.
leaves_nothing() {
	local orphans

	leak_needs
	rmmod sriov-mbox
	orphans=$(leak_orphans)
	modprobe sriov-mbox
	./vmbox_disrupt "$PF" 20 100000
	rmmod sriov-mbox
	echo "objects of modules that are gone: $orphans before, $(leak_orphans) after"
	[ "$(leak_orphans)" -le "$orphans" ]
}

ktap_plan 6
kernel_log_start
ktap_need "the mailbox is there, with seven VFs" start
ktap_test "$MESSAGES messages come whole, once and in order" million
ktap_test "$ONE_VF times a VF or the agent goes: what is pending ends within 100 ms" one_vf
ktap_test "$ALL_VFS times more, all VFs, the PF or the module among them" all_vfs
ktap_test "nothing is left of it" leaves_nothing
ktap_test "the kernel has nothing to complain about" kernel_log_clean
[ ! -e "$CPU1" ] || echo 1 >"$CPU1"
ktap_finish
