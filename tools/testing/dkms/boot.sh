# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2153,SC2154,SC2317  # for qemu.sh; life.sh's; called by name
#
# Boots of the system that life.sh works on, for long.sh: a kernel and the initramfs that
# update-initramfs has made for it, in a machine under QEMU, with that system on a disk and
# its systemd.  With Xen, too, where the in-tree drivers do what they do under Xen alone, and by
# a GRUB that the machine has put on its disk itself, with the command line that it makes.
#
#   01:00.0  igb, hidden by its id           03:00.0  e1000e, the host's
#   02:00.0  e1000e, hidden by its address
#
# The machine writes a report to its second serial port and ends.  One without the last line
# of a report is a failure of the test bed: what its console shows last says why.

# shellcheck source=tools/testing/vm/qemu.sh
. "$here/../vm/qemu.sh"

# One takes less than a minute on a host that has time.
BOOT_LIMIT=${BOOT_LIMIT:-300}
# What modules an initramfs needs for this machine, the drivers of hidden cards among them.
BOOT_MODULES=(ahci sd_mod ext4 e1000e igb)
# What the disk goes without: no program that runs there reads it.
BOOT_WITHOUT=(root/pciback-ng usr/{src,lib/gcc,libexec/gcc,share/{doc,locale,perl}} var/{cache,lib/apt})
BOOT_WITHOUT_MODULES=(sound drivers/{gpu,media,net/wireless})

# Kernel probes as in qemu.sh's debian_options; there before the modules are.
boot_probes() {
	local fetch='devfn=+56(%di):x32,bus=+216(+16(%di)):x8'

	echo "kprobe_event=p:early/e1000_probe,e1000e:e1000_probe,$fetch;p:early/igb_probe,igb:igb_probe,$fetch"
}

# grub_defaults LIST: /etc/default/grub of an administrator.  Of the kernel probes one, for GRUB
# would end the line at what parts them.
grub_defaults() {
	local options

	options=$(boot_options)
	options=${options#root=LABEL=life rw } options=${options%%;*}
	printf '%s\n' GRUB_TIMEOUT=0 GRUB_TERMINAL=serial "GRUB_CMDLINE_LINUX=\"console=ttyS0 $options\"" \
		"GRUB_CMDLINE_LINUX_DEFAULT=\"pciback-ng.hide=$1\""
}

# "quiet": what is to be seen on the console must be seen with it, too.
boot_options() {
	echo "root=LABEL=life rw init=/lib/systemd/systemd fsck.mode=skip systemd.firstboot=off" \
		"quiet panic=1 oops=panic watchdog_thresh=60 mitigations=off init_on_alloc=0 no_timer_check" \
		"$(boot_probes)"
}

# prepare_boots: before the first initramfs that is to be booted.
prepare_boots() {
	printf '%s\n' "${BOOT_MODULES[@]}" >>"$ROOT/etc/initramfs-tools/modules"
}

# report_program: what the machine runs when all else has started.
report_program() {
	cat <<-'END'
	#!/bin/sh
	exec >/dev/ttyS1 2>&1
	for device in /sys/bus/pci/devices/*; do
		[ ! -e "$device/driver" ] || echo "driver ${device##*/} $(basename "$(readlink "$device/driver")")"
	done
	systemctl --failed --plain --no-legend | sed 's/^/failed /'
	echo "unit $(systemctl is-active pciback-ng.service)"
	sed 's/^/module /' /proc/modules
	sed 's/^/rule /' /sys/bus/pci/drivers/pciback/rules
	if [ -x /usr/sbin/grub-install ] && [ ! -e /boot/grub/grub.cfg ]; then
		{ grub-install /dev/sda && update-grub; } 2>&1 | sed 's/^/grub /'
	fi
	sed -n 's/^ .*: \(e1000_probe\|igb_probe\): .* \(devfn=.*\)/probe \1 \2/p' /sys/kernel/tracing/trace
	dmesg --raw | sed 's/^/log /'
	echo end
	sync
	echo b >/proc/sysrq-trigger
	END
}

# boot_absent: paths that the disk has not.
boot_absent() {
	local kernel

	printf '%s\n' "${BOOT_WITHOUT[@]}"
	for kernel in "$ROOT"/usr/lib/modules/*; do
		printf "usr/lib/modules/${kernel##*/}/kernel/%s\n" "${BOOT_WITHOUT_MODULES[@]}"
	done
}

