#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm: cards without FLR
#
# Nothing of one guest reaches the next: a guest writes to the registers of its cards,
# the next one finds them as after power-on, or does not get the cards at all.  And a
# device that dies is the trouble of the guest that has it, of no other.
#
# Runs in a test machine (tools/testing/vm/run.sh xen) with SRIOV (an igb, no FLR), MULTI
# (DDDD:BB:DD of a card with two functions of igb, no FLR), NIC_A, PING, GUEST_KERNEL,
# GUEST_INITRD, MODULE, DRIVER set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh

for name in SRIOV MULTI NIC_A PING GUEST_KERNEL GUEST_INITRD MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
# shellcheck disable=SC2153  # set by the machine
mock_need mockpci "$MODULE"
ktap_require_modules rawfront igb

DEVICES=/sys/bus/pci/devices
TABLE=5200		# multicast filter: memory, and nobody uses it
MARK=5ca1ab1e
MOCK=1000:03:00.0 SPARE=1000:04:00.0
GUEST_MODULES=xen-pcifront,e1000e
# How long a function is dead: longer than the deadline; for the
# in-tree driver, which has none, longer than the kernel waits.
LONG=12000
[ "$DRIVER" = ng ] || LONG=10000000

# The D3hot reset of QEMU's igb resets nothing, so the bus it is.
setup() {
	local bdf

	mock_bus zoo=1
	show modprobe "$MODULE"
	raw_load
	for bdf in "$SRIOV" "$MULTI.0" "$MULTI.1" "$NIC_A"; do
		show xl pci-assignable-add "$(short "$bdf")"
	done
	claim "$MOCK"
	claim "$SPARE"
	[ "$DRIVER" = ng ] || return 0
	for bdf in "$SRIOV" "$MULTI.0" "$MULTI.1"; do
		show cat "$DEVICES/$bdf/reset_method"
		not grep -q flr "$KTAP_DIR/.out"
		set_attribute "$bdf" reset_method bus
	done
}

# table GUEST BDF [VALUE]: that register of the guest's card.
table() {
	guest_run "$1" 20 "bar /sys/bus/pci/devices/$(guest_place "$1" "$2") $TABLE${3:+=$3}"
}

guest_scribbles() {
	guest_start a "$SRIOV" "$MULTI.0" "$MULTI.1"
	guest_up a
	scribble
}

scribble() {
	local bdf

	for bdf in "$SRIOV" "$MULTI.0" "$MULTI.1"; do
		table a "$bdf" "$MARK"
		[ "$(table a "$bdf")" = "$MARK" ]
	done
}

# Both functions are the guest's.  An administrator may know what that means; a toolstack
# does not mean the other one.
both_or_none() {
	do_flr "$MULTI.0"
	reset_is "$MULTI.0" assigned blocked none
	[ "$(table a "$MULTI.0")" = "$MARK" ]
	[ "$(table a "$MULTI.1")" = "$MARK" ]
	set_attribute "$MULTI.0" reset 1
	reset_is "$MULTI.0" assigned ok bus
	reset_is "$MULTI.1" assigned ok bus
	[ "$(table a "$MULTI.0")" = 00000000 ]
	[ "$(table a "$MULTI.1")" = 00000000 ]
	scribble
}

states_are() {
	local state=$1 bdf

	shift
	for bdf in "$@"; do
		reset_is "$bdf" "$state" ok bus || return
	done
}

destroyed() {
	guest_destroy a
	wait_for 20 states_are claimed "$SRIOV" "$MULTI.0" "$MULTI.1"
}

next_guest() {
	guest_start b "$SRIOV" "$MULTI.0" "$NIC_A"
	guest_up b
}

clean_one() {
	local value

	value=$(table b "$SRIOV")
	echo "the card with one function: $value"
	[ "$value" = 00000000 ]
}

clean_two() {
	local value

	value=$(table b "$MULTI.0")
	echo "the card with two functions: $value"
	[ "$value" = 00000000 ]
}

