#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DKMS.  For a person, as root:
#
#   dkms.sh install [KVER]          for all kernels that have headers here, or for one
#   dkms.sh remove                  from all, with sources and configuration
#
# For DKMS itself (dkms.conf), in a copy of this tree:
#
#   dkms.sh check                   say which program is missing
#   dkms.sh build KVER KDIR BUILD   without modules that do not compile
#   dkms.sh installed KVER          after a kernel got the modules
#   dkms.sh removed                 after a kernel lost them
set -eu -o pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/shared.sh
. scripts/shared.sh

NAME=pciback-ng
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
SOURCES=/usr/src/$NAME-$VERSION
TREE=/var/lib/dkms

say()
{
	echo "$NAME: $*" >&2
}

# DKMS makes a key with openssl when it has none; framework.conf may name another.
check()
{
	[ -f $TREE/mok.key ] || command -v openssl >/dev/null ||
		grep -qs '^[[:space:]]*mok_signing_key=' /etc/dkms/framework.conf /etc/dkms/framework.conf.d/* ||
		say "no program openssl: DKMS cannot sign the modules, and with Secure Boot they will not load; cure: apt-get install openssl"
}

# The rooms of drivers/ that DKMS can do without, and the options that build them.
OPTIONAL='iommu-ext IOMMU_EXT
sriov-mbox SRIOV_MBOX
sriov-mbox/xen SRIOV_MBOX_XEN
sriov-mbox/vf SRIOV_MBOX_VF'

# failed_rooms LOG: where make or modpost gave up.
failed_rooms()
{
	sed -nE 's#^make.* \[.*drivers/([a-z/-]+)/[^/]*\.o\] Error .*#\1#p
		s#^ERROR: modpost: .*\[.*drivers/([a-z/-]+)/[^/]*\.ko\].*#\1#p' "$1" | sort -u
}

# drop ROOM BUILD: fails if it cannot be done without, or was switched off before.
drop()
{
	local option

	option=$(awk -v room="$1" '$1 == room { print $2 }' <<<"$OPTIONAL")
	if [ -z "$option" ] || ! grep -q "^CONFIG_$option=[ym]" "$2/.config"; then
		say "drivers/$1 does not compile for this kernel, see above"
		return 1
	fi
	say "WITHOUT drivers/$1: it does not compile for this kernel, see above"
	sed -i "s/^CONFIG_$option=.*/# CONFIG_$option is not set/" "$2/.config"
}

# placeholders KDIR BUILD: DKMS installs all that dkms.conf names or nothing, so what is not
# there gets a module that says so (compat/absent.c).
placeholders()
{
	local build=$2 work=$2/absent number location name

	rm -rf "$work"
	sed -n 's/^BUILT_MODULE_NAME\[\([0-9]*\)\]="\(.*\)"/\1 \2/p' dkms.conf | while read -r number name; do
		location=$(sed -n "s#^BUILT_MODULE_LOCATION\[$number\]=\"build/\$kernelver/\(.*\)\"#\1#p" dkms.conf)
		[ ! -f "$build/$location/$name.ko" ] || continue
		mkdir -p "$work"
		cp compat/absent.c "$work/$name.c"
		echo "obj-m += $name.o" >>"$work/Kbuild"
		echo "$name $location" >>"$work/list"
	done
	[ -d "$work" ] || return 0

	# shellcheck disable=SC2016  # make's
	echo 'ccflags-y := -include $(src)/../compat/generated/version.h' >>"$work/Kbuild"
	make -C "$1" M="$work" modules || return
	while read -r name location; do
		mkdir -p "$build/$location"
		cp "$work/$name.ko" "$build/$location/"
	done <"$work/list"
}

# build KVER KDIR BUILD
build()
{
	local log room

	log=$(mktemp)
	until make -k modules KVER="$1" KDIR="$2" 2>&1 | tee "$log"; do
		[ -n "$(failed_rooms "$log")" ] || return 1
		# kbuild would link against what an earlier kernel has left.
		rm -f "$3/Module.symvers" "$3/modules.order"
		for room in $(failed_rooms "$log"); do
			drop "$room" "$3" || return
			find "$3/drivers/$room" -maxdepth 1 -name '*.ko' -delete
		done
	done
	rm -f "$log"
	placeholders "$2" "$3"
	# DKMS keeps the modules alone of what was built.
	[ ! -f "$3/Module.symvers" ] || install -D -m 644 "$3/Module.symvers" "/$(symvers "$1")"
}

