#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boot a test machine under QEMU, run one suite in it, pass its KTAP on.
#
#   run.sh [--driver ng|stock] [--timeout S] MACHINE ALIAS SUITE
#   run.sh [--driver ng|stock] --shell MACHINE ALIAS
#
#   MACHINE  xen     Xen 4.17 with a PV dom0, PV guests
#            hvm     the same for HVM guests (another QEMU, see qemu.sh)
#            pvh     Xen 4.17 with a PVH dom0
#            native  plain Linux with VT-d
#            kvm     the same, to run QEMU guests inside
#            debian  the same, booted from Debian's own initramfs (initramfs.sh)
#   ALIAS    kernel of dom0 or host: 6.1, 6.12, or 6.12-debug (native and xen);
#            6.12-debug-guest: 6.12, and the debug kernel in PV guests
#   SUITE    a script in a folder of tools/testing/selftests, without .sh
#
# Exit status: 0 all tests passed, 1 a test failed, 3 the test bed failed: no last
# line, a panic, a timeout.  Logs: console.log, kselftest.log (what kselftest's runner
# wrote), ktap.log (the suite's lines in it), dmesg.log, guest-*.log in the folder that is
# named at the end.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"
# shellcheck source=tools/testing/vm/qemu.sh
. "$here/qemu.sh"
# shellcheck source=tools/testing/vm/initramfs.sh
. "$here/initramfs.sh"
# shellcheck source=tools/testing/vm/firmware.sh
. "$here/firmware.sh"
# shellcheck source=tools/testing/vm/selftests.sh
. "$here/selftests.sh"
# shellcheck source=tools/testing/debug/machine.sh
. "$here/../debug/machine.sh"

usage() {
	sed -n '/^#   run.sh/,/^# named at/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

parse() {
	DRIVER=ng TIMEOUT=900 SHELL_WANTED='' SUITE=''
	while [ $# -gt 0 ]; do
		case $1 in
		--driver) DRIVER=${2-} && shift ;;
		--timeout) TIMEOUT=${2-} && shift ;;
		--shell) SHELL_WANTED=yes ;;
		-*) usage ;;
		*) break ;;
		esac
		shift
	done
	[ -n "$SHELL_WANTED" ] || SUITE=${3-}
	MACHINE=${1-} ALIAS=${2-}
	case $MACHINE in xen | hvm | pvh | native | kvm | debian) ;; *) usage ;; esac
	case $DRIVER in
	ng) MODULE=pciback-ng ;;
	stock) MODULE='xen-pciback' ;;
	*) usage ;;
	esac
	[ -n "$SHELL_WANTED" ] || find_suite
}

# Each module has a folder of suites there; passthrough-lib has what they share.  A suite is
# started by its name alone, so no two have the same.
find_suite() {
	local file all=$top/tools/testing/selftests

	SUITE_FILE=''
	for file in "$all"/*/"$SUITE.sh"; do
		[ -f "$file" ] || continue
		[ "${file%/*}" != "$all/passthrough-lib" ] || continue
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

# Guests have the plain kernel of the same version.
find_kernel() {
	DEBUG='' DEBUG_GUEST='' PLAIN_ALIAS=${ALIAS%%-*} TIME_FACTOR=1
	read -r _ KVER KDIR VMLINUZ MODULES <<<"$("$here/kernels.sh" "$PLAIN_ALIAS")"
	VMLINUX=$IMAGE/vmlinux-$PLAIN_ALIAS GUEST_KVER=$KVER GUEST_TREE=$MODULES
	GUEST_KERNEL=/boot/vmlinux-$PLAIN_ALIAS
	case $ALIAS in
	*-debug) debug_kernel ;;
	*-debug-guest) debug_guest ;;
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
	selftests_ended "$RUN/ktap.log" ||
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
	tail -s 0.2 -f --pid=$pid -c +1 "$RUN/ktap.raw" | selftests_unnest | tee "$RUN/ktap.log" &
	tail_pid=$!
	wait $pid || status=$?
	wait $tail_pid || :
	mv "$RUN/ktap.raw" "$RUN/kselftest.log"
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
IMAGE=$("$here/image.sh")
IMAGE=${IMAGE%/*}
find_kernel
NAME=$MACHINE-$ALIAS-${SUITE:-shell}-$DRIVER
RUN=$CACHE/runs/$NAME
stage_payload
qemu_command
if [ -n "$SHELL_WANTED" ]; then
	run_shell
else
	run_suite
fi
