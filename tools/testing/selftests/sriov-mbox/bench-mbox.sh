#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a message of the mailbox costs beside a bare ping-pong of eventfds, in one boot and
# in turns: the numbers behind the last table of `make bench`. Runs in a native test
# machine (tools/testing/vm/run.sh native), with a PF of seven VFs in $SRIOV.
#
# The tests of this suite only say that it could be measured. The numbers are lines
#
#	# bench-mbox: ROUND NAME VALUE
#
# in nanoseconds for one:
#
#	eventfd		ping-pong of two processes that sleep
#	rtt-64		request and answer of one slot, VF to agent and back, the same way
#	rtt-4096	of 4096 bytes
#	batch-64	one of 32 of one slot that are under way at once
#	core-64		one that the mailbox answers itself
#	handshake	a new generation, VERSION and CAPS
#	unicast		the agent asks one VF after the other, each a process of its own
#	broadcast	it asks all VFs at once
#	unicast-agent	the part of unicast that is the agent's own processor time
#	broadcast-agent	likewise
#	parallel	what broadcast would be if each VF had a processor of its own, which no
#			machine here has for seven: the agent's time for it, and for the VF
#			that is asked last what unicast is without the agent's time; computed
#	others-alive	as unicast, without the last VF
#	others-dead	the same, while a question to the last VF is not answered
#
# and counted for one: rtt-64-kicks and -wakes, likewise of rtt-4096 and batch-64: how often
# the VF rang and how often it had to sleep.
#
# By instructions; bench-mbox-clock is the same by the clock, where a processor that sleeps
# takes its time to wake up.
# vm: time by instructions
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "there is no in-tree driver to compare with"
[ -e "/sys/bus/pci/devices/$SRIOV/sriov_numvfs" ] || ktap_skip_all "$SRIOV has no VFs"
ktap_require_programs vmbox_bench
ktap_require_modules sriov-mbox igb

PF=/sys/bus/pci/devices/$SRIOV
VFS=7
ROUNDS=${ROUNDS:-5}

vfs_are_there() {
	show modprobe -a igb sriov-mbox
	driver_is "$SRIOV" igb || echo "$SRIOV" >/sys/bus/pci/drivers_probe
	echo 0 >"$PF/sriov_drivers_autoprobe"
	echo "$VFS" >"$PF/sriov_numvfs"
	[ -e "/dev/vmbox/pf-$SRIOV" ]
}

measure() {
	./vmbox_bench "$SRIOV" "$ROUNDS"
}

clean_up() {
	echo 0 >"$PF/sriov_numvfs"
	echo 1 >"$PF/sriov_drivers_autoprobe"
	show rmmod sriov-mbox
}

ktap_plan 4
kernel_log_start
ktap_need "a PF, its VFs and their mailboxes" vfs_are_there
ktap_test "all of it can be measured" measure
ktap_test "everything goes away" clean_up
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
