#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What manuals and scripts for xen-pciback have people type in a dom0, and what must not
# happen to a host by it.  The same on the in-tree driver shows what that does.  Runs in a
# test machine (tools/testing/vm/run.sh xen) or on a real dom0 with NIC_A, NIC_B, MULTI (a
# card with two functions without FLR), PING, GUEST_KERNEL, GUEST_INITRD set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/page.sh
. ../passthrough-lib/page.sh

for name in NIC_A NIC_B MULTI PING GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
DRIVER=${DRIVER-ng}
MODULE=pciback-ng
[ "$DRIVER" = ng ] || MODULE=xen-pciback
ktap_require_modules "$MODULE"

DRIVERS=/sys/bus/pci/drivers
DEVICES=/sys/bus/pci/devices
CONF=/etc/modprobe.d/recipes.conf
trap 'rm -f "$CONF"; rm -rf "$KTAP_DIR"' EXIT

load() {
	show modprobe "$MODULE" "$@"
	[ -d "$PCIBACK" ]
}

# said_since MARK PATTERN: in the kernel log, behind a note.
said_since() {
	kernel_log_after "$1" | grep -- "$2"
}

# Unbind and bind by hand, the slot left as it is.
way_back() {
	claim "$NIC_A"
	driver_is "$NIC_A" pciback
	echo "$NIC_A" >"$PCIBACK/unbind"
	show sh -c "echo $NIC_A >$DRIVERS/e1000e/bind"
	driver_is "$NIC_A" e1000e
	echo "$NIC_A" >"$PCIBACK/remove_slot"
}

second_thoughts() {
	echo "$NIC_A" >"$DRIVERS/e1000e/unbind"
	echo "$NIC_A" >"$PCIBACK/new_slot"
	show sh -c "echo $NIC_A >$DRIVERS/e1000e/bind"
	driver_is "$NIC_A" e1000e
	echo "$NIC_A" >"$PCIBACK/remove_slot"
}

# guest_with NAME BDF...: create it; what xl said stays in $KTAP_DIR/said.
guest_with() {
	guest_start "$@" >"$KTAP_DIR/said" 2>&1 || { cat "$KTAP_DIR/said" && return 1; }
	cat "$KTAP_DIR/said"
	guest_up "$1"
}

# end_guest NAME: what xl said goes behind that.
end_guest() {
	guest_destroy "$1" >>"$KTAP_DIR/said" 2>&1
	cat "$KTAP_DIR/said"
}

has_card() {
	guest_run "$1" 20 pci | grep -c 8086:0x10d3
}

# no_reset_of BDF...: the sibling is out of a bus reset's way, and there is no other method.
no_reset_of() {
	local bdf

	for bdf; do
		if [ "$DRIVER" = ng ]; then
			echo "$bdf no-pm" >"$PCIBACK/reset_quirks"
		else
			echo >"$DEVICES/$bdf/reset_method"
		fi
	done
}

reset_again() {
	local bdf

	for bdf; do
		if [ "$DRIVER" = ng ]; then
			echo "-$bdf no-pm" >"$PCIBACK/reset_quirks"
		else
			echo default >"$DEVICES/$bdf/reset_method"
		fi
	done
}

# What Qubes OS does in its initramfs, restated: no line feed, the device first away from its
# driver.
qubes() {
	show sh -c "printf %s $NIC_A >$DEVICES/$NIC_A/driver/unbind"
	show sh -c "printf %s $NIC_A >$PCIBACK/new_slot"
	show sh -c "printf %s $NIC_A >$PCIBACK/bind"
	driver_is "$NIC_A" pciback
}

# What xenopsd does before it gives a device to a domain and after that, restated: the PCI
# core's reset, do_flr only where that is missing, and the way back.
xenopsd() {
	show sh -c "echo $NIC_A >$PCIBACK/unbind"
	show sh -c "echo $NIC_A >$PCIBACK/new_slot"
	show sh -c "echo $NIC_A >$PCIBACK/bind"
	show sh -c "echo 1 >$DEVICES/$NIC_A/reset"
	[ "$DRIVER" != ng ] || show sh -c "echo $NIC_A >$PCIBACK/do_flr"
	show sh -c "echo $NIC_A >$PCIBACK/unbind"
	show sh -c "echo $NIC_A >$PCIBACK/remove_slot"
	show sh -c "echo $NIC_A >$DRIVERS/e1000e/bind"
	dom0_net "$NIC_A"
	ip addr flush dev "$(net_of "$NIC_A")"
	ip link set "$(net_of "$NIC_A")" down
}

