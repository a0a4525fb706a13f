#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that this host has the programs we need.
#
#   deps.sh build|lint|vm
#
# Where something is missing it is installed, as root or through sudo. Where that
# cannot be, the apt line is printed and the exit code is 2. With everything in
# place it takes no time and no network. The user's apt configuration is never
# changed: Debian 12's QEMU is too old for us, and the newer one comes from its
# backports by a sources list that exists during that one call only.
set -eu

QEMU_NEEDED=8.0		# the first with "-device igb"

# gcc-12 by name: Debian 12's kernels were built with it, and their headers ask for it;
# Debian 13 has it, too.  patchelf: for the compiler of a kernel of another release, see
# tools/testing/vm/toolchain.sh.  rsync: kselftest installs with it.  perl: W=1 runs the
# kernel's own kernel-doc, and a minimal system has but a part of Perl.
BUILD='make gcc gcc-12 libc6-dev kmod binutils xz-utils bc libelf-dev flex bison patchelf
rsync python3 perl'
# Coccinelle's scripts are Python in part, and say nothing at all without its library.
# clang is for the fuzzers of the unit tests: libFuzzer comes with no other compiler.
LINT="$BUILD libpython3-dev sparse coccinelle codespell shellcheck python3-yaml python3-jsonschema clang libclang-rt-dev"
VM="$BUILD e2fsprogs fdisk zstd debian-archive-keyring debootstrap"

what=${1:-}
case $what in
build) packages=$BUILD ;;
lint) packages=$LINT ;;
vm) packages=$VM ;;
*)
	echo "usage: deps.sh build|lint|vm" >&2
	exit 1
	;;
esac

say()
{
	echo "deps: $*" >&2
}

missing_packages()
{
	local have

	# shellcheck disable=SC2086  # a list of names
	have=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' $packages 2>/dev/null |
		sed -n 's/^ii //p') || :
	# shellcheck disable=SC2086
	printf '%s\n' $packages | grep -vxF -f <(printf '%s\n' "$have" 'nothing') || :
}

# The program counts, not the package: somebody may have built their own.
qemu_is_new_enough()
{
	local version

	version=$(qemu-system-x86_64 --version 2>/dev/null | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
	[ -n "$version" ] && dpkg --compare-versions "$version" ge "$QEMU_NEEDED"
}

distribution_qemu_is_new_enough()
{
	local candidate

	candidate=$(apt-cache policy qemu-system-x86 2>/dev/null |
		sed -n 's/^  Candidate: \([0-9]*:\)\?\([0-9].*\)/\2/p')
	[ -n "$candidate" ] && dpkg --compare-versions "$candidate" ge "$QEMU_NEEDED"
}

codename()
{
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# The mirror that this host has for Debian itself (not for security updates),
# and the repositories that it has of Debian at all, as sources.list lines. apt
# tells this for one-line and for deb822 sources alike.
debian_mirror()
{
	# shellcheck disable=SC2016  # apt expands these
	apt-get indextargets --format '$(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
		sed -n "s/^$(codename) //p" | head -n 1
}

debian_sources()
{
	local keyring

	for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[ ! -f "$keyring" ] || break
	done
	# shellcheck disable=SC2016
	{
		apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
			'Created-By: Packages' 'Origin: Debian'
		echo "$(debian_mirror) $(codename)-backports main"
	} | sort -u | sed "s|^|deb [signed-by=$keyring] |"
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

can_be_root()
{
	[ "$(id -u)" = 0 ] && return
	command -v sudo >/dev/null || return
	# With a person at the terminal sudo may ask for a password.
	sudo -n true 2>/dev/null || { [ -t 0 ] && [ -t 2 ]; }
}

apt()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >&2
}

install_packages()
{
	say "installing: $*"
	apt update || say "apt-get update had errors (above); going on with what it got"
	apt install -y --no-install-recommends "$@"
}

# A copy of the package lists, so that only those of backports are new.
install_qemu_from_backports()
{
	local dir mirror options

	mirror=$(debian_mirror)
	[ -n "$mirror" ] || { say "apt knows no Debian archive for $(codename); add one to /etc/apt/sources.list.d"; exit 2; }
	say "installing QEMU >= $QEMU_NEEDED from $(codename)-backports (your apt configuration stays as it is)"
	dir=$(mktemp -d)
	chmod 755 "$dir"
	debian_sources >"$dir/sources.list"
	cp -a /var/lib/apt/lists "$dir/lists" 2>/dev/null || mkdir -p "$dir/lists/partial"
	options=(
		-o "Dir::Etc::sourcelist=$dir/sources.list"
		-o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$dir/lists"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
	)
	apt "${options[@]}" update
	apt "${options[@]}" install -y --no-install-recommends -t "$(codename)-backports" qemu-system-x86
	as_root rm -rf "$dir"
}

# explain QEMU PACKAGE...: for those who want to, or have to, do it by hand.
explain()
{
	local qemu=$1 from=

	shift
	say "missing: $*${qemu:+ $qemu >= $QEMU_NEEDED}"
	say "run this again as root, or as root do:"
	if [ -n "$qemu" ] && ! distribution_qemu_is_new_enough; then
		from="-t $(codename)-backports "
		echo "  echo 'deb $(debian_mirror) $(codename)-backports main' >/etc/apt/sources.list.d/backports.list" >&2
	fi
	echo "  apt-get update" >&2
	[ $# = 0 ] || echo "  apt-get install --no-install-recommends $*" >&2
	[ -z "$qemu" ] || echo "  apt-get install --no-install-recommends $from$qemu" >&2
	exit 2
}

main()
{
	local missing qemu=

	command -v dpkg-query >/dev/null || {
		say "this host has no dpkg; these Debian packages, by whatever name, are needed: $packages"
		exit 2
	}
	mapfile -t missing < <(missing_packages)
	[ "$what" != vm ] || qemu_is_new_enough || qemu='qemu-system-x86'
	[ -n "${missing[*]}$qemu" ] || return 0

	can_be_root || explain "$qemu" "${missing[@]}"
	[ "${#missing[@]}" = 0 ] || install_packages "${missing[@]}"
	[ -n "$qemu" ] || return 0
	[ "${#missing[@]}" != 0 ] || apt update || :
	if distribution_qemu_is_new_enough; then
		install_packages "$qemu"
	else
		install_qemu_from_backports
	fi
	qemu_is_new_enough || { say "QEMU is still older than $QEMU_NEEDED"; exit 2; }
}

main
