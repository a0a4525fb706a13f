#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sparse.sh KVER KDIR: address spaces, endianness, lock balance.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

log=build/sparse-$1.log
rc=0
make -k modules KVER="$1" KDIR="$2" W=1 WERROR=1 TESTS=1 C=2 CF=-Wsparse-error >"$log" 2>&1 || rc=$?
checked=$(grep -c '^  CHECK' "$log" || :)
[ "$rc" = 0 ] || complaints "$log"
[ "$checked" -gt 0 ] || { echo "sparse looked at no file:"; cat "$log"; exit 1; }
exit "$rc"
