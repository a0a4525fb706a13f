#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: AMD IOMMU
#
# Memory that firmware reserves on AMD machines (IVMD), on the AMD IOMMU that QEMU plays.
#
# DMA is real for devices on the root bus.  What QEMU's IOMMU does not show: devices behind
# ports (it takes them for the host bridge), remapped interrupts (switched off, hence
# allow_unsafe_interrupts), and the kernel's own DMA through it (iommu=pt); see
# tools/testing/vm/firmware.sh.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/lib/ktap.sh
. ../lib/ktap.sh
# shellcheck source=tools/testing/selftests/lib/xen.sh
. ../lib/xen.sh
# shellcheck source=tools/testing/selftests/lib/kernel_log.sh
. ../lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/lib/vfio.sh
. ../lib/vfio.sh

[ "${FIRMWARE-}" = amd ] || ktap_skip_all "no AMD IOMMU here with memory reserved for RDM_EDU"
case $(uname -r) in
6.1.*) ktap_skip_all "6.1 refuses no device on AMD machines, and keeps the hole: there is nothing to lift" ;;
esac

# reserved_for BDF START: 64 KB, as the kernel has it from the table.
reserved_for() {
	local range

	range=$(printf '0x%016x 0x%016x' "$2" $(($2 + RDM_SIZE - 1)))
	cat "/sys/bus/pci/devices/$1/iommu_group/reserved_regions"
	grep -qx "$range direct" "/sys/bus/pci/devices/$1/iommu_group/reserved_regions"
}

kinds() {
	reserved_for "$RDM_EDU" "$RDM_EDU_AT"
	reserved_for "$RDM_PAIR" "$RDM_PAIR_AT"
	reserved_for "$RDM_PAIR_B" "$RDM_PAIR_AT"
	[ "$(reserved "$EDU")" = none ]
}

refused() {
	modprobe vfio_iommu_type1 allow_unsafe_interrupts=1
	vfio_take "$RDM_EDU" "$RDM_PAIR" "$RDM_PAIR_B" "$EDU"
	vfio_refused "$RDM_EDU" EINVAL
	vfio_refused "$RDM_PAIR" EINVAL
	vfio_refused "$RDM_PAIR_B" EINVAL
}

# The device that nobody reserves anything for shows that DMA is real and checked.
dma() {
	phys "$RDM_EDU_AT=11111111"
	vfio "$EDU" map 20000000 1000 aa write 20000010 5c5c5c5c show 20000010 show 20000014 \
		read 20000014 write "$RDM_EDU_AT" 5c5c5c5c read "$RDM_EDU_AT"
	vfio_said "show 0x20000010: 0x5c5c5c5c" "show 0x20000014: 0xaaaaaaaa" \
		"read 0x20000014: 0xaaaaaaaa" "read $RDM_EDU_AT: 0x00000000"
	phys_is "$RDM_EDU_AT" 0x11111111
}

ktap_plan 4
kernel_log_start
ktap_need "the kernel knows what is reserved for whom, for one device and for a range" kinds
ktap_test "VFIO refuses them" refused
ktap_test "a card without such memory does DMA to what it was given, nowhere else" dma
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
