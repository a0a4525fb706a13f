#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run everything: lint, unit tests, and the test machines, two at once.
#
#   check.sh                    all, with our driver
#   check.sh --driver stock     the machines only, with the in-tree driver (a control)
#   check.sh --debug            some machines, on a kernel that checks itself (debug/)
#
# KTAP lines of every part are passed on, numbered through. A machine that does not
# come to its last line is a failed test named "bed: ..."; as a control it is run
# once more with the in-tree driver, to say where to look, never to excuse it.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 for no failure.
set -eu

cd "$(dirname "$0")/../.."
testing=tools/testing
BED_FAILED=3	# exit code of run.sh

# The longest first, so that two at once end about together. What is the same code and
# the same calls of the kernel on both is run on the newer one, or this would take more
# than an hour; on the older one it is run by hand (run.sh) when it is changed.
# machine, kernel, suite, seconds it may take
MACHINES='
xen 6.12 hostile 900
xen 6.12 defects 900
xen 6.1 defects 900
xen 6.12 reset-guest 900
xen 6.12 config 900
xen 6.12 defects-guest 600
xen 6.12 sweep-xen 900
native 6.12 reset 600
native 6.12 stress 900
native 6.12 mbox-stress 900
xen 6.12 mbox-xen 900
xen 6.12 mbox-blocks 900
native 6.12 vf-manager 600
native 6.12 sweep 900
xen 6.12 aer 900
xen 6.12 policy 600
xen 6.12 xsa 900
xen 6.12 defects-crash 600
xen 6.12 renumber-xen 900
native 6.12 scale 600
xen 6.12 giveback 600
xen 6.12 isolation-xen 600
xen 6.12 multifunction 900
pvh 6.12 defects-pvh 600
xen 6.12 lifecycle 1200
hvm 6.1 hvm 1200
hvm 6.1 aer-hvm 900
xen 6.12 frontend 900
xen 6.12 overlay 300
xen 6.12 guards 600
xen 6.12 ops 600
xen 6.12 flow 900
kvm 6.12 rdm-guest 600
native 6.12 rdm 600
native 6.1 rdm 600
native 6.12 renumber 600
native 6.12 aer-native 300
native 6.12 quirks 300
native 6.12 mock 300
native 6.12 mailbox 600
native 6.1 mailbox 600
native 6.12 mbox-hostile 300
native 6.12 relay 300
native 6.1 relay 300
native 6.12 claims 600
native 6.12 native 600
native 6.1 native 600
native 6.12 hotplug 600
native 6.12 renumber-rdm 300
native 6.12 events 300
native 6.1 events 300
kvm 6.12 rdm-amd 300
native 6.12 isolation 300
native 6.12 rdm-stock 300
native 6.12 mbox-save 300
debian 6.12 initramfs 300
debian 6.1 initramfs 300
'

# On the debug kernel: where there are the most locks and the shortest lives of objects.
DEBUG_MACHINES='
xen 6.12-debug-guest mbox-xen 900
native 6.12-debug vf-manager 600
native 6.12-debug mailbox 600
native 6.12-debug mbox-hostile 300
native 6.12-debug mbox-stress 600
native 6.12-debug relay 300
native 6.12-debug rdm 600
native 6.12-debug events 300
native 6.12-debug mbox-save 300
'

driver=ng
debug=''
case $* in
'') ;;
--debug) debug=yes MACHINES=$DEBUG_MACHINES ;;
'--driver stock') driver=stock ;;
'--driver ng') ;;
*)
	sed -n '/^#   check.sh/s/^# *//p' "$0" >&2
	exit 2
	;;
esac

# Everything below speaks in lines of "PART<tab>TEXT" to report(), which alone
# writes to the terminal: parts run side by side.
tell()
{
	printf '%s\t%s\n' "$1" "$2"
}

# Time and result of a part, for the table at the end.
tell_time()
{
	tell "$1" "TIME $2 $3"
}

pass_on()
{
	sed -u "s|^|$1\t|"
}

# part NAME COMMAND...: a part that runs on this host.
part()
{
	local name=$1 rc=0 start=$SECONDS log

	shift
	log=$(mktemp)
	tell "$name" "# starts"
	"$@" 2>&1 </dev/null | tee "$log" | pass_on "$name" || rc=$?
	# Its exit code and its lines have to agree.
	if [ "$rc" != 0 ] && ! grep -q '^not ok' "$log"; then
		tell "$name" "not ok $name: runs to its end (exit code $rc)"
	elif [ "$rc" = 0 ] && ! grep -q '^ok' "$log"; then
		tell "$name" "not ok $name: has tests"
	fi
	rm -f "$log"
	tell_time "$name" $((SECONDS - start)) "$([ "$rc" = 0 ] && echo ok || echo failed)"
	return 0
}

# machine NAME DRIVER ARGUMENT...: exit code of run.sh.
machine()
{
	local name=$1 with=$2

	shift 2
	$testing/vm/run.sh --driver "$with" --timeout "$4" "$1" "$2" "$3" 2>&1 </dev/null | pass_on "$name"
}

