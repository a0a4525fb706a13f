#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The samples of samples/sriov-mbox: a PF driver and an agent, with VFs in user space; both
# drivers without the mailbox.  The VF driver with it is in mbox-blocks, in a guest.
#
# Runs in a test machine (tools/testing/vm/run.sh native) or as root with SRIOV (a PF that
# igb drives) and the samples' modules.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no mailbox"
ktap_require_programs vmbox_tool sample_agent
ktap_require_modules sriov-mbox sriov-mbox-vf sample_pf sample_vf igb

PF=/sys/bus/pci/devices/$SRIOV
SUMS=/sys/module/sample_pf/parameters/sums

vf() {
	basename "$(readlink "$PF/virtfn$1")"
}

setup() {
	show modprobe igb
	wait_for 10 driver_is "$SRIOV" igb
	echo 0 >"$PF/sriov_drivers_autoprobe"
	echo 2 >"$PF/sriov_numvfs"
}

# insmod, for modprobe would load what MODULE_SOFTDEP names.
insert() {
	show insmod "$(modinfo -n "$1")" "${@:2}"
}

# Nothing of the mailbox is loaded, nor needed.
without() {
	not grep -E '^sriov_mbox' /proc/modules
	not sh -c "modinfo -F depends sample_pf | grep ."
	not sh -c "modinfo -F depends sample_vf | grep ."
	insert sample_pf "pf=$SRIOV"
	insert sample_vf "vf=$(vf 0)"
	kernel_log_since | grep 'sample_pf: no sriov-mbox, no mailbox'
	show rmmod sample_pf
}

# The one for VFs comes later; this device has no registers, so the driver is not called.
comes_later() {
	show modprobe sriov-mbox-vf
	grep '^sriov_mbox_vf .* 1 ' /proc/modules
	not rmmod sriov-mbox-vf
	show rmmod sample_vf
	show rmmod sriov-mbox-vf
}

# add VF SUM HEX...: numbers in one generation, and the sum.
add() {
	local vf=$1 sum=$2

	shift 2
	./vmbox_tool call "$(vf "$vf")" raw 8000 "$1" | tee "$KTAP_DIR/said"
	grep -q "^answer ok len 8 $sum" "$KTAP_DIR/said"
}

sums() {
	cat "$SUMS"
	[ "$(<"$SUMS")" = "$1" ]
}

is_open() {
	kernel_log_since | grep "sample_pf: VF $1 is open"
}

driver() {
	show modprobe sriov-mbox
	show modprobe sample_pf "pf=$SRIOV"
	not rmmod sriov-mbox
	add 0 0500000000000000 0500000000000000
	# The program above has a generation of its own each time.
	add 0 0700000000000000 0700000000000000
	add 1 0900000000000000 0900000000000000
	./vmbox_tool call "$(vf 0)" raw 8000 05 | tee "$KTAP_DIR/said" || :
	grep -q '^answer EINVAL' "$KTAP_DIR/said"
	./vmbox_tool call "$(vf 0)" raw 8001 05 | tee "$KTAP_DIR/said" || :
	grep -q '^answer EOPNOTSUPP' "$KTAP_DIR/said"
	./vmbox_tool vf "$(vf 1)" >"$KTAP_DIR/vf" 2>&1 </dev/null 7<&- &
	echo $! >"$KTAP_DIR/vf.pid"
	wait_for 10 is_open 1
	kill "$(<"$KTAP_DIR/vf.pid")"
	wait "$(<"$KTAP_DIR/vf.pid")" || :
	wait_for 5 sums '0 0'
	show rmmod sample_pf
	grep -x relay "$PF/sriov_mbox/user"
}

agent() {
	./sample_agent "$SRIOV" >"$KTAP_DIR/agent" 2>&1 </dev/null 7<&- &
	echo $! >"$KTAP_DIR/agent.pid"
	wait_for 5 grep -x agent "$PF/sriov_mbox/user"
	add 0 0500000000000000 0500000000000000
	add 0 0700000000000000 0700000000000000
	./vmbox_tool call "$(vf 1)" raw 8000 05 | tee "$KTAP_DIR/said" || :
	grep -q '^answer EINVAL' "$KTAP_DIR/said"
	echo 0 >"$PF/sriov_numvfs"
	wait_for 5 grep -q '^VF 1: state 5' "$KTAP_DIR/agent"
	kill "$(<"$KTAP_DIR/agent.pid")"
	wait "$(<"$KTAP_DIR/agent.pid")" || :
	cat "$KTAP_DIR/agent"
	grep -q '^version 1.0, 2 VFs' "$KTAP_DIR/agent"
	grep -q '^VF 0: state 2' "$KTAP_DIR/agent"
}

kernel_log_start
ktap_plan 6
ktap_need "there are two VFs" setup
ktap_test "drivers load without the mailbox (case M25)" without
ktap_test "a VF driver finds it when it is loaded later (case M25)" comes_later
ktap_test "a PF driver adds up, and forgets in a new generation (case M25)" driver
ktap_test "an agent does the same (case M25)" agent
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
