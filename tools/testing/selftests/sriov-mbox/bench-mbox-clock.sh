#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench-mbox in a machine whose time is that of its host.
set -eu

cd "$(dirname "$0")"
exec ./bench-mbox.sh
