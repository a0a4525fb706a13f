# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The initramfs of the machine "debian": made by Debian's own update-initramfs, with
# our module, hook and script installed as `make install` does it; and where a suite wishes,
# that of a Xen machine, made by dracut.  To be sourced by run.sh.
#
# It runs on this host, in a copy of the small system that image.sh has made, with
# that as its root directory: root may do that, anybody else in a user namespace.

# A card by its address, and with it an entry that is wrong: the machine boots with these,
# for update-initramfs and the driver go on with the rest.
HIDE='(0000:02:00.0)'
HIDE_BAD='(0000:02:00.0)(0000:05:00,0)'

in_debian() {
	local enter=(chroot "$RUN/debian")

	[ "$(id -u)" -eq 0 ] || enter=(unshare --map-root-user --root="$RUN/debian")
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "${enter[@]}" "$@"
}

# update_initramfs HIDE LOG: as an administrator does after editing modprobe.d.
update_initramfs() {
	local module=pciback-ng

	[ "$DRIVER" = ng ] || module=xen-pciback
	echo "options $module hide=$1" >"$RUN/debian/etc/modprobe.d/hide.conf"
	in_debian update-initramfs -c -k "$KVER" >"$2" 2>&1
}

# ask_by_old_names: as recipes for the in-tree drivers have it. initramfs-tools load what is in
# that file after udev; without Xen a card of xen-pciback's list is the host's.
ask_by_old_names() {
	echo 'pci_stub ids=8086:10c9' >>"$RUN/debian/etc/initramfs-tools/modules"
	[ -n "$ABSENT" ] ||
		echo 'options xen-pciback hide=(0000:03:00.0)' >"$RUN/debian/etc/modprobe.d/xen.conf"
}

# The rest of the machine hangs on /machine, as in initrd-init; Debian's /run is noexec.
install_hand_over() {
	local script=$RUN/debian/etc/initramfs-tools/scripts/init-bottom/hand-over

	cat >"$script" <<-'END'
	#!/bin/sh
	[ "$1" != prereqs ] || exit 0
	mount -o remount,exec /run && mv /machine /run/machine
	END
	chmod +x "$script"
}

# debian_logs PAYLOAD: what update-initramfs said goes to the suite.
debian_logs() {
	cp -r "$RUN/initramfs" "$1/initramfs"
	rm -rf "$RUN/initramfs" "$RUN/debian"
}

# lose_modules: as where a kernel came later than `make install`, or DKMS could not build for
# it.  Without Xen the in-tree drivers hide by ids alone.
lose_modules() {
	rm -rf "$RUN/debian/lib/modules/$KVER/updates"
	depmod -b "$RUN/debian" "$KVER" || die "depmod failed (see above)"
	HIDE='(8086:10d3)(0000:03:00.0;policy=standard)(class=0c03)'
}

# debian_initramfs: make it.  -H here and below: a cache can be made of links, and what it has
# is not to be changed.
debian_initramfs() {
	local logs=$RUN/initramfs

	mkdir -p "$logs"
	cp -aH "$DEBIAN_ROOT" "$RUN/debian"
	install_hand_over
	# shellcheck disable=SC2154  # top is run.sh's
	[ "$DRIVER" = stock ] || INSTALL_MOD_PATH=$RUN/debian "$top/scripts/install.sh" install \
		"$KVER" "$KDIR" "$top/build/$KVER" >"$RUN/install.log" 2>&1 ||
		die "install.sh failed, see $RUN/install.log"
	[ -z "$ABSENT" ] || lose_modules
	ask_by_old_names
	update_initramfs "$HIDE" "$logs/good.log" || {
		cat "$logs/good.log" >&2
		die "update-initramfs failed (see above)"
	}
	[ -z "$ABSENT" ] || return 0
	update_initramfs "$HIDE_BAD" "$logs/bad.log" || touch "$logs/bad-was-refused"
}

# dracut_root: the small Debian with dracut in it, in the cache; sets DRACUT_ROOT.
dracut_root() {
	DRACUT_ROOT=$CACHE/dracut-${DEBIAN_ROOT##*/debian-}
	[ ! -d "$DRACUT_ROOT" ] || return 0
	cache_lock
	rm -rf "$DRACUT_ROOT.tmp"
	cp -aH "$DEBIAN_ROOT" "$DRACUT_ROOT.tmp"
	debs_use "$MACHINE_RELEASE"
	debs_update
	debs_closure dracut-core | debs_unpack "$DRACUT_ROOT.tmp"
	mv "$DRACUT_ROOT.tmp" "$DRACUT_ROOT"
	exec 9>&-
}

# dracut looks for the program of init= before /run is in the new root.
dracut_hand_over() {
	local dir=$RUN/debian/usr/lib/dracut/modules.d/99hand-over

	mkdir -p "$dir"
	cat >"$dir/module-setup.sh" <<-'END'
	#!/bin/bash
	check() { return 0; }
	install() { inst_hook pre-pivot 99 "$moddir/hand-over.sh"; }
	END
	cat >"$dir/hand-over.sh" <<-'END'
	#!/bin/sh
	mount -o remount,exec /run
	mv /machine /run/machine
	mount --bind /run "$NEWROOT/run"
	END
	chmod +x "$dir"/*.sh
}

# dracut_qubes: the steps of Qubes OS's own module for dracut, in our words: before udev it
# loads xen-pciback and gives it what a list on the kernel command line names.
dracut_qubes() {
	local dir=$RUN/debian/usr/lib/dracut/modules.d/90hide-by-list

	mkdir -p "$dir"
	cat >"$dir/module-setup.sh" <<-'END'
	#!/bin/bash
	check() { return 0; }
	install() { inst_hook cmdline 02 "$moddir/hide.sh"; }
	installkernel() { hostonly='' instmods pciback xen-pciback; }
	END
	cat >"$dir/hide.sh" <<-'END'
	#!/bin/sh
	command -v getarg >/dev/null || . /lib/dracut-lib.sh
	modprobe xen-pciback
	for bdf in $(getarg rd.qubes.hide_pci | tr , ' '); do
		device=/sys/bus/pci/devices/0000:$bdf
		[ ! -e $device/driver ] || echo -n 0000:$bdf >$device/driver/unbind
		for file in new_slot bind; do
			echo -n 0000:$bdf >/sys/bus/pci/drivers/pciback/$file
		done
	done
	END
	chmod +x "$dir"/*.sh
}

# dracut_initramfs: as recipes have it, with one line for xen-pciback; the host's driver is in
# there as well. The list is on the kernel command line (dracut_options).
dracut_initramfs() {
	dracut_root
	cp -aH "$DRACUT_ROOT" "$RUN/debian"
	dracut_hand_over
	dracut_qubes
	# shellcheck disable=SC2154  # top is run.sh's
	[ "$DRIVER" = stock ] || INSTALL_MOD_PATH=$RUN/debian "$top/scripts/install.sh" install \
		"$KVER" "$KDIR" "$top/build/$KVER" >"$RUN/install.log" 2>&1 ||
		die "install.sh failed, see $RUN/install.log"
	mkdir -p "$RUN/debian/var/tmp" "$RUN/debian/etc/dracut.conf.d"
	cat >"$RUN/debian/etc/dracut.conf.d/test.conf" <<-'END'
	force_drivers+=" xen-pciback "
	add_drivers+=" e1000e ahci sd_mod ext4 "
	END
	in_debian dracut --no-hostonly --gzip --kver "$KVER" /boot/initrd.img-dracut >"$RUN/dracut.log" 2>&1 ||
		die "dracut failed, see $RUN/dracut.log"
}
