#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: guests have rawfront
#
# A guest that wants to do harm: in place of xen-pcifront it has a module that hammers on
# the protocol (tools/testing/hostile/hammer.c), while another guest goes on working with
# its own card.  Runs in a test machine (tools/testing/vm/run.sh) or on a real dom0 with
# NIC_A, NIC_B, DISK, SRIOV (a card with that capability), PING, GUEST_KERNEL,
# GUEST_INITRD (its init can load rawfront), MODULE, DRIVER set.
#
# HAMMER="SEED ORDERS RACED CLOSINGS" is what the guest does.  Emulated, an order and its
# answer take half a millisecond, so most of the million are written over each other while
# the back-end works; HAMMER="1 1000000 0 200" has each of them answered.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/pciback.sh
. ../passthrough-lib/pciback.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/bystander.sh
. ../passthrough-lib/bystander.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/leak.sh
. ../passthrough-lib/leak.sh

for name in NIC_A NIC_B DISK SRIOV PING GUEST_KERNEL GUEST_INITRD MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE" rawfront

# The in-tree driver never connects again to a guest that has closed.
if [ "$DRIVER" = ng ]; then closings=20; else closings=0; fi
HAMMER=${HAMMER:-1 1000000 880000 $closings}
HAMMER_SECONDS=${HAMMER_SECONDS:-600}
LOG_LINES=50
REFUSED=24		# three cards: 3 tries each, then after 10, 20, 40, 80 and 160 s
LEAKS=20
WRONG=(wrong-ids accepted strange-errors strange-values overwritten unanswered)
DEBUGFS=/sys/kernel/debug

# The same hammer in dom0, which takes no guest to boot: the quick way to repeat a seed.
in_dom0() {
	show modprobe "$MODULE"
	raw_load
	claim "$NIC_A"
	raw_start 0 "$NIC_A"
	echo "3 3000 1000 $((closings / 4))" >"$RAW_FILES/0/hammer"
	cp "$RAW_FILES/0/hammer" "$KTAP_DIR/report"
	cat "$KTAP_DIR/report"
	raw_end 0
	give_back "$NIC_A"
	wait_for 5 driver_is "$NIC_A" e1000e
	none_of "${WRONG[@]}"
}

hide() {
	local bdf

	for bdf in "$NIC_A" "$NIC_B" "$DISK" "$SRIOV"; do
		xl pci-assignable-add "$bdf"
		driver_is "$bdf" pciback
	done
}

# lines_since NOTE: what dom0's log got since that line.
lines_since() {
	kernel_log_after "$1" >"$KTAP_DIR/lines"
	echo "$(wc -l <"$KTAP_DIR/lines") lines in the log since: $1"
}

# lines_few NOTE: not many of them, whatever they say.  What the kernel says of a set-up
# that Xen refused is a line for each vector, up to 128; there are few of those.
lines_few() {
	lines_since "$1"
	kernel_log_kinds "$KTAP_DIR/lines"
	# Not grep -c, which fails where it counts none.
	awk -v most="$LOG_LINES" -v refused="$REFUSED" '
		/xen map irq failed/ { r++ }
		!/map irq failed/ { n++ }
		END { exit n > most || r > refused }' "$KTAP_DIR/lines"
}

hostile_start() {
	GUEST_MODULES=rawfront guest_start h "$NIC_A" "$DISK" "$SRIOV"
	guest_up h
	guest_run h 20 "mount -t debugfs debugfs $DEBUGFS; ls $RAW_FILES"
}

# hammer "SEED ORDERS RACED CLOSINGS": in the guest; its report.
hammer() {
	guest_run h "$HAMMER_SECONDS" "cd $RAW_FILES/0 && echo $1 >hammer; s=\$?; cat hammer; exit \$s" >"$KTAP_DIR/report"
}

said() {
	awk -v name="$1" '$1 == name { print $2 }' "$KTAP_DIR/report"
}

# Guest and all: what is first of its kind is no leak.
warm_up() {
	hostile_start
	hammer "7 6000 3000 $((closings / 4))" || { cat "$KTAP_DIR/report"; false; }
	hostile_gone
	leak_before
}

hostile_gone() {
	local id

	id=$(guest_id h)
	guest_destroy h
	wait_for 20 [ ! -e "/sys/devices/pci-$id-0" ]
	not xenstore-exists "/local/domain/0/backend/pci/$id"
	not xenstore-exists "/local/domain/$id"
}

# What belongs to nobody but the host: addresses and identities of all functions, and
# where bridges send what.  What devices count or report is left out.
host_view() {
	local dev

	for dev in /sys/bus/pci/devices/*; do
		echo "${dev##*/} $(od -An -v -tx4 -w64 -N 64 "$dev/config")"
	done | awk '{
		bridge = substr($5, 3, 2) ~ /^[08]1$/
		$3 = $5 = ""
		if (bridge) $9 = substr($9, 5)
		print
	}'
}

