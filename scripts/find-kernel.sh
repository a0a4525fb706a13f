#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Say which kernel to build for: prints "<version> <build directory>".
#
#   find-kernel.sh [VERSION] [DIRECTORY]
#
# With neither it is the running kernel; where that has no headers (a container,
# a kernel from elsewhere) it is the newest kernel that has some. The version of
# a DIRECTORY is read from it: that is the name its modules have to carry.
set -eu

want=${1:-}
dir=${2:-}

die()
{
	echo "find-kernel: $*" >&2
	exit 1
}

# A build directory is one that kbuild can run in.
usable()
{
	[ -f "$1/Makefile" ] && [ -f "$1/include/generated/utsrelease.h" ]
}

release_of()
{
	sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$1/include/generated/utsrelease.h"
}

if [ -n "$dir" ]; then
	usable "$dir" || die "KDIR=$dir is no kernel build directory (no Makefile or no include/generated/utsrelease.h in it)"
	dir=$(cd "$dir" && pwd -P)
	echo "${want:-$(release_of "$dir")} $dir"
	exit
fi

for version in "${want:-$(uname -r)}" \
	$([ -n "$want" ] || find /lib/modules -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -Vr); do
	for dir in "/lib/modules/$version/build" "/usr/src/linux-headers-$version"; do
		usable "$dir" || continue
		echo "$version $(cd "$dir" && pwd -P)"
		exit
	done
done

[ -z "$want" ] || die "no headers of kernel $want here; try: apt-get install linux-headers-$want (or say KDIR=)"
die "no kernel headers here; try: apt-get install linux-headers-amd64 (or say KDIR=)"
