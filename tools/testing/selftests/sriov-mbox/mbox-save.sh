#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A channel is saved and restored (VMBOX_IOC_PF_SAVE and _RESTORE): what moves with a guest,
# and what is refused. Runs in a native test machine with a PF of several VFs in $SRIOV.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no mailbox"
[ -e "/sys/bus/pci/devices/$SRIOV/sriov_numvfs" ] || ktap_skip_all "$SRIOV has no VFs"
ktap_require_commands python3
ktap_require_programs vmbox_tool
ktap_require_modules sriov-mbox igb

PF=/sys/bus/pci/devices/$SRIOV

# save ORDER...: see passthrough-lib/vmbox_save.py.
save() {
	show python3 ../passthrough-lib/vmbox_save.py "$SRIOV" "$@"
}

# A VF that says what it sees, until vf_ends.
vf_begins() {
	local bdf

	bdf=$(basename "$(readlink "$PF/virtfn$1")")
	mkfifo "$KTAP_DIR/orders-$1"
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$KTAP_DIR/vf-$1"
	./vmbox_tool vf "$bdf" <"$KTAP_DIR/orders-$1" >"$KTAP_DIR/vf-$1" 2>&1 &
	echo $! >"$KTAP_DIR/pid-$1"
	sleep 1000 >"$KTAP_DIR/orders-$1" &
	echo $! >"$KTAP_DIR/holder-$1"
	wait_for 5 grep -q '^open gen' "$KTAP_DIR/vf-$1"
}

vf_ends() {
	kill "$(<"$KTAP_DIR/pid-$1")" "$(<"$KTAP_DIR/holder-$1")"
}

generation() {
	sed -n 's/^open gen \([0-9]*\) .*/\1/p' "$KTAP_DIR/vf-$1" | tail -n 1
}

# told VF MASK BLOCKS: has it been told all of these events, and have these blocks?
told() {
	local events=0 blocks=0 event block

	grep '^event ' "$KTAP_DIR/vf-$1" >"$KTAP_DIR/events" || :
	while read -r _ event _ block _; do
		events=$((events | event)) blocks=$((blocks | block))
	done <"$KTAP_DIR/events"
	echo "# VF $1 was told $events, blocks $blocks"
	(( (events & $2) == $2 && blocks == $3 ))
}

vfs_are_there() {
	show modprobe -a igb sriov-mbox
	driver_is "$SRIOV" igb || echo "$SRIOV" >/sys/bus/pci/drivers_probe
	echo 0 >"$PF/sriov_drivers_autoprobe"
	echo 4 >"$PF/sriov_numvfs"
	[ -e "/dev/vmbox/pf-$SRIOV" ]
}

goes_on() {
	local before after

	vf_begins 0
	save save 0 "$KTAP_DIR/blob-0"
	before=$(generation 0)
	save restore 0 "$KTAP_DIR/blob-0" 0
	wait_for 5 told 0 0x80 0 || :
	vf_ends 0
	after=$(generation 0)
	cat "$KTAP_DIR/vf-0"
	told 0 0x80 0
	[ "$after" -gt "$before" ]
}

# RESET_DONE is 4, MIGRATED 80; blocks 3 and 63.
keeps_what_it_was_not_told() {
	save tell 1 4 8000000000000008
	save save 1 "$KTAP_DIR/blob-1"
	save restore 2 "$KTAP_DIR/blob-1" 0
	vf_begins 2
	wait_for 5 told 2 0x84 0x8000000000000008 || :
	vf_ends 2
	cat "$KTAP_DIR/vf-2"
	told 2 0x84 0x8000000000000008
}

refuses() {
	local before

	vf_begins 3
	before=$(generation 3)
	save save 3 "$KTAP_DIR/blob-3"
	[ "$(wc -c <"$KTAP_DIR/blob-3")" = 184 ]
	head -c 183 "$KTAP_DIR/blob-3" >"$KTAP_DIR/short"
	head -c 4 "$KTAP_DIR/blob-3" >"$KTAP_DIR/tiny"
	{ head -c 100 "$KTAP_DIR/blob-3"; printf 'x'; tail -c 83 "$KTAP_DIR/blob-3"; } \
		>"$KTAP_DIR/damaged"
	{ printf 'XXXX'; tail -c 180 "$KTAP_DIR/blob-3"; } >"$KTAP_DIR/other"
	{ head -c 4 "$KTAP_DIR/blob-3"; printf '\002'; tail -c 179 "$KTAP_DIR/blob-3"; } \
		>"$KTAP_DIR/newer"
	save restore 3 "$KTAP_DIR/short" EMSGSIZE
	save restore 3 "$KTAP_DIR/tiny" EINVAL
	save restore 3 "$KTAP_DIR/damaged" EBADMSG
	save restore 3 "$KTAP_DIR/other" EINVAL
	save restore 3 "$KTAP_DIR/newer" EPROTONOSUPPORT
	save restore 99 "$KTAP_DIR/blob-3" ENODEV
	save no-room 3
	[ "$(generation 3)" -ge "$before" ]
	vf_ends 3
	if told 3 0x80 0; then
		echo "it was restored all the same"
		return 1
	fi
}

clean_up() {
	echo 0 >"$PF/sriov_numvfs"
	echo 1 >"$PF/sriov_drivers_autoprobe"
	show rmmod sriov-mbox
}

ktap_plan 6
kernel_log_start
ktap_need "a PF, its VFs and their mailboxes" vfs_are_there
ktap_test "a channel that was restored begins a new generation, and its VF is told" goes_on
ktap_test "what a VF was not told yet moves with it" keeps_what_it_was_not_told
ktap_test "what is damaged, short or no channel is refused, and changes nothing" refuses
ktap_test "everything goes away" clean_up
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
