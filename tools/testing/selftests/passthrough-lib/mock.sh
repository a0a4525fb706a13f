# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The mock PCI bus (tools/testing/mockpci) in suites.  To be sourced after ktap.sh.

MOCK_CONTROL=/sys/kernel/debug/mockpci/control
MOCK_FUNCTIONS=/sys/kernel/debug/mockpci/functions

# mock_need MODULE...: the suite is over where they were not built.
mock_need() {
	ktap_require_modules "$@"
	[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
}

# mock_bus PARAMETER...: load the bus; BARs where the machine has memory for them.
mock_bus() {
	# shellcheck disable=SC2086  # two words
	show modprobe mockpci "$@" ${MOCK_MMIO-}
}

# mock BDF WORD [VALUE]: turn a knob.
mock() {
	echo "$*" >"$MOCK_CONTROL"
}

# mock_shows BDF WORD: its line in mockpci/functions has this word.
mock_shows() {
	grep "^$1 " "$MOCK_FUNCTIONS" | tee "$KTAP_DIR/line"
	grep -q " $2\( \|\$\)" "$KTAP_DIR/line"
}

# mock_count BDF WORD: the number behind WORD= there.
mock_count() {
	sed -n "s/^$1 .* $2=\([0-9]*\).*/\1/p" "$MOCK_FUNCTIONS"
}

# mock_host COUNTER: of the host's drivers: probes, removes or irqs.
mock_host() {
	contents "/sys/module/mockpf/parameters/$1"
}

# milliseconds COMMAND...: how long it took; its status is lost.
milliseconds() {
	local from=${EPOCHREALTIME/./} to

	"$@" >/dev/null 2>&1 || :
	to=${EPOCHREALTIME/./}
	echo $(((to - from) / 1000))
}
