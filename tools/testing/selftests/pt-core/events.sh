#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What programs learn of devices that come, go, move, are reset: a scripted session,
# watched by the netlink client of the kernel's tree, has to give the log that is kept in
# events.log beside this file.  Runs in a test machine (tools/testing/vm/run.sh native).
#
# vm: the YNL client
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/monitor.sh
. ../passthrough-lib/monitor.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/renumber.sh
. ../passthrough-lib/renumber.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/genl.sh
. ../passthrough-lib/genl.sh

for name in PORT_A PORT_B PLUG_A PLUG_B NIC_A NIC_B; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree drivers tell nobody"
YNL=${YNL-/run/payload/ynl}
[ -d "$YNL" ] || ktap_skip_all "no kernel's tools/net/ynl in \$YNL, with pt_core.yaml beside it"
monitor_open
ktap_require_commands python3 setpriv
ktap_require_modules pt-core pciback-ng igb

PCIBACK=/sys/bus/pci/drivers/pciback
GENERATION=/sys/kernel/pt_core/generation
LOG=$KTAP_DIR/log UEVENTS=$KTAP_DIR/uevents
MAC=mac=52:54:00:00:00		# an e1000e's serial number is made of it

pt_core() {
	python3 ../passthrough-lib/pt_core.py "$YNL" "$@"
}

# in_background FILE WHAT: until it listens; its process id is in FILE.pid.
in_background() {
	local file=$1

	shift
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$file"
	python3 ../passthrough-lib/pt_core.py "$YNL" "$@" >"$file" 2>&1 7<&- &
	echo $! >"$file.pid"
	wait_for 20 grep -qs listening "$file"
}

# Its last event is the last that there was.
heard_all() {
	[ "$(($(tail -n 1 "$LOG" | cut -d' ' -f1) + $(<"$KTAP_DIR/start") + 1))" = "$(<"$GENERATION")" ]
}

rule() {
	show sh -c "echo '$2' >$PCIBACK/$1"
}

claimed() {
	[ "$(<"/sys/bus/pci/devices/$1/pciback/state")" = claimed ]
}

setup() {
	show modprobe igb
	show modprobe pciback-ng
	cat "$GENERATION" >"$KTAP_DIR/start"
	in_background "$LOG" listen
	in_background "$UEVENTS" uevents
}

