#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Resets, from the host's side: which method, how long it may take, what becomes of a
# device that does not come back, and of the others meanwhile.  Most of it on the mock
# bus, whose functions die when they are told to; the rest on a real card with two
# functions.
#
# Runs in a test machine (tools/testing/vm/run.sh native) with MULTI (DDDD:BB:DD of a
# card with functions 0 and 1 of e1000e) set.
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

[ -n "${MULTI-}" ] || ktap_skip_all "MULTI is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver does not load without Xen"
mock_need mockpci mockpf pciback-ng
ktap_require_commands setpci

DEVICES=/sys/bus/pci/devices
CARD=1000:03:00.0 OTHER=1000:04:00.0	# one function each, with FLR
QUAD=1000:02:00				# four of them, with FLR
SIMPLE=1000:05:00			# two that only the port above can reset
SLOW=1000:01:00.0			# for the control: behind a port of its own
VFS=16					# of that one, before the control
FOREVER=10000000

# How late an answer may be: a virtual machine on a busy host.
SLACK=1500

hide() {
	echo "$1" >"$PCIBACK/hide"
	driver_is "$1" pciback
}

unhide() {
	echo "$1" >"$PCIBACK/unhide"
	not driver_is "$1" pciback
}

load() {
	show modprobe pciback-ng "reset_quirks=(1af4:10f0 config c0 4)"
	hide "$CARD"
	hide "$OTHER"
}

setup() {
	mock_bus zoo=1 vfs="$VFS"
	show modprobe mockpf
	mock "$SIMPLE.0" plug simple
	mock "$SIMPLE.1" plug simple
	driver_is "$SIMPLE.1" mocknet
	load
	reset_is "$CARD" claimed ok function
	[ "$(<"$TIMEOUT")" -eq 10 ]
}

vf() {
	printf '1000:01:%02x.%d' $((16 + $1 / 8)) $(($1 % 8))
}

# each_vf COMMAND...: with every one, the address last.
each_vf() {
	local i

	for ((i = 0; i < VFS; i++)); do
		"$@" "$(vf "$i")"
	done
}

vf_made_slow() {
	hide "$1"
	mock "$1" flr-ms 200
}

vf_reset_begins() {
	do_flr "$1" &
}

vf_was_reset() {
	reset_is "$1" claimed ok function
}

# An FLR is a function's own: it needs nothing of the bridge that they share.
vfs_at_once() {
	echo "$VFS" >"$DEVICES/$SLOW/sriov_numvfs"
	each_vf vf_made_slow
	each_vf vf_reset_begins
	wait
	each_vf vf_was_reset
}

# loops BDF FILE: until that file is there, or will not come.
loops() {
	local n=0 end=$((SECONDS + 15))

	while [ ! -e "$2" ] && [ "$SECONDS" -lt "$end" ]; do
		do_flr "$1"
		n=$((n + 1))
	done
	echo "$1: $n resets meanwhile"
	[ "$n" -gt 3 ]
}

# One that is reset all the time is no trouble of its neighbour's.
loop_and_neighbour() {
	local i loop

	rm -f "$KTAP_DIR/enough"
	loops "$(vf 1)" "$KTAP_DIR/enough" &
	loop=$!
	for ((i = 0; i < 6; i++)); do
		answers_within 200 $((300 + SLACK)) do_flr "$(vf 0)"
		vf_was_reset "$(vf 0)"
	done
	touch "$KTAP_DIR/enough"
	wait "$loop"
	vf_was_reset "$(vf 1)"
}

vfs_leave() {
	each_vf unhide
	echo 0 >"$DEVICES/$SLOW/sriov_numvfs"
}

# What only its bus can reset is claimed without a reset: what it was before it was unbound
# is what it is, until it is reset, or an administrator says that it need not be.
sickens() {
	mock "$1" all-ones 1
	not do_flr "$1"
	mock "$1" all-ones 0
	[ "$(attribute "$1" state)" = quarantined ]
}

# Before the control, which has a device_lock that rmmod would wait for.
sick_after_unload() {
	echo "$SIMPLE.1" >"$DEVICES/$SIMPLE.1/driver/unbind"
	hide "$SIMPLE.0"
	sickens "$SIMPLE.0"
	show rmmod pciback-ng
	not rmmod pt-core
	load
	hide "$SIMPLE.0"
	reset_is "$SIMPLE.0" quarantined "no method" none
	do_flr "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed ok bus
	unhide "$SIMPLE.0"
	echo "$SIMPLE.1" >/sys/bus/pci/drivers_probe
}

