# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2119
#
# The VF manager in suites: changes by the kernel's own netlink client, events, users of
# mailboxes. To be sourced after ktap.sh and xen.sh; needs SRIOV.

YNL=${YNL-/run/payload/ynl}
[ -d "$YNL" ] || ktap_skip_all "no kernel's tools/net/ynl in \$YNL, with sriov_mbox.yaml beside it"
ktap_require_commands python3
ktap_require_programs vmbox_tool

DEVICES=/sys/bus/pci/devices
EVENTS=$KTAP_DIR/events

# One client for all tests: it reads its spec for seconds where a machine is emulated.
mkfifo "$KTAP_DIR/orders" "$KTAP_DIR/answers"
exec 8<>"$KTAP_DIR/orders" 9<>"$KTAP_DIR/answers"

# answer: what the client says, and its status.
answer() {
	local line

	while read -r -t 30 -u 9 line; do
		case $line in
		end\ *) return "${line#end }" ;;
		esac
		echo "$line"
	done
	echo "the client does not answer"
	cat "$KTAP_DIR/client"
	return 1
}

# vfm ORDER: as passthrough-lib/vf_manager.py has it; what it says is in $KTAP_DIR/said, too.
vfm() {
	local status=0

	echo "(vf manager) $*"
	echo "$*" >&8
	answer >"$KTAP_DIR/said" || status=$?
	cat "$KTAP_DIR/said"
	return "$status"
}

said() {
	grep -qE "$1" "$KTAP_DIR/said"
}

# events_anew, then heard PATTERN [HOW OFTEN] in what came since.
events_anew() {
	echo pfs >&8
	answer >/dev/null
	wc -l <"$EVENTS" >"$KTAP_DIR/from"
}

heard() {
	local n

	n=$(tail -n "+$(($(<"$KTAP_DIR/from") + 1))" "$EVENTS" | grep -cE "$1" || :)
	echo "event '$1': $n times"
	[ "$n" -eq "${2-1}" ]
}

vf_bdf() {
	basename "$(readlink "$DEVICES/${2-$SRIOV}/virtfn$1")"
}

# shellcheck disable=SC2120  # the suite says which PF, or none
number() {
	contents "$DEVICES/${1-$SRIOV}/sriov_numvfs"
}

# vf_user INDEX HOW [PF]: somebody has the mailbox of a VF, and answers so.
vf_user() {
	local file=$KTAP_DIR/vf$1 bdf

	bdf=$(vf_bdf "$1" "${3-$SRIOV}")
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$file"
	./vmbox_tool vf -p "$2" "$bdf" </dev/null >"$file" 2>&1 6<&- 7<&- 8<&- 9<&- &
	echo $! >"$file.pid"
	wait_for 20 grep -qs '^open' "$file" || { cat "$file"; return 1; }
}

# vf_users N HOW [INDEX HOW]: the first N, and one of them another way.
vf_users() {
	local i

	for ((i = 0; i < $1; i++)); do
		if [ "$i" = "${3-}" ]; then vf_user "$i" "$4"; else vf_user "$i" "$2"; fi
	done
}

vf_users_end() {
	local file

	for file in "$KTAP_DIR"/vf*.pid; do
		[ ! -f "$file" ] || kill "$(<"$file")" 2>/dev/null || :
		rm -f "$file"
	done
	sleep 0.3
}

# vf_heard INDEX PATTERN
vf_heard() {
	wait_for 5 grep -qE "$2" "$KTAP_DIR/vf$1" || { cat "$KTAP_DIR/vf$1"; return 1; }
}

# What the suite counts on, whatever the test before has left.
have() {
	vf_users_end
	[ "$(number)" = "$1" ] || echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	[ "$(number)" = "$1" ] || echo "$1" >"$DEVICES/$SRIOV/sriov_numvfs"
	[ "$1" = 0 ] || wait_for 5 test -e "/dev/vmbox/vf-$(vf_bdf $(($1 - 1)))"
	events_anew
}

# vfm_start: the client, after sriov-mbox was loaded.
vfm_start() {
	python3 ../passthrough-lib/vf_manager.py "$YNL" serve "$EVENTS" <&8 >&9 2>"$KTAP_DIR/client" 7<&- &
	answer || { cat "$KTAP_DIR/client"; return 1; }
}
