#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that the debug kernel is in the cache; say where.
#
#   kernel.sh     one line as those of vm/kernels.sh: ALIAS KVER KDIR VMLINUZ MODDIR
#
# It is built from Debian's own source package with the options of kernel.config, which
# takes most of an hour on two processors. An interrupted build goes on where it was. What
# is kept are the kernel, its modules, and what building ours against it takes.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/../vm/debs.sh"

PACKAGE=linux-source-6.12
ALIAS=6.12-debug
OUT=$CACHE/kernel-debug-$(key "$here/kernel.sh" "$here/kernel.config")
TREE=$OUT/linux

# Sources of what no option here turns on, of other processors, and what is no source:
# three quarters of the package.
UNWANTED='*/Documentation/[a-z]*/* */drivers/gpu/*.[ch] */drivers/gpu/*/include/*
*/drivers/media/*.[ch] */drivers/staging/*.[ch] */sound/*.[ch] */drivers/infiniband/*.[ch]
*/tools/testing/* */tools/perf/* */arch/[a-tv-w]*/*.[chS] */drivers/net/wireless/*.[ch]'

unpack() {
	local deb pattern exclude=()

	rm -rf "$TREE"
	mkdir -p "$TREE"
	debs_update
	deb=$(debs_get "$PACKAGE")
	note "unpacking $PACKAGE"
	while read -r pattern; do
		exclude+=(--exclude="$pattern")
	done < <(tr ' ' '\n' <<<"$UNWANTED")
	dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/$PACKAGE.tar.xz" |
		tar -xJ -C "$TREE" --strip-components=1 "${exclude[@]}"
	rm -f "$deb"
	mend
	touch "$OUT/unpacked"
}

# Linux's own bugs that would turn the lock checker off: it says nothing after its first
# report.  xen-gntdev copies to user space with a lock that its mmap() takes as well, and
# the console of the first guest maps its page that way.
mend() {
	sed -i '/^static long gntdev_ioctl_map_grant_ref/,/^}/ {
		/^	mutex_unlock(&priv->lock);$/d
		/copy_to_user/i\
	mutex_unlock(\&priv->lock);
		/list_del/i\
		mutex_lock(\&priv->lock);
	}' "$TREE/drivers/xen/gntdev.c"
}

# LOCALVERSION= keeps a "+" away, which a git repository further up would add.
kbuild() {
	make -C "$TREE" LOCALVERSION= "$@" >&2
}

# An option that is gone or cannot be had would be dropped without a word.
configure() {
	local line bad=''

	kbuild -s KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig
	while read -r line; do
		case $line in
		*=n) ! grep -q "^${line%=n}=" "$TREE/.config" || bad="$bad $line" ;;
		*) grep -qxF "$line" "$TREE/.config" || bad="$bad $line" ;;
		esac
	done < <(grep '^CONFIG_' "$here/kernel.config")
	[ -z "$bad" ] || die "$PACKAGE has not kept what kernel.config says:$bad"
}

build() {
	local kver

	note "the debug kernel is not in the cache yet, making $OUT (most of an hour)"
	[ -f "$OUT/unpacked" ] || unpack
	configure
	kbuild -s -j"${JOBS:-$(nproc)}" bzImage modules ||
		die "the debug kernel does not build (see above); cure: tools/deps.sh build"
	kver=$(cat "$TREE/include/config/kernel.release")
	kbuild -s INSTALL_MOD_PATH="$OUT" modules_install
	rm -f "$OUT/lib/modules/$kver"/{build,source}
	mkdir -p "$OUT/boot"
	cp "$TREE/arch/x86/boot/bzImage" "$OUT/boot/vmlinuz-$kver"
	# The same as ELF, for Xen.
	cp "$TREE/arch/x86/boot/compressed/vmlinux.bin" "$OUT/boot/vmlinux"
	find "$TREE" \( -name '*.o' -o -name '*.a' -o -name '*.ko' -o -name '.tmp_*' -o \
		-name 'vmlinux*' ! -name '*.[hSc]' ! -name '*.lds*' \) -type f \
		! -path '*/scripts/*' ! -path '*/tools/*' -delete
	echo "$ALIAS $kver $TREE $OUT/boot/vmlinuz-$kver $OUT/lib/modules/$kver" >"$OUT/list.new"
	mv "$OUT/list.new" "$OUT/list"
	note "the debug kernel is ready"
}

if [ ! -f "$OUT/list" ]; then
	mkdir -p "$OUT"
	exec 9>"$OUT/lock"
	flock -n 9 || { note "waiting for another run that builds $OUT" && flock 9; }
	[ -f "$OUT/list" ] || build
fi
cat "$OUT/list"
