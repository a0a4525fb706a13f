#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a message of the mailbox costs between a PV guest and dom0, beside what nothing
# there can be faster than, in one boot and in turns: the numbers behind the Xen part of
# the last table of `make bench`. Runs in a Xen test machine (tools/testing/vm/run.sh xen)
# or on a real dom0 with SRIOV (a PF of igb), GUEST_KERNEL, GUEST_INITRD set.
#
# vm: guests have sriov-mbox-vf mboxping xen-evtchn
#
# What is compared. Each pair has its ends at the same height:
#  - A process in the guest asks by one system call and sleeps; dom0's kernel answers, by a
#    work. "bare": an event channel and nothing else (tools/testing/mbox/mboxping.c), the
#    least that it takes to wake up somebody in dom0 and then that process. "ring": 64
#    bytes there and 56 back, over shared memory.
#  - A process in the guest asks, a process in dom0 answers. "evtchn": both have
#    /dev/xen/evtchn open, one event each way. "agent": 64 bytes each way through the
#    guest's node of the mailbox and its agent's in dom0.
#  - "window": as "ring", without shared memory: all of it through the registers of the
#    same guest. "accesses": 24 accesses to such registers, half of them reads.
#  - "handshake": from a new generation to the answer to CAPS, by trace events in dom0: a
#    signal, VERSION and CAPS, each there and back. There is nothing to compare it with but
#    the code of igbvf, which waits 10 ms in the midst of its own: here in a guest igb does
#    not answer it ("PF still resetting"), and what it then takes, seconds, is no handshake.
#
# The tests of this suite only say that it could be measured. The numbers are lines
#
#	# bench-mbox: ROUND NAME VALUE
#
# in nanoseconds for one, the median; NAME-99 is what 99 of 100 do not exceed. Counted by
# probes in the guest while an agent answers 64 bytes with as many, all through the window:
# "moves", accesses for one message each way; "looks", reads of STATUS for both.
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

for name in SRIOV GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree driver has no mailbox"
ktap_require_programs vmbox_ping
ktap_require_modules pciback-ng sriov-mbox sriov-mbox-xen mboxping igb

PROGRAMS=$PWD
DEVICES=/sys/bus/pci/devices
TRACE=/sys/kernel/tracing
GUEST_MODULES=xen-pcifront
ROUNDS=${ROUNDS:-4}
COUNT=${COUNT:-400}	# of each that is fast
SLOW=${SLOW:-100}	# of each that goes through the window

vf() {
	basename "$(readlink "$DEVICES/$SRIOV/virtfn$1")"
}

load() {
	modprobe pciback-ng
	modprobe sriov-mbox
	modprobe sriov-mbox-xen
	modprobe igb
	wait_for 10 driver_is "$SRIOV" igb
	echo 0 >"$DEVICES/$SRIOV/sriov_drivers_autoprobe"
	echo 1 >"$DEVICES/$SRIOV/sriov_numvfs"
	ip link set "$(net_of "$SRIOV")" up
	claim "$(vf 0)"
}

# What runs in the guest later, for each time that it is asked something costs seconds.
# module MEMORY: load the mailbox's, until it is open.  registers COMMAND...: how often
# it reads and writes which, in lines of "uniq -c".
in_guest() {
	cat <<-'END'
	T=/sys/kernel/tracing
	module() {
		insmod /fixtures/sriov-mbox-vf.ko memory=$1 || return 1
		i=0
		until vmbox_guest $VF info | grep -q ' open pf'; do
			i=$((i + 1))
			[ $i -lt 100 ] || return 1
			sleep 0.2
		done
	}
	registers() {
		echo 'p:cfg/r pci_read_config_dword at=%si:u32' >$T/kprobe_events
		echo 'p:cfg/w pci_write_config_dword at=%si:u32' >>$T/kprobe_events
		echo >$T/trace
		echo 1 >$T/events/cfg/enable
		"$@"
		echo 0 >$T/events/cfg/enable
		grep -o '[rw]: (.*' $T/trace | tr -d ':at=' | awk '{ print $1, $3 }' | sort | uniq -c
		echo >$T/kprobe_events
	}
	END
	echo "VF=$(guest_place a "$(vf 0)")"
}

start() {
	local script

	guest_start a "$(vf 0)"
	guest_up a
	modprobe mboxping domain="$(guest_id a)"
	script=$(in_guest)
	guest_run a 20 "cat >/tmp/in-guest <<'OUTER'
$script
OUTER
mount -t tracefs tracefs /sys/kernel/tracing
insmod /fixtures/xen-evtchn.ko
insmod /fixtures/mboxping.ko port=$(</sys/module/mboxping/parameters/port)"
	"$PROGRAMS/vmbox_ping" peer "$(guest_id a)" >"$KTAP_DIR/peer" 2>&1 &
	echo $! >"$KTAP_DIR/peer.pid"
	wait_for 10 grep -q port "$KTAP_DIR/peer"
	[ -e "$TRACE/trace" ] || mount -t tracefs tracefs "$TRACE"
}

