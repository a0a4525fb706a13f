# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2153  # variables are those of run.sh
#
# What run.sh does otherwise on the debug kernel (kernel.sh). To be sourced by it.
#
# The image and the guests are those of the kernel without "-debug": the debug kernel
# needs no module to find its root, and brings its others along in the payload.

# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. "$top/tools/testing/selftests/passthrough-lib/kernel_log.sh"

# What the kernel's own checks say besides. Not only after the mark of the suite, and
# whether or not it looks at the log: a report is one wherever it stands.
DEBUG_LOG_BAD="$KERNEL_LOG_BAD|KASAN|UBSAN|ODEBUG|INFO: possible|INFO: trying to register|list_(add|del) corruption|scheduling while atomic|turning off the locking|kmemleak: Cannot"

# What suites that count may do less of here, unless the caller says how much.
DEBUG_SETTINGS='MESSAGES=5000 ONE_VF=60 ALL_VFS=10 SECONDS_EACH=2 CALLS=200'

# How much slower it is: time limits of machines and suites are so much longer.
DEBUG_TIME_FACTOR=4

# debug_find: what kernel.sh says, in DEBUG_KVER and so on.
debug_find() {
	local setting name line

	[ "$PLAIN_ALIAS" = 6.12 ] || die "the debug kernel is a 6.12"
	line=$("$here/../debug/kernel.sh")
	read -r _ DEBUG_KVER DEBUG_KDIR DEBUG_VMLINUZ DEBUG_MODULES <<<"$line"
	DEBUG_VMLINUX=${DEBUG_VMLINUZ%/*}/vmlinux
	TIME_FACTOR=$DEBUG_TIME_FACTOR
	TIMEOUT=$((TIMEOUT * TIME_FACTOR))
	for setting in $DEBUG_SETTINGS; do
		name=${setting%%=*}
		[ -n "${!name-}" ] || declare -g "$setting"
	done
}

debug_kernel() {
	case $MACHINE in
	native | xen) ;;
	*) die "the debug kernel is for native and xen machines" ;;
	esac
	debug_find
	DEBUG=yes KVER=$DEBUG_KVER KDIR=$DEBUG_KDIR MODULES=$DEBUG_MODULES
	VMLINUZ=$DEBUG_VMLINUZ VMLINUX=$DEBUG_VMLINUX
}

# Modules of ours that are for guests run nowhere else.
debug_guest() {
	[ "$MACHINE" = xen ] || die "guests with the debug kernel are those of xen machines"
	debug_find
	DEBUG_GUEST=yes GUEST_KVER=$DEBUG_KVER GUEST_TREE=$DEBUG_MODULES
	GUEST_KERNEL=/run/payload/guest-vmlinux GUEST_MEMORY=${GUEST_MEMORY:-400}
}

debug_stage_guest() {
	[ -n "$DEBUG_GUEST" ] || return 0
	cp "$DEBUG_VMLINUX" "$RUN/payload/guest-vmlinux"
	mkdir -p "$RUN/guest/lib/modules"
	cp -r "$DEBUG_MODULES" "$RUN/guest/lib/modules/"
}

# kasan_multi_shot: the first report is not the only one. pcie_aspm=force: with a change of power
# the PCI core then takes locks that no firmware here has it take.
debug_options() {
	[ -z "$DEBUG" ] || echo "kasan_multi_shot kmemleak=on pcie_aspm=force"
}

debug_stage() {
	[ -z "$DEBUG" ] || cp -r "$MODULES" "$RUN/payload/kernel"
}

# Of what kmemleak found at the end that which is ours: a line of code in one of our modules
# asked for it, or in one that is gone and has no name any more.
debug_leaks() {
	awk -v RS='unreferenced object ' '
		/\[(pt_core|pciback_ng|iommu_ext|sriov_mbox|mock|mbox)[a-z_]*\]|[ ]0xffffffff[ac]/ {
			print "leaked:", $0
		}' "$RUN/kmemleak.log"
}

# A report fails the run, and so does a lock checker that has given up: it stops at its
# first report, and when it has no more room.
debug_verdict() {
	local bad='' file

	[ -n "$DEBUG$DEBUG_GUEST" ] || return 0
	for file in "$RUN"/console.log "$RUN"/guest-*.log; do
		[ -f "$file" ] || continue
		! grep -aE -A 30 "$DEBUG_LOG_BAD" "$file" >&2 || bad='there are reports'
	done
	if [ -n "$DEBUG" ]; then
		! debug_leaks | grep . >&2 || bad='memory is lost'
		grep -q 'debug_locks: *1' "$RUN/lockdep_stats" || bad=${bad:-'the lock checker is off'}
	fi
	[ -n "$bad" ] || return 0
	echo "not ok $NAME: the debug kernel has nothing to report # $bad"
	return 1
}
