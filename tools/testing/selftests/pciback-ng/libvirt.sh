#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Unmodified libvirt, driverctl and what Proxmox VE does, on a KVM host whose cards
# pciback-ng keeps from the host: each of them gives them to vfio-pci and back.  Runs in a
# test machine (tools/testing/vm/run.sh kvm) or on any KVM host with NIC_A, PING, GUEST_KERNEL,
# GUEST_INITRD set and no other libvirt.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/kvm.sh
. ../passthrough-lib/kvm.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/libvirt.sh
. ../passthrough-lib/libvirt.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/page.sh
. ../passthrough-lib/page.sh

for name in NIC_A PING GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
kvm_need
libvirt_need
ktap_require_commands driverctl
ktap_require_modules pci-stub vfio-pci

DRIVER=${DRIVER-ng}
DRIVERS=/sys/bus/pci/drivers
DEVICES=/sys/bus/pci/devices
IDS="$(cut -c3- "$DEVICES/$NIC_A/vendor"):$(cut -c3- "$DEVICES/$NIC_A/device")"

# As pci-stub.ids= at boot has it: no driver of the host has seen the card.
hold_card() {
	modprobe vfio-pci
	modprobe -r e1000e
	show modprobe pci-stub "ids=$IDS"
	modprobe e1000e
	driver_is "$NIC_A" pci-stub
}

driverctl_to_vfio() {
	show driverctl --nosave set-override "$NIC_A" vfio-pci
	driver_is "$NIC_A" vfio-pci
	show driverctl --nosave unset-override "$NIC_A"
	not driver_is "$NIC_A" vfio-pci
	show driverctl --nosave set-override "$NIC_A" e1000e
	driver_is "$NIC_A" e1000e
	show driverctl --nosave set-override "$NIC_A" pci-stub
	driver_is "$NIC_A" pci-stub
	echo >"$DEVICES/$NIC_A/driver_override"
}

driverctl_pciback() {
	show driverctl --nosave set-override "$NIC_A" pciback
	driver_is "$NIC_A" pciback
	show driverctl --nosave set-override "$NIC_A" pci-stub
	driver_is "$NIC_A" pci-stub
	echo >"$DEVICES/$NIC_A/driver_override"
}

# What its QemuServer/PCI.pm does at the start of a VM, restated: the ids to vfio-pci, away
# from its driver, bind, reset.
proxmox() {
	echo "$IDS" | tr : ' ' >"$DRIVERS/vfio-pci/new_id"
	if ! driver_is "$NIC_A" vfio-pci; then
		echo "$NIC_A" >"$DEVICES/$NIC_A/driver/unbind"
		show sh -c "echo $NIC_A >$DRIVERS/vfio-pci/bind"
	fi
	driver_is "$NIC_A" vfio-pci
	show sh -c "echo 1 >$DEVICES/$NIC_A/reset"
	echo "$IDS" | tr : ' ' >"$DRIVERS/vfio-pci/remove_id"
	echo "$NIC_A" >"$DRIVERS/vfio-pci/unbind"
	show sh -c "echo $NIC_A >$DRIVERS/pci-stub/bind"
	driver_is "$NIC_A" pci-stub
}

libvirt_runs() {
	libvirt_start
	show virsh nodedev-list --cap pci >"$KTAP_DIR/nodes"
	grep "$(node_of "$NIC_A")" "$KTAP_DIR/nodes"
}

detach() {
	show virsh nodedev-detach "$(node_of "$NIC_A")"
	driver_is "$NIC_A" vfio-pci
	show virsh nodedev-reattach "$(node_of "$NIC_A")"
	not driver_is "$NIC_A" vfio-pci
	driver_of "$NIC_A"
}

managed() {
	libvirt_domain lv1 "$NIC_A"
	driver_is "$NIC_A" vfio-pci
	kvm_up 120
	kvm_net
}

managed_end() {
	show virsh destroy lv1
	wait_for 20 not driver_is "$NIC_A" vfio-pci
	driver_of "$NIC_A"
	[ "$(cat "$DEVICES/$NIC_A/driver_override")" = '(null)' ]
}

host_again() {
	libvirt_stop
	no_driver "$NIC_A" || echo "$NIC_A" >"$DEVICES/$NIC_A/driver/unbind"
	echo "$NIC_A" >"$DRIVERS/e1000e/bind"
	dom0_net "$NIC_A"
}

ktap_plan 11
kernel_log_start
ktap_need "pci-stub ids= holds the card" hold_card
ktap_test "driverctl gives it to vfio-pci, to its own driver, and back (case D1)" driverctl_to_vfio
ours "driverctl set-override pciback (case D10)" driverctl_pciback
ktap_test "Proxmox VE's steps give it to vfio-pci (case D1)" proxmox
ktap_need "libvirt sees it" libvirt_runs
ktap_test "virsh nodedev-detach and -reattach" detach
ktap_test "the page's block on that (case D13)" page_run coming-from.rst libvirt
ktap_need "a guest with managed='yes' has it, and it works" managed
ktap_test "when that ends, libvirt gives it back" managed_end
ktap_test "the host's driver has it, and it works" host_again
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