# Detached, with the other function in the hands of the host.
sibling_of_host() {
	table b "$MULTI.0" "$MARK"
	show xl pci-assignable-remove "$(short "$MULTI.1")"
	modprobe igb
	echo "$MULTI.1" >/sys/bus/pci/drivers_probe
	driver_is "$MULTI.1" igb
	log_mark sibling
	show xl pci-detach b "$(short "$MULTI.0")"
	wait_for 20 state_is "$MULTI.0" quarantined
	log_says sibling "$MULTI.0: .*$MULTI.1 belongs to igb"
}

state_is() {
	[ "$(attribute "$1" state)" = "$2" ]
}

front_state() {
	xenstore-read "/local/domain/$(guest_id "$1")/device/pci/0/state"
}

# xl begins with a reset, which is refused, and goes on; the back-end does not.  Taken
# out again, it has done no harm to the guest's other cards.
refused() {
	log_mark refused
	show xl pci-attach b "$(short "$MULTI.0")" || :
	wait_for 10 log_says refused "$MULTI.0 is quarantined, its reset failed"
	log_says refused "$MULTI.0: .*$MULTI.1 belongs to igb"
	state_is "$MULTI.0" quarantined
	[ "$(attribute "$MULTI.0" owner)" = none ]
	show xl pci-detach b "$(short "$MULTI.0")"
	[ "$(front_state b)" = 4 ]
	[ "$(table b "$SRIOV")" = 00000000 ]
}

freed() {
	echo "$MULTI.1" >"$DEVICES/$MULTI.1/driver/unbind"
	do_flr "$MULTI.0"
	states_are claimed "$MULTI.0"
	show xl pci-attach b "$(short "$MULTI.0")"
	guest_wait b 'pci | grep -c 10c9 | grep 2'
	clean_two
}

# The other function is another guest's; nobody knows whose guest dom0 itself is.
sibling_of_guest() {
	show xl pci-assignable-add "$(short "$MULTI.1")"
	set_attribute "$MULTI.1" reset_method bus || :
	raw_start 0 "$MULTI.1"
	table b "$MULTI.0" "$MARK"
	log_mark guest
	raw_end 0
	wait_for 20 state_is "$MULTI.1" quarantined
	log_says guest "$MULTI.1: .*$MULTI.0 belongs to domain $(guest_id b)"
	# Its own are as they were.
	[ "$(table b "$MULTI.0")" = "$MARK" ]
}

# Where the administrator says that there is nothing to reset, it is given on.
none_wanted() {
	fails_with "Device or resource busy" do_flr "$MULTI.1"
	set_attribute "$MULTI.1" reset_method none
	do_flr "$MULTI.1" || :
	state_is "$MULTI.1" claimed
	raw_start 0 "$MULTI.1"
	state_is "$MULTI.1" assigned
	raw_end 0
	state_is "$MULTI.1" claimed
	[ "$(table b "$MULTI.0")" = "$MARK" ]
}

# Guest b's fourth card, by e1000e.
pinging() {
	guest_net b
	guest_order b "ping -q -c 60 -i 0.5 $PING" >"$KTAP_DIR/ping"
}

still_pinging() {
	not answer_came "$(guest_id b)" "$(<"$KTAP_DIR/ping")"
}

pinged() {
	wait_for 60 answer_came "$(guest_id b)" "$(<"$KTAP_DIR/ping")"
	guest_answer "$(guest_id b)" | tail -n 3 | tee "$KTAP_DIR/pinged"
	grep -q " 0% packet loss" "$KTAP_DIR/pinged"
}

# Dies in the reset when its guest gives it back.  The in-tree driver gives back one
# device after the other, and waits for each as long as the kernel does.
dies() {
	local status=0

	[ "$DRIVER" != ng ] || echo 6 >"$TIMEOUT"
	raw_start 0 "$MOCK"
	raw_start 1 "$SPARE"
	mock "$MOCK" flr-ms "$LONG"
	raw_leave 0
	sleep 0.5
	answers_within 0 4000 raw_end 1 100 || status=$?
	wait_for 100 raw_gone 0
	raw_forget 0
	mock "$MOCK" flr-ms 0
	return "$status"
}

