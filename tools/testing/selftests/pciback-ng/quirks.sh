#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Registers that a reset wipes are put back, in order, and it is said when that fails;
# methods of resetting are avoided.  Runs in a test machine (tools/testing/vm/run.sh
# native) or on any host with the mock bus and an 82576 (igb) as SRIOV.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no such quirks"
mock_need mockpci pciback-ng
ktap_require_commands setpci
ktap_require_programs bar

DEVICES=/sys/bus/pci/devices
TRACING=/sys/kernel/tracing
VFTA=560c	# a word of the igb's VLAN filter: RAM that a reset wipes

quirk() {
	show sh -c "echo '$1' >$PCIBACK/reset_quirks"
}

# registers_say BDF LINE...: all of them.
registers_say() {
	local bdf=$1

	shift
	attribute "$bdf" reset_registers | tee "$KTAP_DIR/registers"
	[ "$(<"$KTAP_DIR/registers")" = "$(printf '%s\n' "$@")" ]
}

# quirks_out: take out all that did not come with the driver.
quirks_out() {
	grep -v '# built-in' "$PCIBACK/reset_quirks" | sed 's/^/-/' >"$KTAP_DIR/out" || :
	[ ! -s "$KTAP_DIR/out" ] || cat "$KTAP_DIR/out" >"$PCIBACK/reset_quirks"
	not grep -v '# built-in' "$PCIBACK/reset_quirks"
}

# lines_since NOTE TEXT: of the kernel log.
lines_since() {
	kernel_log_after "$1" | grep "$2"
}

take() {
	echo "$1" >"$PCIBACK/hide"
	driver_is "$1" pciback
}

# The igb. Its driver is not let near it: it would set up registers by itself.

igb() {
	./bar "/sys/bus/pci/devices/$SRIOV" "$@"
}

# igb_is VALUE
igb_is() {
	local value

	value=$(igb "$VFTA")
	echo "register $VFTA: $value"
	[ "$value" = "$1" ]
}

igb_set_up() {
	igb "$VFTA=deadbeef"
	igb_is deadbeef
}

igb_give_back() {
	echo "$SRIOV" >"$PCIBACK/unhide"
	no_driver "$SRIOV"
}

start() {
	kernel_log_note "parameter"
	show modprobe pciback-ng idle_d3=0 \
		"reset_quirks=(8086:1234 bar1 40 2 order=5 value=0x1)(8086:1234 bar9 0 4)"
	grep -x '8086:1234 bar1 40 2 value=1 order=5' "$PCIBACK/reset_quirks"
	lines_since parameter 'reset_quirks=: entry 2 .*: expected config, bar0'
	grep -x '1000:0097 no-flr # built-in' "$PCIBACK/reset_quirks"
	quirks_out
	echo none >"$DEVICES/$SRIOV/driver_override"
	[ ! -e "$DEVICES/$SRIOV/driver" ] || echo "$SRIOV" >"$DEVICES/$SRIOV/driver/unbind"
	no_driver "$SRIOV"
}

igb_without() {
	igb_set_up
	take "$SRIOV"
	igb_is 00000000
	igb "$VFTA=12345678"
	do_flr "$SRIOV"
	igb_is 00000000
	registers_say "$SRIOV"
	igb_give_back
}

igb_with() {
	quirk "8086:10c9 bar0 $VFTA 4"
	igb_set_up
	take "$SRIOV"
	igb_is deadbeef
	registers_say "$SRIOV" "bar0 $VFTA 4 deadbeef ok"
	# What its owner writes is not what the next one gets.
	igb "$VFTA=12345678"
	igb_is 12345678
	do_flr "$SRIOV"
	igb_is deadbeef
	igb_give_back
	# The host gets it back as it was, too.
	igb_is deadbeef
	quirks_out
}

# What belongs to the kernel, and what is not there at all.
igb_refused() {
	quirk "8086:10c9 bar3 0 4 order=1 value=0"
	quirk "8086:10c9 config 44 2 order=2"
	quirk "8086:10c9 config 104 4 order=3"
	quirk "8086:10c9 bar5 0 4 order=4"
	quirk "8086:10c9 bar0 7ffffffc 4 order=5"
	quirk "8086:10c9 bar2 0 4 order=6"
	quirk "8086:10c9 bar0 $VFTA 4 order=7"
	igb_set_up
	kernel_log_note "refused registers"
	take "$SRIOV"
	registers_say "$SRIOV" \
		"bar3 0 4 00000000 not restored: that is in the MSI-X table" \
		"config 44 2 - not restored: the kernel itself restores this capability" \
		"config 104 4 - not restored: the kernel itself restores this capability" \
		"bar5 0 4 - not restored: the device has no such BAR" \
		"bar0 7ffffffc 4 - not restored: the BAR is smaller" \
		"bar2 0 4 - not restored: the BAR is of I/O ports" \
		"bar0 $VFTA 4 deadbeef ok"
	[ "$(lines_since "refused registers" "is not put back" | wc -l)" -eq 6 ]
	igb_give_back
	quirks_out
}

