#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run a command in this tree on a fresh Debian 12 or 13.
#
#   host-root.sh bookworm|trixie COMMAND...     host-root.sh trixie make demo
#
# For root.  debootstrap makes a minimal system below the cache, with the mirror of this
# host and `make`, which README asks for.  The tree is copied into it at each call
# (without build/, which stays there), and COMMAND runs in the copy.  The system is kept,
# with its caches, for the next call: delete the folder that is named to begin anew.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"
# shellcheck source=tools/testing/vm/hosts.sh
. "$here/hosts.sh"

TREE=root/pciback-ng	# in the system

make_host() {
	note "making a fresh $RELEASE, $HOST"
	host_make "$HOST.tmp"
	host_exec "$HOST.tmp" apt-get install -qq --no-install-recommends make >&2 ||
		die "apt fails in the new system (see above)"
	mv "$HOST.tmp" "$HOST"
}

# run COMMAND...: the mounts are gone with the last program in their name space.
run() {
	export -f host_mount host_exec
	# shellcheck disable=SC2016  # the inner shell's
	HOST=$HOST TREE=$TREE unshare --mount --propagation private bash -c '
		host_mount "$HOST"
		host_exec "$HOST" sh -c "cd /$TREE && exec \"\$@\"" sh "$@"' sh "$@"
}

RELEASE=${1-}
case $RELEASE in
bookworm | trixie) ;;
*)
	sed -n '/^#   host-root.sh/s/^# *//p' "$0" >&2
	exit 2
	;;
esac
shift
[ $# -gt 0 ] || die "no command"
[ "$(id -u)" = 0 ] || die "for root: it mounts and changes its root directory"
debs_use "$RELEASE"
HOST=$CACHE/host-$RELEASE
[ -d "$HOST" ] || make_host
host_copy_tree "$HOST/$TREE" "$top"
run "$@"
