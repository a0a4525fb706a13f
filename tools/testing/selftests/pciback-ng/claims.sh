#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Taking devices from the host and giving them back, without any guest: rules, the
# drivers pciback and pci-stub, sleep and suspend, what sysfs and traces say of it.
# Runs in a test machine (tools/testing/vm/run.sh native) or on any host with NIC_A,
# NIC_B (two cards of the same kind), MULTI, SRIOV and PING set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/abi.sh
. ../passthrough-lib/abi.sh

for name in NIC_A NIC_B MULTI SRIOV PING; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver does not load without Xen"
ktap_require_commands python3
ktap_require_modules pciback-ng pci-stub vfio-pci igb

DRIVERS=/sys/bus/pci/drivers
PCIBACK=$DRIVERS/pciback
DEVICES=/sys/bus/pci/devices
TRACING=/sys/kernel/tracing

hide() {
	show sh -c "echo '$1' >$PCIBACK/hide"
}

unhide() {
	show sh -c "echo '$1' >$PCIBACK/unhide"
}

# says BDF FILE TEXT
says() {
	local text

	text=$(<"$DEVICES/$1/pciback/$2")
	echo "$1 $2: $text"
	[ "$text" = "$3" ]
}

# What the driver core prints for no override.
override_is() {
	[ "$(<"$DEVICES/$1/driver_override")" = "$2" ]
}

works() {
	driver_is "$1" e1000e
	dom0_net "$1"
	show ping -c 2 -W 2 -I "$(net_of "$1")" "$PING"
	ip link set "$(net_of "$1")" down
}

load() {
	show modprobe pciback-ng "$@"
	[ -d "$PCIBACK" ]
}

hide_and_unhide() {
	hide "$NIC_A"
	driver_is "$NIC_A" pciback
	says "$NIC_A" state claimed
	says "$NIC_A" owner none
	says "$NIC_A" rule "$NIC_A"
	hide "$NIC_A"
	unhide "$NIC_A"
	override_is "$NIC_A" '(null)'
	not unhide "$NIC_A"
	works "$NIC_A"
}

# Whose two cards are the same in everything but the place.
one_of_twins() {
	[ "$(<"$DEVICES/$NIC_A/device")" = "$(<"$DEVICES/$NIC_B/device")" ]
	hide "$NIC_B"
	driver_is "$NIC_B" pciback
	driver_is "$NIC_A" e1000e
	unhide "$NIC_B"
	driver_is "$NIC_B" e1000e
}

# The folder of the root port, and what is behind it.
by_path() {
	local up path

	up=$(basename "$(dirname "$(realpath "$DEVICES/$NIC_B")")")
	path="$up/${NIC_B##*:}"
	hide "$path"
	driver_is "$NIC_B" pciback
	says "$NIC_B" rule "$path"
	grep -x "$path" "$PCIBACK/rules"
	not grep . "$PCIBACK/slots"
	unhide "$path"
	driver_is "$NIC_B" e1000e
}

# All cards of the kind go, but for the one whose own rule is more specific.
by_ids() {
	local ids

	ids="$(cut -c3- "$DEVICES/$NIC_A/vendor"):$(cut -c3- "$DEVICES/$NIC_A/device")"
	hide "$NIC_A"
	hide "$ids,policy=permissive"
	driver_is "$NIC_B" pciback
	driver_is "$MULTI.0" pciback
	says "$NIC_B" rule "$ids,policy=permissive"
	says "$NIC_B" policy permissive
	says "$NIC_A" policy strict
	unhide "$ids"
	driver_is "$NIC_B" e1000e
	driver_is "$MULTI.1" e1000e
	driver_is "$NIC_A" pciback
	unhide "$NIC_A"
	driver_is "$NIC_A" e1000e
}

functions_of_one_card() {
	hide "$MULTI.0,1@7"
	driver_is "$MULTI.0" pciback
	driver_is "$MULTI.1" pciback
	says "$MULTI.1" rule "$MULTI.1@7"
	unhide "$MULTI.1"
	driver_is "$MULTI.1" e1000e
	driver_is "$MULTI.0" pciback
	unhide "$MULTI.*"
	driver_is "$MULTI.0" e1000e
}

