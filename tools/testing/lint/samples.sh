#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# samples.sh KVER KDIR: the samples build against what is installed and nothing else, with W=1 and
# warnings being errors; once so that they need no module of ours, once so that they do.  What
# was installed goes without a trace.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/shared.sh
. scripts/shared.sh

work=$top/build/$1/samples-lint
root=$work/root
symvers=$root/$(symvers "$1")
rm -rf "$work"
mkdir -p "$root"
export DESTDIR=$root
shared_put "$root"
cp "build/$1/Module.symvers" "$symvers"

# sample NAME WORDS...: build in a folder of its own.
sample()
{
	local dir=$work/$1

	shift
	cp -r "$root/usr/share/doc/pciback-ng/samples/sriov-mbox" "$dir"
	make -C "$dir" KVER="$KVER" KDIR="$KDIR" SYMVERS="$symvers" CFLAGS='-Wextra -Werror' \
		PCIBACK_NG_INCLUDE="$root/usr/include/pciback-ng" W=1 KCFLAGS=-Werror \
		CONFIG_DEBUG_INFO_BTF_MODULES= CONFIG_SECTION_MISMATCH_WARN_ONLY= "$@" >"$dir.log" 2>&1 || {
		complaints "$dir.log"
		exit 1
	}
}

# needs NAME MODULE WHAT
needs()
{
	local found

	found=$(modinfo -F depends "$work/$1/$2.ko")
	[ "$found" = "$3" ] || echo "$1/$2.ko depends on \"$found\", not \"$3\""
}

KVER=$1 KDIR=$2
sample optional
sample needed HARD=1
findings < <(
	needs optional sample_pf ''
	needs optional sample_vf ''
	needs needed sample_pf sriov-mbox
	needs needed sample_vf sriov-mbox-vf
)
shared_take "$root"
findings < <(cd "$root" && find . -name '*pciback*' -o -name '*sriov*')
