# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Small Debian systems in folders, to run commands in.  To be sourced after debs.sh; for
# root, in a name space of mounts of its own where there are mounts.
#
# Mirror, proxies and keys are those of this host's apt (debs_sources).

# Proxies and other transport options of this host's apt.
apt_settings() {
	apt-config dump | grep -E '^Acquire::(http|https|ftp)\b.*"[^"]' || :
}

# host_make DIR: debootstrap's minimal system of the suite in use, and its package lists.
host_make() {
	local dir=$1 keyring

	command -v debootstrap >/dev/null || die "no debootstrap; cure: apt-get install debootstrap"
	keyring=$(debs_sources | sed -n 's/^Signed-By: //p' | head -n 1)
	rm -rf "$dir"
	mkdir -p "$dir"
	debootstrap --variant=minbase --keyring="$keyring" --include=debian-archive-keyring \
		"$(debs_release)" "$dir" "$(site Debian)" >&2 || die "debootstrap failed (see above)"
	rm -f "$dir/etc/apt/sources.list"
	debs_sources >"$dir/etc/apt/sources.list.d/debian.sources"
	mkdir -p "$dir${keyring%/*}"
	[ -e "$dir$keyring" ] || cp "$keyring" "$dir$keyring"
	apt_settings >"$dir/etc/apt/apt.conf.d/90host"
	chroot "$dir" apt-get update -qq >&2 || die "apt fails in the new system (see above)"
}

# host_mount DIR: what programs expect, in a name space of mounts that ends with them.
host_mount() {
	local dir

	cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
	for dir in proc sys dev; do
		mount --rbind "/$dir" "$1/$dir" || return
	done
}

# host_exec DIR COMMAND...: as the system's root, with nothing of our environment.
host_exec() {
	local dir=$1

	shift
	env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$dir" "$@"
}

# host_copy_tree DIR TREE: the same files as a clone, and those that are not added yet.
# build/ stays there.
host_copy_tree() {
	mkdir -p "$1"
	find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
	(cd "$2" && git ls-files -z --cached --others --exclude-standard |
		tar -c --null --files-from=- --ignore-failed-read) | tar -x -C "$1"
}
