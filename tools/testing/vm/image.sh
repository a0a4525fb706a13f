#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that the disk image of a test machine is in the cache; print its path.
#
#   image.sh RELEASE ALIAS [GUEST]   the image for kernel ALIAS, guests having GUEST
#   image.sh --debian RELEASE ALIAS  the folder of what makes Debian's own initramfs
#
# Everything that does not change from run to run is made here once (20 s).  Beside the
# image, root.img (ext4; no mount, no loop device, no root), there are:
#
#   root, xen.elf    those of the release, see roots.sh; the image has more: guests'
#                    kernels in /boot, modules of the kernel in /lib/modules
#   modules          the latter, as they are in the image
#   vmlinux-ALIAS    the kernel as ELF: Xen and libxl take it as it is, which saves
#                    unpacking xz under emulation (10 s a boot)
#   boot-ALIAS.cpio  initramfs that finds the root disk
#   guest-ALIAS.cpio the guests' initramfs, but for what run.sh adds
#   disk-ALIAS.img   from which an HVM guest boots, but for the end of its initramfs
#
# The folder of --debian is another small Debian, with what makes and what is in Debian's
# own initramfs; initramfs.sh works in a copy of it.
#
# What does change (init scripts, suites, modules under test) is no part of it:
# run.sh hands those over at each start.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"

# initramfs-tools with udev, and what their scripts call.
DEBIAN_PACKAGES='initramfs-tools udev kmod busybox zstd bash dash coreutils findutils sed
grep gawk util-linux mount gzip libc-bin dpkg'

# Modules that end in the image, with all they need; depmod and modprobe take
# their time under emulation, so it is these and no others.
ROOT_MODULES='xenfs xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xen-pciback
pci-stub vfio-pci kvm-amd kvm-intel e1000e igb igbvf nvme virtio_pci virtio_net
virtio_blk aer_inject edu dm-mod bridge'
BOOT_MODULES='ahci sd_mod ext4'
GUEST_MODULES='xen-pcifront e1000e igb igbvf nvme virtio_pci virtio_net virtio_blk'

# kernel ALIAS WORD: a word of what kernels.sh says of it.
kernel() {
	awk -v alias="$1" -v word="$2" '$1 == alias { print $word; exit }' <<<"$KERNELS"
}

# install_modules ALIAS DEST MODULE...: copy modules and what they need, unpacked
# (6.12 ships them as .ko.xz), and index them.  A name that a kernel has built in
# or lacks is no error: the lists above serve all kernels.
install_modules() {
	local alias=$1 dest=$2 kver moddir base m file to

	shift 2
	kver=$(kernel "$alias" 2)
	moddir=$(kernel "$alias" 5)
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
		"$ROOT/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null)
}

new_initramfs() {
	rm -rf "$TMP/initramfs"
	mkdir -p "$TMP/initramfs"/{bin,dev,proc,sys,mnt,tmp,sbin,lib/modules,lib64}
	cp "$ROOT/bin/busybox" "$TMP/initramfs/bin/"
	ln -s ../bin/busybox "$TMP/initramfs/sbin/modprobe"
}

# A guest gets its orders and gives its answers through xenstore (guest-init), so
# it needs that one program and its libraries.
add_xenstore() {
	local dir=$1 lib

	cp "$ROOT/usr/bin/xenstore" "$dir/bin/"
	mkdir -p "$dir/lib/x86_64-linux-gnu"
	cp "$(debs_loader "$ROOT")" "$dir/lib64/"
	for lib in libc.so.6 libxenstore.so.4 libxentoolcore.so.1; do
		cp -L "$ROOT/usr/lib/x86_64-linux-gnu/$lib" "$dir/lib/x86_64-linux-gnu/"
	done
}

# make_guest ALIAS: what guests with this kernel are made of.
make_guest() {
	unpack_vmlinux "$(kernel "$1" 4)" >"$TMP/image/boot/vmlinux-$1"
	new_initramfs
	# shellcheck disable=SC2086  # a list of names
	install_modules "$1" "$TMP/initramfs" $GUEST_MODULES
	add_xenstore "$TMP/initramfs"
	pack "$TMP/initramfs" >"$TMP/guest-$1.cpio"
	make_disk "$1"
}

# make_kernel ALIAS: what the machine itself boots.
make_kernel() {
	unpack_vmlinux "$(kernel "$1" 4)" >"$TMP/vmlinux-$1"
	# shellcheck disable=SC2086  # lists of names
	{
		install_modules "$1" "$TMP/image" $ROOT_MODULES
		new_initramfs
		install_modules "$1" "$TMP/initramfs" $BOOT_MODULES
	}
	pack "$TMP/initramfs" >"$TMP/boot-$1.cpio"
}

