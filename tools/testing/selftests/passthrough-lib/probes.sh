# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Was a driver's probe function called for a device?  To be sourced after ktap.sh.
#
# A kernel probe on that function, so that neither what the driver says about it nor
# whether it succeeds matters.  Its first argument is the pci_dev: +56 is devfn, +16 the
# bus, whose number is at +216; a control device, for which the function is called,
# shows that this holds for the kernel at hand.

PROBES_TRACEFS=/sys/kernel/tracing
PROBES_FETCH='devfn=+56(%di):x32 bus=+216(+16(%di)):x8'

probes_mount() {
	[ -e $PROBES_TRACEFS/trace ] || mount -t tracefs tracefs $PROBES_TRACEFS
	[ -e $PROBES_TRACEFS/kprobe_events ] ||
		ktap_skip_this "this kernel has no kprobe events"
}

# probes_start MODULE:FUNCTION...: the modules need not be loaded yet.
probes_start() {
	local f

	probes_mount
	for f in "$@"; do
		echo "p:probes/${f#*:} $f $PROBES_FETCH" >>$PROBES_TRACEFS/kprobe_events
	done
	echo 1 >$PROBES_TRACEFS/events/probes/enable
}

# Without it the probes would outlive the suite.
probes_stop() {
	[ -d $PROBES_TRACEFS/events/probes ] || return 0
	echo 0 >$PROBES_TRACEFS/events/probes/enable
	sed -n 's|^p:\(probes/[^ ]*\).*|-:\1|p' $PROBES_TRACEFS/kprobe_events |
		while read -r f; do echo "$f" >>$PROBES_TRACEFS/kprobe_events; done
}

probes_forget() {
	echo >$PROBES_TRACEFS/trace
}

# probes_called FUNCTION BDF: show the calls, fail when there is none.
probes_called() {
	local bus dev fn

	IFS=:. read -r _ bus dev fn <<<"$2"
	grep -E " $1: .*$(printf 'devfn=0x%x bus=0x%x$' $((16#$dev << 3 | fn)) $((16#$bus)))" \
		$PROBES_TRACEFS/trace
}
