#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that the disk image of the test machines is in the cache; print its path.
#
# Everything that does not change from run to run is made here once (a minute):
#
#   root/            a small Debian 12 with Xen's tools: the root of dom0, of the
#                    native and of the KVM machine.  Its QEMU 7.2 also serves the
#                    host, see run.sh
#   root.img         the same packed as ext4 (no mount, no loop device, no root)
#   xen.elf          Xen, unpacked: QEMU's multiboot loader wants the ELF file
#   vmlinux-ALIAS    the kernel as ELF: Xen and libxl take it as it is, which saves
#                    unpacking xz under emulation (10 s a boot)
#   boot-ALIAS.cpio  initramfs that finds the root disk
#   root/boot/       guest kernels and guest-ALIAS.cpio, the guests' initramfs;
#                    disk-ALIAS.img, from which an HVM guest boots
#   debian/          another small Debian 12, with what makes and what is in Debian's
#                    own initramfs; initramfs.sh works in a copy of it
#
# What does change (init scripts, suites, modules under test) is no part of it:
# run.sh hands those over at each start.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"

KERNELS=$("$here/kernels.sh")
OUT=$CACHE/image-$(key "$here/debs.sh" "$here/image.sh" - <<<"$KERNELS")

PACKAGES='bash coreutils util-linux mount sed grep gawk procps kmod iproute2
iputils-ping pciutils busybox-static xen-hypervisor-4.17-amd64 xen-utils-4.17
xenstore-utils qemu-system-xen qemu-system-x86 grub-pc-bin'

# initramfs-tools with udev, and what their scripts call.
DEBIAN_PACKAGES='initramfs-tools udev kmod busybox zstd bash dash coreutils findutils sed
grep gawk util-linux mount gzip libc-bin dpkg'

# Modules that end in the image, with all they need; depmod and modprobe take
# their time under emulation, so it is these and no others.
ROOT_MODULES='xenfs xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xen-pciback
pci-stub vfio-pci kvm-amd kvm-intel e1000e igb igbvf nvme virtio_pci virtio_net
virtio_blk aer_inject edu'
BOOT_MODULES='ahci sd_mod ext4'
GUEST_MODULES='xen-pcifront e1000e igb igbvf nvme virtio_pci virtio_net virtio_blk'

# install_modules ALIAS DEST MODULE...: copy modules and what they need, unpacked
# (6.12 ships them as .ko.xz), and index them.  A name that a kernel has built in
# or lacks is no error: the lists above serve both kernels.
install_modules() {
	local alias=$1 dest=$2 kver moddir base m file to

	shift 2
	read -r kver moddir <<<"$(awk -v a="$alias" '$1 == a { print $2, $5 }' <<<"$KERNELS")"
	base=${moddir%/lib/modules/*}
	mkdir -p "$dest/lib/modules/$kver"
	cp "$moddir"/modules.{order,builtin,builtin.modinfo} "$dest/lib/modules/$kver"
	for m in "$@"; do
		modprobe -d "$base" -S "$kver" -C /nonexistent --show-depends "$m" 2>/dev/null || :
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u |
	while read -r file; do
		to=$dest/lib/modules/$kver/${file##*/"$kver"/}
		mkdir -p "${to%/*}"
		case $file in
		*.xz) xz -dc "$file" >"${to%.xz}" ;;
		*) cp "$file" "$to" ;;
		esac
	done
	depmod -b "$dest" "$kver"
}

# unpack_vmlinux BZIMAGE: the ELF kernel on stdout.  Where the payload starts and
# how long it is stands in the setup header (Documentation/x86/boot.rst); its last
# four bytes are the unpacked size, which no decompressor likes.
unpack_vmlinux() {
	local sects off len

	sects=$(od -An -tu1 -j $((0x1f1)) -N 1 "$1")
	off=$(od -An -tu4 -j $((0x248)) -N 4 "$1")
	len=$(od -An -tu4 -j $((0x24c)) -N 4 "$1")
	tail -c +$((sects * 512 + 512 + off + 1)) "$1" | head -c $((len - 4)) |
		case $(tail -c +$((sects * 512 + 512 + off + 1)) "$1" |
		       od -An -tx1 -N 4 | tr -d ' ') in
		fd377a58) xz -dc ;;
		28b52ffd) zstd -dc ;;
		*) die "$1 is packed in a way that I do not know" ;;
		esac
}

