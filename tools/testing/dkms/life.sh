#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The life of our modules on a fresh Debian 12 or 13 with its own DKMS, initramfs-tools and
# kernel packages: installed, used, updated, not built for a kernel, removed.  Prints KTAP.
#
#   life.sh [bookworm|trixie]      one kernel; about a minute
#   life.sh --long RELEASE...      a second kernel by apt as well, boots, and make install; half an hour
#
# For root.  The first call makes a system of some 700 MB in the cache; each run works on a
# layer above it, which goes with the run.  Nothing is loaded on this host: modprobe only says
# what it would do, and what goes to the kernel log goes to a file; boots are QEMU's (boot.sh).
# shellcheck disable=SC2317  # test functions are called by name
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/../vm/debs.sh"
# shellcheck source=tools/testing/vm/hosts.sh
. "$here/../vm/hosts.sh"

skip() {
	echo "KTAP version 1"
	echo "1..1"
	echo "ok 1 DKMS on a fresh Debian # SKIP $*"
	exit 0
}

# inside RELEASE: a name space of mounts of its own, in which this runs again.
inside() {
	exec unshare --mount --propagation private "$0" "$@"
}

# base: the system that all runs of a release start from.
make_base() {
	note "making a fresh $RELEASE with DKMS, $BASE"
	host_make "$BASE.tmp"
	host_exec "$BASE.tmp" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
		dkms initramfs-tools linux-image-amd64 linux-headers-amd64 systemd zstd make >&2 ||
		die "apt fails in the new system (see above)"
	host_exec "$BASE.tmp" apt-get clean
	sed -i 's/^MODULES=.*/MODULES=list/' "$BASE.tmp/etc/initramfs-tools/initramfs.conf"
	mv "$BASE.tmp" "$BASE"
}

# A file for /dev/kmsg: the kernel log is the host's.
start_system() {
	RUN=$(mktemp -d "$CACHE/host-dkms-run.XXXXXX")
	ROOT=$RUN/root
	mkdir "$RUN/upper" "$RUN/work" "$ROOT"
	mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$RUN/upper,workdir=$RUN/work" "$ROOT" ||
		die "no overlay file system for root here"
	host_mount "$ROOT"
	touch "$RUN/kmsg"
	mount --bind "$RUN/kmsg" "$ROOT/dev/kmsg"
	host_copy_tree "$ROOT/root/pciback-ng" "$top"
}

end_system() {
	umount -l "$ROOT" 2>/dev/null || :
	rm -rf --one-file-system "$RUN"
}

system() {
	host_exec "$ROOT" "$@"
}

# in_tree COMMAND...: in the copy of our sources.
in_tree() {
	# shellcheck disable=SC2016  # the inner shell's
	system sh -c 'cd /root/pciback-ng && exec "$@"' sh "$@"
}

# files: of the whole system but what changes by itself, and the trees that tests made.
files() {
	(cd "$ROOT" && find . -xdev -path ./root -prune -o -path ./var/cache -prune -o -path ./var/lib/apt -prune \
		-o -path ./var/log -prune -o -path ./tmp -prune -o -path ./run -prune -o -path ./var/lib/dpkg -prune \
		-o -path "./usr/lib/modules/$NEXT" -prune -o -path "./usr/src/linux-headers-$NEXT" -prune \
		-o -name '*.bak' -o -name 'mok.*' -o -name "initrd.img-*" -o -path '*/initramfs-tools/6*' -o -print) | sort
}

# image KERNEL: what its initramfs has.
image() {
	system lsinitramfs "/boot/initrd.img-$1"
}

# typed KERNEL NAME [OPTION...]: what modprobe would load where KERNEL runs.
typed() {
	local kernel=$1

	shift
	system modprobe -S "$kernel" -n -v "$@" 2>&1
}