# make_disk ALIAS: boot loader and kernel of an HVM guest; run.sh appends the initramfs, of
# which the boot loader reads HVM_ROOM KB more than this file knows of.  xl's kernel= works as well, but then SeaBIOS reads both one byte per I/O
# instruction, and QEMU in dom0 needs minutes for that; from a virtio disk it is
# seconds.  There is no file system: GRUB reads files by sector numbers, too.
# iommu=noaperture: on an AMD processor Linux else looks for an AGP bridge in all of
# 65536 places, each of which is another trip to QEMU (90 s).
make_disk() {
	local disk=$TMP/disk-$1.img grub=$TMP/grub start=2048 vmlinuz kernel initrd

	vmlinuz=$(kernel "$1" 4)
	kernel=$(sectors "$vmlinuz")
	# The kernel skips the zeros behind an archive.
	initrd=$(($(sectors "$TMP/guest-$1.cpio") + HVM_ROOM * 2))
	cat >"$grub.cfg" <<-EOF
	linux (hd0)$start+$kernel console=ttyS0 quiet panic=-1 iommu=noaperture guest.modules=e1000e
	initrd (hd0)$((start + kernel))+$initrd
	boot
	EOF
	debs_run "$ROOT" usr/bin/grub-mkimage -d "$ROOT/usr/lib/grub/i386-pc" -O i386-pc \
		-p / -c "$grub.cfg" -o "$grub.core" biosdisk linux boot >&2 ||
		die "grub-mkimage failed (see above)"
	cat "$ROOT/usr/lib/grub/i386-pc/boot.img" "$grub.core" >"$disk"
	truncate -s $((start * 512)) "$disk"
	cat "$vmlinuz" >>"$disk"
	truncate -s $(((start + kernel) * 512)) "$disk"
	rm "$grub".*
}

sectors() {
	echo $((($(stat -c %s "$1") + 511) / 512))
}

# Neither journal nor checksums: every machine starts from a snapshot of this file
# and throws its changes away.
pack_image() {
	local mb

	note "packing the root disk"
	mb=$(du -sm --apparent-size "$TMP/image" | cut -f1)
	mke2fs -q -t ext4 -L pciback-root -O ^has_journal,^metadata_csum -m 0 -N 30000 \
		-E root_owner=0:0 -d "$TMP/image" "$TMP/root.img" $((mb * 5 / 4 + 256))M >&2 ||
		die "mke2fs failed (see above); cure: apt-get install e2fsprogs"
}

# make_image ALIAS GUEST
make_image() {
	local release=${ROOT%/root}

	# Links to the same files: nothing below changes one that is there.
	cp -al "$ROOT" "$TMP/image"
	make_kernel "$1"
	make_guest "$1"
	[ "$2" = "$1" ] || make_guest "$2"
	pack_image
	mv "$TMP/image/lib/modules" "$TMP/modules" 2>/dev/null ||
		mv "$TMP/image/usr/lib/modules" "$TMP/modules"
	rm -rf "$TMP/image" "$TMP/initramfs"
	ln -s "../${release##*/}/root" "../${release##*/}/xen.elf" "$TMP/"
}

# make_debian ALIAS
make_debian() {
	local vmlinuz

	debs_update
	# shellcheck disable=SC2086  # a list of names
	debs_closure $DEBIAN_PACKAGES | debs_unpack "$TMP"
	rm -rf "$TMP"/usr/share/{doc,man,info,locale,i18n,zoneinfo,lintian,bash-completion}
	ln -sf gawk "$TMP/usr/bin/awk"
	mkdir -p "$TMP"/{dev,proc,sys,tmp,boot,var/tmp,etc/modprobe.d,var/lib/initramfs-tools}
	# The native driver is there early as well, that is the point.
	echo e1000e >>"$TMP/etc/initramfs-tools/modules"
	vmlinuz=$(kernel "$1" 4)
	cp "${vmlinuz%/*}/config-${vmlinuz##*/vmlinuz-}" "$TMP/boot/"
	# shellcheck disable=SC2086  # lists of names
	install_modules "$1" "$TMP" $BOOT_MODULES $ROOT_MODULES
}

# in_cache WHAT COMMAND...: OUT, made by COMMAND in TMP if it is not there.
in_cache() {
	local what=$1

	shift
	[ ! -d "$OUT" ] || return 0
	cache_lock
	[ ! -d "$OUT" ] || return 0
	note "$what is not in the cache yet, making $OUT"
	TMP=$OUT.tmp
	rm -rf "$TMP"
	mkdir -p "$TMP"
	"$@"
	mv "$TMP" "$OUT"
}

debian=''
if [ "${1-}" = --debian ]; then
	debian=yes
	shift
fi
release=${1:?a Debian release} alias=${2:?a kernel} guest=${3:-$2}
debs_use "$release"
KERNELS=$("$here/kernels.sh" "$alias")
[ "$guest" = "$alias" ] || KERNELS+=$'\n'$("$here/kernels.sh" "$guest")
name=$release-$alias
[ "$guest" = "$alias" ] || name=$name-$guest
if [ -n "$debian" ]; then
	OUT=$CACHE/debian-$name-$(key "$here/debs.sh" "$here/image.sh" - <<<"$KERNELS")
	in_cache "the initramfs's Debian" make_debian "$alias"
	echo "$OUT"
else
	root=$("$here/roots.sh" "$release")
	ROOT=$root/root
	OUT=$CACHE/image-$name-$(key "$here/debs.sh" "$here/image.sh" - <<<"$root $KERNELS")
	in_cache "the image" make_image "$alias" "$guest"
	echo "$OUT/root.img"
fi
