#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: guests have rawfront
#
# Two guests that do their worst at once, each all that it can, for ten minutes, and a third
# one that means well: its VF is behind the port of the first one's, its pings go on, and its
# toolstack takes the VF, resets it and gives it back all the while.  A third front-end, in
# dom0, has a card that is dead.
#
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with NIC_A, NIC_B,
# DISK, SRIOV, PING, GUEST_KERNEL, GUEST_INITRD (its init can load rawfront), MODULE, DRIVER
# set.  SIEGE_SECONDS is how long.  The figures are lines "figures ..." of the log.
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
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/reset.sh
. ../passthrough-lib/reset.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/aer.sh
. ../passthrough-lib/aer.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/bystander.sh
. ../passthrough-lib/bystander.sh

for name in NIC_A NIC_B DISK SRIOV PING GUEST_KERNEL GUEST_INITRD MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
mock_need mockpci rawfront "$MODULE"

SIEGE_SECONDS=${SIEGE_SECONDS:-600}
ROUND=10		# seconds between two rounds of the toolstack
LOG_LINES=100
LIMITS='detach 10000 reset 5000 attach 10000'	# milliseconds
DEAD=1000:03:00.0
PF=/sys/bus/pci/devices/$SRIOV

setup() {
	local bdf n

	modprobe igb
	show sh -c "echo 2 >$PF/sriov_numvfs"
	for n in 0 1; do
		basename "$(readlink -f "$PF/virtfn$n")" >"$KTAP_DIR/vf$n"
	done
	mock_bus zoo=1
	show modprobe "$MODULE"
	raw_load
	for bdf in "$NIC_A" "$NIC_B" "$DISK" $(vf 0) $(vf 1); do
		show xl pci-assignable-add "$bdf"
		driver_is "$bdf" pciback
	done
	claim "$DEAD"
}

vf() {
	cat "$KTAP_DIR/vf$1"
}

# where BDF NAME: the offset of a capability, as lspci calls it.
where() {
	lspci -vs "$1" | sed -n "s/.*Capabilities: \[\([0-9a-f]*\)\].*$2.*/0x\1/p" | head -n 1
}

# devfn_in GUEST BDF
devfn_in() {
	local at

	at=$(guest_place "$1" "$2") || return
	devfn_of "$at"
}

# in_guest NAME PROGRAM: write and start it, as /tmp/PROGRAM; what it does is on stdin.  It
# ends when /tmp/stop is there, and leaves a number.
in_guest() {
	guest_run "$1" 20 "cat >/tmp/$2 <<'END'
cd $RAW_FILES/0
n=0
while [ ! -e /tmp/stop ]; do
$(cat)
n=\$((n + 1))
done
echo $2 \$n >>/tmp/counts
END
	(setsid sh /tmp/$2 </dev/null >/dev/null 2>&1 &)"
}

# FLRs of its VF; D3hot and back, and MSI on and off, of its disk.
first() {
	local flr vf pm nvme

	GUEST_MODULES=rawfront guest_start h1 "$(vf 0)" "$DISK"
	guest_up h1
	guest_run h1 20 "mount -t debugfs debugfs /sys/kernel/debug; ls $RAW_FILES/0"
	flr=$(($(where "$(vf 0)" Express) + 8)) vf=$(devfn_in h1 "$(vf 0)")
	pm=$(($(where "$DISK" 'Power Management') + 4)) nvme=$(devfn_in h1 "$DISK")
	echo "FLR of $vf by $flr, power of $nvme by $pm"
	in_guest h1 flr <<-END
		echo "$RAW_WRITE 0 0 $vf $flr 2 0x8000" >op
	END
	in_guest h1 power <<-END
		echo "$RAW_WRITE 0 0 $nvme $pm 2 3" >op
		echo "$RAW_WRITE 0 0 $nvme $pm 2 0" >op
	END
	in_guest h1 msi <<-END
		echo "2 0 0 $nvme 0 0 0" >op
		echo "3 0 0 $nvme 0 0 0" >op
	END
}

# It answers what it is asked of errors so late that it is just in time (of 5 s; looking and
# answering take their time, too); after a minute and a half, when it has lost its card by
# that, its xenbus state changes without end.
second() {
	GUEST_MODULES=rawfront guest_start h2 "$NIC_A"
	guest_up h2
	guest_run h2 20 "mount -t debugfs debugfs /sys/kernel/debug; cd $RAW_FILES/0
		echo $RAW_AERHANDLER >flags; echo N >$RAW_FOLLOW"
	in_guest h2 states <<-'END'
		[ $n -gt 0 ] || sleep 90
		echo 1 >state
		echo 2 >state
	END
	in_guest h2 late <<-'END'
		read -r cmd rest <aer
		[ -n "$cmd" ] || { sleep 0.1; continue; }
		sleep 4.5
		case $cmd in 6) echo 2 >aer ;; 8) echo 5 >aer ;; *) echo 1 >aer ;; esac
	END
}