# boot_layer DIR: what the disk has, and has not, that the system is otherwise.
boot_layer() {
	local dir=$1 units=$1/etc/systemd/system path

	mkdir -p "$units/multi-user.target.wants" "$dir/usr/local/sbin"
	report_program >"$dir/usr/local/sbin/report"
	chmod +x "$dir/usr/local/sbin/report"
	printf '%s\n' '[Unit]' 'After=multi-user.target' '[Service]' 'ExecStart=/usr/local/sbin/report' \
		>"$units/report.service"
	ln -s ../report.service "$units/multi-user.target.wants/"

	boot_absent | while read -r path; do
		[ -d "$ROOT/$path" ] || continue
		mkdir -p "$dir/${path%/*}"
		mknod "$dir/$path" c 0 0	# to overlayfs, nothing is here
	done
}

# boot_disk FILE
boot_disk() {
	local layer=$RUN/layer tree=$RUN/tree mb

	rm -rf "$layer"
	mkdir -p "$layer" "$tree"
	boot_layer "$layer"
	mount -t overlay overlay -o "ro,lowerdir=$layer:$ROOT" "$tree"
	mb=$(($(du -sm "$tree" | cut -f1) * 5 / 4 + 200))
	rm -f "$1"
	# One partition, and room before it for GRUB.
	truncate -s $((mb + 1))M "$1"
	printf '%s\n' 'label: dos' 'start=1MiB, bootable' | sfdisk -q "$1"
	mke2fs -q -t ext4 -L life -O ^has_journal,^metadata_csum -m 0 -E offset=$((1 << 20)) -d "$tree" "$1" ${mb}M
	umount "$tree"
}

# boot_command NAME KERNEL native|xen|grub: set QEMU.  The machine is qemu.sh's, without an IOMMU.
boot_command() {
	local options kernel=$ROOT/boot/vmlinuz-$2 initrd=$ROOT/boot/initrd.img-$2

	MACHINE=native FIRMWARE='' COUNTED='' HVM_GUESTS='' XEN_OPTIONS='' QEMU_NETS=0 QEMU_DISKS=0
	[ "$3" != xen ] || MACHINE=xen
	qemu_program
	qemu_cpu
	QEMU+=(-M q35 -m 3G -no-reboot -nic none -vga none -display none)
	qemu_port 1
	qemu_nic 1 igb
	qemu_port 2
	qemu_nic 2 e1000e
	qemu_port 3
	qemu_nic 3 e1000e
	qemu_disk life "$RUN/disk.img"

	options=$(boot_options)
	QEMU+=(-serial "file:$RUN/$1.console" -serial "file:$RUN/$1.report")
	case $3 in
	native) QEMU+=(-kernel "$kernel" -initrd "$initrd" -append "console=ttyS0 $options") ;;
	grub) QEMU+=(-boot c) ;;
	xen)
		# QEMU reads a list of files with options there: a comma of theirs is two.
		QEMU+=(-kernel "$("$here/../vm/roots.sh" "$RELEASE")/xen.elf" -append "$(xen_options)"
		       -initrd "$kernel console=hvc0 ${options//,/,,},$initrd") ;;
	esac
}

# bed_reason CONSOLE STATUS: why there is no report, as far as the console shows it.
bed_reason() {
	if grep -q 'Kernel panic\|Panic on CPU' "$1"; then
		echo "the kernel or Xen has panicked"
	elif grep -q 'Gave up waiting for root\|(initramfs)' "$1"; then
		echo "the initramfs has not found the disk"
	elif [ ! -s "$1" ]; then
		echo "nothing has reached the console; what QEMU says is above"
	elif [ "$2" = 124 ]; then
		echo "no end within $BOOT_LIMIT s; BOOT_LIMIT= gives it more"
	else
		echo "the machine has ended before its report (QEMU's exit code $2)"
	fi
}

# boot_once NAME KERNEL native|xen|grub: leaves NAME.report and NAME.console in RUN.
boot_once() {
	local status=0

	boot_command "$@"
	rm -f "$RUN/$1".*
	touch "$RUN/$1".{console,report}
	timeout -k 5 "$BOOT_LIMIT" "${QEMU[@]}" </dev/null || status=$?
	sed -i 's/\r$//' "$RUN/$1".{console,report}
	grep -qx end "$RUN/$1.report" || {
		tail -n 25 "$RUN/$1.console"
		echo "the test bed failed: $(bed_reason "$RUN/$1.console" "$status")"
		return 1
	}
}

# boot NAME KERNEL native|xen|grub: from a new disk, which GRUB is put on by a boot without it.
boot() {
	local start=$SECONDS status=0

	boot_disk "$RUN/disk.img"
	echo "the disk: $((SECONDS - start)) s"
	if [ "$3" = grub ]; then
		boot_once "$1" "$2" native
		grep '^grub ' "$RUN/$1.report"
		grep -q '^grub done' "$RUN/$1.report"
	fi
	boot_once "$@" || status=$?
	rm -f "$RUN/disk.img"
	return "$status"
}

