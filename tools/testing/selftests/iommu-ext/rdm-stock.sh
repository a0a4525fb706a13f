#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: firmware reserves memory
#
# What the kernel alone does with devices for which firmware reserves memory: the stage
# on which iommu-ext plays.  Each refusal here is one that a policy lifts in the suite
# rdm, and the DMA is real.
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

[ -n "${RDM_EDU-}" ] || ktap_skip_all "RDM_EDU is not set: no firmware here that reserves memory"

# kind BDF WHAT
kind() {
	echo "$1: $(reserved "$1")"
	[ "$(reserved "$1")" = "$2" ]
}

kinds() {
	kind "$RDM_EDU" direct
	kind "$RDM_USB" direct-relaxable
	kind "$RDM_PCI_A" direct
	kind "$RDM_NIC" direct
	kind "$RDM_PAIR" direct
	kind "$NIC_B" direct
	kind "$SRIOV" direct
	kind "$NIC_A" none
}

# The range, as the kernel has it from the table.
ranges() {
	local name bdf at

	for name in EDU USB PCI_A NIC PAIR; do
		bdf=RDM_$name at=RDM_${name%_A}_AT
		printf '0x%016x 0x%016x\n' "${!at}" $((${!at} + RDM_SIZE - 1)) >"$KTAP_DIR/range"
		echo "$name: $(<"$KTAP_DIR/range")"
		grep -qf "$KTAP_DIR/range" "/sys/bus/pci/devices/${!bdf}/iommu_group/reserved_regions"
	done
}

refused() {
	vfio_take "$RDM_EDU" "$RDM_NIC" "$RDM_PCI_A" "$RDM_PCI_B"
	vfio_refused "$RDM_EDU" "$(refusal)"
	vfio_refused "$RDM_NIC" "$(refusal)"
	vfio_refused "$RDM_PCI_A" "$(refusal)"
	kernel_log_since | grep -E 'RMRR requirement|Firmware has requested' | tail -n 1
}

# USB controllers are believed not to need it once Linux drives them.
usb() {
	vfio_take "$RDM_USB"
	vfio "$RDM_USB" map "$RDM_USB_AT" 1000 aa device
	vfio_said "map $RDM_USB_AT: ok" "device: ok"
}

# The device that nobody reserves anything for shows that DMA is real and checked.  Its
# memory is the host's for all that it knows.
dma() {
	vfio_take "$EDU"
	phys "$RDM_EDU_AT=11111111"
	vfio "$EDU" map 20000000 1000 aa write 20000010 5c5c5c5c show 20000010 show 20000014 \
		read 20000014 write "$RDM_EDU_AT" 5c5c5c5c read "$RDM_EDU_AT"
	vfio_said "show 0x20000010: 0x5c5c5c5c" "show 0x20000014: 0xaaaaaaaa" \
		"read 0x20000014: 0xaaaaaaaa" "read $RDM_EDU_AT: 0x00000000"
	phys_is "$RDM_EDU_AT" 0x11111111
	kernel_log_since | grep -E "DMAR:.*fault addr $RDM_EDU_AT" | tail -n 2
}

give_back() {
	vfio_release "$RDM_EDU" "$RDM_NIC" "$RDM_PCI_A" "$RDM_PCI_B" "$RDM_USB" "$EDU"
	wait_for 5 driver_is "$RDM_NIC" e1000e
	dom0_net "$RDM_NIC"
}

ktap_plan 7
kernel_log_start
ktap_need "the kernel knows what is reserved for whom" kinds
ktap_test "the reserved memory is where the table has it" ranges
ktap_test "VFIO refuses a card, a NIC and cards behind a bridge" refused
ktap_test "a USB controller is given away, and its address can be used" usb
ktap_test "a card without such memory does DMA to what it was given, nowhere else" dma
ktap_test "given back, a NIC for which memory is reserved works" give_back
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
