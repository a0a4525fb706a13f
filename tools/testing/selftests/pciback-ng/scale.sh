#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# 3,072 functions cost per function what 64 do: claiming, finding, releasing.
# Runs in a test machine (tools/testing/vm/run.sh native) or on any host where the
# fixtures are installed; no hardware is touched.
#
# Measured is one write() to the driver's attributes "hide", "unhide" and
# "allow_interrupt_control" (which looks a claimed device up and does next to nothing
# with it), with one address. Not to "bind" and "unbind": for those the driver core
# walks all devices of the bus, whoever the driver is. The functions have no reset
# method, for an FLR alone takes 100 ms, and no host driver. They do not fall asleep,
# since waking up from D3hot takes the 10 ms that the PCI standard wants.
# vm: time by instructions
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/scale.sh
. ../passthrough-lib/scale.sh

[ "${DRIVER-ng}" = ng ] || ktap_skip_all "see make bench for the in-tree drivers"
[ ! -e /proc/xen/capabilities ] || ktap_skip_all "this is a Xen dom0"
mock_need mockpci pciback-ng
scale_need

MANY=${MANY:-3072}
FEW=64
RATIO=${RATIO:-1.2}

# rounds N WHERE: claim, find and release all, N times, times into time.*.WHERE.
rounds() {
	local i

	for ((i = 0; i < $1; i++)); do
		scale_time "claim.$2" "$SCALE_PCIBACK/hide"
		[ "$(scale_claimed)" -eq "$2" ]
		scale_time "find.$2" "$SCALE_PCIBACK/allow_interrupt_control"
		scale_time "release.$2" "$SCALE_PCIBACK/unhide"
		[ "$(scale_claimed)" -eq 0 ]
	done
}

few() {
	scale_bus "$FEW"
	show modprobe pciback-ng idle_d3=0
	[ -e "$SCALE_PCIBACK/hide" ]
	# Of so few the first round is no measure: caches are cold.
	rounds 1 "$FEW" >/dev/null
	rm -f "$KTAP_DIR"/time.*
	rounds 8 "$FEW"
	show rmmod pciback-ng
	show rmmod mockpci
}

many() {
	scale_bus "$MANY"
	show modprobe pciback-ng idle_d3=0
	rounds 3 "$MANY"
}

ratio() {
	local few many

	few=$(scale_best "$1.$FEW")
	many=$(scale_best "$1.$MANY")
	awk -v what="$1" -v few="$few" -v many="$many" -v most="$RATIO" "BEGIN {
		printf \"%s: %.1f us each at $FEW, %.1f us at $MANY, ratio %.2f\n\",
			what, few / 1000, many / 1000, many / few
		exit !(many / few <= most) }"
}

memory() {
	local before after

	before=$(scale_memory)
	scale_time claim.memory "$SCALE_PCIBACK/hide"
	after=$(scale_memory)
	echo "memory per claimed device: $(((after - before) / MANY)) bytes"
}

listed() {
	local from to

	from=${EPOCHREALTIME/./}
	cat "$SCALE_PCIBACK/slots" >"$KTAP_DIR/slots"
	to=${EPOCHREALTIME/./}
	echo "slots: $(wc -l <"$KTAP_DIR/slots") lines in $(((to - from) / 1000)) ms"
	sort "$KTAP_DIR/slots" | comm -3 - "$KTAP_DIR/bdfs" >"$KTAP_DIR/different"
	head "$KTAP_DIR/different"
	[ ! -s "$KTAP_DIR/different" ]
}

all_released() {
	scale_time release.memory "$SCALE_PCIBACK/unhide"
	[ "$(scale_claimed)" -eq 0 ]
	[ -z "$(<"$SCALE_PCIBACK/slots")" ]
}

# One rule names them all.
one_rule() {
	echo "one rule: $(milliseconds sh -c "echo 1af4:10f3 >$SCALE_PCIBACK/hide") ms"
	[ "$(scale_claimed)" -eq "$MANY" ]
	echo "and back: $(milliseconds sh -c "echo 1af4:10f3 >$SCALE_PCIBACK/unhide") ms"
	[ "$(scale_claimed)" -eq 0 ]
}

at_load() {
	local rules

	show rmmod pciback-ng
	rules=$(cut -d: -f1,2 "$KTAP_DIR/bdfs" | sort -u | sed 's/.*/(&:*.*)/' | tr -d '\n')
	echo "modprobe: $(milliseconds modprobe pciback-ng idle_d3=0 "hide=$rules") ms"
	[ "$(scale_claimed)" -eq "$MANY" ]
	echo "rmmod: $(milliseconds rmmod pciback-ng) ms"
	[ ! -e "$SCALE_PCIBACK" ]
	show rmmod mockpci
}

ktap_plan 11
kernel_log_start
# Messages to the console would be most of what is measured.
dmesg -n 1
ktap_need "$FEW functions are claimed, found and released" few
ktap_need "$MANY functions are claimed, found and released" many
ktap_test "claiming one takes at most $RATIO times as long" ratio claim
ktap_test "finding one takes at most $RATIO times as long" ratio find
ktap_test "releasing one takes at most $RATIO times as long" ratio release
ktap_test "what a claimed device costs in memory is known" memory
ktap_test "slots lists all $MANY" listed
ktap_test "all are released" all_released
ktap_test "one rule by ids claims $MANY and gives them back" one_rule
ktap_test "hide= claims $MANY at load, rmmod gives them back" at_load
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
