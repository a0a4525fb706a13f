#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run everything: lint, unit tests, and the test machines, two at once.
#
#   check.sh                    each suite once, with our driver
#   check.sh --all              every suite on every machine that suites.tab names
#   check.sh --changed [BASE]   what the files that differ from BASE (HEAD) can reach
#   check.sh --driver stock     the machines only, with the in-tree driver (a control)
#   check.sh --debug            some machines, on a kernel that checks itself (debug/)
#   check.sh --list             only print what would run, with --all and so on before it
#
# With CHECK_MINUTES=N no machine starts after N minutes; each that did not is skipped, and
# says so. For a CI system that throws away what takes longer (.ci/run).
#
# KTAP lines of every part are passed on, numbered through. A machine that does not
# come to its last line is a failed test named "bed: ..."; as a control it is run
# once more with the in-tree driver, to say where to look, never to excuse it.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 for no failure.
set -eu

cd "$(dirname "$0")/../.."
testing=tools/testing
# shellcheck source=tools/testing/vm/debs.sh
. $testing/vm/debs.sh
BED_FAILED=3	# exit code of run.sh
AT_ONCE=2
TIMES=$CACHE/times	# of the parts, as they were the last time
# A change to these can break packages.
PACKAGING="dkms.conf Makefile Kbuild compat etc scripts share $testing/dkms $testing/vm/hosts.sh"

driver=ng set=check list='' suites='' packaging=yes

usage()
{
	sed -n '/^#   check.sh/s/^# *//p' "$0" >&2
	exit 2
}

parse()
{
	local base

	while [ $# != 0 ]; do
		case $1 in
		--all | --debug) set=${1#--} ;;
		--changed)
			set=changed
			if [ $# != 1 ] && [ "${2#--}" = "$2" ]; then shift; fi
			base=${1#--changed}
			suites=$($testing/changed.sh "$base")
			# shellcheck disable=SC2086  # paths
			packaging=$(git diff --name-only "${base:-HEAD}" -- $PACKAGING
				git ls-files --others --exclude-standard -- $PACKAGING)
			;;
		--driver)
			driver=${2-}
			[ "$driver" = ng ] || [ "$driver" = stock ] || usage
			shift
			;;
		--list) list=yes ;;
		*) usage ;;
		esac
		shift
	done
	case ${CHECK_MINUTES-} in
	*[!0-9]*)
		echo "check.sh: CHECK_MINUTES='$CHECK_MINUTES': a number of minutes is expected" >&2
		exit 2
		;;
	esac
}

# table: of suites.tab, a row for each machine: SUITE LIMIT MACHINE KERNEL COLD.
table()
{
	awk -v set="$set" -v suites="${suites//$'\n'/ }" '
		BEGIN { n = split(suites, list); for (i = 1; i <= n; i++) wanted[list[i]] = 1 }
		/^#/ || !NF { next }
		set == "changed" && !($1 in wanted) { next }
		{
			cells = $3
			if (set == "all") cells = $3 "," $4
			if (set == "debug") cells = $5
			n = split(cells, cell, ",")
			for (i = 1; i <= n; i++) {
				if (cell[i] == "-") continue
				cold = sub(/:cold$/, "", cell[i]) ? "--cold" : ""
				sub("/", " ", cell[i])
				print $1, $2, cell[i], cold
			}
		}' $testing/suites.tab
}

# rows: the same, the longest first, so that two at once end about together. What was
# never run is taken for as long as its limit.
rows()
{
	touch "$TIMES"
	table | awk -v times="$TIMES" '
		BEGIN { while ((getline line <times) > 0) { split(line, word, " "); took[word[1]] = word[2] } }
		{ part = $3 "-" $4 "/" $1; print (part in took) ? took[part] : $2, $0 }' |
		sort -rn | cut -d' ' -f2-
}

# Lint and unit tests know no other driver and no other kernel.
on_the_host()
{
	[ "$driver" = ng ] && [ "$set" != debug ]
}

with_dkms()
{
	on_the_host && [ -n "$packaging" ]
}

