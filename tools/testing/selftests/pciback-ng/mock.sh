#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The mock PCI bus does what its README says, and the driver claims and releases on it.
# Runs in a test machine (tools/testing/vm/run.sh native) or on any host where the
# fixtures are installed; no hardware is touched.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/leak.sh
. ../passthrough-lib/leak.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh

[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver does not load without Xen"
[ ! -e /proc/xen/capabilities ] || ktap_skip_all "this is a Xen dom0"
mock_need mockpci mockpf pciback-ng
ktap_require_commands lspci setpci

PCIBACK=/sys/bus/pci/drivers/pciback
DEVICES=/sys/bus/pci/devices
PF=1000:01:00.0
CARD=1000:03:00.0
TWIN=1000:04:00.0
EMPTY=1000:05:00.0
OLD=1000:07:00.0
DEAD=1000:02:00.3

# The bus

# count DOMAIN: how many functions it has.
count() {
	lspci -Dn | grep -c "^$1:" || :
}

bus() {
	mock_bus functions=300
	show modprobe mockpf
	[ "$(count 1000)" -eq 16 ]
	[ "$(count '100[12]')" -eq 300 ]
	driver_is "$PF" mockpf
	driver_is "$CARD" mocknet
	[ "$(mock_host probes)" -eq 7 ]
	[ ! -e "$DEVICES/1001:00:00.0/reset" ]
	show cat "$DEVICES/$OLD/reset_method"
	grep -q pm "$KTAP_DIR/.out"
}

twins() {
	local name

	for name in vendor device subsystem_vendor subsystem_device class; do
		[ "$(<"$DEVICES/$CARD/$name")" = "$(<"$DEVICES/$TWIN/$name")" ]
	done
}

scratch() {
	setpci -s "$1" c0.l
}

flr() {
	[ "$(scratch "$CARD")" = a3a2a1a0 ]
	echo flr >"$DEVICES/$CARD/reset_method"
	show sh -c "echo 1 >$DEVICES/$CARD/reset"
	mock_shows "$CARD" flr=1
	[ "$(scratch "$CARD")" = 00000000 ]
}

slow_flr() {
	local took

	mock "$CARD" flr-ms 400
	took=$(milliseconds sh -c "echo 1 >$DEVICES/$CARD/reset")
	mock "$CARD" flr-ms 0
	echo "took $took ms"
	[ "$took" -ge 400 ]
	mock_shows "$CARD" flr=2
}

ignored_flr() {
	setpci -s "$CARD" c0.l=12345678
	mock "$CARD" flr-ignored 1
	show sh -c "echo 1 >$DEVICES/$CARD/reset"
	mock "$CARD" flr-ignored 0
	mock_shows "$CARD" flr=2
	[ "$(scratch "$CARD")" = 12345678 ]
}

other_resets() {
	show sh -c "echo 1 >$DEVICES/$OLD/reset"
	mock_shows "$OLD" pm=1
	echo bus >"$DEVICES/$TWIN/reset_method"
	show sh -c "echo 1 >$DEVICES/$TWIN/reset"
	mock_shows "$TWIN" bus=1
	echo default >"$DEVICES/$TWIN/reset_method"
}

sriov() {
	show sh -c "echo 4 >$DEVICES/$PF/sriov_numvfs"
	driver_is 1000:01:10.0 mocknet
	driver_is 1000:01:10.3 mocknet
	[ ! -e "$DEVICES/1000:01:10.4" ]
	show sh -c "echo 0 >$DEVICES/$PF/sriov_numvfs"
	[ ! -e "$DEVICES/1000:01:10.0" ]
}

interrupts() {
	local before

	before=$(mock_host irqs)
	mock "$CARD" irq
	mock "$TWIN" irq
	[ "$(mock_host irqs)" -eq $((before + 2)) ]
	not mock 1001:00:00.0 irq
}

bar_memory() {
	[ -n "${MOCK_MMIO-}" ] || ktap_skip_this "no memory is reserved for BARs"
	# What its driver wrote is there, and a reset wipes it.
	mock_shows 1000:02:00.1 bar0=12345678
	show sh -c "echo 1 >$DEVICES/1000:02:00.1/reset"
	mock_shows 1000:02:00.1 bar0=00000000
}

all_ones() {
	mock "$CARD" all-ones 1
	[ "$(scratch "$CARD")" = ffffffff ]
	mock "$CARD" all-ones 0
	[ "$(scratch "$CARD")" = 12345678 ]
}

plugging() {
	local before

	before=$(mock_host probes)
	mock "$EMPTY" plug
	driver_is "$EMPTY" mocknet
	mock "$EMPTY" unplug
	[ ! -e "$DEVICES/$EMPTY" ]
	mock_shows "$EMPTY" present=0
	mock "$EMPTY" plug
	driver_is "$EMPTY" mocknet
	mock "$EMPTY" unplug-unmarked
	[ ! -e "$DEVICES/$EMPTY" ]
	[ "$(mock_host probes)" -eq $((before + 2)) ]
	not mock 1000:05:00.0 plug nonsense
}

# The driver on it
#
# Claimed through the attributes that the in-tree driver has as well.

load() {
	show modprobe pciback-ng
	[ -d "$PCIBACK" ]
}

take() {
	local driver

	if driver=$(driver_of "$1"); then
		echo "$1" >"/sys/bus/pci/drivers/$driver/unbind"
	fi
	echo "$1" >"$PCIBACK/new_slot"
	echo "$1" >"$PCIBACK/bind"
	driver_is "$1" pciback
}

give_back() {
	echo "$1" >"$PCIBACK/unbind"
	echo "$1" >"$PCIBACK/remove_slot"
	echo "$1" >/sys/bus/pci/drivers_probe
}

claim() {
	local before

	before=$(mock_count "$CARD" flr)
	take "$CARD"
	show cat "$PCIBACK/slots"
	grep -qx "$CARD" "$KTAP_DIR/.out"
	driver_is "$TWIN" mocknet
	mock_shows "$CARD" flr=$((before + 1))
	# It does not start DMA: no bus master.
	[ $((0x$(setpci -s "$CARD" COMMAND) & 4)) -eq 0 ]
	give_back "$CARD"
	driver_is "$CARD" mocknet
	[ "$(scratch "$CARD")" = 00000000 ]
}

every_kind() {
	local bdf

	for bdf in "$PF" 1000:02:00.2 "$TWIN" "$OLD" 1001:00:1f.7; do
		take "$bdf"
	done
	for bdf in "$PF" 1000:02:00.2 "$TWIN" "$OLD" 1001:00:1f.7; do
		give_back "$bdf"
	done
	driver_is "$PF" mockpf
	driver_is 1000:02:00.2 mocknet
	no_driver "$OLD"
}

vf() {
	echo 2 >"$DEVICES/$PF/sriov_numvfs"
	take 1000:01:10.1
	# Its PF goes, and so does it.
	echo "$PF" >/sys/bus/pci/drivers/mockpf/unbind
	[ ! -e "$DEVICES/1000:01:10.1" ]
	echo 1000:01:10.1 >"$PCIBACK/remove_slot"
	echo "$PF" >/sys/bus/pci/drivers_probe
	driver_is "$PF" mockpf
}

# It cannot be asked where its VFs are, and they are taken from their guests all the same.
vf_of_pulled() {
	echo 2 >"$DEVICES/$PF/sriov_numvfs"
	take 1000:01:10.1
	kernel_log_note "the PF is pulled"
	mock "$PF" unplug
	[ ! -e "$DEVICES/1000:01:10.1" ]
	kernel_log_after "the PF is pulled" | grep '1000:01:10.1: its PF loses its driver'
	echo 1000:01:10.1 >"$PCIBACK/remove_slot"
	mock "$PF" plug
	driver_is "$PF" mockpf
}

# Nobody may wait for what is not there any more; the kernel's reset would, 70 s.
pulled() {
	local word took

	for word in unplug unplug-unmarked; do
		mock "$EMPTY" plug
		take "$EMPTY"
		took=$(milliseconds mock "$EMPTY" "$word")
		echo "$word took $took ms"
		[ "$took" -lt 5000 ]
		[ ! -e "$DEVICES/$EMPTY" ]
		echo "$EMPTY" >"$PCIBACK/remove_slot"
	done
	[ -z "$(<"$PCIBACK/slots")" ]
}

slow_claim() {
	local took

	mock "$TWIN" flr-ms 400
	took=$(milliseconds take "$TWIN")
	mock "$TWIN" flr-ms 0
	echo "took $took ms"
	[ "$took" -ge 400 ]
	driver_is "$TWIN" pciback
	# It is as it was before, except what no configuration space holds.
	[ $((0x$(setpci -s "$TWIN" COMMAND) & 4)) -eq 0 ]
	give_back "$TWIN"
	driver_is "$TWIN" mocknet
}

# Claimed or not, that is up to the driver; but not after a minute, and when the function
# is alive again it can be had.
dead() {
	local took

	mock "$DEAD" all-ones 1
	took=$(milliseconds sh -c "echo $DEAD >$PCIBACK/hide")
	echo "hide took $took ms"
	[ "$took" -lt 5000 ]
	mock "$DEAD" all-ones 0
	echo "$DEAD" >"$PCIBACK/unhide" || :
	not driver_is "$DEAD" pciback
	echo "$DEAD" >"$PCIBACK/hide"
	driver_is "$DEAD" pciback
	# Dying is no reason to keep it, or to be slow.
	mock "$DEAD" all-ones 1
	took=$(milliseconds sh -c "echo $DEAD >$PCIBACK/unhide")
	echo "unhide took $took ms"
	[ "$took" -lt 5000 ]
	mock "$DEAD" all-ones 0
	not driver_is "$DEAD" pciback
}

# The host goes to sleep in the middle of a reset: that ends first, and nothing is given up.
sleeps_in_reset() {
	local took

	[ -e /sys/power/pm_test ] || ktap_skip_this "this kernel has no /sys/power/pm_test"
	take "$TWIN"
	mock "$TWIN" flr-ms 3000
	echo 1 >"$DEVICES/$TWIN/pciback/reset" &
	wait_for 5 grep -q resetting "$DEVICES/$TWIN/pciback/state"
	echo devices >/sys/power/pm_test
	took=$(milliseconds sh -c "echo freeze >/sys/power/state")
	echo none >/sys/power/pm_test
	wait
	mock "$TWIN" flr-ms 0
	echo "asleep and awake again after $took ms"
	[ "$(<"$DEVICES/$TWIN/pciback/state")" = claimed ]
	[ "$(<"$DEVICES/$TWIN/pciback/last_reset")" = ok ]
	# pm_test stays asleep for 5 s.
	[ "$took" -ge 5000 ]
	give_back "$TWIN"
}

# What an ending reset leaves to be done later must not find a device that is gone.
goes_in_reset() {
	local idle=/sys/module/pciback_ng/parameters/idle_d3 i

	echo 1 >"$idle"
	mock "$TWIN" flr-ms 200
	for i in 1 2 3 4 5 6 7 8; do
		take "$TWIN"
		echo 1 >"$DEVICES/$TWIN/pciback/reset" &
		wait_for 5 grep -q resetting "$DEVICES/$TWIN/pciback/state"
		give_back "$TWIN"
		wait
	done
	mock "$TWIN" flr-ms 0
	sleep 3
	driver_is "$TWIN" mocknet
	echo 30 >"$idle"
}

cycles() {
	local i

	for ((i = 0; i < $1; i++)); do
		take 1001:00:00.0
		give_back 1001:00:00.0
	done
}

no_leak() {
	cycles 2
	leak_before
	cycles 50
	leak_after 40
}

unload() {
	show rmmod pciback-ng
	[ ! -e "$PCIBACK" ]
}

bus_goes() {
	show rmmod mockpf
	show rmmod mockpci
	[ "$(count 1000)" -eq 0 ]
	kernel_log_clean
}

ktap_plan 24
kernel_log_start
ktap_need "316 functions appear, their drivers probe them" bus
ktap_test "two cards are twins" twins
ktap_test "an FLR wipes what firmware had set" flr
ktap_test "an FLR can be slow" slow_flr
ktap_test "an FLR can be ignored" ignored_flr
ktap_test "resets by power management and by the bridge" other_resets
ktap_test "VFs come and go with sriov_numvfs" sriov
ktap_test "MSI arrives at the driver" interrupts
ktap_test "a BAR has memory behind it" bar_memory
ktap_test "a function can read as all-ones" all_ones
ktap_test "functions are plugged in and pulled" plugging
ktap_need "pciback-ng loads" load
ktap_test "a claimed function is reset, quiet and alone" claim
ktap_test "functions of every kind are claimed and given back" every_kind
ktap_test "a claimed VF goes with its PF" vf
ktap_test "a claimed VF goes with a PF that is pulled (case K18)" vf_of_pulled
ktap_test "a claimed function is pulled" pulled
ktap_test "a claim waits for a slow FLR" slow_claim
ktap_test "a dead function keeps nobody waiting" dead
ktap_test "the host sleeps in the middle of a reset: nothing is quarantined (case K24)" sleeps_in_reset
ktap_test "unbound in the middle of a reset, eight times (case K9)" goes_in_reset
ktap_test "50 times claimed and given back: nothing leaks" no_leak
ktap_test "pciback-ng unloads" unload
ktap_resume
ktap_test "the bus goes, the kernel log is clean" bus_goes
ktap_finish
