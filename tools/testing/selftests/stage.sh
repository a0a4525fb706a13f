#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Lay kselftest's own files and our folders side by side, as in a kernel tree; print the
# folder of the selftests there.
#
#   stage.sh DIR
#
# kselftest's files (Makefile, lib.mk, runner) are those of Debian's linux-source-6.12, or
# of the tree whose tools/testing/selftests is in KSFT. Copies, not links: lib.mk installs
# files from below its own folder only. Programs built there earlier stay.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=$1/tools/testing/selftests

die()
{
	echo "stage.sh: $*" >&2
	exit 1
}

if [ -n "${KSFT-}" ]; then
	kernel=$(cd "$KSFT/../../.." && pwd) || die "KSFT=$KSFT is no folder"
else
	kernel=$("$here/../lint/kernel-scripts.sh")
	kernel=${kernel%/scripts}
fi
for file in tools/testing/selftests/lib.mk scripts/subarch.include; do
	[ -f "$kernel/$file" ] || die "$kernel has no $file"
done

mkdir -p "$dir" "$1/scripts"
cp -p "$kernel/scripts/subarch.include" "$1/scripts/"
(cd "$kernel/tools/testing/selftests" &&
	cp -pr Makefile lib.mk run_kselftest.sh kselftest kselftest*.h "$dir/")

for folder in "$here"/*/; do
	folder=$(basename "$folder")
	mkdir -p "$dir/$folder"
	# What was renamed or deleted is not to stay. Programs have no dot in their names.
	find "$dir/$folder" -type f -name '*.*' -delete
	cp -pr "$here/$folder/." "$dir/$folder/"
done
echo "$dir"
