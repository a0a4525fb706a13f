#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The same things very often, and things that happen at once.  Runs in a test machine
# (tools/testing/vm/run.sh native) or on any host where the fixtures are installed; no
# hardware is touched.
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

PCIBACK=/sys/bus/pci/drivers/pciback
DEVICES=/sys/bus/pci/devices
LOADS=${LOADS:-100}
HIDES=${HIDES:-1000}
RACE=${RACE:-8}	# seconds that a race lasts
PF=1000:01:00.0
CARD=1000:03:00.0
EMPTY=1000:05:00.0
PLAIN=1001:00:00.0	# has no driver and no reset, so that much happens in a second
SOCKET=1001:00:08.0	# another one, for hot-plug

start() {
	mock_bus functions=16
	show modprobe mockpf
	driver_is "$CARD" mocknet
}

# Two plain functions, and one that has to go back to its driver.
loads() {
	local i

	for ((i = 0; i < $1; i++)); do
		modprobe pciback-ng "hide=(1001:00:00.0,1)($CARD)"
		driver_is "$PLAIN" pciback
		driver_is "$CARD" pciback
		rmmod pciback-ng
		driver_is "$CARD" mocknet
	done
}

load_unload() {
	local orphans

	loads 3
	orphans=$(leak_orphans)
	leak_before
	loads "$LOADS"
	leak_after $((LOADS * 4 / 5))
	echo "orphans: $orphans before, $(leak_orphans) after"
	[ "$(leak_orphans)" -eq "$orphans" ]
}

hides() {
	local i

	for ((i = 0; i < $1; i++)); do
		echo "$PLAIN" >"$PCIBACK/hide"
		echo "$PLAIN" >"$PCIBACK/unhide"
	done
}

hide_unhide() {
	show modprobe pciback-ng
	hides 5
	leak_before
	hides "$HIDES"
	leak_after $((HIDES * 4 / 5)) pciback_ng
	no_driver "$PLAIN"
	[ -z "$(<"$PCIBACK/slots")" ]
}

# for_a_while COMMAND...: again and again; what it says and whether it succeeds is of no
# interest, that it ends is. Prints how often.
for_a_while() {
	local count=0 end=$((SECONDS + RACE))

	while [ "$SECONDS" -lt "$end" ]; do
		"$@" >/dev/null 2>&1 || :
		count=$((count + 1))
	done
	echo "$count times: $*"
}

plug_unplug() {
	mock "$1" plug "$3"
	mock "$1" "$2"
}

hide_one() {
	echo "$1" >"$PCIBACK/hide"
	echo "$1" >"$PCIBACK/unhide"
}

# race COMMAND -- COMMAND [-- COMMAND]: side by side; all have to come to their end.
race() {
	local pids='' command=() word pid

	for word in "$@" --; do
		if [ "$word" != -- ]; then
			command+=("$word")
			continue
		fi
		for_a_while "${command[@]}" &
		pids="$pids $!"
		command=()
	done
	for pid in $pids; do
		wait "$pid"
	done
}

# After a race: nothing is claimed, and what is plugged in goes to its driver.
quiet() {
	echo "$EMPTY" >"$PCIBACK/unhide" || :
	mock "$EMPTY" unplug || :
	[ -z "$(<"$PCIBACK/slots")" ]
	[ -z "$(<"$PCIBACK/rules")" ]
	mock "$EMPTY" plug
	driver_is "$EMPTY" mocknet
	mock "$EMPTY" unplug
}

# The last one is an endpoint with an FLR. When it is pulled in the middle of that, Linux
# 6.1 waits 70 s for it, marked or not, and another 70 s in the bus reset that it tries
# then; later ones do so for those that are not marked. Whoever pulls it waits as well,
# which the kernel calls hung after two minutes.
hotplug_race() {
	echo 300 >/proc/sys/kernel/hung_task_timeout_secs
	leak_before
	race plug_unplug "$SOCKET" unplug plain -- hide_one "$SOCKET"
	race plug_unplug "$SOCKET" unplug-unmarked plain -- hide_one "$SOCKET"
	echo "$SOCKET" >"$PCIBACK/unhide" || :
	race plug_unplug "$EMPTY" unplug endpoint -- hide_one "$EMPTY"
	quiet
	plug_unplug "$SOCKET" unplug plain
	leak_after 50 pciback_ng
}