# An address in the MSI capability is Xen's, or none.
msi_addresses() {
	local bdf

	for bdf in "$NIC_A" "$SRIOV"; do
		setpci -s "$bdf" CAP_MSI+4.L
	done | tee "$KTAP_DIR/msi"
	not grep -v '^fee\|^00000000$' "$KTAP_DIR/msi"
}

million() {
	local from=$SECONDS

	host_view >"$KTAP_DIR/view"
	kernel_log_note "the hammer"
	hammer "$HAMMER" || { cat "$KTAP_DIR/report"; false; }
	cat "$KTAP_DIR/report"
	echo "$((SECONDS - from)) s"
	[ "$(said orders)" -ge "$(echo "$HAMMER" | cut -d' ' -f2)" ]
}

# none_of NAME...: a count of the report's.
none_of() {
	local name

	for name in "$@"; do
		echo "$name: $(said "$name")"
	done
	for name in "$@"; do
		[ "$(said "$name")" -eq 0 ]
	done
	[ "$(said answered)" -ge 1000 ]
}

answers_right() {
	none_of wrong-ids strange-values overwritten unanswered
}

nonsense_refused() {
	none_of accepted strange-errors
}

came_back() {
	[ "$(said reopened)" -eq 20 ]
}

host_untouched() {
	host_view >"$KTAP_DIR/view.now"
	while read -r line; do
		grep -qxF "$line" "$KTAP_DIR/view" || echo "changed to: $line"
	done <"$KTAP_DIR/view.now" >"$KTAP_DIR/changed"
	cat "$KTAP_DIR/changed"
	[ ! -s "$KTAP_DIR/changed" ]
	msi_addresses
}

log_short() {
	lines_few "the hammer"
}

memory_back() {
	leak_after "$LEAKS" "${MODULE//-/_}"
}

# The cards are as good as new, for a guest that means well.
works_elsewhere() {
	guest_start u3 "$NIC_A" "$DISK" "$SRIOV"
	guest_up u3
	guest_net u3
	guest_show u3 20 "ping -c 2 -W 2 $PING"
	guest_show u3 20 pci
	grep " e1000e" "$KTAP_DIR/.out"
	grep " nvme" "$KTAP_DIR/.out"
	guest_show u3 20 "dd if=/dev/nvme0n1 of=/dev/null bs=1M count=1"
	guest_destroy u3
}

# A ring that is not there, from a front-end that then does nothing more.
no_ring() {
	local front

	front=$(raw_front 0)
	raw_start 0 "$NIC_A"
	echo "$RAW_CLOSED" >"$RAW_FILES/0/state"
	wait_for 5 raw_state_is 0 "$RAW_CLOSED"
	echo N >"$RAW_FOLLOW"
	kernel_log_note "no ring"
	xenstore-write "$front/pci-op-ref" 99999999 "$front/state" 3
	sleep 3
	lines_since "no ring"
	cat "$KTAP_DIR/lines"
	[ "$(grep -c 'pci-0-0' "$KTAP_DIR/lines" || :)" -le 2 ]
	echo Y >"$RAW_FOLLOW"
	raw_end 0
}

finish() {
	local bdf

	guest_destroy u2
	wait_for 20 no_backends
	for bdf in "$NIC_A" "$NIC_B" "$DISK" "$SRIOV"; do
		xl pci-assignable-remove -r "$bdf"
	done
	driver_is "$NIC_A" e1000e
	driver_is "$DISK" nvme
	show rmmod "$MODULE"
}

ktap_plan 19
kernel_log_start
stock_fails "takes negative offsets" "$MODULE stands a hammer in dom0" in_dom0
ktap_need "four devices are hidden" hide
ktap_test "a ring that is not there is refused once" no_ring
ktap_need "a guest works with its card" bystander u2
ktap_need "a hostile guest comes, hammers a little and goes" warm_up
ktap_need "another comes" hostile_start
ktap_need "orders $HAMMER: all of them done" million
stock_fails "has values for orders that it refused" \
	"valid orders were answered, and rightly" answers_right
stock_fails "takes negative offsets, and tells the host's error numbers" \
	"nonsense was refused, with errors of the protocol" nonsense_refused
stock_fails "never connects again" \
	"the guest closed in mid-order and came back, 20 times" came_back
ktap_test "no register of the host has changed" host_untouched
stock_fails "says each time what it does not like" \
	"dom0's log is no more than $LOG_LINES lines longer" log_short
ktap_test "the other guest pinged all the while" bystander_pinged u2
ktap_test "the hostile guest is destroyed, nothing of it is left" hostile_gone
ktap_test "memory is back to where it was" memory_back
ktap_test "its devices work in a guest that means well" works_elsewhere
ktap_resume
ktap_test "all goes back to dom0, $MODULE unloads" finish
ktap_test "the kernel log is clean" kernel_log_clean
ktap_test "Xen's log is clean: no refused hypercall, no DMA fault" xen_log_clean
ktap_finish
