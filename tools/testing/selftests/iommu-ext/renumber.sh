#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Buses get new numbers, cards are exchanged: what is hidden stays hidden, and nothing
# else is. Rules follow a card that has moved and never one that has replaced it.
# Runs in a test machine (tools/testing/vm/run.sh native) with NIC_A and NIC_B (two of a
# kind), SRIOV, PORT_A, PLUG_A, PORT_B and PLUG_B set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/probes.sh
. ../passthrough-lib/probes.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/monitor.sh
. ../passthrough-lib/monitor.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/renumber.sh
. ../passthrough-lib/renumber.sh

for name in NIC_A NIC_B SRIOV PORT_A PLUG_A PORT_B PLUG_B; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver does not load without Xen"
monitor_open
ktap_require_commands setpci
ktap_require_modules pciback-ng iommu-ext igb vfio-pci

PCIBACK=/sys/bus/pci/drivers/pciback
PINS=/sys/kernel/iommu_ext/bus_pins
MODE=/sys/module/iommu_ext/parameters/pin_bus
BRIDGE_A=$(bridge_of "$NIC_A")
VF=${SRIOV%00.0}10.0
PATH_A=$(port_of "$PLUG_A")/00.0

rule() {
	show sh -c "echo '$2' >$PCIBACK/$1"
}

# hidden BDF FUNCTION: the probe function was not even called.
hidden() {
	wait_for 10 driver_is "$1" pciback
	not probes_called "$2" "$1"
}

# What the rules name, in one line.
slots_are() {
	show cat "$PCIBACK/slots"
	[ "$(paste -sd ' ' "$KTAP_DIR/.out")" = "$*" ]
}

new() {
	cat "$KTAP_DIR/new"
}

load() {
	probes_start e1000e:e1000_probe igb:igb_probe
	show modprobe igb
	show modprobe pciback-ng
	show modprobe iommu-ext
	show cat "$PINS"
	grep -qx "$BRIDGE_A 02-02" "$KTAP_DIR/.out"
	show cat "$MODE"
	grep -qx off "$KTAP_DIR/.out"
}

control() {
	probes_forget
	renumber "$NIC_A"
	moved_to "$NIC_A" "$BRIDGE_A" >"$KTAP_DIR/new"
	[ "$(new)" != "$NIC_A" ]
	wait_for 10 driver_is "$(new)" e1000e
	probes_called e1000_probe "$(new)"
	renumber_as "$(new)" 02
	wait_for 10 driver_is "$NIC_A" e1000e
}

follows() {
	rule hide "$NIC_A,policy=permissive"
	driver_is "$NIC_A" pciback
	probes_forget
	renumber "$NIC_A"
	moved_to "$NIC_A" "$BRIDGE_A" >"$KTAP_DIR/new"
	[ "$(new)" != "$NIC_A" ]
	hidden "$(new)" e1000_probe
	slots_are "$(new)"
	show cat "$PCIBACK/rules"
	grep -qx "$(new),policy=permissive" "$KTAP_DIR/.out"
	kernel_log_since | grep "$(new): was $NIC_A, its rule follows it"
}

pinned() {
	echo restore >"$MODE"
	probes_forget
	renumber "$(new)"
	hidden "$(new)" e1000_probe
	slots_are "$(new)"
	kernel_log_since | grep "$BRIDGE_A: has its bus numbers again"
}

# Firmware, or whoever, has given numbers that make sense: they count.
configured() {
	renumber_as "$(new)" 02
	hidden "$NIC_A" e1000_probe
	slots_are "$NIC_A"
}

# Each bus gets the other's number; the cards are of a kind, their places differ.
swapped() {
	probes_forget
	renumber_both "$NIC_A" 05 "$NIC_B" 02
	hidden "$NIC_B" e1000_probe
	wait_for 10 driver_is "$NIC_A" e1000e
	slots_are "$NIC_B"
}

swapped_both() {
	rule hide "$NIC_A,policy=strict"
	probes_forget
	renumber_both "$NIC_A" 05 "$NIC_B" 02
	hidden "$NIC_A" e1000_probe
	hidden "$NIC_B" e1000_probe
	slots_are "$NIC_A" "$NIC_B"
	show cat "$PCIBACK/rules"
	grep -qx "$NIC_A,policy=permissive" "$KTAP_DIR/.out"
	grep -qx "$NIC_B,policy=strict" "$KTAP_DIR/.out"
	rule unhide "$NIC_A"
	rule unhide "$NIC_B"
	wait_for 10 driver_is "$NIC_A" e1000e
	wait_for 10 driver_is "$NIC_B" e1000e
}

# An empty place is named, a card comes, goes, comes again.
same() {
	rule hide "$1"
	plug a "$PLUG_A" "igb,romfile=,bus=$PORT_A"
	hidden "$PLUG_A" igb_probe
	unplug a "$PLUG_A"
	plug a "$PLUG_A" "igb,romfile=,bus=$PORT_A"
	hidden "$PLUG_A" igb_probe
	unplug a "$PLUG_A"
}

held() {
	local i

	probes_forget
	same "$1"
	plug a "$PLUG_A" "e1000e,romfile=,bus=$PORT_A"
	wait_for 10 grep -qx pciback-held "/sys/bus/pci/devices/$PLUG_A/driver_override"
	for i in e1000_probe igb_probe; do not probes_called "$i" "$PLUG_A"; done
	no_driver "$PLUG_A"
	kernel_log_since | grep "$PLUG_A: not the device that rule"
}