# The kernel waits for a minute until it gives a device up.  What it says is looked at
# in the end, for it takes so long.
control_begin() {
	echo "$SLOW" >"$DEVICES/$SLOW/driver/unbind"
	mock "$SLOW" flr-ms "$FOREVER"
	cat >"$KTAP_DIR/control.sh" <<-EOF
	from=\$EPOCHREALTIME
	echo 1 >$DEVICES/$SLOW/reset
	echo "\$? \$(((\${EPOCHREALTIME/./} - \${from/./}) / 1000))" >$KTAP_DIR/control
	EOF
	bash "$KTAP_DIR/control.sh" >/dev/null 2>&1 &
}

control_end() {
	local status ms

	wait_for 120 [ -s "$KTAP_DIR/control" ]
	read -r status ms <"$KTAP_DIR/control"
	echo "the kernel by itself: $ms ms, status $status"
	[ "$ms" -gt 55000 ]
	mock "$SLOW" flr-ms 0
	mock "$SLOW" ready-in 0
}

# reset_count BDF WORD: of the mock bus.
counts_one_more() {
	local bdf=$1 word=$2 before

	shift 2
	before=$(mock_count "$bdf" "$word")
	"$@"
	[ "$(mock_count "$bdf" "$word")" -eq $((before + 1)) ]
}

two_ways() {
	counts_one_more "$CARD" flr do_flr "$CARD"
	reset_is "$CARD" claimed ok function
	counts_one_more "$CARD" flr set_attribute "$CARD" reset 1
	reset_is "$CARD" claimed ok function
	fails_with "Invalid argument" set_attribute "$CARD" reset 2
}

methods() {
	[ "$(attribute "$OTHER" reset_method)" = "function bus" ]
	set_attribute "$OTHER" reset_method bus
	[ "$(attribute "$OTHER" reset_method)" = bus ]
	counts_one_more "$OTHER" bus do_flr "$OTHER"
	reset_is "$OTHER" claimed ok bus
	set_attribute "$OTHER" reset_method "bus function"
	[ "$(attribute "$OTHER" reset_method)" = "bus function" ]
	counts_one_more "$OTHER" bus do_flr "$OTHER"
	set_attribute "$OTHER" reset_method none
	[ "$(attribute "$OTHER" reset_method)" = none ]
	do_flr "$OTHER" || :
	reset_is "$OTHER" claimed "no method" none
	for word in "" nonsense "bus bus" "none bus" "function,bus"; do
		fails_with "Invalid argument" set_attribute "$OTHER" reset_method "$word"
	done
	[ "$(attribute "$OTHER" reset_method)" = none ]
	set_attribute "$OTHER" reset_method "function bus"
	do_flr "$OTHER"
	reset_is "$OTHER" claimed ok function
}

# Binding tries what touches no other function; whoever asks gets what is wider.
no_flr() {
	echo "$SIMPLE.1" >"$DEVICES/$SIMPLE.1/driver/unbind"
	hide "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed "no method" none
	counts_one_more "$SIMPLE.0" bus do_flr "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed ok bus
	[ "$(mock_count "$SIMPLE.0" flr)" -eq 0 ]
}

# The host's driver on the other function: no reset, and the log says why.
sibling_of_host() {
	local before

	echo "$SIMPLE.1" >/sys/bus/pci/drivers_probe
	driver_is "$SIMPLE.1" mocknet
	before=$(mock_count "$SIMPLE.0" bus)
	log_mark sibling
	fails_with "Device or resource busy" set_attribute "$SIMPLE.0" reset 1
	log_says sibling "$SIMPLE.0: .*$SIMPLE.1 belongs to mocknet"
	[ "$(mock_count "$SIMPLE.0" bus)" -eq "$before" ]
	# A toolstack is content: nothing has used it since it was fit.
	do_flr "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed blocked none
	[ "$(mock_count "$SIMPLE.0" bus)" -eq "$before" ]
	echo "$SIMPLE.1" >"$DEVICES/$SIMPLE.1/driver/unbind"
	do_flr "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed ok bus
}

# All of them ours: one reset, and each keeps what the host has set up.
siblings_of_ours() {
	local fn before

	for fn in 0 1 2; do
		hide "$QUAD.$fn"
	done
	echo "$QUAD.3" >"$DEVICES/$QUAD.3/driver/unbind"
	set_attribute "$QUAD.1" reset_method bus
	before=$(setpci -s "$QUAD.0" BASE_ADDRESS_0)
	counts_one_more "$QUAD.0" bus do_flr "$QUAD.1"
	reset_is "$QUAD.1" claimed ok bus
	[ "$(setpci -s "$QUAD.0" BASE_ADDRESS_0)" = "$before" ]
	do_flr "$QUAD.0"
	reset_is "$QUAD.0" claimed ok function
	set_attribute "$QUAD.1" reset_method "function bus"
}

