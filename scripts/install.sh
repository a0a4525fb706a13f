#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Install or remove the built modules, the modprobe configuration and what puts both
# into Debian's initramfs.
#
#   install.sh install|uninstall KVER KDIR BUILD
#
# INSTALL_MOD_PATH=/root/of/a/system installs there; DESTDIR=/staging does the
# same for a package, where depmod makes no sense (the package's scripts call it).
set -eu -o pipefail

verb=$1
kver=$2
kdir=$3
build=$4
root=${DESTDIR:-}${INSTALL_MOD_PATH:-}
updates=$root/lib/modules/$kver/updates
conf=$root/etc/modprobe.d/pciback-ng.conf
initramfs=usr/share/initramfs-tools

cd "$(dirname "$0")/.."

may_write()
{
	[ -n "$root" ] || [ "$(id -u)" = 0 ] || {
		echo "install: only root may change $updates; try: sudo make $verb" >&2
		exit 1
	}
}

run_depmod()
{
	[ -z "${DESTDIR:-}" ] || return 0
	if [ -n "$root" ]; then
		depmod -b "$root" "$kver"
	else
		depmod "$kver"
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

# kbuild signs and compresses as the kernel's configuration wants it. Its own
# depmod step is unusable here: it wants System.map, which headers do not have.
install_modules()
{
	# shellcheck disable=SC2046  # nothing, or one word
	make -C "$kdir" M="$build" INSTALL_MOD_PATH="$root" INSTALL_MOD_DIR=updates \
		DEPMOD=true $(without_key) modules_install 2>&1 |
		{ grep -vE 'System\.map|^  DEPMOD' || :; }
	mkdir -p "${conf%/*}"
	cp etc/modprobe.d/pciback-ng.conf "$conf"
	install_initramfs
	run_depmod
	echo "installed for kernel $kver; configuration: $conf"
	[ -z "$(without_key)" ] || echo "the modules are not signed; for Secure Boot install them with DKMS, which signs"
	[ -z "$root" ] || return 0
	[ ! -d "/$initramfs" ] ||
		echo "to hide devices from drivers that start early: options in /etc/modprobe.d, then 'update-initramfs -u'"
	[ ! -d /sys/module/xen_pciback ] ||
		echo "the in-tree xen-pciback is loaded: free its devices, 'rmmod xen-pciback', then 'modprobe pciback-ng'"
}

initramfs_files()
{
	(cd share/initramfs-tools && find . -type f -printf '%P\n')
}

# For a package in any case, for a system if it makes its initramfs in this way.
install_initramfs()
{
	local file

	[ -n "${DESTDIR:-}" ] || [ -d "$root/$initramfs" ] || return 0
	initramfs_files | while read -r file; do
		install -D "share/initramfs-tools/$file" "$root/$initramfs/$file"
	done
}

uninstall_modules()
{
	# modules.order lists what was built, relative to BUILD since 6.12 only.
	find "$build" -name '*.ko' -printf '%P\n' | while read -r module; do
		rm -f "$updates/$module" "$updates/$module".xz "$updates/$module".zst "$updates/$module".gz
	done
	find "$updates" -mindepth 1 -type d -empty -delete 2>/dev/null || :
	rm -f "$conf"
	initramfs_files | while read -r file; do
		rm -f "$root/$initramfs/$file"
	done
	run_depmod
	echo "removed from kernel $kver"
}

[ -n "$kver" ] || exit 1	# find-kernel.sh has said why
may_write
"${verb}_modules"
