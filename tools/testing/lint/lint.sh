#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the static checks, as many at once as there are processors; prints KTAP.
#
#   lint.sh [CHECK...]     all, or those whose name begins with one of CHECK
#
# Each check is a script beside this one. What it prints when it finds something
# follows its line, as diagnostics. With status 4 it could not look, and says why.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."

# Check, kernels it runs for (SCRIPT.sh KVER KDIR VMLINUZ MODDIR), what a pass shows.
# Kernels: every one; of each version the first, for what takes minutes and sees no more
# in two distributions' builds of 6.12 than in one; the ends, which are the oldest and the
# newest; one; or no kernel at all.
# All look at what build left behind; the longest start first.
FIRST='build|every|it builds with W=1 and not one warning'
REST='cocci|no|Coccinelle has nothing to report
sparse|version|sparse has nothing to report
variant|one|the module builds with its options switched off
headers|ends|every header compiles alone
checkpatch|no|checkpatch --strict has nothing to report
shellcheck|no|shellcheck has nothing to report
samples|every|the samples build with what is installed, and that goes without a trace
modprobe|every|the names of xen-pciback lead to pciback-ng
kconfig|one|Kconfig reads the same with the conf of the kernel and without
symbols|every|the modules need only what the kernel and we export
ynl|no|the netlink specs are as the kernel wants them, and say what the headers say
kernel-doc|no|comments in kernel-doc form match their code
codespell|no|there are no spelling mistakes
rules|no|sizes, licences, feature probes as the house has them'

# job CHECK ALIAS SHOWS ARGUMENT...: run one check, print its line and what it found.
# Several run at once, so the line is numbered and printed under a lock.
job()
{
	local check=$1 label="lint: $1${2:+ $2}: $3" rc=0 log number start=$SECONDS

	shift 3
	log=$(mktemp)
	"$here/$check.sh" "$@" >"$log" 2>&1 </dev/null || rc=$?
	{
		flock 8
		number=$(($(cat "$state/count") + 1))
		echo "$number" >"$state/count"
		if [ "$rc" = 0 ]; then
			echo "ok $number $label"
		elif [ "$rc" = 4 ]; then
			echo "ok $number $label # SKIP $(tail -n 1 "$log")"
		else
			echo "not ok $number $label"
			head -n 200 "$log" | sed 's/^/# /'
			touch "$state/failed"
		fi
		echo "# $number of $(cat "$state/total") checks; took $((SECONDS - start)) s: ${label%: *}"
	} 8>>"$state/lock"
	rm -f "$log"
}

wanted()
{
	local check=$1 want

	shift
	[ $# != 0 ] || return 0
	for want; do
		[[ $check != "$want"* ]] || return 0
	done
	return 1
}

# kernels_of KERNELS: lines of kernels.sh, for that word of a table.
kernels_of()
{
	case $1 in
	every) echo "$all_kernels" ;;
	version) awk '{ split($2, n, "."); if (!seen[n[1] "." n[2]]++) print }' <<<"$all_kernels" ;;
	ends) sed -n '1p; $p' <<<"$all_kernels" | uniq ;;
	one) head -n 1 <<<"$all_kernels" ;;
	no) echo ;;
	esac
}

# run TABLE AT_ONCE [CHECK...]
run()
{
	local table=$1 at_once=$2 check kernels shows alias rest

	shift 2
	while IFS='|' read -r check kernels shows; do
		wanted "$check" "$@" || continue
		while read -r alias rest; do
			while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n || :; done
			# shellcheck disable=SC2086  # four arguments
			job "$check" "$alias" "$shows" $rest &
		done < <(kernels_of "$kernels")
	done <<<"$table"
	wait
}

# checks_in TABLE [CHECK...]: how many there will be.
checks_in()
{
	local table=$1 check kernels number=0

	shift
	while IFS='|' read -r check kernels _; do
		wanted "$check" "$@" || continue
		number=$((number + $(kernels_of "$kernels" | wc -l)))
	done <<<"$table"
	echo "$number"
}

tools/deps.sh lint
all_kernels=$(tools/testing/vm/kernels.sh)
"$here/kernel-scripts.sh" >/dev/null

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
echo 0 >"$state/count"
echo $(($(checks_in "$FIRST" "$@") + $(checks_in "$REST" "$@"))) >"$state/total"

echo "KTAP version 1"
run "$FIRST" 1 "$@"
run "$REST" "$(nproc)" "$@"
echo "1..$(cat "$state/count")"
[ "$(cat "$state/count")" != 0 ] || {
	echo "lint: no check begins with: $*; see the table in $0" >&2
	exit 1
}
[ ! -e "$state/failed" ]
