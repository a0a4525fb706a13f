#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bytes of a device's virtual configuration space that another module owns: the guest
# finds them in the capability list, the device never sees what is written there, and
# the module can go at any time.  The module is overlay_ram (tools/testing/overlay), the
# guest is passthrough-lib/rawfront.sh.  In the same way: resets that a guest asks for.
#
# Runs in a test machine (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, SRIOV
# (cards whose configuration space has nothing at 0x60 and 0x400; the latter with FLR),
# MODULE, DRIVER set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh

for name in NIC_A SRIOV MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "$DRIVER" = ng ] || ktap_skip_all "the in-tree driver has neither overlays nor resets for guests"
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE" rawfront overlay_ram

EXP=0x10 VENDOR=0x9 VENDOR_EXT=0xb	# ids of capabilities

load() {
	modprobe "$MODULE"
	raw_load
	claim "$NIC_A"
	claim "$SRIOV"
}

start() {
	raw_start 0 "$NIC_A" "$SRIOV"
	cards
}

# Where the guest sees them. Every test is a shell of its own.
cards() {
	NIC=$(raw_devfn 0 0) CARD=$(raw_devfn 0 1)
}

# see DEVFN OFFSET SIZE
see() {
	raw_read 0 "$@"
}

# put DEVFN OFFSET SIZE VALUE
put() {
	raw_write 0 "$@"
}

# ext_cap DEVFN ID: where it is in the guest's list; 0 when it is not.
ext_cap() {
	local pos=256 header

	while [ "$pos" -ge 256 ]; do
		header=$(see "$1" "$pos" 4)
		[ $((header & 0xffff)) -ne $(($2)) ] || break
		pos=$((header >> 20))
	done
	[ "$pos" -ge 256 ] || pos=0
	echo "$pos"
}

# cap DEVFN ID: the same for the conventional ones.
cap() {
	local pos

	pos=$(see "$1" 0x34 1)
	while [ "$pos" -ge 64 ] && [ "$(see "$1" "$pos" 1)" -ne $(($2)) ]; do
		pos=$(see "$1" $((pos + 1)) 1)
	done
	echo "$pos"
}

is() {
	echo "$1: $2, expected $(($3))"
	[ "$2" -eq $(($3)) ]
}

calls() {
	parameter calls
}

parameter() {
	contents "/sys/module/overlay_ram/parameters/$1"
}

not_there_yet() {
	cards
	is "capability" "$(ext_cap "$CARD" "$VENDOR_EXT")" 0
	modprobe overlay_ram
	is "capability of an owner that was there before" "$(ext_cap "$CARD" "$VENDOR_EXT")" 0
	raw_end 0
}

in_the_list() {
	start
	is "devices with an owner" "$(parameter owners)" 2
	is "capability" "$(ext_cap "$CARD" "$VENDOR_EXT")" 0x400
	is "capability" "$(ext_cap "$NIC" "$VENDOR_EXT")" 0x400
	# The others are still there.
	[ "$(ext_cap "$CARD" 1)" -ne 0 ]
	[ "$(config "$SRIOV" 400.l)" = 00000000 ]
}

ram() {
	local before

	cards
	before=$(calls)
	put "$CARD" 0x404 4 0x12345678
	is "RAM" "$(see "$CARD" 0x404 4)" 0x12345678
	put "$CARD" 0x406 1 0xab
	is "RAM" "$(see "$CARD" 0x406 2)" 0x12ab
	is "calls" $(($(calls) - before)) 4
	put "$CARD" 0x400 4 0
	is "capability" "$(ext_cap "$CARD" "$VENDOR_EXT")" 0x400
	is "calls" $(($(calls) - before)) 4
	[ "$(config "$SRIOV" 404.l)" = 00000000 ]
}

goes_while_owned() {
	cards
	rmmod overlay_ram
	is "RAM" "$(see "$CARD" 0x404 4)" 0
	put "$CARD" 0x404 4 1
	is "RAM" "$(see "$CARD" 0x404 4)" 0
	raw_end 0
	start
	is "capability of the next owner" "$(ext_cap "$CARD" "$VENDOR_EXT")" 0
	raw_end 0
}

# Then this owner has nothing but zeroes, and the next one is asked for again.
refuses() {
	modprobe overlay_ram refuse=16
	start
	is "devices with an owner" "$(parameter owners)" 0
	is "capability" "$(ext_cap "$CARD" "$VENDOR_EXT")" 0x400
	put "$CARD" 0x404 4 1
	is "RAM" "$(see "$CARD" 0x404 4)" 0
	is "calls" "$(calls)" 0
	raw_end 0
	echo 0 >/sys/module/overlay_ram/parameters/refuse
	start
	is "devices with an owner" "$(parameter owners)" 2
	put "$CARD" 0x404 4 1
	is "RAM" "$(see "$CARD" 0x404 4)" 1
}

