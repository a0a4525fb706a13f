#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: a zoo of cards
#
# The zoo of the suite zoo in an HVM guest: stock qemu-xen passes the cards through, with
# their I/O ports, ROMs and shared lines.  Each does real work there, and in dom0 again.
#
# Without the tulip and the SD controller: hvmloader puts BARs that are smaller than a page
# next to each other, and Xen ends a guest in whose page two cards of the host would be.
#
# Runs in a test machine (tools/testing/vm/run.sh hvm; zoo.sh there has the cards) with ZOO,
# ZOO_DRIVERS, PING, MODULE, DRIVER, GUEST_DISK set.
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

for name in ZOO ZOO_DRIVERS PING MODULE DRIVER GUEST_DISK; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
xl info virt_caps | grep -qw hvm || ktap_skip_all "Xen cannot run HVM guests here"
ktap_require_modules "$MODULE"
ZOO=${ZOO/0000:00:0c.0}
ZOO=${ZOO/0000:00:0e.0}
# shellcheck source=tools/testing/selftests/passthrough-lib/zoo.sh
. ../passthrough-lib/zoo.sh

ZOO_DISKS='xhci ehci ahci sas virtio'
ZOO_NETS=8139cp

# SeaBIOS drives the cards as well and knows no order of disks from Xen's QEMU: it boots the
# first by name, which of two on AHCI is that with the lower model name.
HVM_BOOT='"-device", "ahci,id=own", "-device", "ide-hd,drive=boot,bus=own.0,model=BOOT"'
HVM_DISK=snapshot=on

guest() {
	hvm_create a 1 "${CARDS[@]}"
	guest_up a 400
	show xl pci-list a
	zoo_load a
}

ends() {
	guest_destroy a
	wait_for 60 domain_gone a
	wait_for 20 no_backends
}

ktap_plan 6
kernel_log_start
ktap_need "${#CARDS[@]} cards of nine kinds are hidden" zoo_hide
ktap_need "an HVM guest boots with them all" guest
ktap_test "each does its work there (case C5)" zoo_works a
ktap_test "it ends, and all go back to dom0" eval 'ends && zoo_give_back'
ktap_test "where they work again (case C5)" zoo_works dom0
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