accepted() {
	rule hide "$1"
	hidden "$PLUG_A" e1000_probe
	rule unhide "$1"
	wait_for 10 driver_is "$PLUG_A" e1000e
	unplug a "$PLUG_A"
}

declined() {
	held "$1"
	rule unhide "$1"
	wait_for 10 driver_is "$PLUG_A" e1000e
	unplug a "$PLUG_A"
}

# exchange_numbers: the two ports for hot-plug, which are empty, get each other's buses.
exchange_numbers() {
	local a b

	a=$(port_of "$PLUG_A") b=$(port_of "$PLUG_B")
	numbers "$a" "$(bus_of "$PLUG_B")"
	numbers "$b" "$(bus_of "$PLUG_A")"
	show sh -c "echo 1 >/sys/bus/pci/devices/$a/remove"
	show sh -c "echo 1 >/sys/bus/pci/devices/$b/remove"
	show sh -c "echo 1 >/sys/bus/pci/rescan"
}

bus_of() {
	local bus=${1#*:}

	echo "${bus%%:*}"
}

# The rule is written while nothing is there, then the card that was there last comes in
# another slot, whose bus has the old number by now.
same_address() {
	local card=e1000e,romfile=,mac=52:54:00:00:00:08

	plug a "$PLUG_A" "$card,bus=$PORT_A"
	wait_for 10 driver_is "$PLUG_A" e1000e
	unplug a "$PLUG_A"
	rule hide "$PLUG_A"
	exchange_numbers
	probes_forget
	plug b "$PLUG_A" "$card,bus=$PORT_B"
	kernel_log_since | grep "$PLUG_A: was $PLUG_A, its rule follows it"
	hidden "$PLUG_A" e1000_probe
	grep -qx "$PLUG_A" "$PCIBACK/rules"
	unplug b "$PLUG_A"
	rule unhide "$PLUG_A"
	exchange_numbers
}

vf_again() {
	local numvfs=/sys/bus/pci/devices/$SRIOV/sriov_numvfs

	rule hide "$VF"
	show sh -c "echo 2 >$numvfs"
	wait_for 10 driver_is "$VF" pciback
	show sh -c "echo 0 >$numvfs; echo 2 >$numvfs"
	wait_for 10 driver_is "$VF" pciback
	show sh -c "echo 0 >$numvfs"
	rule unhide "$VF"
}

# for_vfio BDF: as driverctl and libvirt do it.
for_vfio() {
	show modprobe vfio-pci
	show sh -c "echo vfio-pci >/sys/bus/pci/devices/$1/driver_override"
	show sh -c "echo $1 >/sys/bus/pci/devices/$1/driver/unbind"
	show sh -c "echo $1 >/sys/bus/pci/drivers_probe"
	driver_is "$1" vfio-pci
	probes_forget
}

kept() {
	echo off >"$MODE"
	for_vfio "$NIC_A"
	renumber "$NIC_A"
	moved_to "$NIC_A" "$BRIDGE_A" >"$KTAP_DIR/new"
	[ "$(new)" != "$NIC_A" ]
	wait_for 10 driver_is "$(new)" vfio-pci
	not probes_called e1000_probe "$(new)"
	kernel_log_since | grep "$(new): is back, still for vfio-pci"
	renumber_as "$(new)" 02
	wait_for 10 driver_is "$NIC_A" vfio-pci
	show sh -c "echo >/sys/bus/pci/devices/$NIC_A/driver_override"
	show sh -c "echo $NIC_A >/sys/bus/pci/devices/$NIC_A/driver/unbind"
	show sh -c "echo $NIC_A >/sys/bus/pci/drivers_probe"
	driver_is "$NIC_A" e1000e
}

# Stock: the kernel has forgotten it.
not_kept() {
	for_vfio "$NIC_A"
	renumber_as "$NIC_A" 02
	wait_for 10 driver_is "$NIC_A" e1000e
}

unload() {
	slots_are
	show rmmod iommu-ext
	[ ! -e "$PINS" ]
	show rmmod pciback-ng
}

ktap_plan 18
kernel_log_start
ktap_need "bus numbers are remembered; without Xen they are not restored unless told" load
ktap_need "control: a bus gets another number, the card meets e1000e" control
ktap_need "a hidden card that moves is never seen by e1000e, its rule follows" follows
ktap_test "with pin_bus=restore it does not move" pinned
ktap_test "numbers that the bridge has are not touched, the rule follows again" configured
ktap_test "two cards exchange their numbers: the hidden one stays hidden, the other the host's" swapped
ktap_test "both hidden: each rule follows its card" swapped_both
ktap_test "a card in place of a hidden one is held: nobody's" held "$PLUG_A"
ktap_test "the rule, written again, takes it" accepted "$PLUG_A"
ktap_test "the rule, taken away, gives it to the host" declined "$PLUG_A"
ktap_test "held by path as well" held "$PATH_A"
ktap_test "and taken when the path is written again" accepted "$PATH_A"
ktap_test "the same card in another slot, under the same address: its rule stays (case K8)" \
	same_address
ktap_test "a virtual function that is made again is the same" vf_again
ktap_test "a card for vfio-pci that moves is still for vfio-pci, e1000e never sees it" kept
ktap_test "nothing is left over, both modules unload" unload
ktap_test "control: without iommu-ext e1000e has it, though it has not even moved" not_kept
ktap_resume
probes_stop
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