# Entries as text

entries() {
	local all

	quirk "01:00.2-3 config 40 2 mask=f0 value=30 order=7 delay=250 noverify  # why"
	quirk "class=0300 flr-delay=100"
	grep -x '0000:01:00.3 config 40 2 mask=f0 value=30 order=7 delay=250 noverify' \
		"$PCIBACK/reset_quirks"
	all=$(<"$PCIBACK/reset_quirks")
	# It can be given back as it is; those that come with the driver are ours then.
	cat "$PCIBACK/reset_quirks" >"$KTAP_DIR/all"
	cat "$KTAP_DIR/all" >"$PCIBACK/reset_quirks"
	[ "$(<"$PCIBACK/reset_quirks")" = "${all// # built-in/}" ]
	[ "$(dd "if=$PCIBACK/reset_quirks" bs=7 status=none)" = "${all// # built-in/}" ]
	quirk "-01:00.2 config 40 1"
	not grep '01:00.2' "$PCIBACK/reset_quirks"
	quirk "-01:00.3 config 40 1"
	quirk "-class=0300 flr-delay=0"
	[ "$(wc -l <"$PCIBACK/reset_quirks")" -eq 3 ]
	not quirk "-class=0300 flr-delay=0"
}

# Three pages, of which one line is bad; then one without a newline at its end.
bad_entries() {
	local i

	for ((i = 1; i <= 300; i++)); do
		[ "$i" -ne 150 ] || echo "8086:4321 bar0 41 4 order=1"
		[ "$i" -eq 150 ] || printf '8086:4321 bar0 %x 4 order=%d\n' $((4 * i)) "$i"
	done >"$KTAP_DIR/entries"
	[ "$(wc -c <"$KTAP_DIR/entries")" -gt 8192 ]
	kernel_log_note "bad entries"
	not sh -c "cat $KTAP_DIR/entries >$PCIBACK/reset_quirks"
	lines_since "bad entries" 'reset_quirks: ' | tee "$KTAP_DIR/lines"
	[ "$(wc -l <"$KTAP_DIR/lines")" -eq 1 ]
	grep 'line 150: the offset is no multiple of the width at position 15' "$KTAP_DIR/lines"
	[ "$(grep -c 8086:4321 "$PCIBACK/reset_quirks")" -eq 299 ]
	not sh -c "printf '8086:4321 bar1 0 4\n\n8086:4321 bar1 4 3' >$PCIBACK/reset_quirks"
	lines_since "bad entries" 'line 3: expected the width'
	[ "$(grep -c 8086:4321 "$PCIBACK/reset_quirks")" -eq 300 ]
	quirks_of 8086:4321 out
}

# quirks_of TEXT out: take out the entries with this text.
quirks_of() {
	grep "$1" "$PCIBACK/reset_quirks" | sed 's/^/-/' >"$KTAP_DIR/out"
	cat "$KTAP_DIR/out" >"$PCIBACK/reset_quirks"
	not grep "$1" "$PCIBACK/reset_quirks"
}

too_many() {
	not sh -c "echo '80:*.* no-flr
81:*.* no-flr
82:*.* no-flr
83:*.* no-flr' >$PCIBACK/reset_quirks"
	# The fourth has no room for all of its functions, so it has none.
	not grep '0000:83' "$PCIBACK/reset_quirks"
	[ "$(grep -c ' no-flr$' "$PCIBACK/reset_quirks")" -ge 768 ]
	quirk "-80:*.* no-flr"
	quirk "-81:*.* no-flr"
	quirk "-82:*.* no-flr"
}

# 64 functions whose FLR wipes registers

MANY=1001:00
ONE=1001:00:00.0
TWO=1001:00:00.1

each() {
	local i

	for ((i = 0; i < 64; i++)); do
		printf '%s:%02x.%x\n' "$MANY" $((i / 8)) $((i % 8))
	done
}

scratch() {
	setpci -s "$1" c0.l c4.l c8.l cc.l | tr '\n' ' '
}

