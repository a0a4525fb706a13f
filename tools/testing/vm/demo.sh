#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `make demo`: a network card and a disk go to a Xen guest and back, to watch.
#
# There is no second copy of the flow here.  The suite flow.sh runs as in `make
# check`; its KTAP says what was typed ("# $ ..."), what came back ("# > ...") and how
# long each step took, and this turns it into a transcript and a table.
#
#   demo.sh [ng|stock]
set -eu

cd "$(dirname "$0")/../../.."
driver=${1:-ng}

if [ -t 1 ]; then
	bold=$(tput bold 2>/dev/null || :) plain=$(tput sgr0 2>/dev/null || :)
else
	bold='' plain=''
fi

say() {
	echo "${bold}demo: $*${plain}" >&2
}

# mawk, Debian's awk, reads ahead unless told not to; then nothing shows until the end.
awk=(awk)
if awk -W version 2>&1 </dev/null | grep -qi mawk; then
	awk+=(-W interactive)
fi

# Long outputs are cut: a line or two show that it worked, the log has the rest.
# shellcheck disable=SC2016  # the awk program
transcript() {
	"${awk[@]}" -v bold="$bold" -v plain="$plain" -v lines=6 '
	function cut(s) { return length(s) > 100 ? substr(s, 1, 97) "..." : s }
	/^# test: / {
		name = substr($0, 9)
		printf "\n%s%d. %s%s\n", bold, ++n, name, plain
		fflush(); next
	}
	/^# [a-z0-9]*\$ / {
		prompt = $2; sub(/\$$/, "", prompt)
		line = substr($0, 3); sub(/^[a-z0-9]*\$ /, "", line)
		printf "   %s# %s%s%s\n", prompt == "" ? "dom0" : prompt, bold, cut(line), plain
		left = lines; fflush(); next
	}
	/^# > / {
		line = substr($0, 5)
		# Noise that says nothing to a reader.
		if (line ~ /^(Parsing config|libxl: info|[0-9]+\+0 records|PING |--- |$)/) next
		if (left-- > 0) print "         " cut(line)
		fflush(); next
	}
	/^# step: / { took = $3; next }
	/^(not )?ok / {
		good = /^ok/ && !/# SKIP/
		result[n ? n : ++n] = good ? "ok" : /# SKIP/ ? "skipped" : "FAILED"
		if (/# SKIP/) took = 0
		if (!name) name = $0
		step[n] = name; seconds[n] = took; total += took
		printf "   %s, %d s\n", result[n], took
		name = ""; fflush(); next
	}
	/^(KTAP|1\.\.|# (Totals|TAP version|1\.\.|timeout set|selftests:|(not )?ok 1 selftests:))/ { next }
	/^# / { print "         " substr($0, 3); fflush() }
	END {
		printf "\n%s%-72s %7s  %s%s\n", bold, "What was shown", "seconds", "result", plain
		for (i = 1; i <= n; i++) {
			printf "%2d. %-68s %7d  %s\n", i, step[i], seconds[i], result[i]
			bad += result[i] != "ok"
		}
		printf "%-72s %7d  %s\n", "    all steps", total, bad ? bad " not ok" : "ok"
	}'
}

begin=$SECONDS
say "1 of 3: programs, kernels and the machine's disk (the first time: downloads)"
tools/deps.sh vm
tools/testing/vm/run.sh --prepare xen 6.1
if [ "$driver" = ng ]; then
	say "2 of 3: building the driver for the machine's kernel"
	scripts/vm-modules.sh 6.1
fi
say "3 of 3: Xen, dom0 Linux 6.1, driver $driver; a minute until the first step"
status=0
set -o pipefail
tools/testing/vm/run.sh --driver "$driver" --timeout 400 xen 6.1 flow |
	transcript || status=$?
echo "    wall time of this demo, with everything: $((SECONDS - begin)) s"
exit $status
