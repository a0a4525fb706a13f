#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The mailbox between user space and PF: what the nodes in /dev/vmbox promise, who answers
# for a PF, deadlines, and files that are open when their VF goes.
#
# Runs in a test machine (tools/testing/vm/run.sh native) or as root with SRIOV (a PF that
# igb drives) and the module mboxpf (tools/testing/mbox).
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
# shellcheck source=tools/testing/selftests/passthrough-lib/leak.sh
. ../passthrough-lib/leak.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/abi.sh
. ../passthrough-lib/abi.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no mailbox"
ktap_require_commands python3
ktap_require_programs vmbox_abi vmbox_tool vmbox_steps
ktap_require_modules sriov-mbox mboxpf igb

PF=/sys/bus/pci/devices/$SRIOV
ORDER=/sys/module/mboxpf/parameters/order
TOOL=./vmbox_tool

vf() {
	basename "$(readlink "$PF/virtfn$1")"
}

vf_file() {
	contents "$PF/virtfn0/sriov_mbox/$1"
}

setup() {
	show modprobe igb
	show modprobe sriov-mbox
	wait_for 10 driver_is "$SRIOV" igb
	echo 0 >"$PF/sriov_drivers_autoprobe"
	echo 2 >"$PF/sriov_numvfs"
	[ "$(stat -c %a "/dev/vmbox/vf-$(vf 0)" "/dev/vmbox/vf-$(vf 1)" "/dev/vmbox/pf-$SRIOV" |
		tr '\n' ' ')" = '600 600 600 ' ]
	vf 0 >"$KTAP_DIR/first"
}

step() {
	./vmbox_steps "$1" "$(vf 0)" "$SRIOV"
}

# Each structure of an ioctl may be longer than this kernel's, and has flags.
grows() {
	show ./vmbox_abi vf "$(vf 0)"
	show ./vmbox_abi pf "$SRIOV"
}

# What a program needs to know of this kernel, and which VFs there are.
informed() {
	./vmbox_abi info vf "$(vf 1)" | tee "$KTAP_DIR/info"
	grep -x 'version 1.0 layout 1' "$KTAP_DIR/info"
	grep -x 'pages 6 of 4096 slots 128 of 64 payload 4096' "$KTAP_DIR/info"
	grep -x 'requests 32 answer_ms 5000' "$KTAP_DIR/info"
	grep -x 'features 0x3 agreed 0' "$KTAP_DIR/info"
	grep '^vf 1 gen ' "$KTAP_DIR/info"
	./vmbox_abi info pf "$SRIOV" | tee "$KTAP_DIR/info"
	grep -x 'vfs 2 of 256 mask 0x3' "$KTAP_DIR/info"
}

# What a VF said before it agreed on a version is a broken rule, and not answered.
early() {
	local bad

	bad=$(vf_file bad)
	python3 - "/dev/vmbox/vf-$(vf 0)" <<-'END'
		import fcntl, mmap, struct, sys
		f = open(sys.argv[1], "r+b", buffering=0)
		m = mmap.mmap(f.fileno(), 3 * 4096, offset=4096)
		host = mmap.mmap(f.fileno(), 4096, prot=mmap.PROT_READ)
		gen = struct.unpack_from("<H", host, 4)[0]
		# HEARTBEAT, a request
		struct.pack_into("<HHIHHHH", m, 4096, 3, 1, 7, 0, 0, gen, 0)
		struct.pack_into("<I", m, 0, 1)
		fcntl.ioctl(f, 0x5662)
		assert struct.unpack_from("<I", host, 64)[0] == 0, "it was answered"
		assert struct.unpack_from("<I", host, 128)[0] == 1, "it was not taken"
	END
	[ "$(vf_file bad)" -eq $((bad + 1)) ]
}

# limit NAME VALUE: as it was at the end of the test.
limit() {
	local file=/sys/module/sriov_mbox/parameters/$1

	[ -e "$KTAP_DIR/limit.$1" ] || cat "$file" >"$KTAP_DIR/limit.$1"
	echo "$2" >"$file"
}

limits_end() {
	local file

	for file in "$KTAP_DIR"/limit.*; do
		cat "$file" >"/sys/module/sriov_mbox/parameters/${file##*/limit.}"
		rm "$file"
	done
}

