# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Generic netlink without the kernel's client, and who may do what.  To be sourced; needs
# ktap.sh and setpriv.

genl() {
	python3 ../passthrough-lib/genl.py "$@"
}

# with CAPABILITY COMMAND...: root who has that one, and no other.
with() {
	local capability=$1

	shift
	setpriv --bounding-set="-all,+$capability" --inh-caps=-all "$@"
}

# joins WHO ANSWER COMMAND...: what the kernel says, the first word of it.
joins() {
	local who=$1 answer=$2 said

	shift 2
	said=$("$@") || :
	echo "$who: $said"
	[ "${said%% *}" = "$answer" ]
}

# events_of_admins FAMILY: who may hear its events.
events_of_admins() {
	local join="python3 ../passthrough-lib/genl.py join $1"

	# shellcheck disable=SC2086  # words are wanted
	{
		joins nobody EPERM setpriv --reuid=65534 --clear-groups $join
		joins CAP_SYS_ADMIN EPERM with sys_admin $join
		joins CAP_NET_ADMIN joined with net_admin $join
		joins root joined $join
	}
}
