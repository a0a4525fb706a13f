#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Comments in kernel-doc form say what the code says.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

mapfile -t files < <(ours '*.c' '*.h' | grep -E '^(drivers|include|compat|tools/testing/(mockpci|hostile))/')
perl "$(kernel_scripts)/kernel-doc" -none -Wall -Werror "${files[@]}" 2>&1