# pack DIR: a cpio archive of DIR on stdout.  Not gzipped: unpacking it under
# emulation costs more than reading a few MB more.
pack() {
	(cd "$1" && find . | LC_ALL=C sort |
		"$TMP/root/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null)
}

new_initramfs() {
	rm -rf "$TMP/initramfs"
	mkdir -p "$TMP/initramfs"/{bin,dev,proc,sys,mnt,tmp,sbin,lib/modules,lib64}
	cp "$TMP/root/bin/busybox" "$TMP/initramfs/bin/"
	ln -s ../bin/busybox "$TMP/initramfs/sbin/modprobe"
}

# A guest gets its orders and gives its answers through xenstore (guest-init), so
# it needs that one program and its libraries.
add_xenstore() {
	local dir=$1 root=$TMP/root lib

	cp "$root/usr/bin/xenstore" "$dir/bin/"
	mkdir -p "$dir/lib/x86_64-linux-gnu"
	cp -L "$root/lib64/ld-linux-x86-64.so.2" "$dir/lib64/"
	for lib in libc.so.6 libxenstore.so.4 libxentoolcore.so.1; do
		cp -L "$root/usr/lib/x86_64-linux-gnu/$lib" "$dir/lib/x86_64-linux-gnu/"
	done
}

make_root() {
	local root=$TMP/root

	# shellcheck disable=SC2086  # a list of names
	debs_closure $PACKAGES | debs_unpack "$root"
	# Nothing here reads these, and mke2fs would copy them.
	rm -rf "$root"/usr/share/{doc,man,info,locale,iso-codes,perl,perl5,i18n,zoneinfo,lintian,bash-completion} \
		"$root"/usr/lib/x86_64-linux-gnu/{perl,perl-base,perl5,gstreamer-1.0} \
		"$root"/usr/lib/{udev,systemd} "$root"/var/cache "$root"/var/lib/apt
	ln -sf bash "$root/bin/sh"
	ln -sf gawk "$root/usr/bin/awk"
	mkdir -p "$root"/{dev,proc,sys,run,tmp,root,var/log/xen,var/lib/xen,var/lib/xenstored,etc/modprobe.d}
	rm -rf "$root/var/run" "$root/var/lock"
	ln -s ../run "$root/var/run"
	ln -s ../run/lock "$root/var/lock"
	echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
	echo 'hosts: files' >"$root/etc/nsswitch.conf"
	zcat "$root"/boot/xen-4.17-amd64.gz >"$TMP/xen.elf"
}

make_debian() {
	local root=$TMP/debian

	# shellcheck disable=SC2086  # a list of names
	debs_closure $DEBIAN_PACKAGES | debs_unpack "$root"
	rm -rf "$root"/usr/share/{doc,man,info,locale,i18n,zoneinfo,lintian,bash-completion}
	ln -sf gawk "$root/usr/bin/awk"
	mkdir -p "$root"/{dev,proc,sys,tmp,boot,var/tmp,etc/modprobe.d,var/lib/initramfs-tools}
	# The native driver is there early as well, that is the point.
	echo e1000e >>"$root/etc/initramfs-tools/modules"
}

make_kernel() {
	local alias=$1 vmlinuz root=$TMP/root

	note "packing kernel $alias"
	vmlinuz=$(awk -v a="$alias" '$1 == a { print $4 }' <<<"$KERNELS")
	unpack_vmlinux "$vmlinuz" >"$TMP/vmlinux-$alias"
	cp "$TMP/vmlinux-$alias" "$vmlinuz" "$root/boot/"
	mv "$root/boot/${vmlinuz##*/}" "$root/boot/vmlinuz-$alias"

	cp "${vmlinuz%/*}/config-${vmlinuz##*/vmlinuz-}" "$TMP/debian/boot/"

	# shellcheck disable=SC2086  # lists of names
	{
		install_modules "$alias" "$root" $ROOT_MODULES
		install_modules "$alias" "$TMP/debian" $BOOT_MODULES $ROOT_MODULES
		new_initramfs
		install_modules "$alias" "$TMP/initramfs" $BOOT_MODULES
		pack "$TMP/initramfs" >"$TMP/boot-$alias.cpio"
		new_initramfs
		install_modules "$alias" "$TMP/initramfs" $GUEST_MODULES
		add_xenstore "$TMP/initramfs"
		pack "$TMP/initramfs" >"$root/boot/guest-$alias.cpio"
	}
	make_disk "$alias"
}

# make_disk ALIAS: boot loader and kernel of an HVM guest; machine/init appends the
# initramfs.  xl's kernel= works as well, but then SeaBIOS reads both one byte per I/O
# instruction, and QEMU in dom0 needs minutes for that; from a virtio disk it is
# seconds.  There is no file system: GRUB reads files by sector numbers, too.
# iommu=noaperture: on an AMD processor Linux else looks for an AGP bridge in all of
# 65536 places, each of which is another trip to QEMU (90 s).
make_disk() {
	local root=$TMP/root disk=$TMP/root/boot/disk-$1.img grub=$TMP/grub
	local start=2048 kernel initrd

	kernel=$(sectors "$root/boot/vmlinuz-$1")
	# 64 KB more for what machine/init adds; the kernel skips trailing zeros.
	initrd=$(($(sectors "$root/boot/guest-$1.cpio") + 128))
	cat >"$grub.cfg" <<-EOF
	linux (hd0)$start+$kernel console=ttyS0 quiet panic=-1 iommu=noaperture guest.modules=e1000e
	initrd (hd0)$((start + kernel))+$initrd
	boot
	EOF
	"$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" \
		"$root/usr/bin/grub-mkimage" -d "$root/usr/lib/grub/i386-pc" -O i386-pc \
		-p / -c "$grub.cfg" -o "$grub.core" biosdisk linux boot >&2 ||
		die "grub-mkimage failed (see above)"
	cat "$root/usr/lib/grub/i386-pc/boot.img" "$grub.core" >"$disk"
	truncate -s $((start * 512)) "$disk"
	cat "$root/boot/vmlinuz-$1" >>"$disk"
	truncate -s $(((start + kernel) * 512)) "$disk"
	rm "$grub".*
}

sectors() {
	echo $((($(stat -c %s "$1") + 511) / 512))
}

# Neither journal nor checksums: every machine starts from a snapshot of this file
# and throws its changes away.
make_image() {
	local mb

	note "packing the root disk"
	mb=$(du -sm --apparent-size "$TMP/root" | cut -f1)
	mke2fs -q -t ext4 -L pciback-root -O ^has_journal,^metadata_csum -m 0 -N 30000 \
		-E root_owner=0:0 -d "$TMP/root" "$TMP/root.img" $((mb * 5 / 4 + 256))M >&2 ||
		die "mke2fs failed (see above); cure: apt-get install e2fsprogs"
}

build() {
	local alias _

	TMP=$OUT.tmp
	note "the image is not in the cache yet, making $OUT"
	rm -rf "$TMP"
	mkdir -p "$TMP"
	debs_update
	make_root
	make_debian
	while read -r alias _; do
		make_kernel "$alias"
	done <<<"$KERNELS"
	make_image
	rm -rf "$TMP/initramfs"
	mv "$TMP" "$OUT"
	note "the image is ready"
}

if [ ! -f "$OUT/root.img" ]; then
	cache_lock
	[ -f "$OUT/root.img" ] || build
fi
echo "$OUT/root.img"
