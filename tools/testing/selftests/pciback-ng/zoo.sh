#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: a zoo of cards
#
# Cards of many kinds in PV guests, with drivers as the kernel has them and no word of an
# administrator about any of them: USB (xHCI, EHCI with its UHCI companion), sound, two old
# network cards, AHCI, SD, SAS, a serial port, virtio.  Each does real work in one guest, in
# the next, and in dom0 again.
#
# Runs in a test machine (tools/testing/vm/run.sh xen; zoo.sh there has the cards) with ZOO,
# PING, MODULE, DRIVER, GUEST_KERNEL, GUEST_INITRD set.
# shellcheck disable=SC2016,SC2317  # guests expand; test functions are called by name
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

for name in ZOO PING MODULE DRIVER GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE"

read -ra CARDS -d '' <<<"$ZOO" || :
DRIVERS='xhci_pci ehci_pci uhci_hcd usb_storage usbhid snd_hda_intel snd_hda_codec_generic
8139cp tulip ahci sdhci_pci mmc_block megaraid_sas virtio_pci virtio_blk sd_mod'

hide() {
	local card

	show modprobe "$MODULE"
	for card in "${CARDS[@]}"; do
		xl pci-assignable-add "$card"
		driver_is "$card" pciback
	done
}

# guest NAME: one with all the cards, whose drivers are loaded in the order that they need.
guest() {
	GUEST_MODULES=xen-pcifront guest_start "$1" "${CARDS[@]}"
	guest_up "$1"
	# What the guest has already is no error.
	guest_run "$1" 120 'for m in $(cat /fixtures/order); do insmod /fixtures/$m.ko 2>/dev/null; done; pci'
	guest_show "$1" 20 pci
	[ "$(grep -c . "$KTAP_DIR/.out")" -ge "${#CARDS[@]}" ]
}

# at PLACE COMMAND: in a guest, or in dom0.
at() {
	case $1 in
	dom0) sh -c "$2" ;;
	*) guest_run "$1" 60 "$2" ;;
	esac
}

# disk PLACE KIND: one of the disks there starts with its name.
disk() {
	at "$1" "i=0; until for d in /dev/sd? /dev/mmcblk? /dev/vd?; do
		[ ! -b \$d ] || { head -n 1 \$d; echo; }; done | grep -ax 'zoo $2'; do
		i=\$((i + 1)); [ \$i -lt 50 ] || exit 1; sleep 0.2; done"
}

# usb PLACE: the keyboard is slow and hangs on the companion.
usb() {
	at "$1" 'i=0; until grep -h Keyboard /sys/bus/usb/devices/*/product; do
		i=$((i + 1)); [ $i -lt 50 ] || exit 1; sleep 0.2; done
		ls /sys/bus/pci/drivers/uhci_hcd /sys/bus/pci/drivers/ehci-pci | grep 0000'
}

# network PLACE DRIVER
network() {
	at "$1" "n=\$(ls /sys/bus/pci/drivers/$2/0000*/net | tail -n 1)
		ip link set \$n up && ip addr add 10.0.2.30/24 dev \$n || exit 1
		ping -c 3 -W 5 -I \$n $PING; s=\$?
		ip addr del 10.0.2.30/24 dev \$n; ip link set \$n down; exit \$s"
}

# The codec answers by commands that the controller fetches from memory.
sound() {
	at "$1" 'i=0; until grep -h Codec: /proc/asound/card*/codec*; do
		i=$((i + 1)); [ $i -lt 50 ] || exit 1; sleep 0.2; done'
}

# The driver has tried the registers of the port until it knew its kind.
serial() {
	at "$1" 'ls /sys/bus/pci/drivers/serial/0000*/tty; grep 16550A /proc/tty/driver/serial | grep -v "port:000003F8\|port:000002F8"'
}

# does PLACE KIND COMMAND...: one of the kinds; what the kernel there says of a failure.
does() {
	local place=$1 kind=$2

	shift 2
	"$@" && return
	echo "$kind does not work in $place:"
	at "$place" 'dmesg | tail -n 20; grep -i pci /proc/interrupts; cat /proc/partitions' || :
	echo "$kind" >>"$KTAP_DIR/idle"
}

# Several of its cards share a line, which libxl unmaps with the first of them that it takes.
# The guest's drivers wait for interrupts then, and xl says that it has failed.  With the
# in-tree driver the domain stays for minutes.
ends() {
	guest_destroy "$1" || :
	wait_for 60 domain_gone "$1"
	wait_for 20 no_backends
}

# works PLACE: each of them, whatever the others do.
works() {
	local kind

	: >"$KTAP_DIR/idle"
	for kind in xhci ehci ahci sd sas virtio; do
		does "$1" "$kind" disk "$1" "$kind"
	done
	does "$1" uhci usb "$1"
	for kind in 8139cp tulip; do
		does "$1" "$kind" network "$1" "$kind"
	done
	does "$1" sound sound "$1"
	does "$1" serial serial "$1"
	[ ! -s "$KTAP_DIR/idle" ]
}

# What their drivers write and do not get is worth a line, latency timers are not (case C5).
log_of_writes() {
	kernel_log_since | grep 'permissive\|is dropped\|not passed' | tee "$KTAP_DIR/writes" || :
	not grep -i 'write.* 0x0\?d\b' "$KTAP_DIR/writes"
	[ "$(wc -l <"$KTAP_DIR/writes")" -le $((2 * ${#CARDS[@]})) ]
}

give_back() {
	local card driver

	for card in "${CARDS[@]}"; do
		xl pci-assignable-remove -r "$card"
	done
	for driver in $DRIVERS; do
		modprobe "$driver"
	done
	for card in "${CARDS[@]}"; do
		wait_for 10 [ -e "/sys/bus/pci/devices/$card/driver" ]
	done
	show rmmod "$MODULE"
}

ktap_plan 10
kernel_log_start
ktap_need "${#CARDS[@]} cards of ten kinds are hidden" hide
ktap_need "a PV guest has them all" guest a
ktap_test "each does its work there (case C5)" works a
ktap_test "it ends, though it has lost its interrupts" ends a
ktap_need "the next guest has them" guest b
ktap_test "and they work (case C5)" works b
ours "dom0's log names what was not let through, and no latency timer (case C5)" log_of_writes
ktap_test "that one ends, and all go back to dom0" eval 'ends b && give_back'
ktap_test "where they work again (case C5)" works dom0
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
