#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The same as recipes.sh without Xen: what people type for pci-stub and vfio-pci, and what a
# host uses and must not lose.  Runs in a test machine (tools/testing/vm/run.sh native) or on
# any host with NIC_A, NIC_B, DISK (an NVMe disk that may be written), PING set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/vfio.sh
. ../passthrough-lib/vfio.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/page.sh
. ../passthrough-lib/page.sh

for name in NIC_A NIC_B DISK PING; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
DRIVER=${DRIVER-ng}
ktap_require_commands dmsetup mkswap swapon
ktap_require_modules pci-stub vfio-pci nvme dm-mod bridge
[ "$DRIVER" != ng ] || ktap_require_modules pciback-ng

DRIVERS=/sys/bus/pci/drivers
DEVICES=/sys/bus/pci/devices

ids_of() {
	echo "$(cut -c3- "$DEVICES/$1/vendor"):$(cut -c3- "$DEVICES/$1/device")"
}

# Cards that pci-stub.ids= keeps from the host until a script gives one to vfio-pci.
stub_holds() {
	modprobe -r e1000e
	show modprobe pci-stub "ids=$(ids_of "$NIC_A")"
	modprobe e1000e
	driver_is "$NIC_A" pci-stub
	driver_is "$NIC_B" pci-stub
}

# By new_id, as Proxmox VE and others do it.
stub_to_vfio() {
	modprobe vfio-pci
	ids_of "$NIC_A" | tr : ' ' >"$DRIVERS/vfio-pci/new_id"
	echo "$NIC_A" >"$DEVICES/$NIC_A/driver/unbind"
	show sh -c "echo $NIC_A >$DRIVERS/vfio-pci/bind"
	driver_is "$NIC_A" vfio-pci
}

vfio_to_host() {
	ids_of "$NIC_A" | tr : ' ' >"$DRIVERS/vfio-pci/remove_id"
	echo "$NIC_A" >"$DEVICES/$NIC_A/driver/unbind"
	show sh -c "echo $NIC_A >$DRIVERS/e1000e/bind"
	driver_is "$NIC_A" e1000e
}

# One list has both; the host wants one back.
twin_to_host() {
	echo "$NIC_B" >"$DEVICES/$NIC_B/driver/unbind"
	show sh -c "echo $NIC_B >$DRIVERS/e1000e/bind"
	driver_is "$NIC_B" e1000e
	dom0_net "$NIC_B"
	ip addr flush dev "$(net_of "$NIC_B")"
	ip link set "$(net_of "$NIC_B")" down
}

reload() {
	modprobe -r pci-stub
	modprobe -r pciback
	rmmod pciback-ng 2>/dev/null || :
	show modprobe pciback-ng
	not grep . "$PCIBACK/rules"
}

# page NAME: a block of the page for people who come from elsewhere, on a card of the host's.
page() {
	local result=0

	[ "$NIC_A" = 0000:02:00.0 ] && [ "$(ids_of "$NIC_A")" = 8086:10d3 ] ||
		ktap_skip_this "the page is about 0000:02:00.0, an 8086:10d3"
	[ "$1" != driverctl ] || command -v driverctl >/dev/null ||
		ktap_skip_this "no driverctl here"
	driver_is "$NIC_A" e1000e
	page_run coming-from.rst "$1" || result=$?
	echo >"$DEVICES/$NIC_A/driver_override"
	driver_is "$NIC_A" e1000e || {
		no_driver "$NIC_A" || echo "$NIC_A" >"$DEVICES/$NIC_A/driver/unbind"
		echo "$NIC_A" >"$DRIVERS/e1000e/bind"
	}
	return "$result"
}

# refused_by_rule RULE WHY: not taken, with the reason in the log.
refused_by_rule() {
	local mark="refusal $RANDOM"

	kernel_log_note "$mark"
	not sh -c "echo '$1' >$PCIBACK/hide" &&
		kernel_log_after "$mark" | grep "not taken, the host uses it: $2"
}

