#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# VFs ask for addresses, VLANs and rates; the driver of their PF (igb), which knows nothing
# of the mailbox, does what their policies let them, and the link of the PF reaches them
# all.  The VFs are programs here (vmbox_tool).  Runs in a test machine
# (tools/testing/vm/run.sh native): QEMU's monitor pulls the cable.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/monitor.sh
. ../passthrough-lib/monitor.sh

for name in SRIOV NIC_A; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "there is no other mailbox"
monitor_open
ktap_require_commands python3
ktap_require_programs vmbox_tool
ktap_require_modules sriov-mbox opslock igb e1000e

PF=/sys/bus/pci/devices/$SRIOV
LIMITS=/sys/module/sriov_mbox/parameters
TOOL=$PWD/vmbox_tool
VFS=7
MAC=52:54:00:77:00		# and a last byte

interface() {
	ls "$PF/net"
}

bdf() {
	basename "$(readlink "$PF/virtfn$1")"
}

# policy VF [TEXT]
policy() {
	local file=$PF/virtfn$1/sriov_mbox/relay_policy

	if [ $# = 2 ]; then
		show sh -c "echo '$2' >$file"
	else
		cat "$file"
	fi
}

# asks VF ANSWER ORDER...: what the VF is told.
asks() {
	local vf=$1 answer=$2 out

	shift 2
	out=$("$TOOL" call "$(bdf "$vf")" "$@" 2>&1) || :
	echo "VF $vf: $*: $out"
	[[ $out == "answer $answer"* ]]
}

# shown VF TEXT: in what "ip link" says of it.
shown() {
	ip link show dev "$(interface)" >"$KTAP_DIR/ip"
	grep -E "^ *vf $1 " "$KTAP_DIR/ip"
	grep -qE "^ *vf $1 .*$2" "$KTAP_DIR/ip"
}

carrier() {
	[ "$(cat "$PF/net/$(interface)/carrier")" = "$1" ]
}

more_vfs() {
	echo 0 >"$PF/sriov_drivers_autoprobe"
	echo "$VFS" >"$PF/sriov_numvfs"
	wait_for 10 test -c "/dev/vmbox/vf-$(bdf $((VFS - 1)))"
}

setup() {
	show modprobe igb
	show modprobe e1000e
	show modprobe sriov-mbox
	[ -x "$TOOL" ]
	wait_for 10 test -d "$PF/net"
	more_vfs
	show ip link set dev "$(interface)" up
	wait_for 20 carrier 1
	echo 1000 >"$LIMITS/changes_burst"
}

without() {
	[ "$(policy 0)" = none ]
	shown 0 'link/ether' >"$KTAP_DIR/before"
	asks 0 "ok len 8 01000000e8030000" link
	asks 0 EPERM mac "$MAC:01"
	asks 0 EPERM vlan 100
	asks 0 EPERM vlan 0
	asks 0 EPERM rate 0 100
	asks 0 EPERM rate 0 0
	asks 0 EOPNOTSUPP raw 8000 00
	asks 0 EOPNOTSUPP read 1 16
	asks 0 EOPNOTSUPP raw 20 ""
	asks 0 EOPNOTSUPP raw 21 ""
	shown 0 'link/ether' >"$KTAP_DIR/after"
	[ "$(<"$KTAP_DIR/before")" = "$(<"$KTAP_DIR/after")" ]
}

address() {
	policy 0 "mac=$MAC:00/40"
	policy 1 "mac=any"
	[ "$(policy 0)" = "mac=$MAC:00/40" ]
	asks 0 "ok len 0" mac "$MAC:01"
	shown 0 "link/ether $MAC:01 "
	asks 0 "ok len 0" mac "$MAC:01"
	asks 0 EPERM mac 52:54:00:78:00:01
	asks 0 EPERM vlan 100
	asks 0 EINVAL mac 00:00:00:00:00:00
	asks 0 EINVAL mac 01:00:5e:00:00:01
	asks 0 EINVAL mac ff:ff:ff:ff:ff:ff
	asks 1 EADDRINUSE mac "$MAC:01"
	asks 1 EADDRINUSE mac "$(cat "$PF/net/$(interface)/address")"
	asks 1 "ok len 0" mac 02:11:22:33:44:55
	shown 1 "link/ether 02:11:22:33:44:55 "
	shown 0 "link/ether $MAC:01 "
}

vlan() {
	policy 2 "vlan=0,100-110 qos=3"
	asks 2 "ok len 0" vlan 105 3
	shown 2 "vlan 105, qos 3,"
	asks 2 EPERM vlan 105 4
	asks 2 EPERM vlan 111
	asks 2 EINVAL vlan 4095
	asks 2 EINVAL vlan 0 1
	asks 2 EPERM mac "$MAC:02"
	shown 2 "vlan 105, qos 3,"
	asks 2 "ok len 0" vlan 0
	not shown 2 "vlan"
}

rate() {
	policy 3 "rate=500"
	asks 3 "ok len 0" rate 0 300
	shown 3 "max_tx_rate 300Mbps"
	asks 3 EPERM rate 0 501
	asks 3 EPERM rate 0 0
	asks 3 EPERM rate 1 300
	asks 3 EINVAL rate 400 300
	shown 3 "max_tx_rate 300Mbps"
	# The driver has a say, too: what it does not do is its word.
	policy 3 "rate=any min_rate=100"
	asks 3 EINVAL rate 100 300
	asks 3 EINVAL rate 0 100000
	asks 3 "ok len 0" rate 0 0
	not shown 3 "tx_rate"
}

refused_policy() {
	local bad

	log_mark refused
	policy 4 "mac=any"
	for bad in "" "trust=on" "mac=any spoofchk=off" "vlan=4095" "mac=any mac=any"; do
		not policy 4 "$bad"
	done
	[ "$(policy 4)" = "mac=any" ]
	log_says refused "$(bdf 4): sriov_mbox: relay_policy: \"spoofchk=off\": not understood at position 8: expected mac=, vlan=, .*e.g. mac=any"
	policy 4 none
	asks 4 EPERM mac "$MAC:04"
	# Whatever was asked for and set above.
	shown 0 "spoof checking on, .*trust off"
	shown 3 "spoof checking on, .*trust off"
}

limited() {
	policy 5 "mac=any"
	echo 3 >"$LIMITS/changes_burst"
	log_mark limited
	asks 5 "ok len 0" mac "$MAC:51"
	asks 5 "ok len 0" mac "$MAC:52"
	asks 5 "ok len 0" mac "$MAC:53"
	asks 5 EAGAIN mac "$MAC:54"
	# It is one VF that has to wait.
	asks 1 "ok len 0" mac "$MAC:11"
	shown 5 "link/ether $MAC:53 "
	wait_for 10 asks 5 "ok len 0" mac "$MAC:54"
	echo 1000 >"$LIMITS/changes_burst"
}

# links: ms for ten changes of an interface by the host.
links() {
	local n from=${EPOCHREALTIME/./}

	for n in 1 2 3 4 5 6 7 8 9 10; do
		ip link set dev "$(interface)" alias "relay $n"
	done
	echo $(((${EPOCHREALTIME/./} - from) / 1000))
}

# links_beside ORDER...: in MS, the fastest of three of the same while four VFs ask for that
# all the time. What they are answered is in flood.3 to flood.6, how long it took in LASTED.
links_beside() {
	local n ms from=$SECONDS pids=()

	for n in 3 4 5 6; do
		"$TOOL" flood "$(bdf "$n")" 60 "$@" >"$KTAP_DIR/flood.$n" 7<&- &
		pids+=($!)
	done
	sleep 1
	MS=''
	for n in 1 2 3; do
		ms=$(links)
		[ -n "$MS" ] && [ "$MS" -le "$ms" ] || MS=$ms
	done
	# Each of them is there still.
	for n in "${pids[@]}"; do
		kill "$n"
	done
	wait "${pids[@]}"
	LASTED=$((SECONDS - from))
}

# flood_paid: each VF was let through as often as changes_burst and its second allow, and no more.
flood_paid() {
	local n refused

	grep -H . "$KTAP_DIR"/flood.?
	for n in 3 4 5 6; do
		refused=$(sed -n 's/^answers EADDRINUSE //p' "$KTAP_DIR/flood.$n")
		[ "$refused" -ge 1 ]
		[ "$refused" -le $((16 + LASTED + 3)) ]
		[ "$(sed -n 's/^answers EAGAIN //p' "$KTAP_DIR/flood.$n")" -ge 100 ]
	done
}

# Addresses that are in use, which nobody gets: as dear as a change, and no change. It is
# measured against requests that need no lock of the host, as many at once. The machine has other
# work besides, now here, now there, which only adds: the fastest of all rounds is compared,
# of four where the first ones do not settle it.
flood() {
	local n idle='' busy='' taken

	taken=$(cat "$PF/net/$(interface)/address")
	for n in 3 4 5 6; do
		policy "$n" "mac=any"
	done
	echo 16 >"$LIMITS/changes_burst"
	for _ in 1 2 3 4; do
		links_beside link
		[ -n "$idle" ] && [ "$idle" -le "$MS" ] || idle=$MS
		links_beside mac "$taken"
		[ -n "$busy" ] && [ "$busy" -le "$MS" ] || busy=$MS
		echo "ten ip link set: $idle ms beside requests without rtnl, $busy ms beside those with it"
		flood_paid
		[ $((2 * busy)) -gt $((3 * idle)) ] || break
	done
	echo 1000 >"$LIMITS/changes_burst"
	for n in 3 4 5 6; do
		policy "$n" none
	done
	[ $((2 * busy)) -le $((3 * idle)) ]
}

kept() {
	echo 0 >"$PF/sriov_numvfs"
	more_vfs
	[ "$(policy 2)" = "vlan=0,100-110 qos=3" ]
	[ "$(policy 4)" = none ]
	asks 2 "ok len 0" vlan 101
	shown 2 "vlan 101,"
}

# Its driver goes and comes back: the relay, too.
driver_again() {
	echo "$SRIOV" >"$PF/driver/unbind"
	[ ! -e "$PF/virtfn0" ]
	echo "$SRIOV" >/sys/bus/pci/drivers/igb/bind
	wait_for 10 test -d "$PF/net"
	more_vfs
	show ip link set dev "$(interface)" up
	wait_for 20 carrier 1
	[ "$(policy 0)" = "mac=$MAC:00/40" ]
	asks 0 "ok len 0" mac "$MAC:07"
	shown 0 "link/ether $MAC:07 "
}

# be_vf N: in the background, until stopped; what it sees is in $KTAP_DIR/vf.N.
be_vf() {
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$KTAP_DIR/vf.$1"
	"$TOOL" vf "$(bdf "$1")" </dev/null >"$KTAP_DIR/vf.$1" 2>&1 7<&- &
	echo $! >"$KTAP_DIR/vf.$1.pid"
	wait_for 10 grep -q "^open gen .* pf relay" "$KTAP_DIR/vf.$1"
}

# all_heard REGEX: each of them has said so, since forget.
all_heard() {
	local n

	for ((n = 0; n < VFS; n++)); do
		tail -n "+$(($(<"$KTAP_DIR/vf.$n.seen") + 1))" "$KTAP_DIR/vf.$n" >"$KTAP_DIR/new"
		grep -qE "$1" "$KTAP_DIR/new" || return
	done
}

forget() {
	local n

	for ((n = 0; n < VFS; n++)); do
		wc -l <"$KTAP_DIR/vf.$n" >"$KTAP_DIR/vf.$n.seen"
	done
}

listen() {
	local n

	for ((n = 0; n < VFS; n++)); do
		be_vf "$n"
	done
}

cable() {
	forget
	monitor set_link net1 off
	wait_for 20 carrier 0
	wait_for 5 all_heard '^event 0x1 blocks 0 link 0 0$'
	forget
	monitor set_link net1 on
	wait_for 20 carrier 1
	wait_for 5 all_heard '^event 0x1 blocks 0 link 1 1000$'
	cat "$KTAP_DIR/vf.6"
}

# igb resets the card for that, and VFs lose their queues.
interface_down() {
	forget
	show ip link set dev "$(interface)" down
	wait_for 5 all_heard '^event 0x[23] blocks 0 link 0 0$'
	forget
	show ip link set dev "$(interface)" up
	wait_for 5 all_heard '^event 0x[45] blocks 0 link'
	wait_for 20 carrier 1
	wait_for 5 all_heard 'link 1 1000$'
	cat "$KTAP_DIR/vf.0"
}

# All at once: VFs ask, the interface goes down and up, VFs go and come.
ask_on() {
	local n=0

	while [ ! -e "$KTAP_DIR/stop" ]; do
		n=$(((n + 1) % 90))
		"$TOOL" call "$2" mac "$MAC:$((n + 10))" >/dev/null 2>&1 || :
		echo "$n" >"$KTAP_DIR/asked.$1"
	done
}

all_at_once() {
	local n begin=$SECONDS

	for n in 0 1; do
		policy "$n" "mac=any"
		ask_on "$n" "$(bdf "$n")" 7<&- &
	done
	for n in 1 2 3; do
		ip link set dev "$(interface)" down
		ip link set dev "$(interface)" up
	done
	echo 0 >"$PF/sriov_numvfs"
	more_vfs
	sleep 1
	touch "$KTAP_DIR/stop"
	wait
	echo "$((SECONDS - begin)) s"
	[ -s "$KTAP_DIR/asked.0" ]
	wait_for 20 carrier 1
	asks 0 "ok len 8" link
	asks 0 "ok len 0" mac "$MAC:aa"
	shown 0 "link/ether $MAC:aa "
}

# A card tests itself with rtnl held, and sleeps for four seconds after that.
hold_rtnl() {
	python3 - "$(ls "/sys/bus/pci/devices/$NIC_A/net")" <<-'END'
		import array, fcntl, socket, struct, sys
		ETHTOOL_TEST, SIOCETHTOOL = 0x1a, 0x8946
		test = array.array("B", struct.pack("IIII", ETHTOOL_TEST, 0, 0, 0) + bytes(512))
		ifreq = struct.pack("16sP", sys.argv[1].encode(), test.buffer_info()[0])
		fcntl.ioctl(socket.socket(), SIOCETHTOOL, ifreq)
	END
}

# The network's lock is somebody else's: a VF waits for it a second, and no longer.
busy() {
	local from

	log_mark busy
	hold_rtnl 7<&- &
	wait_for 20 log_says busy "$NIC_A .*online testing starting"
	from=${EPOCHREALTIME/./}
	asks 0 "ok len 8" link
	echo "link: $(((${EPOCHREALTIME/./} - from) / 1000)) ms"
	[ "$((${EPOCHREALTIME/./} - from))" -lt 900000 ]
	from=${EPOCHREALTIME/./}
	asks 0 EAGAIN mac "$MAC:ab"
	echo "address: $(((${EPOCHREALTIME/./} - from) / 1000)) ms"
	[ "$((${EPOCHREALTIME/./} - from))" -lt 2500000 ]
	wait
	asks 0 "ok len 0" mac "$MAC:ab"
}

# Since 6.15 a driver can want its operations under a lock of the interface.
own_lock() {
	local own=/sys/module/opslock/parameters

	if ! modprobe opslock interface="$(interface)" symbol=igb_ndo_set_vf_mac 2>"$KTAP_DIR/opslock"; then
		cat "$KTAP_DIR/opslock"
		grep -q 'not supported' "$KTAP_DIR/opslock"
		ktap_skip_this "this kernel has no lock for one interface"
	fi
	asks 0 "ok len 0" mac "$MAC:ac"
	show cat "$own/calls" "$own/locked"
	[ "$(<"$own/calls")" = 1 ]
	[ "$(<"$own/locked")" = 1 ]
	# Somebody has it: a VF is told so, and rtnl is nobody's meanwhile.
	echo 3000 >"$own/hold" 7<&- &
	sleep 0.5
	asks 0 EAGAIN mac "$MAC:ad"
	show timeout 2 ip link set dev lo up
	wait "$!"
	asks 0 "ok len 0" mac "$MAC:ad"
	[ "$(<"$own/locked")" = 2 ]
	show rmmod opslock
}

end() {
	local n

	# Their VFs went: so did they.
	for ((n = 0; n < VFS; n++)); do
		grep -q "^gone" "$KTAP_DIR/vf.$n"
	done
	wait_for 10 rmmod sriov_mbox
	[ ! -e "$PF/virtfn0/sriov_mbox" ]
	echo 0 >"$PF/sriov_numvfs"
	show modprobe sriov-mbox
	more_vfs
	[ "$(policy 0)" = none ]
	echo 0 >"$PF/sriov_numvfs"
	show rmmod sriov_mbox
}

# policy_on VF: written and read until the file stop is there; without the module it is not.
policy_on() {
	local file=$PF/virtfn$1/sriov_mbox/relay_policy

	while [ ! -e "$KTAP_DIR/stop" ]; do
		echo "mac=$MAC:00/40" >"$file" || :
		cat "$file" || :
	done 2>/dev/null >"$KTAP_DIR/policy.$1"
}

module_goes() {
	local n

	show modprobe sriov-mbox
	more_vfs
	rm -f "$KTAP_DIR/stop"
	for n in 0 1 2; do
		policy_on "$n" 7<&- &
	done
	for n in 1 2 3 4 5 6; do
		wait_for 10 rmmod sriov_mbox
		modprobe sriov-mbox
		wait_for 10 grep -q "^mac=$MAC:00/40$" "$PF/virtfn0/sriov_mbox/relay_policy"
	done
	touch "$KTAP_DIR/stop"
	wait
	echo 0 >"$PF/sriov_numvfs"
	show rmmod sriov_mbox
}

ktap_plan 19
kernel_log_start
ktap_need "igb has 7 VFs, the mailbox is there" setup
ktap_test "a VF without a policy: its link, and nothing else" without
ktap_test "an address: set, as the policy says, and nobody else's" address
ktap_test "a VLAN, with its priority" vlan
ktap_test "a rate" rate
ktap_test "no policy gives trust, or takes spoof checking away" refused_policy
ktap_test "a VF that changes its address all the time has to wait" limited
ktap_test "VFs that ask all the time do not hold the host up (case M9)" flood
ktap_test "VFs go and come back: their policies are there" kept
ktap_test "the PF's driver goes and comes back: the relay is there" driver_again
ktap_need "seven VFs listen" listen
ktap_test "the cable is pulled and put back: all VFs are told" cable
ktap_test "the interface goes down and up: all VFs are told of a reset" interface_down
ktap_test "VFs ask while interfaces and VFs come and go" all_at_once
ktap_test "the network's lock is busy: a VF is told so within a second or so" busy
ktap_test "a driver with a lock of its own is asked with that lock held" own_lock
ktap_test "the module goes with all that was said" end
ktap_test "policies are written while the module goes (case M17)" module_goes
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
