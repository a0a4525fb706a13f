#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The commands of Documentation/vf-manager.rst, as they stand there, and what sriov-vf says of
# those that are wrong.  Runs in a test machine (tools/testing/vm/run.sh native), whose
# 0000:01:00.0 is the card of the examples, an 82576 with VFs.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/page.sh
. ../passthrough-lib/page.sh

[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree drivers have no VF manager"
[ ! -d /run/payload/sbin ] || PATH=/run/payload/sbin:$PATH
ktap_require_commands python3 sriov-vf
ktap_require_programs vmbox_tool
ktap_require_modules sriov-mbox igb

CARD=0000:01:00.0
PF=/sys/bus/pci/devices/$CARD

[ "$(cat "$PF/device" 2>/dev/null)" = 0x10c9 ] || ktap_skip_all "$CARD is no 82576"

number() {
	cat "$PF/sriov_numvfs"
}

vf() {
	basename "$(readlink "$PF/virtfn$1")"
}

vf_driver() {
	basename "$(readlink "$PF/virtfn$1/driver")" 2>/dev/null || echo none
}

# refuses STATUS WORDS COMMAND...: sriov-vf says so on standard error, and nothing else.
refuses() {
	local want=$1 words=$2 status=0

	shift 2
	echo "\$ sriov-vf $*"
	sriov-vf "$@" >"$KTAP_DIR/said" 2>"$KTAP_DIR/error" || status=$?
	cat "$KTAP_DIR/error"
	[ "$status" = "$want" ]
	[ ! -s "$KTAP_DIR/said" ]
	[ "$(wc -l <"$KTAP_DIR/error")" = 1 ]
	grep -qE "$words" "$KTAP_DIR/error"
}

not_loaded() {
	rmmod sriov-mbox 2>/dev/null || :
	refuses 1 'not loaded; cure: modprobe sriov-mbox' pfs
}

load() {
	page_run vf-manager.rst load
	show modprobe igb
	wait_for 10 test -e "$PF/driver"
	echo 0 >"$PF/sriov_drivers_autoprobe"
}

set_num() {
	page_run vf-manager.rst set-num
	[ "$(number)" = 4 ]
}

shown() {
	page_run vf-manager.rst show
	sriov-vf list 01:00.0 | tee "$KTAP_DIR/list"
	[ "$(wc -l <"$KTAP_DIR/list")" = 4 ]
	grep "^pf=$CARD vf-index=2 vf=$(vf 2) state=closed " "$KTAP_DIR/list"
	sriov-vf pfs | grep "^pf=$CARD total=[78] num=4 driver=igb .* op=set-num result=0"
	[ "$(sriov-vf list "$(ls "$PF/net")")" = "$(<"$KTAP_DIR/list")" ]
}

disabled() {
	page_run vf-manager.rst disable
	sriov-vf list 01:00.0 | grep 'vf-index=2 .*disabled=yes'
	page_run vf-manager.rst enable
	not sh -c "sriov-vf list 01:00.0 | grep disabled=yes"
}

moved() {
	show modprobe vfio-pci
	page_run vf-manager.rst move
	[ "$(vf_driver 2)" = vfio-pci ]
	page_run vf-manager.rst move-back
	[ "$(vf_driver 2)" != vfio-pci ]
}

quiesced() {
	page_run vf-manager.rst quiesce
	page_run vf-manager.rst reset
	page_run vf-manager.rst quarantine
}

# A VF that says no keeps the change away; force does not ask it.
forced() {
	./vmbox_tool vf -p no "$(vf 1)" </dev/null >"$KTAP_DIR/vf" 2>&1 7<&- &
	echo $! >"$KTAP_DIR/vf.pid"
	wait_for 20 grep -q '^open' "$KTAP_DIR/vf"
	refuses 1 '^sriov-vf: E[A-Z]*: .*VF 1' set-num 01:00.0 2
	[ "$(number)" = 4 ]
	page_run vf-manager.rst force
	[ "$(number)" = 2 ]
	kill "$(<"$KTAP_DIR/vf.pid")" 2>/dev/null || :
}

events() {
	sriov-vf events >"$KTAP_DIR/events" 2>&1 7<&- &
	echo $! >"$KTAP_DIR/events.pid"
	sleep $((2 * ${TIME_FACTOR:-1}))
	show sriov-vf set-num 01:00.0 1
	wait_for 10 grep -q '^done .*op=set-num .*result=0' "$KTAP_DIR/events"
	kill "$(<"$KTAP_DIR/events.pid")"
	cat "$KTAP_DIR/events"
	grep -q "^started pf=$CARD" "$KTAP_DIR/events"
	grep -q '^vf-added ' "$KTAP_DIR/events"
}

wrong() {
	refuses 1 '^sriov-vf: ERANGE' set-num 01:00.0 9
	refuses 1 '^sriov-vf: ENODEV' set-num 0f:1f.7 1
	refuses 1 '^sriov-vf: ENODEV' disable 01:00.0 7
	refuses 2 'expected DDDD:BB:DD.F' set-num 1:0.0 1
	refuses 2 'lo: expected .* the interface of a PF' set-num lo 1
	refuses 2 'expected a number' set-num 01:00.0 -1
	refuses 2 'required: vf' disable 01:00.0
	refuses 2 'invalid choice' explode 01:00.0
}

as_nobody() {
	local status=0

	setpriv --reuid=65534 --clear-groups "$(command -v sriov-vf)" list 2>"$KTAP_DIR/error" || status=$?
	cat "$KTAP_DIR/error"
	[ "$status" = 1 ]
	grep -q '^sriov-vf: EPERM' "$KTAP_DIR/error"
}

end() {
	page_run vf-manager.rst none
	[ "$(number)" = 0 ]
	show rmmod sriov-mbox
}

kernel_log_start
ktap_plan 13
ktap_test "without the module sriov-vf says what to do (case M26)" not_loaded
ktap_need "the page's first command loads the module (case M26)" load
ktap_need "set-num runs as printed (case M26)" set_num
ktap_test "pfs and list run as printed (case M26)" shown
ktap_test "disable and enable run as printed (case M26)" disabled
ktap_test "move runs as printed (case M26)" moved
ktap_test "quiesce, resume, reset, quarantine and clear run as printed (case M26)" quiesced
ktap_test "a VF that does not let go is named, force runs as printed (case M26)" forced
ktap_test "events are shown (case M26)" events
ktap_test "what is wrong is refused with one line (case M26)" wrong
ktap_test "who may not is told so (case M26)" as_nobody
ktap_test "the VFs go as printed (case M26)" end
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
