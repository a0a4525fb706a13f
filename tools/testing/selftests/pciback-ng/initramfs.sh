#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Hiding from the initramfs on: the native driver is loaded there as well, by udev, and
# never sees the hidden card.  Runs in a test machine (tools/testing/vm/run.sh debian),
# which was booted from an initramfs that update-initramfs made and with a kernel probe
# on e1000e's probe function; or on a Debian that was booted so, with NIC_A (hidden)
# and NIC_B (not) set.  In the test machine /etc/initramfs-tools/modules gives SRIOV to
# pci-stub, and xen-pciback's list has DISK.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/pciback.sh
. ../passthrough-lib/pciback.sh

for name in NIC_A NIC_B SRIOV DISK; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
DRIVER=${DRIVER-ng}
grep -q 'kprobe_event=[^ ]*e1000e:e1000_probe' /proc/cmdline ||
	ktap_skip_all "not booted with kprobe_event= on e1000e's probe function"
[ "$DRIVER" = stock ] || ktap_require_modules pciback-ng

# What update-initramfs said: on the host of the test machine, before it was started.
SAID=${SAID:-/run/payload/initramfs}

made_here() {
	[ -d "$SAID" ] || ktap_skip_this "update-initramfs was not run by the test bed"
}

goes_on() {
	made_here
	show cat "$SAID/bad.log"
	[ ! -e "$SAID/bad-was-refused" ]
}

bad_list() {
	made_here
	grep -q 'W: pciback-ng: .*NOT HIDDEN: (0000:05:00,0)' "$SAID/bad.log"
	grep -q 'W: pciback-ng: expected (DDDD:BB:DD.F)' "$SAID/bad.log"
}

good_list() {
	made_here
	show cat "$SAID/good.log"
	not grep -qE '^[WE]:' "$SAID/good.log"
}

logged() {
	dmesg | grep -nE -m 1 "$1"
}

# line PATTERN: its number in the kernel log.
line() {
	logged "$1" >"$KTAP_DIR/line"
	cat "$KTAP_DIR/line" >&2
	cut -d: -f1 "$KTAP_DIR/line"
}

early() {
	local claimed native root

	claimed=$(line "pciback $NIC_A: claimed")
	native=$(line 'e1000e: Intel')
	root=$(line 'EXT4-fs .* mounted filesystem')
	[ "$claimed" -lt "$native" ]
	[ "$native" -lt "$root" ]
}

not_late() {
	not logged 'udev runs already|pciback-ng: not loaded'
}

control() {
	driver_is "$NIC_B" e1000e
	probes_mount
	probes_called e1000_probe "$NIC_B"
}

# The list that the machine was booted with has the mistake.
skipped() {
	made_here
	logged 'hide=: entry 2 .*skipped'
}

hidden() {
	driver_is "$NIC_A" pciback
	not probes_called e1000_probe "$NIC_A"
	not logged "e1000e $NIC_A"
}

in_modules_file() {
	local claimed native

	driver_is "$SRIOV" pci-stub
	[ "$DRIVER" = ng ] || return 0
	grep '8086:10c9 pci-stub' "$PCIBACK/rules"
	claimed=$(line "pci-stub $SRIOV: claimed")
	native=$(line 'e1000e: Intel')
	[ "$claimed" -lt "$native" ]
}

plain_boot() {
	driver_is "$DISK" nvme
	[ ! -e /sys/module/xen_pciback ]
	[ "$DRIVER" = ng ] || return 0
	logged 'xen_pciback: no Xen dom0: hide= has no effect'
	not logged "nvme $DISK: .*taken|pciback $DISK"
}

# The probe would have seen it: now it does.
given_back() {
	show sh -c "echo $NIC_A >$PCIBACK/unbind"
	show sh -c "echo $NIC_A >$PCIBACK/remove_slot"
	show sh -c "echo $NIC_A >/sys/bus/pci/drivers_probe"
	wait_for 5 driver_is "$NIC_A" e1000e
	probes_called e1000_probe "$NIC_A"
	show rmmod pci_stub
	no_driver "$SRIOV"
	show rmmod pciback_ng
}

log_clean() {
	not sh -c "dmesg | grep -nE -A 15 '$KERNEL_LOG_BAD'"
}

ktap_plan 12
ktap_test "update-initramfs goes on after a mistake in the hide list (case H3)" goes_on
stock_fails "nobody reads the list there" "and names it (case H3)" bad_list
ours "update-initramfs has nothing to say about a good one" good_list
ours "in the initramfs the card is claimed before its native driver is loaded" early
ours "udev was not there first" not_late
ours "the driver skips the mistake, names it and hides the rest (case H3)" skipped
ktap_test "the native driver was called for the other card, by the trace" control
ours "it was never called for the hidden one" hidden
stock_fails "it is loaded after udev, when igb has the card" \
	"a line pci_stub ids= in /etc/initramfs-tools/modules holds its card, from before udev on (case D3)" in_modules_file
ktap_test "without Xen a card of xen-pciback.hide= is the host's (case D7)" plain_boot
ours "given back, the card meets it" given_back
ktap_test "the kernel log is clean, from the first line on" log_clean
ktap_finish
