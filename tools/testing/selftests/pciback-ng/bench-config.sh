#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What an access to configuration space costs a PV guest with pciback-ng and with
# xen-pciback, in one boot, in turns: the second table of `make bench`.  The guest's
# front-end is the kernel's own.  Runs in a Xen test machine (tools/testing/vm/run.sh xen)
# or on a real dom0 with NIC_A, GUEST_KERNEL, GUEST_INITRD set.
#
# The tests of this suite only say that it could be measured.  The numbers are lines
#
#	# bench-config: COUNT ROUND DRIVER KIND VALUE
#
# with nanoseconds for one access: the median of COUNT, and for KIND-90% what nine of ten
# do not exceed (passthrough-lib/config_times.c).
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/in_tree.sh
. ../passthrough-lib/in_tree.sh

for name in NIC_A GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "it compares both drivers anyway"
ktap_require_modules pciback-ng

# Nobody but the measuring program uses the card.
GUEST_MODULES=xen-pcifront
ROUNDS=${ROUNDS:-4}
COUNT=${COUNT:-2000}

# measure ROUND NAME: the driver is loaded.
measure() {
	local kind count median ninth

	show xl pci-assignable-add "$NIC_A"
	guest_start u1 "$NIC_A"
	guest_up u1
	# Once to warm up.
	# shellcheck disable=SC2016  # the guest expands it
	guest_run u1 120 "for f in /sys/bus/pci/devices/*/config; do config_times -n 100 \$f >/dev/null; config_times -n $COUNT \$f; done" \
		>"$KTAP_DIR/times" || { cat "$KTAP_DIR/times"; return 1; }
	while read -r kind count median ninth; do
		[ "$count" -eq "$COUNT" ]
		echo "bench-config: $COUNT $1 $2 $kind $median"
		echo "bench-config: $COUNT $1 $2 $kind-90% $ninth"
	done <"$KTAP_DIR/times"
	guest_destroy u1
	show xl pci-assignable-remove "$NIC_A"
}

# Both within one test, for a ratio wants neighbours in time.  Each goes first every other
# round.
round() {
	local turn

	for turn in 0 1; do
		if [ $((($1 + turn) % 2)) -eq 1 ]; then
			show modprobe pciback-ng
			measure "$1" pciback-ng
			show rmmod pciback-ng
		else
			insert_in_tree xen/xen-pciback/xen-pciback
			measure "$1" xen-pciback
			show rmmod xen-pciback
		fi
	done
}

ktap_plan "$ROUNDS"
dmesg -n 1
for ((i = 1; i <= ROUNDS; i++)); do
	ktap_test "round $i: $COUNT accesses of each kind by both drivers" round "$i"
done
ktap_finish
