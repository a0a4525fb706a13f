# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Who resets which PCI function, and when?  To be sourced after ktap.sh.
#
# Kernel probes on the functions that all resets go through, so that it does not
# matter which driver does it or what it says about it.  A probe sees the address of
# the pci_dev only; resets_learn finds out which one that is by resetting the device
# through sysfs, which shows at the same time that the probes see a reset at all.

RESETS_TRACEFS=/sys/kernel/tracing

# Resets, and what a driver does around them: a device that works for a guest can be
# broken by restoring or disabling it, too.  Names that this kernel lacks are left out.
RESETS_FUNCTIONS='pci_reset_function_locked __pci_reset_function_locked
pci_try_reset_function pcie_flr pci_pm_reset pci_restore_state pci_disable_device'

resets_start() {
	local f count=0

	[ -e $RESETS_TRACEFS/trace ] || mount -t tracefs tracefs $RESETS_TRACEFS
	[ -e $RESETS_TRACEFS/kprobe_events ] ||
		ktap_skip_this "this kernel has no kprobe events"
	for f in $RESETS_FUNCTIONS; do
		# The first argument of a function is in %di on x86.
		echo "p:resets/$f $f dev=%di:x64" 2>/dev/null \
			>>$RESETS_TRACEFS/kprobe_events && count=$((count + 1))
	done
	echo "$count probes"
	echo 1 >$RESETS_TRACEFS/events/resets/enable
}

# Without it the probes would outlive the suite.
resets_stop() {
	[ -d $RESETS_TRACEFS/events/resets ] || return 0
	echo 0 >$RESETS_TRACEFS/events/resets/enable
	sed -n 's|^p:\(resets/[^ ]*\).*|-:\1|p' $RESETS_TRACEFS/kprobe_events |
		while read -r f; do echo "$f" >>$RESETS_TRACEFS/kprobe_events; done
}

resets_mark() {
	echo "resets: $*" >$RESETS_TRACEFS/trace_marker
}

# resets_between MARK MARK BDF: the trace lines of one device.
resets_between() {
	sed -n "/resets: $1\$/,/resets: $2\$/p" $RESETS_TRACEFS/trace |
		grep "dev=$(<"$KTAP_DIR/pci_dev.$3")"
}

# resets_learn BDF: it must be idle.
resets_learn() {
	local from to

	[ -d $RESETS_TRACEFS/events/resets ] || ktap_skip_this "no probes"
	from="learn $1" to="learnt $1"
	resets_mark "$from"
	echo 1 >"/sys/bus/pci/devices/$1/reset"
	resets_mark "$to"
	sed -n "/resets: $from\$/,/resets: $to\$/p" $RESETS_TRACEFS/trace |
		sed -n 's/.*: __pci_reset_function_locked: .*dev=\(0x[0-9a-f]*\).*/\1/p' |
		sort -u >"$KTAP_DIR/pci_dev.$1"
	[ "$(wc -l <"$KTAP_DIR/pci_dev.$1")" -eq 1 ]
	resets_between "$from" "$to" "$1"
}
