# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Guests that are not there: dom0 writes a back-end's folder as a toolstack does, with
# domain 0 as the guest, and the module rawfront (tools/testing/hostile) is the front-end
# that does what it is told.  No guest has to boot, and none is as rude as this one.
# To be sourced after ktap.sh and xen.sh.
#
# They are numbered: N in the names below is the last part of backend/pci/0/N.

RAW_FILES=/sys/kernel/debug/rawfront
RAW_FOLLOW=/sys/module/rawfront/parameters/follow

# shellcheck disable=SC2034  # for the suites
RAW_READ=0 RAW_WRITE=1		# orders, XEN_PCI_OP_*
# shellcheck disable=SC2034
RAW_AERHANDLER=2		# flag: "I can handle errors"
RAW_CONNECTED=4 RAW_CLOSED=6	# xenbus states

raw_back() {
	echo "/local/domain/0/backend/pci/0/$1"
}

raw_front() {
	echo "/local/domain/0/device/pci/$1"
}

# raw_load: the front-end, where the kernel or the machine has it.
raw_load() {
	modprobe rawfront || ktap_skip_this "no module rawfront; cure: make vm-modules"
	[ -d "$RAW_FILES" ] || mount -t debugfs debugfs /sys/kernel/debug
	[ -d "$RAW_FILES" ]
}

# raw_node N NAME: a node of the back-end's folder.
raw_node() {
	xenstore-read "$(raw_back "$1")/$2" 2>/dev/null
}

raw_state_is() {
	[ "$(raw_node "$1" state)" = "$2" ]
}

# raw_offer N BDF...: the toolstack's part of a new guest.
raw_offer() {
	local n=$1 back front i=0
	local -a nodes

	shift
	back=$(raw_back "$n") front=$(raw_front "$n")
	for bdf in "$@"; do
		nodes+=("$back/dev-$i" "$bdf" "$back/state-$i" 1)
		i=$((i + 1))
	done
	xenstore-write "$back/frontend" "$front" "$back/frontend-id" 0 \
		"$back/online" 1 "$back/domain" "raw-$n" "$back/num_devs" "$i" \
		"${nodes[@]}" "$back/state" 1 \
		"$front/backend" "$back" "$front/backend-id" 0 "$front/state" 1
}

# raw_start N BDF...: until it has its devices.
raw_start() {
	raw_offer "$@"
	wait_for_node 10 "$(raw_back "$1")/state" "$RAW_CONNECTED"
	wait_for 10 [ -e "$RAW_FILES/$1/op" ]
	# The front-end's last step to "connected" comes after the back-end's, and would undo
	# a state that a test sets before it.
	[ "$(<"$RAW_FOLLOW")" = N ] || wait_for_node 10 "$(raw_front "$1")/state" "$RAW_CONNECTED"
}

# raw_attach N I BDF: hot-plug a device under the number I.
raw_attach() {
	local back

	back=$(raw_back "$1")
	xenstore-write "$back/dev-$2" "$3" "$back/state-$2" 1 \
		"$back/num_devs" $(($2 + 1)) "$back/state" 7
}

# raw_detach N I
raw_detach() {
	xenstore-write "$(raw_back "$1")/state-$2" 5 "$(raw_back "$1")/state" 7
}

# raw_gone N: the bus forgets a device before its driver has let go of it; the folder
# stays until after that.
raw_gone() {
	[ ! -e "/sys/devices/pci-0-$1" ]
}

# raw_leave N: say goodbye, as a guest that shuts down; do not wait.
raw_leave() {
	xenstore-write "$(raw_back "$1")/online" 0
	xenstore-write "$(raw_front "$1")/state" "$RAW_CLOSED"
}

# raw_end N [SECONDS]: the same, until the back-end is done with it.
raw_end() {
	if raw_gone "$1"; then return; fi
	raw_leave "$1"
	# Also where the caller has switched `set -e` off by a condition.
	wait_for "${2:-10}" raw_gone "$1" || return
	raw_forget "$1"
}

# raw_forget N: what the toolstack clears up.
raw_forget() {
	xenstore-rm "$(raw_back "$1")"
	xenstore-rm "$(raw_front "$1")"
}

# devfn_of BDF: the number of device and function.
devfn_of() {
	local slot=${1%.*}

	echo $((16#${slot##*:} << 3 | 16#${1##*.}))
}

# raw_devfn N I: where the guest sees its device number I.
raw_devfn() {
	local virtual

	virtual=$(raw_node "$1" "vdev-$2")
	devfn_of "$virtual"
}

# raw_op N CMD DEVFN OFFSET SIZE [VALUE]: "ERR VALUE", as the back-end answered.
raw_op() {
	echo "$2 0 0 $3 $4 $5 ${6-0}" >"$RAW_FILES/$1/op"
	contents "$RAW_FILES/$1/op"
}

# raw_read N DEVFN OFFSET SIZE: what the guest reads; fails when the back-end says error.
raw_read() {
	local answer

	answer=$(raw_op "$1" "$RAW_READ" "${@:2}")
	[ "${answer%% *}" -eq 0 ] || return
	echo $((${answer##* }))
}

# raw_write N DEVFN OFFSET SIZE VALUE
raw_write() {
	local answer

	answer=$(raw_op "$1" "$RAW_WRITE" "${@:2}")
	[ "${answer%% *}" -eq 0 ]
}

# raw_refused N CMD ...: the order was answered with an error.
raw_refused() {
	local answer

	answer=$(raw_op "$@")
	echo "order $*: answer $answer"
	[ "${answer%% *}" -ne 0 ]
}