# As the in-tree driver: new_slot leaves the device where it is, and whoever binds by hand
# has it; then any driver may be asked, and ours knows the rule.
new_slot_waits() {
	show sh -c "echo $NIC_A >$PCIBACK/new_slot"
	driver_is "$NIC_A" e1000e
	override_is "$NIC_A" '(null)'
	echo "$NIC_A" >"$DRIVERS/e1000e/unbind"
	echo "$NIC_A" >"$DRIVERS/e1000e/bind"
	driver_is "$NIC_A" e1000e
	echo "$NIC_A" >"$DRIVERS/e1000e/unbind"
	echo "$NIC_A" >"$PCIBACK/bind"
	driver_is "$NIC_A" pciback
	override_is "$NIC_A" '(null)'
	show sh -c "echo $NIC_A >$PCIBACK/remove_slot"
	driver_is "$NIC_A" pciback
	echo "$NIC_A" >"$PCIBACK/unbind"
	not sh -c "echo $NIC_A >$PCIBACK/bind"
	echo "$NIC_A" >"$DRIVERS/e1000e/bind"
	driver_is "$NIC_A" e1000e
}

# Ours wins the race to our driver and is gone when that is bound.
keeps_override() {
	echo e1000e >"$DEVICES/$NIC_A/driver_override"
	hide "$NIC_A"
	driver_is "$NIC_A" pciback
	override_is "$NIC_A" e1000e
	unhide "$NIC_A"
	override_is "$NIC_A" e1000e
	driver_is "$NIC_A" e1000e
	echo >"$DEVICES/$NIC_A/driver_override"
}

bad_rules() {
	local text

	kernel_log_note "bad rules"
	for text in zz "8086:10c" "class=12345" "vfs-of=01:00" "05:00.0@20" "05:00.0;policy=lax"; do
		not sh -c "echo '$text' >$PCIBACK/hide"
	done
	not grep . "$PCIBACK/rules"
	kernel_log_since | sed '1,/bad rules/d' | grep 'hide: ' >"$KTAP_DIR/lines"
	cat "$KTAP_DIR/lines"
	[ "$(grep -c 'position [0-9]*, e\.g\. ' "$KTAP_DIR/lines")" -eq 6 ]
}

# said MARK TEXT: behind the mark in the kernel log.
said() {
	kernel_log_since | sed "1,/$1/d" >"$KTAP_DIR/lines"
	grep -F "$2" "$KTAP_DIR/lines" || {
		cat "$KTAP_DIR/lines"
		return 1
	}
}

ids_of() {
	echo "$(cut -c3- "$DEVICES/$1/vendor"):$(cut -c3- "$DEVICES/$1/device")"
}

# Whatever the order: out of a rule that is there, and out of one that comes.
all_but_one() {
	local ids

	ids=$(ids_of "$NIC_A")
	hide "$ids"
	driver_is "$NIC_A" pciback
	driver_is "$NIC_B" pciback
	hide "!$NIC_A"
	driver_is "$NIC_A" e1000e
	driver_is "$NIC_B" pciback
	grep -x "!$NIC_A" "$PCIBACK/rules"
	unhide "$ids"
	driver_is "$NIC_B" e1000e
	hide "$ids,policy=standard"
	works "$NIC_A"
	says "$NIC_B" policy standard
	show sh -c "echo $NIC_A >$DRIVERS/e1000e/unbind"
	show sh -c "echo $NIC_A >$DRIVERS/e1000e/bind"
	driver_is "$NIC_A" e1000e
	unhide "!$NIC_A"
	driver_is "$NIC_A" pciback
	unhide "$ids"
	works "$NIC_A"
	not grep . "$PCIBACK/rules"
}

# The message has the rule that holds the card, and the line that lets it go.
wider_rule() {
	local ids line file

	ids=$(ids_of "$NIC_B")
	hide "$ids"
	for file in unhide remove_slot; do
		kernel_log_note "wider $file"
		not sh -c "echo $NIC_B >$PCIBACK/$file"
		driver_is "$NIC_B" pciback
		said "wider $file" "$file: $NIC_B has no rule of its own, rule $ids covers it"
	done
	line=$(grep -o "echo '!.*" "$KTAP_DIR/lines")
	show sh -c "$line"
	driver_is "$NIC_B" e1000e
	driver_is "$NIC_A" pciback
	unhide "!$NIC_B"
	unhide "$ids"
	works "$NIC_B"
}

