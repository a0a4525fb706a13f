#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: firmware reserves memory
#
# Policies for memory that firmware reserves: each one with DMA by a real (emulated) card,
# and both the host's page and the guest's looked at afterwards.  What stock does is seen
# first, before the module is loaded.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/vfio.sh
. ../passthrough-lib/vfio.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/monitor.sh
. ../passthrough-lib/monitor.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/renumber.sh
. ../passthrough-lib/renumber.sh

[ -n "${RDM_EDU-}" ] || ktap_skip_all "RDM_EDU is not set: no firmware here that reserves memory"
monitor_open
ktap_require_commands python3
ktap_require_modules iommu-ext

DEVICES=/sys/bus/pci/devices
EXT=/sys/kernel/iommu_ext
STRESS=${STRESS:-15}	# seconds
HOST=0x11111111		# in the reserved memory before each DMA
NEW=0x5c5c5c5c		# what the card writes
GUEST=0xaaaaaaaa	# in the guest's memory before it

attr() {
	contents "$DEVICES/$1/iommu_ext/$2"
}

# is BDF POLICY...: in force
is() {
	local bdf

	for bdf in "${@:2}"; do
		echo "$bdf: $(attr "$bdf" rdm_effective)"
		[ "$(attr "$bdf" rdm_effective)" = "$1" ]
	done
}

# rule TEXT: given at run time.
rule() {
	echo "rule $1"
	echo "$1" >"$EXT/rdm_policies"
}

# fails ERROR COMMAND...: as the shell says it.
fails() {
	local out

	if out=$("${@:2}" 2>&1); then
		echo "no error: ${*:2}"
		return 1
	fi
	echo "$out"
	[[ $out == *": $1" ]]
}

stock() {
	vfio_take "$RDM_EDU" "$RDM_PAIR" "$RDM_PCI_A" "$RDM_PCI_B" "$EDU"
	vfio_refused "$RDM_EDU" "$(refusal)"
	vfio_refused "$RDM_PCI_A" "$(refusal)"
}

load() {
	modprobe iommu-ext
	echo "mode: $(<"$EXT/mode")"
	[ "$(<"$EXT/mode")" = active ]
	[ "$(<"$EXT/nmissed")" = 0 ]
	is strict "$RDM_EDU" "$RDM_PCI" "$RDM_PCI_A" "$RDM_PCI_B" "$RDM_NIC" "$RDM_PAIR"
	is none "$EDU" "$RDM_USB" "$NIC_A"
	attr "$RDM_EDU" rdm_regions
	[ "$(attr "$RDM_EDU" rdm_regions)" = "$(printf '0x%016x 0x%016x direct dmar' \
		"$RDM_EDU_AT" $((RDM_EDU_AT + RDM_SIZE - 1)))" ]
	attr "$RDM_USB" rdm_regions | grep 'direct-relaxable dmar'
	[ -z "$(attr "$EDU" rdm_regions)" ]
	vfio_refused "$RDM_EDU" "$(refusal)"
	not tainted
	udevadm monitor --kernel --property >"$KTAP_DIR/udev" 2>&1 &
	wait_for 5 grep -q '^KERNEL' "$KTAP_DIR/udev"
}

# tainted: by somebody's wish (TAINT_USER)
tainted() {
	[ $(($(</proc/sys/kernel/tainted) & 64)) != 0 ]
}

# told BDF EVENT STATE: as udev sees it
told() {
	awk -v RS= "/PT_EVENT=$2/ && /PCI_SLOT_NAME=$1/ && /PT_STATE=$3/ { n++; print } END { exit !n }" \
		"$KTAP_DIR/udev"
}