# Who rings for each message is not held to bells_rate; who rings for nothing is.
bells() {
	local bad

	limit bells_rate 1
	limit bells_burst 8
	limit strikes_rate 0
	bad=$(vf_file bad)
	step bells
	[ "$(vf_file bad)" -eq "$bad" ]
	step no-bells
	echo "40 for nothing broke $(($(vf_file bad) - bad)) rules"
	[ "$(vf_file bad)" -gt $((bad + 20)) ]
	limits_end
}

# Each opener breaks a rule, by which it sees whether somebody writes its first page.
reopened() {
	limit strikes_rate 0
	step reopen
	limits_end
}

agent_up() {
	wait_for 5 user_is agent
}

user_is() {
	[ "$(<"$PF/sriov_mbox/user")" = "$1" ]
}

# start FILE ARGUMENT...: vmbox_tool, until it is killed.
start() {
	local file=$1

	shift
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$KTAP_DIR/$file"
	"$TOOL" "$@" </dev/null >"$KTAP_DIR/$file" 2>&1 &
	echo $! >"$KTAP_DIR/$file.pid"
}

stop() {
	kill -9 "$(<"$KTAP_DIR/$1.pid")" || :
	wait "$(<"$KTAP_DIR/$1.pid")" || :
}

call() {
	"$TOOL" call "$(vf 0)" "$@" | tee "$KTAP_DIR/said"
}

# The driver comes first, then the agent, then the relay that any card of a network has.
precedence() {
	user_is relay
	start agent agent "$SRIOV"
	agent_up
	call raw 8003 aa
	grep -q '^answer ok len 1' "$KTAP_DIR/said"
	show modprobe mboxpf "pf=$SRIOV"
	user_is mboxpf
	call raw 8003 aa || :
	grep -q '^answer EPERM' "$KTAP_DIR/said"
	start idle vf "$(vf 1)"
	wait_for 10 grep -q 'pf mboxpf' "$KTAP_DIR/idle"
	show rmmod mboxpf
	user_is agent
	wait_for 10 grep -q 'pf agent' "$KTAP_DIR/idle"
	stop agent
	wait_for 5 user_is relay
	wait_for 10 grep -q 'pf relay' "$KTAP_DIR/idle"
	stop idle
	cat "$KTAP_DIR/idle"
	grep -q '^restart' "$KTAP_DIR/idle"
}

# An agent hears how each VF is, and of each generation before anything that is asked in it.
hears_states() {
	start agent agent "$SRIOV"
	agent_up
	wait_for 5 grep -q '^vf 1 state 0 gen .* reset' "$KTAP_DIR/agent"
	call raw 8003 aa
	start idle vf "$(vf 1)"
	wait_for 10 grep -q '^open' "$KTAP_DIR/idle"
	stop idle
	wait_for 5 sh -c "tail -n 1 '$KTAP_DIR/agent' | grep -q '^vf 1 state 0'"
	echo 0 >"$PF/sriov_numvfs"
	wait_for 5 grep -q '^vf 1 state 5 .* reset' "$KTAP_DIR/agent"
	echo 2 >"$PF/sriov_numvfs"
	wait_for 5 sh -c "tail -n 1 '$KTAP_DIR/agent' | grep -q '^vf . state 0 gen .* reset'"
	stop agent
	cat "$KTAP_DIR/agent"
	grep -q '^vf 1 state 2 gen' "$KTAP_DIR/agent"
	awk '/^vf 0 .* reset/ { open = 0 } /^vf 0 state 2 gen/ { open = 1 }
		/^request 0/ { n++; if (!open) exit 1 } END { if (!n) exit 1 }' "$KTAP_DIR/agent"
}

# A PF driver hears of each generation before it is asked anything in it.
hears_resets() {
	local i

	show modprobe mboxpf "pf=$SRIOV"
	for i in 1 2 3 4 5 6 7 8; do
		call raw 8000 "0$i"
		grep -q "^answer ok len 1 0$i" "$KTAP_DIR/said"
	done
	cat /sys/module/mboxpf/parameters/resets
	[ "$(cut -d' ' -f1 /sys/module/mboxpf/parameters/resets)" -ge 10 ]
	[ "$(cut -d' ' -f2 /sys/module/mboxpf/parameters/resets)" -eq 0 ]
	[ "$(cut -d' ' -f3 /sys/module/mboxpf/parameters/resets)" -ge 1 ]
	show rmmod mboxpf
}

# An agent that a driver has displaced does not speak for the PF.
displaced() {
	show modprobe mboxpf "pf=$SRIOV"
	printf 'call 0 8000 100\ntell 0 1 0\n' | timeout 2 "$TOOL" agent "$SRIOV" >"$KTAP_DIR/agent" || :
	cat "$KTAP_DIR/agent"
	[ "$(grep -c '^answer EBUSY' "$KTAP_DIR/agent")" -eq 2 ]
	show rmmod mboxpf
}

