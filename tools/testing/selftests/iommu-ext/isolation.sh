#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: firmware reserves memory
#
# What belongs together, on a machine whose kernel knows, too: by the reasons that the
# kernel has, our sets are its IOMMU groups, for the whole machine, VFs and a bridge to
# conventional PCI included, also after devices have gone and come. Then what is ours
# on top: reserved memory; and the check before a guest is started.
# Runs in a test machine or on a real host with RDM_*, SRIOV, NIC_A, NIC_B set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/abi.sh
. ../passthrough-lib/abi.sh

for name in RDM_EDU RDM_USB RDM_PCI RDM_PCI_A RDM_PCI_B RDM_NIC RDM_PAIR SRIOV NIC_A NIC_B; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ -d /sys/kernel/iommu_groups/0 ] || ktap_skip_all "no IOMMU groups here"
ktap_require_commands setpci
ktap_require_modules iommu-ext igb

IOMMU_EXT=/sys/kernel/iommu_ext
DEVICES=/sys/bus/pci/devices

load() {
	show modprobe igb
	wait_for 10 driver_is "$SRIOV" igb
	echo 3 >"$DEVICES/$SRIOV/sriov_numvfs"
	show modprobe iommu-ext
}

# A line a group, in the order of addresses, in which names are sorted.
kernel_groups() {
	local group devices

	for group in /sys/kernel/iommu_groups/*; do
		devices=("$group"/devices/*)
		echo "${devices[@]##*/}"
	done | sort
}

groups_agree() {
	kernel_groups >"$KTAP_DIR/theirs"
	sort "$IOMMU_EXT/isolation_groups" >"$KTAP_DIR/ours"
	echo "$(wc -l <"$KTAP_DIR/theirs") groups; what only one of both has:"
	cat "$KTAP_DIR/theirs" "$KTAP_DIR/ours" | sort | uniq -u | tee "$KTAP_DIR/differ"
	[ ! -s "$KTAP_DIR/differ" ]
}

whole_machine() {
	groups_agree
	cat "$KTAP_DIR/theirs"
	grep -x "$RDM_PCI $RDM_PCI_A $RDM_PCI_B" "$KTAP_DIR/ours"
	grep -x "$(basename "$(readlink "$DEVICES/$SRIOV/virtfn2")")" "$KTAP_DIR/ours"
}

# A port whose ACS is switched off isolates nothing any more; the kernel has looked
# before, so now they differ, and the comparison shows that it can.
sees_acs() {
	local port

	port=$(basename "$(readlink -f "$DEVICES/$NIC_A/..")")
	setpci -s "$port" ECAP_ACS+6.w >"$KTAP_DIR/acs"
	setpci -s "$port" ECAP_ACS+6.w=0
	look_again
	not groups_agree
	grep -x "acs $port $NIC_A" "$IOMMU_EXT/isolation_sets"
	setpci -s "$port" "ECAP_ACS+6.w=$(<"$KTAP_DIR/acs")"
	look_again
	groups_agree
}

# Something goes and comes.
look_again() {
	echo 1 >"$DEVICES/$RDM_NIC/remove"
	echo 1 >/sys/bus/pci/rescan
	wait_for 10 [ -e "$DEVICES/$RDM_NIC/iommu_group" ]
}

goes_and_comes() {
	kernel_log_note "two go"
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	echo 1 >"$DEVICES/$RDM_PCI_B/remove"
	groups_agree
	grep -x "$RDM_PCI $RDM_PCI_A" "$KTAP_DIR/ours"
	wait_for 5 said "$RDM_PCI_A: isolation set: bridge,rmrr $RDM_PCI $RDM_PCI_A"
	echo 1 >/sys/bus/pci/rescan
	wait_for 5 said "$RDM_PCI_A: isolation set: bridge,rmrr $RDM_PCI $RDM_PCI_A $RDM_PCI_B"
	groups_agree
}

said() {
	kernel_log_after "two go" | grep -F "$1"
}