# Somebody that no back-end has heard of has enabled one of them.
sibling_in_use() {
	local before

	before=$(mock_count "$QUAD.0" bus)
	set_attribute "$QUAD.1" reset_method bus
	setpci -s "$QUAD.0" COMMAND=4:4
	log_mark used
	fails_with "Device or resource busy" set_attribute "$QUAD.1" reset 1
	log_says used "$QUAD.1: .*$QUAD.0 is in use"
	[ "$(mock_count "$QUAD.0" bus)" -eq "$before" ]
	setpci -s "$QUAD.0" COMMAND=0:4
	do_flr "$QUAD.1"
	reset_is "$QUAD.1" claimed ok bus
	set_attribute "$QUAD.1" reset_method "function bus"
}

rebound() {
	echo "$1" >"$PCIBACK/unbind"
	echo "$1" >"$PCIBACK/bind"
}

stays_sick() {
	sickens "$SIMPLE.0"
	rebound "$SIMPLE.0"
	reset_is "$SIMPLE.0" quarantined "no method" none
	unhide "$SIMPLE.0"
	hide "$SIMPLE.0"
	reset_is "$SIMPLE.0" quarantined "no method" none
	do_flr "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed ok bus
	rebound "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed "no method" none
}

waived_by_name() {
	sickens "$SIMPLE.0"
	rebound "$SIMPLE.0"
	set_attribute "$SIMPLE.0" reset_method none
	do_flr "$SIMPLE.0"
	attribute_is "$SIMPLE.0" state claimed
	rebound "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed "no method" none
}

# A sibling without a driver is no obstacle.  When it becomes ours while the bus is reset it
# is claimed after that, and the end of a reset that it was no part of is not its own.
claimed_meanwhile() {
	echo "1af4:10f7 flr-delay=900" >"$PCIBACK/reset_quirks"
	set_attribute "$SIMPLE.0" reset_method bus
	no_driver "$SIMPLE.1"
	log_mark meanwhile
	do_flr "$SIMPLE.0" &
	sleep 0.2
	hide "$SIMPLE.1"
	attribute_is "$SIMPLE.1" state claimed
	wait $!
	echo "-1af4:10f7 flr-delay=900" >"$PCIBACK/reset_quirks"
	not log_says meanwhile "$SIMPLE.1: .*late reset"
	reset_is "$SIMPLE.1" claimed "no method" none
	unhide "$SIMPLE.1"
	no_driver "$SIMPLE.1" || echo "$SIMPLE.1" >"$DEVICES/$SIMPLE.1/driver/unbind"
	set_attribute "$SIMPLE.0" reset_method "function bus"
	do_flr "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed ok bus
}

# A reset that the PCI core does by itself leaves what ours
# leaves: registers that firmware has set up, error reporting, and a line in the counts.
by_others() {
	local command resets

	command=$(setpci -s "$OTHER" COMMAND)
	resets=$(attribute "$OTHER" resets)
	[ "$(setpci -s "$OTHER" c0.l)" = a3a2a1a0 ]
	counts_one_more "$OTHER" flr sh -c "echo 1 >$DEVICES/$OTHER/reset"
	[ "$(setpci -s "$OTHER" c0.l)" = a3a2a1a0 ]
	[ "$(setpci -s "$OTHER" COMMAND)" = "$command" ]
	[ "$(attribute "$OTHER" resets)" -eq $((resets + 1)) ]
	reset_is "$OTHER" claimed ok ""
}

# Nobody has the device while the PCI core has it; then it is what it was.
others_take_long() {
	mock "$OTHER" flr-ms 1500
	echo 1 >"$DEVICES/$OTHER/reset" &
	sleep 0.5
	attribute_is "$OTHER" state resetting
	do_flr "$OTHER"
	wait $!
	mock "$OTHER" flr-ms 0
	reset_is "$OTHER" claimed ok ""
}

# A reset of which we do not hear whether it worked is no cure.
others_cure_nothing() {
	mock "$OTHER" all-ones 1
	not do_flr "$OTHER"
	mock "$OTHER" all-ones 0
	attribute_is "$OTHER" state quarantined
	echo 1 >"$DEVICES/$OTHER/reset"
	attribute_is "$OTHER" state quarantined
	do_flr "$OTHER"
	reset_is "$OTHER" claimed ok function
}

