# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Resets as an administrator asks for them, and what the driver says about them.  To be
# sourced after ktap.sh, xen.sh and kernel_log.sh.

PCIBACK=/sys/bus/pci/drivers/pciback
# shellcheck disable=SC2034  # for the suites
TIMEOUT=/sys/module/pciback_ng/parameters/reset_timeout

do_flr() {
	echo "$1" >"$PCIBACK/do_flr"
}

# attribute BDF NAME: of the device's folder.
attribute() {
	contents "/sys/bus/pci/devices/$1/pciback/$2"
}

# attribute_is BDF NAME TEXT
attribute_is() {
	[ "$(attribute "$1" "$2")" = "$3" ]
}

# set_attribute BDF NAME TEXT
set_attribute() {
	echo "$3" >"/sys/bus/pci/devices/$1/pciback/$2"
}

# reset_is BDF STATE LAST METHODS: what is said of it; METHODS are those it may be, all
# when there is none.
reset_is() {
	local state last method

	state=$(attribute "$1" state) last=$(attribute "$1" last_reset)
	method=$(attribute "$1" last_reset_method)
	echo "$1: $state, last reset: $last, by $method, $(attribute "$1" last_reset_ms) ms"
	[ "$state" = "$2" ] && [ "$last" = "$3" ] || return 1
	[ -z "$4" ] || [[ " $4 " = *" $method "* ]]
}

# fails_with TEXT COMMAND...: and that is what it says.
fails_with() {
	local text=$1 status=0

	shift
	"$@" >"$KTAP_DIR/.failure" 2>&1 || status=$?
	echo "$*: status $status: $(<"$KTAP_DIR/.failure")"
	[ "$status" -ne 0 ]
	grep -q "$text" "$KTAP_DIR/.failure"
}

# answers_within FROM TO COMMAND...: it succeeds, after FROM to TO ms.
answers_within() {
	local from=$1 to=$2 start=${EPOCHREALTIME/./} took

	shift 2
	"$@"
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "$*: $took ms"
	[ "$took" -ge "$from" ]
	[ "$took" -le "$to" ]
}

# log_mark WORD, then log_says WORD TEXT: a line since then has it.
log_mark() {
	kernel_log_note "mark $1"
}

log_says() {
	kernel_log_after "mark $1" >"$KTAP_DIR/.log"
	grep "pciback" "$KTAP_DIR/.log" || :
	grep -q "$2" "$KTAP_DIR/.log"
}
