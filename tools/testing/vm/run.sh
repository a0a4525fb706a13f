#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boot a test machine under QEMU, run one suite in it, pass its KTAP on.
#
#   run.sh [--driver ng|stock] [--guest ALIAS] [--timeout S] MACHINE ALIAS SUITE
#   run.sh [--driver ng|stock] [--guest ALIAS] --shell MACHINE ALIAS
#   run.sh [--guest ALIAS] --prepare MACHINE ALIAS     fetch and make what it needs
#
#   MACHINE  a name in machines.tab: xen, native, xen-4.20, ...
#   ALIAS    kernel of dom0 or host, a name in kernels.tab: 6.1, 6.12, 7, ...; or
#            6.12-debug (native and xen); or 6.12-debug-guest: 6.12, and the debug kernel
#            in PV guests
#   --guest  kernel of Xen's guests; that of dom0, unless said here or in machines.tab
#   SUITE    a script in a folder of tools/testing/selftests, without .sh
#
# Exit status: 0 all tests passed, 1 a test failed, 3 the test bed failed: no last
# line, a panic, a timeout.  Logs: console.log, ktap.log, dmesg.log, guest-*.log in
# the folder that is named at the end.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"
# shellcheck source=tools/testing/vm/machines.sh
. "$here/machines.sh"
# shellcheck source=tools/testing/vm/qemu.sh
. "$here/qemu.sh"
# shellcheck source=tools/testing/vm/initramfs.sh
. "$here/initramfs.sh"
# shellcheck source=tools/testing/vm/firmware.sh
. "$here/firmware.sh"
# shellcheck source=tools/testing/debug/machine.sh
. "$here/../debug/machine.sh"

usage() {
	sed -n '/^#   run.sh/,/^# the folder/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

parse() {
	DRIVER=ng TIMEOUT=900 SHELL_WANTED='' SUITE='' GUEST_ALIAS='' PREPARE=''
	while [ $# -gt 0 ]; do
		case $1 in
		--driver) DRIVER=${2-} && shift ;;
		--guest) GUEST_ALIAS=${2-} && shift ;;
		--timeout) TIMEOUT=${2-} && shift ;;
		--shell) SHELL_WANTED=yes ;;
		--prepare) PREPARE=yes ;;
		-*) usage ;;
		*) break ;;
		esac
		shift
	done
	[ -n "$SHELL_WANTED$PREPARE" ] || SUITE=${3-}
	MACHINE_NAME=${1-} ALIAS=${2-}
	[ -n "$ALIAS" ] || usage
	find_machine "$MACHINE_NAME"
	case $DRIVER in
	ng) MODULE=pciback-ng ;;
	stock) MODULE='xen-pciback' ;;
	*) usage ;;
	esac
	[ -n "$SHELL_WANTED$PREPARE" ] || find_suite
}