lists() {
	local both

	both="$NIC_A, '($NIC_B,POLICY=Standard)' ,"
	hide "(${NIC_A^^}) (${NIC_B#0000:},policy=standard);"
	driver_is "$NIC_A" pciback
	says "$NIC_B" policy standard
	unhide "$NIC_A,$NIC_B"
	driver_is "$NIC_A" e1000e
	driver_is "$NIC_B" e1000e
	echo "$both" >"$PCIBACK/hide"
	driver_is "$NIC_A" pciback
	says "$NIC_B" policy standard
	unhide "$NIC_A $NIC_B"
	kernel_log_note "one mistake"
	not hide "$NIC_A,$NIC_B,02:00.8"
	said "one mistake" 'expected a function number 0 to 7 at position'
	driver_is "$NIC_A" e1000e
	not grep . "$PCIBACK/rules"
}

# As it arrives from a boot loader that knows no parentheses, from a shell, from modprobe.d.
load_lists() {
	local ids

	ids=$(ids_of "$NIC_A")
	show rmmod pciback-ng
	kernel_log_note "lists at load"
	load "hide=$ids,policy=standard,!$NIC_A,zz,0000:7e:00.0"
	driver_is "$NIC_A" e1000e
	says "$NIC_B" policy standard
	said "lists at load" 'hide=: entry 3 "zz": expected an address'
	said "lists at load" 'hide=: 0000:7e:00.0: no such device yet: the rule waits for it'
	show rmmod pciback-ng
	driver_is "$NIC_B" e1000e
	kernel_log_note "cut lists"
	load "hide='($NIC_A,policy=permissive)($NIC_B" "reset_quirks=\"'$ids no-pm, $ids zz'\""
	says "$NIC_A" policy permissive
	driver_is "$NIC_B" e1000e
	said "cut lists" "no ')' closes this entry"
	said "cut lists" 'no second quote'
	said "cut lists" 'reset_quirks=: entry 2'
	grep -x "$ids no-pm" "$PCIBACK/reset_quirks"
	show rmmod pciback-ng
	load
}

waits() {
	local file

	for file in hide new_slot; do
		kernel_log_note "waits $file"
		show sh -c "echo 7e:00.0 >$PCIBACK/$file"
		said "waits $file" "$file: 0000:7e:00.0: no such device yet: the rule waits for it"
		show sh -c "echo 7e:00.0 >$PCIBACK/remove_slot"
		kernel_log_note "no VFs $file"
		not sh -c "echo vfs-of=$NIC_A >$PCIBACK/$file"
		said "no VFs $file" "$file: vfs-of=$NIC_A: this device has no SR-IOV"
	done
	not grep . "$PCIBACK/rules"
}

numbers() {
	local parameters=/sys/module/pciback_ng/parameters name text

	for name in reset_timeout=0 reset_timeout=-5 reset_timeout=3601 idle_d3=86401 idle_d3=x \
		aer_timeout=61 root_port_mask=4 permissive=maybe; do
		kernel_log_note "number $name"
		text=$(<"$parameters/${name%=*}")
		not sh -c "echo ${name#*=} >$parameters/${name%=*}"
		said "number $name" "pciback_ng: $name: expected "
		[ "$(<"$parameters/${name%=*}")" = "$text" ]
	done
	show rmmod pciback-ng
	not modprobe pciback-ng reset_timeout=-5
	load
}

# 13 buses of 256 addresses: the in-tree driver shows 315 of them.
many_slots() {
	local bus

	for bus in 80 81 82 83 84 85 86 87 88 89 8a 8b 8c; do
		echo "$bus:*.*" >"$PCIBACK/new_slot"
	done
	cat "$PCIBACK/slots" >"$KTAP_DIR/slots"
	[ "$(wc -l <"$KTAP_DIR/slots")" -eq 3328 ]
	sort -uc "$KTAP_DIR/slots"
	[ "$(dd "if=$PCIBACK/slots" bs=7 status=none)" = "$(<"$KTAP_DIR/slots")" ]
	for bus in 80 81 82 83 84 85 86 87 88 89 8a 8b 8c; do
		echo "$bus:*.*" >"$PCIBACK/remove_slot"
	done
	not grep . "$PCIBACK/slots"
}

