#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Shell scripts, told by their first line.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

mapfile -t files < <(our_scripts)
shellcheck -x -P "$top" "${files[@]}"
