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
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/vfio.sh
. ../passthrough-lib/vfio.sh

[ "${FIRMWARE-}" = amd ] || ktap_skip_all "no AMD IOMMU here with memory reserved for RDM_EDU"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "iommu-ext is not there"
ktap_require_modules iommu-ext

HOST=0x11111111		# in the reserved memory before each DMA
NEW=0x5c5c5c5c		# what the card writes

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

# keeps_hole BDF START: it is given away, but not the addresses of the memory.
keeps_hole() {
	vfio "$1" ranges map "$2" 10000 aa
	vfio_said "$(printf 'range: 0x0-0x%x' $(($2 - 1)))" "map $2: EINVAL"
	grep -q "^range: $(printf '0x%x-' $(($2 + RDM_SIZE)))" "$KTAP_DIR/vfio"
}

# The AMD driver never refused a device; the kernel does since 6.6, for any driver.
as_alone() {
	case $(uname -r) in
	6.1.*) keeps_hole "$1" "$2" ;;
	*) vfio_refused "$1" EINVAL ;;
	esac
}

alone() {
	modprobe vfio_iommu_type1 allow_unsafe_interrupts=1
	vfio_take "$RDM_EDU" "$RDM_PAIR" "$RDM_PAIR_B" "$EDU"
	as_alone "$RDM_EDU" "$RDM_EDU_AT"
	as_alone "$RDM_PAIR" "$RDM_PAIR_AT"
	as_alone "$RDM_PAIR_B" "$RDM_PAIR_AT"
}

# The device that nobody reserves anything for shows that DMA is real and checked.
dma() {
	phys "$RDM_EDU_AT=$HOST"
	vfio "$EDU" map 20000000 1000 aa write 20000010 "$NEW" show 20000010 show 20000014 \
		read 20000014 write "$RDM_EDU_AT" "$NEW" read "$RDM_EDU_AT"
	vfio_said "show 0x20000010: $NEW" "show 0x20000014: 0xaaaaaaaa" \
		"read 0x20000014: 0xaaaaaaaa" "read $RDM_EDU_AT: 0x00000000"
	phys_is "$RDM_EDU_AT" "$HOST"
}

load() {
	show modprobe iommu-ext
	[ "$(</sys/kernel/iommu_ext/mode)" = active ]
	grep '^0x0*38000000 .* direct ivrs$' "/sys/bus/pci/devices/$RDM_EDU/iommu_ext/rdm_regions"
	as_alone "$RDM_EDU" "$RDM_EDU_AT"
}

# Where the VMM has put memory, the card reaches that and not the host's.
relaxed() {
	rdm_policy "$RDM_EDU" relaxed
	[ "$(reserved "$RDM_EDU")" = direct-relaxable ]
	phys "$RDM_EDU_AT=$HOST"
	vfio "$RDM_EDU" map "$RDM_EDU_AT" 10000 aa write "$RDM_EDU_AT" "$NEW" show "$RDM_EDU_AT"
	vfio_said "map $RDM_EDU_AT: ok" "show $RDM_EDU_AT: $NEW"
	phys_is "$RDM_EDU_AT" "$HOST"
}

reserve() {
	rdm_policy "$RDM_EDU" reserve
	keeps_hole "$RDM_EDU" "$RDM_EDU_AT"
	phys "$RDM_EDU_AT=$HOST"
	vfio "$RDM_EDU" write "$RDM_EDU_AT" "$NEW" read "$RDM_EDU_AT"
	vfio_said "read $RDM_EDU_AT: 0x00000000"
	phys_is "$RDM_EDU_AT" "$HOST"
}

map() {
	local last

	last=$(printf '0x%x' $((RDM_EDU_AT + RDM_SIZE - 4)))
	rdm_policy "$RDM_EDU" map
	keeps_hole "$RDM_EDU" "$RDM_EDU_AT"
	phys "$RDM_EDU_AT=$HOST" "$last=$HOST"
	vfio "$RDM_EDU" write "$RDM_EDU_AT" "$NEW" read "$RDM_EDU_AT" write "$last" "$NEW"
	vfio_said "read $RDM_EDU_AT: $NEW"
	phys_is "$RDM_EDU_AT" "$NEW"
	phys_is "$last" "$NEW"
}

# What one of two devices may is not for the other, whose memory it is, too.
pair() {
	rdm_policy "$RDM_PAIR" map
	phys "$RDM_PAIR_AT=$HOST"
	vfio "$RDM_PAIR" write "$RDM_PAIR_AT" "$NEW"
	phys_is "$RDM_PAIR_AT" "$NEW"
	as_alone "$RDM_PAIR_B" "$RDM_PAIR_AT"
	rdm_policy "$RDM_PAIR" strict
}

in_use() {
	mkfifo "$KTAP_DIR/hold"
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$KTAP_DIR/held"
	./vfio "$RDM_EDU" device hold <"$KTAP_DIR/hold" >"$KTAP_DIR/held" 2>&1 &
	exec 8>"$KTAP_DIR/hold"
	wait_for 10 grep -qx hold "$KTAP_DIR/held"
	not rdm_policy "$RDM_EDU" strict
	not show rmmod iommu-ext
	exec 8>&-
	wait $!
	rdm_policy "$RDM_EDU" strict
	as_alone "$RDM_EDU" "$RDM_EDU_AT"
}

unload() {
	show rmmod iommu-ext
	as_alone "$RDM_EDU" "$RDM_EDU_AT"
	vfio_release "$RDM_EDU" "$RDM_PAIR" "$RDM_PAIR_B" "$EDU"
}

ktap_plan 11
kernel_log_start
ktap_need "the kernel knows what is reserved for whom, for one device and for a range" kinds
ktap_need "alone, 6.12 refuses them, 6.1 keeps a hole" alone
ktap_test "a card without such memory does DMA to what it was given, nowhere else" dma
ktap_need "iommu-ext loads, and without a rule it is as before" load
ktap_test "policy relaxed: the card reaches the VMM's memory" relaxed
ktap_test "policy reserve: the card reaches nothing there" reserve
ktap_test "policy map: the card reaches the host's memory" map
ktap_test "a policy for one of two devices with one range is not for the other" pair
ktap_test "in use, neither policy nor module goes; then back to strict" in_use
ktap_test "unloaded, it is as before" unload
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
