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

TREE=root/pciback-ng	# in the system

# Proxies and other transport options of this host's apt.
apt_settings() {
	apt-config dump | grep -E '^Acquire::(http|https|ftp)\b.*"[^"]' || :
}

make_host() {
	local tmp=$HOST.tmp keyring

	note "making a fresh $RELEASE, $HOST"
	command -v debootstrap >/dev/null || die "no debootstrap; cure: apt-get install debootstrap"
	keyring=$(debs_sources | sed -n 's/^Signed-By: //p' | head -n 1)
	rm -rf "$tmp"
	mkdir -p "$tmp"
	debootstrap --variant=minbase --keyring="$keyring" --include=debian-archive-keyring \
		"$RELEASE" "$tmp" "$(site Debian)" >&2 || die "debootstrap failed (see above)"
	rm -f "$tmp/etc/apt/sources.list"
	debs_sources >"$tmp/etc/apt/sources.list.d/debian.sources"
	mkdir -p "$tmp${keyring%/*}"
	[ -e "$tmp$keyring" ] || cp "$keyring" "$tmp$keyring"
	apt_settings >"$tmp/etc/apt/apt.conf.d/90host"
	chroot "$tmp" sh -c 'apt-get update -qq && apt-get install -qq --no-install-recommends make' >&2 ||
		die "apt fails in the new system (see above)"
	mv "$tmp" "$HOST"
}

# The same files as a clone, and those that are not added yet.
copy_tree() {
	local to=$HOST/$TREE

	mkdir -p "$to"
	find "$to" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
	(cd "$top" && git ls-files -z --cached --others --exclude-standard |
		tar -c --null --files-from=- --ignore-failed-read) | tar -x -C "$to"
}

# run COMMAND...: the mounts are gone with the last program in their name space.
run() {
	cp -L /etc/resolv.conf /etc/hosts "$HOST/etc/"
	# shellcheck disable=SC2016  # the inner shell's
	HOST=$HOST TREE=$TREE unshare --mount --propagation private sh -c '
		for dir in proc sys dev; do
			mount --rbind "/$dir" "$HOST/$dir" || exit
		done
		exec chroot "$HOST" env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			sh -c "cd /$TREE && exec \"\$@\"" sh "$@"' sh "$@"
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
copy_tree
run "$@"
