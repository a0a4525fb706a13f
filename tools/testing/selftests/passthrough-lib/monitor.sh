# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The hands that plug cards: QEMU's monitor, which the test machine reaches through a
# serial port on its PCI bus (tools/testing/vm/qemu.sh).  To be sourced after ktap.sh
# and xen.sh.  A real machine has no such port; there monitor_open skips the suite.

# The port is a card of QEMU's own making, 1b36:0002.  Linux 6.5 has put two devices
# between that and the terminal.
monitor_tty() {
	local tty up

	for tty in /sys/class/tty/ttyS*; do
		for up in device device/../..; do
			[ "$(cat "$tty/$up/vendor" "$tty/$up/device" 2>/dev/null)" = $'0x1b36\n0x0002' ] ||
				continue
			echo "/dev/${tty##*/}"
			return
		done
	done
	return 1
}

# monitor_open: by the suite itself, before its first test.  The port stays open, as file
# descriptor 7 of every test: opening it anew would lose what comes in between.
# Until stty has its way the port sends QEMU's greeting back to it; 0xff makes QEMU
# forget what it has read of that.
monitor_open() {
	local tty

	tty=$(monitor_tty) ||
		ktap_skip_all "no QEMU monitor here: cards would have to be plugged by hand"
	exec 7<>"$tty"
	stty raw -echo <&7
	printf '\377\n{"execute":"qmp_capabilities","id":"hello"}\n' >&7
	monitor_answer hello >/dev/null || ktap_skip_all "QEMU's monitor does not answer"
}

# monitor_answer ID: events, and what was said of the greeting, come between.
monitor_answer() {
	local line

	while read -r -t 10 -u 7 line; do
		case $line in
		*"\"id\": \"$1\""*) printf '%s\n' "$line" && return ;;
		esac
	done
	echo "the monitor did not answer within 10 s"
	return 1
}

# monitor COMMAND: as typed at QEMU's prompt.  Who succeeds there says nothing.
monitor() {
	local answer id=$RANDOM$RANDOM

	echo "(qemu) $*"
	printf '{"execute":"human-monitor-command","arguments":{"command-line":"%s"},"id":"%s"}\n' \
		"$*" "$id" >&7
	answer=$(monitor_answer "$id")
	case $answer in
	*'"return": ""'*) ;;
	*) echo "> $answer" && return 1 ;;
	esac
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

# Has QEMU let go of it?  Linux is done with a card before its port has lost its power, and
# until then there is no place for another.
unplugged() {
	local id=$RANDOM$RANDOM

	printf '{"execute":"qom-list","arguments":{"path":"/machine/peripheral/%s"},"id":"%s"}\n' \
		"$1" "$id" >&7
	case $(monitor_answer "$id") in
	*'"error"'*) ;;
	*) return 1 ;;
	esac
}

# unplug ID BDF
unplug() {
	monitor "device_del $1"
	wait_for 20 absent "$2"
	wait_for 20 unplugged "$1"
}
