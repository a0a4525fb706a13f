#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm: Linux has pcie_aspm=force
#
# Power states: a function that forgets its configuration in D3hot has what its guest reads,
# after it and after resets; one that dies, refuses or needs long delays nobody and does not
# fill the log.  On mock functions, whose guests are told what to do (rawfront); and once on
# a real card, with errors of the link at the same time.
#
# Runs in a test machine (tools/testing/vm/run.sh xen) with NIC_A, SRIOV set, and with
# pcie_aspm=force: a change of power state waits for pci_bus_sem only where Linux looks
# after the power of links.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/aer.sh
. ../passthrough-lib/aer.sh

for name in NIC_A SRIOV; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver waits as long as the PCI core does"
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
mock_need mockpci rawfront pciback-ng

DEVICES=/sys/bus/pci/devices
ASPM=/sys/module/pcie_aspm/parameters/policy
IDLE=/sys/module/pciback_ng/parameters/idle_d3
FORGETS=1000:03:00.0 KEEPS=1000:04:00.0		# a card each
OLD=1000:07:00.0		# its ROM has no place
SLEEPER=1000:02:00.0 OTHER=1000:02:00.1
PM_CTRL=44 DEVCTL=58 MSI_FLAGS=92		# of mock functions
OP_LIMIT=2000		# milliseconds, when a front-end gives up

setup() {
	mock_bus zoo=1
	show modprobe pciback-ng idle_d3=0 "reset_quirks=(1af4:10f0 config c0 4)"
	raw_load
	mock "$FORGETS" forgets 1
	for bdf in "$FORGETS" "$KEEPS" "$SLEEPER" "$OTHER"; do
		echo "$bdf" >"$PCIBACK/hide"
		reset_is "$bdf" claimed ok function
	done
	raw_start 0 "$FORGETS"
	raw_start 1 "$KEEPS"
}

# cfg_seen N REGISTER SIZE: what guest N reads of its only device, as setpci prints it.
cfg_seen() {
	local value

	value=$(raw_read "$1" "$(raw_devfn "$1" 0)" "0x$2" "$3") || return
	printf "%0$((2 * $3))x\n" "$value"
}

# cfg_write N REGISTER SIZE VALUE: as guest N.
cfg_write() {
	raw_write "$1" "$(raw_devfn "$1" 0)" "0x$2" "$3" "0x$4"
}

cfg_refused() {
	raw_refused "$1" "$RAW_WRITE" "$(raw_devfn "$1" 0)" "0x$2" "$3" "0x$4"
}

power_is() {
	[ "$(<"$DEVICES/$1/power_state")" = "$2" ]
}

state_is() {
	attribute_is "$1" state "$2"
}

