#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: firmware reserves memory
#
# An unmodified QEMU with KVM gives a guest devices for which firmware reserves memory: a
# NIC, whose driver shall work, and an `edu`, which shows where the guest's DMA ends that
# aims at the reserved memory.  The kernel alone refuses them, in the same boot.
#
# Where the memory is, the guest must have none: QEMU's option max-ram-below-4g sees to that.
# Below 1 MB every PC has some: there it takes policy relaxed-low.  What check says of a guest
# is compared with what QEMU does.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/kvm.sh
. ../passthrough-lib/kvm.sh

[ -n "${RDM_NIC-}" ] || ktap_skip_all "RDM_NIC is not set: no firmware here that reserves memory"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "iommu-ext is not there"
kvm_need
ktap_require_modules iommu-ext

# What QEMU says for it.
case $(refusal) in
EPERM) ERROR='Operation not permitted' ;;
*) ERROR='Failed to set group container: Invalid argument' ;;
esac

CHECK=/sys/kernel/iommu_ext/check
CARDS=("$RDM_NIC" "$RDM_EDU")	# of the guests that follow: a NIC, an `edu`
AT=$RDM_EDU_AT			# where memory is reserved for both, above 1 MB

# qemu_refuses WHY MB [MACHINE]: QEMU ends and says why.
qemu_refuses() {
	kvm_start refused "${3-q35}" "$2" "${CARDS[@]}"
	wait_for 30 kvm_stopped
	kvm_said
	grep -q "$1" "$KTAP_DIR/qemu"
}

stock() {
	not grep -q '^iommu_ext ' /proc/modules
	vfio_take "$RDM_NIC" "$RDM_EDU"
	qemu_refuses "$ERROR" 384
}

loaded() {
	show modprobe iommu-ext
	qemu_refuses "$ERROR" 384
}

# policies POLICY: for both.
policies() {
	local bdf

	for bdf in "${CARDS[@]}"; do rdm_policy "$bdf" "$1"; done
}

# boots MACHINE MB
boots() {
	kvm_start "${1%%,*}-$2" "$1" "$2" "${CARDS[@]}"
	kvm_up 120
	kvm_run 20 'pci; grep RAM /proc/iomem'
}

map() {
	policies map
	boots q35 384
}

reserve() {
	policies reserve
	boots q35,max-ram-below-4g=896M 1024
}

too_big() {
	kvm_end
	qemu_refuses 'Invalid argument' 1024
}