# scratch_is VALUES: in all 64.
scratch_is() {
	local bdf values

	for bdf in $(each); do
		values=$(scratch "$bdf")
		[ "$values" = "$1 " ] || { echo "$bdf: $values" && return 1; }
	done
}

# written NOTE: for each function what was written to it, in order, and whether 50 ms,
# less a tick, lie between the first register and the second; each sort of function once.
written() {
	lines_since "$1" 'mockpci: 1001:' | tr -d '[]' | awk '{
		split($4, reg, "=")
		if (reg[1] == "c8") at[$3] = $1
		if (reg[1] == "c0") wait[$3] = $1 - at[$3] >= 0.045 ? "waited" : "in haste"
		if (reg[1] == "c0") did[$3] = did[$3] " " wait[$3]
		did[$3] = did[$3] " " $4 }
		END { for (bdf in did) print did[bdf] }' | sort | uniq -c | tr -s ' ' | sed 's/^ //'
}

RESTORED='c8=a9a8 waited c0=a300a1a0 c4=a7a6a5a4 cc=5a'

many() {
	mock_bus functions=64 flr=1
	scratch_is "a3a2a1a0 a7a6a5a4 abaaa9a8 afaeadac"
	cat >"$KTAP_DIR/entries" <<-EOF
		1af4:10f3 config cc 1 order=4 value=5a	# what the mock does not have by itself
		1af4:10f3 config c4 4 order=3
		1af4:10f3 config c0 4 order=2 mask=ff00ffff
		1af4:10f3 config c8 2 order=1 delay=50
	EOF
	cat "$KTAP_DIR/entries" >"$PCIBACK/reset_quirks"
	echo 1 >/sys/module/mockpci/parameters/log
	kernel_log_note "64 are claimed"
	echo "$MANY:*.*" >"$PCIBACK/hide"
	written "64 are claimed" | tee "$KTAP_DIR/did"
	[ "$(<"$KTAP_DIR/did")" = "64 $RESTORED" ]
	scratch_is "a300a1a0 a7a6a5a4 0000a9a8 0000005a"
	registers_say "$ONE" "config c8 2 a9a8 ok" "config c0 4 a300a1a0 ok" \
		"config c4 4 a7a6a5a4 ok" "config cc 1 5a ok"
}

many_again() {
	local bdf

	echo 0 >/sys/module/mockpci/parameters/log
	for bdf in $(each); do
		setpci -s "$bdf" c0.l=11111111 c4.l=22222222 c8.l=33333333 cc.l=44444444
	done
	echo 1 >/sys/module/mockpci/parameters/log
	kernel_log_note "64 are reset"
	for bdf in $(each); do
		do_flr "$bdf"
	done
	echo 0 >/sys/module/mockpci/parameters/log
	written "64 are reset" | tee "$KTAP_DIR/did"
	[ "$(<"$KTAP_DIR/did")" = "64 $RESTORED" ]
	scratch_is "a300a1a0 a7a6a5a4 0000a9a8 0000005a"
}

