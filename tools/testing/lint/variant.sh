#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# variant.sh KVER KDIR: builds with every yes-or-no option of ours switched off.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

build=$top/build/variant-$1
log=$top/build/variant-$1.log
mkdir -p "$build"
# shellcheck disable=SC2016  # awk's own
ours '*Kconfig' | grep ^drivers/ | xargs awk '
	/^config / { name = $2 }
	/^\tbool/ { print "# CONFIG_" name " is not set" }' >"$build/.config"
make modules KVER="$1" KDIR="$2" BUILD_IN="$build" W=1 WERROR=1 KCFLAGS=-g0 >"$log" 2>&1 || {
	complaints "$log"
	exit 1
}
# What was asked for is what was built.
options=$(sed -n 's/^# CONFIG_\(.*\) is not set/\1/p' "$build/.config")
findings < <(for option in $options; do grep "^CONFIG_$option=" "$build/config/auto.conf"; done)