# Asked for by the guest; the reset that follows its end is none of an owner's.
hears_of_resets() {
	local exp

	cards
	exp=$(cap "$CARD" "$EXP")
	is "resets" "$(parameter resets)" 0
	put "$CARD" $((exp + 8)) 2 0x8000
	wait_for 5 was_told_of_reset
	is "RAM" "$(see "$CARD" 0x404 4)" 0
	is "resets" "$(parameter resets)" 1
	raw_end 0
	is "devices with an owner" "$(parameter owners)" 0
	# Its front-end let go of both cards before it lost them.
	is "resets" "$(parameter resets)" 3
	rmmod overlay_ram
}

was_told_of_reset() {
	[ "$(parameter resets)" = 1 ]
}

conventional() {
	modprobe overlay_ram offset=0x60
	start
	is "capability" "$(cap "$NIC" "$VENDOR")" 0x60
	is "length" "$(see "$NIC" 0x62 1)" 32
	[ "$(cap "$NIC" 1)" -ge 64 ]
	put "$NIC" 0x64 4 0x55aa55aa
	is "RAM" "$(see "$NIC" 0x64 4)" 0x55aa55aa
	[ "$(config "$NIC_A" 64.l)" = 00000000 ]
	raw_end 0
	rmmod overlay_ram
}

where_something_is() {
	modprobe overlay_ram offset=0x100
	start
	is "first capability" $(($(see "$CARD" 0x100 4) & 0xffff)) 1
	raw_end 0
	rmmod overlay_ram
}

# While one end reads and writes, the module comes and goes.
comes_and_goes() {
	local i

	start
	for ((i = 0; i < 20; i++)); do
		modprobe overlay_ram
		see "$CARD" 0x404 4 >/dev/null
		rmmod overlay_ram &
		put "$CARD" 0x404 4 "$i"
		see "$CARD" 0x404 4 >/dev/null
		wait $!
		raw_end 0
		start
	done
	raw_end 0
}

resets_of() {
	cat "/sys/bus/pci/devices/$SRIOV/pciback/resets"
}

was_reset() {
	[ "$(resets_of)" -gt "$1" ]
}

# A PCIe function reset, as a driver does it.
guest_flr() {
	local exp before

	start
	exp=$(cap "$CARD" "$EXP")
	is "offers a reset" $(($(see "$CARD" $((exp + 4)) 4) >> 28 & 1)) 1
	put "$CARD" 4 2 6
	put "$CARD" 0x3c 1 77
	is "decode and bus mastering" $((16#$(config "$SRIOV" COMMAND) & 6)) 6
	before=$(resets_of)
	put "$CARD" $((exp + 8)) 2 0x8000
	wait_for 5 was_reset "$before"
	is "COMMAND" "$(see "$CARD" 4 2)" 0
	is "vendor" "$(see "$CARD" 0 2)" 0x8086
	is "bit" $(($(see "$CARD" $((exp + 8)) 2) >> 15)) 0
	# What the host needs is back: addresses, and decode (XSA-120).
	[ "$(config "$SRIOV" BASE_ADDRESS_0)" != 00000000 ]
	is "decode" $((16#$(config "$SRIOV" COMMAND) & 6)) 2
	[ "$(<"/sys/bus/pci/devices/$SRIOV/pciback/state")" = assigned ]
}

# Every reset takes a tenth of a second; asking does not.
guest_flr_flood() {
	local exp i before

	cards
	exp=$(cap "$CARD" "$EXP")
	before=$(resets_of)
	for ((i = 0; i < 20; i++)); do
		put "$CARD" $((exp + 8)) 2 0x8000
	done
	wait_for 5 was_reset "$before"
	echo "$(($(resets_of) - before)) resets for 20 requests"
	raw_end 0
	wait_for 10 [ "$(<"/sys/bus/pci/devices/$SRIOV/pciback/owner")" = none ]
}

unload() {
	give_back "$NIC_A"
	give_back "$SRIOV"
	rmmod "$MODULE"
}

ktap_plan 14
kernel_log_start
ktap_need "the driver and the raw front-end are there" load
ktap_need "a guest has two cards" start
ktap_test "an overlay that comes later is not for this owner" not_there_yet
ktap_test "the next owner finds it in the list of extended capabilities" in_the_list
ktap_test "its bytes are the module's, the device never sees them" ram
ktap_test "the module goes while a guest has it: zeroes, and nothing for the next" goes_while_owned
ktap_test "it refuses an owner: zeroes for that one, and the next one is asked for" refuses
ktap_test "it hears of a reset that the guest asks for, and of its end" hears_of_resets
ktap_test "an overlay below 256 is in the conventional list" conventional
ktap_test "where the device has something no overlay is" where_something_is
ktap_test "coming and going twenty times under a guest's accesses harms nobody" comes_and_goes
ktap_test "a guest's function reset is done by the host, which keeps what it needs" guest_flr
ktap_test "asking for resets again and again is cheap, and the device comes back" guest_flr_flood
unload
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