# A rule that cannot be had as a whole takes nothing back that was hidden before.
half_a_rule() {
	mock "$QUAD.3" all-ones 1
	not sh -c "echo $QUAD.0,3 >$PCIBACK/hide"
	driver_is "$QUAD.0" pciback
	grep -x "$QUAD.0" "$PCIBACK/rules"
	not grep -x "$QUAD.3" "$PCIBACK/rules"
	mock "$QUAD.3" all-ones 0
}

# Two seconds: the kernel looks after 1, 2, 4, 8 s.
deadline() {
	echo 2 >"$TIMEOUT"
	mock "$CARD" flr-ms 5000
	log_mark deadline
	answers_within 2000 $((2000 + SLACK)) fails_with "Connection timed out" do_flr "$CARD"
	reset_is "$CARD" quarantined "failed -110" ""
	mock "$CARD" flr-ms 0
	log_says deadline "$CARD: quarantined"
	# While the kernel waits it cannot be had.
	answers_within 0 "$SLACK" fails_with "Device or resource busy" do_flr "$CARD"
	reset_is "$CARD" quarantined "failed -110" ""
}

meanwhile() {
	hangs "$CARD"
	answers_within 0 "$SLACK" do_flr "$OTHER"
	answers_within 0 "$SLACK" setpci -s "$OTHER" VENDOR_ID
	answers_within 0 "$SLACK" unhide 1000:02:00.2
	answers_within 0 "$SLACK" hide 1000:02:00.2
	answers_within 0 "$SLACK" cat "$PCIBACK/slots" "$PCIBACK/rules"
	answers_within 0 "$SLACK" grep -r . --exclude=reset "$DEVICES/$CARD/pciback"
	hangs "$CARD"
}

# Still waited for?
hangs() {
	mock_is_dead "$1"
	[ "$(attribute "$1" state)" = quarantined ]
}

mock_is_dead() {
	# Past the kernel, which keeps readers away from a function in its reset.
	mock_shows "$1" not-ready
}

cured() {
	wait_for 20 do_flr "$CARD"
	reset_is "$CARD" claimed ok function
}

all_ones() {
	mock "$CARD" all-ones 1
	answers_within 0 $((2000 + SLACK)) not do_flr "$CARD"
	[ "$(attribute "$CARD" state)" = quarantined ]
	grep -q "^failed" "$DEVICES/$CARD/pciback/last_reset"
	answers_within 0 "$SLACK" do_flr "$OTHER"
	mock "$CARD" all-ones 0
	cured
}

# A reset of the bus after which the function is dead.
bus_kills() {
	mock "$SIMPLE.0" bus-ms "$FOREVER"
	answers_within 0 $((2000 + SLACK)) not do_flr "$SIMPLE.0"
	[ "$(attribute "$SIMPLE.0" state)" = quarantined ]
	answers_within 0 "$SLACK" do_flr "$OTHER"
	mock "$SIMPLE.0" bus-ms 0
	mock "$SIMPLE.0" ready-in 0
	wait_for 40 do_flr "$SIMPLE.0"
	reset_is "$SIMPLE.0" claimed ok bus
}

# The default deadline; it also ends when the function comes back right after it.
ten_seconds() {
	echo 10 >"$TIMEOUT"
	mock "$OTHER" flr-ms 13000
	answers_within 10000 $((10000 + SLACK)) fails_with "Connection timed out" do_flr "$OTHER"
	[ "$(attribute "$OTHER" state)" = quarantined ]
	mock "$OTHER" flr-ms 0
}

ten_seconds_after() {
	wait_for 15 do_flr "$OTHER"
	reset_is "$OTHER" claimed ok function
}

reads_right() {
	[ "$(setpci -s "$1" VENDOR_ID)" = 1af4 ]
}

# Slow, but in time: as good as any other.  Who reads configuration space meanwhile has
# to wait, and is told no nonsense.
in_time() {
	mock "$OTHER" flr-ms 1500
	answers_within 1500 6000 do_flr "$OTHER"
	reset_is "$OTHER" claimed ok function
	do_flr "$OTHER" &
	sleep 0.3
	answers_within 500 6000 reads_right "$OTHER"
	wait $!
	mock "$OTHER" flr-ms 0
	fails_with "Invalid argument" sh -c "echo -1 >$TIMEOUT"
	[ "$(<"$TIMEOUT")" -eq 10 ]
}

# Whoever takes the driver away waits for the kernel, and that is all.
unbind_hanging() {
	echo 1 >"$TIMEOUT"
	mock "$CARD" flr-ms 3000
	not do_flr "$CARD"
	mock "$CARD" flr-ms 0
	answers_within 0 15000 sh -c "echo $CARD >$PCIBACK/unbind"
	not driver_is "$CARD" pciback
	echo "$CARD" >"$PCIBACK/bind"
	wait_for 10 reset_is "$CARD" claimed ok function
}

