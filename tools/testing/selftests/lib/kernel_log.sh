# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The kernel log, and Xen's, as a test.  To be sourced after ktap.sh.

kernel_log_start() {
	dmesg >"$KTAP_DIR/dmesg.before"
}