# Where the VMM has put nothing, nothing is reached; where it has put memory, that is.
relaxed() {
	rule "$RDM_EDU=relaxed"
	is relaxed "$RDM_EDU"
	[ "$(reserved "$RDM_EDU")" = direct-relaxable ]
	phys "$RDM_EDU_AT=$HOST"
	vfio "$RDM_EDU" ranges write "$RDM_EDU_AT" "$NEW"
	[ "$(grep -c '^range:' "$KTAP_DIR/vfio")" = 2 ]
	phys_is "$RDM_EDU_AT" "$HOST"
	vfio "$RDM_EDU" map "$RDM_EDU_AT" 10000 aa write "$RDM_EDU_AT" "$NEW" show "$RDM_EDU_AT"
	vfio_said "map $RDM_EDU_AT: ok" "show $RDM_EDU_AT: $NEW"
	phys_is "$RDM_EDU_AT" "$HOST"
	kernel_log_since | grep -E "$RDM_EDU.*policy relaxed.*WRITES TO THE GUEST"
	tainted
	wait_for 5 told "$RDM_EDU" policy relaxed
}

strict() {
	echo strict >"$DEVICES/$RDM_EDU/iommu_ext/rdm_policy"
	is strict "$RDM_EDU"
	[ "$(reserved "$RDM_EDU")" = direct ]
	vfio_refused "$RDM_EDU" "$(refusal)"
}

# hole: the addresses that a VMM may use end before the memory and go on behind it.
hole() {
	[ "$(reserved "$RDM_EDU")" = direct ]
	phys "$RDM_EDU_AT=$HOST"
	vfio "$RDM_EDU" ranges map "$RDM_EDU_AT" 10000 aa map 20000000 1000 aa \
		write "$RDM_EDU_AT" "$NEW" read "$RDM_EDU_AT" show 20000000
	vfio_said "$(printf 'range: 0x0-0x%x' $((RDM_EDU_AT - 1)))" \
		"map $RDM_EDU_AT: EINVAL" "show 0x20000000: $GUEST"
	grep -F "range: $(printf '0x%x-' $((RDM_EDU_AT + RDM_SIZE)))" "$KTAP_DIR/vfio"
}

reserve() {
	rule "$RDM_EDU=reserve"
	is reserve "$RDM_EDU"
	hole
	phys_is "$RDM_EDU_AT" "$HOST"
	vfio_said "read $RDM_EDU_AT: 0x00000000"
}

map() {
	rule "$RDM_EDU=map"
	is map "$RDM_EDU"
	hole
	phys_is "$RDM_EDU_AT" "$NEW"
	vfio_said "read $RDM_EDU_AT: $NEW"
	vfio "$RDM_EDU" write "$(printf %x $((RDM_EDU_AT + RDM_SIZE - 4)))" "$NEW"
	phys_is "$(printf %x $((RDM_EDU_AT + RDM_SIZE - 4)))" "$NEW"
}

# type_at BDF ADDRESS: of the memory that is reserved there, as the kernel sees it.
type_at() {
	awk -v "start=$(printf '0x%016x' "$2")" '$1 == start { print $3 }' \
		"$DEVICES/$1/iommu_group/reserved_regions"
}

# low_and_high: a VMM maps memory below 1 MB, where it is refused with a hole; the card writes
# there, and to its memory above.
low_and_high() {
	phys "$RDM_LOW_AT=$HOST" "$RDM_PAIR_AT=$HOST"
	vfio "$RDM_PAIR" map "$RDM_LOW_AT" 10000 aa map "$RDM_PAIR_AT" 10000 aa \
		map 20000000 1000 aa write "$RDM_LOW_AT" "$NEW" write "$RDM_PAIR_AT" "$NEW" "$@"
	vfio_said "map $RDM_PAIR_AT: EINVAL"
}

