# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Each call that can fail is made to fail once: first the first call of a function, then
# the second, until an operation comes to its end without having made so many.  To be
# sourced after ktap.sh and imports.sh.
#
# What can fail, and how, is in sweep.symbols.  An operation is three functions:
#
#	NAME_before	what has to be so before; no call fails yet
#	NAME		the operation itself; its status is in $SWEEP_STATUS for
#	NAME_after	which has to find, or restore, the state from before
#
# They are called in conditions, where `set -e` is off: so "|| return" after each command.

SWEEP=/sys/module/retinject/parameters
SWEEP_TABLE=$(cd "${BASH_SOURCE[0]%/*}/../pciback-ng" && pwd)/sweep.symbols

# sweep_known MODULE: everything that it calls is in the table.  $KTAP_DIR/calls is then
# what can fail: "SYMBOL VALUE ONES".
sweep_known() {
	local symbol

	imports_of "$1" | sort >"$KTAP_DIR/imports"
	[ "$(wc -l <"$KTAP_DIR/imports")" -gt 50 ]
	grep '^[a-z_]' "$SWEEP_TABLE" >"$KTAP_DIR/table"
	: >"$KTAP_DIR/calls"
	while read -r symbol; do
		sweep_look_up "$symbol"
	done <"$KTAP_DIR/imports" >"$KTAP_DIR/unknown"
	sed 's/$/: not in sweep.symbols/' "$KTAP_DIR/unknown"
	echo "$(wc -l <"$KTAP_DIR/imports") functions are called, $(wc -l <"$KTAP_DIR/calls") can fail"
	[ ! -s "$KTAP_DIR/unknown" ]
}

sweep_look_up() {
	local name value ones

	while read -r name value ones; do
		# shellcheck disable=SC2254  # a pattern it is
		case $1 in $name) ;; *) continue ;; esac
		[ "$value" = - ] || echo "$1 $value ${ones:-0}" >>"$KTAP_DIR/calls"
		return
	done <"$KTAP_DIR/table"
	echo "$1"
}

# sweep_once OPERATION SYMBOL VALUE ONES N: whether the Nth call came is in SWEEP_HIT.
sweep_once() {
	SWEEP_STATUS='not run' SWEEP_HIT=0
	"$1_before" || return
	if ! echo "$2 $3 $5 $4" >$SWEEP/plan; then
		echo "$2: cannot be probed"
		return 1
	fi
	SWEEP_STATUS=0
	"$1" >"$KTAP_DIR/.out" 2>&1 || SWEEP_STATUS=$?
	read -r SWEEP_HIT <$SWEEP/injected
	echo >$SWEEP/plan || return
	"$1_after"
}

# Of the many accesses to configuration space not each and every one.
sweep_next() {
	echo $(($1 < 12 ? $1 + 1 : $1 + $1 / 3))
}

# sweep_one OPERATION SYMBOL VALUE ONES: until it succeeds without a failure.
sweep_one() {
	local n=1 failed=0 refused=0

	while :; do
		if ! sweep_once "$@" "$n"; then
			echo "after call $n of $2 had failed (status $SWEEP_STATUS)"
			cat "$KTAP_DIR/.out"
			return 1
		fi
		[ "$SWEEP_HIT" -ne 0 ] || break
		failed=$((failed + 1))
		[ "$SWEEP_STATUS" -eq 0 ] || refused=$((refused + 1))
		n=$(sweep_next "$n")
	done
	if [ "$SWEEP_STATUS" -ne 0 ]; then
		echo "$2: $1 does not succeed when nothing fails"
		cat "$KTAP_DIR/.out"
		return 1
	fi
	[ "$failed" -eq 0 ] || echo "$2: failed $failed times, $1 failed $refused times"
	echo "$failed" >>"$KTAP_DIR/failures.$1"
}

# sweep OPERATION MINIMUM [PATTERN]: over all that can fail, or those that match.  At
# least MINIMUM calls have to fail, or the sweep itself is broken.
sweep() {
	local symbol value ones bad=0

	: >"$KTAP_DIR/failures.$1"
	grep -E "^(${3:-.*}) " "$KTAP_DIR/calls" >"$KTAP_DIR/calls.$1"
	while read -r symbol value ones; do
		sweep_one "$1" "$symbol" "$value" "$ones" || bad=$((bad + 1))
	done <"$KTAP_DIR/calls.$1"
	awk -v min="$2" '{ n += $1 } END { print n + 0 " calls were made to fail"; exit n < min }' \
		"$KTAP_DIR/failures.$1"
	[ "$bad" -eq 0 ]
}

# Two operations that every machine has.  SWEEP_DEV is a mock function without a driver.

SWEEP_PCIBACK=/sys/bus/pci/drivers/pciback

nothing_claimed() {
	[ -z "$(<"$SWEEP_PCIBACK/slots")" ] || return 1
	no_driver "$SWEEP_DEV"
}

sweep_hide() {
	echo "$1" >"$SWEEP_PCIBACK/hide"
}

sweep_unhide() {
	echo "$1" >"$SWEEP_PCIBACK/unhide"
}

# A claim that was refused has left nothing; one that was not can be undone.

claim_before() {
	:
}

claim() {
	sweep_hide "$SWEEP_DEV"
}

claim_after() {
	if driver_is "$SWEEP_DEV" pciback 2>/dev/null; then
		sweep_unhide "$SWEEP_DEV" || return
	elif [ "$SWEEP_STATUS" -eq 0 ]; then
		echo "the claim was no failure, but there is none"
		return 1
	fi
	nothing_claimed
}

# A release that was refused has changed nothing, so it can be tried again.

release_before() {
	sweep_hide "$SWEEP_DEV"
}

release() {
	sweep_unhide "$SWEEP_DEV"
}

release_after() {
	if driver_is "$SWEEP_DEV" pciback 2>/dev/null; then
		[ "$SWEEP_STATUS" -ne 0 ] || return
		sweep_unhide "$SWEEP_DEV" || return
	fi
	nothing_claimed
}
