# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2016  # guests expand
#
# A zoo of cards (tools/testing/vm/zoo.sh), and what each does to show that it works. To be
# sourced after ktap.sh, xen.sh and pciback.sh, with ZOO, ZOO_DRIVERS, PING and
# MODULE set.

read -ra CARDS -d '' <<<"$ZOO" || :
ZOO_DISKS='xhci ehci ahci sd sas virtio'
ZOO_NETS='8139cp tulip'

zoo_hide() {
	local card

	show modprobe "$MODULE"
	for card in "${CARDS[@]}"; do
		xl pci-assignable-add "$card"
		driver_is "$card" pciback
	done
}

# zoo_load GUEST: the drivers, in the order that they need; what it has already is no error.
zoo_load() {
	guest_run "$1" 120 'for m in $(cat /fixtures/order); do insmod /fixtures/$m.ko 2>/dev/null; done; pci'
	guest_show "$1" 20 pci
	[ "$(grep -c . "$KTAP_DIR/.out")" -ge "${#CARDS[@]}" ]
}

# zoo_at PLACE COMMAND: in a guest, or in dom0.
zoo_at() {
	case $1 in
	dom0) sh -c "$2" ;;
	*) guest_run "$1" 60 "$2" ;;
	esac
}

# zoo_disk PLACE KIND: one of the disks there starts with its name.
zoo_disk() {
	zoo_at "$1" "i=0; until for d in /dev/sd? /dev/mmcblk? /dev/vd?; do
		[ ! -b \$d ] || { head -n 1 \$d; echo; }; done | grep -ax 'zoo $2'; do
		i=\$((i + 1)); [ \$i -lt 50 ] || exit 1; sleep 0.2; done"
}

# zoo_usb PLACE: the keyboard is slow and hangs on the companion.
zoo_usb() {
	zoo_at "$1" 'i=0; until grep -h Keyboard /sys/bus/usb/devices/*/product; do
		i=$((i + 1)); [ $i -lt 50 ] || exit 1; sleep 0.2; done
		ls /sys/bus/pci/drivers/uhci_hcd /sys/bus/pci/drivers/ehci-pci | grep 0000'
}

# zoo_network PLACE DRIVER
zoo_network() {
	zoo_at "$1" "n=\$(ls /sys/bus/pci/drivers/$2/0000*/net | tail -n 1)
		ip link set \$n up && ip addr add 10.0.2.30/24 dev \$n || exit 1
		ping -c 3 -W 5 -I \$n $PING; s=\$?
		ip addr del 10.0.2.30/24 dev \$n; ip link set \$n down; exit \$s"
}

# The codec answers by commands that the controller fetches from memory.
zoo_sound() {
	zoo_at "$1" 'i=0; until grep -h Codec: /proc/asound/card*/codec*; do
		i=$((i + 1)); [ $i -lt 50 ] || exit 1; sleep 0.2; done'
}

# The driver has tried the registers of the port until it knew its kind.
zoo_serial() {
	zoo_at "$1" 'ls /sys/bus/pci/drivers/serial/0000*/tty; grep 16550A /proc/tty/driver/serial | grep -v "port:000003F8\|port:000002F8"'
}

# The driver has read by the card's registers what screen there is.
zoo_vga() {
	zoo_at "$1" 'grep -l "QEMU Monitor" /sys/class/drm/card*-Virtual-1/edid; ls /sys/bus/pci/drivers/bochs-drm | grep 0000'
}

# zoo_does PLACE KIND COMMAND...: one of the kinds; what the kernel there says of a failure.
zoo_does() {
	local place=$1 kind=$2

	shift 2
	"$@" && return
	echo "$kind does not work in $place:"
	zoo_at "$place" 'dmesg | tail -n 20; grep -i pci /proc/interrupts; cat /proc/partitions' || :
	echo "$kind" >>"$KTAP_DIR/idle"
}

# zoo_works PLACE: each of them, whatever the others do.
zoo_works() {
	local kind

	: >"$KTAP_DIR/idle"
	for kind in $ZOO_DISKS; do
		zoo_does "$1" "$kind" zoo_disk "$1" "$kind"
	done
	zoo_does "$1" uhci zoo_usb "$1"
	for kind in $ZOO_NETS; do
		zoo_does "$1" "$kind" zoo_network "$1" "$kind"
	done
	zoo_does "$1" sound zoo_sound "$1"
	zoo_does "$1" serial zoo_serial "$1"
	zoo_does "$1" vga zoo_vga "$1"
	[ ! -s "$KTAP_DIR/idle" ]
}

zoo_give_back() {
	local card driver

	for card in "${CARDS[@]}"; do
		xl pci-assignable-remove -r "$card"
	done
	for driver in $ZOO_DRIVERS; do
		modprobe "$driver"
	done
	for card in "${CARDS[@]}"; do
		wait_for 10 [ -e "/sys/bus/pci/devices/$card/driver" ]
	done
	show rmmod "$MODULE"
}