# Every PC has RAM below 1 MB.  What is reserved there is the guest's; the rest is a hole.
relaxed_low() {
	rule "$RDM_PAIR=map"
	low_and_high
	vfio_said "map $RDM_LOW_AT: EINVAL"
	phys_is "$RDM_LOW_AT" "$NEW"
	phys_is "$RDM_PAIR_AT" "$NEW"

	rule "$RDM_PAIR=relaxed-low"
	is relaxed-low "$RDM_PAIR"
	[ "$(type_at "$RDM_PAIR" "$RDM_LOW_AT")" = direct-relaxable ]
	[ "$(type_at "$RDM_PAIR" "$RDM_PAIR_AT")" = direct ]
	low_and_high show "$RDM_LOW_AT"
	vfio_said "map $RDM_LOW_AT: ok" "show $RDM_LOW_AT: $NEW"
	phys_is "$RDM_LOW_AT" "$HOST"
	phys_is "$RDM_PAIR_AT" "$HOST"
	kernel_log_since | grep -E "$RDM_PAIR.*policy relaxed-low.*below 1 MB .*WRITES TO GUEST"
	rule "-$RDM_PAIR"
	is strict "$RDM_PAIR"
	vfio_refused "$RDM_PAIR" "$(refusal)"
}

# The domain ends with its owner, and so does the map.
map_ends() {
	rule "$RDM_EDU=reserve"
	phys "$RDM_EDU_AT=$HOST"
	vfio "$RDM_EDU" write "$RDM_EDU_AT" "$NEW"
	phys_is "$RDM_EDU_AT" "$HOST"
}

# A domain that two groups share outlives the first one's leaving.
shared() {
	rule "$RDM_EDU=map"
	timeout 60 ../passthrough-lib/vfio_shared.py "$RDM_EDU" "$EDU" "$RDM_EDU_AT"
	rule "$RDM_EDU=reserve"
}

# The bridge is a member, too, and has the memory.
group() {
	rule "$RDM_PCI_A=reserve"
	rule "$RDM_PCI_B=reserve"
	is strict "$RDM_PCI" "$RDM_PCI_A" "$RDM_PCI_B"
	kernel_log_since | grep -E "$RDM_PCI_B: policy reserve refused: .* no rule covers $RDM_PCI\$"
	wait_for 5 told "$RDM_PCI_B" policy-refused reserve
	vfio_refused "$RDM_PCI_A" "$(refusal)"
	rule "$RDM_PCI=reserve"
	is reserve "$RDM_PCI" "$RDM_PCI_A" "$RDM_PCI_B"
	vfio "$RDM_PCI_A" device
	rule "-$RDM_PCI_B"
	is strict "$RDM_PCI" "$RDM_PCI_A" "$RDM_PCI_B"
	vfio_refused "$RDM_PCI_A" "$(refusal)"
	rule "-$RDM_PCI"
	rule "-$RDM_PCI_A"
}

# The kernel asks for the regions anew, and has the flag set again, when the group gets
# another default domain.
default_domain() {
	local policy type

	for policy in relaxed relaxed-low reserve map; do
		rule "$RDM_EDU=$policy"
		for type in identity DMA; do
			vfio_release "$RDM_EDU"
			echo "$type" >"$DEVICES/$RDM_EDU/iommu_group/type"
			vfio_take "$RDM_EDU"
			sleep 0.2
			vfio "$RDM_EDU" device
		done
	done
}

# A rule that was there before the card.  Another card in that place does not inherit it.
hotplug() {
	rule "$RDM_PLUG=relaxed"
	plug a "$RDM_PLUG" "edu,bus=$RDM_PORT"
	wait_for 5 is relaxed "$RDM_PLUG"
	[ "$(reserved "$RDM_PLUG")" = direct-relaxable ]
	vfio_take "$RDM_PLUG"
	vfio "$RDM_PLUG" device
	unplug a "$RDM_PLUG"
	plug b "$RDM_PLUG" "e1000e,bus=$RDM_PORT"
	wait_for 5 is strict "$RDM_PLUG"
	[ "$(reserved "$RDM_PLUG")" = direct ]
	rule "$RDM_PLUG=reserve"
	is reserve "$RDM_PLUG"
	unplug b "$RDM_PLUG"
	rule "-$RDM_PLUG"
}

# hold BDF: open it until let_go; its process is in $HOLDER.
hold() {
	rm -f "$KTAP_DIR/hold"
	mkfifo "$KTAP_DIR/hold"
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$KTAP_DIR/held"
	./vfio "$1" device hold <"$KTAP_DIR/hold" >"$KTAP_DIR/held" 2>&1 &
	HOLDER=$!
	exec 8>"$KTAP_DIR/hold"
	wait_for 10 grep -qx hold "$KTAP_DIR/held"
}

