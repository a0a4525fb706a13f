#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that the kernel's checkers (checkpatch, Coccinelle scripts) are in the
# cache; print their folder. They are only in linux-source, not in the headers:
# a large package, of which a few hundred kilobytes are kept. Among them is YNL, the
# kernel's netlink client in Python, with the schema of its specs; ynl.sh uses it. So are
# the Makefiles and the runner of kselftest, for tools/testing/selftests/stage.sh.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/../vm/debs.sh"

package=linux-source-6.12
out=$CACHE/kernel-scripts-$(key "$0")

if [ ! -d "$out" ]; then
	cache_lock
	if [ ! -d "$out" ]; then
		debs_update
		deb=$(debs_get "$package")
		note "unpacking the checkers from $package"
		rm -rf "$out.new"
		mkdir -p "$out.new"
		dpkg-deb --fsys-tarfile "$deb" |
			tar -xO "./usr/src/$package.tar.xz" |
			tar -xJ -C "$out.new" --strip-components=1 --wildcards \
				'*/scripts/checkpatch.pl' '*/scripts/const_structs.checkpatch' \
				'*/scripts/spelling.txt' '*/scripts/coccinelle' '*/scripts/kernel-doc' \
				'*/tools/net/ynl/*.py' '*/Documentation/netlink/genetlink.yaml' \
				'*/scripts/subarch.include' '*/tools/testing/selftests/kselftest' \
				'*/tools/testing/selftests/kselftest*.h' \
				'*/tools/testing/selftests/run_kselftest.sh' \
				'*/tools/testing/selftests/lib.mk' \
				--no-wildcards-match-slash '*/tools/testing/selftests/Makefile'
		rm -f "$deb"
		mv "$out.new" "$out"
	fi
fi
echo "$out/scripts"