# drop_symvers: of kernels that have no modules of ours any more.
drop_symvers()
{
	local file

	for file in "/$(symvers '')"*; do
		[ ! -f "$file" ] || has_ours '' "${file#"/$(symvers '')"}" || rm -f "$file"
	done
}

# restore_in_tree KVER: DKMS 3.1 and later move away the in-tree modules that have a name of
# ours.  Where the kernel refuses ours, load-driver needs them.  DKMS's own copies stay, for
# it to put back when it removes ours.
restore_in_tree()
{
	local dir=$TREE/$NAME/original_module/$1 file target

	[ -d "$dir" ] || return 0
	find "$dir" -name '*.origin' | while read -r file; do
		read -r target <"$file"
		[ ! -f "${file%.origin}" ] || [ -e "$target" ] || cp -p "${file%.origin}" "$target"
	done
}

# installed KVER
installed()
{
	local name file

	restore_in_tree "$1"
	shared_put ''
	our_modules | while read -r name; do
		file=$(find "/lib/modules/$1" -path "*/dkms/$name.ko*" | head -n 1)
		[ -z "$file" ] || [[ $(modinfo -F description "$file") != Absent:* ]] ||
			say "kernel $1 has NO $name: it does not compile for it, see $TREE/$NAME/$VERSION/$1/*/log/make.log"
	done
	[ -n "${PCIBACK_NG_BATCH-}" ] || refresh_images
}

# removed: keeps the shared files when the package of a kernel goes, for other kernels may
# have the in-tree drivers by them.
removed()
{
	drop_symvers
	[[ ${DPKG_MAINTSCRIPT_PACKAGE-} != linux-* ]] || return 0
	[ -z "${PCIBACK_NG_BATCH-}" ] || return 0
	[ -n "$(kernels_with_ours '')" ] || shared_take ''
	refresh_images
}

require_dkms()
{
	[ "$(id -u)" = 0 ] || { say "for root; try: sudo make dkms-$1"; exit 1; }
	command -v dkms >/dev/null || { say "no program dkms; cure: apt-get install dkms"; exit 1; }
}

# remove_versions: all versions, from DKMS's tree.  "dkms remove" fails for one that was never
# built, hence the rm.
remove_versions()
{
	local dir

	for dir in "$TREE/$NAME"/*/; do
		[ -L "${dir}source" ] || continue
		dir=${dir%/}
		dkms remove -m "$NAME" -v "${dir##*/}" --all >/dev/null 2>&1 || :
		rm -rf "$dir"
	done
	rm -rf "${TREE:?}/$NAME"
}

# Images are made once, at the end: hence PCIBACK_NG_BATCH.
install_package()
{
	local kernel kernels=() good=0

	require_dkms install
	for kernel in ${1:-$(find /lib/modules -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V)}; do
		[ ! -e "/lib/modules/$kernel/build/Makefile" ] || kernels+=("$kernel")
	done
	[ "${#kernels[@]}" != 0 ] || { say "no headers of ${1:-any kernel} here; cure: apt-get install linux-headers-${1:-amd64}"; exit 1; }

	export PCIBACK_NG_BATCH=yes
	remove_versions
	rm -rf "$SOURCES"
	mkdir -p "$SOURCES"
	cp -r COPYING Documentation Kbuild Kconfig LICENSES Makefile README.md compat dkms.conf drivers \
		include samples scripts share "$SOURCES/"
	dkms add -m "$NAME" -v "$VERSION"
	for kernel in "${kernels[@]}"; do
		if dkms install -m "$NAME" -v "$VERSION" -k "$kernel"; then
			good=$((good + 1))
		else
			say "kernel $kernel has NOT got the modules, see above"
		fi
	done
	[ "$good" != 0 ] || exit 1
	refresh_images
}

remove_package()
{
	require_dkms remove
	PCIBACK_NG_BATCH=yes remove_versions
	rm -rf /usr/src/"$NAME"-[0-9]*
	drop_symvers
	[ -n "$(kernels_with_ours '')" ] || shared_take ''
	refresh_images
	say "removed from all kernels, with sources and configuration"
}

case ${1-} in
check | build | installed | removed) "$@" ;;
install | remove)
	verb=$1
	shift
	"${verb}_package" "$@"
	;;
*)
	sed -n '/^#   dkms.sh/s/^# *//p' "$0" >&2
	exit 2
	;;
esac