let_go() {
	exec 8>&-
	wait "$HOLDER"
}

# As long as somebody has it open nothing of it changes, whoever wants it to.
in_use() {
	rule "$RDM_EDU=reserve"
	hold "$RDM_EDU"
	fails 'Device or resource busy' rule "$RDM_EDU=strict"
	fails 'Device or resource busy' rule "$RDM_EDU=relaxed"
	fails 'Device or resource busy' rule "-$RDM_EDU"
	rule "$RDM_PAIR=reserve"
	is reserve "$RDM_EDU" "$RDM_PAIR"
	grep -x "$RDM_EDU=reserve" "$EXT/rdm_policies"
	not rmmod iommu-ext
	let_go
	rule "-$RDM_PAIR"
	rule "-$RDM_EDU"
	is strict "$RDM_EDU" "$RDM_PAIR"
}

# A card that goes need not be covered any more; one that comes into a group which is in
# use is taken in, for the kernel cannot give the group back otherwise.
joins() {
	case $(uname -r) in
	6.1.*)
		ktap_skip_this "6.1 crashes by itself when one of two cards behind a bridge" \
			"goes and comes while the other is in use (tried without the module)" ;;
	esac
	rule "$RDM_PCI=reserve"
	rule "$RDM_PCI_A=reserve"
	is strict "$RDM_PCI" "$RDM_PCI_A" "$RDM_PCI_B"
	echo 1 >"$DEVICES/$RDM_PCI_B/remove"
	is reserve "$RDM_PCI" "$RDM_PCI_A"
	hold "$RDM_PCI_A"
	echo 1 >/sys/bus/pci/rescan
	wait_for 5 present "$RDM_PCI_B"
	is reserve "$RDM_PCI" "$RDM_PCI_A" "$RDM_PCI_B"
	kernel_log_since | grep -F "$RDM_PCI_B: joins a group that is in use, with policy reserve"
	let_go
	rule "-$RDM_PCI_A"
	is strict "$RDM_PCI" "$RDM_PCI_A" "$RDM_PCI_B"
	rule "-$RDM_PCI"
	vfio_take "$RDM_PCI_B"
}

bad_rules() {
	fails 'Invalid argument' rule "$RDM_EDU=maps"
	kernel_log_since | grep -F "rdm_policies: \"$RDM_EDU=maps\": expected =strict, =reserve"
	fails 'Invalid argument' rule "nonsense=map"
	fails 'Invalid argument' rule ""
	fails 'No such file or directory' rule "-$RDM_EDU"
	[ ! -s "$EXT/rdm_policies" ] || [ -z "$(<"$EXT/rdm_policies")" ]
}

says_policies() {
	[ "$(attr "$RDM_EDU" rdm_policy)" = "$1" ]
	[ "$(attr "$RDM_PCI_A" rdm_policy)" = "$2" ]
}

# All of a write or nothing of it, whatever is between the rules.
lists() {
	local between

	for between in ';' ',' ' , ' ' '; do
		rule "$RDM_EDU=map$between$RDM_PCI_A=reserve"
		says_policies map reserve
		rule "-$RDM_EDU$between-$RDM_PCI_A"
		says_policies strict strict
	done
	fails 'Invalid argument' rule "$RDM_EDU=map,$RDM_PCI_A=maps"
	fails 'No such file or directory' rule "$RDM_EDU=map,-$RDM_PCI_A"
	says_policies strict strict
	rule "'(${RDM_EDU%.*}.* = Map)'"
	says_policies map strict
	rule "-${RDM_EDU%.*}.*"
	[ -z "$(<"$EXT/rdm_policies")" ]
}

effect() {
	rule "0000:00:00.0=map, 0000:7e:00.0=map"
	kernel_log_since | grep -F '"0000:00:00.0=map": such a device is there and has no reserved memory'
	kernel_log_since | grep -F '"0000:7e:00.0=map": no such device yet: the rule waits for it'
	rule "-0000:00:00.0,-0000:7e:00.0"
}

