#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm: guests have sriov-mbox-vf
#
# The mailbox of a VF in a PV guest: registers in its configuration space, a handshake by
# them alone, what a guest must not do with them; then the guest's module, an agent in
# dom0, the relay to igb; and that nothing stays behind.
#
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with SRIOV (a PF
# of igb), GUEST_KERNEL, GUEST_INITRD set.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/abi.sh
. ../passthrough-lib/abi.sh

for name in SRIOV GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no mailbox"
ktap_require_commands lspci
ktap_require_programs vmbox_tool
ktap_require_modules pciback-ng sriov-mbox sriov-mbox-xen igb

DEVICES=/sys/bus/pci/devices
LIMITS=/sys/module/sriov_mbox/parameters
GUEST_MODULES=xen-pcifront

vf() {
	basename "$(readlink "$DEVICES/$SRIOV/virtfn$1")"
}

vf_file() {
	contents "$DEVICES/$(vf 0)/sriov_mbox/$1"
}

load() {
	modprobe pciback-ng
	modprobe sriov-mbox
	modprobe sriov-mbox-xen
	modprobe igb
	wait_for 10 driver_is "$SRIOV" igb
	echo 0 >"$DEVICES/$SRIOV/sriov_drivers_autoprobe"
	echo 2 >"$DEVICES/$SRIOV/sriov_numvfs"
	ip link set "$(net_of "$SRIOV")" up
	claim "$(vf 0)"
	claim "$(vf 1)"
}

start() {
	guest_start a "$(vf 0)"
	guest_up a
}

state_is() {
	[ "$(vf_file state)" = "$1" ]
}

# What a guest does not see, as no HVM guest does, is no sign that somebody is there.
unseen() {
	[ "$(vf_file port)" = xen ]
	state_is closed
	at_guest mbox_config find
	state_is starting
}

# at_guest PROGRAM COMMAND...: of the VF in the guest; what it says is in .out, too.
at_guest() {
	local program=$1

	shift
	guest_show a 60 "$program $(guest_place a "$(vf 0)") $*"
}

said() {
	grep -qx -e "$1" "$KTAP_DIR/.out"
}

# As lspci sees it who gets the guest's configuration space.
in_lspci() {
	local place

	place=$(guest_place a "$(vf 0)")
	{
		echo "${place#0000:} Ethernet controller: as the guest sees it"
		guest_run a 20 "head -c 256 /sys/bus/pci/devices/$place/config |
			hexdump -v -e '\"%02_ax:\" 16/1 \" %02x\" \"\\n\"'"
	} >"$KTAP_DIR/space"
	lspci -F "$KTAP_DIR/space" -vv | tee "$KTAP_DIR/lspci"
	grep -q 'Capabilities: \[40\] Vendor Specific Information: Len=20' "$KTAP_DIR/lspci"
	grep -q 'MSI-X' "$KTAP_DIR/lspci"
	grep -q 'Express' "$KTAP_DIR/lspci"
	# The device itself has nothing there.
	[ "$(config "$(vf 0)" 40.l)" = 00000000 ]
}

# The handshake, and messages in one piece and in three.
by_registers() {
	at_guest mbox_config find
	said 'at 0x40, info 0x100000, status 0x[0-9a-f]*'
	at_guest mbox_config version
	said 'status 0, version 1.0, open, [0-9]* accesses'
	at_guest mbox_config echo 40
	at_guest mbox_config echo 500
}

# A doorbell for each piece breaks no rule, however few may be rung without need.
bells_of_pieces() {
	local bad rate burst

	rate=$(<"$LIMITS/bells_rate") burst=$(<"$LIMITS/bells_burst")
	echo 1 >"$LIMITS/bells_rate"
	echo 8 >"$LIMITS/bells_burst"
	bad=$(vf_file bad)
	at_guest mbox_config echo 4000
	echo "$rate" >"$LIMITS/bells_rate"
	echo "$burst" >"$LIMITS/bells_burst"
	[ "$(vf_file bad)" -eq "$bad" ]
}

front_state() {
	xenstore-read "/local/domain/$(guest_id a)/device/pci/0/state"
}

# Without what a slow machine says of itself.
lines_of_log() {
	kernel_log_since | grep -vcE "$KERNEL_LOG_SLOW" || :
}

# Grants that are none, an event channel that is none: an error and nothing else.
bad_memory() {
	local before place

	place=$(guest_place a "$(vf 0)")
	before=$(lines_of_log)
	guest_show a 60 "for i in 1 2 3 4 5; do mbox_config $place memory \$((i * 4096)) 3; done
		mbox_config $place memory 0x7ffffff0 0"
	[ "$(grep -c 'result 14' "$KTAP_DIR/.out")" -eq 5 ]
	said 'result 22'
	[ "$(front_state)" = 4 ]
	[ $(($(lines_of_log) - before)) -le 2 ]
	at_guest mbox_config version
}

# A guest that sets up memory again and again: it gets none any more, and breaks a rule
# each time. That such a one is quarantined, mbox-hostile shows.
# Three at once and one a second: what 16 of them take is measured, for the host may be slow.
set_up_in_a_loop() {
	local bad place rate burst allowed begin

	place=$(guest_place a "$(vf 0)")
	rate=$(<"$LIMITS/setups_rate") burst=$(<"$LIMITS/setups_burst")
	echo 1 >"$LIMITS/setups_rate"
	echo 3 >"$LIMITS/setups_burst"
	echo 0 >"$LIMITS/strikes_rate"
	# The tests before have used the allowance up: it is full again after burst / rate = 3 s.
	sleep 4
	bad=$(vf_file bad)
	begin=$SECONDS
	guest_show a 100 "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		mbox_config $place memory 4096 3; done"
	echo "$rate" >"$LIMITS/setups_rate"
	echo "$burst" >"$LIMITS/setups_burst"
	echo 1 >"$LIMITS/strikes_rate"
	bad=$(($(vf_file bad) - bad)) allowed=$((16 - bad))
	echo "$bad of 16 were too many, in $((SECONDS - begin)) s"
	[ "$bad" -ge 1 ] && [ "$allowed" -ge 3 ]
	[ "$allowed" -le $((3 + SECONDS - begin + 1)) ]
	[ "$(grep -c 'result 14' "$KTAP_DIR/.out")" -eq "$allowed" ]
	[ "$(grep -c 'result 16' "$KTAP_DIR/.out")" -eq "$bad" ]
	at_guest mbox_config version
}

# status_now: as the registers have it.
status_now() {
	at_guest mbox_config find >&2
	sed -n 's/.*status //p' "$KTAP_DIR/.out"
}

reset_in_guest() {
	guest_run a 20 "echo 1 >/sys/bus/pci/devices/$(guest_place a "$(vf 0)")/reset"
}

# A function reset is the end of all that was agreed on.
forgets() {
	local before after

	before=$(status_now)
	reset_in_guest
	after=$(status_now)
	echo "before $before, after $after"
	[ $((before & 2)) -eq 2 ]
	[ $((after & 2)) -eq 0 ]
	[ $((after >> 16)) -gt $((before >> 16)) ]
}

generation() {
	sed -n 's/.* gen \([0-9]*\) .*/\1/p' "$KTAP_DIR/.out"
}

# The guest's node has the same rule for its ioctls as the host's.
grows() {
	local place

	place=$(guest_place a "$(vf 0)")
	guest_show a 60 "vmbox_abi guest $place"
	guest_show a 60 "vmbox_abi info guest $place"
	said 'version 1.0 layout 1'
	said 'pages 6 of 4096 slots 128 of 64 payload 4096'
}

# is_open [WORD]: and uses the memory that it shares.
is_open() {
	at_guest vmbox_guest info
	said "vf 0 gen [0-9]* open${1-} memory"
}

module_in_guest() {
	guest_run a 20 "insmod /fixtures/sriov-mbox-vf.ko"
	wait_for 20 is_open ' pf'
	is_open ' pf'
	grep sriov-mbox /proc/interrupts
}

# Both modules have documented what they show and show what they have documented. A node
# in /dev that comes with a VF is no file in sysfs.
abi() {
	local live=$KTAP_DIR/live

	abi_live none /sys/module/sriov_mbox_xen/parameters >"$live"
	abi_agrees sysfs-module-sriov_mbox_xen "$live"
	guest_show a 20 "for file in /sys/module/sriov_mbox_vf/parameters/*
			 do stat -c '%n %A' \$file; done"
	sed -n 's/^\(\/sys[^ ]*\) .\(..\).*/\1 \2/p' "$KTAP_DIR/.out" | sort >"$live"
	grep -q memory "$live"
	abi_agrees sysfs-module-sriov_mbox_vf "$live"
	guest_run a 20 "[ -c /dev/vmbox/guest-$(guest_place a "$(vf 0)") ]"
}

by_memory() {
	at_guest vmbox_guest test 1 0 4088
	said 'status 0'
	at_guest vmbox_guest times 500 64
	said 'status 0'
}

# agent_start [HOW]: what it prints is in agent.log; it is told what to do by a pipe.
agent_start() {
	rm -f "$KTAP_DIR/orders"
	mkfifo "$KTAP_DIR/orders"
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$KTAP_DIR/agent.log"
	./vmbox_tool agent -p "${1-yes}" "$SRIOV" <"$KTAP_DIR/orders" >"$KTAP_DIR/agent.log" 2>&1 &
	echo $! >"$KTAP_DIR/agent.pid"
	exec 7>"$KTAP_DIR/orders"
	wait_for 10 grep -q '^agent' "$KTAP_DIR/agent.log"
}

agent() {
	agent_start
	wait_for 20 is_open ' pf'
	at_guest vmbox_guest op 8005 a1b2c3
	said 'answer of 3'
	cat "$KTAP_DIR/agent.log"
	grep -q '^request 0 0x8005 len 3 a1b2c3' "$KTAP_DIR/agent.log"
	# The other way round: asked, the guest's user space answers.
	guest_run a 20 "vmbox_guest $(guest_place a "$(vf 0)") serve 20 0 >/tmp/served 2>&1 &
		until grep -q serving /tmp/served; do sleep 0.1; done"
	echo "call 0 8006 5000 55" >&7
	wait_for 10 grep -q '^answer ok' "$KTAP_DIR/agent.log"
	guest_show a 20 "cat /tmp/served; killall vmbox_guest"
	said 'request 8006 len 1'
}

agent_stop() {
	local pid

	pid=$(<"$KTAP_DIR/agent.pid")
	kill "$pid"
	wait_for 10 not kill -0 "$pid"
}

MAC=52:54:00:77:00:01

# The agent is gone: the relay answers, as far as it may.
relay() {
	local policy

	agent_stop
	policy=$DEVICES/$(vf 0)/sriov_mbox/relay_policy
	wait_for 20 is_open ' pf'
	not at_guest vmbox_guest op 11 "${MAC//:/}0000"
	said 'status 1'
	not grep -i "$MAC" <<<"$(ip link show "$(net_of "$SRIOV")")"
	echo "mac=$MAC" >"$policy"
	at_guest vmbox_guest op 11 "${MAC//:/}0000"
	said 'status 0'
	ip link show "$(net_of "$SRIOV")" | tee "$KTAP_DIR/link"
	grep -qi "vf 0 .*$MAC" "$KTAP_DIR/link"
	# Of another VF he may say nothing at all.
	[ "$(grep -ci "$MAC" "$KTAP_DIR/link")" -eq 1 ]
}

served() {
	guest_show a 20 "cat /tmp/served"
	grep -q "$1" "$KTAP_DIR/.out"
}

link_down() {
	guest_run a 20 "vmbox_guest $(guest_place a "$(vf 0)") serve 90 0 >/tmp/served 2>&1 &
		until grep -q serving /tmp/served; do sleep 0.1; done"
	ip link set "$(net_of "$SRIOV")" down
	wait_for 30 served 'link 0 '
	ip link set "$(net_of "$SRIOV")" up
	wait_for 30 served 'link 1 '
	served .
	guest_run a 20 "killall vmbox_guest"
}

# By registers: what was in the receive slot and was not taken is told in the next
# generation.
event_again() {
	agent_start
	at_guest mbox_config version
	at_guest mbox_config echo 4
	echo "tell 0 4 20" >&7
	wait_for 10 grep -q '^answer ok' "$KTAP_DIR/agent.log"
	at_guest mbox_config reset
	at_guest mbox_config version
	at_guest mbox_config echo 4
	said 'event 0x[0-9a-f]*, blocks 0x20'
	agent_stop
}

# The agent does not answer, which the mailbox would after 5 s.
asker_killed() {
	local place

	place=$(guest_place a "$(vf 0)")
	agent_start silent
	wait_for 20 is_open ' pf'
	guest_show a 30 "vmbox_guest $place op 8005 & sleep 1; kill -9 \$!
		begin=\$(cut -d. -f1 /proc/uptime)
		wait \$!
		echo waited \$((\$(cut -d. -f1 /proc/uptime) - begin))"
	said 'waited [01]'
	cat "$KTAP_DIR/agent.log"
	grep -q '^request 0 0x8005' "$KTAP_DIR/agent.log"
	agent_stop
	wait_for 20 is_open ' pf'
}

# Now with memory: it is let go of, and the guest's module begins anew.
reset_with_memory() {
	local before

	is_open ' pf'
	before=$(generation)
	reset_in_guest
	wait_for 20 is_open_after "$before"
	by_memory
}

is_open_after() {
	is_open ' pf'
	[ "$(generation)" -gt "$1" ]
}

# The domain is gone when Xen has nothing of it mapped anywhere.
killed() {
	guest_run a 20 "vmbox_guest $(guest_place a "$(vf 0)") times 100000 64 >/dev/null 2>&1 &"
	guest_destroy a
	wait_for 20 owned_by_nobody
	not grep sriov-mbox /proc/interrupts
	xl list
	[ "$(xl list | grep -c .)" -eq 2 ]
}

owned_by_nobody() {
	[ "$(cat "$DEVICES/$(vf 0)/pciback/owner")" = none ]
}

next_owner() {
	GUEST_MODULES=xen-pcifront,sriov-mbox-vf
	start
	wait_for 20 is_open ' pf'
	is_open ' pf'
}

# A request of the PF is in the queue of a reader that does not read; the VF goes, then the
# reader: its answer has nowhere to go.
reader_outlives_vf() {
	local place

	place=$(guest_place a "$(vf 0)")
	agent_start
	wait_for 20 is_open ' pf'
	guest_run a 20 "vmbox_guest $place hold 100 >/tmp/held 2>&1 &
		until grep -q holding /tmp/held; do sleep 0.1; done"
	echo "call 0 8006 1000 55" >&7
	wait_for 10 grep -q '^answer ETIMEDOUT' "$KTAP_DIR/agent.log"
	guest_run a 30 "echo 1 >/sys/bus/pci/devices/$place/remove; killall vmbox_guest"
	agent_stop
	guest_show a 20 "! dmesg | grep -B 2 -A 8 'WARNING.*vf_free'"
	guest_run a 30 "echo 1 >/sys/bus/pci/rescan"
	wait_for 20 is_open ' pf'
}

# The module goes while a guest has it open: what it sees is empty, and stays so.
module_goes() {
	rmmod sriov-mbox-xen
	not grep sriov-mbox /proc/interrupts
	not at_guest mbox_config find
	modprobe sriov-mbox-xen
	not at_guest mbox_config find
	guest_run a 20 "rmmod sriov-mbox-vf"
	guest_destroy a
	wait_for 20 owned_by_nobody
}

end() {
	release "$(vf 0)"
	release "$(vf 1)"
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	rmmod sriov-mbox-xen
	rmmod sriov-mbox
	rmmod pciback-ng
}

ktap_plan 25
kernel_log_start
ktap_need "the modules are there, two VFs are hidden" load
ktap_need "a PV guest has one of them" start
ktap_test "somebody is there when it has looked at the registers, not before" unseen
ktap_test "its configuration space has the mailbox's registers" in_lspci
ktap_test "a version is agreed on through them, messages come back" by_registers
ktap_test "a doorbell for each piece of a long one breaks no rule" bells_of_pieces
ktap_test "grants that are none are an error, and harm nothing" bad_memory
ktap_test "who sets up memory in a loop is refused, and breaks rules" set_up_in_a_loop
ktap_test "a function reset is the end of the generation" forgets
ktap_test "an event that was not taken is told again" event_again
ktap_need "the guest's module shares memory and opens the mailbox" module_in_guest
ktap_test "Documentation/ABI agrees with what is there, here and in the guest" abi
ktap_test "structures of the guest's ioctls may grow, flags are 0 (case M25)" grows
ktap_test "messages of up to 4 KiB come back through it" by_memory
ktap_test "an agent in dom0 answers, and is answered" agent
ktap_test "without it the relay does: an address, when it may" relay
ktap_test "the PF's link goes down and up: the guest hears of it" link_down
ktap_test "who waits for an answer can be killed (case M20)" asker_killed
ktap_test "a function reset: the module lets go of its memory and begins anew" reset_with_memory
ktap_test "killed while it talks: no grant, no event channel stays" killed
ktap_test "the next owner opens it" next_owner
ktap_test "the VF goes while a request waits for its reader (case M19)" reader_outlives_vf
ktap_test "dom0's module goes while a guest has it open" module_goes
ktap_test "all is given back" end
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
