#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that the root of a Debian release is in the cache; print its folder.
#
#   roots.sh bookworm|trixie
#
#   root/      a small Debian with Xen's tools and QEMU: the root of dom0, of the native
#              and of the KVM machine, without a kernel (image.sh).  bookworm's QEMU 7.2
#              also serves the host, see qemu.sh
#   xen.elf    Xen, unpacked: QEMU's multiboot loader wants the ELF file
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"

PACKAGES='bash coreutils util-linux mount sed grep gawk tar procps kmod iproute2
iputils-ping pciutils busybox-static xenstore-utils qemu-system-xen qemu-system-x86
grub-pc-bin'

# xen_version RELEASE: a hypervisor and the tools that fit it.
xen_version() {
	case $1 in
	bookworm) echo 4.17 ;;
	trixie) echo 4.20 ;;
	*) die "no root of '$1'; there are: bookworm, trixie" ;;
	esac
}

# manager_packages RELEASE: what administrators manage devices with; one release of each
# will do.
manager_packages() {
	[ "$1" != bookworm ] ||
		echo driverctl libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients
}

# make_links ROOT VERSION: Debian's wrappers in /usr/sbin look Xen's version up with five
# programs a call; through /usr/lib/xen it goes without.  / may be mounted read-only:
# what Xen's programs write is in /run.
make_links() {
	local root=$1

	ln -s "xen-$2" "$root/usr/lib/xen"
	ln -sf bash "$root/bin/sh"
	ln -sf gawk "$root/usr/bin/awk"
	rm -rf "$root"/var/{run,lock,log/xen,lib/xen,lib/xenstored}
	mkdir -p "$root"/{dev,proc,sys,run,tmp,root,var/log,var/lib,etc/modprobe.d}
	ln -s ../run "$root/var/run"
	ln -s ../run/lock "$root/var/lock"
	ln -s ../../run/logs "$root/var/log/xen"
	ln -s ../../run/lib/xen "$root/var/lib/xen"
	ln -s ../../run/lib/xenstored "$root/var/lib/xenstored"
}

# make_root ROOT VERSION RELEASE
make_root() {
	local root=$1 version=$2

	# shellcheck disable=SC2046,SC2086  # lists of names
	debs_closure $PACKAGES $(manager_packages "$3") "xen-hypervisor-$version-amd64" "xen-utils-$version" |
		debs_unpack "$root"
	# No program here reads these, and mke2fs would copy them.
	rm -rf "$root"/usr/share/{doc,man,info,locale,iso-codes,perl,perl5,i18n,zoneinfo,lintian,bash-completion} \
		"$root"/usr/lib/x86_64-linux-gnu/{perl,perl-base,perl5,gstreamer-1.0} \
		"$root"/usr/lib/{udev,systemd} "$root"/var/cache "$root"/var/lib/apt
	# Without its modules it only fails; kselftest's runner takes sed where there is none.
	rm -f "$root/usr/bin/perl"
	make_links "$root" "$version"
	echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
	echo 'hosts: files' >"$root/etc/nsswitch.conf"
}

build() {
	local tmp=$OUT.tmp version=$2

	note "the root of $1 is not in the cache yet, making $OUT"
	rm -rf "$tmp"
	mkdir -p "$tmp"
	debs_use "$1"
	debs_update
	make_root "$tmp/root" "$version" "$1"
	zcat "$tmp/root/boot/xen-$version-amd64.gz" >"$tmp/xen.elf"
	mv "$tmp" "$OUT"
}

version=$(xen_version "${1-}")
OUT=$CACHE/root-$1-$(key "$here/debs.sh" "$here/roots.sh")
if [ ! -d "$OUT" ]; then
	cache_lock
	[ -d "$OUT" ] || build "$1" "$version"
fi
echo "$OUT"
