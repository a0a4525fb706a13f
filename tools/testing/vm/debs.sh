# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian packages for the test machines, fetched without touching the host.
#
# To be sourced.  A test machine has the Debian release that its row in machines.tab
# says, whatever the host is (Debian 12 or 13), and nothing of it is ever installed
# here.  So there is a second, private apt for each suite: its own sources and lists
# below our cache folder and an empty dpkg status, so that apt resolves from nothing.
# Downloads share one folder.  The mirror is whatever the host's own apt uses, proxies
# come from the host's apt.conf, and apt checks every signature against
# debian-archive-keyring, as always.
#
# debs_use SUITE selects the suite for the functions that follow: bookworm (the
# default), trixie, trixie-backports and the like; testing, sid, experimental; and
# bookworm-main, which is the release as it came out, without any update.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/pciback-ng
DEBS=$CACHE/apt
# KB behind an HVM guest's initramfs for what run.sh adds; the image's boot loader reads it.
# shellcheck disable=SC2034  # for the scripts that source this
HVM_ROOM=2048
DEBS_FRESH=' '	# suites whose package lists are fresh, with a space around each

note() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	note "$*"
	exit 3
}

# key FILE...: a short name for the content of these files.  A folder in the
# cache carries it, so that an edited script never meets an old result.
key() {
	cat "$@" | sha256sum | cut -c1-12
}

# One writer at a time: `make check` starts two machines at once.
cache_lock() {
	mkdir -p "$CACHE"
	exec 9>"$CACHE/lock"
	flock -n 9 && return
	note "waiting for another run that is filling $CACHE"
	flock 9
}

# site LABEL: the address that the host's apt uses for archive LABEL
# (Debian or Debian-Security).
site() {
	# shellcheck disable=SC2016  # apt expands these
	apt-get indextargets --format '$(LABEL)|$(SITE)' \
		'Created-By: Packages' 'Origin: Debian' |
		sed -n "s/^$1|//p" | head -n 1
}

# debs_use SUITE
debs_use() {
	DEBS_SUITE=$1
	DEBS_STATE=$DEBS/$1
}

# debs_release: the release that a suite is part of, which is where its updates are.
debs_release() {
	case $DEBS_SUITE in
	experimental) echo sid ;;
	*) echo "${DEBS_SUITE%%-*}" ;;
	esac
}

# debs_suites: all suites of the main archive that packages come from.
debs_suites() {
	local release

	release=$(debs_release)
	case $DEBS_SUITE in
	*-main | sid) echo "$release" ;;
	"$release") echo "$release $release-updates" ;;
	experimental) echo "$release $DEBS_SUITE" ;;
	*) echo "$release $release-updates $DEBS_SUITE" ;;
	esac
}

# debs_part SITE SUITES KEYRING
debs_part() {
	cat <<-EOF
	Types: deb
	URIs: $1
	Suites: $2
	Components: main
	Signed-By: $3

	EOF
}

debs_sources() {
	local main security keyring k

	main=$(site Debian)
	[ -n "$main" ] || die "this host's apt knows no Debian archive; add one to /etc/apt/sources.list.d and run 'apt-get update'"
	security=$(site Debian-Security)
	[ -n "$security" ] || security=$main-security
	for k in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[ -f "$k" ] && keyring=$k && break
	done
	[ -n "${keyring-}" ] || die "no Debian keys; cure: apt-get install debian-archive-keyring"

	debs_part "$main" "$(debs_suites)" "$keyring"
	case $DEBS_SUITE in
	*-main | sid | experimental) ;;
	*) debs_part "$security" "$(debs_release)-security" "$keyring" ;;
	esac
}

