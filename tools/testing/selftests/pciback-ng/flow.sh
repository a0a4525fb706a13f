#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A network card and an NVMe disk go from dom0 to a PV guest and back, with stock xl
# and a stock guest.  Runs in a test machine (tools/testing/vm/run.sh) or on a real
# dom0 with NIC_A, DISK, GUEST_KERNEL, GUEST_INITRD, PING, MODULE set.  The disk's
# first 8 MB are overwritten.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

for name in NIC_A DISK GUEST_KERNEL GUEST_INITRD PING MODULE; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE"

NIC=$(short "$NIC_A")
SSD=$(short "$DISK")
MB8=(bs=1M count=8)

load() {
	show modprobe "$MODULE"
	test -d /sys/bus/pci/drivers/pciback
}

hide() {
	show xl pci-assignable-add "$NIC"
	show xl pci-assignable-add "$SSD"
	show xl pci-assignable-list
	driver_is "$NIC_A" pciback
	driver_is "$DISK" pciback
}

create() {
	guest_start u1 "$NIC_A" "$DISK"
	guest_up u1
	show xl pci-list u1
	guest_show u1 20 pci
}

guest_pings() {
	guest_net u1
	guest_show u1 20 "ping -c 2 -W 2 $PING"
}

guest_disk() {
	local node=/dev/nvme0n1

	guest_wait u1 "[ -b $node ]"
	guest_show u1 30 "dd if=/dev/urandom of=/tmp/x ${MB8[*]}"
	guest_show u1 30 "dd if=/tmp/x of=$node ${MB8[*]} conv=fsync"
	guest_show u1 30 "echo 3 >/proc/sys/vm/drop_caches; cmp -n 8388608 $node /tmp/x && echo same"
	guest_show u1 30 "md5sum </tmp/x"
	cp "$KTAP_DIR/.out" "$KTAP_DIR/md5"
}

detach() {
	show xl pci-detach u1 "$NIC"
	guest_wait u1 '! ls /sys/bus/pci/devices/*/net'
	guest_show u1 20 pci
	show xl pci-list u1
	not grep "$NIC" "$KTAP_DIR/.out"
}

attach() {
	show xl pci-attach u1 "$NIC"
	guest_wait u1 'ls /sys/bus/pci/devices/*/net'
	guest_show u1 20 pci
	show xl pci-list u1
	grep -q "$NIC" "$KTAP_DIR/.out"
}

destroy() {
	guest_destroy u1
	driver_is "$NIC_A" pciback
	driver_is "$DISK" pciback
}

give_back() {
	show xl pci-assignable-remove -r "$NIC"
	show xl pci-assignable-remove -r "$SSD"
	driver_is "$NIC_A" e1000e
	driver_is "$DISK" nvme
}

dom0_pings() {
	dom0_net "$NIC_A"
	show ping -c 2 -W 2 -I "$(net_of "$NIC_A")" "$PING"
}

dom0_disk() {
	local node

	wait_for 10 disk_of "$DISK"
	node=/dev/$(disk_of "$DISK")
	show sh -c "dd if=$node ${MB8[*]} 2>/dev/null | md5sum"
	[ "$(dd if="$node" "${MB8[@]}" 2>/dev/null | md5sum)" = "$(<"$KTAP_DIR/md5")" ]
	show dd if=/dev/urandom of="$node" "${MB8[@]}" oflag=direct
}

nothing_left() {
	show xl list
	[ "$(xl list | wc -l)" -eq 2 ]
	[ -z "$(xl pci-assignable-list)" ]
	no_backends
	[ -z "$(</sys/bus/pci/drivers/pciback/slots)" ]
	show rmmod "$MODULE"
}

ktap_plan 15
kernel_log_start
ktap_need "$MODULE loads" load
ktap_need "xl pci-assignable-add takes a network card and an NVMe disk from dom0" hide
ktap_need "xl create starts a PV guest with both" create
ktap_test "the guest pings through the card" guest_pings
ktap_test "the guest writes, reads back and compares 8 MB on the disk" guest_disk
ktap_test "xl pci-detach takes the card from the running guest" detach
ktap_test "xl pci-attach gives it back" attach
ktap_test "the guest pings again" guest_pings
ktap_test "xl destroy ends the guest and leaves both devices hidden" destroy
ktap_test "xl pci-assignable-remove -r gives both back to their dom0 drivers" give_back
ktap_test "dom0 pings through the card" dom0_pings
ktap_test "dom0 reads what the guest wrote and can write" dom0_disk
ktap_test "nothing is left over, $MODULE unloads" nothing_left
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_test "Xen's log is clean: no refused hypercall, no DMA fault" xen_log_clean
ktap_finish