# edu_copies FROM TO: 4 bytes, by the guest's `edu`; addresses with 0x.
edu_copies() {
	local from=${1#0x} to=${2#0x}

	kvm_run 30 "d=\$(dirname \$(grep -l 0x11e8 /sys/bus/pci/devices/*/device)); bar \$d 0 && \
printf '\006\004' | dd of=\$d/config bs=1 seek=4 conv=notrunc 2>/dev/null && \
bar \$d 80=$from 88=40000 90=4 98=1 && sleep 1 && \
bar \$d 80=40000 88=$to 90=4 98=3 && sleep 1 && bar \$d 98"
}

# The guest's `edu` reads from the reserved memory, and writes what it has read 8 bytes on.
guest_copies() {
	local to

	to=$(printf '0x%x' $((AT + 8)))
	phys "$AT=5c5c5c5c" "$to=11111111"
	edu_copies "$AT" "$to"
}

reaches() {
	guest_copies
	phys_is "$(printf '0x%x' $((AT + 8)))" 0x5c5c5c5c
	kernel_log_since >"$KTAP_DIR/log"
	not grep "fault addr $AT" "$KTAP_DIR/log"
}

reaches_not() {
	guest_copies
	phys_is "$(printf '0x%x' $((AT + 8)))" 0x11111111
	# For the log only: the kernel does not report every fault.
	kernel_log_since | grep "fault addr $AT" | tail -n 1
}

# Cards that have memory below 1 MB as well.  Not in a test: those are subshells.
use_low() {
	CARDS=("$NIC_B" "$RDM_PAIR") AT=$RDM_PAIR_AT GUEST_OPTIONS="memmap=64K\$$RDM_LOW_AT"
}

# With a hole there is no guest, whatever the machine: RAM of a PC begins at 0.
low_refused() {
	local policy

	kvm_end
	vfio_take "${CARDS[@]}"
	for policy in reserve map; do
		policies "$policy"
		qemu_refuses 'Invalid argument' 384 q35
		qemu_refuses 'Invalid argument' 384 pc
	done
	qemu_refuses 'Invalid argument' 384 pc,max-ram-below-4g=256M
}

# What check recommends of such a card.
low_advice() {
	echo "${CARDS[*]} mem=384 machine=pc" >"$CHECK"
	show cat "$CHECK"
	grep -q '^do: policy relaxed-low' "$CHECK"
}

# boots_low MACHINE MB
boots_low() {
	kvm_end
	policies relaxed-low
	boots "$1" "$2"
}

low_q35() {
	boots_low q35 384
}

low_pc() {
	boots_low pc,max-ram-below-4g=896M 1024
}

# Below 1 MB the card reaches the guest's memory, as the guest's processor sees it, and
# the host's page is as it was; above, it reaches neither.
low_is_guests() {
	local to

	to=$(printf '0x%x' $((RDM_LOW_AT + 8)))
	phys "$RDM_LOW_AT=11111111" "$to=11111111"
	kvm_run 20 "devmem $RDM_LOW_AT 32 0x5c5c5c5c && devmem $to 32 0xaaaaaaaa"
	edu_copies "$RDM_LOW_AT" "$to"
	kvm_run 20 "devmem $to 32 | grep -ix 0x5c5c5c5c"
	phys_is "$RDM_LOW_AT" 0x11111111
	phys_is "$to" 0x11111111
	reaches_not
}

# agrees BDF POLICY MACHINE MB [BELOW4G]: what check says and what QEMU does.
agrees() {
	local said does=no

	echo "$1 mem=$4 machine=$3 ${5:+below4g=$5}" >"$CHECK"
	said=$(sed -n "1s/.*\\b$2=\([a-z]*\).*/\1/p" "$CHECK")
	rdm_policy "$1" "$2"
	if kvm_fits "$3${5:+,max-ram-below-4g=$5}" "$4" "$1"; then does=yes; else kvm_said; fi
	echo "$1 $2 $3 -m $4 ${5:+max-ram-below-4g=$5}: check says $said, QEMU $does"
	[ "$said" = "$does" ]
}

as_qemu() {
	local machine

	kvm_end
	vfio_take "$RDM_NIC" "${CARDS[@]}"
	for machine in q35 pc; do
		agrees "$RDM_NIC" reserve "$machine" 384
		agrees "$RDM_NIC" reserve "$machine" 1024
		agrees "$RDM_NIC" map "$machine" 1024 896M
		agrees "$RDM_NIC" relaxed-low "$machine" 1024
		agrees "$RDM_NIC" relaxed "$machine" 1024
		agrees "$NIC_B" reserve "$machine" 384
		agrees "$NIC_B" relaxed-low "$machine" 384
		agrees "$NIC_B" relaxed-low "$machine" 1024
		agrees "$NIC_B" relaxed-low "$machine" 1024 768M
	done
	rdm_policy "$RDM_NIC" strict
	policies strict
}

strict() {
	kvm_end
	CARDS=("$RDM_NIC" "$RDM_EDU")
	policies strict
	qemu_refuses "$ERROR" 384
	vfio_release "$RDM_NIC" "$RDM_EDU" "$NIC_B" "$RDM_PAIR"
	show rmmod iommu-ext
	wait_for 5 driver_is "$RDM_NIC" e1000e
	dom0_net "$RDM_NIC"
}

ktap_plan 19
kernel_log_start
ktap_need "the kernel alone refuses QEMU both devices" stock
ktap_need "so it does with iommu-ext loaded and no rule" loaded
ktap_need "policy map: a guest has them" map
ktap_test "policy map: its network card works" kvm_net
ktap_test "policy map: its DMA reaches the reserved memory" reaches
ktap_resume
ktap_test "policy map: a guest with memory at that address is refused" too_big
ktap_need "policy reserve: a guest has them, its memory being elsewhere" reserve
ktap_test "policy reserve: its network card works" kvm_net
ktap_test "policy reserve: its DMA does not reach the reserved memory" reaches_not
ktap_resume
use_low
ktap_need "memory below 1 MB: QEMU refuses a hole, on q35 and i440fx (case M1)" low_refused
ktap_test "check says relaxed-low for such cards (case M2)" low_advice
ktap_need "policy relaxed-low: a q35 guest has such cards (case M1)" low_q35
ktap_test "policy relaxed-low: its network card works (case M1)" kvm_net
ktap_test "policy relaxed-low: its DMA below 1 MB is in the guest, above nowhere (case M1)" low_is_guests
ktap_need "policy relaxed-low: an i440fx guest has them, with a limit (case M1)" low_pc
ktap_test "policy relaxed-low: its network card works, on i440fx (case M1)" kvm_net
ktap_resume
ktap_test "check says what QEMU does, for machine types, sizes and limits (case M2)" as_qemu
ktap_test "policy strict: refused again; the module goes, the card works" strict
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