# Each module has a folder of suites there; lib has what they share.  A suite is started
# by its name alone, so no two have the same.
find_suite() {
	local file all=$top/tools/testing/selftests

	SUITE_FILE=''
	for file in "$all"/*/"$SUITE.sh"; do
		[ -f "$file" ] || continue
		[ "${file%/*}" != "$all/lib" ] || continue
		[ -z "$SUITE_FILE" ] || die "two suites are called '$SUITE': $SUITE_FILE, $file"
		SUITE_FILE=$file
	done
	[ -n "$SUITE_FILE" ] || die "no suite '$SUITE' in a folder of $all"
}

# wish TEXT: does the suite's header have this line?
wish() {
	[ -n "$SUITE" ] && grep -qsx "# vm: $1" "$SUITE_FILE"
}

# A machine panics where it has gone wrong.  But where the in-tree driver's crashes are
# what a suite is about, that suite says so in its header.  Other lines there name the
# test fixtures that its guests shall have, ask for other cards (qemu_devices), and give
# Xen more options.
suite_wishes() {
	OOPS=oops=panic NO_FLR='' GUEST_FIXTURES='' FIRMWARE='' XEN_OPTIONS='' BRIDGE='' YNL='' NVME_VFS='' COUNTED=''
	if [ "$DRIVER" = stock ] && wish 'stock survives oopses'; then OOPS=; fi
	if wish 'cards without FLR'; then NO_FLR=yes; fi
	if wish 'the YNL client'; then YNL=$("$here/ynl.sh"); fi
	if wish 'NVMe with VFs'; then NVME_VFS=yes; fi
	if wish 'time by instructions'; then COUNTED=yes; fi
	if wish 'bridge with two cards'; then
		[ "$MACHINE" = xen ] || die "$SUITE is for xen machines"
		BRIDGE=yes
	fi
	if wish 'firmware reserves memory'; then FIRMWARE=intel; fi
	if wish 'AMD IOMMU'; then FIRMWARE=amd; fi
	[ -z "$COUNTED" ] || [ "$MACHINE" = native ] || die "$SUITE is for native machines"
	case $FIRMWARE-$MACHINE in
	-* | *-native | *-kvm) ;;
	*) die "$SUITE is for native and kvm machines" ;;
	esac
	if [ -n "$SUITE" ]; then
		GUEST_FIXTURES=$(sed -n 's/^# vm: guests have //p' "$SUITE_FILE")
		XEN_OPTIONS=$(sed -n 's/^# vm: Xen has //p' "$SUITE_FILE")
	fi
}

# Guests have the plain kernel of the same version, unless said otherwise.
find_kernel() {
	local line

	DEBUG='' DEBUG_GUEST='' PLAIN_ALIAS=${ALIAS%%-debug*} TIME_FACTOR=1
	[ -n "$GUEST_ALIAS" ] || GUEST_ALIAS=$MACHINE_GUESTS
	[ "$GUEST_ALIAS" != same ] || GUEST_ALIAS=$PLAIN_ALIAS
	line=$("$here/kernels.sh" "$PLAIN_ALIAS")
	read -r _ KVER KDIR VMLINUZ MODULES <<<"$line"
	line=$("$here/kernels.sh" "$GUEST_ALIAS")
	read -r _ GUEST_KVER _ _ GUEST_TREE <<<"$line"
	IMAGE=$("$here/image.sh" "$MACHINE_RELEASE" "$PLAIN_ALIAS" "$GUEST_ALIAS")
	IMAGE=${IMAGE%/*}
	VMLINUX=$IMAGE/vmlinux-$PLAIN_ALIAS GUEST_KERNEL=/boot/vmlinux-$GUEST_ALIAS
	case $ALIAS in
	*-debug) debug_kernel ;;
	*-debug-guest) debug_guest ;;
	esac
}

# What some kinds of machine need besides: OLD_QEMU_ROOT, DEBIAN_ROOT.
prepare_machine() {
	case $MACHINE in
	hvm | pvh) OLD_QEMU_ROOT=$("$here/roots.sh" bookworm)/root ;;
	debian) DEBIAN_ROOT=$("$here/image.sh" --debian "$MACHINE_RELEASE" "$PLAIN_ALIAS") ;;
	esac
}

# Module under test and modprobe.d files, if there are any yet; the test fixtures,
# which serve both drivers.
stage_driver() {
	local dir=$RUN/payload

	mkdir -p "$dir/modules" "$dir/modprobe.d"
	find "$top/build/$KVER/tools" -name '*.ko' -exec cp {} "$dir/modules/" \; 2>/dev/null || :
	[ "$DRIVER" = ng ] || return 0
	find "$top/build/$KVER/drivers" -name '*.ko' -exec cp {} "$dir/modules/" \; 2>/dev/null || :
	[ -f "$dir/modules/pciback-ng.ko" ] ||
		die "build/$KVER/drivers/pciback-ng/pciback-ng.ko is not there; cure: make vm-modules"
	cp "$top"/etc/modprobe.d/*.conf "$dir/modprobe.d/" 2>/dev/null || :
}

# program TARGET SOURCE...: build one. Static: the machine's C library is its own.
program() {
	cc -static -O2 -std=gnu11 -Wall -Wextra -o "$@" >&2 ||
		die "cannot build $1; cure: tools/deps.sh build"
}

# vmbox_program NAME: one that is a VF or a PF's agent (lib/vmbox.h).
vmbox_program() {
	program "$lib/$1" -I "$top/compat" -I "$top/include" -I "$top/include/uapi" \
		-I "$top/drivers/sriov-mbox" "$lib/$1.c" "$lib/vmbox.c" \
		"$top/drivers/sriov-mbox/ring_core.c"
}

# Suites, and the programs that they need, some of them in their guests.
stage_suites() {
	local lib=$RUN/payload/selftests/lib

	cp -r "$top/tools/testing/selftests" "$RUN/payload/selftests"
	program "$lib/writes" "$lib/writes.c"
	program "$lib/regs" "$lib/regs.c"
	program "$lib/vfio" "$lib/vfio.c" "$lib/vfio_edu.c"
	program "$lib/phys" "$lib/phys.c"
	program "$lib/bar" "$lib/bar.c"
	program "$lib/oracle" -I "$top/compat" -I "$top/drivers/pciback-ng" \
		"$top"/tools/testing/oracle/*.c "$top"/drivers/pciback-ng/config*_core.c
	vmbox_program vmbox_tool
	vmbox_program vmbox_bench
	vmbox_program vmbox_steps
	vmbox_program vmbox_million
	vmbox_program vmbox_disrupt
	vmbox_program vmbox_hostile
	if [ -n "$YNL" ]; then
		cp -rL "$YNL" "$RUN/payload/ynl"
		cp "$top"/Documentation/netlink/specs/*.yaml "$RUN/payload/ynl/"
	fi
	mkdir -p "$RUN/guest/bin"
	program "$RUN/guest/bin/config_times" "$lib/config_times.c"
	program "$RUN/guest/bin/bar" "$lib/bar.c"
	program "$RUN/guest/bin/mbox_config" -I "$top/include/uapi" "$lib/mbox_config.c"
	program "$RUN/guest/bin/vmbox_guest" -I "$top/include/uapi" "$lib/vmbox_guest.c"
	program "$lib/vmbox_ping" -I "$top/include/uapi" "$lib/vmbox_ping.c"
	cp "$lib/vmbox_ping" "$RUN/guest/bin/"
}

# guest_module NAME: one of ours, or one of the kernel's that the image has not.
guest_module() {
	local file

	file=$(find "$top/build/$GUEST_KVER" "$GUEST_TREE" -name "$1.ko" -o -name "$1.ko.xz" | head -n 1)
	case $file in
	*.xz) xz -dc "$file" ;;
	*) cat "$file" ;;
	esac
}

# What guests get besides image.sh's initramfs.  Without debug information: they unpack
# it under emulation.
stage_guest() {
	local name

	mkdir -p "$RUN/guest/fixtures"
	cp "$here/machine/guest-init" "$RUN/guest/init"
	for name in $GUEST_FIXTURES; do
		guest_module "$name" >"$RUN/guest/module.ko" &&
			objcopy --strip-debug "$RUN/guest/module.ko" \
				"$RUN/guest/fixtures/$name.ko" ||
			die "the guests of $SUITE need $name.ko; cure: make vm-modules"
		rm "$RUN/guest/module.ko"
	done
	debug_stage_guest
	cpio_of "$RUN/guest" >"$RUN/payload/guest-init.cpio"
}

# Everything that differs from run to run goes into the initramfs, behind the
# part that image.sh made: the kernel unpacks one archive after the other.
stage_payload() {
	local dir=$RUN/payload

	rm -rf "$RUN"
	mkdir -p "$dir"
	stage_driver
	stage_suites
	cp -r "$top/Documentation/ABI/testing" "$dir/ABI"
	cp "$here/machine/init" "$here/machine/bashrc" "$dir/"
	debug_stage
	case $MACHINE in
	xen | hvm | pvh) cp "$here/machine/hint-xen" "$dir/hint" ;;
	*) cp "$here/machine/hint-native" "$dir/hint" ;;
	esac
	stage_guest
	machine_settings >"$dir/settings"

	mkdir "$RUN/initramfs"
	mv "$dir" "$RUN/initramfs/payload"
	if [ "$MACHINE" = debian ]; then
		debian_initramfs "$RUN/initramfs/payload"
		{ cpio_of "$RUN/initramfs" && cat "$RUN/debian/boot/initrd.img-$KVER"; } >"$RUN/initrd"
	else
		cp "$here/machine/initrd-init" "$RUN/initramfs/init"
		{
			[ -z "$FIRMWARE" ] || firmware_archive
			cat "$IMAGE/boot-$PLAIN_ALIAS.cpio"
			cpio_of "$RUN/initramfs"
		} >"$RUN/initrd"
	fi
	rm -rf "$RUN/initramfs" "$RUN/debian" "$RUN/guest"
	truncate -s 64M "$RUN/nvme.img" "$RUN/nvme2.img" "$RUN/logs.img"
}

cpio_of() {
	(cd "$1" && find . | "$IMAGE/root/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null)
}

# The machine writes its logs as a tar file to a disk of its own.
unpack_logs() {
	tar -C "$RUN" -xf "$RUN/logs.img" 2>/dev/null || :
	rm -f "$RUN/initrd" "$RUN/nvme.img" "$RUN/nvme2.img" "$RUN/logs.img"
}

# bed_failed REASON: the console's last lines say why more often than not.
bed_failed() {
	note "the test bed failed: $*"
	tail -n 25 "$RUN/console.log" | sed 's/^/    /' >&2
	exit 3
}

verdict() {
	local status=$1 seconds=$2

	note "$NAME: ended after $seconds s, logs in $RUN"
	[ "$status" -ne 124 ] || bed_failed "no end within $TIMEOUT s"
	tail -n 1 "$RUN/ktap.log" | grep -q '^# Totals:' ||
		bed_failed "the KTAP ends without its last line"
	if ! debug_verdict || grep -q '^not ok' "$RUN/ktap.log"; then
		exit 1
	fi
}

run_suite() {
	local pid tail_pid status=0 start=$SECONDS

	: >"$RUN/ktap.raw"
	note "$NAME: machine starts"
	timeout -k 5 "$TIMEOUT" "${QEMU[@]}" -display none -serial "file:$RUN/console.log" \
		-serial "file:$RUN/ktap.raw" </dev/null 2>"$RUN/qemu.log" &
	pid=$!
	# shellcheck disable=SC2064  # the pid is known now
	trap "kill $pid 2>/dev/null || :" EXIT
	tail -s 0.2 -f --pid=$pid -c +1 "$RUN/ktap.raw" | tee "$RUN/ktap.log" &
	tail_pid=$!
	wait $pid || status=$?
	wait $tail_pid || :
	rm -f "$RUN/ktap.raw"
	cat "$RUN/qemu.log" >&2
	unpack_logs
	verdict "$status" $((SECONDS - start))
}

# A person at the terminal: the shell sits on the second port, so no kernel
# message writes over it.  Raw, or ^C would end QEMU.
run_shell() {
	local saved

	note "$NAME: booting (15 to 40 s), console log in $RUN/console.log"
	saved=$(stty -g 2>/dev/null) || saved=
	[ -z "$saved" ] || stty raw -echo
	"${QEMU[@]}" -display none -serial "file:$RUN/console.log" \
		-chardev stdio,id=shell,signal=off -serial chardev:shell || :
	[ -z "$saved" ] || stty "$saved"
	unpack_logs
}

parse "$@"
suite_wishes
find_kernel
prepare_machine
[ -z "$PREPARE" ] || exit 0
NAME=$MACHINE_NAME-$ALIAS-${SUITE:-shell}-$DRIVER
RUN=$CACHE/runs/$NAME
stage_payload
qemu_command
if [ -n "$SHELL_WANTED" ]; then
	run_shell
else
	run_suite
fi