driver() {
	show modprobe mboxpf "pf=$SRIOV"
	call raw 8000 0102
	grep -q '^answer ok len 2 0102' "$KTAP_DIR/said"
	call raw 8001 0304
	grep -q '^answer ok len 2 0304' "$KTAP_DIR/said"
	call read 7 4
	grep -q '^answer ok len 4 07070707' "$KTAP_DIR/said"
	call raw 8002 || :
	grep -q '^answer ETIMEDOUT' "$KTAP_DIR/said"
	[ "$(vf_file late)" -ge 1 ]
}

order() {
	echo "$*" >"$ORDER"
	cat "$ORDER"
}

# Requests of the PF: who is there answers, who is not is an error, who is mute costs the
# deadline and not more.
asked() {
	[ "$(order call 0 8000 500)" -eq -107 ]
	start vf0 vf "$(vf 0)"
	start vf1 vf "$(vf 1)"
	wait_for 10 grep -q '^open' "$KTAP_DIR/vf0"
	wait_for 10 grep -q '^open' "$KTAP_DIR/vf1"
	[ "$(order call 0 8000 2000)" -eq 0 ]
	[ "$(order all 8000 2000)" -eq 0 ]
	[ "$(order call 0 40 2000)" -eq -22 ]
	order tell 1 2 8
	wait_for 5 grep -q '^event 0x2 blocks 0x8' "$KTAP_DIR/vf1"
	stop vf0
	[ "$(order all 8000 2000)" -eq 1 ]
	start vf0 vf -p silent "$(vf 0)"
	wait_for 10 grep -q '^open' "$KTAP_DIR/vf0"
	[ "$(order call 0 8000 300)" -eq -110 ]
	stop vf0
	stop vf1
}

# A request waits for the answer of another VF. Meanwhile an agent comes, which wants the
# lock of who answers for the PF for writing.
asks_another() {
	start vf1 vf "$(vf 1)"
	wait_for 10 grep -q '^open' "$KTAP_DIR/vf1"
	kill -STOP "$(<"$KTAP_DIR/vf1.pid")"
	start asker call "$(vf 0)" raw 8005 01
	sleep 0.5
	start agent agent "$SRIOV"
	wait_for 2 grep -q '^agent' "$KTAP_DIR/agent"
	kill -CONT "$(<"$KTAP_DIR/vf1.pid")"
	wait_for 10 grep -q '^answer' "$KTAP_DIR/asker"
	cat "$KTAP_DIR/asker"
	grep -q '^answer ok' "$KTAP_DIR/asker"
	stop agent
	stop vf1
}

# vmbox_tell() on one processor, and in interrupts that come to it meanwhile: the lock that
# finds a VF is held with interrupts off, or this is a deadlock.
from_interrupts() {
	local told

	told=$(order storm 1 6000)
	[ "$told" != -19 ] || ktap_skip_this "there is one processor only"
	echo "told $told times by the other processor meanwhile"
	[ "$told" -ge 1 ]
	start vf1 vf "$(vf 1)"
	wait_for 10 grep -qE '^event 0x[0-9a-f]*[67ef] ' "$KTAP_DIR/vf1"
	stop vf1
}

# A VF's process dies at any moment, also with a request under way; the next one is served.
killed() {
	local i

	for i in 0 1 2 3 4 5 6 7 8 9; do
		start dying call "$(vf 0)" raw 8004 00
		sleep "0.0$i"
		stop dying
		call raw 8000 "0$i"
		grep -q "^answer ok len 1 0$i" "$KTAP_DIR/said"
	done
	[ "$(vf_file state)" = closed ]
	[ "$(vf_file port)" = none ]
}

# The PF's driver takes its VFs away while their nodes are open.
vf_goes() {
	local from

	start vf0 vf "$(vf 0)"
	start vf1 vf "$(vf 1)"
	wait_for 10 grep -q '^open' "$KTAP_DIR/vf0"
	wait_for 10 grep -q '^open' "$KTAP_DIR/vf1"
	from=$(date +%s%3N)
	echo 0 >"$PF/sriov_numvfs"
	echo "VFs gone after $(($(date +%s%3N) - from)) ms"
	[ ! -e "/dev/vmbox/vf-$(<"$KTAP_DIR/first")" ]
	wait_for 5 grep -q '^gone' "$KTAP_DIR/vf0"
	wait_for 5 grep -q '^gone' "$KTAP_DIR/vf1"
	echo 2 >"$PF/sriov_numvfs"
	call raw 8000 55
	grep -q '^answer ok len 1 55' "$KTAP_DIR/said"
}