# The driver pci-stub

stub_new_id() {
	local ids

	ids="$(<"$DEVICES/$NIC_A/vendor") $(<"$DEVICES/$NIC_A/device")"
	echo "$NIC_A" >"$DRIVERS/e1000e/unbind"
	show sh -c "echo $ids >$DRIVERS/pci-stub/new_id"
	driver_is "$NIC_A" pci-stub
	driver_is "$NIC_B" e1000e
	says "$NIC_A" state claimed
	show sh -c "echo $ids >$DRIVERS/pci-stub/remove_id"
	show sh -c "echo $NIC_A >$DRIVERS/pci-stub/unbind"
	echo "$NIC_A" >"$DRIVERS/e1000e/bind"
	works "$NIC_A"
}

# As pci-stub.ids= on a kernel command line: who has a driver keeps it.
stub_ids() {
	show rmmod pciback-ng
	echo "$NIC_B" >"$DRIVERS/e1000e/unbind"
	show modprobe pci-stub "ids=8086:10d3,8086:zz,1234:5678:9abc:def0"
	driver_is "$NIC_B" pci-stub
	driver_is "$NIC_A" e1000e
	kernel_log_since | grep 'pci-stub.ids=: entry 2'
	grep -x "8086:10d3 pci-stub" "$PCIBACK/rules"
	show rmmod pci-stub
	no_driver "$NIC_B"
	not grep pci-stub "$PCIBACK/rules"
	show rmmod pciback-ng
	no_driver "$NIC_B"
	echo "$NIC_B" >"$DRIVERS/e1000e/bind"
}

in_tree_stub() {
	local old

	for old in "/lib/modules/$(uname -r)"/kernel/drivers/pci/pci-stub.ko*; do :; done
	[ -f "$old" ] || ktap_skip_this "this kernel has no pci-stub"
	show insmod "$old"
	kernel_log_note "beside pci-stub"
	echo "$NIC_B" >"$DRIVERS/e1000e/unbind"
	load "ids=8086:10d3"
	kernel_log_since | sed '1,/beside pci-stub/d' | grep ' ids=: the in-tree pci-stub was there first and has these devices'
	driver_is "$NIC_A" e1000e
	driver_is "$NIC_B" pci-stub
	override_is "$NIC_B" '(null)'
	not grep . "$PCIBACK/rules"
	show rmmod pciback-ng
	driver_is "$NIC_B" pci-stub
	show rmmod pci-stub
	echo "$NIC_B" >"$DRIVERS/e1000e/bind"
	load
}

# Two devices of one IOMMU group, one parked with us and one for a guest.
vfio_group() {
	local other driver

	[ -e "$DEVICES/$MULTI.0/iommu_group" ] || ktap_skip_this "no IOMMU"
	[ "$(readlink "$DEVICES/$MULTI.0/iommu_group")" = "$(readlink "$DEVICES/$MULTI.1/iommu_group")" ] ||
		ktap_skip_this "the functions of $MULTI have a group each"
	show modprobe vfio-pci
	other=$MULTI.1
	echo vfio-pci >"$DEVICES/$other/driver_override"
	echo "$other" >"$DRIVERS/e1000e/unbind"
	echo "$other" >/sys/bus/pci/drivers_probe
	driver_is "$other" vfio-pci
	# The control: with its network driver on the other one it is not.
	not show ../passthrough-lib/vfio_group.py "$other"
	for driver in pciback pci-stub; do
		echo "$MULTI.0" >"$DEVICES/$MULTI.0/driver/unbind"
		echo "$driver" >"$DEVICES/$MULTI.0/driver_override"
		echo "$MULTI.0" >/sys/bus/pci/drivers_probe
		driver_is "$MULTI.0" "$driver"
		show ../passthrough-lib/vfio_group.py "$other"
	done
	echo >"$DEVICES/$MULTI.0/driver_override"
	echo >"$DEVICES/$other/driver_override"
	for other in "$MULTI.0" "$MULTI.1"; do
		echo "$other" >"$DEVICES/$other/driver/unbind"
		echo "$other" >/sys/bus/pci/drivers_probe
		driver_is "$other" e1000e
	done
}

