#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run test programs (test_*) and fuzzers (fuzz_*); print one KTAP stream and, for
# tests, the line coverage.
#
#   run.sh OUT SECONDS PROGRAM...     SECONDS is for each fuzzer
#
# A program that dies half-way (a sanitizer, a crash) leaves a plan that it did
# not keep: that is a failed test too.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1
seconds=$2
shift 2
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

find "$out" -name '*.gcda' -delete
number=0
failed=0
tests=0

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

run_fuzzer()
{
	local line

	number=$((number + 1))
	while read -r line; do
		case $line in
		'not ok '*)
			failed=1
			echo "not ok $number ${line#not ok }"
			;;
		'ok '*) echo "ok $number ${line#ok }" ;;
		*) echo "$line" ;;
		esac
	done < <("$here/fuzz.sh" "$out" "$seconds" "$1")
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
	case ${program##*/} in
	fuzz_*) run_fuzzer "$program" ;;
	*) tests=1 && run_program "$program" ;;
	esac
done
if [ "$number" = 0 ]; then
	number=1 failed=1
	echo "not ok 1 unit: there are tests (no test_*.c and no fuzz_*.c found)"
fi
echo "1..$number"
[ "$tests" = 0 ] || coverage
exit "$failed"
