# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Many mock functions, and what one of them costs a driver.  To be sourced after
# ktap.sh, xen.sh and mock.sh.

# The program that writes and takes the time (writes.c).
SCALE_WRITES=$PWD/writes
SCALE_PCIBACK=/sys/bus/pci/drivers/pciback

scale_need() {
	ktap_require_programs writes
}

# scale_bdfs N: the first N plain functions, a line each.
scale_bdfs() {
	local i

	for ((i = 0; i < $1; i++)); do
		printf '%04x:00:%02x.%x\n' $((0x1001 + i / 256)) $((i / 8 % 32)) $((i % 8))
	done
}

# scale_bus N: a bus with so many functions and nothing else; in $KTAP_DIR/bdfs.
scale_bus() {
	show modprobe mockpci zoo=0 "functions=$1"
	scale_bdfs "$1" >"$KTAP_DIR/bdfs"
}

# scale_claimed: how many devices the driver has.
scale_claimed() {
	set -- "$SCALE_PCIBACK"/[0-9a-f]*:*
	if [ -e "$1" ]; then echo $#; else echo 0; fi
}

# Kernel memory that is not given back by itself, in bytes; freed objects that still
# wait for their grace period do not count.
scale_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	awk '/^(SUnreclaim|Percpu|VmallocUsed|KernelStack):/ { kb += $2 } END { print kb * 1024 }' /proc/meminfo
}

# scale_time WHAT FILE [ROUNDS]: write every address of $KTAP_DIR/bdfs to FILE; the time
# for one, in ns, is appended to $KTAP_DIR/time.WHAT.
scale_time() {
	local result

	result=$("$SCALE_WRITES" -n "${3:-1}" "$2" <"$KTAP_DIR/bdfs") || {
		echo "$1: writes to $2 failed: $result"
		return 1
	}
	# Count, failed, mean, median, minimum.
	echo "$1: $result"
	echo "$result" | cut -d' ' -f3 >>"$KTAP_DIR/time.$1"
}

# scale_best WHAT: the best time, and all of them as a comment.
scale_best() {
	sort -n "$KTAP_DIR/time.$1" | head -n 1
}
