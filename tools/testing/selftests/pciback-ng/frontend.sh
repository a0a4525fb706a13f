#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a PV guest's front-end can do with its devices besides plainly using them:
# every kind of interrupt, crashing, rebooting, both topologies.  Runs
# in a test machine (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, DISK,
# SRIOV (a card with that capability), PING, GUEST_KERNEL, GUEST_INITRD, MODULE,
# DRIVER set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/pciback.sh
. ../passthrough-lib/pciback.sh

for name in NIC_A DISK SRIOV PING GUEST_KERNEL GUEST_INITRD MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE"

EXTRA="console=hvc0 panic=-1 loglevel=5 swiotlb=8192,force mitigations=off init_on_alloc=0 guest.modules=xen-pcifront,e1000e,nvme"

load() {
	show modprobe "$MODULE" "$@"
	show xl pci-assignable-add "$NIC_A"
	show xl pci-assignable-add "$DISK"
	show xl pci-assignable-add "$SRIOV"
}

start() {
	guest_start u1 "$NIC_A" "$DISK" "$SRIOV"
	guest_up u1
}

# The toolstack lists one device after the other, and each moves those before it.
logged_once() {
	local bdf

	[ "$DRIVER" = ng ] || ktap_skip_this "the in-tree driver does not log it"
	kernel_log_since | grep 'given to domain' | tee "$KTAP_DIR/given"
	[ "$(wc -l <"$KTAP_DIR/given")" -eq 3 ]
	for bdf in "$NIC_A" "$DISK" "$SRIOV"; do
		[ "$(grep -c " $bdf given to domain [0-9]* as 0000:00:" "$KTAP_DIR/given")" -eq 1 ]
	done
	[ "$(sed 's/.* as //' "$KTAP_DIR/given" | sort -u | wc -l)" -eq 3 ]
}

# The drivers' interrupts, by the name that the guest's kernel gives the kind.
interrupts_are() {
	guest_show u1 20 "grep $2 /proc/interrupts"
	grep -q "$1" "$KTAP_DIR/.out"
}

nic_msix() {
	guest_net u1
	interrupts_are pcifront-msi-x eth
}

disk_msix() {
	guest_wait u1 '[ -b /dev/nvme0n1 ]'
	interrupts_are pcifront-msi-x nvme
	guest_show u1 20 "dd if=/dev/nvme0n1 of=/dev/null bs=1M count=1"
}

extended_space() {
	# shellcheck disable=SC2016  # the guest expands it
	guest_show u1 20 'for d in /sys/bus/pci/devices/*; do wc -c <$d/config; dd if=$d/config bs=1 skip=256 count=4 2>/dev/null | hexdump -C; done'
	grep -qx 4096 "$KTAP_DIR/.out"
	# The Advanced Error Reporting capability of the e1000e.
	grep -q '^00000000  01 00 ' "$KTAP_DIR/.out"
}

# A guest with this capability could make functions that nobody gave it.
no_sriov() {
	[ -e "/sys/bus/pci/devices/$SRIOV/sriov_totalvfs" ]
	guest_show u1 20 'ls /sys/bus/pci/devices/*/sriov_totalvfs' && return 1
	guest_show u1 20 pci
	[ "$(grep -c 0000: "$KTAP_DIR/.out")" -eq 3 ]
}

# The guest's kernel dies; the toolstack clears up behind it.
panic() {
	local id

	id=$(guest_id u1)
	guest_order u1 'echo c >/proc/sysrq-trigger'
	wait_for 60 domain_gone "$id"
	wait_for 20 no_backends
	driver_is "$NIC_A" pciback
}

reboot() {
	local id

	guest_start u1 -o 'on_reboot = "restart"' "$NIC_A"
	guest_up u1
	id=$(guest_id u1)
	guest_order u1 'reboot -f'
	wait_for 60 domain_gone "$id"
	wait_for 60 guest_id u1
	guest_up u1
	guest_net u1
	guest_show u1 20 "ping -c 2 -W 2 $PING"
	guest_destroy u1
}

intx() {
	guest_start u1 -o "extra = \"$EXTRA pci=nomsi\"" "$NIC_A"
	guest_up u1
	guest_net u1
	interrupts_are xen-pirq eth
	not grep -q pcifront-msi "$KTAP_DIR/.out"
	show cat "$PCIBACK/irq_handlers"
	grep "$NIC_A:on:acking" "$KTAP_DIR/.out"
	guest_destroy u1
}

permissive_ends() {
	guest_start u1 "$NIC_A,permissive=1"
	show cat "$PCIBACK/permissive"
	grep -q "$NIC_A" "$KTAP_DIR/.out"
	guest_destroy u1
	wait_for 10 no_backends
	show cat "$PCIBACK/permissive"
	not grep -q "$NIC_A" "$KTAP_DIR/.out"
}

unload() {
	local bdf

	for bdf in "$NIC_A" "$DISK" "$SRIOV"; do
		show xl pci-assignable-remove -r "$bdf"
	done
	show cat "/sys/module/${MODULE//-/_}/refcnt"
	show rmmod "$MODULE"
}

physical_addresses() {
	load passthrough=1
	guest_start u1 "$NIC_A"
	guest_up u1
	guest_show u1 20 pci
	grep "$NIC_A .* e1000e" "$KTAP_DIR/.out"
	guest_net u1
	guest_destroy u1
	unload
}

ktap_plan 14
kernel_log_start
ktap_need "$MODULE loads, three devices are hidden" load
ktap_need "a PV guest starts with all three" start
ktap_test "the log says once for each device where the guest has it (case C7)" logged_once
ktap_test "the guest's network card has MSI-X interrupts" nic_msix
stock_fails "guests since 5.17 name the wrong kind when they disable MSI-X" \
	"the guest's disk, which sets MSI-X up twice, has it too" disk_msix
ktap_test "the guest reads extended configuration space" extended_space
stock_fails "shows every capability" "the guest sees no SR-IOV capability" no_sriov
ktap_test "a guest whose kernel panics leaves nothing behind" panic
ktap_test "a guest that reboots comes back with its card" reboot
ktap_test "a card works with INTx" intx
stock_fails "keeps it" \
	"defect_01_permissive_ends: permissive ends with the guest it was given to" permissive_ends
ktap_test "all goes back to dom0, $MODULE unloads" unload
ktap_test "passthrough=1: the guest sees physical addresses" physical_addresses
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