# Kernels before 6.9 or so wait for what was pulled like for anything else.
unplug_hanging() {
	[ "${ALIAS-}" != 6.1 ] || ktap_skip_this "this kernel waits a minute for what was pulled"
	mock "$SIMPLE.0" bus-ms 3000
	not do_flr "$SIMPLE.0"
	mock "$SIMPLE.0" bus-ms 0
	answers_within 0 15000 mock "$SIMPLE.0" unplug
	[ ! -e "$DEVICES/$SIMPLE.0" ]
}

real_card() {
	hide "$MULTI.0"
	driver_is "$MULTI.1" e1000e
	do_flr "$MULTI.0"
	reset_is "$MULTI.0" claimed ok function
	set_attribute "$MULTI.0" reset_method bus
	log_mark real
	fails_with "Device or resource busy" set_attribute "$MULTI.0" reset 1
	log_says real "$MULTI.0: .*$MULTI.1 belongs to e1000e"
	echo "$MULTI.1" >"$DEVICES/$MULTI.1/driver/unbind"
	do_flr "$MULTI.0"
	reset_is "$MULTI.0" claimed ok bus
	hide "$MULTI.1"
	do_flr "$MULTI.0"
	do_flr "$MULTI.1"
	reset_is "$MULTI.1" claimed ok function
}

# Both work after resets of their bus.
real_card_works() {
	unhide "$MULTI.0"
	unhide "$MULTI.1"
	wait_for 10 driver_is "$MULTI.0" e1000e
	dom0_net "$MULTI.0"
}

rmmod_hanging() {
	echo 1 >"$TIMEOUT"
	mock "$CARD" flr-ms 3000
	not do_flr "$CARD"
	mock "$CARD" flr-ms 0
	answers_within 0 20000 rmmod pciback-ng
	[ ! -e "$PCIBACK" ]
}

clean() {
	wait
	rmmod mockpf
	rmmod mockpci
	# It keeps what is said of devices that are gone, and is not kept by it.
	show rmmod pt-core
	kernel_log_clean
}

ktap_plan 33
kernel_log_start
ktap_need "mock functions are claimed, and reset" setup
ktap_test "$VFS VFs are reset at once, all of them (case K3)" vfs_at_once
ktap_test "a VF that is reset all the time does not disturb its neighbour (case K3)" loop_and_neighbour
ktap_need "the VFs go" vfs_leave
ktap_test "a quarantine outlives the driver's module (case K15)" sick_after_unload
control_begin
ktap_test "do_flr and the attribute reset do the same, and say what they did" two_ways
ktap_test "the methods are the administrator's choice" methods
ktap_test "a function without FLR is reset by its bus" no_flr
ktap_test "not when a sibling has a driver of the host, which the log names" sibling_of_host
ktap_test "siblings of ours are reset with it, and none loses anything" siblings_of_ours
ktap_test "but not with one that somebody unknown uses (case K13)" sibling_in_use
ktap_test "a quarantine outlives unbind and bind, until a reset works (case K15)" stays_sick
ktap_test "an administrator waives it by name (case K15)" waived_by_name
ktap_test "a sibling that is claimed while its bus is reset is no part of that (case K11)" claimed_meanwhile
ktap_test "resets of the PCI core leave what ours leave (case K14)" by_others
ktap_test "while one takes long, nobody has the device (case K14)" others_take_long
ktap_test "and it ends no quarantine (case K14)" others_cure_nothing
ktap_test "a rule that fails half-way leaves what was hidden before (case K12)" half_a_rule
ktap_test "a function that dies in its reset: do_flr answers in time, it is quarantined" deadline
ktap_test "meanwhile everything else goes on" meanwhile
ktap_test "it comes back, and a reset makes it usable again" cured
ktap_test "a function that reads all-ones is quarantined, and cured" all_ones
ktap_test "a function that a bus reset has killed likewise" bus_kills
ktap_test "the deadline is ten seconds by default" ten_seconds
ktap_test "a function that needed longer is cured" ten_seconds_after
ktap_test "a slow function in time is no failure; a deadline is a number of seconds" in_time
ktap_test "unbind while the kernel waits" unbind_hanging
ktap_test "the same for a function that is pulled" unplug_hanging
ktap_test "a real card: refused for its sibling in the host's driver, then not" real_card
ktap_test "the host's drivers find both of its functions in order" real_card_works
ktap_test "control: the kernel by itself needs a minute" control_end
ktap_test "rmmod while the kernel waits" rmmod_hanging
ktap_resume
ktap_test "the bus goes, the kernel log is clean" clean
ktap_finish