# What a failed bed does with the in-tree driver; its tests count for nothing.
control()
{
	local name=$1 rc=0

	shift
	tell "$name" "# control: the same with the in-tree driver, to tell bed from product"
	machine "$name" stock "$@" | sed -u 's/\t\(not ok\|ok\)/\t# control: \1/' || rc=$?
	if [ "$rc" = "$BED_FAILED" ]; then
		tell "$name" "# control: the in-tree driver does not come to the end either: look at the bed"
	else
		tell "$name" "# control: the in-tree driver comes to the end: look at our driver"
	fi
}

# job MACHINE KERNEL SUITE TIMEOUT
job()
{
	local name="$1-$2/$3" rc=0 start=$SECONDS

	tell "$name" "# starts, may take $4 s"
	machine "$name" "$driver" "$@" || rc=$?
	case $rc in
	0 | 1) ;;
	*)
		tell "$name" "not ok bed: $1 machine with $2 comes to the last line of $3 (exit code $rc)"
		[ "$driver$debug" != ng ] || control "$name" "$@"
		;;
	esac
	tell_time "$name" $((SECONDS - start)) "$([ "$rc" = 0 ] && echo ok || echo failed)"
}

machines()
{
	local row group

	# Each job in a process group of its own, so that Ctrl-C can end it whole.
	set -m
	trap 'for group in $(jobs -rp); do kill -- "-$group"; done; exit 130' INT TERM
	while read -r row; do
		[ -n "$row" ] || continue
		while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n || :; done
		# shellcheck disable=SC2086  # four arguments
		job $row &
	done <<<"$MACHINES"
	wait
}

# The debug kernel and our modules for it. A fixture for guests names symbols that only the
# guests' kernel has.
prepare_debug()
{
	local line kver kdir

	line=$($testing/debug/kernel.sh) || return
	read -r _ kver kdir _ <<<"$line"
	make modules KVER="$kver" KDIR="$kdir" TESTS=1 KBUILD_MODPOST_WARN=1
}

# Kernels and root images of the machines that the table names.
prepare_machines()
{
	local machine kernel

	while read -r machine kernel; do
		$testing/vm/run.sh --prepare "$machine" "$kernel" || return
	done < <(awk 'NF { print $1, $2 }' <<<"$MACHINES" | sort -u)
}

# What is fetched and built once is not a test, but takes time on the first run.
prepare()
{
	local rc=0 start=$SECONDS

	tell prepare "# programs, kernels, root image, modules; the first run downloads about 500 MB"
	{
		tools/deps.sh build && tools/deps.sh lint && tools/deps.sh vm &&
			prepare_machines && scripts/vm-modules.sh && { [ -z "$debug" ] || prepare_debug; }
	} 2>&1 </dev/null | pass_on prepare || rc=$?
	[ "$rc" = 0 ] || tell prepare "not ok prepare: all that the tests need is there"
	tell_time prepare $((SECONDS - start)) "$([ "$rc" = 0 ] && echo ok || echo failed)"
	return "$rc"
}

everything()
{
	set -o pipefail
	prepare || return 0
	if [ "$driver$debug" = ng ]; then
		part lint $testing/lint/lint.sh
		part unit make --no-print-directory unit T=20
	fi
	machines
}

# mawk, Debian's awk, reads ahead unless told not to; then nothing shows until the end.
awk=(awk)
if awk -W version 2>&1 </dev/null | grep -qi mawk; then
	awk+=(-W interactive)
fi

# Number, count and print what the parts say; table and sum at the end.
report()
{
	# shellcheck disable=SC2016  # awk expands it
	"${awk[@]}" -F '\t' -v began="$(date +%s)" '
		{
			part = $1
			line = substr($0, length(part) + 2)
			sub(/\r$/, "", line)
		}
		line ~ /^(KTAP version|TAP version|1\.\.[0-9]+)/ { next }
		line ~ /^TIME / {
			split(line, word, " ")
			parts[++rows] = part; took[rows] = word[2]; end[rows] = word[3]
			next
		}
		line ~ /^(not )?ok( |$)/ {
			good = line !~ /^not/
			sub(/^(not )?ok *[0-9]* *(- )?/, "", line)
			# A name that says its part already does not say it twice.
			if (index(line, part) != 1 && line !~ /^bed: /) line = part ": " line
			printf "%s %d %s\n", good ? "ok" : "not ok", ++tests, line
			if (good && line ~ /# SKIP/) skipped++
			else if (good) passed++
			else { failed++; bad[failed] = line }
			fflush(); next
		}
		{
			sub(/^# ?/, "", line)
			print "# " part ": " line
			fflush()
		}
		END {
			print "1.." tests + 0
			if (!tests) { failed = 1; bad[1] = "no test ran" }
			print "#"
			printf "# %-22s %8s  %s\n", "part", "seconds", "result"
			for (i = 1; i <= rows; i++) printf "# %-22s %8d  %s\n", parts[i], took[i], end[i]
			"date +%s" | getline now
			printf "# %-22s %8d\n", "all, wall time", now - began
			for (i = 1; i <= failed; i++) print "# failed: " bad[i]
			printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
			exit failed != 0
		}'
}

everything | report