# A policy in force keeps us loaded; none does not, and leaves the kernel as it was.
unload() {
	rule "$RDM_EDU=reserve"
	not rmmod iommu-ext
	grep -qx "$RDM_EDU=reserve" "$EXT/in_force"
	rule "-$RDM_EDU"
	not grep . "$EXT/in_force"
	rmmod iommu-ext
	absent_folder "$RDM_EDU"
	vfio_refused "$RDM_EDU" "$(refusal)"
}

absent_folder() {
	[ ! -e "$DEVICES/$1/iommu_ext" ] && [ ! -e "$EXT" ]
}

parameters() {
	modprobe iommu-ext "rdm=$RDM_EDU=map,oops=map,$RDM_PCI_A=relaxed" rdm_default=relaxed
	kernel_log_since | grep -F 'rdm=: "oops=map": '
	kernel_log_since | grep -F 'rdm_default=: "relaxed": expected strict or reserve'
	is map "$RDM_EDU"
	is strict "$RDM_PCI_A" "$RDM_PAIR"
	vfio "$RDM_EDU" device
	rule "-$RDM_EDU"
	rmmod iommu-ext
	modprobe iommu-ext rdm_default=reserve
	is reserve "$RDM_EDU" "$RDM_PCI" "$RDM_PCI_A" "$RDM_PAIR"
	vfio "$RDM_PCI_A" device
	not rmmod iommu-ext
	echo strict >"$EXT/rdm_default"
	is strict "$RDM_EDU" "$RDM_PCI" "$RDM_PCI_A"
	rmmod iommu-ext
}

# Probes that are not hit: the self-test sees it.
report_only() {
	[ -d /sys/kernel/debug/kprobes ] || mount -t debugfs debugfs /sys/kernel/debug
	echo 0 >/sys/kernel/debug/kprobes/enabled
	modprobe iommu-ext "rdm=$RDM_EDU=map"
	echo 1 >/sys/kernel/debug/kprobes/enabled
	cat "$EXT/mode"
	grep '^report-only: ' "$EXT/mode"
	fails 'Operation not supported' rule "$RDM_EDU=reserve"
	is strict "$RDM_EDU"
	attr "$RDM_EDU" rdm_regions | grep direct
	vfio_refused "$RDM_EDU" "$(refusal)"
	rmmod iommu-ext
}

# All probes are gone with ftrace, so it cannot be switched off while they are there; where
# it is off before, there are no policies.
ftrace() {
	local switch=/proc/sys/kernel/ftrace_enabled

	[ "$(<"$switch")" = 1 ]
	modprobe iommu-ext "rdm=$RDM_EDU=map"
	not sh -c "echo 0 >$switch"
	[ "$(<"$switch")" = 1 ]
	phys "$RDM_EDU_AT=$HOST"
	vfio "$RDM_EDU" write "$RDM_EDU_AT" "$NEW"
	phys_is "$RDM_EDU_AT" "$NEW"
	rule "-$RDM_EDU"
	rmmod iommu-ext

	# Newer kernels have no such switch any more, for anybody.
	sh -c "echo 0 >$switch" || return 0
	modprobe iommu-ext "rdm=$RDM_EDU=map"
	echo 1 >"$switch"
	show cat "$EXT/mode"
	grep '^report-only: ftrace is switched off' "$EXT/mode"
	is strict "$RDM_EDU"
	rmmod iommu-ext
}

# Until the file "end" is there.
toggle() {
	local n=0 busy=0 policy

	while [ ! -e "$KTAP_DIR/end" ]; do
		for policy in reserve relaxed relaxed-low map; do
			echo "$RDM_EDU=$policy" >"$EXT/rdm_policies" 2>/dev/null || busy=$((busy + 1))
			cat "$DEVICES/$RDM_EDU/iommu_group/reserved_regions" >/dev/null
			n=$((n + 1))
		done
	done
	echo "$n policies, $busy refused because it was in use"
	[ "$busy" -lt "$n" ]
}

