#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Defects of the in-tree driver (see defects.sh) that need a real guest to be seen: a card
# is taken back while a guest works with it.  Runs in a test machine
# (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, PING, GUEST_KERNEL,
# GUEST_INITRD, MODULE, DRIVER set.
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

for name in NIC_A PING GUEST_KERNEL GUEST_INITRD MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE"

GUEST_MODULES=xen-pcifront,e1000e
CARD=$(short "$NIC_A")

start() {
	show modprobe "$MODULE"
	show xl pci-assignable-add "$CARD"
	guest_start u1 "$NIC_A"
	guest_up u1
	guest_net u1
}

# xenbus holds the in-tree driver for as long as a guest is connected.
rmmod_busy() {
	local status=0

	show rmmod "$MODULE" || status=$?
	grep -i "in use" "$KTAP_DIR/.out"
	[ "$status" -ne 0 ]
	driver_is "$NIC_A" pciback
	guest_show u1 20 "ping -c 2 -W 2 $PING"
}

backend() {
	xenstore-read "/local/domain/0/backend/pci/$(guest_id u1)/0/$1"
}

# By the time the write returns, the guest has let go.  Asked for afterwards, a guest that
# was never asked shows its card still.
unbind_asks() {
	kernel_log_note "unbind asks"
	show sh -c "echo $NIC_A >$PCIBACK/unbind"
	guest_show u1 20 pci
	not grep "e1000e" "$KTAP_DIR/.out"
	not grep "8086" "$KTAP_DIR/.out"
	no_driver "$NIC_A"
	kernel_log_after "unbind asks" >"$KTAP_DIR/lines"
	cat "$KTAP_DIR/lines"
	not grep -i 'still\|in-use' "$KTAP_DIR/lines"
}

backend_consistent() {
	echo "back-end: state $(backend state), device 0: state $(backend state-0 || :)"
	[ "$(backend state)" -eq 4 ]
	[ "$(backend state-0 || echo 6)" -eq 6 ]
}

# libxl's books still have it with the guest: pci-detach closes them.
usable_again() {
	xl pci-detach u1 "$CARD" || :
	driver_is "$NIC_A" pciback || echo "$NIC_A" >"$PCIBACK/bind"
	show xl pci-attach u1 "$CARD"
	guest_wait u1 'ls /sys/bus/pci/devices/*/net'
	guest_net u1
}

# It cannot be asked, so it is contained: no DMA.
unbind_of_paused() {
	local from=$SECONDS

	show xl pause u1
	show sh -c "echo $NIC_A >$PCIBACK/unbind"
	echo "unbind took $((SECONDS - from)) s"
	[ $((SECONDS - from)) -le 15 ]
	[ $((16#$(setpci -s "$NIC_A" COMMAND) & 4)) -eq 0 ]
}

# It wakes up without its card, and can be ended as ever.
paused_wakes() {
	show xl unpause u1
	guest_show u1 30 'echo alive'
	guest_destroy u1
}

finish() {
	if [ -e "$PCIBACK" ]; then
		driver_is "$NIC_A" pciback || echo "$NIC_A" >"$PCIBACK/bind"
		xl pci-assignable-remove -r "$CARD"
	fi
	driver_is "$NIC_A" e1000e
	dom0_net "$NIC_A"
	show rmmod "$MODULE"
}

ktap_plan 9
kernel_log_start
ktap_need "a PV guest works with a card" start
ktap_test "defect_12_rmmod_busy: rmmod says that a guest has a card" rmmod_busy
stock_fails "warns and pulls it away" \
	"defect_12_unbind_asks: the guest lets go before unbind takes its card" unbind_asks
stock_fails "knows nothing of it" \
	"the back-end's books are right after that" backend_consistent
stock_fails "never comes to an end with this guest" \
	"bound again, the card works in the guest" usable_again
ktap_test "defect_12_unbind_of_paused: a guest that cannot be asked loses it in 15 s" unbind_of_paused
ktap_test "that guest wakes up without it and can be ended" paused_wakes
ktap_test "the card works in dom0, $MODULE unloads" finish
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