device_dump() {
	pt_core devices >"$KTAP_DIR/devices"
	cat "$KTAP_DIR/devices"
	printf '%s\n' /sys/bus/pci/devices/* >"$KTAP_DIR/there"
	[ "$(wc -l <"$KTAP_DIR/devices")" -eq "$(wc -l <"$KTAP_DIR/there")" ]
	grep -qE "^bdf=$NIC_A path=$(port_of "$NIC_A")/00\.0 vendor=0x8086 device=0x10d3 .* serial=0x525400[0-9a-f]+ present=True\$" \
		"$KTAP_DIR/devices"
}

guard_dump() {
	pt_core guards
}

# What has no meaning yet is refused, not ignored.
strict() {
	not pt_core request device-get bdf >"$KTAP_DIR/said" 2>&1
	cat "$KTAP_DIR/said"
	grep -q 'Invalid argument' "$KTAP_DIR/said"
	not pt_core request guard-get bdf
}

root_only() {
	not setpriv --reuid=65534 --clear-groups python3 ../passthrough-lib/pt_core.py "$YNL" devices \
		>"$KTAP_DIR/said" 2>&1
	cat "$KTAP_DIR/said"
	grep -q 'Operation not permitted' "$KTAP_DIR/said"
}

# Who may not read the extended configuration space learns no serial number here either.
serial_numbers() {
	with net_admin python3 ../passthrough-lib/pt_core.py "$YNL" devices >"$KTAP_DIR/devices"
	grep -q "^bdf=$NIC_A .*present=True" "$KTAP_DIR/devices"
	not grep serial= "$KTAP_DIR/devices"
}

pollable() {
	in_background "$KTAP_DIR/poll" poll 20
	nic p A 01
	wait "$(<"$KTAP_DIR/poll.pid")"
	cat "$KTAP_DIR/poll"
	[ "$(tail -n 1 "$KTAP_DIR/poll")" -gt "$(<"$KTAP_DIR/start")" ]
	unplug p "$PLUG_A"
}

# nic ID A|B LAST: the last byte of its address tells one from the other.
nic() {
	local port=PORT_$2 plug=PLUG_$2

	plug "$1" "${!plug}" "e1000e,romfile=,bus=${!port},$MAC:$3"
}

# Two with the same serial number; a card that comes back; another in its place, and the
# first in another place; another kind.
hotplug() {
	nic a A 0a
	nic twin B 0a
	unplug twin "$PLUG_B"
	unplug a "$PLUG_A"
	nic b A 0b
	unplug b "$PLUG_A"
	nic b A 0b
	unplug b "$PLUG_A"
	nic c A 0c
	nic b B 0b
	unplug c "$PLUG_A"
	plug d "$PLUG_A" "igb,romfile=,bus=$PORT_A"
	unplug d "$PLUG_A"
	unplug b "$PLUG_B"
}

numvfs() {
	show sh -c "echo $1 >/sys/bus/pci/devices/$PLUG_A/sriov_numvfs"
}

sriov() {
	rule hide "vfs-of=$PLUG_A"
	plug a "$PLUG_A" "igb,romfile=,bus=$PORT_A"
	wait_for 10 driver_is "$PLUG_A" igb
	numvfs 2
	numvfs 0
	numvfs 1
	numvfs 0
	unplug a "$PLUG_A"
	rule unhide "vfs-of=$PLUG_A"
}

reset() {
	rule hide "$NIC_A"
	wait_for 10 claimed "$NIC_A"
	show sh -c "echo $NIC_A >$PCIBACK/do_flr"
	claimed "$NIC_A"
	rule unhide "$NIC_A"
}

# A bridge that lost its bus numbers gets the next that are free.
new_number() {
	local port

	port=$(port_of "$NIC_B")
	echo "${port#0000:}" >"$KTAP_DIR/port"
	renumber "$NIC_B"
	absent "$NIC_B"
}

log_is_golden() {
	wait_for 10 heard_all
	kill "$(<"$LOG.pid")"
	sed -i '/^listening$/d' "$LOG"
	cp "$LOG" /run/logs/events.log 2>/dev/null || :
	pt_core compare "$LOG" events.log
}

# The comparison bites: an event less, an event that is another.
control() {
	sed 5d "$LOG" >"$KTAP_DIR/less"
	not pt_core compare "$KTAP_DIR/less" events.log >"$KTAP_DIR/said"
	sed 's/ moved / same /' "$LOG" >"$KTAP_DIR/other"
	not pt_core compare "$KTAP_DIR/other" events.log >"$KTAP_DIR/said"
}

# As many, of the same devices in the same order; of a device that comes or goes by the
# module, of others by the device.
uevents_too() {
	local n

	n=$(wc -l <"$LOG")
	wait_for 10 sh -c "[ \$(wc -l <'$UEVENTS') -gt $n ]"
	kill "$(<"$UEVENTS.pid")"
	sed -n 's/.*PT_EVENT=\([^ ]*\) PT_BDF=\([^ ]*\) .*/\1 bdf=\2/p' "$UEVENTS" >"$KTAP_DIR/short"
	cut -d' ' -f2-3 "$LOG" >"$KTAP_DIR/want"
	pt_core compare "$KTAP_DIR/short" "$KTAP_DIR/want"
	not grep -E '^change@/devices/.*PT_EVENT=(added|same|moved|replaced|duplicate|gone) ' "$UEVENTS"
	not grep -E '^change@/module/.*PT_EVENT=(state|reset) ' "$UEVENTS"
}

unload() {
	show rmmod pciback_ng
	show rmmod pt_core
	[ ! -e /sys/kernel/pt_core ]
	show modprobe pt-core
	[ "$(<"$GENERATION")" = 0 ]
	show rmmod pt_core
}

ktap_plan 17
kernel_log_start
ktap_need "pt-core comes with pciback-ng, a client of the kernel's tree listens" setup
ktap_test "it decodes the dump of devices, in which all are" device_dump
ktap_test "it decodes the dump of guards" guard_dump
ktap_test "a request with an attribute is refused" strict
ktap_test "somebody who is not root is refused" root_only
ktap_test "events are for CAP_NET_ADMIN, as the dumps are (case M10)" events_of_admins pt_core
ktap_test "serial numbers are for CAP_SYS_ADMIN (case M10)" serial_numbers
ktap_test "the generation can be polled" pollable
ktap_test "cards come, go, move, are replaced" hotplug
ktap_test "virtual functions come and go" sriov
ktap_test "a card is reset" reset
ktap_test "a card gets another bus number" new_number
ktap_test "the log of all that is as it is kept" log_is_golden
ktap_test "control: another log is not" control
ktap_test "each event is a uevent too" uevents_too
ktap_test "both modules unload" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