open_and_close() {
	local n=0

	while [ ! -e "$KTAP_DIR/end" ]; do
		./vfio "$1" device >"$KTAP_DIR/opened" 2>&1 || { cat "$KTAP_DIR/opened" && return 1; }
		n=$((n + 1))
	done
	echo "$n times open"
	[ "$n" -gt 5 ]
}

stress() {
	local pids=() pid

	modprobe iommu-ext "rdm=$RDM_EDU=reserve"
	toggle & pids+=($!)
	open_and_close "$RDM_EDU" & pids+=($!)
	sleep "$STRESS"
	touch "$KTAP_DIR/end"
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	echo "nmissed: $(<"$EXT/nmissed")"
	[ "$(<"$EXT/nmissed")" = 0 ]
	rule "$RDM_EDU=map"
	phys "$RDM_EDU_AT=$HOST"
	vfio "$RDM_EDU" write "$RDM_EDU_AT" "$NEW"
	phys_is "$RDM_EDU_AT" "$NEW"
	rule "-$RDM_EDU"
}

# The bridge above loses its bus numbers and gets others: 08:00.0 is no more.
moves() {
	local port new

	port=$(bridge_of "$RDM_EDU")
	rule "$RDM_EDU=map"
	renumber "$RDM_EDU"
	absent "$RDM_EDU"
	new=$(cd "$DEVICES/$port" && echo 0000:*:00.0)
	echo "$RDM_EDU is $new now"
	grep -x "$new=map" "$EXT/rdm_policies"
	is map "$new"
	phys "$RDM_EDU_AT=$HOST"
	vfio_take "$new"
	vfio "$new" write "$RDM_EDU_AT" "$NEW"
	phys_is "$RDM_EDU_AT" "$NEW"
	rule "-$new"
}

loads() {
	local i

	vfio_take "$RDM_PAIR"
	for i in 1 2 3 4 5; do
		rmmod iommu-ext
		modprobe iommu-ext "rdm=$RDM_PAIR=map,$RDM_NIC=reserve"
		is map "$RDM_PAIR" >/dev/null
		vfio "$RDM_PAIR" device >/dev/null
		rule "-$RDM_PAIR" >/dev/null
		rule "-$RDM_NIC" >/dev/null
	done
	rmmod iommu-ext
	echo "$i loads"
	vfio_refused "$RDM_PAIR" "$(refusal)"
}

ktap_plan 25
kernel_log_start
ktap_need "control: stock refuses a card, and cards behind a bridge" stock
ktap_need "loaded, all is known, and nothing has changed" load
ktap_test "relaxed: the guest's memory is what the card reaches there" relaxed
ktap_test "strict again: refused again" strict
ktap_test "reserve: a hole for the guest; what the card does there faults" reserve
ktap_test "map: a hole for the guest; the card goes on reaching the host's memory" map
ktap_test "relaxed-low: below 1 MB the guest's memory, above a hole (case M1)" relaxed_low
ktap_test "the map ends with its owner" map_ends
ktap_test "the map leaves a domain that lives on for others" shared
ktap_test "a group needs rules for all of its members, the bridge too" group
ktap_test "policies stay when the group's default domain changes" default_domain
ktap_test "a rule that is there first holds for a card that is plugged in, not for the next" hotplug
ktap_test "what is in use keeps its policy, and keeps the module" in_use
ktap_test "a card that joins a group in use is taken in" joins
ktap_test "what is no rule is refused with its reason" bad_rules
ktap_test "of a list of rules all come into force or none (case S2)" lists
ktap_test "a rule without a device, or without reserved memory, says so (case S1)" effect
ktap_test "in_force says what keeps the module loaded; unloaded, all is as it was (case S3)" unload
ktap_test "module parameters, and a default" parameters
ktap_test "probes that do not work: it only reports" report_only
ktap_test "ftrace cannot be switched off under the probes (case M4)" ftrace
ktap_test "policies change while the card is opened and closed" stress
ktap_test "a rule follows a card that gets another address" moves
ktap_test "loaded and unloaded again and again" loads
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