# agrees N BDF: its guest reads of bus mastering what the device has; the host's SERR# is on.
agrees() {
	local seen hw

	seen=$(cfg_seen "$1" 04 2)
	hw=$(config "$2" COMMAND)
	echo "COMMAND of $2: its guest reads $seen, the device has $hw"
	[ $((16#$seen & 4)) -eq $((16#$hw & 4)) ]
	[ $((16#$hw & 0x100)) -ne 0 ]
}

# registers BDF: all that a transition could lose.
registers() {
	od -An -tx1 -v -N 256 "$DEVICES/$1/config"
}

same_registers() {
	registers "$1" >"$KTAP_DIR/after"
	grep -vxF -f "$KTAP_DIR/before" "$KTAP_DIR/after" || :
	[ "$(<"$KTAP_DIR/before")" = "$(<"$KTAP_DIR/after")" ]
}

# down_and_up N BDF: with bus mastering, an interrupt that the guest has switched on itself,
# and larger read requests.
down_and_up() {
	echo "$2" >"$PCIBACK/allow_interrupt_control"
	cfg_write "$1" 04 2 0407
	cfg_write "$1" "$MSI_FLAGS" 2 0001
	cfg_write "$1" "$DEVCTL" 2 5000
	[ $((16#$(config "$2" "$MSI_FLAGS.w") & 1)) -eq 1 ]
	agrees "$1" "$2"
	registers "$2" >"$KTAP_DIR/before"
	cfg_write "$1" "$PM_CTRL" 2 3
	power_is "$2" D3hot
	cfg_write "$1" "$PM_CTRL" 2 0
	power_is "$2" D0
	same_registers "$2"
	agrees "$1" "$2"
}

# What Linux could not place has no address to give, and none that a guest could set.
rom_without_place() {
	echo "$OLD" >"$PCIBACK/hide"
	reset_is "$OLD" claimed ok function
	raw_start 2 "$OLD"
	config "$OLD" ROM_ADDRESS=fffff800
	[ "$(config "$OLD" ROM_ADDRESS)" = f0000000 ]
	config "$OLD" ROM_ADDRESS=0
	cfg_write 2 30 4 fffff800
	[ "$(cfg_seen 2 30 4)" = 00000000 ]
	raw_end 2
	echo "$OLD" >"$PCIBACK/unhide"
}

forgets() {
	local before

	before=$(mock_count "$FORGETS" pm)
	down_and_up 0 "$FORGETS"
	[ "$(mock_count "$FORGETS" pm)" -eq $((before + 1)) ]
}

keeps() {
	down_and_up 1 "$KEEPS"
	[ "$(mock_count "$KEEPS" pm)" -eq 0 ]
}

# What it changes in D3hot counts, and so does what it has before a reset there.
changed_in_d3() {
	cfg_write 0 "$PM_CTRL" 2 3
	cfg_write 0 04 2 0403
	cfg_write 0 "$PM_CTRL" 2 0
	agrees 0 "$FORGETS"
	cfg_write 0 04 2 0407
	cfg_write 0 "$PM_CTRL" 2 3
	set_attribute "$FORGETS" reset 1
	power_is "$FORGETS" D0
	agrees 0 "$FORGETS"
	[ $((16#$(config "$FORGETS" COMMAND) & 7)) -eq 7 ]
}

# By the driver's own folder: what its guest has set up goes on.
admin_resets() {
	local bdf

	for bdf in "$FORGETS" "$KEEPS"; do
		registers "$bdf" >"$KTAP_DIR/before"
		set_attribute "$bdf" reset 1
		same_registers "$bdf"
	done
	agrees 0 "$FORGETS"
	agrees 1 "$KEEPS"
}

# By a toolstack: no DMA from here on (XSA-302), and the guest reads that.
tools_reset() {
	do_flr "$KEEPS"
	[ $((16#$(config "$KEEPS" COMMAND) & 4)) -eq 0 ]
	agrees 1 "$KEEPS"
	cfg_write 1 04 2 0407
	agrees 1 "$KEEPS"
	[ $((16#$(config "$KEEPS" COMMAND) & 4)) -ne 0 ]
}

# The guest's own reset: nothing is on, in what it reads and in the device.
guest_resets() {
	cfg_write 1 "$DEVCTL" 2 d000
	[ $((16#$(cfg_seen 1 04 2) & 0x407)) -eq 0 ]
	agrees 1 "$KEEPS"
	[ $((16#$(config "$KEEPS" "$MSI_FLAGS.w") & 1)) -eq 0 ]
	cfg_write 1 04 2 0407
	agrees 1 "$KEEPS"
}

quirk_after_sleep() {
	raw_end 0
	echo 1 >"$IDLE"
	do_flr "$FORGETS"
	[ "$(config "$FORGETS" c0.l)" = a3a2a1a0 ]
	wait_for 10 power_is "$FORGETS" D3hot
	raw_start 0 "$FORGETS"
	echo 0 >"$IDLE"
	power_is "$FORGETS" D0
	[ "$(config "$FORGETS" c0.l)" = a3a2a1a0 ]
	attribute "$FORGETS" reset_registers | grep ' ok$'
	# The same where its guest sends it to sleep.
	cfg_write 0 "$PM_CTRL" 2 3
	cfg_write 0 "$PM_CTRL" 2 0
	[ "$(config "$FORGETS" c0.l)" = a3a2a1a0 ]
}

# orders N COUNT VALUE...: so many writes of the power state, one value after the other.
orders() {
	local n=$1 count=$2 devfn i
	local -a values

	shift 2
	values=("$@")
	devfn=$(raw_devfn "$n" 0)
	for ((i = 0; i < count; i++)); do
		echo "$RAW_WRITE 0 0 $devfn 0x$PM_CTRL 2 ${values[i % $#]}" >"$RAW_FILES/$n/op"
	done
}

# lines_of BDF MARK: of the host's log about it, and the last of them.
lines_of() {
	kernel_log_after "mark $2" | grep "$1" >"$KTAP_DIR/lines" || :
	tail -n 4 "$KTAP_DIR/lines" >&2
	wc -l <"$KTAP_DIR/lines"
}

dead() {
	log_mark dead
	mock "$KEEPS" all-ones 1
	orders 1 300 3
	[ "$(lines_of "$KEEPS" dead)" -le 5 ]
	state_is "$KEEPS" quarantined
	mock "$KEEPS" all-ones 0
	raw_end 1
	wait_for 20 do_flr "$KEEPS"
	raw_start 1 "$KEEPS"
}

refuses() {
	log_mark refuses
	mock "$KEEPS" stuck "0x$PM_CTRL"
	orders 1 300 3 0
	mock "$KEEPS" stuck 0
	[ "$(lines_of "$KEEPS" refuses)" -le 8 ]
	state_is "$KEEPS" assigned
	cfg_refused 1 "$PM_CTRL" 2 3
	raw_end 1
	raw_start 1 "$KEEPS"
	cfg_write 1 "$PM_CTRL" 2 3
	cfg_write 1 "$PM_CTRL" 2 0
}

# Each takes 10 ms of a worker, and a reset of the function.
storm() {
	local before after

	log_mark storm
	before=$(mock_count "$FORGETS" pm)
	orders 0 300 3 0
	after=$(mock_count "$FORGETS" pm)
	echo "300 orders: $((after - before)) times from D3hot to D0"
	[ "$((after - before))" -ge 10 ]
	[ "$((after - before))" -le 60 ]
	[ "$(lines_of "$FORGETS" storm)" -le 3 ]
	# It is not for ever.
	sleep 1.5
	cfg_write 0 "$PM_CTRL" 2 3
	cfg_write 0 "$PM_CTRL" 2 0
	agrees 0 "$FORGETS"
}

# It needs 7 s for what takes others 10 ms; a worker may have 3.
slow_wake() {
	echo 3 >"$TIMEOUT"
	raw_end 0
	raw_start 0 "$FORGETS"
	mock "$FORGETS" d0-ms 7000
	cfg_write 0 "$PM_CTRL" 2 3
	answers_within 0 "$OP_LIMIT" cfg_refused 0 "$PM_CTRL" 2 0
	answers_within 0 1000 cat "$PCIBACK/irq_handlers" "$PCIBACK/slots"
	answers_within 0 1000 attribute "$FORGETS" policy
	wait_for 4 state_is "$FORGETS" quarantined
	answers_within 0 4000 raw_end 0
	answers_within 0 4000 raw_start 0 "$OTHER"
	mock "$FORGETS" d0-ms 0
	wait_for 20 do_flr "$FORGETS"
	reset_is "$FORGETS" claimed ok function
	raw_end 0
}

# refused N: its guest does not get its only device.
refused() {
	[ "$(raw_node "$1" state-0)" = "$RAW_CLOSED" ]
}

# The same for one that nobody has, which its next owner wants.
slow_for_next() {
	mock "$SLEEPER" forgets 1
	echo 1 >"$IDLE"
	do_flr "$SLEEPER"
	wait_for 10 power_is "$SLEEPER" D3hot
	echo 0 >"$IDLE"
	mock "$SLEEPER" d0-ms 7000
	raw_offer 2 "$SLEEPER"
	sleep 0.3
	answers_within 0 4000 raw_start 3 "$OTHER"
	answers_within 0 4000 raw_end 3
	wait_for 5 state_is "$SLEEPER" quarantined
	wait_for 5 refused 2
	raw_end 2
	wait_for 20 do_flr "$SLEEPER"
	reset_is "$SLEEPER" claimed ok function
}

# The owner that it is woken for does not wait until the end: xenwatch's thread, which takes
# leave of it, is that of all guests.
leaves_while_waking() {
	echo 1 >"$IDLE"
	do_flr "$SLEEPER"
	wait_for 10 power_is "$SLEEPER" D3hot
	echo 0 >"$IDLE"
	raw_offer 2 "$SLEEPER"
	sleep 0.3
	raw_leave 2
	answers_within 0 3000 raw_start 3 "$OTHER"
	wait_for 5 raw_gone 2
	raw_forget 2
	raw_end 3
	mock "$SLEEPER" d0-ms 0
	wait_for 20 do_flr "$SLEEPER"
	reset_is "$SLEEPER" claimed ok function
	echo 10 >"$TIMEOUT"
}

vfs() {
	[ "$(<"$DEVICES/$SRIOV/sriov_numvfs")" = "$1" ] && [ -e "$DEVICES/$SRIOV/virtfn0/vendor" ]
}

# asked N: its guest was told of an error.
asked() {
	[ -n "$(cat "$RAW_FILES/$1/aer")" ]
}

# The AER thread holds pci_bus_sem and asks the guest, which does not answer; VFs are being
# made, which wants to write there; and the guest switches decode and the power state, of
# which one or both want to read behind that: where ASPM saves power, enabling a device does.
three_threads() {
	local cap order

	modprobe igb
	driver_is "$SRIOV" igb
	echo powersave >"$ASPM"
	claim "$NIC_A"
	cap=$(config "$NIC_A" CAP_PM+0.b >/dev/null && setpci -v -s "$NIC_A" CAP_PM+4.w |
		sed 's/.*@\([0-9a-f]*\) .*/\1/')
	raw_start 4 "$NIC_A"
	echo "$RAW_AERHANDLER" >"$RAW_FILES/4/flags"
	log_mark three
	aer_inject "$NIC_A"
	wait_for 5 asked 4
	sh -c "echo 1 >$DEVICES/$SRIOV/sriov_numvfs" &
	sleep 1
	asked 4
	for order in "4 2 6" "0x$cap 2 3"; do
		# shellcheck disable=SC2086  # three words
		answers_within 0 "$OP_LIMIT" raw_op 4 "$RAW_WRITE" "$(raw_devfn 4 0)" $order
	done
	wait_for 30 aer_done "ktap: mark three"
	wait_for 30 vfs 1
	state_is "$NIC_A" quarantined
	raw_end 4
	wait_for 20 do_flr "$NIC_A"
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	echo default >"$ASPM"
	give_back "$NIC_A"
}

end() {
	raw_end 0
	raw_end 1
	show rmmod pciback-ng
}

ktap_plan 19
kernel_log_start
ktap_need "guests have mock functions with NoSoftRst and without" setup
ktap_test "D3hot and back: one that forgets has what it had and its guest reads (case K5)" forgets
ktap_test "the same for one that does not (case K5)" keeps
ktap_test "what its guest changes in D3hot counts; a reset there loses nothing (case K5)" changed_in_d3
ktap_test "after an administrator's reset all is as its guest reads it (case K17)" admin_resets
ktap_test "after a toolstack's bus mastering is off, and can be switched on (case K17)" tools_reset
ktap_test "after its own reset a guest reads what the device has (case K17)" guest_resets
ktap_test "registers of reset quirks are there after sleep (case K16)" quirk_after_sleep
ktap_test "a dead device costs a few lines in the log, and its guest the device (case K4)" dead
ktap_test "so does one that refuses its power states (case K4)" refuses
ktap_test "changes of power state are a budget (case K4)" storm
ktap_test "one that needs long for D0 delays nobody, and is quarantined (case K2)" slow_wake
ktap_test "the same for one that is woken for its owner (case K2)" slow_for_next
ktap_test "its owner that leaves meanwhile delays no other guest (case K2)" leaves_while_waking
ktap_test "AER, VFs and a power state at once: none waits for ever (case K1)" three_threads
ktap_test "a ROM that Linux could not place is no ROM (case K22)" rom_without_place
ktap_test "all is given back" end
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_test "Xen's log is clean" xen_log_clean
ktap_finish