dead_quarantined() {
	wait_for 10 reset_is "$MOCK" quarantined "failed -110" none
	[ "$(attribute "$MOCK" owner)" = none ]
	[ "$(attribute "$MOCK" last_reset_ms)" -lt 8000 ]
	fails_with "Device or resource busy" do_flr "$MOCK"
	still_pinging
}

revived() {
	wait_for 40 do_flr "$MOCK"
	reset_is "$MOCK" claimed ok function
	raw_start 0 "$MOCK"
}

# control_of N: where that guest's device has Device Control.
control_of() {
	local devfn cap

	devfn=$(raw_devfn "$1" 0)
	cap=$(raw_read "$1" "$devfn" 0x34 1)
	while [ "$(raw_read "$1" "$devfn" "$cap" 1)" -ne 16 ]; do
		cap=$(raw_read "$1" "$devfn" $((cap + 1)) 1)
	done
	echo $((cap + 8))
}

# guest_flr N TIMES: one after the other, as fast as they are done.
guest_flr() {
	local devfn control i

	devfn=$(raw_devfn "$1" 0) control=$(control_of "$1")
	for ((i = 0; i < $2; i++)); do
		raw_write "$1" "$devfn" "$control" 2 0x8000
	done
	raw_read "$1" "$devfn" 0 2 >"$KTAP_DIR/id.$1"
	[ "$(<"$KTAP_DIR/id.$1")" -eq $((0x1af4)) ]
}

# Eight in one go, then two a second; none is dropped, and the neighbour's take their time.
guest_flr_storm() {
	local before after

	raw_start 1 "$SPARE"
	before=$(mock_count "$MOCK" flr) after=$(mock_count "$SPARE" flr)
	answers_within 3500 12000 guest_flr 0 16 &
	sleep 0.2
	answers_within 100 1500 guest_flr 1 1
	wait $!
	[ "$(mock_count "$MOCK" flr)" -eq $((before + 16)) ]
	[ "$(mock_count "$SPARE" flr)" -eq $((after + 1)) ]
	reset_is "$MOCK" assigned ok function
	raw_end 1
}

# master BDF: is it bus master, as the hardware has it?
master() {
	[ $((0x$(setpci -s "$1" COMMAND) & 4)) -ne 0 ]
}

# guest_master N BDF: that guest makes its card bus master, and finds it so.
guest_master() {
	local devfn

	devfn=$(raw_devfn "$1" 0)
	raw_write "$1" "$devfn" 4 2 6
	[ $(($(raw_read "$1" "$devfn" 4 2) & 4)) -ne 0 ]
	master "$2"
}

# agree N BDF: no bus master, and the guest reads the same.
agree() {
	not master "$2"
	[ $(($(raw_read "$1" "$(raw_devfn "$1" 0)" 4 2) & 4)) -eq 0 ]
}

# A reset that its guest has not asked for, by us or by the PCI core as xenopsd wants it:
# no DMA until the guest says so again, and it can say so.
reset_under_guest() {
	local resets

	guest_master 0 "$MOCK"
	do_flr "$MOCK"
	agree 0 "$MOCK"
	guest_master 0 "$MOCK"
	resets=$(attribute "$MOCK" resets)
	echo 1 >"$DEVICES/$MOCK/reset"
	agree 0 "$MOCK"
	guest_master 0 "$MOCK"
	reset_is "$MOCK" assigned ok ""
	[ "$(attribute "$MOCK" resets)" -eq $((resets + 1)) ]
}

# The guest leaves in the middle of it: then it is reset again, by us.
leaves_meanwhile() {
	mock "$MOCK" flr-ms 1500
	echo 1 >"$DEVICES/$MOCK/reset" &
	sleep 0.5
	state_is "$MOCK" resetting
	raw_end 0 20
	mock "$MOCK" flr-ms 0
	wait $!
	wait_for 10 reset_is "$MOCK" claimed ok function
	raw_start 0 "$MOCK"
}

