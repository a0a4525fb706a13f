#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# symbols.sh KVER KDIR: what the modules need is exported by the kernel or by us.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

modules=$(find "build/$1/drivers" "build/$1/tools" -name '*.ko')
[ -n "$modules" ] || { echo "no module was built in build/$1"; exit 1; }

# shellcheck disable=SC2086  # a list of names
findings < <(nm -u $modules | sed -n 's/^ *U //p' | sort -u |
	comm -23 - <(awk '{ print $2 }' "$2/Module.symvers" "build/$1/Module.symvers" | sort -u) |
	sed 's/$/: no such symbol for modules/')