# A rule is there all the time: whatever is plugged in is ours, the host's driver never
# sees it.
hotplug_hidden() {
	local before

	echo "$EMPTY" >"$PCIBACK/hide"
	before=$(mock_host probes)
	race plug_unplug "$EMPTY" unplug endpoint -- cat "$PCIBACK/slots" "$PCIBACK/rules"
	[ "$(mock_host probes)" -eq "$before" ]
	quiet
}

vfs() {
	echo "$1" >"$DEVICES/$PF/sriov_numvfs"
	echo 0 >"$DEVICES/$PF/sriov_numvfs"
}

vf_race() {
	race vfs 4 -- hide_one 1000:01:10.1 -- hide_one "vfs-of=$PF"
	echo 0 >"$DEVICES/$PF/sriov_numvfs"
	quiet
}

# The in-tree driver looks for a leaving PF's VFs in a list, and goes on with one that it
# holds no reference to.
pf_leaves() {
	echo 4 >"$DEVICES/$PF/sriov_numvfs"
	echo "$PF" >/sys/bus/pci/drivers/mockpf/unbind
	echo "$PF" >/sys/bus/pci/drivers/mockpf/bind
	echo 0 >"$DEVICES/$PF/sriov_numvfs"
}

pf_race() {
	race pf_leaves -- hide_one "vfs-of=$PF" -- bind_unbind 1000:01:10.1
	driver_is "$PF" mockpf || echo "$PF" >/sys/bus/pci/drivers/mockpf/bind
	echo 0 >"$DEVICES/$PF/sriov_numvfs"
	echo "vfs-of=$PF" >"$PCIBACK/unhide" || :
	[ ! -e "$DEVICES/1000:01:10.1" ]
	quiet
}

# Two administrators, one device, and one who looks. What they leave is as it was.
same_device() {
	race hide_one "$PLAIN" -- hide_one "$PLAIN" -- cat "$DEVICES/$PLAIN/pciback/state"
	race hide_one "$CARD" -- hide_one "$CARD"
	cat "$PCIBACK/rules"
	no_driver "$PLAIN"
	driver_is "$CARD" mocknet
	for device in "$PLAIN" "$CARD"; do
		[ "$(<"$DEVICES/$device/driver_override")" = '(null)' ]
	done
	quiet
}

bind_unbind() {
	echo "$1" >"$PCIBACK/bind"
	echo "$1" >"$PCIBACK/unbind"
}

old_ways() {
	race hide_one "$CARD" -- bind_unbind "$CARD"
	echo "$CARD" >"$PCIBACK/unhide" || :
	driver_is "$CARD" mocknet || echo "$CARD" >/sys/bus/pci/drivers_probe
	driver_is "$CARD" mocknet
	quiet
}

unload() {
	show rmmod pciback-ng
	show rmmod mockpf
	show rmmod mockpci
}

ktap_plan 11
kernel_log_start
dmesg -n 1
ktap_need "the bus and its drivers load" start
ktap_test "$LOADS times loaded with devices and unloaded: nothing leaks" load_unload
ktap_need "$HIDES times hidden and given back: nothing leaks" hide_unhide
ktap_test "cards come and go while they are hidden and unhidden" hotplug_race
ktap_test "cards come and go under a rule: the host's driver sees none" hotplug_hidden
ktap_test "VFs come and go while they are hidden and unhidden" vf_race
ktap_test "craft_find_vfs: a PF loses its driver while its VFs come and go" pf_race
ktap_test "two hide and unhide the same device" same_device
ktap_test "hide and unhide against bind and unbind" old_ways
ktap_test "all unloads" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
