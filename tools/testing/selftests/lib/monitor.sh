# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The hands that plug cards: QEMU's monitor, which the test machine reaches through a
# serial port on its PCI bus (tools/testing/vm/qemu.sh).  To be sourced after ktap.sh
# and xen.sh.  A real machine has no such port; there monitor_open skips the test.

# The port is a card of QEMU's own making, 1b36:0002.
monitor_tty() {
	local tty

	for tty in /sys/class/tty/ttyS*; do
		[ "$(cat "$tty/device/vendor" "$tty/device/device" 2>/dev/null | tr -d '\n')" = 0x1b360x0002 ] ||
			continue
		echo "/dev/${tty##*/}"
		return
	done
	return 1
}

# monitor_open: once, before the first command.  What QEMU says goes to a file, which
# a reader of ours fills, so that nothing is lost between two commands.
monitor_open() {
	local tty

	tty=$(monitor_tty) || ktap_skip_this "no QEMU monitor here: cards would have to be plugged by hand"
	stty -F "$tty" raw -echo
	# Not a single descriptor of the test may stay open in it: its log would never end.
	cat "$tty" >"$KTAP_DIR/monitor" 2>/dev/null </dev/null &
	echo $! >"$KTAP_DIR/monitor.pid"
	echo "$tty" >"$KTAP_DIR/monitor.tty"
	echo '{"execute":"qmp_capabilities"}' >"$tty"
	wait_for 10 grep -q '"return"' "$KTAP_DIR/monitor"
}

monitor_close() {
	[ ! -f "$KTAP_DIR/monitor.pid" ] || kill "$(cat "$KTAP_DIR/monitor.pid")"
}

monitor_answers() {
	grep -c '"return"\|"error"' "$KTAP_DIR/monitor"
}

monitor_answered() {
	[ "$(monitor_answers)" -gt "$1" ]
}

# monitor COMMAND: as typed at QEMU's prompt.  Whoever succeeds there says nothing.
monitor() {
	local before

	echo "(qemu) $*"
	before=$(monitor_answers)
	printf '{"execute":"human-monitor-command","arguments":{"command-line":"%s"}}\n' "$*" \
		>"$(cat "$KTAP_DIR/monitor.tty")"
	wait_for 10 monitor_answered "$before"
	grep '"return"\|"error"' "$KTAP_DIR/monitor" | tail -n 1 >"$KTAP_DIR/.out"
	grep -q '"return": ""' "$KTAP_DIR/.out" || {
		sed 's/^/> /' "$KTAP_DIR/.out"
		return 1
	}
}

present() {
	[ -d "/sys/bus/pci/devices/$1" ]
}

absent() {
	[ ! -e "/sys/bus/pci/devices/$1" ]
}

# plug ID BDF MODEL,OPTIONS: until the kernel has found it.
plug() {
	monitor "device_add $3,id=$1"
	wait_for 20 present "$2"
}

# unplug ID BDF
unplug() {
	monitor "device_del $1"
	wait_for 20 absent "$2"
}
