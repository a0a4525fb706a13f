#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A driver in a PV guest that knows the block interface of Hyper-V and nothing else
# (tools/testing/mbox/mboxblk.c) talks with its PF by our mailbox: blocks, their limits,
# blocks that become invalid. Around it what the guest's module does besides: memory
# shared with dom0, a node for user space, requests of the PF, a PF driver that goes, and
# no grant that stays.
#
# vm: guests have pci-hyperv-intf sriov-mbox-vf mboxblk sample_vf
#
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with SRIOV (a PF
# of igb), GUEST_KERNEL, GUEST_INITRD set.
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

for name in SRIOV GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no mailbox"
ktap_require_modules pciback-ng sriov-mbox sriov-mbox-xen mboxstore sample_pf igb

DEVICES=/sys/bus/pci/devices
STORE=/sys/module/mboxstore/parameters
# By hand: what a test makes of the guest's modules depends on their order.
GUEST_MODULES=xen-pcifront,pci-hyperv-intf,sriov-mbox-vf

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
	echo 1 >"$DEVICES/$SRIOV/sriov_numvfs"
	modprobe mboxstore pf="$SRIOV"
	claim "$(vf 0)"
}

start() {
	guest_start a "$(vf 0)"
	guest_up a
	guest_place a "$(vf 0)" >"$KTAP_DIR/place"
}

guest() {
	guest_show a 40 "$*"
}

# mbox COMMAND...: vmbox_guest there, which has to succeed.
mbox() {
	guest vmbox_guest "$(<"$KTAP_DIR/place")" "$@"
}

said() {
	grep -q -e "$1" "$KTAP_DIR/.out"
}

is_open() {
	guest_run a 20 "vmbox_guest $(<"$KTAP_DIR/place") info" | grep -q "$1"
}

opens() {
	wait_for 20 is_open ' open pf memory$'
	guest dmesg '|' grep sriov_mbox_vf:
	said 'open, by shared memory, generation [0-9]*, PF: mboxstore'
}

echoes() {
	local place

	place=$(<"$KTAP_DIR/place")
	guest "for len in 0 1 40 48 500 4088; do vmbox_guest $place test 1 0 \$len; done"
	[ "$(grep -c '^status 0$' "$KTAP_DIR/.out")" = 6 ]
	# NOP, BUSY, RETRY, FAIL
	guest "for code in 0 2 3 4; do vmbox_guest $place test \$code 71 0; done || true"
	[ "$(tr '\n' ' ' <"$KTAP_DIR/.out")" = 'status 0 status 0 status 0 status 71 ' ]
}

times() {
	mbox times 500 40
	cp "$KTAP_DIR/.out" "$KTAP_DIR/memory.us"
}

