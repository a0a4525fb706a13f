#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The mailbox of a VF in a PV guest: registers in its configuration space, a handshake by
# them alone, what a guest must not do with them, and that nothing stays behind.
#
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with SRIOV (a PF
# of igb), GUEST_KERNEL, GUEST_INITRD set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/lib/ktap.sh
. ../lib/ktap.sh
# shellcheck source=tools/testing/selftests/lib/xen.sh
. ../lib/xen.sh
# shellcheck source=tools/testing/selftests/lib/kernel_log.sh
. ../lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/lib/pciback.sh
. ../lib/pciback.sh

for name in SRIOV GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no mailbox"

DEVICES=/sys/bus/pci/devices
GUEST_MODULES=xen-pcifront

vf() {
	basename "$(readlink "$DEVICES/$SRIOV/virtfn$1")"
}

load() {
	modprobe pciback-ng
	modprobe sriov-mbox
	modprobe sriov-mbox-xen
	modprobe igb
	wait_for 10 driver_is "$SRIOV" igb
	echo 0 >"$DEVICES/$SRIOV/sriov_drivers_autoprobe"
	echo 2 >"$DEVICES/$SRIOV/sriov_numvfs"
	claim "$(vf 0)"
	claim "$(vf 1)"
}

start() {
	guest_start a "$(vf 0)"
	guest_up a
}

# at_guest COMMAND...: mbox_config of the VF in the guest; what it says is in .out, too.
at_guest() {
	guest_show a 40 "mbox_config $(guest_place a "$(vf 0)") $*"
}

said() {
	grep -qx -e "$1" "$KTAP_DIR/.out"
}

# As lspci sees it who gets the guest's configuration space.
in_lspci() {
	local place

	place=$(guest_place a "$(vf 0)")
	{
		echo "${place#0000:} Ethernet controller: as the guest sees it"
		guest_run a 20 "head -c 256 /sys/bus/pci/devices/$place/config | hexdump -v -e '\"%02_ax:\" 16/1 \" %02x\" \"\\n\"'"
	} >"$KTAP_DIR/space"
	lspci -F "$KTAP_DIR/space" -vv | tee "$KTAP_DIR/lspci"
	grep -q 'Capabilities: \[40\] Vendor Specific Information: Len=20' "$KTAP_DIR/lspci"
	grep -q 'MSI-X' "$KTAP_DIR/lspci"
	grep -q 'Express' "$KTAP_DIR/lspci"
	# The device itself has nothing there.
	[ "$(config "$(vf 0)" 40.l)" = 00000000 ]
	at_guest find
	said 'at 0x40, info 0x100000, status 0x[0-9a-f]*'
}

handshake() {
	at_guest version
	said 'status 0, version 1.0, open, [0-9]* accesses'
}

# One piece, two, and as many as there can be.
echoes() {
	at_guest echo 40
	at_guest echo 500
	at_guest echo 4000
}

# Nobody answers for the PF.
nobody() {
	at_guest op 0x8000
	said 'status 112'
}

front_state() {
	xenstore-read "/local/domain/$(guest_id a)/device/pci/0/state"
}

lines_of_log() {
	kernel_log_since | grep -c . || :
}

# Grants that are none, an event channel that is none: an error and nothing else.
bad_memory() {
	local before i

	before=$(lines_of_log)
	for i in 1 2 3; do
		at_guest memory "$((i * 0x1000))" 3
		said 'result 14'
	done
	at_guest memory 0x7ffffff0 0
	said 'result 22'
	[ "$(front_state)" = 4 ]
	[ $(($(lines_of_log) - before)) -le 2 ]
	handshake
}

# A function reset is the end of all that was agreed on.
forgets() {
	local before after

	at_guest find
	before=$(sed -n 's/.*status //p' "$KTAP_DIR/.out")
	guest_run a 20 "echo 1 >/sys/bus/pci/devices/$(guest_place a "$(vf 0)")/reset"
	at_guest find
	after=$(sed -n 's/.*status //p' "$KTAP_DIR/.out")
	echo "before $before, after $after"
	[ $((before & 2)) -eq 2 ]
	[ $((after & 2)) -eq 0 ]
	[ $((after >> 16)) -gt $((before >> 16)) ]
	handshake
}

# Destroyed with the mailbox open: the next owner finds it closed, in a new generation.
next_owner() {
	handshake
	guest_destroy a
	wait_for 20 owned_by_nobody
	start
	at_guest find
	[ $(($(sed -n 's/.*status //p' "$KTAP_DIR/.out") & 2)) -eq 0 ]
	handshake
}

owned_by_nobody() {
	[ "$(cat "$DEVICES/$(vf 0)/pciback/owner")" = none ]
}

# The module goes while a guest has it open: what it sees is empty.
module_goes() {
	rmmod sriov-mbox-xen
	not at_guest find
	modprobe sriov-mbox-xen
	not at_guest find
	guest_destroy a
	wait_for 20 owned_by_nobody
}

end() {
	release "$(vf 0)"
	release "$(vf 1)"
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	rmmod sriov-mbox-xen
	rmmod sriov-mbox
	rmmod pciback-ng
	not grep sriov-mbox /proc/interrupts
}

ktap_plan 12
kernel_log_start
ktap_need "the modules are there, two VFs are hidden" load
ktap_need "a PV guest has one of them" start
ktap_test "its configuration space has the mailbox's registers" in_lspci
ktap_test "a version is agreed on through them" handshake
ktap_test "messages of up to 4000 bytes come back" echoes
ktap_test "a request that nobody answers is answered so" nobody
ktap_test "grants that are none are an error, and harm nothing" bad_memory
ktap_test "a function reset is the end of the generation" forgets
ktap_test "destroyed with an open mailbox: the next owner begins anew" next_owner
ktap_test "the module goes while a guest has it open" module_goes
ktap_test "all is given back" end
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