# refused_by_stub BDF: the same by the in-tree drivers' own road. What that took goes back.
refused_by_stub() {
	local had taken=''

	had=$(driver_of "$1")
	echo pci-stub >"$DEVICES/$1/driver_override"
	echo "$1" >"$DEVICES/$1/driver/unbind" && taken=yes
	echo "$1" >/sys/bus/pci/drivers_probe
	echo "$1: ${taken:+taken, }driver $(driver_of "$1")"
	echo >"$DEVICES/$1/driver_override"
	[ -z "$taken" ] || echo "$1" >"$DEVICES/$1/driver/unbind"
	echo "$1" >/sys/bus/pci/drivers_probe
	wait_for 10 driver_is "$1" "$had"
	[ -z "$taken" ]
}

# refused BDF WHY
refused() {
	if [ "$DRIVER" = ng ]; then
		refused_by_rule "$@"
	else
		refused_by_stub "$1"
	fi
}

# find_disk: its name changes with each time that its driver comes back.
find_disk() {
	wait_for 10 disk_of "$DISK" >/dev/null
	disk_of "$DISK" >"$KTAP_DIR/disk"
}

disk_mounted() {
	local root

	[ "$DRIVER" = ng ] ||
		ktap_skip_this "the in-tree drivers would take it, and with it this machine's root"
	root=$(readlink -f "/sys/dev/block/$(mountpoint -d /)")
	root=${root%%/ata*}
	refused "${root##*/}" "sd[a-z][0-9]* is mounted"
	driver_is "${root##*/}" ahci
}

# What LVM, multipath and dm-crypt stand on.
volume() {
	local result=0

	find_disk
	modprobe dm-mod
	echo "0 2048 linear /dev/$(<"$KTAP_DIR/disk") 0" | dmsetup create volume --noudevsync
	refused "$DISK" "$(<"$KTAP_DIR/disk") is mounted, swap or part of a volume" || result=1
	dmsetup remove --noudevsync volume
	return "$result"
}

# A program reads it, and nothing claims it for itself.
open_disk() {
	local result=0

	find_disk
	exec 6<"/dev/$(<"$KTAP_DIR/disk")"
	refused "$DISK" "$(<"$KTAP_DIR/disk") is open" || result=1
	exec 6<&-
	return "$result"
}

# The port above it, with all that is behind.
behind_port() {
	local port result=0

	find_disk
	port=$(basename "$(dirname "$(readlink -f "$DEVICES/$DISK")")")
	exec 6<"/dev/$(<"$KTAP_DIR/disk")"
	refused "$port" "$(<"$KTAP_DIR/disk") is open" || result=1
	exec 6<&-
	[ "$(driver_of "$port")" = pcieport ]
	return "$result"
}

# The last that the in-tree drivers are asked of the disk: nothing switches that swap off.
swap_on() {
	find_disk
	mkswap "/dev/$(<"$KTAP_DIR/disk")" >/dev/null
	swapon "/dev/$(<"$KTAP_DIR/disk")"
	refused "$DISK" "$(<"$KTAP_DIR/disk") is mounted, swap or part of a volume"
	swapoff "/dev/$(<"$KTAP_DIR/disk")"
}

idle_disk() {
	show sh -c "echo $DISK >$PCIBACK/hide"
	driver_is "$DISK" pciback
	show sh -c "echo $DISK >$PCIBACK/unhide"
	wait_for 10 driver_is "$DISK" nvme
	wait_for 10 [ -b "/dev/$(<"$KTAP_DIR/disk")" ]
}

net_address() {
	local result=0

	dom0_net "$NIC_B"
	refused "$NIC_B" "$(net_of "$NIC_B") is up with an address" || result=1
	ip addr flush dev "$(net_of "$NIC_B")"
	return "$result"
}

# A member of a bridge has no address itself.
net_bridge() {
	local result=0

	modprobe bridge
	ip link add br0 type bridge
	ip link set "$(net_of "$NIC_B")" master br0 up
	refused "$NIC_B" "part of br0" || result=1
	ip link del br0
	ip link set "$(net_of "$NIC_B")" down
	return "$result"
}

idle_interface() {
	show sh -c "echo $NIC_B >$PCIBACK/hide"
	driver_is "$NIC_B" pciback
	show sh -c "echo $NIC_B >$PCIBACK/unhide"
	driver_is "$NIC_B" e1000e
}