# while_siege COMMAND...: in the background, until the end.
while_siege() {
	(while [ ! -e "$KTAP_DIR/stop" ]; do "$@" >/dev/null 2>&1 || :; done) &
}

# Its card reports errors as long as it is not contained.
errors() {
	if [ "$DRIVER" = stock ] || attribute_is "$NIC_A" state assigned; then
		aer_inject "$NIC_A" nonfatal
	fi
	sleep 2
}

dead() {
	echo "$RAW_WRITE 0 0 $1 0x44 2 3" >"$RAW_FILES/0/op"
	sleep 0.1
}

# round VF: what the toolstack does with it, a line "round DETACH RESET ATTACH" in ms.
round() {
	local detach reset attach

	detach=$(milliseconds xl pci-detach g "$1")
	! xl pci-list g | grep -q "$1" || echo "round: it was not detached"
	reset=$(milliseconds do_flr "$1")
	attach=$(milliseconds xl pci-attach g "$1")
	xl pci-list g | grep -q "$1" || echo "round: it was not attached"
	echo "round $detach $reset $attach"
}

# figures WORD FILE: least, median and most of each column.
figures() {
	local column

	for column in 2:detach 3:reset 4:attach; do
		grep '^round [0-9]' "$2" | cut -d' ' -f"${column%%:*}" | sort -n | awk -v what="${column#*:}" \
			-v who="$1" '{ v[NR] = $1 }
			END { print "figures", who, what, v[1], v[int((NR + 1) / 2)], v[NR], "ms, of", NR }'
	done
}

peace() {
	local i

	bystander g "$(vf 1)"
	for i in 1 2 3 4 5; do
		round "$(vf 1)"
	done | tee "$KTAP_DIR/peace"
	figures before "$KTAP_DIR/peace"
}

siege() {
	local end

	first
	second
	raw_start 0 "$DEAD"
	mock "$DEAD" all-ones 1
	kernel_log_note "the siege"
	while_siege errors
	while_siege dead "$(raw_devfn 0 0)"
	end=$((SECONDS + SIEGE_SECONDS))
	while [ "$SECONDS" -lt "$end" ]; do
		round "$(vf 1)"
		sleep "$ROUND"
	done | tee "$KTAP_DIR/siege"
	touch "$KTAP_DIR/stop"
	figures before "$KTAP_DIR/peace"
	figures "under siege" "$KTAP_DIR/siege"
	kernel_log_after "the siege" >"$KTAP_DIR/lines"
}

# What they did is worth its name, though each order waits for its answer.
worst() {
	guest_run h1 30 'touch /tmp/stop; sleep 3; cat /tmp/counts' | tee "$KTAP_DIR/counts"
	guest_run h2 30 'touch /tmp/stop; sleep 6; cat /tmp/counts' | tee -a "$KTAP_DIR/counts"
	awk -v least="$SIEGE_SECONDS" '/^(flr|power|msi|states) / { n++; if ($2 < least) few = 1 }
		/^late / { n++; if ($2 < 3) few = 1 }
		END { exit n < 5 || few }' "$KTAP_DIR/counts"
}

toolstack_bounds() {
	not grep 'it was not' "$KTAP_DIR/siege"
	figures "under siege" "$KTAP_DIR/siege" | awk -v limits="$LIMITS" '
		BEGIN { n = split(limits, l); for (i = 1; i < n; i += 2) limit[l[i]] = l[i + 1] }
		{ what = $4; most = $7; print what, most, "of", limit[what]; if (most > limit[what]) bad = 1 }
		END { exit bad || NR < 3 }'
}

log_short() {
	echo "figures lines of log: $(wc -l <"$KTAP_DIR/lines")"
	kernel_log_kinds "$KTAP_DIR/lines"
	[ "$(wc -l <"$KTAP_DIR/lines")" -lt "$LOG_LINES" ]
}

finish() {
	local bdf guest

	for guest in h1 h2 g; do
		guest_destroy "$guest"
	done
	wait_for 30 no_backends
	mock "$DEAD" all-ones 0
	raw_end 0 20
	# The in-tree driver resets nothing that has been dead.
	[ "$DRIVER" = stock ] || wait_for 20 do_flr "$DEAD"
	release "$DEAD"
	for bdf in "$NIC_A" "$NIC_B" "$DISK" $(vf 0) $(vf 1); do
		show xl pci-assignable-remove "$(short "$bdf")"
	done
	echo 0 >"$PF/sriov_numvfs"
	show rmmod "$MODULE"
}

ktap_plan 9
kernel_log_start
ktap_need "VFs and cards are hidden" setup
ktap_need "a guest pings, and has a VF that its toolstack takes and gives back" peace
ktap_need "for $SIEGE_SECONDS s two guests do their worst" siege
ktap_test "they did each of it once a second and more" worst
stock_fails "it waits with others" "detach, reset and attach of the third guest's VF keep their bounds" toolstack_bounds
ktap_test "it has lost no ping, none was late" bystander_pinged g
stock_fails "it says each of them" "dom0's log is shorter than $LOG_LINES lines" log_short
ktap_test "all is given back" finish
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
