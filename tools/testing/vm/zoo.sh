# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2054,SC2154  # shared with run.sh; commas are QEMU's
#
# Cards of many kinds for the suites zoo*: most have no reset, some no interrupt but INTx,
# several I/O ports or BARs smaller than a page.  They sit on the root bus, below the ports.
# Each disk starts with "zoo KIND".  To be sourced by run.sh.

ZOO_DISKS='xhci ehci ahci sd sas virtio'

# Of the kernel's modules those that the cards need, for guests and for dom0.
ZOO_DRIVERS='xhci-pci ehci-pci uhci-hcd usb-storage usbhid snd-hda-intel snd-hda-codec-generic
8139cp tulip ahci sdhci-pci mmc_block megaraid_sas virtio_pci virtio_blk sd_mod bochs'

# zoo_disk KIND
zoo_disk() {
	QEMU+=(-drive "if=none,id=zoo-$1,format=raw,file=$RUN/zoo-$1.img")
}

# zoo_net KIND ADDRESS
zoo_net() {
	QEMU+=(-netdev "user,id=zoo-$1" -device "$1,netdev=zoo-$1,addr=$2,romfile=")
}

qemu_zoo() {
	local kind

	for kind in $ZOO_DISKS; do
		echo "zoo $kind" >"$RUN/zoo-$kind.img"
		truncate -s 4M "$RUN/zoo-$kind.img"
		zoo_disk "$kind"
	done
	QEMU+=(-device qemu-xhci,id=xhci,addr=08.0 -device usb-storage,bus=xhci.0,drive=zoo-xhci)
	QEMU+=(-device ich9-usb-ehci1,id=ehci,addr=09.7
	       -device ich9-usb-uhci1,masterbus=ehci.0,firstport=0,multifunction=on,addr=09.0
	       -device usb-storage,bus=ehci.0,drive=zoo-ehci -device usb-kbd,bus=ehci.0)
	QEMU+=(-audiodev none,id=zoo-audio -device intel-hda,addr=0a.0
	       -device hda-duplex,audiodev=zoo-audio)
	zoo_net rtl8139 0b.0
	zoo_net tulip 0c.0
	QEMU+=(-device ich9-ahci,id=zooahci,addr=0d.0 -device ide-hd,bus=zooahci.0,drive=zoo-ahci)
	QEMU+=(-device sdhci-pci,addr=0e.0 -device sd-card,drive=zoo-sd)
	QEMU+=(-device megasas-gen2,id=zoosas,addr=0f.0 -device scsi-hd,bus=zoosas.0,drive=zoo-sas)
	QEMU+=(-chardev null,id=zoo-serial -device pci-serial,chardev=zoo-serial,addr=10.0)
	QEMU+=(-device virtio-blk-pci,disable-legacy=on,iommu_platform=on,drive=zoo-virtio,addr=11.0)
	QEMU+=(-device secondary-vga,addr=12.0)
}

zoo_settings() {
	cat <<-EOF
	export ZOO='0000:00:08.0 0000:00:09.0 0000:00:09.7 0000:00:0a.0 0000:00:0b.0 0000:00:0c.0
	0000:00:0d.0 0000:00:0e.0 0000:00:0f.0 0000:00:10.0 0000:00:11.0 0000:00:12.0'
	export ZOO_DRIVERS='$ZOO_DRIVERS'
	EOF
}

# zoo_modules KVER TREE: files of the modules that the cards need, each after those that it needs.
zoo_modules() {
	local module

	for module in $ZOO_DRIVERS; do
		modprobe -d "${2%/lib/modules/*}" -S "$1" -C /nonexistent --show-depends "$module"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# zoo_copy FILE DIR: unpacked, and without debug information.
zoo_copy() {
	local name=${1##*/}

	name=${name%.xz}
	case $1 in
	*.xz) xz -dc "$1" ;;
	*) cat "$1" ;;
	esac >"$2/$name"
	objcopy --strip-debug "$2/$name"
	echo "${name%.ko}"
}

# stage_zoo: the machine finds them by depmod, guests load them in this order.
stage_zoo() {
	local file

	mkdir -p "$RUN/guest/fixtures"
	zoo_modules "$GUEST_KVER" "$GUEST_TREE" | while read -r file; do
		zoo_copy "$file" "$RUN/guest/fixtures"
	done >"$RUN/guest/fixtures/order"
	zoo_modules "$KVER" "$MODULES" | while read -r file; do
		[ -n "$(find "$IMAGE/modules/$KVER" -name "$(basename "$file" .xz)")" ] ||
			zoo_copy "$file" "$RUN/payload/modules" >/dev/null
	done
}
