#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the unit test programs; print one KTAP stream and the line coverage.
#
#   run.sh OUT PROGRAM...
#
# A program that dies half-way (a sanitizer, a crash) leaves a plan that it did
# not keep: that is a failed test too.
set -eu

out=$1
shift
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

find "$out" -name '*.gcda' -delete
number=0
failed=0

run_program()
{
	local name=${1##*/test_} log=$1.log rc=0 line planned=0 seen=0

	"$1" >"$log" 2>&1 || rc=$?
	while read -r line; do
		case $line in
		'ok '[0-9]*|'not ok '[0-9]*)
			seen=$((seen + 1)) number=$((number + 1))
			echo "${line%% [0-9]*} $number unit/$name: ${line#*ok * }"
			;;
		'KTAP version'*) ;;
		1..*) planned=${line#1..} ;;
		'#'*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
	done <"$log"
	if [ "$seen" != "$planned" ] || [ "$planned" = 0 ]; then
		number=$((number + 1))
		echo "not ok $number unit/$name: runs to its end (exit $rc after $seen of $planned tests)"
		rc=1
	fi
	[ "$rc" = 0 ] || failed=1
}

coverage()
{
	find "$out/drivers" -name '*.gcno' 2>/dev/null | sort | while read -r notes; do
		(cd "$out" && ${GCOV:-gcov} -n "$notes" 2>/dev/null) |
			awk -v want="/$(basename "${notes%.gcno}").c'" '
				/^File / { mine = index($0, want) }
				/^Lines executed/ && mine {
					sub(/.*:/, ""); file = want; gsub(/[\/\047]/, "", file)
					printf "# coverage %-24s %s\n", file, $0; exit }'
	done
}

echo "KTAP version 1"
for program; do
	run_program "$program"
done
if [ "$number" = 0 ]; then
	number=1 failed=1
	echo "not ok 1 unit: there are tests (no test_*.c found)"
fi
echo "1..$number"
coverage
exit "$failed"
