#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Cards that come while the native driver is waiting for them, virtual functions among
# them: what a rule hides, that driver never sees, whichever module was loaded first.
# Runs in a test machine (tools/testing/vm/run.sh native), which can plug cards, with
# PORT_A, PORT_B (names of empty ports), PLUG_A, PLUG_B (addresses behind them) set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/monitor.sh
. ../passthrough-lib/monitor.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/renumber.sh
. ../passthrough-lib/renumber.sh

for name in PORT_A PORT_B PLUG_A PLUG_B; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver does not load without Xen"
monitor_open
ktap_require_modules pciback-ng igb igbvf

PCIBACK=/sys/bus/pci/drivers/pciback
CARD="igb,romfile=,bus"
IDS=8086:10c9
VFS="${PLUG_A%00.0}10.0 ${PLUG_A%00.0}10.2 ${PLUG_A%00.0}10.4"

rule() {
	show sh -c "echo '$2' >$PCIBACK/$1"
}

hidden() {
	wait_for 10 driver_is "$1" pciback
	not probes_called igb_probe "$1"
}

seen() {
	wait_for 10 driver_is "$1" igb
	probes_called igb_probe "$1"
}

none_claimed() {
	not ls -d "$PCIBACK"/*:*:*.* 2>/dev/null
}

nothing_left() {
	show cat "$PCIBACK/rules"
	[ ! -s "$KTAP_DIR/.out" ]
	none_claimed
}

setup() {
	probes_start igb:igb_probe igbvf:igbvf_probe
	show modprobe igb
	show modprobe igbvf
	show modprobe pciback-ng
}

# The trace bites, and so does plugging.
control() {
	probes_forget
	plug a "$PLUG_A" "$CARD=$PORT_A"
	seen "$PLUG_A"
	unplug a "$PLUG_A"
}

# by RULE: hidden when it comes, again after it was away, and given to igb in the end.
by() {
	probes_forget
	rule hide "$1"
	plug a "$PLUG_A" "$CARD=$PORT_A"
	hidden "$PLUG_A"
	unplug a "$PLUG_A"
	[ ! -e "$PCIBACK/$PLUG_A" ]
	plug a "$PLUG_A" "$CARD=$PORT_A"
	hidden "$PLUG_A"
	rule unhide "$1"
	seen "$PLUG_A"
	unplug a "$PLUG_A"
	nothing_left
}

by_path() {
	by "$(port_of "$PLUG_A")/00.0"
}

by_subsystem() {
	plug a "$PLUG_A" "$CARD=$PORT_A"
	sed 's/^0x//' "/sys/bus/pci/devices/$PLUG_A"/subsystem_{vendor,device} | paste -sd : >"$KTAP_DIR/subsystem"
	unplug a "$PLUG_A"
	by "$IDS:$(<"$KTAP_DIR/subsystem")"
}

# "hide" takes a card from the driver that has it, "unhide" gives it back to that one.
hide_present() {
	plug a "$PLUG_A" "$CARD=$PORT_A"
	seen "$PLUG_A"
	probes_forget
	rule hide "$PLUG_A"
	hidden "$PLUG_A"
	rule unhide "$PLUG_A"
	seen "$PLUG_A"
	unplug a "$PLUG_A"
}

# Two of a kind: ids cannot tell them apart, an address can.
one_of_two() {
	probes_forget
	rule hide "$PLUG_B"
	plug a "$PLUG_A" "$CARD=$PORT_A"
	plug b "$PLUG_B" "$CARD=$PORT_B"
	hidden "$PLUG_B"
	seen "$PLUG_A"
	unplug a "$PLUG_A"
	unplug b "$PLUG_B"
	rule unhide "$PLUG_B"
	nothing_left
}

numvfs() {
	show sh -c "echo $1 >/sys/bus/pci/devices/$PLUG_A/sriov_numvfs"
}

vfs_control() {
	local vf

	plug a "$PLUG_A" "$CARD=$PORT_A"
	wait_for 10 driver_is "$PLUG_A" igb
	probes_forget
	numvfs 3
	for vf in $VFS; do
		probes_called igbvf_probe "$vf"
	done
	numvfs 0
}

vfs_born() {
	local vf

	probes_forget
	rule hide "vfs-of=$PLUG_A"
	numvfs 3
	for vf in $VFS; do
		driver_is "$vf" pciback
		not probes_called igbvf_probe "$vf"
	done
	driver_is "$PLUG_A" igb
}

# Without the PF there are no VFs; they go and come claimed.
vfs_reborn() {
	numvfs 0
	none_claimed
	vfs_born
}

# The card goes, its claimed VFs with it.
vfs_unplugged() {
	unplug a "$PLUG_A"
	none_claimed
	rule unhide "vfs-of=$PLUG_A"
	nothing_left
}

# Last loaded, first asked: order of the modules' names in the bus's list of drivers.
igb_after() {
	show modprobe -r igb
	probes_forget
	rule hide "$PLUG_A"
	plug a "$PLUG_A" "$CARD=$PORT_A"
	plug b "$PLUG_B" "$CARD=$PORT_B"
	hidden "$PLUG_A"
	show modprobe igb
	seen "$PLUG_B"
	hidden "$PLUG_A"
	unplug a "$PLUG_A"
	unplug b "$PLUG_B"
	rule unhide "$PLUG_A"
}

by_parameter() {
	show rmmod pciback_ng
	show modprobe pciback-ng "hide=($PLUG_A)($IDS:ffff:ffff)(vfs-of=$PLUG_B)"
	probes_forget
	plug a "$PLUG_A" "$CARD=$PORT_A"
	plug b "$PLUG_B" "$CARD=$PORT_B"
	hidden "$PLUG_A"
	seen "$PLUG_B"
}

unload() {
	show rmmod pciback_ng
	wait_for 10 driver_is "$PLUG_A" igb
	unplug a "$PLUG_A"
	unplug b "$PLUG_B"
	[ ! -e "$PCIBACK" ]
	probes_stop
}

ktap_plan 17
kernel_log_start
ktap_need "pciback-ng, igb and igbvf are loaded, their probe functions are traced" setup
ktap_need "control: a plugged card meets igb" control
ktap_test "a card hidden by address comes, goes, comes again: igb never sees it" by "$PLUG_A"
ktap_test "the same by path" by_path
ktap_test "the same by ids" by "$IDS"
ktap_test "the same by ids with subsystem" by_subsystem
ktap_test "the same by class" by class=0200
ktap_test "a card that igb has is taken from it, and given back to it" hide_present
ktap_test "of two identical cards exactly one is hidden" one_of_two
ktap_test "control: virtual functions meet igbvf" vfs_control
ktap_test "virtual functions of a vfs-of rule are claimed at birth: igbvf never sees them" vfs_born
ktap_test "the same when they are born again" vfs_reborn
ktap_test "a card that is unplugged takes its claimed functions along" vfs_unplugged
ktap_test "igb that is loaded later never sees the hidden card either" igb_after
ktap_test "hide= at load holds for cards to come" by_parameter
ktap_test "pciback-ng unloads, the card goes to igb" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
