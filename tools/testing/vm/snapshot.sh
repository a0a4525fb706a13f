# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154  # variables are those of run.sh
#
# Machines that are booted once and saved.  To be sourced by run.sh.
#
# Half of a suite's time went into booting the same machine again.  So a machine is booted
# up to the point where its suite would start, saved into the cache, and every suite for
# which the same machine would be booted goes on from there.
#
#   snapshots/CLASS-KEY/ram       RAM and device state, as QEMU's migration writes them
#                      /initrd    QEMU reads it at start, also where nothing boots from it
#                      /console   what the boot had to say
#
# KEY is made of everything that the saved machine consists of: QEMU and its command line,
# the image, what is in the initramfs.  Driver, suites and settings are not in it: they
# come on a disk that the machine looks at only after it was restored (machine/init).
# The root disk is mounted read-only until then, so the saved machine and a new overlay
# of the image agree.

SNAPSHOTS=$CACHE/snapshots
SNAPSHOT_BOOT_SECONDS=300

# snapshot_possible: a machine that cannot be saved, or whose boot is tested, boots.
#   debian            its boot is what its suite is about
#   kvm               its suites have RMRRs
#   hvm, pvh          QEMU 7.2 cannot write a file with holes, and two suites use each
#   RMRRs, a bridge   their `edu` cards have no saved state: not even their BARs come
#                     back; and QEMU refuses to save AMD's IOMMU
#   NVMe with VFs     QEMU cannot save NVMe; plugged in later, its VFs find no room
#   -icount           counts from the boot on
#   the debug kernel  has its modules on the suite's disk
snapshot_possible() {
	[ -z "$COLD$SHELL_WANTED$DEBUG$COUNTED$NVME_VFS$FIRMWARE" ] || return 1
	case $MACHINE in
	xen* | native) ;;
	*) return 1 ;;
	esac
}

# snapshot_class: what makes machines differ within one state of the tree, in words.
snapshot_class() {
	local bench=''

	case $SUITE in bench*) bench=-bench ;; esac
	echo "$MACHINE_NAME-$ALIAS$bench${NO_FLR:+-noflr}${XEN_OPTIONS:+-xen}"
}

# snapshot_key: the run's own folder has another name in each run, and means nothing.
snapshot_key() {
	{
		printf '%s\n' "${QEMU[@]//$RUN/}"
		"${QEMU[0]}" --version
		cd "$RUN/boot" && find . -type f | LC_ALL=C sort | while read -r file; do
			echo "$file"
			cat "$file"
		done
	} | sha256sum | cut -c1-12
}

# snapshot_boot: to the point where the machine says that it can be saved.
snapshot_boot() {
	local pid=$1 end=$((SECONDS + SNAPSHOT_BOOT_SECONDS))

	until grep -qs '^ready to be saved' "$RUN/ktap.raw"; do
		if ! kill -0 "$pid" 2>/dev/null || [ $SECONDS -ge $end ]; then
			kill "$pid" 2>/dev/null || :
			bed_failed "the machine that was to be saved did not get ready"
		fi
		sleep 0.1
	done
}

# snapshot_make DIR: boot the machine and save it.
snapshot_make() {
	local dir=$1 pid start=$SECONDS cpu

	count_cpu
	cpu=$CPU
	rm -rf "$dir.new"
	mkdir -p "$dir.new"
	cp "$RUN/initrd" "$dir.new/initrd"
	: >"$RUN/ktap.raw"
	qemu_start -qmp "unix:$RUN/qmp,server=on,wait=off"
	pid=$QEMU_PID
	snapshot_boot "$pid"
	"$here/qmp.py" "$RUN/qmp" save "$dir.new/ram" ||
		bed_failed "QEMU did not save the machine"
	wait "$pid" || :
	mv "$RUN/console.log" "$dir.new/console"
	rm -f "$RUN"/{ktap.raw,qmp}
	mv "$dir.new" "$dir"
	count_cpu
	note "$NAME: machine booted and saved in $((SECONDS - start)) s," \
		"$(awk "BEGIN { print $CPU - $cpu }") s of CPU"
}

# snapshot_prune CLASS: keep the two that were used last; another tree may be at work with
# the second.
snapshot_prune() {
	find "$SNAPSHOTS" -maxdepth 1 -type d -name "$1-????????????" -printf '%T@ %p\n' |
		sort -rn | tail -n +3 | cut -d' ' -f2- | xargs -r rm -rf
}

# snapshot_need: sets SNAPSHOT to the folder of this machine, made where it is missing.
# One lock for each class: two suites that start together need it made once.
snapshot_need() {
	local class

	class=$(snapshot_class)
	SNAPSHOT=$SNAPSHOTS/$class-$(snapshot_key)
	mkdir -p "$SNAPSHOTS"
	exec 8>"$SNAPSHOTS/$class.lock"
	flock 8
	if [ ! -d "$SNAPSHOT" ]; then
		snapshot_make "$SNAPSHOT"
		snapshot_prune "$class"
	fi
	touch "$SNAPSHOT"
	cp "$SNAPSHOT/console" "$RUN/boot.log"
	exec 8>&-
}

# snapshot_restore: the machine goes on, with its NVMe disk, when its settings come.
snapshot_restore() {
	"$here/qmp.py" "$RUN/qmp" restore "$SNAPSHOT/ram" "$QEMU_NVME" ||
		bed_failed "QEMU did not restore the machine"
	echo "start $(date +%s)" >&7
}
