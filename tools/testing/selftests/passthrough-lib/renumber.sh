# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Buses that get new numbers, without touching hardware: a bridge is removed after its
# numbers were set to 0, as a loss of power would, and the kernel is told to look again.
# To be sourced after ktap.sh and xen.sh.

# bridge_of BDF: the bridge that it is behind.
bridge_of() {
	local path

	path=$(readlink -f "/sys/bus/pci/devices/$1/..")
	echo "${path##*/}"
}

# port_of BDF: the bridge whose secondary bus this is, whether a card is there or not.
port_of() {
	local bus=${1#*:} port

	port=$(grep -lx "$((16#${bus%%:*}))" /sys/bus/pci/devices/*/secondary_bus_number)
	port=${port%/*}
	echo "${port##*/}"
}

# numbers BRIDGE BUS: what the next look will find; 00 for nothing.
numbers() {
	show setpci -s "$1" 18.b=0 "19.b=$2" "1a.b=$2"
}

bridge_again() {
	show sh -c "echo 1 >/sys/bus/pci/devices/$1/remove"
	show sh -c "echo 1 >/sys/bus/pci/rescan"
}

# renumber_gone BRIDGE: nothing is behind it now.
renumber_gone() {
	numbers "$1" 00
	bridge_again "$1"
}

# renumber_as BDF BUS: the bus that it is on gets this number.
renumber_as() {
	local bridge

	bridge=$(bridge_of "$1")
	show sh -c "echo 1 >/sys/bus/pci/devices/$1/remove"
	numbers "$bridge" "$2"
	bridge_again "$bridge"
}

# renumber BDF: the bus that it is on gets the number that the kernel thinks of.
renumber() {
	renumber_as "$1" 00
}

# moved_to BDF BRIDGE: where the function is that was at BDF behind BRIDGE.
moved_to() {
	local bus

	bus=$(<"/sys/bus/pci/devices/$2/secondary_bus_number")
	printf '%s%02x%s\n' "${1%%:*}:" "$bus" "${1#*:??}"
}

# renumber_both BDF BUS BDF BUS: two buses get these numbers at once, which may be each
# other's.
renumber_both() {
	local bridge other

	bridge=$(bridge_of "$1")
	other=$(bridge_of "$3")
	show sh -c "echo 1 >/sys/bus/pci/devices/$1/remove"
	show sh -c "echo 1 >/sys/bus/pci/devices/$3/remove"
	numbers "$bridge" "$2"
	numbers "$other" "$4"
	show sh -c "echo 1 >/sys/bus/pci/devices/$bridge/remove"
	show sh -c "echo 1 >/sys/bus/pci/devices/$other/remove"
	show sh -c "echo 1 >/sys/bus/pci/rescan"
}
