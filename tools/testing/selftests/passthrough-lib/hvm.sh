# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# HVM guests: stock qemu-xen passes cards through.  To be sourced after ktap.sh and
# xen.sh, with GUEST_DISK and PING set.

# What the guest boots from, and how its disk is opened.
HVM_BOOT='"-device", "virtio-blk-pci,drive=boot,bootindex=0"'
HVM_DISK=readonly=on

# hvm_create NAME CPU [BDF]...: a CPU of its own for each guest, or every exit to QEMU
# costs a switch of domains.  tsc_mode: else each rdtsc is an exit, too.
hvm_create() {
	local name=$1 cpu=$2 pci=''

	shift 2
	[ $# -eq 0 ] || pci=$(printf '"%s", ' "$@")
	cat >"$KTAP_DIR/$name.cfg" <<-EOF
	name = "$name"
	type = "hvm"
	memory = 384
	vcpus = 1
	cpus = "$cpu"
	tsc_mode = "native"
	serial = "file:/var/log/xen/guest-$name.log"
	vga = "none"
	nographic = 1
	vnc = 0
	usb = 0
	device_model_args_hvm = [ "-drive", "file=$GUEST_DISK,if=none,id=boot,format=raw,$HVM_DISK",
				  $HVM_BOOT ]
	pci = [ ${pci%, } ]
	passthrough = "enabled"
	on_poweroff = "destroy"
	on_crash = "destroy"
	EOF
	show xl create "$KTAP_DIR/$name.cfg"
}

# place GUEST BDF: where it sits on the guest's bus.
place() {
	xl pci-list "$1" | awk -v bdf="$2" '$2 == bdf { print "0000:00:" $1 }'
}

# hvm_wait GUEST CONDITION: patiently.  Every access to an emulated register of the
# guest goes through QEMU in dom0; plugging a card takes ten seconds, or many more
# where the host has other things to do.
hvm_wait() {
	guest_run "$1" 120 "i=0; until $2 >/dev/null 2>&1; do i=\$((i + 1)); [ \$i -lt 100 ] || exit 1; sleep 1; done"
}

# pings GUEST BDF: through this card and no other.
pings() {
	local at

	at=$(place "$1" "$2")
	hvm_wait "$1" "ls /sys/bus/pci/devices/$at/net"
	guest_run "$1" 60 "n=\$(ls /sys/bus/pci/devices/$at/net)
		for o in /sys/class/net/e*; do ip addr flush dev \${o##*/}; done
		ip link set \$n up && ip addr replace 10.0.2.20/24 dev \$n || exit 1
		for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 2 $PING >/dev/null && exit; done; exit 1"
	guest_show "$1" 30 "ping -c 2 -W 5 $PING"
	guest_show "$1" 30 "grep \$(ls /sys/bus/pci/devices/$at/net) /proc/interrupts"
	# Interrupts that come, and MSI-X ones at that.
	grep -q '[1-9].*msi-x' "$KTAP_DIR/.out"
}

# attach GUEST BDF
attach() {
	local at

	show xl pci-attach "$1" "$(short "$2")"
	show xl pci-list "$1"
	at=$(place "$1" "$2")
	[ -n "$at" ]
	hvm_wait "$1" "ls /sys/bus/pci/devices/$at/net"
}

# detach GUEST BDF: libxl gives the guest ten seconds to let go, which is short for
# one under emulation.  Then QEMU is done and libxl's books are not: -f closes them.
detach() {
	local at

	at=$(place "$1" "$2")
	if ! show xl pci-detach "$1" "$(short "$2")"; then
		hvm_wait "$1" "[ ! -e /sys/bus/pci/devices/$at ]"
		show xl pci-detach -f "$1" "$(short "$2")"
	fi
	show xl pci-list "$1"
	not grep "$2" "$KTAP_DIR/.out"
	guest_run "$1" 20 "test ! -e /sys/bus/pci/devices/$at"
	guest_show "$1" 20 pci
}