# On both releases, and with all their kernels, where everything is run.
dkms()
{
	local arguments=()

	[ "$set" != all ] || arguments=(--long bookworm trixie)
	part dkms $testing/dkms/life.sh "${arguments[@]}"
}

# names: of all parts, as report() and $TIMES have them.
names()
{
	! on_the_host || printf 'lint\nunit\n'
	! with_dkms || echo dkms
	table | awk '{ print $3 "-" $4 "/" $1 }'
}

# Everything below speaks in lines of "PART<tab>TEXT" to report(), which alone
# writes to the terminal: parts run side by side.
tell()
{
	printf '%s\t%s\n' "$1" "$2"
}

# tell_time PART SECONDS RESULT [CPU]: for the table at the end.
tell_time()
{
	tell "$1" "TIME $2 $3 ${4-}"
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

# machine PART DRIVER SUITE LIMIT MACHINE KERNEL [--cold]: exit code of run.sh.
machine()
{
	local name=$1 with=$2 suite=$3 limit=$4

	shift 4
	# shellcheck disable=SC2086  # an option or none
	$testing/vm/run.sh --driver "$with" --timeout "$limit" ${3-} "$1" "$2" "$suite" 2>&1 </dev/null |
		pass_on "$name"
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

# job SUITE LIMIT MACHINE KERNEL [--cold]
job()
{
	local name="$3-$4/$1" rc=0 start=$SECONDS

	if [ -n "${CHECK_MINUTES-}" ] && [ "$SECONDS" -ge $((10#$CHECK_MINUTES * 60)) ]; then
		tell "$name" "ok $name: it runs # SKIP not begun after $CHECK_MINUTES minutes: a slow host, or too many tests"
		tell_time "$name" 0 skipped
		return
	fi
	tell "$name" "# starts"
	machine "$name" "$driver" "$@" || rc=$?
	case $rc in
	0 | 1) ;;
	*)
		tell "$name" "not ok bed: $3 machine with $4 comes to the last line of $1 (exit code $rc)"
		[ "$driver/$set" = stock/check ] || [ "$set" = debug ] || control "$name" "$@"
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
		while [ "$(jobs -rp | wc -l)" -ge $AT_ONCE ]; do wait -n || :; done
		# shellcheck disable=SC2086  # its arguments
		job $row &
	done < <(rows)
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
	done < <(table | awk '{ print $3, $4 }' | sort -u)
}

# What is fetched and built once is not a test, but takes time on the first run.
prepare()
{
	local rc=0 start=$SECONDS

	tell prepare "# programs, kernels, root image, modules; the first run downloads about 500 MB"
	{
		tools/deps.sh build && tools/deps.sh lint && tools/deps.sh vm &&
			prepare_machines && scripts/vm-modules.sh && { [ "$set" != debug ] || prepare_debug; }
	} 2>&1 </dev/null | pass_on prepare || rc=$?
	[ "$rc" = 0 ] || tell prepare "not ok prepare: all that the tests need is there"
	tell_time prepare $((SECONDS - start)) "$([ "$rc" = 0 ] && echo ok || echo failed)"
	return "$rc"
}

# What needs no machine, side by side: each has stretches that keep one processor busy, or none.
host_parts()
{
	! on_the_host || part lint $testing/lint/lint.sh &
	! on_the_host || part unit make --no-print-directory -j"$(nproc)" unit T=10 &
	! with_dkms || dkms &
	wait
}

everything()
{
	set -o pipefail
	prepare || return 0
	host_parts
	machines
}

# mawk, Debian's awk, reads ahead unless told not to; then nothing shows until the end.
awk=(awk)
if awk -W version 2>&1 </dev/null | grep -qi mawk; then
	awk+=(-W interactive)
fi

report()
{
	"${awk[@]}" -F '\t' -v began="$(date +%s)" -v parts="$(names | tr '\n' ' ')" \
		-v times="$TIMES" -v at_once=$AT_ONCE -f $testing/report.awk
}

mkdir -p "$CACHE"
parse "$@"
if [ -n "$list" ]; then
	rows
	exit
fi
everything | report
