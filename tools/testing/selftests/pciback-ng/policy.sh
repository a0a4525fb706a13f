#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The policies of configuration space on a card and through the back-end: each row of the
# table that "standard" comes from, and what strict and permissive do beside it (the same
# rows, in every detail and without a machine, are in unit/test_config_policy.c); how a
# policy is set and when it ends; how a denied write becomes a quirk.
#
# The guest is played by passthrough-lib/rawfront.sh.  Runs in a test machine (tools/testing/vm/
# run.sh) or on a real dom0 with NIC_A, SRIOV (a card with an FLR), MODULE, DRIVER set.
# What it knows of registers is true of QEMU's e1000e and igb.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/probes.sh
. ../passthrough-lib/probes.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/cfgspace.sh
. ../passthrough-lib/cfgspace.sh

for name in NIC_A SRIOV MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "$DRIVER" = ng ] || ktap_skip_all "the in-tree driver has no policies"
ktap_require_modules "$MODULE" rawfront

# One more register that no capability covers.
KIND=5c

load() {
	kernel_log_note "config quirks at load"
	show modprobe "$MODULE" "config_quirks=(8086:10d3 $KIND 4 f0)(8086:10d3 41 2)"
	kernel_log_after "config quirks at load" |
		grep 'config_quirks=: entry 2: the register is no multiple of the width at .*; skipped'
	raw_load
	cfg_watch
	echo "$NIC_A" >"$PCIBACK/hide"
	driver_is "$NIC_A" pciback
}

# Rows

