# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# KTAP for shell suites (Documentation/dev-tools/ktap.rst).  To be sourced.
#
#   ktap_plan 3
#   ktap_test "the device is hidden" hide_it      run a function: one test point
#   ktap_need "the guest is up" start_guest       the same; if it fails, the points
#                                                 after it are skipped, not tried
#   ktap_skip "an IOMMU group" "no IOMMU here"
#   KTAP_KNOWN="WHY"                              from here on, and until it is empty
#                                                 again, a failure is expected: XFAIL;
#                                                 a pass is a failure: such a test
#                                                 does not show what it should
#   ktap_finish
#
#   ktap_skip_all "no IOMMU here"                 before the plan: skip the suite, which
#                                                 ends with exit code 4, as kselftest
#                                                 wants it; ktap_require_* are such, too,
#                                                 and sourcing this file without root
#
# A test function runs in a subshell under `set -eu`: its first failing command
# fails the test.  It may `return 4` to skip.  What it prints comes out as
# diagnostics.  State for later tests goes through files in $KTAP_DIR.

KTAP_DIR=$(mktemp -d)
KTAP_PLAN=0 KTAP_PASS=0 KTAP_FAIL=0 KTAP_SKIP=0 KTAP_XFAIL=0 KTAP_XPASS=0
KTAP_STOPPED='' KTAP_KNOWN=''
trap 'rm -rf "$KTAP_DIR"' EXIT

# kselftest's runner starts a suite under stdbuf, by way of the environment. Each of the
# suite's programs would load that library; those whose output matters flush it anyway.
unset LD_PRELOAD _STDBUF_O

ktap_plan() {
	KTAP_PLAN=$1
	echo "KTAP version 1"
	echo "1..$1"
}

ktap_note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# ktap_count: how many points there are, in KTAP_COUNT; a variable saves a process a call.
ktap_count() {
	KTAP_COUNT=$((KTAP_PASS + KTAP_FAIL + KTAP_SKIP + KTAP_XFAIL + KTAP_XPASS))
}

# ktap_line RESULT NAME...: of the point that was counted last.
ktap_line() {
	local result=$1

	shift
	ktap_count
	echo "$result $KTAP_COUNT $*"
}

ktap_ok() {
	if [ -n "$KTAP_KNOWN" ]; then
		KTAP_XPASS=$((KTAP_XPASS + 1))
		ktap_line "not ok" "$1 # XPASS, but: $KTAP_KNOWN"
		return
	fi
	KTAP_PASS=$((KTAP_PASS + 1))
	ktap_line ok "$1"
}

ktap_fail() {
	if [ -n "$KTAP_KNOWN" ]; then
		KTAP_XFAIL=$((KTAP_XFAIL + 1))
		ktap_line ok "$1 # XFAIL $KTAP_KNOWN"
		return
	fi
	KTAP_FAIL=$((KTAP_FAIL + 1))
	ktap_line "not ok" "$1"
}

ktap_skip() {
	KTAP_SKIP=$((KTAP_SKIP + 1))
	ktap_line ok "$1 # SKIP ${2-}"
}

# What failed, for the log: the test functions say little themselves.
ktap_where() {
	echo "failed: $BASH_COMMAND (${BASH_SOURCE[1]##*/} line ${BASH_LINENO[0]})"
}

# not COMMAND...: for test functions, since `set -e` overlooks a plain `!`.
not() {
	if "$@"; then
		return 1
	fi
}

# Run a function as said above; its status is left in KTAP_STATUS, because a
# condition around the call would switch `set -e` off inside.
ktap_run() {
	local from=$SECONDS

	set +e
	{ (set -Eeu; trap ktap_where ERR; "$@") 2>&1; echo $? >"$KTAP_DIR/.status"; } | sed -u 's/^/# /'
	read -r KTAP_STATUS <"$KTAP_DIR/.status"
	echo "# step: $((SECONDS - from)) s"
}

ktap_test() {
	local name=$1

	shift
	if [ -n "$KTAP_STOPPED" ]; then
		ktap_skip "$name" "needs: $KTAP_STOPPED"
		return
	fi
	echo "# test: $name"
	ktap_run "$@"
	case $KTAP_STATUS in
	0) ktap_ok "$name" ;;
	4) ktap_skip "$name" "$(cat "$KTAP_DIR/skip" 2>/dev/null)" ;;
	*) ktap_fail "$name" ;;
	esac
}

ktap_need() {
	local before=$KTAP_FAIL

	ktap_test "$@"
	[ "$KTAP_FAIL" -eq "$before" ] || KTAP_STOPPED=$1
}

# After a failed ktap_need, tests that do not need it can go on.
ktap_resume() {
	KTAP_STOPPED=
}

# contents FILE: as cat prints it, without a process.
contents() {
	local text

	text=$(<"$1") || return
	[ -z "$text" ] || printf '%s\n' "$text"
}

# In a test function: skip it, saying why.
ktap_skip_this() {
	echo "$*" >"$KTAP_DIR/skip"
	exit 4
}

# The whole suite cannot run here.
ktap_skip_all() {
	echo "KTAP version 1"
	echo "1..0 # SKIP $*"
	echo "# Totals: pass:0 fail:0 xfail:0 xpass:0 skip:0 error:0"
	exit 4
}

# ktap_require_commands NAME...: skip the suite where one of them is not in $PATH.
ktap_require_commands() {
	local name

	for name; do
		command -v "$name" >/dev/null || ktap_skip_all "no program $name on this machine"
	done
}

# ktap_require_programs NAME...: skip the suite where one of its own C programs is missing.
ktap_require_programs() {
	local name

	for name; do
		[ -x "./$name" ] || ktap_skip_all "the program $name was not built; see the Makefile in $PWD"
	done
}

# ktap_require_modules NAME...: skip the suite where one of them is not installed.
ktap_require_modules() {
	local name

	# One process where all are there.
	! modinfo -n "$@" >/dev/null 2>&1 || return 0
	for name; do
		modinfo -n "$name" >/dev/null 2>&1 ||
			ktap_skip_all "no module $name for $(uname -r); fixtures: make modules TESTS=1"
	done
}

# The last line; who reads a log without it knows that the suite died.
ktap_finish() {
	ktap_count
	if [ "$KTAP_COUNT" -ne "$KTAP_PLAN" ]; then
		echo "# planned $KTAP_PLAN points, ran $KTAP_COUNT"
		KTAP_FAIL=$((KTAP_FAIL + 1))
		ktap_line "not ok" "the plan is kept"
	fi
	echo "# Totals: pass:$KTAP_PASS fail:$KTAP_FAIL xfail:$KTAP_XFAIL xpass:$KTAP_XPASS skip:$KTAP_SKIP error:0"
	[ $((KTAP_FAIL + KTAP_XPASS)) -eq 0 ] || exit 1
	exit 0
}

[ "$EUID" -eq 0 ] || ktap_skip_all "not root"
ktap_require_commands modprobe
