#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: stock survives oopses
#
# Defects of the in-tree driver (see defects.sh) that end in a crash of dom0.  With that
# driver the machine is told not to panic (the line "vm:" above): an oops ends the
# program or the thread that ran into it, with its locks held, and the test goes on in
# what is left of the kernel.  So the order matters.  With our driver nothing of the kind
# may happen, and the log is looked at.
#
# Runs in a test machine (tools/testing/vm/run.sh) or, with our driver only, on a real
# dom0 with NIC_A, NIC_B, MULTI (DDDD:BB:DD of a card with two functions; both functions
# and NIC_A of one type), MODULE, DRIVER set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/inject.sh
. ../passthrough-lib/inject.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/aer.sh
. ../passthrough-lib/aer.sh

for name in NIC_A NIC_B MULTI MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
# MACHINE: it is one of ours, which nobody will miss.
if [ "$DRIVER" = stock ] &&
   { [ -z "${MACHINE-}" ] || [ "$(</proc/sys/kernel/panic_on_oops)" = 1 ]; }; then
	ktap_skip_all "the in-tree driver would crash this machine"
fi
ktap_require_modules "$MODULE" rawfront retinject wakeup

load() {
	local bdf

	inject_load
	show modprobe "$MODULE"
	raw_load
	modprobe wakeup
	# It shall be the guest's end that ends a wait, not the clock.
	[ "$DRIVER" = stock ] || echo 30 >"/sys/module/${MODULE//-/_}/parameters/aer_timeout"
	for bdf in "$NIC_A" "$NIC_B" "$MULTI.1"; do
		claim "$bdf"
		driver_is "$bdf" pciback
	done
}

# no_oops NOTE: since that line of the log.
no_oops() {
	kernel_log_after "$1" >"$KTAP_DIR/lines"
	not grep -E -A 12 "$KERNEL_LOG_BAD" "$KTAP_DIR/lines"
}

# No memory for the place on the virtual bus.  What the in-tree driver keeps then is a
# pointer to a guest that will be gone, hence a card that nothing touches afterwards.
failed_export() {
	raw_start 0 "$NIC_B"
	inject "$(inject_kmalloc)" 0
	raw_attach 0 1 "$MULTI.1"
	wait_for 10 injected
	sleep 1
	inject_end
	raw_end 0
	# The next guest asks for it.
	raw_offer 1 "$MULTI.1"
	wait_for 10 raw_node 1 vdev-0
	wait_for 10 raw_state_is 1 "$RAW_CONNECTED"
	raw_end 1
}

# The guest goes while Linux waits for its word on an error, and the wait ends: the page
# that held the answer is unmapped.  What ends it here is a wake-up for no reason.
close_in_error() {
	raw_forget 1 2>/dev/null || :
	raw_start 2 "$NIC_A"
	kernel_log_note "close in error"
	echo "$RAW_AERHANDLER" >"$RAW_FILES/2/flags"
	aer_inject "$NIC_A"
	wait_for 5 [ -n "$(<"$RAW_FILES/2/aer")" ] || aer_done "close in error"
	[ "$DRIVER" = stock ] || [ -n "$(<"$RAW_FILES/2/aer")" ]
	raw_leave 2
	sleep 2
	aer_wake
	sleep 2
	no_oops "close in error"
	wait_for 10 aer_done "close in error"
	wait_for 10 raw_gone 2
	raw_forget 2
}

# Three cards of one type; the list of quirks is by type.
quirks_of_twins() {
	claim "$MULTI.0"
	release "$MULTI.0"
	kernel_log_note "quirks of twins"
	show cat "$PCIBACK/quirks"
	no_oops "quirks of twins"
}

unload() {
	local bdf

	[ "$DRIVER" = ng ] || ktap_skip_this "there is not enough left of the kernel"
	for bdf in "$NIC_A" "$NIC_B" "$MULTI.1"; do
		give_back "$bdf"
		wait_for 5 driver_is "$bdf" e1000e
	done
	show rmmod "$MODULE"
}

ktap_plan 6
kernel_log_start
ktap_need "$MODULE and a raw front-end are loaded, three cards claimed" load
stock_fails "keeps it for a guest that is gone" \
	"defect_10_failed_export: a card that could not be given can be given to others" failed_export
stock_fails "reads a page that is unmapped" \
	"defect_08_close_in_error: a guest goes in the middle of an error" close_in_error
stock_fails "follows a NULL pointer, with a spinlock held" \
	"defect_03_quirks_of_twins: quirks can be read after one of two equal cards has left" \
	quirks_of_twins
ktap_test "all goes back to dom0, $MODULE unloads" unload
ktap_resume
if [ "$DRIVER" = ng ]; then
	ktap_test "the kernel log is clean" kernel_log_clean
else
	ktap_skip "the kernel log is clean" "the in-tree driver's is not"
fi
ktap_finish