# blk ORDER ANSWER...: orders for the client, one after the other, and what comes of them.
# All in one go: each time that a guest is asked something costs seconds here.
blk() {
	local orders='' expected=''

	while [ $# -gt 0 ]; do
		orders="$orders '$1'"
		expected="$expected$2"$'\n'
		shift 2
	done
	guest "cd /sys/module/mboxblk/parameters; for o in $orders; do echo \$o >order; cat answer; done"
	echo -n "$expected" >"$KTAP_DIR/expected"
	[ "$(<"$KTAP_DIR/.out")" = "$(<"$KTAP_DIR/expected")" ]
}

blocks() {
	guest "insmod /fixtures/mboxblk.ko device=$(<"$KTAP_DIR/place")"
	blk 'write 3 128 a5' '0 0 a5 a5' 'read 3 128' '0 128 a5 a5' 'read 3 5' '0 5 a5 a5' \
		'write 63 1 7e' '0 0 7e 7e' 'read 63 128' '0 1 7e 7e' 'read 0 128' '0 0 00 00'
}

# Of 128 bytes, and by the PF, which has 64; what is refused changes not a byte.
limits() {
	blk 'read 3 129' '-22 0 00 00' 'read 3 0' '-22 0 00 00' \
		'write 3 129 0' '-22 0 00 00' 'write 3 0 0' '-22 0 00 00' \
		'read 64 8' '-2 0 00 00' 'read 3 128' '0 128 a5 a5'
}

invalid_is() {
	[ "$(guest_run a 20 "cat /sys/module/mboxblk/parameters/invalid")" = "$1" ]
}

# What comes before anybody has registered is kept, and comes as one.
early() {
	echo "0 0x8000000000000001" >"$STORE/invalid"
	sleep 0.5
	echo "0 0x10" >"$STORE/invalid"
	sleep 0.5
	invalid_is '0 0'
	blk register '0 0 a5 a5'
	wait_for 10 invalid_is '1 8000000000000011'
	echo "0 0x2" >"$STORE/invalid"
	wait_for 10 invalid_is '2 8000000000000013'
	blk unregister '0 0 a5 a5'
	echo "0 0x100" >"$STORE/invalid"
	sleep 0.5
	invalid_is '2 8000000000000013'
	blk register '0 0 a5 a5'
	wait_for 10 invalid_is '3 8000000000000113'
}

# The PF asks: nobody there has a say, then somebody does.
asked() {
	echo "0 0x42 5000" >"$STORE/ask"
	[ "$(<"$STORE/ask")" = 0 ]	# no driver has the VF: nothing to let go of
	echo "0 0x9000 5000" >"$STORE/ask"
	[ "$(<"$STORE/ask")" = -95 ]
	echo "0 0x3 5000" >"$STORE/ask"
	[ "$(<"$STORE/ask")" = 0 ]
	guest_run a 20 "vmbox_guest $(<"$KTAP_DIR/place") serve 4 16 >/tmp/served 2>&1 &
		until grep -q serving /tmp/served; do sleep 0.1; done"
	sleep 1
	echo "0 0x41 5000" >"$STORE/ask"
	[ "$(<"$STORE/ask")" = -16 ]
	echo "0 0x20" >"$STORE/invalid"
	sleep 4
	guest cat /tmp/served
	said 'request 41 len 8'
	said 'event [0-9a-f]* blocks 20 link'
}

# The relay answers for the card then, and it has none: EOPNOTSUPP.
no_blocks() {
	blk 'write 3 8 11' '-95 0 11 11'
}

# A PF driver that goes in the middle of a request, and comes back.
pf_goes() {
	local start end

	echo 3000 >"$STORE/slow"
	guest_run a 20 "(echo read 3 8 >/sys/module/mboxblk/parameters/order) &"
	sleep 0.5
	start=$(date +%s%N)
	rmmod mboxstore
	end=$(date +%s%N)
	echo "gone after $(((end - start) / 1000000)) ms"
	wait_for 20 no_blocks
	modprobe mboxstore pf="$SRIOV"
	wait_for 20 blk 'write 3 8 11' '0 0 11 11' 'read 3 8' '0 8 11 11'
}

# Without shared memory all of it works, by registers alone.
window() {
	guest "rmmod mboxblk; rmmod sriov-mbox-vf; insmod /fixtures/sriov-mbox-vf.ko memory=0"
	wait_for 20 is_open ' open pf$'
	mbox test 1 0 500
	mbox test 1 0 1500
	mbox times 5 40
	guest "insmod /fixtures/mboxblk.ko device=$(<"$KTAP_DIR/place")"
	blk 'read 3 8' '0 8 11 11' register '0 0 11 11'
	echo "0 0x4" >"$STORE/invalid"
	wait_for 10 invalid_is '1 4'
}

# The module goes under its client's feet, and comes back.
gone() {
	guest rmmod sriov-mbox-vf
	blk 'read 3 8' '-95 0 00 00'
	guest insmod /fixtures/sriov-mbox-vf.ko
	wait_for 20 is_open ' open pf memory$'
	blk 'read 3 8' '0 8 11 11'
	guest rmmod mboxblk
}

sum_is() {
	[ "$(guest_run a 20 "cat /sys/module/sample_vf/parameters/sum")" = "$1" ]
}

sums_are() {
	[ "$(cat /sys/module/sample_pf/parameters/sums)" = "$1" ]
}

# The sample of a VF driver is there before the mailbox's module, and asks under a spinlock when
# it opens; in each generation anew, in which the PF's driver has forgotten it.
sample() {
	rmmod mboxstore
	show modprobe sample_pf pf="$SRIOV"
	guest rmmod sriov-mbox-vf
	guest "insmod /fixtures/sample_vf.ko vf=$(<"$KTAP_DIR/place") number=7"
	sum_is 0
	guest insmod /fixtures/sriov-mbox-vf.ko
	wait_for 20 sum_is 7
	sums_are '7 0'
	for _ in 1 2 3; do
		rmmod sample_pf
		show modprobe sample_pf pf="$SRIOV"
		wait_for 20 sums_are '7 0'
	done
	guest "rmmod sriov-mbox-vf && echo gone || echo stays"
	grep -x stays "$KTAP_DIR/.out"
	guest rmmod sample_vf
	guest "dmesg | grep sample_vf"
	rmmod sample_pf
	modprobe mboxstore pf="$SRIOV"
	wait_for 20 is_open ' open pf memory$'
}

guest_log() {
	guest "dmesg | grep -e 'WARNING' -e 'BUG' -e 'Call Trace' -e 'still in use' || true"
	[ ! -s "$KTAP_DIR/.out" ]
}

owned_by_nobody() {
	[ "$(cat "$DEVICES/$(vf 0)/pciback/owner")" = none ]
}

leave() {
	guest_destroy a
	wait_for 20 owned_by_nobody
	rmmod mboxstore
	rmmod sriov-mbox-xen
	rmmod sriov-mbox
}

ktap_plan 16
kernel_log_start
ktap_need "modules are loaded, the VF is claimed" load
ktap_need "a guest gets the VF" start
ktap_need "its module opens the mailbox, by shared memory" opens
ktap_test "messages of every length, and the tests that a channel has" echoes
ktap_test "round trips are timed" times
ktap_need "blocks are written and read by Hyper-V's interface" blocks
ktap_test "blocks have the limits that they have there" limits
ktap_test "blocks that become invalid: added up, and never lost" early
ktap_test "the PF asks, and is answered" asked
ktap_test "a PF driver that goes in the middle, and comes back" pf_goes
ktap_test "the same by registers alone" window
ktap_test "the guest's module goes while its client stays" gone
ktap_test "a VF driver asks in atomic context, in each generation anew (case M25)" sample
ktap_test "nothing in the guest's log" guest_log
ktap_test "everything goes" leave
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