# booted KERNEL [--unit]: what load-driver would load where KERNEL runs, in an initramfs, whose
# shell is klibc's without busybox, or as the systemd unit.  The programs in there only speak.
booted() {
	local kernel=$1 shell=/usr/lib/klibc/bin/sh status=0 file

	shift
	[ $# = 0 ] || shell=/bin/sh
	printf '%s\n' '#!/bin/bash' "exec -a modprobe /bin/kmod -S $kernel -n -v \"\$@\"" >"$ROOT/tmp/modprobe"
	# shellcheck disable=SC2016  # the program's own
	printf '%s\n' '#!/bin/bash' 'echo insmod "$@"; [ -f "$1" ]' >"$ROOT/tmp/insmod"
	for file in load-driver in-tree.sh; do
		sed "s|/sbin/modprobe|/tmp/modprobe|; s|/sbin/insmod|/tmp/insmod|; s|>/dev/kmsg|>>/dev/kmsg|
			s|^read -r kernel .*|kernel=$kernel|" "$ROOT/usr/lib/pciback-ng/$file" >"$ROOT/tmp/$file"
	done
	chmod +x "$ROOT"/tmp/{modprobe,insmod,load-driver}
	: >"$RUN/kmsg"
	system "$shell" /tmp/load-driver "$@" 2>&1 || status=$?
	rm -f "$ROOT"/tmp/{modprobe,insmod,load-driver,in-tree.sh}
	return "$status"
}

# Cards of boot.sh's machine.
HIDE='(0000:02:00.0)(8086:10c9)'

installed() {
	files >"$RUN/before"
	in_tree dkms add . 2>&1 | tee "$RUN/add.log"
	system dkms install -m pciback-ng -v 0.1 -k "$KERNEL" 2>&1 | tee "$RUN/install.log"
	grep -q "installed" < <(system dkms status -m pciback-ng -k "$KERNEL")
	for file in usr/lib/pciback-ng/load-driver usr/lib/pciback-ng/in-tree.sh \
		usr/lib/systemd/system/multi-user.target.wants/pciback-ng.service \
		usr/share/initramfs-tools/hooks/pciback-ng usr/share/initramfs-tools/scripts/init-top/pciback-ng \
		usr/share/doc/pciback-ng/rules.rst usr/sbin/sriov-vf \
		usr/include/pciback-ng/linux/sriov_mbox.h usr/share/pciback-ng/specs/sriov_mbox.yaml \
		"usr/lib/pciback-ng/Module.symvers-$KERNEL"; do
		[ -e "$ROOT/$file" ]
	done
}

unsigned() {
	cat "$RUN/add.log" "$RUN/install.log" >"$RUN/said"
	grep 'no program openssl: DKMS cannot sign .*; cure: apt-get install openssl' "$RUN/said"
}

described() {
	local name documentation

	for name in pt-core pciback-ng xen-pciback pciback pci-stub iommu-ext sriov-mbox sriov-mbox-vf sriov-mbox-xen; do
		[ "$(system modinfo -k "$KERNEL" -F version "$name")" = 0.1 ]
		documentation=$(system modinfo -k "$KERNEL" -F documentation "$name")
		[ -f "$ROOT/$documentation" ]
	done
}

unit() {
	system systemd-analyze verify pciback-ng.service
	booted "$KERNEL" --unit
	[ ! -s "$RUN/kmsg" ]
}

# hide LIST [MODULE]
hide() {
	echo "options ${2-xen-pciback} hide=$1" >"$ROOT/etc/modprobe.d/hide.conf"
}

mistake() {
	hide "$HIDE(0000:05:00,0)"
	system update-initramfs -u -k "$KERNEL" 2>&1 | tee "$RUN/mistake.log"
	grep -F 'W: pciback-ng: ' "$RUN/mistake.log" | grep -F 'NOT HIDDEN: (0000:05:00,0)'
	grep 'W: pciback-ng: expected (DDDD:BB:DD.F)' "$RUN/mistake.log"
	not grep -qF '0000:02:00.0' "$RUN/mistake.log"
	hide "$HIDE"
}

in_image() {
	system update-initramfs -u -k "$KERNEL"
	image "$KERNEL" >"$RUN/image"
	for file in updates/dkms/pciback-ng.ko updates/dkms/pt-core.ko updates/dkms/xen-pciback.ko \
		updates/dkms/pciback.ko updates/dkms/pci-stub.ko scripts/init-top/pciback-ng \
		etc/modprobe.d/hide.conf usr/lib/pciback-ng/load-driver sbin/insmod \
		kernel/drivers/xen/xen-pciback/xen-pciback.ko kernel/drivers/pci/pci-stub.ko; do
		grep -F "$file" "$RUN/image"
	done
}

# An in-tree module that DKMS has moved away is there again.
ours() {
	local name

	for name in xen-pciback xen-backend:pci; do
		typed "$KERNEL" "$name" >"$RUN/typed"
		cat "$RUN/typed"
		grep -F 'updates/dkms/pciback-ng.ko' "$RUN/typed"
		grep -F 'updates/dkms/xen-pciback.ko' "$RUN/typed" | grep -F "hide=$HIDE"
	done
	for name in pciback pci-stub; do
		typed "$KERNEL" "$name" | grep -F "updates/dkms/$name.ko"
	done
	find "$ROOT/usr/lib/modules/$KERNEL/kernel" -name 'xen-pciback.ko*' | grep .
}

ours_at_boot() {
	booted "$KERNEL" >"$RUN/booted"
	cat "$RUN/booted"
	grep -F 'updates/dkms/pciback-ng.ko' "$RUN/booted"
	grep -F 'updates/dkms/xen-pciback.ko' "$RUN/booted" | grep -F "hide=$HIDE"
	not grep -F 'pci-stub.ko' "$RUN/booted"
	[ ! -s "$RUN/kmsg" ]
}

# A kernel with the in-tree drivers of ours, and headers that nothing compiles with.
next_kernel() {
	local from=$ROOT/usr/lib/modules/$KERNEL to=$ROOT/usr/lib/modules/$NEXT

	mkdir -p "$to/kernel/drivers"/{pci,xen/xen-pciback} "$ROOT/usr/src/linux-headers-$NEXT/include/generated"
	cp "$from"/modules.{order,builtin,builtin.modinfo} "$to/"
	find "$from/kernel/drivers" -name 'xen-pciback.ko*' -exec cp -t "$to/kernel/drivers/xen/xen-pciback" {} +
	find "$from/kernel/drivers" -name 'pci-stub.ko*' -exec cp -t "$to/kernel/drivers/pci" {} +
	system depmod "$NEXT"
	cp "$ROOT/boot/config-$KERNEL" "$ROOT/boot/config-$NEXT"
	cp -rL "$ROOT/usr/src/linux-headers-$KERNEL"/{.config,scripts} "$ROOT/usr/src/linux-headers-$NEXT/"
	# shellcheck disable=SC2016  # make's
	echo '$(error these headers are broken)' >"$ROOT/usr/src/linux-headers-$NEXT/Makefile"
	echo "#define UTS_RELEASE \"$NEXT\"" >"$ROOT/usr/src/linux-headers-$NEXT/include/generated/utsrelease.h"
	ln -s "/usr/src/linux-headers-$NEXT" "$to/build"
}

not_built() {
	next_kernel
	not system dkms install -m pciback-ng -v 0.1 -k "$NEXT"
	[ -f "$ROOT/usr/lib/pciback-ng/load-driver" ]
}

# stands_in KERNEL: in the image; by the old names; and at boot, with what it understands.
stands_in() {
	local name

	image "$1" >"$RUN/image"
	for file in /xen-pciback.ko /pci-stub.ko usr/lib/pciback-ng/load-driver scripts/init-top/pciback-ng; do
		grep -F "$file" "$RUN/image"
	done
	for name in xen-pciback pci-stub xen-backend:pci; do
		typed "$1" "$name" >"$RUN/typed"
		cat "$RUN/typed"
		grep -E 'insmod .*/kernel/drivers/.*(xen-pciback|pci-stub)\.ko' "$RUN/typed"
	done
	booted "$1" >"$RUN/booted"
	cat "$RUN/booted"
	grep -E 'kernel/drivers/xen/xen-pciback/xen-pciback\.ko[.xz]* hide=\(0000:02:00.0\)' "$RUN/booted"
	grep -E 'kernel/drivers/pci/pci-stub\.ko[.xz]* ids=8086:10c9' "$RUN/booted"
	grep '^<2>pciback-ng: not installed' "$RUN/kmsg"
}

in_tree_instead() {
	hide "$HIDE(vfs-of=01:00.0)"
	system update-initramfs -c -k "$NEXT" 2>&1 | tee "$RUN/next.log"
	grep -F "W: pciback-ng: not installed for kernel $NEXT: the in-tree xen-pciback and pci-stub stand in" "$RUN/next.log"
	grep -F 'the in-tree drivers do not know: (vfs-of=01:00.0)' "$RUN/next.log"
	stands_in "$NEXT"
	grep -F 'NOT HIDDEN, the in-tree drivers do not know such rules: (vfs-of=01:00.0)' "$RUN/kmsg"
}

unit_fails() {
	booted "$NEXT" --unit >"$RUN/booted" && status=0 || status=$?
	[ "$status" != 0 ]
	grep -F 'xen-pciback.ko' "$RUN/booted"
	grep "^<2>pciback-ng: it is not installed for kernel .*cure: dkms" "$RUN/kmsg"
}

# It had aliases and an install line, which modules of these names would never be seen behind.
old_file() {
	echo 'alias xen-pciback pciback-ng' >"$ROOT/etc/modprobe.d/pciback-ng.conf"
	in_tree env PCIBACK_NG_BATCH=yes scripts/dkms.sh installed "$KERNEL"
	[ ! -e "$ROOT/etc/modprobe.d/pciback-ng.conf" ]
}

preflight() {
	files >"$RUN/files"
	not in_tree scripts/install.sh install 6.0.0-none "/lib/modules/$KERNEL/build" /nowhere >"$RUN/preflight" 2>&1
	cat "$RUN/preflight"
	grep 'pciback-ng.ko is not there; cure: make KVER=6.0.0-none' "$RUN/preflight"
	grep "no kernel 6.0.0-none in .*cure: make install KVER= with one of: .*$KERNEL" "$RUN/preflight"
	grep 'nothing was changed' "$RUN/preflight"
	diff "$RUN/files" <(files)
}

# left: files that were not there at the start.
left() {
	rm -f "$ROOT/etc/modprobe.d/hide.conf" "$ROOT/boot/config-$NEXT"
	diff "$RUN/before" <(files) | tee "$RUN/left"
	[ ! -s "$RUN/left" ]
}

# remove_by COMMAND...
remove_by() {
	"$@" 2>&1 | tee "$RUN/remove.log"
	not grep -qE '[Ee]rror' "$RUN/remove.log"
}

removed() {
	remove_by system dkms remove -m pciback-ng -v 0.1 --all
	# DKMS keeps what it was given, and that is said in the README.
	[ -d "$ROOT/usr/src/pciback-ng-0.1" ]
	rm -rf "$ROOT/usr/src/pciback-ng-0.1"
	left
}

images_without() {
	local kernel

	for kernel; do
		image "$kernel" >"$RUN/image"
		not grep -E 'pciback|pci-stub' "$RUN/image"
	done
}

stock_names() {
	local name

	for name in xen-pciback pci-stub; do
		system modprobe -S "$KERNEL" -n -v "$name" >"$RUN/typed"
		cat "$RUN/typed"
		grep -E "insmod .*/kernel/.*/$name\.ko" "$RUN/typed"
	done
}

short_life() {
	ktap_need "dkms install brings modules, configuration, hook, program and unit ($RELEASE, case D9)" installed
	ktap_test "DKMS without openssl cannot sign, which one line says at once" unsigned
	ktap_test "modinfo says version and documentation of every module" described
	ktap_test "the systemd unit is well-formed and content where pciback-ng is installed" unit
	ktap_test "update-initramfs names a mistake in the hide list and goes on (case H3)" mistake
	ktap_test "the initramfs has pciback-ng, the list, and what loads them" in_image
	ktap_test "the old names are modules of ours, which get their options" ours
	ktap_test "the initramfs loads pciback-ng and those old names that options are for" ours_at_boot
	ktap_need "dkms install fails for a kernel with broken headers and leaves the rest in place" not_built
	ktap_test "there initramfs and old names lead to the in-tree drivers, loudly (case D8)" in_tree_instead
	ktap_test "there the systemd unit loads them, and fails (case D8)" unit_fails
	ktap_test "a file of an older version that leads the names elsewhere goes (case D8)" old_file
	ktap_test "make install says all that is missing and changes nothing (case D9)" preflight
	ktap_test "dkms remove takes out every file of ours (case D9)" removed
	ktap_test "initramfs images have nothing of ours any more (case D9)" images_without "$KERNEL" "$NEXT"
	ktap_test "the old names lead to the in-tree drivers again (case D9)" stock_names
}
SHORT_TESTS=16

# shellcheck source=tools/testing/dkms/long.sh
. "$here/long.sh"

if [ "${1-}" = --inside ]; then
	shift
else
	[ "$(id -u)" = 0 ] || skip "not root"
	unshare --mount true 2>/dev/null || skip "no mounts in a name space of our own here"
	inside --inside "$@"
fi
LONG=
if [ "${1-}" = --long ]; then
	LONG=yes
	shift
fi
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. "$here/../selftests/passthrough-lib/ktap.sh"
[ $# -gt 0 ] || set -- bookworm

ktap_plan $(($# * (SHORT_TESTS + ${LONG:+LONG_TESTS} + 0)))
for RELEASE; do
	case $RELEASE in
	bookworm) debs_use bookworm ;;
	trixie) debs_use trixie-backports ;;
	*) die "no release $RELEASE; there are: bookworm trixie" ;;
	esac
	ktap_resume
	BASE=$CACHE/host-dkms-$RELEASE-$(key "$here/../vm/hosts.sh" - <<<"$(declare -f make_base)")
	if [ ! -d "$BASE" ]; then
		cache_lock
		[ -d "$BASE" ] || make_base
		exec 9>&-
	fi
	start_system
	trap 'end_system; rm -rf "$KTAP_DIR"' EXIT
	KERNEL=$(basename "$ROOT"/boot/vmlinuz-*)
	KERNEL=${KERNEL#vmlinuz-}
	NEXT=${KERNEL%-amd64}-next
	short_life
	[ -z "$LONG" ] || long_life
	end_system
done
trap 'rm -rf "$KTAP_DIR"' EXIT
ktap_finish
