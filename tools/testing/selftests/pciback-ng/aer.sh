#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# PCI Express errors of a card that a PV guest works with: they reach the guest's driver
# and the card works afterwards; a guest that does not answer loses it, and nobody else
# waits for that.  The errors come from the kernel's aer_inject; a fatal one makes it
# really reset the link.
#
# Runs in a test machine (tools/testing/vm/run.sh) or on a real dom0 with NIC_A, NIC_B,
# SRIOV, DISK, PING, GUEST_KERNEL, GUEST_INITRD, MODULE, DRIVER set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/aer.sh
. ../passthrough-lib/aer.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/probes.sh
. ../passthrough-lib/probes.sh

for name in NIC_A NIC_B SRIOV DISK PING GUEST_KERNEL GUEST_INITRD MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE" rawfront

GUEST_MODULES=xen-pcifront,e1000e,igb
AER_TIMEOUT=/sys/module/pciback_ng/parameters/aer_timeout

# works BDF: the guest's packets go out and come back by this card.
works() {
	local at

	at=$(guest_place u1 "$1")
	guest_run u1 60 "n=\$(ls /sys/bus/pci/devices/$at/net) || exit 1
		for o in /sys/class/net/e*; do ip addr flush dev \${o##*/}; done
		ip link set \$n up && ip addr replace 10.0.2.20/24 dev \$n || exit 1
		for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 2 $PING >/dev/null && break; done
		ping -c 3 -W 2 $PING | tail -n 2; ping -c 3 -W 2 $PING >/dev/null"
}

load() {
	show modprobe "$MODULE"
	aer_events_start
	for bdf in "$NIC_A" "$SRIOV"; do
		show xl pci-assignable-add "$(short "$bdf")"
	done
	guest_start u1 "$NIC_A" "$SRIOV"
	guest_up u1
	show xl pci-list u1
	# Who calls what in the guest: its drivers say little themselves.
	guest_run u1 20 "mount -t tracefs tracefs /sys/kernel/tracing; cd /sys/kernel/tracing
		for s in error_detected slot_reset resume; do
			echo p:aer/e1000e_\$s e1000e:e1000_io_\$s >>kprobe_events || exit 1
			echo p:aer/igb_\$s igb:igb_io_\$s >>kprobe_events || exit 1
		done; echo 1 >events/aer/enable"
	works "$SRIOV"
	works "$NIC_A"
}

# calls DRIVER: how often each of its handlers was called, in a line.
calls() {
	guest_run u1 20 "for s in error_detected slot_reset resume; do
		grep -w ${1}_\$s /sys/kernel/tracing/kprobe_profile; done" | awk '{ printf "%s ", $2 }'
}

# more BEFORE AFTER: by how much each number has grown.
more() {
	echo "$1 $2" | awk '{ print $4 - $1, $5 - $2, $6 - $3 }'
}

# error BDF KIND: until Linux has said how it ended.
error() {
	local mark="$2 error on $1, number $RANDOM$RANDOM"

	kernel_log_note "$mark"
	aer_inject "$1" "$2"
	wait_for 40 aer_done "ktap: $mark"
	kernel_log_after "$mark" | grep -v 'device \[\|id=' | tail -n 12
}

correctable() {
	local before

	grep -q ' cor_error_detected\>.*pciback_ng' /proc/kallsyms ||
		ktap_skip_this "this kernel does not tell drivers of correctable errors"
	before=$(calls e1000e)
	attribute_is "$NIC_A" aer_correctable 0
	aer_inject "$NIC_A" correctable
	wait_for 5 attribute_is "$NIC_A" aer_correctable 1
	attribute_is "$NIC_A" state assigned
	[ "$(calls e1000e)" = "$before" ]
	works "$NIC_A"
}

# recovers BDF DRIVER KIND STEPS: how many calls more of each handler there have to be.
recovers() {
	local before after

	before=$(calls "$2")
	error "$1" "$3"
	after=$(calls "$2")
	echo "calls of error_detected, slot_reset, resume: $before-> $after"
	[ "$(more "$before" "$after")" = "$4" ]
	works "$1"
	if [ "$DRIVER" = ng ]; then
		attribute_is "$1" state assigned
		attribute_is "$1" aer_result recovered
	fi
}

# Control, and what the hardware says

# DISK has the bits of Device Control, the other cards of the test machine have not.
reporting() {
	local control

	claim "$DISK"
	control=$(config "$DISK" CAP_EXP+8.w)
	echo "Device Control of the disk: $control, its COMMAND: $(config "$DISK" COMMAND)"
	[ $((16#$control & 15)) -eq 15 ]
	[ $((16#$(config "$DISK" COMMAND) & 0x100)) -ne 0 ]
	do_flr "$DISK"
	[ $((16#$(config "$DISK" CAP_EXP+8.w) & 15)) -eq 15 ]
	[ $((16#$(config "$DISK" COMMAND) & 0x100)) -ne 0 ]
	give_back "$DISK"
	echo "as dom0 gets it back: $(config "$DISK" CAP_EXP+8.w)"
	[ $((16#$(config "$DISK" CAP_EXP+8.w) & 15)) -eq 0 ]
}

# igb_with MSI: bind it anew, 0 for an INTx line, 1 for MSI-X.
igb_with() {
	local at

	at=$(guest_place u1 "$SRIOV")
	guest_run u1 40 "echo $at >/sys/bus/pci/drivers/igb/unbind
		echo $1 >/sys/bus/pci/devices/$at/msi_bus
		echo $at >/sys/bus/pci/drivers/igb/bind"
	works "$SRIOV"
}

without_msix() {
	igb_with 0
	recovers "$SRIOV" igb fatal "1 1 1"
}

# Linux writes to the table of MSI-X where a driver restores it, which kills the thread
# in a PV guest; igb leaves MSI-X on.  It is told that its card is lost instead.
msix_left_on() {
	local before after

	igb_with 1
	before=$(calls igb)
	error "$SRIOV" fatal
	sleep 1
	after=$(calls igb)
	echo "calls of error_detected, slot_reset, resume: $before-> $after"
	guest_run u1 20 "! dmesg | grep -E -A 5 'BUG|Oops'"
	[ "$(more "$before" "$after")" = "2 0 0" ]
	aer_contained "$SRIOV" fatal
	works "$NIC_A"
	do_flr "$SRIOV"
	attribute_is "$SRIOV" state assigned
}

# Guests that do not play along: cards of the raw front-end

raw_guest() {
	raw_load
	claim "$NIC_B"
	raw_start 0 "$NIC_B"
	echo "$RAW_AERHANDLER" >"$RAW_FILES/0/flags"
}

# raw_asked CMD: it is asked this.
raw_asked() {
	[ "$(cut -d ' ' -f 1 "$RAW_FILES/0/aer")" = "$1" ]
}

# answers KIND CMD=ANSWER...: an error, and what the guest says to the questions.
answers() {
	local kind=$1 answer mark="error on $NIC_B, number $RANDOM$RANDOM"

	shift
	kernel_log_note "$mark"
	aer_inject "$NIC_B" "$kind"
	for answer in "$@"; do
		wait_for 5 raw_asked "${answer%=*}"
		cat "$RAW_FILES/0/aer"
		echo "${answer#*=}" >"$RAW_FILES/0/aer"
	done
	wait_for 10 aer_done "ktap: $mark"
	[ -z "$(<"$RAW_FILES/0/aer")" ]
	attribute "$NIC_B" aer_result
}

# What they mean is in Documentation/aer.rst: 2 can recover, 3 needs a reset, 5 recovered.
right_answers() {
	answers nonfatal 6=2 8=5 7=1
	attribute_is "$NIC_B" aer_result recovered
	aer_event "$NIC_B" nonfatal recovered
	answers nonfatal 6=3 9=5 7=0
	attribute_is "$NIC_B" aer_result recovered
	answers nonfatal 6=2 8=3 9=5 7=77
	attribute_is "$NIC_B" aer_result recovered
	answers fatal 6=2 9=5 7=1
	attribute_is "$NIC_B" aer_result recovered
	attribute_is "$NIC_B" state assigned
}

# wrong KIND CMD=ANSWER...: the last one costs the guest its card.
wrong() {
	do_flr "$NIC_B"
	attribute_is "$NIC_B" state assigned
	answers "$@"
	aer_contained "$NIC_B" "$1"
	# Its accesses find nothing, it lives on.
	raw_refused 0 "$RAW_READ" "$(raw_devfn 0 0)" 0 4
}

wrong_answers() {
	wrong nonfatal 6=77
	wrong nonfatal 6=-1
	wrong nonfatal 6=1
	wrong nonfatal 6=4
	wrong nonfatal 6=2 8=2
	wrong fatal 6=3 9=2
	wrong fatal 6=0x10005
	do_flr "$NIC_B"
}

# The configuration that the reset of a link wipes is there again when the guest is told.
restored() {
	local devfn bar

	devfn=$(raw_devfn 0 0)
	raw_op 0 "$RAW_WRITE" "$devfn" 4 2 6 >/dev/null
	bar=$(config "$NIC_B" BASE_ADDRESS_0)
	aer_inject "$NIC_B" fatal
	wait_for 5 raw_asked 6
	[ "$(config "$NIC_B" BASE_ADDRESS_0)" = "$bar" ]
	echo 3 >"$RAW_FILES/0/aer"
	wait_for 5 raw_asked 9
	echo "base address was $bar, is $(config "$NIC_B" BASE_ADDRESS_0); COMMAND $(config "$NIC_B" COMMAND)"
	[ "$(config "$NIC_B" BASE_ADDRESS_0)" = "$bar" ]
	[ $((16#$(config "$NIC_B" COMMAND) & 0x106)) -eq $((0x106)) ]
	raw_op 0 "$RAW_READ" "$devfn" 0x10 4 | grep -i "${bar%?}"
	echo 5 >"$RAW_FILES/0/aer"
	wait_for 5 raw_asked 7
	echo 1 >"$RAW_FILES/0/aer"
	wait_for 5 attribute_is "$NIC_B" aer_result recovered
}

detach() {
	local from

	from=$(date +%s%N)
	show xl pci-detach u1 "$(short "$NIC_A")"
	echo $((($(date +%s%N) - from) / 1000000)) >"$KTAP_DIR/$1"
	echo "detach took $(<"$KTAP_DIR/$1") ms"
}

attach() {
	show xl pci-attach u1 "$(short "$NIC_A")"
	guest_wait u1 "ls /sys/bus/pci/devices/$(guest_place u1 "$NIC_A")/net"
	works "$NIC_A"
}

# The same detach before, and while Linux waits for the guest that says nothing.
silent_guest() {
	local from

	detach before
	attach
	kernel_log_note "silent guest"
	from=$(date +%s)
	aer_inject "$NIC_B" nonfatal
	wait_for 5 raw_asked 6
	detach meanwhile
	[ "$(<"$KTAP_DIR/meanwhile")" -le $(($(<"$KTAP_DIR/before") + 2500)) ]
	wait_for 20 aer_done "silent guest"
	kernel_log_after "silent guest" | grep -v 'device \[\|id=' | tail -n 12
	aer_contained "$NIC_B" nonfatal
	[ "$DRIVER" = stock ] || kernel_log_after "silent guest" |
		grep 'does not answer'
}

# seconds FROM TO: between two lines of the log.
seconds() {
	kernel_log_since | awk -v from="$1" -v to="$2" '
		{ t = $0; sub(/^[^[]*\[ */, "", t); sub(/\].*/, "", t) }
		index($0, from) { a = t } index($0, to) { b = t } END { printf "%.1f\n", b - a }'
}

in_time() {
	local took

	took=$(seconds "message received from $NIC_B" "does not answer")
	echo "contained after $took s"
	awk -v t="$took" 'BEGIN { exit !(t >= 4.5 && t <= 8) }'
}

# It owes an answer, so it is not waited for again, whatever happens.
mute_for_good() {
	do_flr "$NIC_B"
	kernel_log_note "mute"
	aer_inject "$NIC_B" nonfatal
	wait_for 3 aer_done "ktap: mute"
	aer_contained "$NIC_B" nonfatal
	kernel_log_after "mute" | grep 'owes an answer'
	# What it finds when it looks is that the card is lost (3), not an old question.
	[ "$(cut -d ' ' -f 1,2 "$RAW_FILES/0/aer")" = "6 3" ]
	echo 4 >"$RAW_FILES/0/aer"
	do_flr "$NIC_B"
	answers nonfatal 6=2 8=5 7=1
	attribute_is "$NIC_B" aer_result recovered
}

# late KIND CMD=ANSWER...: as answers, each late in the two seconds that it has, as often as
# it is asked.
late() {
	local kind=$1 answer mark="late error, number $RANDOM$RANDOM"

	shift
	kernel_log_note "$mark"
	aer_inject "$NIC_B" "$kind"
	for answer in "$@"; do
		wait_for 2 raw_asked "${answer%=*}" || break
		sleep 1.4
		echo "${answer#*=}" >"$RAW_FILES/0/aer"
	done
	wait_for 10 aer_done "ktap: $mark"
	attribute "$NIC_B" aer_result
}

# A guest may make all others wait for four times aer_timeout, then it is not asked.
late_answers() {
	local from i

	# Another guest than the one before, and it owes nothing.
	raw_end 0
	raw_start 0 "$NIC_B"
	echo "$RAW_AERHANDLER" >"$RAW_FILES/0/flags"
	echo 2 >"$AER_TIMEOUT"
	from=$SECONDS
	kernel_log_note "late answers"
	for i in 1 2 3; do
		attribute_is "$NIC_B" state assigned || break
		late nonfatal 6=2 8=5 7=1
	done
	echo 5 >"$AER_TIMEOUT"
	echo "contained in recovery $i, after $((SECONDS - from)) s"
	[ "$i" -gt 1 ]
	aer_contained "$NIC_B" nonfatal
	kernel_log_after "late answers" | grep 'its answers have taken too long'
	# A reset does not pay its debt: the next error contains it at once. Had it been asked, the
	# reason would be another. The clock pays it, and half of it will do where this takes long.
	do_flr "$NIC_B"
	echo 1 >"$AER_TIMEOUT"
	kernel_log_note "in debt"
	aer_inject "$NIC_B" nonfatal
	wait_for 10 aer_done "ktap: in debt"
	echo 5 >"$AER_TIMEOUT"
	kernel_log_after "in debt" | grep 'error_detected): its answers have taken too long'
	aer_contained "$NIC_B" nonfatal
	raw_end 0
	raw_start 0 "$NIC_B"
	echo "$RAW_AERHANDLER" >"$RAW_FILES/0/flags"
}

# The guest goes while it is asked: its end does not take the five seconds.
goes_meanwhile() {
	local from

	aer_inject "$NIC_B" nonfatal
	wait_for 5 raw_asked 6
	from=$(date +%s%N)
	raw_end 0
	from=$((($(date +%s%N) - from) / 1000000))
	echo "its end took $from ms"
	[ "$from" -le 3500 ]
	attribute "$NIC_B" state
	raw_start 0 "$NIC_B"
}

cannot_be_asked() {
	echo 0 >"$RAW_FILES/0/flags"
	kernel_log_note "no handler"
	aer_inject "$NIC_B" nonfatal
	wait_for 3 aer_done "ktap: no handler"
	aer_contained "$NIC_B" nonfatal
	kernel_log_after "no handler" | grep 'does not know how'
	raw_end 0
	attribute_is "$NIC_B" state claimed
}

nobodys() {
	kernel_log_note "nobody's"
	aer_inject "$NIC_B" nonfatal
	wait_for 5 aer_done "ktap: nobody's"
	attribute_is "$NIC_B" state claimed
	aer_inject "$NIC_B" fatal
	wait_for 5 attribute_is "$NIC_B" aer_result contained
	attribute_is "$NIC_B" state quarantined
	wait_for 10 sh -c "dmesg | tail -n 5 | grep 'recovery successful'"
	do_flr "$NIC_B"
	attribute_is "$NIC_B" state claimed
	give_back "$NIC_B"
	dom0_net "$NIC_B"
}

# port REGISTER: of the root port above NIC_B.
port() {
	local port

	port=$(readlink -f "/sys/bus/pci/devices/$NIC_B/..")
	config "${port##*/}" "$1"
}

PORT_SERR=CAP_EXP+1c.w PORT_MASK=ECAP_AER+8.l

# What was there is there again when the last has gone.
root_port_mask() {
	local parameter=/sys/module/pciback_ng/parameters/root_port_mask before

	port "$PORT_SERR=7:7"
	before="$(port "$PORT_SERR") $(port "$PORT_MASK")"
	for mask in 3 1 2 0; do
		echo "$mask" >"$parameter"
		raw_start 0 "$NIC_B"
		# Whoever has it already is not concerned.
		echo $((mask ^ 3)) >"$parameter"
		echo "mask $mask: $before -> $(port "$PORT_SERR") $(port "$PORT_MASK")"
		[ $((16#$(port "$PORT_SERR") & 7)) -eq $((mask & 1 ? 0 : 7)) ]
		[ $((16#$(port "$PORT_MASK") & 0x4000)) -eq $((mask & 2 ? 0x4000 : 0)) ]
		raw_end 0
		[ "$(port "$PORT_SERR") $(port "$PORT_MASK")" = "$before" ]
	done
	echo 0 >"$parameter"
	port "$PORT_SERR=0:7"
}

# Where the kernel has a lock for it: whoever else changes bits of it has that, too.
root_control_locked() {
	local locked=pcie_capability_clear_and_set_word_locked

	grep -q " T $locked" /proc/kallsyms || ktap_skip_this "this kernel has no such lock"
	probes_mount
	port "$PORT_SERR=7:7"
	echo "p:rtctl/locked $locked pos=%si:s32" >"$PROBES_TRACEFS/kprobe_events"
	echo 1 >"$PROBES_TRACEFS/events/rtctl/enable"
	probes_forget
	echo 1 >/sys/module/pciback_ng/parameters/root_port_mask
	raw_start 0 "$NIC_B"
	raw_end 0
	echo 0 >/sys/module/pciback_ng/parameters/root_port_mask
	echo 0 >"$PROBES_TRACEFS/events/rtctl/enable"
	grep -c 'pos=28$' "$PROBES_TRACEFS/trace" | tee "$KTAP_DIR/count"
	echo >"$PROBES_TRACEFS/kprobe_events"
	port "$PORT_SERR=0:7"
	[ "$(<"$KTAP_DIR/count")" -ge 2 ]
}

# It comes back, and learns.
paused_guest() {
	local from=$SECONDS

	attach
	show xl pause u1
	error "$NIC_A" nonfatal
	aer_contained "$NIC_A" nonfatal
	echo "contained after $((SECONDS - from)) s"
	show xl unpause u1
	guest_run u1 20 "echo $(guest_place u1 "$NIC_A") >/sys/bus/pci/drivers/e1000e/unbind"
	do_flr "$NIC_A"
	attribute_is "$NIC_A" state assigned
	guest_run u1 40 "echo $(guest_place u1 "$NIC_A") >/sys/bus/pci/drivers/e1000e/bind"
	works "$NIC_A"
}

finish() {
	aer_events_stop
	guest_destroy u1
	for bdf in "$NIC_A" "$SRIOV"; do
		show xl pci-assignable-remove -r "$(short "$bdf")"
	done
	dom0_net "$NIC_A"
	no_backends
	show rmmod "$MODULE"
}

ktap_plan 24
kernel_log_start
ktap_need "a PV guest works with two cards" load
ours "reporting is on while a card is claimed, after a reset too" reporting
ours "a correctable error is counted, the guest hears nothing of it" correctable
ktap_test "non-fatal error, igb: its driver goes on without a reset" \
	recovers "$SRIOV" igb nonfatal "1 0 1"
# With a guest of 6.1 the in-tree driver loses the card; later ones fall back to MSI.
case $(uname -r) in
6.1.*) non_fatal=stock_fails why=("leaves the card without interrupts") ;;
*) non_fatal=ktap_test why=() ;;
esac
"$non_fatal" "${why[@]}" \
	"non-fatal error, e1000e: the guest's driver handles it and packets flow again" \
	recovers "$NIC_A" e1000e nonfatal "1 1 1"
stock_fails "restores nothing" \
	"fatal error, e1000e: the same after the link was reset" \
	recovers "$NIC_A" e1000e fatal "1 1 1"
ours "fatal error, igb without MSI-X: as e1000e" without_msix
ours "another guest answers questions itself" raw_guest
ours "right answers: the card is recovered" right_answers
ours "wrong answers: it is contained at once" wrong_answers
ours "a wiped configuration is back before the guest is told of the reset" restored
if [ "$DRIVER" = stock ]; then raw_guest >/dev/null; fi
stock_fails "waits five minutes, under a lock of all" \
	"a guest that says nothing is contained, another one's detach is not delayed" silent_guest
ours "that took five seconds" in_time
ours "it is not waited for again before it has answered" mute_for_good
ours "a guest whose answers come in the last moment is not asked for ever (case K6)" late_answers
ours "a guest that goes meanwhile goes at once" goes_meanwhile
ours "a guest that cannot be asked is contained at once" cannot_be_asked
ours "its bits in Root Control change under the PCI core's lock (case K23)" root_control_locked
ours "root_port_mask is on while a card below has an owner" root_port_mask
ours "a card of nobody: a fatal error quarantines it, do_flr cures it" nobodys
ours "a paused guest loses its card, lives, and gets it back" paused_guest
ours "fatal error, igb with MSI-X: contained, which the guest survives" msix_left_on
if [ "$DRIVER" = ng ]; then
	ktap_test "all goes back to dom0, $MODULE unloads" finish
	ktap_resume
	ktap_test "the kernel log is clean" kernel_log_clean
else
	ktap_skip "all goes back to dom0" "the in-tree driver still waits, for five minutes"
	ktap_skip "the kernel log is clean" "the in-tree driver's is not"
fi
ktap_finish
