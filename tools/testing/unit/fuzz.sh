#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run one fuzzer for some time; print one line, "ok ..." or "not ok ...", and what
# there is to say about it as diagnostics.
#
#   fuzz.sh OUT SECONDS OUT/fuzz_NAME
#
# What it learned stays in OUT/corpus/NAME, for the next run to go on from. An input
# that is a finding stays in OUT/findings/NAME: give it to the program as its
# argument to see it again. With NO_FUZZER=reason nothing is run.
set -eu

out=$1
seconds=$2
program=$3
name=${program##*/fuzz_}
source=$(dirname "$0")/fuzz_$name.c
corpus=$out/corpus/$name
findings=$out/findings/$name
log=$out/fuzz_$name.log

if [ -n "${NO_FUZZER:-}" ]; then
	echo "ok fuzz/$name: no finding # SKIP $NO_FUZZER"
	exit
fi
# libFuzzer would take a 0 as "for ever".
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
	echo "not ok fuzz/$name: runs for '$seconds' seconds (expected a number, T=60)"
	exit 1
fi

mkdir -p "$corpus" "$findings"
number=0
while IFS= read -r seed; do
	number=$((number + 1))
	printf '%s' "$seed" >"$corpus/seed-$number"
done < <(sed -n 's/^ \* seed: //p' "$source")
while IFS= read -r seed; do
	number=$((number + 1))
	# shellcheck disable=SC2059  # the format is the data: \xNN
	printf "$(sed 's/ //g; s/../\\x&/g' <<<"$seed")" >"$corpus/seed-$number"
done < <(sed -n 's/^ \* bytes: //p' "$source")
sed -n 's/^ \* word: //p' "$source" | sed 's/[\\"]/\\&/g; s/.*/"&"/' >"$out/fuzz_$name.dict"
dict=()
[ ! -s "$out/fuzz_$name.dict" ] || dict=("-dict=$out/fuzz_$name.dict")

rc=0
"$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	"${dict[@]}" -artifact_prefix="$findings/" "$corpus" >"$log" 2>&1 </dev/null || rc=$?
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)

if [ "$rc" = 0 ] && [ "${runs:-0}" -gt "$number" ]; then
	echo "ok fuzz/$name: $runs runs, no finding"
	echo "# fuzz/$name: $edges edges of its code and ours seen, $(find "$corpus" -type f | wc -l) inputs kept"
	exit
fi
echo "not ok fuzz/$name: ${runs:-0} runs, exit code $rc"
# libFuzzer's own frames say nothing.
grep -E 'FUZZ_CHECK|runtime error|ERROR:|^ +#[0-9]+ .* in |Test unit written' "$log" |
	grep -vE ' in (fuzzer::|__sanitizer|__libc|main|_start)' | head -n 20 | sed 's/^ */# /' || :
echo "# fuzz/$name: the whole story is in $log"
