#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build the modules and the test fixtures for kernels of the test machines, warnings
# being errors.
#
#   vm-modules.sh [ALIAS...]     all kernels that our modules build for, or these
#
# The headers come from the cache (tools/testing/vm/kernels.sh), not from the host.
set -eu

cd "$(dirname "$0")/.."
tools/deps.sh build
if [ $# -gt 0 ]; then
	kernels=$(for alias; do tools/testing/vm/kernels.sh "$alias" || exit; done)
else
	kernels=$(tools/testing/vm/kernels.sh)
fi
all=$(echo "$kernels" | wc -l)
n=0
echo "$kernels" | while read -r alias kver kdir _; do
	n=$((n + 1))
	echo "vm-modules: building for $alias ($kver), $n of $all" >&2
	make -s modules KVER="$kver" KDIR="$kdir" W=1 WERROR=1 TESTS=1 </dev/null
done