# A reset that the guest itself asked for.
guest_flr_dies() {
	local devfn

	devfn=$(raw_devfn 0 0)
	echo 3 >"$TIMEOUT"
	mock "$MOCK" flr-ms 6000
	raw_write 0 "$devfn" "$(control_of 0)" 2 0x8000
	wait_for 6 state_is "$MOCK" quarantined
	mock "$MOCK" flr-ms 0
	raw_refused 0 "$RAW_READ" "$devfn" 0 4
	answers_within 0 8000 raw_end 0 20
	wait_for 20 do_flr "$MOCK"
	reset_is "$MOCK" claimed ok function
}

# A front-end that does not follow: its card is taken after five seconds, and from then on
# it is nobody's, as it is with one that gives it back.
taken() {
	local tracing=/sys/kernel/tracing

	[ -e "$tracing/trace" ] || mount -t tracefs tracefs "$tracing"
	raw_start 1 "$SPARE"
	echo N >"$RAW_FOLLOW"
	echo >"$tracing/trace"
	echo 1 >"$tracing/events/pciback_ng/pbng_state/enable"
	log_mark taken
	answers_within 4500 9000 sh -c "echo $SPARE >$PCIBACK/unbind"
	echo 0 >"$tracing/events/pciback_ng/pbng_state/enable"
	echo Y >"$RAW_FOLLOW"
	log_says taken "$SPARE: taken from domain 0, which did not let go of it in time"
	grep pbng_state "$tracing/trace" | tee "$KTAP_DIR/states"
	raw_end 1
	claim "$SPARE"
	grep "$SPARE assigned -> resetting owner=-1" "$KTAP_DIR/states"
}

end() {
	local bdf

	guest_destroy b
	for bdf in "$SRIOV" "$MULTI.0" "$MULTI.1" "$NIC_A"; do
		show xl pci-assignable-remove "$(short "$bdf")" || :
	done
	release "$MOCK"
	release "$SPARE"
	show rmmod "$MODULE"
}

STOCK_PM="the in-tree driver is content with a change of power state, which resets nothing here"
STOCK_WAITS="the in-tree driver waits for a dead device as long as the kernel does, and all others with it"

ktap_plan 24
kernel_log_start
ktap_need "the cards are hidden, none has FLR" setup
ktap_need "a guest writes to its cards' registers" guest_scribbles
ours "it has both functions: only the administrator's reset takes the other along" both_or_none
ours "it is destroyed: all three are reset, and free" destroyed
[ "$DRIVER" = ng ] || guest_destroy a
ktap_need "the next guest has two of them" next_guest
stock_fails "$STOCK_PM" "it finds the registers of the single card as after power-on" clean_one
stock_fails "$STOCK_PM" "and those of the card with two functions" clean_two
ours "a sibling in the host's driver: no reset, quarantined, the log says why" sibling_of_host
ours "the next guest is refused it, for that reason" refused
ours "without the sibling's driver it is reset, given away, and clean" freed
ours "a sibling that a guest has: the same, and the log names the guest" sibling_of_guest
ours "reset_method=none: given on as it is" none_wanted
ktap_need "a guest pings" pinging
stock_fails "$STOCK_WAITS" "a device of another dies when it is given back: a third is not kept waiting" dies
ours "it was taken back in time, and is quarantined" dead_quarantined
ktap_test "the guest has lost no packet" pinged
ours "the device comes back, and can be given away" revived
ours "a guest's FLRs have a rate, and cost another guest's nothing (case K3)" guest_flr_storm
ours "after a reset by others hardware and guest agree, and it can go on (case K14)" reset_under_guest
ours "its guest leaves while the PCI core resets it (case K14)" leaves_meanwhile
ours "it dies in a reset that its guest asked for: quarantined, and the guest is told" guest_flr_dies
ours "a card that its guest does not let go of has no owner from then on (case K10)" taken
ktap_test "all is given back" end
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