# Sleep

power_is() {
	[ "$(<"$DEVICES/$1/power_state")" = "$2" ]
}

sleeps() {
	echo 1 >/sys/module/pciback_ng/parameters/idle_d3
	hide "$NIC_A"
	power_is "$NIC_A" D0
	wait_for 10 power_is "$NIC_A" D3hot
	show sh -c "echo $NIC_A >$PCIBACK/do_flr"
	power_is "$NIC_A" D0
	says "$NIC_A" last_reset ok
	wait_for 10 power_is "$NIC_A" D3hot
	unhide "$NIC_A"
	echo 30 >/sys/module/pciback_ng/parameters/idle_d3
	works "$NIC_A"
}

awake_in_use() {	# by a device model of which no back-end has heard
	echo 1 >/sys/module/pciback_ng/parameters/idle_d3
	hide "$NIC_A"
	setpci -s "$NIC_A" COMMAND=4:4
	sleep 4
	power_is "$NIC_A" D0
	setpci -s "$NIC_A" COMMAND=0:4
	wait_for 10 power_is "$NIC_A" D3hot
	echo 30 >/sys/module/pciback_ng/parameters/idle_d3
	unhide "$NIC_A"
}

# All of a suspend but the last step, which no emulated machine wakes up from alone.
suspends() {
	[ -e /sys/power/pm_test ] || ktap_skip_this "this kernel has no /sys/power/pm_test"
	hide "$NIC_A"
	hide "$NIC_B"
	echo 1 >/sys/module/pciback_ng/parameters/idle_d3
	show sh -c "echo $NIC_B >$PCIBACK/do_flr"
	wait_for 10 power_is "$NIC_B" D3hot
	echo platform >/sys/power/pm_test
	show sh -c "echo freeze >/sys/power/state"
	echo none >/sys/power/pm_test
	driver_is "$NIC_A" pciback
	says "$NIC_A" state claimed
	wait_for 10 power_is "$NIC_B" D3hot
	echo 30 >/sys/module/pciback_ng/parameters/idle_d3
	unhide "$NIC_A"
	unhide "$NIC_B"
	works "$NIC_A"
	works "$NIC_B"
}

# VFs

vf() {
	basename "$(readlink "$DEVICES/$SRIOV/virtfn$1")"
}

pf_goes() {
	local vfs

	modprobe igb
	wait_for 5 driver_is "$SRIOV" igb
	hide "vfs-of=$SRIOV"
	echo 2 >"$DEVICES/$SRIOV/sriov_numvfs"
	vfs="$(vf 0) $(vf 1)"
	for v in $vfs; do
		driver_is "$v" pciback
		says "$v" rule "vfs-of=$SRIOV"
	done
	# Nobody has them: their number can be changed.
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	for v in $vfs; do [ ! -e "$DEVICES/$v" ]; done
	echo 2 >"$DEVICES/$SRIOV/sriov_numvfs"
	show sh -c "echo $SRIOV >$DRIVERS/igb/unbind"
	for v in $vfs; do [ ! -e "$DEVICES/$v" ]; done
	echo "$SRIOV" >"$DRIVERS/igb/bind"
	driver_is "$SRIOV" igb
	unhide "vfs-of=$SRIOV"
}

# As xl does it, where the PF keeps its VFs from all drivers.
no_autoprobe() {
	local vf

	echo 0 >"$DEVICES/$SRIOV/sriov_drivers_autoprobe"
	echo 1 >"$DEVICES/$SRIOV/sriov_numvfs"
	vf=$(vf 0)
	no_driver "$vf"
	echo "$vf" >"$PCIBACK/new_slot"
	show sh -c "echo $vf >$PCIBACK/bind"
	driver_is "$vf" pciback
	override_is "$vf" '(null)'
	echo "$vf" >"$PCIBACK/unbind"
	echo "$vf" >"$PCIBACK/remove_slot"
	override_is "$vf" '(null)'
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	echo 1 >"$DEVICES/$SRIOV/sriov_drivers_autoprobe"
}

# What is told

