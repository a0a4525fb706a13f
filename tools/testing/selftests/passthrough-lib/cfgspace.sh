# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# One register from both sides: what the guest of passthrough-lib/rawfront.sh sees of it, and what
# is written to the device, by whomever.  To be sourced after probes.sh, pciback.sh and
# rawfront.sh.
#
# Writes are seen by a kernel probe on the one function that all of them go through on
# a PC, because most registers of an emulated card do not keep what is written to them.
# Its arguments: the bus, whose number is at +216, devfn, register, length, value.

# shellcheck disable=SC2034  # for the suites
POLICIES='strict standard permissive'
# A register that no capability covers, in a QEMU e1000e, and one above 256; both keep
# what is written.
# shellcheck disable=SC2034
SPARE=50 SPARE_EXT=200

# cfg_watch: from here on, until probes_stop.
cfg_watch() {
	probes_mount
	grep -q 'probes/pci_write' "$PROBES_TRACEFS"/kprobe_events ||
		echo 'p:probes/pci_write pci_write bus=+216(%di):x8 devfn=%si:x32 reg=%dx:x32 len=%cx:x32 val=%r8:x32' \
			>>"$PROBES_TRACEFS"/kprobe_events
	echo 1 >"$PROBES_TRACEFS"/events/probes/enable
}

# cfg_written BDF REGISTER: the writes to it since probes_forget, "len=... val=...".
cfg_written() {
	local bus dev fn

	IFS=:. read -r _ bus dev fn <<<"$1"
	sed -n "s/.*$(printf 'bus=0x%x devfn=0x%x reg=0x%x' $((16#$bus)) \
		$((16#$dev << 3 | fn)) $((16#$2))) //p" "$PROBES_TRACEFS"/trace
}

# cfg_seen N I REGISTER SIZE: what guest N reads of its device I, as setpci prints it.
cfg_seen() {
	local value

	value=$(raw_read "$1" "$(raw_devfn "$1" "$2")" "0x$3" "$4") || return
	printf "%0$((2 * $4))x\n" "$value"
}

# cfg_write N I REGISTER SIZE VALUE: as guest N; it has to be answered without an error.
cfg_write() {
	raw_write "$1" "$(raw_devfn "$1" "$2")" "0x$3" "$4" "0x$5"
}

# attribute BDF NAME: of the device's folder.
attribute() {
	contents "/sys/bus/pci/devices/$1/pciback/$2"
}

# set_policy BDF POLICY: until its owner changes.
set_policy() {
	echo "$2" >"/sys/bus/pci/devices/$1/pciback/policy"
	[ "$(attribute "$1" policy)" = "$2" ]
}

# guest BDF: one with that device; what a failed test has left goes first.
guest() {
	raw_end 0
	raw_start 0 "$1"
}

# in_each BDF FUNCTION: with a guest of its own in everything that a policy can be, the
# default first; $1 of it is the policy.  The in-tree driver's never ends.
in_each() {
	local policy

	for policy in $POLICIES; do
		echo "in policy $policy:"
		guest "$1"
		if [ "$DRIVER" = ng ]; then
			set_policy "$1" "$policy"
		elif [ "$policy" = permissive ]; then
			echo "$1" >"$PCIBACK/permissive"
		fi
		probes_forget
		"$2" "$policy"
		raw_end 0
	done
}
