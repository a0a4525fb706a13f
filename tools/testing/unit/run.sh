#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run test programs (test_*) and fuzzers (fuzz_*); print one KTAP stream. With tests
# among them, each core file is a test too: it passes when they ran its every line.
#
#   run.sh OUT SECONDS PROGRAM...     SECONDS is for each fuzzer
#
# Fuzzers run side by side, one a processor. A program that dies half-way (a
# sanitizer, a crash) leaves a plan that it did not keep: that is a failed test too.
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
	local name=${1##*/test_} log=$out/${1##*/}.log rc=0 line planned=0 seen=0

	"$1" >"$log" 2>&1 || rc=$?
	while read -r line; do
		case $line in
		'ok '[0-9]*|'not ok '[0-9]*)
			seen=$((seen + 1)) number=$((number + 1))
			echo "${line%% [0-9]*} $number unit/${name%.sh}: ${line#*ok * }"
			;;
		'KTAP version'*) ;;
		1..*) planned=${line#1..} ;;
		'#'*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
	done <"$log"
	if [ "$seen" != "$planned" ] || [ "$planned" = 0 ]; then
		number=$((number + 1))
		echo "not ok $number unit/${name%.sh}: runs to its end (exit $rc after $seen of $planned tests)"
		rc=1
	fi
	[ "$rc" = 0 ] || failed=1
}

# Number what a script says that prints "ok NAME" and "not ok NAME".
number_lines()
{
	local line

	while IFS= read -r line; do
		case $line in
		'not ok '*)
			failed=1 number=$((number + 1))
			echo "not ok $number ${line#not ok }"
			;;
		'ok '*)
			number=$((number + 1))
			echo "ok $number ${line#ok }"
			;;
		*) echo "$line" ;;
		esac
	done
}

run_fuzzers()
{
	local program

	for program; do
		while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || :; done
		"$here/fuzz.sh" "$out" "$seconds" "$program" >"$program.result" 2>&1 &
	done
	wait
	for program; do
		grep -qE '^(not )?ok ' "$program.result" ||
			echo "not ok fuzz/${program##*/fuzz_}: runs to its end" >>"$program.result"
		number_lines <"$program.result"
	done
}

# What the lines of gcov's listing begin with: "-" no code, a count, "#####" not run.
coverage()
{
	local notes

	find "$out/drivers" -name '*.gcno' | sort | while read -r notes; do
		(cd "$out" && ${GCOV:-gcov} -t "$notes" 2>/dev/null) |
			awk -F : -v file="$(basename "${notes%.gcno}").c" '
				$3 == "Source" { mine = index($4, "/" file) > 0 }
				!mine || $2 + 0 == 0 || $1 ~ /-/ { next }
				{ lines++ }
				$1 ~ /[#=%]/ { missed[++n] = $2 + 0 }
				END {
					good = lines && !n
					printf "%s coverage/%s: the tests run every line (%d of %d)\n",
						good ? "ok" : "not ok", file, lines - n, lines
					for (i = 1; i <= n; i++)
						printf "# %s:%d is run by no test\n", file, missed[i]
				}'
	done
}

echo "KTAP version 1"
fuzzers=()
for program; do
	case ${program##*/} in
	fuzz_*) fuzzers+=("$program") ;;
	*) tests=1 && run_program "$program" ;;
	esac
done
run_fuzzers "${fuzzers[@]}"
[ "$tests" = 0 ] || number_lines < <(coverage)
if [ "$number" = 0 ]; then
	number=1 failed=1
	echo "not ok 1 unit: there are tests (no test_*.c and no fuzz_*.c found)"
fi
echo "1..$number"
exit "$failed"
