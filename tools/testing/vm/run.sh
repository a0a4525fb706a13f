#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boot a test machine under QEMU, run one suite in it, pass its KTAP on.
#
#   run.sh [--driver ng|stock] [--guest ALIAS] [--timeout S] [--cold] \
#          MACHINE ALIAS SUITE
#   run.sh [--driver ng|stock] [--guest ALIAS] --shell MACHINE ALIAS
#   run.sh [--guest ALIAS] --prepare MACHINE ALIAS     fetch and make what it needs
#
# Most machines go on from a saved one (snapshot.sh); --cold boots.
#
#   MACHINE  a name in machines.tab: xen, native, xen-4.20, ...
#   ALIAS    kernel of dom0 or host, a name in kernels.tab: 6.1, 6.12, 7, ...; or
#            6.12-debug (native and xen); or 6.12-debug-guest: 6.12, and the debug kernel
#            in PV guests
#   --guest  kernel of Xen's guests; that of dom0, unless said here or in machines.tab
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
# shellcheck source=tools/testing/vm/machines.sh
. "$here/machines.sh"
# shellcheck source=tools/testing/vm/qemu.sh
. "$here/qemu.sh"
# shellcheck source=tools/testing/vm/initramfs.sh
. "$here/initramfs.sh"
# shellcheck source=tools/testing/vm/firmware.sh
. "$here/firmware.sh"
# shellcheck source=tools/testing/vm/snapshot.sh
. "$here/snapshot.sh"
# shellcheck source=tools/testing/vm/zoo.sh
. "$here/zoo.sh"
# shellcheck source=tools/testing/vm/selftests.sh
. "$here/selftests.sh"
# shellcheck source=tools/testing/debug/machine.sh
. "$here/../debug/machine.sh"

usage() {
	sed -n '/^#   run.sh/,/^# named at/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

parse() {
	DRIVER=ng TIMEOUT=900 SHELL_WANTED='' SUITE='' COLD='' GUEST_ALIAS='' PREPARE=''
	while [ $# -gt 0 ]; do
		case $1 in
		--driver) DRIVER=${2-} && shift ;;
		--guest) GUEST_ALIAS=${2-} && shift ;;
		--timeout) TIMEOUT=${2-} && shift ;;
		--shell) SHELL_WANTED=yes ;;
		--cold) COLD=yes ;;
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
	OOPS=oops=panic NO_FLR='' GUEST_FIXTURES='' FIRMWARE='' XEN_OPTIONS='' LINUX_OPTIONS='' BRIDGE='' YNL='' NVME_VFS='' COUNTED='' HVM_GUESTS='' ZOO='' ABSENT='' DRACUT=''
	if [ "$DRIVER" = stock ] && wish 'stock survives oopses'; then OOPS=; fi
	if wish 'cards without FLR'; then NO_FLR=yes; fi
	if wish 'the YNL client'; then YNL=$("$here/ynl.sh"); fi
	if wish 'pciback-ng is not installed'; then ABSENT=yes; fi
	if wish 'dracut makes the initramfs'; then
		[ "$MACHINE" = xen ] || die "$SUITE is for xen machines"
		DRACUT=yes COLD=yes
	fi
	if wish 'NVMe with VFs'; then NVME_VFS=yes; fi
	if [ "$MACHINE" = hvm ] || wish 'HVM guests'; then HVM_GUESTS=yes; fi
	if wish 'a zoo of cards'; then
		case $MACHINE in xen | hvm) ;; *) die "$SUITE is for xen and hvm machines" ;; esac
		ZOO=yes COLD=yes
	fi
	if wish 'time by instructions'; then COUNTED=yes; fi
	if wish 'bridge with three cards'; then
		[ "$MACHINE" = xen ] || die "$SUITE is for xen machines"
		BRIDGE=yes COLD=yes
	fi
	if wish 'firmware reserves memory'; then FIRMWARE=intel; fi
	if wish 'AMD IOMMU'; then FIRMWARE=amd; fi
	if wish 'firmware of a ProLiant'; then FIRMWARE=proliant; fi
	[ -z "$COUNTED" ] || [ "$MACHINE" = native ] || die "$SUITE is for native machines"
	case $FIRMWARE-$MACHINE in
	-* | proliant-xen | intel-native | intel-kvm | amd-native | amd-kvm) ;;
	proliant-*) die "$SUITE is for xen machines" ;;
	*) die "$SUITE is for native and kvm machines" ;;
	esac
	if [ -n "$SUITE" ]; then
		GUEST_FIXTURES=$(sed -n 's/^# vm: guests have //p' "$SUITE_FILE")
		XEN_OPTIONS=$(sed -n 's/^# vm: Xen has //p' "$SUITE_FILE")
		LINUX_OPTIONS=$(sed -n 's/^# vm: Linux has //p' "$SUITE_FILE")
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
	case $MACHINE$DRACUT in
	hvm | pvh) OLD_QEMU_ROOT=$("$here/roots.sh" bookworm)/root ;;
	debian | xenyes) DEBIAN_ROOT=$("$here/image.sh" --debian "$MACHINE_RELEASE" "$PLAIN_ALIAS") ;;
	esac
}

