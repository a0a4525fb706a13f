#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# HVM guests: stock qemu-xen passes the card through and no PV front-end ever answers
# the back-end.  Two guests boot side by side and take turns at one card.  Runs in a
# test machine (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, NIC_B,
# GUEST_DISK, PING, MODULE set.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/resets.sh
. ../passthrough-lib/resets.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/hvm.sh
. ../passthrough-lib/hvm.sh

for name in NIC_A NIC_B GUEST_DISK PING MODULE; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
xl info virt_caps | grep -qw hvm || ktap_skip_all "Xen cannot run HVM guests here"
ktap_require_modules "$MODULE"

CARD1=$(short "$NIC_A")
CARD2=$(short "$NIC_B")

load() {
	show modprobe "$MODULE"
	test -d /sys/bus/pci/drivers/pciback
}

hide() {
	show xl pci-assignable-add "$CARD1"
	show xl pci-assignable-add "$CARD2"
	driver_is "$NIC_A" pciback
	driver_is "$NIC_B" pciback
}

learn() {
	resets_start
	resets_learn "$NIC_A"
	resets_learn "$NIC_B"
}

# Both at once: booting takes a minute under emulation.
create() {
	hvm_create a 1 "$CARD1"
	hvm_create b 2
	guest_up a 240
	echo "up after $(xenstore-read "/local/domain/$(guest_id a)/data/up") s of its own time"
	show xl pci-list a
	grep -q "$NIC_A" "$KTAP_DIR/.out"
	guest_show a 30 pci
}

second_card() {
	attach a "$NIC_B"
	pings a "$NIC_B"
}

first_card_back() {
	resets_mark "detach"
	detach a "$NIC_A"
	resets_mark "detached"
	echo "resets of the card that left:"
	resets_between detach detached "$NIC_A"
	driver_is "$NIC_A" pciback
}

turn() {
	guest_up b 240
	attach b "$NIC_A"
	pings b "$NIC_A"
}

# Ping without an end in the guest; ping_stop says how many went out and came back.
# A patient one, -W 5: it is to show a card that was reset, not a slow host.
ping_start() {
	guest_run "$1" 20 "rm -f /tmp/stop; ( sent=0 got=0
		while [ ! -e /tmp/stop ]; do
			sent=\$((sent + 1)); ping -c 1 -W 5 $PING >/dev/null && got=\$((got + 1))
			echo \$sent \$got >/tmp/pings
			sleep 0.1
		done; touch /tmp/stopped ) >/dev/null 2>&1 &"
}

ping_stop() {
	guest_run "$1" 60 "touch /tmp/stop; until [ -e /tmp/stopped ]; do sleep 0.2; done; cat /tmp/pings"
}

# The end of the first owner while the second one works with the card.
destroy_first() {
	ping_start b
	sleep 2
	resets_mark "destroy"
	guest_destroy a
	sleep 3
	resets_mark "destroyed"
	ping_stop b >"$KTAP_DIR/pings"
	echo "what happened to the other guest's card meanwhile:"
	not resets_between destroy destroyed "$NIC_A"
}

no_loss() {
	local sent got

	read -r sent got <"$KTAP_DIR/pings"
	echo "guest b, while guest a was destroyed: $sent pings, $got answers"
	[ "$sent" -ge 5 ]
	[ "$sent" -eq "$got" ]
	pings b "$NIC_A"
}

# Else "no reset" above could mean that nothing is ever reset.
was_reset() {
	resets_between destroy destroyed "$NIC_B"
}

destroy_second() {
	resets_mark "destroy b"
	guest_destroy b
	wait_for 10 unused
	resets_mark "destroyed b"
	resets_between "destroy b" "destroyed b" "$NIC_A"
	driver_is "$NIC_A" pciback
	driver_is "$NIC_B" pciback
	no_backends
}

# Each device of a guest holds the module.
unused() {
	[ "$(<"/sys/module/${MODULE//-/_}/refcnt")" -eq 0 ]
}

give_back() {
	show xl pci-assignable-remove -r "$CARD1"
	show xl pci-assignable-remove -r "$CARD2"
	driver_is "$NIC_A" e1000e
	driver_is "$NIC_B" e1000e
	dom0_net "$NIC_A"
	show ping -c 2 -W 2 -I "$(net_of "$NIC_A")" "$PING"
}

nothing_left() {
	resets_stop
	show xl list
	[ "$(xl list | wc -l)" -eq 2 ]
	[ -z "$(xl pci-assignable-list)" ]
	no_backends
	[ -z "$(</sys/bus/pci/drivers/pciback/slots)" ]
	show rmmod "$MODULE"
}

ktap_plan 15
kernel_log_start
ktap_need "$MODULE loads" load
ktap_need "xl pci-assignable-add takes two network cards from dom0" hide
ktap_test "kernel probes see a reset of each card" learn
ktap_need "an HVM guest boots with a card, xl pci-list shows it" create
ktap_test "the HVM guest pings through the card, with MSI-X" pings a "$NIC_A"
ktap_need "xl pci-attach plugs a second card into it, which pings" second_card
ktap_need "xl pci-detach takes the first card from the running HVM guest" first_card_back
ktap_need "another HVM guest gets that card and pings, while the first lives" turn
if [ "${DRIVER-}" = stock ]; then
	KTAP_KNOWN="the in-tree driver never learns that an HVM guest lost a card, and resets it"
fi
ktap_test "defect_11_moved_card: xl destroy of the first guest leaves the other guest's card alone" destroy_first
ktap_test "the other guest loses no ping over it" no_loss
KTAP_KNOWN=
ktap_test "the card that the first guest still had was reset" was_reset
ktap_test "after the second guest both cards are hidden, reset and nobody's" destroy_second
ktap_test "both cards work in dom0 again" give_back
ktap_test "nothing is left over, $MODULE unloads" nothing_left
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
