#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: a zoo of cards
#
# Cards of many kinds in PV guests, with drivers as the kernel has them and no word of an
# administrator about any of them: USB (xHCI, EHCI with its UHCI companion), sound, two old
# network cards, AHCI, SD, SAS, a serial port, virtio, VGA.  Each does real work in one guest, in
# the next, and in dom0 again.
#
# Runs in a test machine (tools/testing/vm/run.sh xen; zoo.sh there has the cards) with ZOO,
# ZOO_DRIVERS, PING, MODULE, DRIVER, GUEST_KERNEL, GUEST_INITRD set.
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

for name in ZOO ZOO_DRIVERS PING MODULE DRIVER GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE"
# shellcheck source=tools/testing/selftests/passthrough-lib/zoo.sh
. ../passthrough-lib/zoo.sh

# guest NAME: one with all the cards.
guest() {
	GUEST_MODULES=xen-pcifront guest_start "$1" "${CARDS[@]}"
	guest_up "$1"
	zoo_load "$1"
}

# Several of its cards share a line, which libxl unmaps with the first of them that it takes.
# The guest's drivers wait for interrupts then, and xl says that it has failed.  With the
# in-tree driver the domain stays for minutes.
ends() {
	guest_destroy "$1" || :
	wait_for 60 domain_gone "$1"
	wait_for 20 no_backends
}

# What their drivers write and do not get is worth a line, latency timers are not (case C5).
log_of_writes() {
	kernel_log_since | grep 'permissive\|is dropped\|not passed' | tee "$KTAP_DIR/writes" || :
	not grep -i 'write.* 0x0\?d\b' "$KTAP_DIR/writes"
	[ "$(wc -l <"$KTAP_DIR/writes")" -le $((2 * ${#CARDS[@]})) ]
}

ktap_plan 10
kernel_log_start
ktap_need "${#CARDS[@]} cards of eleven kinds are hidden" zoo_hide
ktap_need "a PV guest has them all" guest a
ktap_test "each does its work there (case C5)" zoo_works a
ktap_test "it ends, though it has lost its interrupts" ends a
ktap_need "the next guest has them" guest b
ktap_test "and they work (case C5)" zoo_works b
ours "dom0's log names what was not let through, and no latency timer (case C5)" log_of_writes
ktap_test "that one ends, and all go back to dom0" eval 'ends b && zoo_give_back'
ktap_test "where they work again (case C5)" zoo_works dom0
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