# NIC_B and RDM_PAIR are behind ports of their own, and firmware has the same memory for both.
shared_memory() {
	show cat "$IOMMU_EXT/isolation_sets"
	grep -x -e "- $NIC_B" "$IOMMU_EXT/isolation_sets"
	grep -x -e "- $RDM_PAIR" "$IOMMU_EXT/isolation_sets"
	grep -x "bridge,rmrr $RDM_PCI $RDM_PCI_A $RDM_PCI_B" "$IOMMU_EXT/isolation_sets"
	grep -x -e "- $RDM_EDU" "$IOMMU_EXT/isolation_sets"
	grep -x "$NIC_B" "$IOMMU_EXT/isolation_groups"
	grep -x "$RDM_PAIR" "$IOMMU_EXT/isolation_groups"
	[ "$(<"$DEVICES/$RDM_PAIR/iommu_ext/isolation_set")" = "- $RDM_PAIR" ]
}

# region NAME SCOPE: how it stands in the list.
region() {
	local at=RDM_$1_AT

	printf '0x%016x 0x%016x DMAR %s\n' "${!at}" $((${!at} + RDM_SIZE - 1)) "$2" >"$KTAP_DIR/line"
	grep -xF "$(<"$KTAP_DIR/line")" "$IOMMU_EXT/rdm_regions"
}

regions() {
	show cat "$IOMMU_EXT/rdm_regions"
	region EDU 0000:00:10.0/00.0
	region PCI 0000:00:13.0/00.0/..
	region PAIR 0000:00:15.0/00.0
	region PAIR 0000:00:06.0/00.0
	region LOW 0000:00:15.0/00.0
	region LOW 0000:00:06.0/00.0
	[ "$(wc -l <"$IOMMU_EXT/rdm_regions")" = 10 ]
}

# asked REQUEST LINE...: these are among the answer's.
asked() {
	local line

	echo "$1" >"$IOMMU_EXT/check"
	show cat "$IOMMU_EXT/check"
	shift
	for line; do
		grep -xF -e "$line" "$IOMMU_EXT/check"
	done
}

preflight() {
	local yes='strict=yes reserve=yes map=yes relaxed=yes relaxed-low=yes'
	local holes='strict=no reserve=yes map=yes relaxed=yes relaxed-low=yes'

	asked "$NIC_A mem=4G" "$yes"
	asked "$RDM_EDU mem=4G" "strict=no reserve=no map=no relaxed=yes relaxed-low=no" \
		"now: $RDM_EDU has policy strict" \
		"$RDM_EDU 0x38000000-0x3800ffff is in the guest's RAM" \
		"do: policy reserve, and keep RAM away: max-ram-below-4g=896M"
	asked "$RDM_EDU mem=4G,below4g=896M" "$holes"
	asked "$SRIOV mem=512M" "$holes" "do: use a VF of $SRIOV, for VFs nothing is reserved"
	asked "$RDM_USB mem=512M" "$yes"
	asked "$RDM_PCI_A mem=512M" \
		"do: give the whole set, or leave it without drivers: $RDM_PCI_B"
	asked "$RDM_PAIR mem=512M" "strict=no reserve=no map=no relaxed=yes relaxed-low=yes" \
		"$RDM_PAIR 0x60000-0x6ffff is in the guest's RAM" \
		"do: policy relaxed-low; RAM of a PC below 1 MB cannot be kept away"
	not sh -c "echo '$RDM_PCI_A' >$IOMMU_EXT/check"
	not sh -c "echo '0000:ff:1f.7 mem=1G' >$IOMMU_EXT/check"
}

# mem= as QEMU's -m; the policy in force; a machine type that nobody knows.
preflight_as_qemu() {
	local holes='strict=no reserve=yes map=yes relaxed=yes relaxed-low=yes'

	asked "$RDM_EDU mem=4096" "strict=no reserve=no map=no relaxed=yes relaxed-low=no"
	asked "$RDM_EDU mem=384 machine=pc-i440fx-9.2" "$holes"
	echo "$RDM_EDU=map" >"$IOMMU_EXT/rdm_policies"
	asked "$RDM_EDU mem=384" "$holes" "now: $RDM_EDU has policy map" \
		"do: nothing, the policy in force will do"
	echo "-$RDM_EDU" >"$IOMMU_EXT/rdm_policies"
	asked "$RDM_EDU mem=384" "now: $RDM_EDU has policy strict"
	not sh -c "echo '$RDM_EDU mem=384 machine=microvm' >$IOMMU_EXT/check"
	kernel_log_since | grep 'check: .*expected machine=TYPE once'
}

