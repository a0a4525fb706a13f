#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: firmware reserves memory
#
# A card of a KVM host, for which firmware reserves memory, gets another bus number: what
# was said of it holds on, so that a VMM can have it at once. Without iommu-ext nothing
# does.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/vfio.sh
. ../passthrough-lib/vfio.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/renumber.sh
. ../passthrough-lib/renumber.sh

[ -n "${RDM_EDU-}" ] || ktap_skip_all "RDM_EDU is not set: no firmware here that reserves memory"
ktap_require_commands setpci
ktap_require_modules iommu-ext

EXT=/sys/kernel/iommu_ext
MODE=/sys/module/iommu_ext/parameters/pin_bus
BRIDGE=$(bridge_of "$RDM_EDU")

new() {
	cat "$KTAP_DIR/new"
}

move() {
	renumber "$1"
	moved_to "$1" "$BRIDGE" >"$KTAP_DIR/new"
	echo "$1 is $(new)"
}

effective() {
	echo "$1: $(<"/sys/bus/pci/devices/$1/iommu_ext/rdm_effective")"
	[ "$(<"/sys/bus/pci/devices/$1/iommu_ext/rdm_effective")" = "$2" ]
}

# Stock: the kernel has forgotten whose it was, and a VMM would not get it either.
stock() {
	vfio_take "$RDM_EDU"
	vfio_refused "$RDM_EDU" "$(refusal)"
	move "$RDM_EDU"
	[ "$(new)" != "$RDM_EDU" ]
	no_driver "$(new)"
	renumber_as "$(new)" "$(bus_of "$RDM_EDU")"
}

bus_of() {
	local bus=${1#*:}

	echo "${bus%%:*}"
}

ready() {
	show modprobe iommu-ext
	echo "$RDM_EDU=map" >"$EXT/rdm_policies"
	vfio_take "$RDM_EDU"
	effective "$RDM_EDU" map
	vfio "$RDM_EDU"
}

follows() {
	move "$RDM_EDU"
	[ "$(new)" != "$RDM_EDU" ]
	wait_for 10 driver_is "$(new)" vfio-pci
	effective "$(new)" map
	show cat "$EXT/rdm_policies"
	grep -F "$(new)=map" "$KTAP_DIR/.out"
	vfio "$(new)"
	vfio_said "group: ok" "container: ok"
}

pinned() {
	echo restore >"$MODE"
	renumber "$(new)"
	wait_for 10 driver_is "$(new)" vfio-pci
	effective "$(new)" map
	vfio "$(new)"
}

# A bridge behind a bridge, and neither knows its numbers any more.
nested() {
	local outer

	outer=$(bridge_of "$RDM_PCI")
	show sh -c "echo 1 >/sys/bus/pci/devices/$RDM_PCI_A/remove"
	show sh -c "echo 1 >/sys/bus/pci/devices/$RDM_PCI_B/remove"
	numbers "$RDM_PCI" 00
	show sh -c "echo 1 >/sys/bus/pci/devices/$RDM_PCI/remove"
	renumber_gone "$outer"
	[ -d "/sys/bus/pci/devices/$RDM_PCI_A" ]
	[ -d "/sys/bus/pci/devices/$RDM_PCI_B" ]
	kernel_log_since | grep "$outer: has its bus numbers again"
	kernel_log_since | grep "$RDM_PCI: has its bus numbers again"
}

unload() {
	vfio_release "$(new)"
	echo "-$(new)" >"$EXT/rdm_policies"
	show rmmod iommu-ext
}

ktap_plan 7
kernel_log_start
ktap_need "stock: vfio-pci loses the card when its bus gets another number" stock
ktap_need "with a policy a VMM can have the card" ready
ktap_need "it moves: vfio-pci has it, the policy is in force, a VMM can have it" follows
ktap_test "with pin_bus=restore it does not move, and a VMM can have it" pinned
ktap_test "the same for a bridge behind a bridge" nested
ktap_resume
ktap_test "iommu-ext unloads" unload
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
