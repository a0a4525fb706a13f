#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kconfig.sh KVER KDIR: the kernel's conf reads our Kconfig without a word, and
# where there is no conf the same defaults come out.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scripts/sync.sh "$work/real"
scripts/sync.sh "$work/fallback"

scripts/kconfig.sh "$2" "$work/real" syncconfig 2>&1 | grep -v '^#' | findings
mkdir "$work/kdir"	# no scripts/kconfig/conf in it
scripts/kconfig.sh "$work/kdir" "$work/fallback" syncconfig 2>/dev/null

ours_only()
{
	grep '^CONFIG_' "$1/config/auto.conf" | grep -vE '^CONFIG_(MODULES|KERNEL_)' | sort
}
diff <(ours_only "$work/real") <(ours_only "$work/fallback")
