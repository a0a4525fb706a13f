#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Claiming without Xen: on a plain host the driver takes devices and gives them back,
# as pci-stub does.  Runs in a test machine (tools/testing/vm/run.sh native) or on any
# host with NIC_A and PING set; dom0's driver of NIC_A is taken away for a moment.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

[ -n "${NIC_A-}" ] || ktap_skip_all "NIC_A is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver does not load without Xen"
[ ! -e /proc/xen/capabilities ] || ktap_skip_all "this is a Xen dom0"
ktap_require_modules pciback-ng

PCIBACK=/sys/bus/pci/drivers/pciback

load() {
	show modprobe pciback-ng
	[ -d "$PCIBACK" ]
}

claim() {
	show sh -c "echo $NIC_A >/sys/bus/pci/devices/$NIC_A/driver/unbind"
	show sh -c "echo $NIC_A >$PCIBACK/new_slot"
	show sh -c "echo $NIC_A >$PCIBACK/bind"
	driver_is "$NIC_A" pciback
	show cat "$PCIBACK/slots"
}

give_back() {
	show sh -c "echo $NIC_A >$PCIBACK/unbind"
	show sh -c "echo $NIC_A >$PCIBACK/remove_slot"
	show sh -c "echo $NIC_A >/sys/bus/pci/drivers_probe"
	wait_for 5 driver_is "$NIC_A" e1000e
}

ping_through() {
	dom0_net "$NIC_A"
	show ping -c 2 -W 2 -I "$(net_of "$NIC_A")" "$PING"
}

# Its twin, of the same ids, stays where it is.
by_serial() {
	local serial

	serial=$(lspci -vvs "$NIC_A" | sed -n 's/.*Device Serial Number //p' | tr -d -)
	[ -n "$serial" ] && [ -n "${NIC_B-}" ] || ktap_skip_this "no serial number, or no other card"
	show sh -c "echo serial=$serial >$PCIBACK/hide"
	driver_is "$NIC_A" pciback
	driver_is "$NIC_B" e1000e
	show sh -c "echo serial=$serial >$PCIBACK/unhide"
	wait_for 5 driver_is "$NIC_A" e1000e
}

unload() {
	show rmmod pciback-ng
	[ ! -e "$PCIBACK" ]
}

ktap_plan 7
kernel_log_start
ktap_need "pciback-ng loads without Xen" load
ktap_test "new_slot and bind claim a network card" claim
ktap_test "unbind and remove_slot give it back to its driver" give_back
ktap_test "a rule by serial number takes that card alone (case N4)" by_serial
ktap_test "the card works again" ping_through
ktap_test "pciback-ng unloads" unload
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