# xl has given it to Xen, which rmmod does not undo: the log says how.
xen_keeps() {
	show xl pci-assignable-add "$NIC_A"
	kernel_log_note "the module goes"
	modprobe -r xen-pciback 2>/dev/null || :
	[ ! -d "$PCIBACK" ] || show rmmod "$MODULE"
	said_since "the module goes" "$NIC_A: .*xl pci-assignable-remove $NIC_A"
	load
	show xl pci-assignable-remove "$NIC_A"
	echo "$NIC_A" >"$DRIVERS/e1000e/bind"
	dom0_net "$NIC_A"
	ip addr flush dev "$(net_of "$NIC_A")"
	ip link set "$(net_of "$NIC_A")" down
}

# An administrator chose no reset for it: xl has nothing to complain of.
waived() {
	show xl pci-assignable-add "$NIC_A"
	if [ "$DRIVER" = ng ]; then
		echo none >"$DEVICES/$NIC_A/pciback/reset_method"
	else
		echo >"$DEVICES/$NIC_A/reset_method"
	fi
	guest_with r1 "$NIC_A"
	end_guest r1
	not grep do_flr "$KTAP_DIR/said"
	show xl pci-assignable-remove "$NIC_A"
	[ "$DRIVER" = ng ] || echo default >"$DEVICES/$NIC_A/reset_method"
}

# Both functions of a card that can only be reset as a whole, in one guest.
whole_card() {
	show xl pci-assignable-add "$MULTI.0"
	show xl pci-assignable-add "$MULTI.1"
	no_reset_of "$MULTI.0" "$MULTI.1"
	kernel_log_note "a whole card"
	guest_with r2 "$MULTI.0" "$MULTI.1"
	[ "$(has_card r2)" = 2 ]
	end_guest r2
	not grep do_flr "$KTAP_DIR/said"
	not said_since "a whole card" "needs a reset of its bus, but.*belongs to domain"
	reset_again "$MULTI.0" "$MULTI.1"
	show xl pci-assignable-remove "$MULTI.0"
	show xl pci-assignable-remove "$MULTI.1"
}

# The other function stays with dom0.  In-tree: its next guest gets what the last one left.
half_card() {
	show xl pci-assignable-add "$MULTI.0"
	wait_for 5 driver_is "$MULTI.1" e1000e || echo "$MULTI.1" >/sys/bus/pci/drivers_probe
	driver_is "$MULTI.1" e1000e
	no_reset_of "$MULTI.0"
	kernel_log_note "half a card"
	guest_with r3 "$MULTI.0"
	[ "$(has_card r3)" = 1 ]
	end_guest r3
	[ "$DRIVER" = ng ] || return 0
	[ "$(<"$DEVICES/$MULTI.0/pciback/state")" = quarantined ]
	said_since "half a card" "echo none >$DEVICES/$MULTI.0/pciback/reset_method"
	said_since "half a card" "reset_quirks=(8086:10d3 no-reset)"
	# What a person sees of it who starts the next guest.
	not sh -c "echo $MULTI.0 >$PCIBACK/do_flr"
	show sh -c "echo none >$DEVICES/$MULTI.0/pciback/reset_method"
	[ "$(<"$DEVICES/$MULTI.0/pciback/state")" = claimed ]
}

second_guest() {
	guest_with r4 "$MULTI.0"
	[ "$(has_card r4)" = 1 ]
	not grep do_flr "$KTAP_DIR/said"
	end_guest r4
}

# For good: it holds for the next claim, too, and an administrator can take it back.
waived_for_good() {
	echo "$MULTI.0 no-reset" >"$PCIBACK/reset_quirks"
	echo "$MULTI.0" >"$PCIBACK/unbind"
	echo "$MULTI.0" >"$PCIBACK/bind"
	[ "$(<"$DEVICES/$MULTI.0/pciback/reset_method")" = none ]
	guest_with r5 "$MULTI.0"
	end_guest r5
	[ "$(<"$DEVICES/$MULTI.0/pciback/state")" = claimed ]
	echo "-$MULTI.0 no-reset" >"$PCIBACK/reset_quirks"
	reset_again "$MULTI.0"
	show sh -c "echo $MULTI.0 >$PCIBACK/do_flr"
	[ "$(<"$DEVICES/$MULTI.0/pciback/last_reset_method")" = function ]
}

card_back() {
	[ "$DRIVER" = ng ] || reset_again "$MULTI.0"
	show xl pci-assignable-remove -r "$MULTI.0"
	wait_for 5 driver_is "$MULTI.0" e1000e
}

# hide= of a module that comes late: dom0's network is at stake.
late_list() {
	dom0_net "$NIC_B"
	show rmmod "$MODULE"
	load "hide=($NIC_B)"
	driver_is "$NIC_B" e1000e
	ping -c 1 -W 2 -I "$(net_of "$NIC_B")" "$PING"
}