# apt with the private state, as root or as anybody.  Pinning files of the host
# must not apply, hence preferencesparts; APT::Sandbox, because the _apt user
# cannot write below $HOME.  Default-Release: backports give nothing unless asked, but
# asking for a release itself would put it above its security updates.
debs_apt() {
	local tool=$1 prefer=''

	shift
	case $DEBS_SUITE in *-backports | experimental) prefer=$DEBS_SUITE ;; esac
	"$tool" -qq \
		-o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$DEBS_STATE/sources" \
		-o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State="$DEBS_STATE/state" \
		-o Dir::State::status="$DEBS_STATE/status" \
		-o Dir::Cache="$DEBS_STATE" \
		-o Dir::Cache::archives="$DEBS/archives" \
		-o APT::Architecture=amd64 \
		-o APT::Default-Release="$prefer" \
		-o APT::Install-Recommends=false \
		-o APT::Sandbox::User="$(id -un)" \
		-o Acquire::Languages=none \
		-o Acquire::Retries=3 \
		"$@"
}

# Fresh package lists, once per process and suite.
debs_update() {
	[[ $DEBS_FRESH != *" $DEBS_SUITE "* ]] || return 0
	mkdir -p "$DEBS_STATE"/{sources,state/lists/partial} "$DEBS/archives/partial"
	debs_sources >"$DEBS_STATE/sources/debian.sources"
	: >"$DEBS_STATE/status"
	note "reading the package lists of $DEBS_SUITE"
	debs_apt apt-get update >&2 || die "apt-get update failed (see above)"
	DEBS_FRESH="$DEBS_FRESH$DEBS_SUITE "
}

# debs_depends PATTERN PACKAGE...: the direct dependencies that match PATTERN.
debs_depends() {
	local pattern=$1

	shift
	debs_apt apt-cache depends --no-recommends --no-suggests "$@" |
		sed -n 's/^ *Depends: //p' | grep -E "$pattern"
}

# debs_file PACKAGE VERSION ARCH: its path once fetched (apt quotes the epoch).
debs_file() {
	printf '%s/archives/%s_%s_%s.deb\n' "$DEBS" "$1" "${2//:/%3a}" "$3"
}

# debs_get PACKAGE...: fetch just these, print the path of each.
debs_get() {
	note "fetching $*"
	(cd "$DEBS/archives" && debs_apt apt-get download "$@" >&2) ||
		die "cannot fetch $*"
	debs_apt apt-cache show --no-all-versions "$@" |
		awk '/^Package:/ { p = $2 } /^Version:/ { v = $2 }
		     /^Architecture:/ { a = $2 } /^$/ { print p, v, a }' |
		while read -r p v a; do debs_file "$p" "$v" "$a"; done
}

# debs_closure PACKAGE...: fetch these and all they depend on, print the path of
# each.  The status file is empty, so that is a complete little system.
debs_closure() {
	note "fetching $* and what they need"
	debs_apt apt-get install --yes --download-only "$@" >&2 ||
		die "cannot fetch $*"
	debs_apt apt-get install --yes --simulate "$@" |
		sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*\[\(.*\)\])\( .*\)\?$/\1 \2 \3/p' |
		while read -r p v a; do debs_file "${p%%:*}" "$v" "$a"; done
}

# debs_unpack DIR: unpack the packages named on stdin.  Maintainer scripts do not
# run: what they would set up (users, alternatives, boot files) a test machine
# does not need or makes itself, and unpacking takes seconds and no root.
# bookworm is usrmerged, its packages not yet: links first, and tar keeps them.
# trixie's packages know no other place than /usr.
debs_unpack() {
	local dir=$1 deb

	mkdir -p "$dir"/usr/{bin,sbin,lib,lib64}
	for deb in bin sbin lib lib64; do
		[ -e "$dir/$deb" ] || ln -s "usr/$deb" "$dir/$deb"
	done
	while read -r deb; do
		[ -f "$deb" ] || die "$deb is missing although apt fetched it"
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x --keep-directory-symlink --no-same-owner -C "$dir" ||
			die "cannot unpack $deb"
	done
}

# debs_loader ROOT: the loader of a small system.  Not by /lib64: that link is absolute in
# bookworm's libc6 and leads to the loader of this host.
debs_loader() {
	echo "$1/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
}

# debs_run ROOT PROGRAM ARGUMENT...: run a program of a small system on this host, with
# the loader and the libraries that it was linked with.
debs_run() {
	local root=$1 program=$2

	shift 2
	"$(debs_loader "$root")" --library-path "$root/usr/lib/x86_64-linux-gnu" \
		"$root/$program" "$@"
}

debs_use bookworm