# boot_test NAME KERNEL native|xen|grub FUNCTION TEXT: two points.  FUNCTION looks at the report.
boot_test() {
	local bed="bed: $RELEASE, boot $1 with $2 ($3) ends with a report"

	ktap_need "$bed" boot "$1" "$2" "$3"
	BOOT=$1
	ktap_test "$5" "$4"
	[ "$KTAP_STOPPED" != "$bed" ] || ktap_resume
}
BOOT_TESTS=14

# driver_was DEVICE DRIVER
driver_was() {
	grep "^driver 0000:$1 " "$RUN/$BOOT.report"
	grep -qx "driver 0000:$1 $2" "$RUN/$BOOT.report"
}

# never_probed FUNCTION BUS; and that it is called at all for a card that is the host's.
never_probed() {
	not grep "^probe $1 .* bus=0x$2\$" "$RUN/$BOOT.report"
}

probed() {
	grep "^probe $1 .* bus=0x$2\$" "$RUN/$BOOT.report"
}

# logged PATTERN, console_shows PATTERN
logged() {
	grep -E "^log .*($1)" "$RUN/$BOOT.report"
}

console_shows() {
	grep -aE "$1" "$RUN/$BOOT.console"
}

log_clean() {
	not logged 'BUG:|WARNING:|Call Trace|Oops'
}

# Of all units, whose number a small system keeps small, none but this.
failed_are() {
	sed -n 's/^failed \([^ ]*\).*/\1/p' "$RUN/$BOOT.report" | diff <(printf '%s' "${1:+$1$'\n'}") -
}

boot_held() {
	driver_was 01:00.0 pciback
	driver_was 02:00.0 pciback
	driver_was 03:00.0 e1000e
	probed e1000_probe 3
	never_probed e1000_probe 2
	never_probed igb_probe 1
	grep -qx 'unit active' "$RUN/$BOOT.report"
	failed_are ''
	not logged 'pciback-ng: (not installed|it is not|the in-tree|NOT HIDDEN|not loaded)'
	log_clean
}

booted_by_grub() {
	logged 'Command line: BOOT_IMAGE='
	log_clean
}

boot_by_grub() {
	driver_was 01:00.0 pciback
	driver_was 02:00.0 pciback
	driver_was 03:00.0 e1000e
	grep -x 'rule 0000:02:00.0,policy=permissive' "$RUN/$BOOT.report"
	never_probed e1000_probe 2
	probed e1000_probe 3
	booted_by_grub
}

# GRUB ends the line there, and neither our card nor the next one is hidden: it is told.
boot_cut_by_grub() {
	driver_was 02:00.0 e1000e
	driver_was 01:00.0 igb
	probed e1000_probe 2
	logged "hide=: entry 1 .*no '\)' closes this entry"
	booted_by_grub
}

# stand_in_is_loud: where it is looked for.
stand_in_is_loud() {
	not grep '^module pciback_ng ' "$RUN/$BOOT.report"
	failed_are pciback-ng.service
	console_shows 'pciback-ng: not installed for kernel .*: the in-tree pci-stub ids=8086:10c9 stands in'
	not console_shows 'NOT HIDDEN'
	logged 'pciback-ng: (the in-tree xen-pciback is loaded in its place|it is not installed for kernel)'
	log_clean
}

# xen-pciback, which knows addresses, does not load without Xen.
boot_stands_in() {
	driver_was 01:00.0 pci-stub
	driver_was 02:00.0 e1000e
	never_probed igb_probe 1
	probed e1000_probe 2
	console_shows 'pciback-ng: the in-tree xen-pciback hide=.0000:02:00.0. cannot be loaded'
	stand_in_is_loud
}

boot_stands_in_with_xen() {
	driver_was 01:00.0 pci-stub
	driver_was 02:00.0 pciback
	driver_was 03:00.0 e1000e
	never_probed e1000_probe 2
	never_probed igb_probe 1
	probed e1000_probe 3
	console_shows 'pciback-ng: not installed for kernel .*: the in-tree xen-pciback hide=.0000:02:00.0. stands in'
	stand_in_is_loud
}

boot_has_stock() {
	driver_was 01:00.0 igb
	driver_was 02:00.0 e1000e
	probed e1000_probe 2
	probed igb_probe 1
	not grep -E '^(failed|log|module) .*(pciback|pci.stub|pt_core)' "$RUN/$BOOT.report"
	failed_are ''
	log_clean
}