# Modules under test, of which some have the names of in-tree ones; the test fixtures, which
# serve both drivers.
stage_driver() {
	local dir=$RUN/payload

	mkdir -p "$dir/modules"
	find "$top/build/$KVER/tools" "$top/build/$KVER/samples" -name '*.ko' -exec cp {} "$dir/modules/" \; 2>/dev/null || :
	[ "$DRIVER" = ng ] || return 0
	find "$top/build/$KVER/drivers" -name '*.ko' -exec cp {} "$dir/modules/" \; 2>/dev/null || :
	[ -f "$dir/modules/pciback-ng.ko" ] ||
		die "build/$KVER/drivers/pciback-ng/pciback-ng.ko is not there; cure: make vm-modules"
}

# What depmod finds, found here: in the machine it takes seconds.  The debug kernel's
# modules are not in the image.
stage_depmod() {
	local image=$IMAGE/modules/$KVER tree=$RUN/depmod/lib/modules/$KVER

	[ -z "$DEBUG" ] || image=$MODULES
	mkdir -p "$tree/updates" "$RUN/payload/depmod"
	cp -r "$image/." "$tree/"
	cp "$RUN"/payload/modules/*.ko "$tree/updates/" 2>/dev/null || :
	depmod -b "$RUN/depmod" "$KVER" || die "depmod failed; cure: apt-get install kmod"
	cp "$tree"/modules.* "$RUN/payload/depmod/"
	rm -r "$RUN/depmod"
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
	{ cat "$IMAGE/guest-$GUEST_ALIAS.cpio" && cpio_of "$RUN/guest"; } >"$RUN/payload/guest.cpio"
	[ -z "$HVM_GUESTS" ] || stage_hvm_disk
	rm -rf "$RUN/guest"
}

# The boot loader of an HVM guest reads HVM_ROOM KB behind the image's part: only what its
# init needs, packed, which the kernel sees.
stage_hvm_disk() {
	find "$RUN/guest/bin" -type f ! -name xs -delete
	cpio_of "$RUN/guest" | xz --check=crc32 >"$RUN/guest.cpio"
	[ "$(stat -c %s "$RUN/guest.cpio")" -le $((HVM_ROOM * 1024)) ] ||
		die "HVM guests have room for $HVM_ROOM KB; see HVM_ROOM in debs.sh"
	cat "$IMAGE/disk-$GUEST_ALIAS.img" "$IMAGE/guest-$GUEST_ALIAS.cpio" "$RUN/guest.cpio" \
		>"$RUN/payload/guest.img"
	truncate -s +${HVM_ROOM}K "$RUN/payload/guest.img"
	rm "$RUN/guest.cpio"
}

# Everything that differs from suite to suite, for the machine's second disk.
stage_payload() {
	local dir=$RUN/payload

	mkdir -p "$dir"
	stage_driver
	[ -z "$ZOO" ] || stage_zoo
	stage_depmod
	stage_suites
	cp -r "$top/Documentation/ABI/testing" "$dir/ABI"
	mkdir -p "$dir/pages"
	cp "$top/README.md" "$top"/Documentation/{coming-from,vf-manager}.rst "$dir/pages/"
	mkdir -p "$dir/sbin"
	cp "$top"/share/sbin/* "$dir/sbin/"
	cp "$here/machine/bashrc" "$dir/"
	debug_stage
	case $MACHINE in
	xen* | hvm | pvh) cp "$here/machine/hint-xen" "$dir/hint" ;;
	*) cp "$here/machine/hint-native" "$dir/hint" ;;
	esac
	stage_guest
	[ "$MACHINE" != debian ] || debian_logs "$dir"
	machine_settings >"$dir/settings"
	payload_image "$dir"
	rm -rf "$dir"
}

# payload_image DIR: the machine reads of it what it needs, when it does.
payload_image() {
	local mb=256

	[ -z "$DEBUG$DEBUG_GUEST" ] || mb=1024
	find "$1/modules" -name '*.ko' -exec objcopy --strip-debug {} \;
	# mke2fs has something to say of a file that it makes itself.
	truncate -s ${mb}M "$RUN/payload.img"
	mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -i 16384 \
		-E root_owner=0:0 -d "$1" "$RUN/payload.img" >&2 ||
		die "mke2fs failed (see above); cure: apt-get install e2fsprogs"
}

# What a machine boots with: image.sh's initramfs, and behind it (the kernel unpacks one
# archive after the other) its init and what that has to know.
stage_boot() {
	mkdir -p "$RUN/boot/machine"
	cp "$here/machine/init" "$RUN/boot/machine/"
	boot_settings >"$RUN/boot/machine/settings"
	if [ "$MACHINE" = debian ]; then
		debian_initramfs
		{ cpio_of "$RUN/boot" && cat "$RUN/debian/boot/initrd.img-$KVER"; } >"$RUN/initrd"
		return
	fi
	if [ -n "$DRACUT" ]; then
		dracut_initramfs
		{ cpio_of "$RUN/boot" && cat "$RUN/debian/boot/initrd.img-dracut"; } >"$RUN/initrd"
		rm -rf "$RUN/debian"
		return
	fi
	cp "$here/machine/initrd-init" "$RUN/boot/init"
	{
		[ -z "$FIRMWARE" ] || firmware_archive
		cat "$IMAGE/boot-$PLAIN_ALIAS.cpio"
		cpio_of "$RUN/boot"
	} >"$RUN/initrd"
}

cpio_of() {
	(cd "$1" && find . | "$IMAGE/root/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null)
}

# The machine writes its logs as a tar file to a disk of its own.
unpack_logs() {
	tar -C "$RUN" -xf "$RUN/logs.img" 2>/dev/null || :
	rm -rf "${RUN:?}"/{boot,initrd,start,qmp,debian} "$RUN"/*.img
}

# bed_failed REASON: the console's last lines say why more often than not.
bed_failed() {
	note "the test bed failed: $*"
	tail -n 25 "$RUN/console.log" 2>/dev/null | sed 's/^/    /' >&2
	exit 3
}

verdict() {
	local status=$1 seconds=$2 cpu=$3

	note "$NAME: ended after $seconds s, $cpu s of CPU, logs in $RUN"
	[ "$status" -ne 124 ] || bed_failed "no end within $TIMEOUT s"
	selftests_ended "$RUN/ktap.log" ||
		bed_failed "the KTAP ends without its last line"
	if ! debug_verdict || grep -q '^not ok' "$RUN/ktap.log"; then
		exit 1
	fi
}

# qemu_start OPTION...: the machine, in the background; its process is QEMU_PID.  What
# is written to descriptor 7 arrives at the machine's second serial port; QEMU 7.2 cannot do
# that, and its machines wait for nothing.
qemu_start() {
	local input=,input-path=$RUN/start

	! old_qemu || input=''
	timeout -k 5 "$TIMEOUT" "${QEMU[@]}" -display none -serial "file:$RUN/console.log" \
		-chardev "file,id=ktap,path=$RUN/ktap.raw$input" \
		-serial chardev:ktap "$@" </dev/null 2>"$RUN/qemu.log" 7>&- &
	QEMU_PID=$!
	# shellcheck disable=SC2064  # the pid is known now
	trap "kill $QEMU_PID 2>/dev/null || :" EXIT
}

# count_cpu: seconds of the children that have ended, in CPU.  `times` has to be called by
# this shell itself, for another one has other children.
count_cpu() {
	times >"$RUN/times"
	CPU=$(awk 'NR == 2 { gsub(/[ms]/, " "); print $1 * 60 + $2 + $3 * 60 + $4 }' "$RUN/times")
}

run_suite() {
	local tail_pid status=0 start=$SECONDS cpu options=(${QEMU_NVME:+-device "$QEMU_NVME"})

	mkfifo "$RUN/start"
	exec 7<>"$RUN/start"
	if snapshot_possible; then
		snapshot_need
		cp "$SNAPSHOT/initrd" "$RUN/initrd"
		options=(-incoming defer -qmp "unix:$RUN/qmp,server=on,wait=off")
	fi
	count_cpu
	cpu=$CPU
	: >"$RUN/ktap.raw"
	note "$NAME: machine starts"
	qemu_start "${options[@]}"
	tail -s 0.2 -f --pid=$QEMU_PID -c +1 "$RUN/ktap.raw" | selftests_unnest | tee "$RUN/ktap.log" &
	tail_pid=$!
	[ -z "$SNAPSHOT" ] || snapshot_restore
	wait $QEMU_PID || status=$?
	wait $tail_pid || :
	count_cpu
	cpu=$(awk "BEGIN { print $CPU - $cpu }")
	rm -f "$RUN/times"
	mv "$RUN/ktap.raw" "$RUN/kselftest.log"
	cat "$RUN/qemu.log" >&2
	unpack_logs
	verdict "$status" $((SECONDS - start)) "$cpu"
}

# A person at the terminal: the shell sits on the second port, so no kernel
# message writes over it.  Raw, or ^C would end QEMU.
run_shell() {
	local saved

	note "$NAME: booting (15 to 40 s), console log in $RUN/console.log"
	saved=$(stty -g 2>/dev/null) || saved=
	[ -z "$saved" ] || stty raw -echo
	"${QEMU[@]}" ${QEMU_NVME:+-device "$QEMU_NVME"} -display none -serial "file:$RUN/console.log" \
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
SNAPSHOT=''
rm -rf "$RUN"
mkdir -p "$RUN"
truncate -s 64M "$RUN/nvme.img" "$RUN/logs.img"
stage_boot
stage_payload
qemu_command
if [ -n "$SHELL_WANTED" ]; then
	run_shell
else
	run_suite
fi
