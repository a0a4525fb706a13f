#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build the modules and the test fixtures for the kernels of the test machines,
# warnings being errors.
# The headers come from the cache (tools/testing/vm/kernels.sh), not from the host.
set -eu

cd "$(dirname "$0")/.."
tools/deps.sh build
kernels=$(tools/testing/vm/kernels.sh)
echo "$kernels" | while read -r _ kver kdir _; do
	make modules KVER="$kver" KDIR="$kdir" W=1 WERROR=1 TESTS=1 </dev/null
done
