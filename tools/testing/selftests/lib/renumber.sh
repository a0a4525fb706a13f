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

# renumber_gone BRIDGE: nothing is behind it now.
renumber_gone() {
	show setpci -s "$1" 18.b=0 19.b=0 1a.b=0
	show sh -c "echo 1 >/sys/bus/pci/devices/$1/remove"
	show sh -c "echo 1 >/sys/bus/pci/rescan"
}

# renumber BDF: the bus that it is on.
renumber() {
	local bridge

	bridge=$(bridge_of "$1")
	show sh -c "echo 1 >/sys/bus/pci/devices/$1/remove"
	renumber_gone "$bridge"
}

# moved_to BDF BRIDGE: where the function is that was at BDF behind BRIDGE.
moved_to() {
	local bus

	bus=$(cat "/sys/bus/pci/devices/$2/secondary_bus_number")
	printf '%s%02x%s\n' "${1%%:*}:" "$bus" "${1#*:??}"
}
