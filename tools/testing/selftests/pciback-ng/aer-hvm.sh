#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A card that a running HVM guest works with is hit by a fatal error: nobody can ask that
# guest, so it loses the card and nothing else.  See aer.sh for PV guests.  Runs in a test
# machine (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, GUEST_DISK, PING,
# MODULE, DRIVER set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/hvm.sh
. ../passthrough-lib/hvm.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/aer.sh
. ../passthrough-lib/aer.sh

for name in NIC_A GUEST_DISK PING MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
xl info virt_caps | grep -qw hvm || ktap_skip_all "Xen cannot run HVM guests here"
ktap_require_modules "$MODULE"

CARD=$(short "$NIC_A")

start() {
	show modprobe "$MODULE"
	show xl pci-assignable-add "$CARD"
	hvm_create a 1 "$CARD"
	guest_up a 240
	pings a "$NIC_A"
}

# What the guest had set up there, and what comes and goes by it.
registers() {
	echo "$(config "$NIC_A" BASE_ADDRESS_0) $(config "$NIC_A" COMMAND)"
}

fatal() {
	aer_events_start
	registers >"$KTAP_DIR/before"
	kernel_log_note "fatal error"
	aer_inject "$NIC_A" fatal
	wait_for 40 aer_done "ktap: fatal error"
	kernel_log_after "fatal error"
	echo "base address and COMMAND: $(<"$KTAP_DIR/before"), now $(registers)"
}

# In-tree, Linux says that all is well, with a card that has lost its configuration under
# a guest that works with it.
contained() {
	aer_contained "$NIC_A" fatal
}

# Neither is a card that answers no more the end of its guest.
both_alive() {
	guest_show a 60 'echo alive'
	show xl list a
}

kept() {
	[ "$(registers | cut -d ' ' -f 1)" = "$(cut -d ' ' -f 1 "$KTAP_DIR/before")" ]
}

cured() {
	detach a "$NIC_A"
	do_flr "$NIC_A"
	wait_for 10 attribute_is "$NIC_A" state claimed
	attach a "$NIC_A"
	pings a "$NIC_A"
}

finish() {
	aer_events_stop
	guest_destroy a
	wait_for 10 no_backends
	show xl pci-assignable-remove -r "$CARD"
	dom0_net "$NIC_A"
	show rmmod "$MODULE"
}

ktap_plan 8
kernel_log_start
ktap_need "an HVM guest pings through a card" start
ktap_need "a fatal error resets the card's link" fatal
stock_fails "says that all is well, and leaves the guest with a card that is wiped" \
	"the card is contained: quarantined, no DMA, an event" contained
stock_fails "does not put it back" "its configuration is there again" kept
ktap_test "guest and host live on" both_alive
if [ "$DRIVER" = ng ]; then
	ktap_test "detached and reset it can be attached again, and works" cured
else
	ktap_skip "detached and reset it can be attached again" "that is for a quarantined card"
fi
ktap_test "all goes back to dom0, $MODULE unloads" finish
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