late_list_idle() {
	ip addr flush dev "$(net_of "$NIC_B")"
	ip link set "$(net_of "$NIC_B")" down
	show rmmod "$MODULE"
	load "hide=($NIC_B)"
	driver_is "$NIC_B" pciback
}

in_use() {
	show sh -c "echo $NIC_B >$PCIBACK/unhide"
	driver_is "$NIC_B" e1000e
	dom0_net "$NIC_B"
	kernel_log_note "an interface in use"
	not sh -c "echo $NIC_B >$PCIBACK/hide"
	driver_is "$NIC_B" e1000e
	said_since "an interface in use" "$(net_of "$NIC_B") is up with an address.*echo '$NIC_B force'"
	ping -c 1 -W 2 -I "$(net_of "$NIC_B")" "$PING"
	show sh -c "echo '$NIC_B force' >$PCIBACK/hide"
	driver_is "$NIC_B" pciback
	show sh -c "echo $NIC_B >$PCIBACK/unhide"
	driver_is "$NIC_B" e1000e
}

# The in-tree driver's road: xl unbinds whatever has it.
in_use_by_xl() {
	local taken=''

	[ "$(driver_of "$NIC_B")" = e1000e ] || show xl pci-assignable-remove -r "$NIC_B"
	dom0_net "$NIC_B"
	xl pci-assignable-add "$NIC_B" && taken=yes
	show xl pci-assignable-remove -r "$NIC_B"
	wait_for 5 driver_is "$NIC_B" e1000e
	[ -z "$taken" ]
}

in_use_of() {
	if [ "$DRIVER" = ng ]; then
		in_use
	else
		in_use_by_xl
	fi
}

# again OPTION...: the driver from the start, with NIC_B for it to take. Without options of a
# command line those of a file count.
again() {
	rmmod "$MODULE" 2>/dev/null || :
	no_driver "$NIC_B" || echo "$NIC_B" >"$DEVICES/$NIC_B/driver/unbind"
	load "$@"
}

quoted() {
	echo "options $MODULE hide='($NIC_B)'" >"$CONF"
	again
	driver_is "$NIC_B" pciback
}

# shellcheck disable=SC2016  # that is the point
no_shell() {
	echo "options $MODULE hide=x'\$(touch\${IFS}$KTAP_DIR/was-run)'" >"$CONF"
	again || :
	rm "$CONF"
	[ ! -e "$KTAP_DIR/was-run" ]
}

# What a boot loader has left of it.
cut_list() {
	kernel_log_note "a cut list"
	again "hide=($NIC_B)($NIC_A" || :
	kernel_log_after "a cut list" | grep -E "no '\)' closes this entry|Error parsing pci_devs_to_hide"
}

mistake() {
	again "hide=(zz)($NIC_B)"
	driver_is "$NIC_B" pciback
}

native_again() {
	rmmod "$MODULE" 2>/dev/null || :
	[ ! -e "$PCIBACK" ]
	echo "$NIC_B" >/sys/bus/pci/drivers_probe
	wait_for 5 driver_is "$NIC_B" e1000e
}

ktap_plan 22
kernel_log_start
ktap_need "the driver loads" load
ktap_test "the manuals' way back: unbind, bind to the native driver (case D1)" way_back
ktap_test "the page's block on that (case D13)" page_run coming-from.rst xen
ktap_test "a slot alone keeps no other driver away (case D1)" second_thoughts
ktap_test "Qubes OS's steps" qubes
ktap_test "xenopsd's steps (case D1)" xenopsd
ours "rmmod names what Xen keeps, and the cure (case N1)" xen_keeps
ktap_test "xl has nothing to say of a device whose reset is waived (case D12)" waived
ktap_test "a card as a whole in one guest: xl and the log say nothing of resets (case C6)" whole_card
ktap_test "a function that cannot be reset: the log names the cure (case D14)" half_card
ktap_test "waived, it goes to the next guest (case D14)" second_guest
ours "waived for good by a quirk, and not any more (case D14)" waived_for_good
ktap_test "the card works in dom0 again" card_back
ktap_test "a late hide= leaves an interface that is up alone (case D15)" late_list
ours "and takes one that is not" late_list_idle
stock_fails "xl takes it" "an interface with an address is taken by force only (case H1)" in_use_of
stock_fails "it does not load" "options in single quotes, as for a shell, hide the card (case D5)" quoted
ktap_test "no shell sees what is in them (case D5)" no_shell
ktap_test "a list that was cut on its way is named in the log (case D6)" cut_list
stock_fails "it does not load" "a mistake in the list leaves the rest in force (case H3)" mistake
ktap_test "unloaded, the card is its native driver's" native_again
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
