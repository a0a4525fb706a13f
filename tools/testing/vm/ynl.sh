#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make sure that YNL, the kernel's own netlink client, is in the cache, ready to run in
# a test machine; print its folder.
#
# It is Python, and reads its specs with PyYAML, of which the part in Python does: the
# machines have no such package, and need no other image for one suite.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/testing/vm/debs.sh
. "$here/debs.sh"

OUT=$CACHE/ynl-$(key "$here/debs.sh" "$here/ynl.sh" "$here/../lint/kernel-scripts.sh")

build() {
	local tmp=$OUT.tmp kernel

	kernel=$("$here/../lint/kernel-scripts.sh")
	rm -rf "$tmp"
	mkdir -p "$tmp/deb"
	debs_update
	debs_get python3-yaml | debs_unpack "$tmp/deb"
	mkdir "$tmp/yaml"
	cp "$tmp"/deb/usr/lib/python3/dist-packages/yaml/*.py "$tmp/yaml/"
	cp -r "${kernel%/scripts}/tools/net/ynl/cli.py" "${kernel%/scripts}/tools/net/ynl/lib" "$tmp/"
	rm -rf "$tmp/deb"
	mv "$tmp" "$OUT"
}

[ -d "$OUT" ] || build
echo "$OUT"