tells() {
	[ -e "$TRACING/trace" ] || mount -t tracefs tracefs "$TRACING"
	echo >"$TRACING/trace"
	echo 1 >"$TRACING/events/pciback_ng/enable"
	udevadm monitor --kernel --property >"$KTAP_DIR/uevents" 2>/dev/null &
	wait_for 5 grep -q KERNEL "$KTAP_DIR/uevents"
	hide "$NIC_A"
	unhide "$NIC_A"
	wait_for 5 grep -q PCIBACK_STATE=gone "$KTAP_DIR/uevents"
	kill $!
	echo 0 >"$TRACING/events/pciback_ng/enable"
	grep -o 'pbng_.*' "$TRACING/trace" | tee "$KTAP_DIR/trace"
	grep PCIBACK_ "$KTAP_DIR/uevents"
	[ "$(grep -o 'pbng_state.*' "$KTAP_DIR/trace" | cut -d' ' -f3-5 | tr '\n' ,)" = \
	  "free -> resetting,resetting -> claimed,claimed -> gone," ]
	grep "pbng_hide: $NIC_A driver=pciback" "$KTAP_DIR/trace"
	grep "pbng_reset: $NIC_A err=0" "$KTAP_DIR/trace"
	[ "$(grep PCIBACK_ "$KTAP_DIR/uevents" | tr '\n' ,)" = "PCIBACK_STATE=claimed,PCIBACK_STATE=gone," ]
}

documented() {
	hide "$NIC_A"
	abi_live "$NIC_A" "$PCIBACK" "$DEVICES/$NIC_A/pciback" \
		/sys/module/pciback_ng/parameters >"$KTAP_DIR/live"
	unhide "$NIC_A"
	[ "$(wc -l <"$KTAP_DIR/live")" -gt 20 ]
	abi_agrees sysfs-driver-pciback "$KTAP_DIR/live"
}

unload() {
	hide "$NIC_A"
	hide "$MULTI.*"
	show rmmod pciback-ng
	[ ! -e "$PCIBACK" ]
	override_is "$NIC_A" '(null)'
	driver_is "$MULTI.0" e1000e
	works "$NIC_A"
}

ktap_plan 29
kernel_log_start
ktap_need "pciback-ng loads without Xen" load
ktap_test "hide takes a card from its driver, unhide gives it back, and it works" hide_and_unhide
ktap_test "of two identical cards exactly the one that is meant" one_of_twins
ktap_test "a rule by path" by_path
ktap_test "a rule by ids, with a policy; the more specific rule counts" by_ids
ktap_test "functions of one card as a list, with a slot" functions_of_one_card
ktap_test "new_slot takes nothing, and stands in no one's way" new_slot_waits
ktap_test "an administrator's driver_override stays (case D1)" keeps_override
ktap_test "a bad rule is named with its position and changes nothing" bad_rules
ktap_test "a rule for all but one, in any order (case D2)" all_but_one
ktap_test "unhide names the rule that covers a card, and the cure (case D2)" wider_rule
ktap_test "lists with commas, quotes, capitals; a mistake in one means none (case N4)" lists
ktap_test "lists at load, whole and cut (case D6)" load_lists
ktap_test "a rule without a device waits, one without VFs is refused (case S1)" waits
ktap_test "numbers out of range are refused and named (case S1)" numbers
ktap_test "slots lists 3,328 addresses, whole and in order" many_slots
ktap_test "the driver pci-stub takes a card by new_id" stub_new_id
ktap_test "modprobe pci-stub ids= takes a card that has no driver" stub_ids
ktap_test "beside the in-tree pci-stub that one has the cards of ids=, and the log says so (case D11)" in_tree_stub
ktap_test "a VFIO group is viable with one of its devices here" vfio_group
ktap_test "a card that nobody has sleeps in D3hot, and wakes" sleeps
ktap_test "one that is used by somebody unknown does not (case K13)" awake_in_use
ktap_test "the host is suspended and resumed" suspends
ktap_test "VFs are claimed at birth, and go with their PF" pf_goes
ktap_test "a VF is bound that its PF keeps from drivers (sriov_drivers_autoprobe)" no_autoprobe
ktap_test "tracepoints and uevents tell it in order" tells
ktap_test "each file in sysfs is documented, with its access, and no other" documented
ktap_test "rmmod gives everything back" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
