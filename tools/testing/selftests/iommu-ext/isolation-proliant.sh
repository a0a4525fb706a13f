#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: firmware of a ProLiant
#
# A machine with the RMRRs of a ProLiant Gen8, each of which is for the SATA controller, the
# RAID controller, iLO and every network card: two guests get a network card each, with
# iommu-ext as it is by default. The control is the reason rmrr-shared, which is off by default
# and makes one set of all these devices.
#
# Xen itself refuses a device whose RMRR is for others as well, unless the guest's
# configuration has rdm_policy=relaxed for it.
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with NIC_A, NIC_B (two
# e1000e), DISK, PROLIANT_REGIONS, PING, GUEST_KERNEL, GUEST_INITRD set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

for name in NIC_A NIC_B DISK PROLIANT_REGIONS PING GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no isolation sets"
ktap_require_modules pciback-ng iommu-ext

IOMMU_EXT=/sys/kernel/iommu_ext
DEVICES=/sys/bus/pci/devices
GUEST_MODULES=xen-pcifront,e1000e
RELAXED=,rdm_policy=relaxed

# What became of the device of a guest: 3 is given, 6 is refused.
given() {
	[ "$(xenstore-read "/local/domain/0/backend/pci/$(guest_id "$1")/0/state-0")" = "$2" ]
}

load() {
	show modprobe pciback-ng
	show modprobe iommu-ext
	[ "$(<"$IOMMU_EXT/isolation")" = enforce ]
	[ "$(<"$IOMMU_EXT/isolation_reasons")" = bridge,alias,acs,rmrr,bar-page,intx ]
	show xl pci-assignable-add "$NIC_A"
	show xl pci-assignable-add "$NIC_B"
}

# path BDF: as a scope of the table has it.
path() {
	local port

	port=$(basename "$(readlink -f "$DEVICES/$1/..")")
	echo "0000:00:${port#0000:00:}/00.${1##*.}"
}

# has_region START-END BDF: so dom0 reads it, and so Xen has it.
has_region() {
	local start=$((0x${1%-*})) end=$((0x${1#*-})) line

	printf -v line '0x%016x 0x%016x RMAD %s' "$start" "$end" "$(path "$2")"
	grep -qxF "$line" "$IOMMU_EXT/rdm_regions" || {
		echo "not in rdm_regions: $line"
		return 1
	}
	printf -v line '0x%x-0x%x' "$start" "$end"
	grep "^$line " "$IOMMU_EXT/xen_rdm" | grep -qF " $2" || {
		echo "Xen does not have $line for $2"
		return 1
	}
}

same_regions() {
	local region bdf

	show cat "$IOMMU_EXT/rdm_regions"
	show cat "$IOMMU_EXT/xen_rdm"
	for region in $PROLIANT_REGIONS; do
		for bdf in "$NIC_A" "$NIC_B" "$DISK"; do
			has_region "$region" "$bdf"
		done
	done
	kernel_log_since | not grep -E 'Xen has (its|another device.s) reserved memory'
}

apart() {
	show cat "$IOMMU_EXT/isolation_sets"
	grep -x -e "- $NIC_A" "$IOMMU_EXT/isolation_sets"
	grep -x -e "- $NIC_B" "$IOMMU_EXT/isolation_sets"
	grep -x -e "- $DISK" "$IOMMU_EXT/isolation_sets"
}

# gets GUEST BDF
gets() {
	guest_start "$1" "$2$RELAXED"
	guest_up "$1"
	given "$1" 3
	guest_net "$1"
	guest_show "$1" 20 "ping -c 2 -W 2 $PING"
}

first_gets() {
	gets u1 "$NIC_A"
}

second_gets() {
	gets u2 "$NIC_B"
	guest_show u1 20 "ping -c 2 -W 2 $PING"
	guest_destroy u2
}

xen_refuses() {
	not guest_start u2 "$NIC_B"
	xl list u2 2>/dev/null || return 0
	guest_destroy u2
}

# All devices of the machine are one set: so it was with DMAR scopes taken one and all.
joined() {
	local reason

	echo +rmrr-shared >"$IOMMU_EXT/isolation_reasons"
	[ "$(<"$IOMMU_EXT/isolation_reasons")" = bridge,alias,acs,rmrr,rmrr-shared,bar-page,intx ]
	show cat "$IOMMU_EXT/isolation_sets"
	grep -E "^[a-z,-]*rmrr-shared .*$NIC_A .*$DISK .*$NIC_B" "$IOMMU_EXT/isolation_sets"
	kernel_log_note "joined"
	guest_start u2 "$NIC_B$RELAXED" || echo "xl says so, too"
	wait_for 20 given u2 6
	reason="isolation: xen $(guest_id u1) has $NIC_A: both have the reserved memory at 0xbdffd000"
	kernel_log_after "joined" | grep -F "$NIC_B: not given to xen $(guest_id u2): $reason"
	guest_destroy u2
}

apart_again() {
	echo -rmrr-shared >"$IOMMU_EXT/isolation_reasons"
	apart
	second_gets
}

unload() {
	guest_destroy u1
	show xl pci-assignable-remove "$NIC_A"
	show xl pci-assignable-remove "$NIC_B"
	show rmmod iommu-ext pciback-ng
	kernel_log_clean
}

ktap_plan 9
kernel_log_start
ktap_need "pciback-ng and iommu-ext load, with their defaults" load
ktap_test "Xen and dom0 have the RMRRs of a ProLiant for all of its cards (case M3)" same_regions
ktap_test "and no network card is in a set with another (case M3)" apart
ktap_need "a guest gets a network card and pings" first_gets
ktap_test "a second guest gets another one; both ping (case M3)" second_gets
ktap_test "Xen alone refuses it without rdm_policy=relaxed" xen_refuses
ktap_test "control: with the reason rmrr-shared the second is refused (case M3)" joined
ktap_test "without it again the second guest gets its card (case M3)" apart_again
ktap_test "all is unloaded, the kernel log has no complaint" unload
ktap_finish