traced() {
	[ -d "$TRACING/events" ] || mount -t tracefs tracefs "$TRACING"
	echo 1 >"$TRACING/events/pciback_ng/pbng_quirk/enable"
	: >"$TRACING/trace"
	do_flr "$ONE"
	echo 0 >"$TRACING/events/pciback_ng/pbng_quirk/enable"
	sed -n 's/.*pbng_quirk: //p' "$TRACING/trace" | tee "$KTAP_DIR/trace"
	[ "$(<"$KTAP_DIR/trace")" = "$ONE config c8 value=a9a8
$ONE config c0 value=a300a1a0
$ONE config c4 value=a7a6a5a4
$ONE config cc value=5a" ]
}

stuck() {
	mock "$ONE" stuck 0xc4
	kernel_log_note "a stuck register"
	do_flr "$ONE"
	registers_say "$ONE" "config c8 2 a9a8 ok" "config c0 4 a300a1a0 ok" \
		"config c4 4 a7a6a5a4 verify failed: read 00000000" "config cc 1 5a ok"
	lines_since "a stuck register" "$ONE: register config c4: wrote a7a6a5a4 after the reset, read 0"
	mock "$ONE" stuck 0
	do_flr "$ONE"
	registers_say "$ONE" "config c8 2 a9a8 ok" "config c0 4 a300a1a0 ok" \
		"config c4 4 a7a6a5a4 ok" "config cc 1 5a ok"
}

# Those that come after the claim hold from the next reset on, if they need not know
# what there was.
late() {
	quirk "$TWO config c4 4 value=77 order=9"
	quirk "$TWO config ce 2"
	do_flr "$TWO"
	registers_say "$TWO" \
		"config ce 2 - not restored: the entry came after the claim, without value=" \
		"config c8 2 a9a8 ok" "config c0 4 a300a1a0 ok" "config cc 1 5a ok" \
		"config c4 4 00000077 ok"
	quirks_of "$TWO" out
	do_flr "$TWO"
	registers_say "$TWO" "config c8 2 a9a8 ok" "config c0 4 a300a1a0 ok" \
		"config c4 4 a7a6a5a4 ok" "config cc 1 5a ok"
}

# It is there again after the FLR, and dies while it is left alone.
dies() {
	quirk "$TWO flr-delay=1000"
	echo 1 >/sys/module/mockpci/parameters/log
	kernel_log_note "dying"
	do_flr "$TWO" &
	sleep 0.5
	mock "$TWO" all-ones 1
	wait $! || :
	mock_shows "$TWO" all-ones
	attribute "$TWO" reset_registers | tee "$KTAP_DIR/registers"
	[ "$(grep -c 'not restored: the last reset did not end well$' "$KTAP_DIR/registers")" -eq 4 ]
	not lines_since "dying" "mockpci: $TWO"
	echo 0 >/sys/module/mockpci/parameters/log
	mock "$TWO" all-ones 0
	quirk "-$TWO flr-delay=0"
	do_flr "$TWO"
	[ "$(attribute "$TWO" reset_registers | grep -c ' ok$')" -eq 4 ]
}

delay() {
	local before after

	before=$(milliseconds sh -c "echo $TWO >$PCIBACK/do_flr")
	quirk "$TWO flr-delay=700"
	after=$(milliseconds sh -c "echo $TWO >$PCIBACK/do_flr")
	quirk "-$TWO flr-delay=700"
	echo "$before ms without, $after ms with a delay"
	[ $((after - before)) -ge 500 ]
}

no_flr() {
	local before

	before=$(mock_count "$TWO" flr)
	quirk "$TWO no-flr"
	setpci -s "$TWO" c4.l=22222222
	# It has no other.
	not sh -c "echo 1 >$DEVICES/$TWO/pciback/reset"
	[ "$(mock_count "$TWO" flr)" -eq "$before" ]
	# What can be put back is, all the same.
	[ "$(setpci -s "$TWO" c4.l)" = a7a6a5a4 ]
	quirk "-$TWO no-flr"
	do_flr "$TWO"
	[ "$(mock_count "$TWO" flr)" -eq $((before + 1)) ]
}

unlinked() {
	local before

	echo "$MANY:*.*" >"$PCIBACK/unhide"
	show rmmod mockpci
	quirks_out
	mock_bus functions=1
	take "$ONE"
	not sh -c "echo 1 >$DEVICES/$ONE/pciback/reset"
	quirk "$ONE af=d0"
	not sh -c "echo 1 >$DEVICES/$ONE/pciback/reset"
	quirk "$ONE af=e0"
	before=$(mock_count "$ONE" flr)
	setpci -s "$ONE" c0.l=11111111
	do_flr "$ONE"
	[ "$(mock_count "$ONE" flr)" -eq $((before + 1)) ]
	[ "$(setpci -s "$ONE" c0.l)" = 00000000 ]
}

unload() {
	show rmmod pciback-ng
	show rmmod mockpci
	echo >"$DEVICES/$SRIOV/driver_override"
	kernel_log_clean
}

ktap_plan 17
kernel_log_start
ktap_need "pciback-ng loads, with entries of its own and of its parameter" start
ktap_test "a register of an igb is gone after an FLR" igb_without
ktap_test "with a quirk it holds what it was set up to, whatever its owner wrote" igb_with
ktap_test "no quirk for what is the kernel's, or is not there" igb_refused
ktap_test "entries can be listed, given back as they are, and taken out" entries
ktap_test "a bad line is named with its number and position, the others hold" bad_entries
ktap_test "a line that has no room is not carried out in part" too_many
ktap_need "64 functions are claimed: order, delay and values are those of the table" many
ktap_test "64 resets: the same, whatever was in the registers" many_again
ktap_test "a tracepoint tells it in order" traced
ktap_test "a register that does not take its value is reported" stuck
ktap_test "entries that come after the claim" late
ktap_test "a device that dies is not written to" dies
ktap_test "a device is left alone for a while after a reset" delay
ktap_test "a method that is forbidden is not used" no_flr
ktap_test "an FLR whose capability is not linked" unlinked
ktap_resume
ktap_test "both modules unload, the kernel log is clean" unload
ktap_finish
