#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that the kernels we support are in the cache; say where.
#
#   kernels.sh [ALIAS]     one line each: ALIAS KVER KDIR VMLINUZ MODDIR
#
# Both are Debian 12's own: 6.1, and 6.12 from its security archive.  Headers come
# along and are made relocatable, so that building and checking need no kernel
# package on the host.  The first call fetches 250 MB, later ones take no time
# and no network.  To move to newer kernels: delete the folder it prints.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"

ALIASES='6.1 6.12'
OUT=$CACHE/kernels-$(key "$here/debs.sh" "$here/kernels.sh")

# packages ALIAS: image, headers, and the scripts they share.  apt's own
# resolution would bring a compiler and an initramfs builder too.
packages() {
	local suffix image headers

	case $1 in
	6.1) suffix= ;;
	*) suffix=$1- ;;
	esac
	image=$(debs_depends '^linux-image-[0-9.]+' "linux-image-${suffix}amd64")
	headers=$(debs_depends '^linux-headers-[0-9.]+' "linux-headers-${suffix}amd64")
	if [ -z "$image" ] || [ -z "$headers" ]; then
		die "no kernel $1 in $SUITE_OF_MACHINES"
	fi
	printf '%s\n' "$image" "$headers"
	debs_depends '^linux-(headers|kbuild)-' "$headers"
}

# Headers name each other by absolute path in one Makefile; the rest is relative.
# vmlinux is there for BTF only, and its presence makes every module build call
# pahole: without it kbuild skips the step, and tests have no use for BTF.
relocate_headers() {
	local root=$1 kdir=$2 final=$3

	sed -i "s|/usr/src/|$final/usr/src/|" "$kdir/Makefile"
	rm -f "$kdir/vmlinux"
	[ -e "$kdir/scripts/" ] || die "headers below $root are incomplete (no scripts)"
}

unpack_kernel() {
	local alias=$1 root=$2/$1 final=$OUT/$1 kver names

	names=$(packages "$alias")
	# shellcheck disable=SC2086  # a list of names
	debs_get $names | debs_unpack "$root"
	kver=$(basename "$root"/boot/vmlinuz-*)
	kver=${kver#vmlinuz-}
	relocate_headers "$root" "$root/usr/src/linux-headers-$kver" "$final"
	depmod -b "$root" "$kver" || die "depmod failed; cure: apt-get install kmod"
	chmod a+r "$root"/boot/*
	echo "$alias $kver $final/usr/src/linux-headers-$kver" \
		"$final/boot/vmlinuz-$kver $final/lib/modules/$kver" >>"$2/list"
}

build() {
	local tmp=$OUT.tmp alias

	note "kernels $ALIASES are not in the cache yet, making $OUT"
	rm -rf "$tmp"
	mkdir -p "$tmp"
	debs_update
	for alias in $ALIASES; do
		unpack_kernel "$alias" "$tmp"
	done
	mv "$tmp" "$OUT"
	note "kernels are ready"
}

if [ ! -f "$OUT/list" ]; then
	cache_lock
	[ -f "$OUT/list" ] || build
fi
if [ $# -gt 0 ]; then
	grep "^$1 " "$OUT/list" || die "no kernel '$1'; there are: $ALIASES"
else
	cat "$OUT/list"
fi
