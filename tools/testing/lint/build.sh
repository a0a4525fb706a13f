#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh KVER KDIR: builds with W=1, warnings and section mismatches being errors.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

# modpost warns once, when it links; it has to link now.
rm -f "build/$1/Module.symvers"
mkdir -p build
make -j"$(nproc)" modules KVER="$1" KDIR="$2" W=1 WERROR=1 TESTS=1 >"build/lint-$1.log" 2>&1 || {
	complaints "build/lint-$1.log"
	exit 1
}
findings < <(grep -i 'warning' "build/lint-$1.log")
