#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The modules that have the names of the in-tree drivers: xen-pciback, pciback and pci-stub,
# with and without Xen, pciback-ng being there before.  Runs in a test machine
# (tools/testing/vm/run.sh native or xen) or on any host with NIC_A, NIC_B (two e1000e cards),
# SRIOV (another kind) and PING set.
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

for name in NIC_A NIC_B SRIOV; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the names are those of the in-tree drivers"
ktap_require_modules pciback-ng xen-pciback pciback pci-stub

PCIBACK=/sys/bus/pci/drivers/pciback
DEVICES=/sys/bus/pci/devices
CONF=/etc/modprobe.d/old-names.conf
trap 'rm -f "$CONF"; rm -rf "$KTAP_DIR"' EXIT

with_xen() {
	[ -e /proc/xen/capabilities ] || ktap_skip_this "no Xen here"
}

without_xen() {
	[ ! -e /proc/xen/capabilities ] || ktap_skip_this "this is a Xen dom0"
}

ids_of() {
	echo "$(cut -c3- "$DEVICES/$1/vendor"):$(cut -c3- "$DEVICES/$1/device")"
}

not_under_xen() {
	without_xen
	kernel_log_note 'plain boot'
	not modprobe xen-pciback "hide=($NIC_A)" permissive 2>"$KTAP_DIR/said"
	grep 'No such device' "$KTAP_DIR/said"
	kernel_log_after 'plain boot' | grep 'xen_pciback: no Xen dom0: hide= has no effect here'
	show modprobe pciback "hide=($NIC_A)"
	kernel_log_after 'plain boot' | grep ' pciback: no Xen dom0: hide= has no effect here'
	driver_is "$NIC_A" e1000e
	not grep . "$PCIBACK/rules"
	grep N /sys/module/pciback_ng/parameters/permissive
	show rmmod pciback
	show rmmod pciback-ng
	show modprobe pciback-ng "hide=($NIC_A)"
	driver_is "$NIC_A" pciback
	show rmmod pciback-ng
	driver_is "$NIC_A" e1000e
}

under_xen() {
	with_xen
	show modprobe pciback-ng "hide=($NIC_B)"
	show modprobe xen-pciback "hide=($NIC_A)(nonsense)($NIC_B)" passthrough=1
	driver_is "$NIC_A" pciback
	driver_is "$NIC_B" pciback
	kernel_log_since | grep 'xen-pciback.hide=: entry 2 "nonsense"'
	grep -Fx "$NIC_A" "$PCIBACK/slots"
	show rmmod xen-pciback
	driver_is "$NIC_A" e1000e
	driver_is "$NIC_B" pciback
	not grep -F "$NIC_A" "$PCIBACK/slots"
	grep -Fx "$NIC_B" "$PCIBACK/slots"
	show rmmod pciback-ng
	driver_is "$NIC_B" e1000e
}

# As recipes have it that came from a shell.
quoted() {
	local name=pciback-ng

	[ ! -e /proc/xen/capabilities ] || name=xen-pciback
	echo "options $name hide='($NIC_A)'" >"$CONF"
	show modprobe "$name"
	driver_is "$NIC_A" pciback
	[ "$name" = pciback-ng ] || show rmmod "$name"
	show rmmod pciback-ng
	# shellcheck disable=SC2016  # that is the point
	echo "options $name hide=x'\$(touch\${IFS}$KTAP_DIR/was-run)'" >"$CONF"
	modprobe "$name" || :
	[ ! -e "$KTAP_DIR/was-run" ]
	[ "$name" = pciback-ng ] || show rmmod "$name"
	show rmmod pciback-ng
	rm "$CONF"
}

late_stub() {
	show modprobe pciback-ng
	echo "$NIC_B" >"$DEVICES/$NIC_B/driver/unbind"
	show modprobe pci-stub "ids=$(ids_of "$NIC_B"),$(ids_of "$SRIOV")"
	driver_is "$NIC_B" pci-stub
	driver_is "$NIC_A" e1000e
	grep -Fx "$(ids_of "$NIC_B") pci-stub" "$PCIBACK/rules"
	show rmmod pci-stub
	no_driver "$NIC_B"
	[ "$(<"$DEVICES/$NIC_B/driver_override")" = '(null)' ]
	not grep . "$PCIBACK/rules"
	echo "$NIC_B" >/sys/bus/pci/drivers/e1000e/bind
	show modprobe pci-stub
	show rmmod pci-stub
	show rmmod pciback-ng
}

# driverctl and libvirt load what a driver is called when its folder is not there.
oldest_name() {
	not test -e "$PCIBACK"
	show modprobe -b pciback
	echo pciback >"$DEVICES/$NIC_A/driver_override"
	echo "$NIC_A" >"$DEVICES/$NIC_A/driver/unbind"
	echo "$NIC_A" >/sys/bus/pci/drivers_probe
	driver_is "$NIC_A" pciback
	echo "$NIC_A" >"$PCIBACK/unbind"
	echo >"$DEVICES/$NIC_A/driver_override"
	echo "$NIC_A" >/sys/bus/pci/drivers_probe
	driver_is "$NIC_A" e1000e
	show rmmod pciback
	show rmmod pciback-ng
}

permissive_is() {
	[ "$(<"/sys/module/$1/parameters/permissive")" = "$2" ]
}

permissive() {
	local name=pciback

	[ ! -e /proc/xen/capabilities ] || name=xen_pciback
	show modprobe "$name"
	permissive_is "$name" N
	echo 1 >"/sys/module/$name/parameters/permissive"
	permissive_is "$name" Y
	permissive_is pciback_ng Y
	echo N >/sys/module/pciback_ng/parameters/permissive
	permissive_is "$name" N
	echo Y >"/sys/module/$name/parameters/permissive"
	show rmmod "$name"
	permissive_is pciback_ng N
	show modprobe "$name" permissive
	permissive_is pciback_ng Y
	show rmmod "$name"
	show rmmod pciback-ng
}

abi() {
	local name

	with_xen
	show modprobe -a xen-pciback pciback pci-stub
	for name in xen_pciback pciback pci_stub; do
		abi_live none "/sys/module/$name/parameters"
	done | sort >"$KTAP_DIR/live"
	show rmmod xen-pciback pciback pci-stub pciback-ng
	abi_agrees sysfs-module-xen_pciback "$KTAP_DIR/live"
}

works() {
	dom0_net "$NIC_A"
	show ping -c 2 -W 2 -I "$(net_of "$NIC_A")" "$PING"
}

ktap_plan 9
kernel_log_start
ktap_test "without Xen hide= of xen-pciback and pciback hides nothing, which the log says; that of pciback-ng does (case D7)" not_under_xen
ktap_test "in a dom0 xen-pciback hides what it is told though pciback-ng is loaded, and gives back when it goes (case D3)" under_xen
ktap_test "single quotes in modprobe.d; no shell sees an option (case D5)" quoted
ktap_test "modprobe pci-stub ids= takes what has no driver though pciback-ng is loaded (case D3)" late_stub
ktap_test "modprobe pciback brings the driver pciback, for driver_override, too (case D10)" oldest_name
ktap_test "permissive of the old names is that of pciback-ng (case D10)" permissive
ktap_test "Documentation/ABI agrees with what is there" abi
ktap_test "the card works after all that" works
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