# The module stays while a node is open, and goes at once when none is.
unload() {
	show rmmod mboxpf
	start vf0 vf "$(vf 0)"
	wait_for 10 grep -q '^open' "$KTAP_DIR/vf0"
	not rmmod sriov-mbox
	stop vf0
	show rmmod sriov-mbox
	[ ! -e "/dev/vmbox/pf-$SRIOV" ]
	[ ! -e "$PF/sriov_mbox" ]
	show modprobe sriov-mbox
	[ -e "/dev/vmbox/vf-$(vf 1)" ]
	call nop
}

cycle() {
	local i

	for i in 1 2 3 4 5; do
		modprobe sriov-mbox
		"$TOOL" call "$(vf 0)" nop
		rmmod sriov-mbox
	done >/dev/null
}

leaks() {
	leak_needs
	rmmod sriov-mbox
	cycle
	leak_before
	cycle
	leak_after 5
	modprobe sriov-mbox
}

no_xen() {
	[ ! -e /proc/xen/capabilities ] || ktap_skip_this "this is a Xen dom0"
	not modprobe sriov-mbox-xen
	kernel_log_since | grep 'sriov_mbox_xen: no Xen dom0: not loaded'
	rmmod pciback-ng
}

abi() {
	abi_live "$SRIOV" "$PF/sriov_mbox" >"$KTAP_DIR/live"
	abi_live "$(vf 0)" "/sys/bus/pci/devices/$(vf 0)/sriov_mbox" >>"$KTAP_DIR/live"
	abi_live none /sys/module/sriov_mbox/parameters >>"$KTAP_DIR/live"
	sort -o "$KTAP_DIR/live" "$KTAP_DIR/live"
	abi_agrees sysfs-module-sriov_mbox "$KTAP_DIR/live"
}

kernel_log_start
ktap_plan 37
ktap_need "there are nodes for the PF and its VFs" setup
ktap_test "Documentation/ABI agrees with what is there" abi
ktap_test "structures of ioctls may grow, flags are 0 (case M25)" grows
ktap_test "INFO says what this kernel's mailbox is, and which VFs there are (case M25)" informed
ktap_test "hands are shaken, and what is promised is told" step hands
ktap_test "versions and features that are not known are refused" step versions
ktap_test "before that nothing is answered" early
ktap_test "NOP, ECHO of any length, RETRY and FAIL are as they should be" step tests
ktap_test "BUSY comes twice before the answer" step busy
ktap_test "4096 bytes go through an agent and come back" step 4096
ktap_test "what is of another generation is neither answered nor heard" step stale
ktap_test "events are kept, added up and told once there is somebody" step events
ktap_test "events that were not read are told again, and no others" step unread
ktap_test "a channel that is saved takes them along" step saved
ktap_test "indices and lengths that cannot be end the generation" step indices
ktap_test "the VF can write its own pages and no others" step memory
ktap_test "a node has one opener at a time" step openers
ktap_test "who opens it while another closes it has a mailbox (case M8)" reopened
ktap_test "an eventfd kicks" step kickfd
ktap_test "a doorbell for each message breaks no rule, many for nothing do" bells
ktap_test "frames that are not well formed are refused" step frames
ktap_test "what nobody answers is answered at its deadline" step late
ktap_test "a driver comes before an agent and that before the relay" precedence
ktap_test "an agent hears of states and generations before requests (case M25)" hears_states
ktap_test "a PF driver hears of a reset before the next request (case M25)" hears_resets
ktap_test "who was displaced does not speak for the PF" displaced
ktap_test "a driver answers, later, never or with an error" driver
ktap_test "a driver asks one VF and all" asked
ktap_test "a request may wait for another VF, whoever comes meanwhile (case M18)" asks_another
ktap_test "events are told from an interrupt that comes at any moment (case M16)" from_interrupts
ktap_test "VFs are killed at any moment, the next is served" killed
ktap_test "VFs go while their nodes are open" vf_goes
ktap_test "the module goes when no node is open" unload
ktap_test "coming and going leaves nothing behind" leaks
ktap_test "hands are shaken as in the beginning" step hands
ktap_test "without Xen sriov-mbox-xen says why it does not load (case S3)" no_xen
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