modes() {
	[ "$(<"$IOMMU_EXT/isolation")" = enforce ]
	echo warn >"$IOMMU_EXT/isolation"
	[ "$(</sys/module/iommu_ext/parameters/isolation)" = warn ]
	not sh -c "echo maybe >$IOMMU_EXT/isolation"
	[ "$(<"$IOMMU_EXT/isolation")" = warn ]
}

# is_set LINE
is_set() {
	[ "$(<"$DEVICES/$RDM_PCI_A/iommu_ext/isolation_set")" = "$1" ]
}

refused() {
	kernel_log_note "$1"
	not sh -c "echo '$1' >$IOMMU_EXT/isolation_reasons"
	kernel_log_after "$1" | grep -F "isolation_reasons: $2"
}

# The bridge and the cards behind it have memory, too, and are one set by that alone.
reasons() {
	local file=$IOMMU_EXT/isolation_reasons

	[ "$(<"$file")" = bridge,alias,acs,rmrr,bar-page,intx ]
	kernel_log_note "one is off"
	echo -bridge >"$file"
	[ "$(<"$file")" = alias,acs,rmrr,bar-page,intx ]
	is_set "rmrr $RDM_PCI $RDM_PCI_A $RDM_PCI_B"
	kernel_log_after "one is off" | grep -F 'isolation_reasons: bridge switched off'
	echo '-rmrr, -intx' >"$file"
	is_set "- $RDM_PCI_A"
	groups_agree
	echo default >"$file"
	is_set "bridge,rmrr $RDM_PCI $RDM_PCI_A $RDM_PCI_B"
	echo +rmrr-shared >"$file"
	grep -E "rmrr-shared .*$NIC_B .*$RDM_PAIR" "$IOMMU_EXT/isolation_sets"
	refused 'bridge, bars' '"bars": expected bridge, alias'
	refused '-acs intx' '"intx": expected a sign before each name, or before none at position 5'
	[ "$(<"$file")" = bridge,alias,acs,rmrr,rmrr-shared,bar-page,intx ]
	echo default >"$file"
}

# xen_rdm is there in a Xen dom0 only.
documented() {
	{
		abi_live "$NIC_A" "$IOMMU_EXT" /sys/module/iommu_ext/parameters \
			"$DEVICES/$NIC_A/iommu_ext"
		echo "$IOMMU_EXT/xen_rdm r-"
	} | sort >"$KTAP_DIR/live"
	abi_agrees sysfs-module-iommu_ext "$KTAP_DIR/live"
	abi_live "$NIC_A" /sys/kernel/pt_core >"$KTAP_DIR/live"
	abi_agrees sysfs-module-pt_core "$KTAP_DIR/live"
}

unload_clean() {
	show rmmod iommu-ext
	[ ! -e "$IOMMU_EXT" ]
	show modprobe iommu-ext isolation=off
	[ "$(<"$IOMMU_EXT/isolation")" = off ]
	show rmmod iommu-ext
	not show modprobe iommu-ext isolation_reasons=bars
	show modprobe iommu-ext isolation_reasons=-bridge,-rmrr,-intx
	is_set "- $RDM_PCI_A"
	[ "$(</sys/module/iommu_ext/parameters/isolation_reasons)" = alias,acs,bar-page ]
	show rmmod iommu-ext
	kernel_log_clean
}

ktap_plan 12
kernel_log_start
ktap_need "iommu-ext loads, there are VFs" load
ktap_test "our sets are the kernel's groups, bridge and VFs included" whole_machine
ktap_test "a port that loses its ACS loses its groups" sees_acs
ktap_test "devices go and come: still its groups, and the change is told" goes_and_comes
ktap_test "reserved memory joins what is on one path, not cards on several (case M3)" shared_memory
ktap_test "the regions of the firmware's table are listed" regions
ktap_test "check says what would come of a guest" preflight
ktap_test "check takes sizes as QEMU does, and says what is in force (case M2)" preflight_as_qemu
ktap_test "the mode can be changed, and is checked" modes
ktap_test "reasons can be switched one by one; a list that is none changes nothing (case M3)" reasons
ktap_test "each file of iommu-ext and pt-core is in Documentation/ABI, with its access" documented
ktap_test "the module goes and comes; the kernel log has no complaint" unload_clean
ktap_finish
