#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: firmware reserves memory
#
# An unmodified QEMU with KVM gives a guest devices for which firmware reserves memory: a
# NIC, whose driver shall work, and an `edu`, which shows where the guest's DMA ends that
# aims at the reserved memory.  The kernel alone refuses them, in the same boot.
#
# Where the memory is, the guest must have none: QEMU's option max-ram-below-4g sees to that.
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

# qemu_refuses WHY MB: QEMU ends and says why.
qemu_refuses() {
	kvm_start refused q35 "$2" "$RDM_NIC" "$RDM_EDU"
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
	rdm_policy "$RDM_NIC" "$1"
	rdm_policy "$RDM_EDU" "$1"
}

# boots MACHINE MB
boots() {
	kvm_start "$2" "$1" "$2" "$RDM_NIC" "$RDM_EDU"
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

# The guest's `edu` reads from the reserved memory, and writes what it has read 8 bytes on.
guest_copies() {
	local from=${RDM_EDU_AT#0x} to

	to=$(printf '%x' $((RDM_EDU_AT + 8)))
	phys "$RDM_EDU_AT=5c5c5c5c" "$to=11111111"
	kvm_run 30 "d=\$(dirname \$(grep -l 0x11e8 /sys/bus/pci/devices/*/device)); bar \$d 0 && \
printf '\006\004' | dd of=\$d/config bs=1 seek=4 conv=notrunc 2>/dev/null && \
bar \$d 80=$from 88=40000 90=4 98=1 && sleep 1 && \
bar \$d 80=40000 88=$to 90=4 98=3 && sleep 1 && bar \$d 98"
}

reaches() {
	guest_copies
	phys_is "$(printf '0x%x' $((RDM_EDU_AT + 8)))" 0x5c5c5c5c
	kernel_log_since >"$KTAP_DIR/log"
	not grep "fault addr $RDM_EDU_AT" "$KTAP_DIR/log"
}

reaches_not() {
	guest_copies
	phys_is "$(printf '0x%x' $((RDM_EDU_AT + 8)))" 0x11111111
	# For the log only: the kernel does not report every fault.
	kernel_log_since | grep "fault addr $RDM_EDU_AT" | tail -n 1
}

strict() {
	kvm_end
	policies strict
	qemu_refuses "$ERROR" 384
	vfio_release "$RDM_NIC" "$RDM_EDU"
	show rmmod iommu-ext
	wait_for 5 driver_is "$RDM_NIC" e1000e
	dom0_net "$RDM_NIC"
}

ktap_plan 11
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
ktap_test "policy strict: refused again; the module goes, the card works" strict
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
