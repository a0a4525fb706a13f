#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sparse.sh KVER KDIR: address spaces, endianness, lock balance.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

# reads_headers KDIR: does this sparse understand the kernel's own headers? 0.6.4 does not
# know __typeof_unqual__, which those of 7.3 have. Not by kbuild's own test of sparse: Debian's
# headers of 7.3 come without that script.
reads_headers()
{
	local work rc=0

	work=$(mktemp -d)
	echo 'obj-m := control.o' >"$work/Kbuild"
	printf '#include <%s>\n' linux/module.h linux/pci.h >"$work/control.c"
	make -C "$1" M="$work" C=2 KBUILD_CHECKSRC=2 CF=-Wsparse-error control.o >"$work/log" 2>&1 || :
	! grep -q 'error: ' "$work/log" || rc=1
	rm -rf "$work"
	return "$rc"
}

if ! reads_headers "$2"; then
	echo "sparse $(sparse --version) cannot read the headers of $1"
	exit 4
fi

log=build/sparse-$1.log
rc=0
make -k modules KVER="$1" KDIR="$2" W=1 WERROR=1 TESTS=1 C=2 KBUILD_CHECKSRC=2 CF=-Wsparse-error >"$log" 2>&1 || rc=$?
checked=$(grep -c '^  CHECK' "$log" || :)
[ "$rc" = 0 ] || complaints "$log"
[ "$checked" -gt 0 ] || { echo "sparse looked at no file:"; cat "$log"; exit 1; }
exit "$rc"
