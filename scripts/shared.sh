# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the modules of all kernels share: the program that loads them at boot, the systemd
# unit, what puts them into Debian's initramfs, the documentation.  To be sourced in the top
# folder by install.sh and dkms.sh: they are there as long as a kernel has our modules,
# whoever has installed these.

# What was put where, for the day it is taken out; the path below a system's root.
SHARED_LIST=usr/lib/pciback-ng/files
WANTED_BY=usr/lib/systemd/system/multi-user.target.wants/pciback-ng.service

# Of an older version: it would lead the old names, which are modules now, to pciback-ng.
OLD_FILES=etc/modprobe.d/pciback-ng.conf

# What drivers and programs of others include, as it is in include/.
PUBLIC_HEADERS='uapi/linux/pt_core.h uapi/linux/sriov_mbox.h uapi/linux/sriov_mbox_netlink.h
linux/sriov_mbox.h linux/sriov_mbox_vf.h'

# What the modules of a kernel export, for drivers that are built to need them.
symvers()
{
	echo "usr/lib/pciback-ng/Module.symvers-$1"
}

# shared_files ROOT: "SOURCE TARGET" of each.  For a package in any case, for a system if it
# makes its initramfs, or starts, in that way.
shared_files()
{
	local file

	find share/pciback-ng -type f -printf '%p usr/lib/pciback-ng/%P\n'
	if [ -n "${DESTDIR:-}" ] || [ -d "$1/usr/share/initramfs-tools" ]; then
		find share/initramfs-tools -type f -printf '%p usr/%p\n'
	fi
	if [ -n "${DESTDIR:-}" ] || [ -d "$1/usr/lib/systemd/system" ]; then
		find share/systemd -type f -printf '%p usr/lib/systemd/system/%P\n'
	fi
	find share/sbin -type f -printf '%p usr/sbin/%P\n'
	for file in $PUBLIC_HEADERS; do
		echo "include/$file usr/include/pciback-ng/$file"
	done
	find Documentation/netlink/specs -name '*.yaml' -printf '%p usr/share/pciback-ng/specs/%P\n'
	find samples -type f -printf '%p usr/share/doc/pciback-ng/%p\n'
	find README.md Documentation -maxdepth 1 -type f -printf '%p usr/share/doc/pciback-ng/%f\n'
}

# shared_put ROOT
shared_put()
{
	local root=$1 source target mode list

	list=$(mktemp)
	shared_files "$root" | while read -r source target; do
		mode=644
		[ ! -x "$source" ] || mode=755
		install -D -m "$mode" "$source" "$root/$target"
		echo "$target"
	done >"$list"

	if [ -f "$root/usr/lib/systemd/system/pciback-ng.service" ]; then
		mkdir -p "$root/${WANTED_BY%/*}"
		ln -sf ../pciback-ng.service "$root/$WANTED_BY"
		echo "$WANTED_BY" >>"$list"
	fi
	rm -f "$root/$OLD_FILES"
	install -D -m 644 "$list" "$root/$SHARED_LIST"
	rm -f "$list"
}

# shared_take ROOT: what is on the list, and what this version would put, list or not.
shared_take()
{
	local root=$1 target

	# Of kernels that have gone without us.
	rm -f "$root/${SHARED_LIST%/*}"/modules-* "$root/$(symvers '')"*
	{
		cat "$root/$SHARED_LIST" 2>/dev/null || :
		shared_files "$root" | cut -d' ' -f2
		printf '%s\n' "$WANTED_BY" "$SHARED_LIST" "$OLD_FILES"
	} | sort -u | while read -r target; do
		rm -f "$root/$target"
		[ "$target" != "$WANTED_BY" ] ||
			rmdir --ignore-fail-on-non-empty "$root/${target%/*}" 2>/dev/null || :
		# Folders that are ours, from the innermost on.
		while [[ $target == */pciback-ng/* ]]; do
			target=${target%/*}
			rmdir --ignore-fail-on-non-empty "$root/$target" 2>/dev/null || :
		done
	done
}

# our_modules: names, a line each.
our_modules()
{
	sed -n 's/^BUILT_MODULE_NAME\[.*\]="\(.*\)"/\1/p' dkms.conf
}

# has_ours ROOT KERNEL: by make install or by DKMS.
has_ours()
{
	local dir

	for dir in updates extra; do
		! find "$1/lib/modules/$2/$dir" -name 'pciback-ng.ko*' 2>/dev/null | grep -q . || return 0
	done
	return 1
}

# kernels_with_ours ROOT
kernels_with_ours()
{
	local dir

	for dir in "$1"/lib/modules/*/; do
		dir=${dir%/}
		! has_ours "$1" "${dir##*/}" || echo "${dir##*/}"
	done
}

# What of ours an image has, and what it should have, as text to compare. Of the old names
# pciback alone is not that of an in-tree module.
image_state()
{
	lsinitramfs "$1" 2>/dev/null | grep -oE '/pciback(-ng)?\.ko|lib/pciback-ng/load-driver' | sort -u || :
}

system_state()
{
	{
		! has_ours '' "$1" || printf '%s\n' /pciback-ng.ko /pciback.ko
		[ ! -x /usr/lib/pciback-ng/load-driver ] || echo lib/pciback-ng/load-driver
	} | sort -u
}

# refresh_images: those of Debian that have what is gone or lack what is there.  A kernel's
# image is made before DKMS builds for it where the headers come last.
refresh_images()
{
	local image kernel

	command -v update-initramfs >/dev/null && command -v lsinitramfs >/dev/null || return 0
	for image in /boot/initrd.img-*; do
		kernel=${image#/boot/initrd.img-}
		[ -d "/lib/modules/$kernel" ] || continue
		[ "$(image_state "$image")" != "$(system_state "$kernel")" ] || continue
		depmod "$kernel" && update-initramfs -u -k "$kernel" ||
			echo "pciback-ng: $image is as it was; cure: update-initramfs -u -k $kernel" >&2
	done
}
