#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Install or remove the built modules, and what the modules of all kernels share
# (shared.sh).
#
#   install.sh install KVER KDIR BUILD
#   install.sh uninstall [KVER]           of one kernel, or of all
#
# INSTALL_MOD_PATH=/root/of/a/system installs there; DESTDIR=/staging does the
# same for a package, where depmod makes no sense (the package's scripts call it).
set -eu -o pipefail

verb=$1
kver=${2-}
kdir=${3-}
build=${4-}
root=${DESTDIR:-}${INSTALL_MOD_PATH:-}

cd "$(dirname "$0")/.."
# shellcheck source=scripts/shared.sh
. scripts/shared.sh

may_write()
{
	[ -n "$root" ] || [ "$(id -u)" = 0 ] || {
		echo "install: only root may change /lib/modules; try: sudo make $verb" >&2
		exit 1
	}
}

run_depmod()
{
	[ -z "${DESTDIR:-}" ] || return 0
	if [ -n "$root" ]; then
		depmod -b "$root" "$1"
	else
		depmod "$1"
	fi
}

# Headers of a distribution come without its key: kbuild would try to sign, and
# say so in six lines of error messages.
without_key()
{
	local key

	key=$(sed -n 's/^CONFIG_MODULE_SIG_KEY="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$kdir/include/config/auto.conf")
	[ -f "$kdir/$key" ] || [ -f "$key" ] || echo CONFIG_MODULE_SIG_ALL=
}

configured()
{
	grep -q "^CONFIG_$1=y" "$kdir/include/config/auto.conf"
}

# needs PROGRAM PACKAGE WHAT-FOR
needs()
{
	command -v "$1" >/dev/null || echo "no program $1, $3; cure: apt-get install $2"
}

# Since 6.13 a kernel may have a format and compress nothing.
compressor()
{
	local format

	for format in XZ:xz:xz-utils ZSTD:zstd:zstd GZIP:gzip:gzip; do
		IFS=: read -r option program package <<<"$format"
		configured "MODULE_COMPRESS_$option" || continue
		grep -q 'MODULE_COMPRESS_ALL' "$kdir/scripts/Makefile.modinst" &&
			! configured MODULE_COMPRESS_ALL ||
			needs "$program" "$package" "with which kernel $kver wants its modules compressed"
	done
}

# parent PATH: the nearest folder that is there.
parent()
{
	local path=$1

	until [ -d "$path" ]; do
		path=${path%/*}
		path=${path:-/}
	done
	echo "$path"
}

# preflight: prints a line for each thing that is missing.  Nothing is copied before.
preflight()
{
	local module dir need free

	for module in pt-core/pt-core pciback-ng/pciback-ng old-names/{xen-pciback,pciback,pci-stub}; do
		[ -f "$build/drivers/$module.ko" ] ||
			echo "$build/drivers/$module.ko is not there; cure: make KVER=$kver"
	done
	if [ -z "${DESTDIR:-}" ]; then
		needs depmod kmod "without which no module is found"
		[ -d "$root/lib/modules/$kver" ] ||
			echo "no kernel $kver in $root/lib/modules; cure: make install KVER= with one of: $(find "$root/lib/modules" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort | paste -sd' ')"
	fi
	compressor

	need=$(find "$build" -name '*.ko' -printf '%k\n' 2>/dev/null | awk '{ sum += $1 } END { print sum + 1024 }')
	for dir in "lib/modules/$kver/updates" usr/lib/pciback-ng usr/include usr/sbin usr/share/doc; do
		dir=$(parent "$root/$dir")
		[ -w "$dir" ] || echo "$dir cannot be written; cure: mount it writable, or say INSTALL_MOD_PATH="
		free=$(df --output=avail -k "$dir" | tail -n 1)
		[ "$free" -ge "$need" ] || echo "$dir has $free kB free, $need kB are needed"
	done | sort -u
}

# kbuild signs and compresses as the kernel's configuration wants it. Its own
# depmod step is unusable here: it wants System.map, which headers do not have.
install_modules()
{
	local missing

	missing=$(preflight)
	[ -z "$missing" ] || {
		echo "install: ${missing//$'\n'/$'\n'install: }" >&2
		echo "install: nothing was changed" >&2
		exit 1
	}
	# shellcheck disable=SC2046  # nothing, or one word
	make -C "$kdir" M="$build" INSTALL_MOD_PATH="$root" INSTALL_MOD_DIR=updates \
		DEPMOD=true $(without_key) modules_install 2>&1 |
		{ grep -vE 'System\.map|^  DEPMOD' || :; }
	shared_put "$root"
	# modules.order lists what was built, relative to BUILD since 6.12 only.
	find "$build" -name '*.ko' -printf '%P\n' >"$root/${SHARED_LIST%/*}/modules-$kver"
	install -m 644 "$build/Module.symvers" "$root/$(symvers "$kver")"
	run_depmod "$kver"
	echo "installed for kernel $kver"
	[ -z "$(without_key)" ] || echo "the modules are not signed; for Secure Boot install them with DKMS, which signs"
	[ -z "$root" ] || return 0
	[ ! -d /usr/share/initramfs-tools ] ||
		echo "to hide devices from drivers that start early: options in /etc/modprobe.d, then 'update-initramfs -u'"
	[ ! -d /sys/module/xen_pciback ] || [ -d /sys/module/pciback_ng ] ||
		echo "the in-tree xen-pciback is loaded: free its devices, 'rmmod xen-pciback', then 'modprobe pciback-ng'"
}

# installed_modules KERNEL: as they were listed when they were installed, else by their names
# where make install puts them. What is in updates/dkms is DKMS's.
installed_modules()
{
	local list=$root/${SHARED_LIST%/*}/modules-$1 name

	cat "$list" 2>/dev/null || our_modules | while read -r name; do
		find "$root/lib/modules/$1/updates/drivers" -name "$name.ko*" -printf 'drivers/%P\n' 2>/dev/null |
			sed 's/\.ko.*/.ko/' || :
	done
}

# uninstall_kernel KERNEL
uninstall_kernel()
{
	local updates=$root/lib/modules/$1/updates modules module

	modules=$(installed_modules "$1")
	[ -n "$modules" ] || return 0
	while read -r module; do
		rm -f "$updates/$module" "$updates/$module".xz "$updates/$module".zst "$updates/$module".gz
	done <<<"$modules"
	find "$updates" -mindepth 1 -type d -empty -delete 2>/dev/null || :
	rm -f "$root/${SHARED_LIST%/*}/modules-$1" "$root/$(symvers "$1")"
	if [ -d "$root/lib/modules/$1" ]; then
		run_depmod "$1"
	fi
	echo "removed from kernel $1"
}

# The rest stays as long as a kernel has our modules: they need it.
uninstall_modules()
{
	local kernel left dir

	if [ -n "$kver" ]; then
		uninstall_kernel "$kver"
	else
		for dir in "$root"/lib/modules/*/; do
			dir=${dir%/}
			uninstall_kernel "${dir##*/}"
		done
	fi
	left=$(kernels_with_ours "$root" | paste -sd' ')
	if [ -n "$left" ]; then
		echo "kernels that still have the modules: $left; cure: make uninstall, or make dkms-remove for those of DKMS"
		return
	fi
	shared_take "$root"
	echo "removed: initramfs hook, systemd unit, sriov-vf, headers, documentation"
	[ -n "$root" ] || [ ! -d /usr/share/initramfs-tools ] ||
		echo "initramfs images have the modules until 'update-initramfs -u -k all'"
}

[ "$verb" = uninstall ] || [ -n "$kver" ] || exit 1	# find-kernel.sh has said why
may_write
"${verb}_modules"
