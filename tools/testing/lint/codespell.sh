#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Spelling, in code and in text.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

mapfile -t files < <(ours '*' | grep -v '^LICENSES/')
codespell --ignore-words tools/testing/lint/codespell.words "${files[@]}"