# The device's SERR# is on, whatever the host had and the guest writes.
command_row() {
	config "$NIC_A" COMMAND=0:100
	set_policy "$NIC_A" "$1"
	probes_forget
	for value in 0006 0106 0002 0147 0000; do
		cfg_write 0 0 04 2 "$value"
		echo "guest wrote $value, sees $(cfg_seen 0 0 04 2), the device has $(config "$NIC_A" COMMAND)"
		[ "$(cfg_seen 0 0 04 2)" = "$value" ]
		[ $((16#$(config "$NIC_A" COMMAND) & 0x103)) -eq $((0x103)) ]
		[ $((16#$(config "$NIC_A" COMMAND) & 4)) -eq $((16#$value & 4)) ]
	done
	# Nor for a moment.
	cfg_written "$NIC_A" 4 | sed 's/.*val=//' >"$KTAP_DIR/values"
	[ -s "$KTAP_DIR/values" ]
	while read -r value; do
		[ $((value & 0x100)) -ne 0 ]
	done <"$KTAP_DIR/values"
}

bar_row() {
	local before value

	before=$(config "$NIC_A" BASE_ADDRESS_0)
	for value in 12340000 fee00000 00000000; do
		cfg_write 0 0 10 4 "$value"
		[ "$(cfg_seen 0 0 10 4)" = "$before" ]
	done
	cfg_write 0 0 10 4 ffffffff
	echo "asked for its size, the guest sees $(cfg_seen 0 0 10 4); the device has $before"
	[ "$(cfg_seen 0 0 10 4)" = fffe0000 ]
	cfg_write 0 0 30 4 fffff800
	[ -z "$(cfg_written "$NIC_A" 10)" ]
	[ "$(config "$NIC_A" BASE_ADDRESS_0)" = "$before" ]
}

cis_row() {
	cfg_write 0 0 28 4 1234
	cfg_written "$NIC_A" 28
	[ "$1" = strict ] || cfg_written "$NIC_A" 28 | grep -q 'val=0x1234$'
	[ "$1" != strict ] || [ -z "$(cfg_written "$NIC_A" 28)" ]
}

# QEMU's card would keep it.
line_row() {
	local before

	before=$(config "$NIC_A" INTERRUPT_LINE)
	cfg_write 0 0 3c 1 55
	[ "$(cfg_seen 0 0 3c 1)" = 55 ]
	[ "$(config "$NIC_A" INTERRUPT_LINE)" = "$before" ]
}

# Of the virtual platform, as far as there is one: the card's, where the host has a line
# for it.
pin_row() {
	local pin

	pin=$(config "$NIC_A" INTERRUPT_PIN)
	[ "$(<"/sys/bus/pci/devices/$NIC_A/irq")" -ne 0 ] || pin=00
	echo "the guest sees pin $(cfg_seen 0 0 3d 1)"
	[ "$(cfg_seen 0 0 3d 1)" = "$pin" ]
	cfg_write 0 0 3d 1 4
	[ "$(cfg_seen 0 0 3d 1)" = "$pin" ]
	[ -z "$(cfg_written "$NIC_A" 3d)" ]
}

# Passed but for what says who it is: revision and class, header type, subsystem.
rest_row() {
	local reg

	for reg in 08 0e 2c 34; do
		cfg_write 0 0 "$reg" 1 "$(printf '%x' $((16#$(config "$NIC_A" "$reg.b") ^ 0x7f)))"
		[ -z "$(cfg_written "$NIC_A" "$reg")" ]
	done
	for reg in 0c 0d 0f 3e; do
		cfg_write 0 0 "$reg" 1 40
		[ "$1" = strict ] || cfg_written "$NIC_A" "$reg" | grep -q 'val=0x40$'
		[ "$1" != strict ] || [ -z "$(cfg_written "$NIC_A" "$reg")" ]
	done
}

# d0 is where the card has MSI, a0 MSI-X.
msi_row() {
	local reg

	for reg in d0 d4 d8 a0 a4 a8; do
		cfg_write 0 0 "$reg" 4 deadbee1
		[ -z "$(cfg_written "$NIC_A" "$reg")" ]
	done
	[ "$(cfg_seen 0 0 d4 4)" = deadbee1 ]
	[ "$(cfg_seen 0 0 a4 4)" = "$(config "$NIC_A" a4.l)" ]
}

outside_row() {
	local reg

	for reg in $SPARE $SPARE_EXT; do
		config "$NIC_A" "$reg.l=0"
		cfg_write 0 0 "$reg" 4 12345678
		echo "register $reg: the device has $(config "$NIC_A" "$reg.l")"
		[ "$1" = strict ] || [ "$(config "$NIC_A" "$reg.l")" = 12345678 ]
		[ "$1" != strict ] || [ "$(config "$NIC_A" "$reg.l")" = 00000000 ]
	done
	# Dangerous: error reports off, the masks of errors, a serial number.
	probes_forget
	cfg_write 0 0 e8 2 2000
	cfg_write 0 0 108 4 ffffffff
	cfg_write 0 0 144 4 1
	[ $((16#$(config "$NIC_A" e8.w) & 0xf)) -eq "$(<"$KTAP_DIR/reports")" ]
	[ "$(cfg_seen 0 0 108 4)" = ffffffff ]
	[ -z "$(cfg_written "$NIC_A" 108)$(cfg_written "$NIC_A" 144)" ]
}

outside() {
	echo $((16#$(config "$NIC_A" e8.w) & 0xf)) >"$KTAP_DIR/reports"
	in_each "$NIC_A" outside_row
}

# Life of a policy

by_rule() {
	local policy

	for policy in permissive strict standard; do
		echo "$NIC_A" >"$PCIBACK/unhide"
		echo "$NIC_A;policy=$policy" >"$PCIBACK/hide"
		echo "rule: $(attribute "$NIC_A" rule), policy: $(attribute "$NIC_A" policy)"
		[ "$(attribute "$NIC_A" policy)" = "$policy" ]
		guest "$NIC_A"
		[ "$(attribute "$NIC_A" policy)" = "$policy" ]
		raw_end 0
	done
}

# The rule says standard by now.
ends_with_owner() {
	local policy

	for policy in permissive strict; do
		guest "$NIC_A"
		set_policy "$NIC_A" "$policy"
		raw_end 0
		[ "$(attribute "$NIC_A" policy)" = standard ]
		guest "$NIC_A"
		[ "$(attribute "$NIC_A" policy)" = standard ]
		[ $((16#$(config "$NIC_A" COMMAND) & 0x100)) -ne 0 ]
		raw_end 0
	done
}

# Before there is an owner it is for the next one.
before_owner() {
	set_policy "$NIC_A" strict
	guest "$NIC_A"
	[ "$(attribute "$NIC_A" policy)" = strict ]
	raw_end 0
	[ "$(attribute "$NIC_A" policy)" = standard ]
}

by_sysfs() {
	local word

	for word in default none '' 'standard strict' STANDARD; do
		not sh -c "echo '$word' >/sys/bus/pci/devices/$NIC_A/pciback/policy"
		[ "$(attribute "$NIC_A" policy)" = standard ]
	done
	not grep -q "$NIC_A" "$PCIBACK/permissive"
	echo "$NIC_A" >"$PCIBACK/permissive"
	[ "$(attribute "$NIC_A" policy)" = permissive ]
	grep -qx "$NIC_A" "$PCIBACK/permissive"
	set_policy "$NIC_A" standard
	not grep -q "$NIC_A" "$PCIBACK/permissive"
}

# with_opts OPTIONS: what policy a guest's device has then.
with_opts() {
	raw_end 0
	xenstore-write "$(raw_back 0)/opts-0" "$1"
	raw_start 0 "$NIC_A"
	echo "opts-0 = $1: $(attribute "$NIC_A" policy)"
	attribute "$NIC_A" policy >"$KTAP_DIR/policy"
	raw_end 0
}

policy_was() {
	[ "$(<"$KTAP_DIR/policy")" = "$1" ]
}

# The first two as libxl writes them, then as another toolstack could.
by_xenstore() {
	local rules

	# What its rule says, which an earlier test has set.
	guest "$NIC_A"
	raw_end 0
	rules=$(attribute "$NIC_A" policy)
	with_opts "msitranslate=0,power_mgmt=0,permissive=1,rdm_policy=strict"
	policy_was permissive
	with_opts "msitranslate=0,power_mgmt=0,permissive=0,rdm_policy=strict"
	policy_was "$rules"
	with_opts "policy=strict"
	policy_was strict
	with_opts "policy=standard"
	policy_was standard
	# Not understood: said in the log, and the device is given as the rule has it.
	with_opts "policy=lax"
	policy_was "$rules"
	kernel_log_since | grep -q 'opts-0: "policy=lax" is not understood'
}

serr_is_on() {
	[ $((16#$(config "$1" COMMAND) & 0x100)) -ne 0 ]
}

# is_reset BDF COUNT: since there were so many.
is_reset() {
	[ "$(attribute "$1" resets)" -gt "$2" ]
}

# Whatever the host does to the device, its owner cannot tell and SERR# is on.
serr_stays() {
	local resets

	echo "$SRIOV;policy=standard" >"$PCIBACK/hide"
	config "$SRIOV" COMMAND=0:100
	guest "$SRIOV"
	serr_is_on "$SRIOV"
	cfg_write 0 0 04 2 6
	echo "$SRIOV" >"$PCIBACK/do_flr"
	serr_is_on "$SRIOV"
	# A toolstack's reset ends DMA, and the guest reads that (case K17).
	[ "$(cfg_seen 0 0 04 2)" = 0002 ]
	# The guest's own reset: a0 is where the card has its PCI Express capability.
	resets=$(attribute "$SRIOV" resets)
	cfg_write 0 0 a8 2 8000
	wait_for 10 is_reset "$SRIOV" "$resets"
	[ "$(cfg_seen 0 0 04 2)" = 0000 ]
	serr_is_on "$SRIOV"
	set_policy "$SRIOV" strict
	set_policy "$SRIOV" standard
	serr_is_on "$SRIOV"
	raw_end 0
	echo "$SRIOV" >"$PCIBACK/unhide"
}


# What was denied

DENIED_LINE="$NIC_A-$SPARE:4:ff # 2 writes, last ff"

denied() {
	set_policy "$NIC_A" strict
	guest "$NIC_A"
	config "$NIC_A" "$SPARE.l=0"
	cfg_write 0 0 "$SPARE" 4 0f
	cfg_write 0 0 "$SPARE" 4 ff
	cfg_write 0 0 0e 1 7f
	[ "$(config "$NIC_A" "$SPARE.l")" = 00000000 ]
	show cat "/sys/bus/pci/devices/$NIC_A/pciback/denied"
	grep -qx "$DENIED_LINE" "$KTAP_DIR/.out"
	# What no quirk can open is a comment.
	grep -q "^# $NIC_A-e:1:" "$KTAP_DIR/.out"
	[ "$(attribute "$NIC_A" denied_writes)" -eq 3 ]
}

# One line for each register, with both cures; none for what every driver writes.
denied_log() {
	local reg

	kernel_log_note "dropped writes"
	raw_end 0
	set_policy "$NIC_A" strict
	guest "$NIC_A"
	cfg_write 0 0 0d 1 40
	cfg_write 0 0 0c 1 10
	for reg in 5c 58 54 58 5c 5c 210 214 218; do
		cfg_write 0 0 "$reg" 4 ff
	done
	kernel_log_after "dropped writes" | grep 'guest write' | tee "$KTAP_DIR/lines"
	[ "$(wc -l <"$KTAP_DIR/lines")" -eq 4 ]
	for reg in 5c 58 54 210; do
		[ "$(grep -c "register 0x$reg dropped.* echo $NIC_A-$reg:4:ff > quirks, or policy=standard" \
			"$KTAP_DIR/lines")" -eq 1 ]
	done
	[ "$(attribute "$NIC_A" denied | wc -l)" -eq 6 ]
}

many_denied() {
	local off

	raw_end 0
	set_policy "$NIC_A" strict
	guest "$NIC_A"
	for ((off = 0x800; off < 0x800 + 4 * 60; off += 4)); do
		cfg_write 0 0 "$(printf '%x' "$off")" 4 ffffffff
	done
	attribute "$NIC_A" denied | tee "$KTAP_DIR/denied"
	[ "$(grep -c "^$NIC_A-" "$KTAP_DIR/denied")" -eq 48 ]
	grep -x '# 12 more writes, to other registers' "$KTAP_DIR/denied"
	raw_end 0
	[ -z "$(attribute "$NIC_A" denied)" ]
	guest "$NIC_A"
}

# A line of the module's parameter, and one that is written while a guest has the card;
# both hold when it was given back and is hidden again.
kind_of_card() {
	local value

	grep -x "8086:10d3 $KIND 4 f0" "$PCIBACK/config_quirks"
	grep -x 'class=0c0300 c0 2 af00 # built-in' "$PCIBACK/config_quirks"
	raw_end 0
	for value in 000000f0 000000ff; do
		set_policy "$NIC_A" strict
		config "$NIC_A" "$KIND.l=0"
		guest "$NIC_A"
		cfg_write 0 0 "$KIND" 4 ffffffff
		[ "$(config "$NIC_A" "$KIND.l")" = "$value" ]
		# What is open already is in the line, too.
		attribute "$NIC_A" denied | grep "^$NIC_A-$KIND:4:ffffffff "
		[ "$value" = 000000ff ] || echo "8086:* class=0200 $KIND 4 f" >"$PCIBACK/config_quirks"
		cfg_write 0 0 "$KIND" 4 ffffffff
		[ "$(config "$NIC_A" "$KIND.l")" = 000000ff ]
		raw_end 0
		echo "$NIC_A" >"$PCIBACK/unhide"
		wait_for 5 driver_is "$NIC_A" e1000e
		echo "$NIC_A" >"$PCIBACK/hide"
		driver_is "$NIC_A" pciback
	done
	echo "-8086:* class=0200 $KIND 4" >"$PCIBACK/config_quirks"
	not grep '8086:\* class=0200' "$PCIBACK/config_quirks"
	not sh -c "echo '8086:10d3 10 4' >$PCIBACK/config_quirks"
	kernel_log_since | grep 'config_quirks: line 1: this register of the header has rules of its own at position 10'
}

# As an administrator does it: the line, with all that stands behind it.
pasted() {
	attribute "$NIC_A" denied | grep "^$NIC_A-$SPARE" | tee "$PCIBACK/quirks"
	show cat "$PCIBACK/quirks"
	grep -q "000000$SPARE:4:000000ff" "$KTAP_DIR/.out"
	cfg_write 0 0 "$SPARE" 4 1ff
	[ "$(config "$NIC_A" "$SPARE.l")" = 000000ff ]
	# The next line has the bits of the first, and adds to them.
	attribute "$NIC_A" denied | grep "^$NIC_A-$SPARE:4:1ff "
	echo "$NIC_A-$SPARE:4:100" >"$PCIBACK/quirks"
	grep "000000$SPARE:4:000001ff" "$PCIBACK/quirks"
	cfg_write 0 0 "$SPARE" 4 1fe
	[ "$(config "$NIC_A" "$SPARE.l")" = 000001fe ]
	echo "$NIC_A-$SPARE:4:0" >"$PCIBACK/quirks"
	not grep "000000$SPARE:4:" "$PCIBACK/quirks"
	echo "$NIC_A-$SPARE:4:ff" >"$PCIBACK/quirks"
}

quirk_survives() {
	raw_end 0
	[ -z "$(attribute "$NIC_A" denied)" ]
	set_policy "$NIC_A" strict
	config "$NIC_A" "$SPARE.l=0"
	guest "$NIC_A"
	show cat "$PCIBACK/quirks"
	grep -q "000000$SPARE:4:000000ff" "$KTAP_DIR/.out"
	cfg_write 0 0 "$SPARE" 4 1ff
	[ "$(config "$NIC_A" "$SPARE.l")" = 000000ff ]
	raw_end 0
}

quirk_refused() {
	local text

	for text in "$NIC_A-10:4:ffff" "$NIC_A-4:2:2" "$NIC_A-$SPARE:4" "$NIC_A-$SPARE:4:ff junk" \
		    "# $NIC_A-$SPARE:4:ff" "$NIC_A-1000:4:ff" "$NIC_A-51:4:ff"; do
		echo "quirk: $text"
		not sh -c "echo '$text' >$PCIBACK/quirks"
	done
}

unload() {
	raw_end 0
	probes_stop
	echo "$NIC_A" >"$PCIBACK/unhide"
	wait_for 5 driver_is "$NIC_A" e1000e
	show rmmod "$MODULE"
	kernel_log_clean
}

ktap_plan 23
kernel_log_start
ktap_need "$MODULE and a raw front-end are loaded, a card is claimed" load
ktap_test "COMMAND: passed, SERR# pinned to 1 in the device" in_each "$NIC_A" command_row
ktap_test "BARs and ROM: virtual" in_each "$NIC_A" bar_row
ktap_test "CardBus CIS: passed, read-only in strict" in_each "$NIC_A" cis_row
ktap_test "interrupt line: RAM" in_each "$NIC_A" line_row
ktap_test "interrupt pin: as the virtual platform has it" in_each "$NIC_A" pin_row
ktap_test "rest of the header: passed, but for what says who it is" in_each "$NIC_A" rest_row
ktap_test "MSI and MSI-X: virtual" in_each "$NIC_A" msi_row
ktap_test "outside the header: passed, but for what is dangerous" outside
ktap_test "a rule sets each policy" by_rule
ktap_test "a policy ends with its owner, then the rule's holds" ends_with_owner
ktap_test "a policy set before is the next owner's" before_owner
ktap_test "sysfs takes three words, and permissive as ever" by_sysfs
ktap_test "the toolstack sets one in xenstore, for this owner" by_xenstore
ktap_test "SERR# stays on through resets, the guest's and others'" serr_stays
ktap_test "denied writes are listed, ready to be quirks" denied
ktap_test "pasted into quirks, such a line lets the write through, the next adds to it (case C1)" pasted
ktap_test "the quirk is there for the next owner" quirk_survives
ktap_test "quirks that make no sense are refused" quirk_refused
ktap_test "the log names the first few registers, not the latency timer (case C5)" denied_log
ktap_test "48 registers are listed, and how many writes are not (case C3)" many_denied
ktap_test "registers are opened for a kind of card, for each claim (case C2)" kind_of_card
ktap_test "the card goes back to dom0, $MODULE unloads, the log is clean" unload
ktap_resume
ktap_finish
