# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The driver's folder in sysfs, without a toolstack.  To be sourced after ktap.sh and
# xen.sh.

ktap_require_commands setpci

PCIBACK=/sys/bus/pci/drivers/pciback

# claim BDF: take a device from its driver, as xl pci-assignable-add does.
claim() {
	no_driver "$1" || echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"
	echo "$1" >"$PCIBACK/new_slot"
	echo "$1" >"$PCIBACK/bind"
}

# release BDF: the way back, without a driver for it.
release() {
	echo "$1" >"$PCIBACK/unbind"
	echo "$1" >"$PCIBACK/remove_slot"
}

# give_back BDF
give_back() {
	release "$1"
	echo "$1" >/sys/bus/pci/drivers_probe
}

# stock_fails WHY NAME FUNCTION...: the in-tree driver is known not to do this; run it
# all the same, so that the test is known to bite.
stock_fails() {
	[ "$DRIVER" = ng ] || KTAP_KNOWN=$1
	shift
	ktap_test "$@"
	# shellcheck disable=SC2034  # ktap.sh looks at it
	KTAP_KNOWN=''
}

# ours NAME FUNCTION...: the in-tree driver has nothing of the kind.
ours() {
	if [ "$DRIVER" = ng ]; then
		ktap_test "$@"
	else
		ktap_skip "$1" "the in-tree driver has nothing of the kind"
	fi
}

# config BDF REGISTER[.WIDTH]: what the hardware says.
config() {
	setpci -s "$1" "$2"
}