# no_bridge_of DRIVER
no_bridge_of() {
	local bdf

	for bdf in "$DEVICES"/*; do
		case $(<"$bdf/class") in
		0x06*) [ ! "$bdf/driver" -ef "$DRIVERS/$1" ] || { echo "$bdf has $1" && return 1; } ;;
		esac
	done
}

# By class no bridge goes, and no disk that is in use. The in-tree pci-stub takes by class and
# mask what has no driver.
by_class() {
	local any=ffffffff result=0

	if [ "$DRIVER" = ng ]; then
		show sh -c "echo class=06 >$PCIBACK/hide"
		no_bridge_of pciback
		echo class=06 >"$PCIBACK/unhide"
		refused class=01 "sd[a-z][0-9]* is mounted"
		driver_is "$DISK" nvme
		return
	fi
	modprobe -r pci-stub
	show modprobe pci-stub "ids=$any:$any:$any:$any:060000:ff0000,$any:$any:$any:$any:010000:ff0000"
	driver_is "$DISK" nvme
	no_bridge_of pci-stub || result=1
	modprobe -r pci-stub
	return "$result"
}

# hold_by_vfio, let_go: a program has the card open as a VMM does.
hold_by_vfio() {
	vfio_take "$NIC_A"
	rm -f "$KTAP_DIR/hold"
	mkfifo "$KTAP_DIR/hold"
	: >"$KTAP_DIR/held"
	./vfio "$NIC_A" device hold <"$KTAP_DIR/hold" >"$KTAP_DIR/held" 2>&1 &
	exec 8>"$KTAP_DIR/hold"
	wait_for 10 grep -qx hold "$KTAP_DIR/held"
}

let_go() {
	exec 8>&-
	wait
}

vfio_user() {
	hold_by_vfio
	refused "$NIC_A" "a program (IOMMU group $(basename "$(readlink "$DEVICES/$NIC_A/iommu_group")"), vfio-pci)"
	# Nobody else has to wait.
	show sh -c "echo $NIC_B >$PCIBACK/hide"
	show sh -c "echo $NIC_B >$PCIBACK/unhide"
	let_go
	show sh -c "echo $NIC_A >$PCIBACK/hide"
	driver_is "$NIC_A" pciback
	show sh -c "echo $NIC_A >$PCIBACK/unhide"
	vfio_release "$NIC_A"
	driver_is "$NIC_A" e1000e
}

# The driver's remove() waits for that program, and the writer with it.
vfio_user_stock() {
	local waits=''

	hold_by_vfio
	sh -c "exec 8>&-; echo $NIC_A >$DEVICES/$NIC_A/driver/unbind" &
	sleep 3
	kill -0 $! 2>/dev/null && waits=yes
	echo "the writer ${waits:+still }waits after 3 s"
	let_go
	vfio_release "$NIC_A"
	driver_is "$NIC_A" e1000e
	[ -z "$waits" ]
}

vfio_user_of() {
	if [ "$DRIVER" = ng ]; then
		vfio_user
	else
		vfio_user_stock
	fi
}

TAKES="pci-stub and unbind take what is in use"

ktap_plan 22
kernel_log_start
ktap_test "pci-stub ids= holds cards without a driver" stub_holds
ktap_test "and vfio-pci gets one by new_id (case D1)" stub_to_vfio
ktap_test "and the host by bind, and they work (case D1)" vfio_to_host
ktap_test "and the host gets one of two twins back (case D2)" twin_to_host
ours "loaded again, without rules" reload
ours "the page's block on twins (case D2)" page twins
ours "the page's block on scripts (case D1)" page scripts
ours "the page's block on driverctl (case D10)" page driverctl
ours "the page's block on pci-stub (case D13)" page pci-stub
ours "loaded again, without rules, after the page" reload
ktap_test "the root disk's controller is not taken (case H1)" disk_mounted
stock_fails "$TAKES" "nor a disk below device-mapper (case H1)" volume
stock_fails "$TAKES" "nor one that a program has open (case H1)" open_disk
stock_fails "$TAKES" "nor the port above any of them (case H1)" behind_port
stock_fails "$TAKES" "nor one with swap on it (case H1)" swap_on
ours "an idle one is" idle_disk
stock_fails "$TAKES" "an interface with an address is not taken (case H1)" net_address
stock_fails "$TAKES" "nor a member of a bridge (case H1)" net_bridge
ours "an idle one is taken" idle_interface
stock_fails "it takes the host bridge, which has no driver" \
	"by class no bridge goes, and nothing in use (case H1)" by_class
stock_fails "the writer waits as long as the program runs" \
	"what a program has through VFIO is refused at once (case H2)" vfio_user_of
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