# guest SECONDS COMMAND: dom0 sleeps meanwhile; what it says is in .out.
guest() {
	guest_run a "$1" ". /tmp/in-guest; $2" >"$KTAP_DIR/.out" || {
		cat "$KTAP_DIR/.out"
		return 1
	}
}

number() {
	echo "bench-mbox: $*"
}

# times ROUND KIND NAME: of what vmbox_ping said.
times() {
	local median most

	read -r median most <<<"$(sed -n "s/^$2 //p" "$KTAP_DIR/.out")"
	number "$1" "$3" "$median"
	number "$1" "$3-99" "$most"
}

agent_start() {
	"$PROGRAMS/vmbox_ping" agent "$SRIOV" >"$KTAP_DIR/agent" 2>&1 &
	echo $! >"$KTAP_DIR/agent.pid"
	wait_for 10 grep -q agent "$KTAP_DIR/agent"
}

stop() {
	local pid

	pid=$(<"$KTAP_DIR/$1.pid")
	kill "$pid"
	wait_for 10 not kill -0 "$pid"
}

by_memory() {
	agent_start
	# shellcheck disable=SC2016  # the guest expands it
	guest 120 'module 1 && vmbox_ping '"$COUNT"' bare test:$VF evtchn:'"$(sed -n 's/port //p' "$KTAP_DIR/peer")"' ask:$VF'
	times "$1" bare bare
	times "$1" test ring
	times "$1" evtchn evtchn
	times "$1" ask agent
	stop agent
}

# The states and messages of dom0's side, with their times: from STARTING, state 1, to the
# answer (flags 2) to CAPS, op 2.
handshake() {
	sleep 1
	echo >"$TRACE/trace"
	echo 1 >"$TRACE/events/sriov_mbox/enable"
	"$PROGRAMS/vmbox_ping" anew "$SRIOV" 5
	echo 0 >"$TRACE/events/sriov_mbox/enable"
	sed -n 's/.* \([0-9]*\)\.\([0-9]*\): vmbox_\([a-z]*\): [^ ]* vf=0 /\1\2 \3 /p' "$TRACE/trace" >"$KTAP_DIR/shaken"
	awk '
		$2 == "state" && $3 == "state=1" { start = $1 }
		$2 == "message" && $3 == "to" && $4 == "op=0x2" && start {
			print ($1 - start) * 1000
			start = 0
		}' "$KTAP_DIR/shaken" | sort -n >"$KTAP_DIR/took"
	[ "$(wc -l <"$KTAP_DIR/took")" -ge 5 ] || {
		cat "$KTAP_DIR/shaken"
		return 1
	}
	number "$1" handshake "$(sed -n "$((($(wc -l <"$KTAP_DIR/took") + 1) / 2))p" "$KTAP_DIR/took")"
}

# counted ROUND MESSAGES: what registers said. The last register is that of the bytes.
counted() {
	awk -v messages="$2" '
		$2 ~ /^[rw]$/ { times[$3] += $1; if ($3 > last) last = $3 }
		END {
			for (at in times) if (at != last - 16) moves += times[at]
			print "moves", moves / messages / 2
			print "looks", times[last - 16] / messages
		}' "$KTAP_DIR/.out" >"$KTAP_DIR/counted"
	while read -r name value; do
		number "$1" "$name" "$value"
	done <"$KTAP_DIR/counted"
}

by_window() {
	agent_start
	# shellcheck disable=SC2016  # the guest expands it
	guest 120 'rmmod sriov-mbox-vf; module 0 && vmbox_ping '"$SLOW"' test:$VF config:$VF'
	times "$1" test window
	times "$1" config accesses
	# shellcheck disable=SC2016  # likewise
	guest 60 'registers vmbox_ping 19 ask:$VF; rmmod sriov-mbox-vf'
	# The first of a turn counts here.
	counted "$1" 20
	stop agent
}

round() {
	by_memory "$1"
	handshake "$1"
	by_window "$1"
}

end() {
	stop peer
	guest_destroy a
	rmmod mboxping
	release "$(vf 0)"
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	rmmod sriov-mbox-xen
	rmmod sriov-mbox
	rmmod pciback-ng
}

ktap_plan $((4 + ROUNDS))
dmesg -n 1
kernel_log_start
ktap_need "modules are loaded, a VF is claimed" load
ktap_need "a PV guest has it, and an event channel besides" start
for ((i = 1; i <= ROUNDS; i++)); do
	ktap_test "round $i: all of it can be measured" round "$i"
done
ktap_test "all is given back" end
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
