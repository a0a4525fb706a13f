#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A card with two functions goes to a PV guest as one card with two functions, with
# the slot that the administrator asked for, in whatever order he names them.  Runs in a
# test machine (tools/testing/vm/run.sh xen) or on a real dom0 with MULTI (DDDD:BB:DD of
# a card with functions 0 and 1), GUEST_KERNEL, GUEST_INITRD, MODULE, DRIVER set.
#
# What xl 4.17 makes of what is typed (libxlu_pci.c, libxl_pci.c):
#   BB:DD.F@7     vdevfn 38 whatever F is: the slot, function 0
#   BB:DD.*@7     only the highest function, with its number in vdevfn; needs @
#   BB:DD.0,1@7   not understood
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh

for name in MULTI GUEST_KERNEL GUEST_INITRD MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE"

PCIBACK=/sys/bus/pci/drivers/pciback
GUEST_MODULES=xen-pcifront,e1000e
CARD=$(short "$MULTI")

# ours NAME FUNCTION: the in-tree driver does not look at the wanted slot.
ours() {
	[ "$DRIVER" = ng ] || KTAP_KNOWN="ignores vdevfn"
	ktap_test "$@"
	KTAP_KNOWN=''
}

backend() {
	echo "/local/domain/0/backend/pci/$(guest_id u1)/0"
}

# node NAME FUNCTION: NAME-N of that function in the back-end's folder.
node() {
	local be n

	be=$(backend)
	for n in 0 1 2; do
		[ "$(xenstore-read "$be/dev-$n" 2>/dev/null)" = "$MULTI.$2" ] || continue
		xenstore-read "$be/$1-$n"
		return
	done
	return 1
}

# at FUNCTION SLOT.FUNCTION: that is where the guest has it.
at() {
	wait_for 10 vdev_is "$1" "$2"
	guest_wait u1 "[ -e /sys/bus/pci/devices/0000:00:$2 ]"
}

vdev_is() {
	[ "$(node vdev "$1")" = "0000:00:${2%.*}.0${2#*.}" ]
}

# The guest's cards, as "00:07.0 00:07.1".
cards_are() {
	# shellcheck disable=SC2016  # the guest expands it
	guest_show u1 20 'cd /sys/bus/pci/devices; for d in *; do [ ! -e $d ] || echo ${d#0000:}; done'
	[ "$(tr '\n' ' ' <"$KTAP_DIR/.out")" = "$*${*:+ }" ]
}

load() {
	show modprobe "$MODULE"
	show xl pci-assignable-add "$CARD.0"
	show xl pci-assignable-add "$CARD.1"
}

start() {
	guest_start u1 "$@"
	guest_up u1
}

# Function 1 is listed first.
any_order() {
	start "$MULTI.1@7" "$MULTI.0@7"
	at 0 07.0
	at 1 07.1
	cards_are 00:07.0 00:07.1
}

# With "*" libxl loses count of which functions are in use.
forget() {
	local fn

	for fn in 0 1; do
		xenstore-rm "/libxl/pci/$(echo "$MULTI" | tr : -)-$fn/domid" 2>/dev/null || :
	done
}

destroy() {
	guest_destroy u1
	forget
}

detach_group() {
	show xl pci-detach u1 "$CARD.*"
	forget
	guest_wait u1 '! ls /sys/bus/pci/devices/* | grep .'
	cards_are
	[ -z "$(xl pci-list u1 | grep "$CARD" || :)" ]
}

attach_each() {
	show xl pci-attach u1 "$CARD.0@7"
	show xl pci-attach u1 "$CARD.1@7"
	at 0 07.0
	at 1 07.1
}

error_is() {
	xenstore-read "/local/domain/0/error/backend/pci/$(guest_id u1)/0/error" | tee "$KTAP_DIR/error"
	grep -q "$1" "$KTAP_DIR/error"
}

# It is a card without a function 0, and an error, until that one comes.  libxl believes that it has
# attached function 0; asking for that fails once, which sets its books right.
star() {
	show xl pci-attach u1 "$CARD.*@7"
	wait_for 10 vdev_is 1 07.1
	cards_are
	error_is "$MULTI.1 is not shown.*no function 0"
	xl pci-attach u1 "$CARD.0@7" >/dev/null 2>&1 || show xl pci-attach u1 "$CARD.0@7"
	at 0 07.0
	at 1 07.1
	cards_are 00:07.0 00:07.1
}

# A function by itself is function 0.  Its sibling, which would have to be, is too late.
too_late() {
	show xl pci-attach u1 "$CARD.1@9"
	at 1 09.0
	kernel_log_note "too late"
	show xl pci-attach u1 "$CARD.0@9"
	wait_for 10 sh -c "dmesg | sed '1,/too late/d' | grep -q '$MULTI.0 .*slot wanted'"
	error_is "$MULTI.0 .*slot wanted"
	[ "$(node state 0)" -eq 6 ]
	cards_are 00:09.0
	destroy
}

list_form() {
	not show xl pci-attach u1 "$CARD.0,1@7"
	grep -q malformed "$KTAP_DIR/.out"
}

no_slot() {
	start "$MULTI.1" "$MULTI.0"
	at 0 00.0
	at 1 00.1
	cards_are 00:00.0 00:00.1
	destroy
}

# "*" in a guest's configuration: xl passes function 1 as function 1, and no other.
no_function_0() {
	start "$MULTI.*@7"
	cards_are
	error_is "$MULTI.1 is not shown.*no function 0"
	dmesg | grep "$MULTI.1 is not shown"
	destroy
}

# The slot may also hang on the rule: then xl needs not know.
rule_slot() {
	[ -e "$PCIBACK/hide" ] || ktap_skip_this "no such attribute"
	show xl pci-assignable-remove "$CARD.0"
	show xl pci-assignable-remove "$CARD.1"
	show sh -c "echo '$CARD.0,1@7' >$PCIBACK/hide"
	show cat "$PCIBACK/rules"
	show xl pci-assignable-add "$CARD.0"
	show xl pci-assignable-add "$CARD.1"
	start "$MULTI.1" "$MULTI.0"
	at 0 07.0
	at 1 07.1
	destroy
}

unload() {
	show xl pci-assignable-remove -r "$CARD.0"
	show xl pci-assignable-remove -r "$CARD.1"
	show rmmod "$MODULE"
}

ktap_plan 14
kernel_log_start
ktap_need "$MODULE loads, both functions are hidden" load
ours "both at one slot, function 1 listed first: 07.0 and 07.1" any_order
ktap_test "xl takes no list of functions" list_form
ktap_test "both are detached as one" detach_group
ours "attached one after the other they are 07.0 and 07.1 again" attach_each
ktap_test "and go as one again" detach_group
ours "a function 1 waits unseen for its function 0" star
ktap_test "and go as one once more" detach_group
ours "a lower function that comes after a higher one is refused, and says so" too_late
ktap_test "without a slot, function 1 listed first: 00.0 and 00.1" no_slot
ours "a slot without a function 0 is not shown, and says so" no_function_0
[ "$DRIVER" != ng ] || ktap_test "a slot that the rule asks for" rule_slot
[ "$DRIVER" = ng ] || ktap_skip "a slot that the rule asks for" "no rules"
ktap_test "all goes back to dom0, $MODULE unloads" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
