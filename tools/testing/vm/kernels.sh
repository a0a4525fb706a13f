#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that kernels are in the cache; say where.
#
#   kernels.sh           those that our modules build for
#   kernels.sh --all     all in kernels.tab
#   kernels.sh ALIAS     one of them
#   kernels.sh --newest ALIAS    the same, after a look whether there is a newer one
#
# One line each: ALIAS KVER KDIR VMLINUZ MODDIR; the last two are "-" where there are
# headers only.
#
# Headers come along and are made relocatable, so that building and checking need no
# kernel package on the host.  Each kernel has a folder of its own.  The first call
# fetches 125 MB a kernel, later ones take no time and no network.  To move to a newer
# one: delete the folder it prints.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"
# shellcheck source=tools/testing/vm/toolchain.sh
. "$here/toolchain.sh"
# shellcheck source=tools/testing/vm/machines.sh
. "$here/machines.sh"

# newest_of PATTERN PACKAGE: the package of one version that a meta package names.
newest_of() {
	debs_depends "$1" "$2" | head -n 1
}

# packages IMAGE HEADERS: all that makes the kernel of these meta packages, and the
# scripts its headers share.  apt's own resolution would bring a compiler and an
# initramfs builder too.  Since 6.19 an image is split.
packages() {
	local image headers

	headers=$(newest_of '^linux-headers-[0-9.]+' "$2")
	[ -n "$headers" ] || die "no kernel for $2 in $DEBS_SUITE"
	if [ "$1" != - ]; then
		image=$(newest_of '^linux-image-[0-9.]+' "$1")
		[ -n "$image" ] || die "no kernel for $1 in $DEBS_SUITE"
	fi
	{
		printf '%s\n' "$headers"
		debs_depends '^linux-(headers|kbuild|base)-[0-9]' "$headers"
		[ "$1" = - ] || {
			printf '%s\n' "$image"
			debs_depends '^linux-(binary|modules|base)-[0-9]' "$image" || :
		}
	} | sort -u
}

# Headers name each other by absolute path in one Makefile; the rest is relative.
# vmlinux is there for BTF only, and its presence makes every module build call
# pahole: tests have no use for BTF.  Without vmlinux kbuild skips the step and says so
# for each module, hence the option goes, too; for make alone, for the layout of a
# kernel's structures depends on it.
relocate_headers() {
	local root=$1 kdir=$2 final=$3

	sed -i "s|/usr/src/|$final/usr/src/|" "$kdir/Makefile"
	rm -f "$kdir/vmlinux"
	sed -i '/^CONFIG_DEBUG_INFO_BTF_MODULES=/d' "$kdir/include/config/auto.conf"
	[ -e "$kdir/scripts/" ] || die "headers below $root are incomplete (no scripts)"
}

# Split packages keep kernel and configuration beside the modules, as others do in /boot.
fill_boot() {
	local root=$1 kver=$2 name

	mkdir -p "$root/boot"
	for name in vmlinuz config; do
		[ -e "$root/boot/$name-$kver" ] ||
			cp "$root/usr/lib/modules/$kver/$name" "$root/boot/$name-$kver"
	done
	chmod a+r "$root"/boot/*
}

# unpack_kernel ALIAS TO FINAL IMAGE HEADERS
unpack_kernel() {
	local alias=$1 root=$2 final=$3 kver names boot='- -'

	names=$(packages "$4" "$5")
	# shellcheck disable=SC2086  # a list of names
	debs_get $names | debs_unpack "$root"
	kver=$(basename "$root"/usr/src/linux-headers-*-amd64)
	kver=${kver#linux-headers-}
	relocate_headers "$root" "$root/usr/src/linux-headers-$kver" "$final"
	if [ "$4" != - ]; then
		fill_boot "$root" "$kver"
		depmod -b "$root" "$kver" || die "depmod failed; cure: apt-get install kmod"
		boot="$final/boot/vmlinuz-$kver $final/lib/modules/$kver"
	fi
	echo "$alias $kver $final/usr/src/linux-headers-$kver $boot" >"$root/line"
}

# build OUT ALIAS IMAGE HEADERS
build() {
	local out=$1 alias=$2

	note "kernel $alias is not in the cache yet, making $out"
	rm -rf "$out.tmp"
	debs_update
	unpack_kernel "$alias" "$out.tmp" "$out" "$3" "$4"
	mv "$out.tmp" "$out"
	note "kernel $alias is ready"
}

# forget_older OUT HEADERS: what is in the cache goes if its suite has another one now.
forget_older() {
	local out=$1 newest

	debs_update
	newest=$(newest_of '^linux-headers-[0-9.]+' "$2")
	[ ! -d "$out" ] || [ -e "$out/usr/src/$newest" ] || rm -rf "$out"
}

# kernel ALIAS
kernel() {
	local row suite image headers out

	row=$(kernel_row "$1") || die "no kernel '$1'; there are: $(kernel_aliases | paste -sd ' ')"
	read -r _ suite image headers _ <<<"$row"
	debs_use "$suite"
	out=$CACHE/kernel-$1-$(key "$here/debs.sh" "$here/kernels.sh" - <<<"$row")
	[ -z "$newest" ] || forget_older "$out" "$headers"
	if [ ! -f "$out/line" ]; then
		cache_lock
		[ -f "$out/line" ] || build "$out" "$1" "$image" "$headers"
	fi
	toolchain "$out"
	cat "$out/line"
}

newest=''
[ "${1-}" != --newest ] || newest=yes
[ -z "$newest" ] || shift
case ${1-} in
'') aliases=$(kernel_aliases yes) ;;
--all) aliases=$(kernel_aliases) ;;
-*)
	sed -n '/^#   kernels.sh/s/^# *//p' "$0" >&2
	exit 2
	;;
*) aliases=$1 ;;
esac
for alias in $aliases; do
	kernel "$alias"
done
