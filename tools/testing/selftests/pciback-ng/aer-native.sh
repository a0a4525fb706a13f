#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Errors that cards report by themselves, from QEMU's monitor, where aer_inject (aer.sh)
# only makes Linux believe in them: what the card's own bits let through arrives.  Runs in
# a test machine (tools/testing/vm/run.sh native), which can plug cards, with PORT_A,
# PORT_B (names of empty ports), PLUG_A, PLUG_B (addresses behind them) set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/aer.sh
. ../passthrough-lib/aer.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/monitor.sh
. ../passthrough-lib/monitor.sh

for name in PORT_A PORT_B PLUG_A PLUG_B; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver does not load without Xen"
monitor_open
ktap_require_modules pciback-ng

VIRTIO="virtio-net-pci,aer=on,disable-legacy=on,romfile=,bus"
NVME="nvme,serial=aer,bus"

plug_in() {
	aer_events_start
	plug a "$PLUG_A" "$VIRTIO=$PORT_A"
	plug b "$PLUG_B" "$NVME=$PORT_B"
	show modprobe pciback-ng
	claim "$PLUG_A"
	driver_is "$PLUG_A" pciback
}

# reported BDF: a message of it has arrived at the root port since the last note.
reported() {
	kernel_log_since | sed '1,/ktap: card error/d' | grep "message received from $1"
}

# error ID ERROR: as typed at QEMU's prompt.  Who succeeds there says so.
error() {
	kernel_log_note "card error $2"
	monitor "pcie_aer_inject_error $1 $2" || :
}

# The disk has no AER capability, so neither the kernel nor its driver has switched its
# reports on.
off_without_us() {
	echo "Device Control: $(config "$PLUG_B" CAP_EXP+8.w)"
	[ $((16#$(config "$PLUG_B" CAP_EXP+8.w) & 15)) -eq 0 ]
	error b MALF_TLP
	sleep 1
	not reported "$PLUG_B"
}

# Linux looks for the capability and finds "no details", so nobody is asked.
on_with_us() {
	no_driver "$PLUG_B" || echo "$PLUG_B" >"/sys/bus/pci/devices/$PLUG_B/driver/unbind"
	echo "$PLUG_B" >"$PCIBACK/new_slot"
	echo "$PLUG_B" >"$PCIBACK/bind"
	echo "Device Control: $(config "$PLUG_B" CAP_EXP+8.w)"
	error b MALF_TLP
	wait_for 5 reported "$PLUG_B"
	attribute_is "$PLUG_B" state claimed
	release "$PLUG_B"
}

correctable() {
	grep -q ' cor_error_detected\>.*pciback_ng' /proc/kallsyms ||
		ktap_skip_this "this kernel does not tell drivers of correctable errors"
	error a RCVR
	wait_for 5 attribute_is "$PLUG_A" aer_correctable 1
	wait_for 2 aer_event "$PLUG_A" correctable
	attribute_is "$PLUG_A" state claimed
}

nonfatal() {
	error a COMP_TIME
	wait_for 5 attribute_is "$PLUG_A" aer_nonfatal 1
	wait_for 5 attribute_is "$PLUG_A" aer_result recovered
	attribute_is "$PLUG_A" state claimed
	wait_for 2 aer_event "$PLUG_A" nonfatal recovered
}

fatal() {
	error a DLP
	wait_for 10 aer_done "ktap: card error DLP"
	attribute_is "$PLUG_A" aer_fatal 1
	aer_contained "$PLUG_A" fatal
	do_flr "$PLUG_A"
	attribute_is "$PLUG_A" state claimed
}

give_all_back() {
	aer_events_stop
	give_back "$PLUG_A"
	wait_for 5 driver_is "$PLUG_A" virtio-pci
	show rmmod pciback-ng
	unplug a "$PLUG_A"
	unplug b "$PLUG_B"
}

ktap_plan 8
kernel_log_start
ktap_need "a network card and a disk are plugged in" plug_in
ktap_test "a card that is not claimed and does not report is not heard of" off_without_us
ktap_test "claimed, it reports" on_with_us
ktap_test "a correctable error is counted" correctable
ktap_test "a non-fatal error is counted, the card stays fit" nonfatal
ktap_test "a fatal error quarantines it, do_flr cures it" fatal
ktap_test "the card goes back to its driver, pciback-ng unloads" give_all_back
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
