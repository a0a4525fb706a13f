#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a PV guest finds in the configuration space of a card, and what becomes of its
# writes: an e1000e, an NVMe, an igb and one of its VFs.  First the guest's unmodified
# drivers work with the card, in policy strict; then, without a driver, all of the 4 KiB
# are read and written with 1, 2 and 4 bytes, and each access must come out as the
# oracle says (tools/testing/oracle), which computes it from the driver's own tables.
# An oracle shares the tables' mistakes, so there are expectations by hand as well
# (passthrough-lib/expect.sh), and dom0 looks whether the hardware changed where it may not.
#
# Runs in a test machine (tools/testing/vm/run.sh xen) or on a real dom0 with NIC_A,
# DISK, SRIOV, GUEST_KERNEL, GUEST_INITRD, PING, MODULE, DRIVER set.  The disk's first
# 4 MB are overwritten.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/pciback.sh
. ../passthrough-lib/pciback.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/expect.sh
. ../passthrough-lib/expect.sh

for name in NIC_A DISK SRIOV GUEST_KERNEL GUEST_INITRD PING MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_programs oracle regs
ktap_require_modules "$MODULE" igb

PROGRAMS=$PWD
# shellcheck disable=SC2034  # xen.sh looks at it
GUEST_MODULES=xen-pcifront
STOCK="keeps no copies of what the host sets up"

# card NAME BDF DRIVER: the card that the tests now are about.  $CONFIG is its file in
# the guest, $KTAP_DIR/NAME.* what the oracle knows of it.
card() {
	CARD=$1 BDF=$2 DRIVES=$3 DESC=$KTAP_DIR/$1.card
}

guest_address() {
	local be n

	be=/local/domain/0/backend/pci/$(guest_id u1)/0
	for n in 0 1 2; do
		[ "$(xenstore-read "$be/dev-$n" 2>/dev/null)" = "$BDF" ] || continue
		# The protocol has two digits for the function.
		xenstore-read "$be/vdev-$n" | sed 's/\.0/./'
		return
	done
	return 1
}

# Looked up once a card: under emulation each program that dom0 starts costs.
in_guest() {
	[ -s "$DESC.address" ] || guest_address >"$DESC.address"
	ADDRESS=$(<"$DESC.address")
	CONFIG=/sys/bus/pci/devices/$ADDRESS/config
}

# The guests' programs come in an archive behind their initramfs.
programs() {
	mkdir -p "$KTAP_DIR/cpio/bin"
	cp "$PROGRAMS/oracle" "$PROGRAMS/regs" "$KTAP_DIR/cpio/bin/"
	(cd "$KTAP_DIR/cpio" && printf '%s\n' . ./bin ./bin/oracle ./bin/regs |
		busybox cpio -o -H newc) >"$KTAP_DIR/programs.cpio"
	cat "$GUEST_INITRD" "$KTAP_DIR/programs.cpio" >"$KTAP_DIR/guest.cpio"
}

# Claimed and nobody's, so it can be tried out what of it can be written.
describe() {
	show xl pci-assignable-add "$(short "$BDF")"
	"$PROGRAMS/oracle" describe "$BDF" >"$DESC"
	"$PROGRAMS/oracle" probe "$BDF" "$DESC" >"$DESC.ram"
	cat "$DESC.ram" >>"$DESC"
	cat "$DESC"
}

start() {
	modprobe "$MODULE"
	programs
	card e1000e "$NIC_A" e1000e && describe
	card nvme "$DISK" nvme && describe
	card igb "$SRIOV" igb && describe
	GUEST_INITRD=$KTAP_DIR/guest.cpio
	guest_start u1 "$NIC_A" "$DISK" "$SRIOV"
	guest_up u1
}

make_vf() {
	show xl pci-assignable-remove "$(short "$SRIOV")"
	modprobe igb
	echo "$SRIOV" >/sys/bus/pci/drivers_probe
	driver_is "$SRIOV" igb
	# igbvf asks its PF, which answers only when it is up.
	ip link set "$(net_of "$SRIOV")" up
	echo 1 >"/sys/bus/pci/devices/$SRIOV/sriov_numvfs"
}

vf_of() {
	local link

	link=$(readlink "/sys/bus/pci/devices/$1/virtfn0") && echo "${link##*/}"
}

start_vf() {
	guest_destroy u1
	make_vf
	card vf "$(vf_of "$SRIOV")" igbvf && describe
	GUEST_INITRD=$KTAP_DIR/guest.cpio
	guest_start u1 "$BDF"
	guest_up u1
}

drives() {
	in_guest
	guest_run u1 60 "modprobe $DRIVES && [ -e ${CONFIG%config}driver ]"
	"use_$CARD"
}

ping_through() {
	guest_show u1 60 "n=\$(ls ${CONFIG%config}net) && ip link set \$n up &&
		ip addr replace 10.0.2.20/24 dev \$n &&
		for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 2 $PING && break; done &&
		ip addr del 10.0.2.20/24 dev \$n"
	grep -q ' 0% packet loss' "$KTAP_DIR/.out"
}

use_e1000e() {
	ping_through
}

use_igb() {
	ping_through
}

# It waits 1 ms for its PF, which is less than an emulated one takes: no packets here.
use_vf() {
	guest_show u1 30 "n=\$(ls ${CONFIG%config}net) && ip link set \$n up
		ip link show \$n && dmesg | grep 'Virtual Function$'"
}

use_nvme() {
	guest_show u1 40 "until [ -b /dev/nvme0n1 ]; do sleep 0.2; done
		dd if=/dev/urandom of=/tmp/x bs=1M count=4 2>/dev/null &&
		dd if=/tmp/x of=/dev/nvme0n1 bs=1M conv=fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches && cmp -n 4194304 /tmp/x /dev/nvme0n1"
}

# no_matter REGISTER:SIZE:MASK...: may the guest's drivers do without this write?  By
# capability, so that it holds for any card.  What is not listed here matters.
no_matter() {
	local reg=${1%%:*} msix

	# The back-end switches MSI-X on when it is asked to by an operation; the bits in the
	# register follow from that.
	if msix=$(cap 11) && [ "$reg" = "$(at "$msix" 2)" ]; then
		echo "MSI-X control: done by another request"
		return
	fi
	echo "a driver misses $1"
	return 1
}

# The in-tree driver says so once, of the first such write.
denied_by_stock() {
	kernel_log_since | grep "pciback $BDF: .*Driver tried to write to a read-only" || :
}

denied() {
	local line

	if [ "$DRIVER" = ng ]; then
		equal "$(attr pciback/policy)" strict policy
		attr pciback/denied >"$KTAP_DIR/denied"
	else
		denied_by_stock >"$KTAP_DIR/denied"
	fi
	cat "$KTAP_DIR/denied"
	while read -r line; do
		no_matter "${line##*-}" || return 1
	done <"$KTAP_DIR/denied"
}

# What the oracle goes by: the card as it is now that its driver is gone.
settle() {
	in_guest
	guest_run u1 30 "echo $ADDRESS >${CONFIG%config}driver/unbind"
	"$PROGRAMS/oracle" dump "$BDF" >>"$DESC"
	guest_run u1 20 "cat >/tmp/$CARD <<'EOF'
$(<"$DESC")
EOF"
}

# oracle WHAT SECONDS
oracle() {
	in_guest
	guest_show u1 "$2" "oracle $1 $CONFIG /tmp/$CARD"
}

reads() {
	settle
	oracle reads 120
}

# unchanged: compare the card with what it was before the writes.
unchanged() {
	cp "$DESC" "$DESC.now"
	"$PROGRAMS/oracle" dump "$BDF" >>"$DESC.now"
	"$PROGRAMS/oracle" changed "$DESC" "$DESC.now"
}

# fill LENGTH VALUE: after it the card is as a hostile guest leaves it.
fill() {
	oracle "fill $1 $2" 120
	unchanged
}

each() {
	oracle each 120
	unchanged
}

works_again() {
	in_guest
	guest_run u1 30 "echo $ADDRESS >/sys/bus/pci/drivers/$DRIVES/bind"
	"use_$CARD"
}

# by_oracle NAME FUNCTION...
by_oracle() {
	local name=$1

	shift
	stock_fails "$STOCK" "$CARD, by the oracle: $name" "$@"
}

# stock_on CARDS WHY NAME FUNCTION...: stock_fails, on these cards only; the others lack
# what it is about.
stock_on() {
	local cards=" $1 "

	shift
	case $cards in
	*" $CARD "*) stock_fails "$@" ;;
	*) shift && ktap_test "$@" ;;
	esac
}

by_hand() {
	in_guest
	"expect_$1"
}

# What a guest may not even see, by hand: "ID REASON".
HIDDEN='
000d ACS: the isolation that the host relies on
000e ARI: numbers of functions that are not given away
000f ATS: translated requests pass the IOMMU
0010 SR-IOV: makes functions that nobody gave away
0013 PRI: needs ATS
0015 resizable BARs: the host has placed them
001b PASID: needs ATS
001d DPC: takes the link down
001e L1 substates: both ends of the link must agree
001f PTM: the clock of the platform
'

hidden() {
	in_guest
	expect_caps "$HIDDEN"
}

test_card() {
	card "$@"
	ktap_test "$CARD: the unmodified driver works with it" drives
	stock_fails "drops all of PCI Express" "$CARD: its driver misses no write" denied
	# The other two have nothing that is hidden.
	stock_on "igb vf" "hides nothing" \
		"$CARD, by the oracle: each register reads as it should" reads
	by_oracle "each of 256 bytes, written by 4, 2 and 1" each
	by_oracle "4096 bytes written with ones, by 4" fill 4 ones
	by_oracle "4096 bytes written with zeros, by 4" fill 4 zeros
	by_oracle "4096 bytes written with ones, by 2" fill 2 ones
	by_oracle "4096 bytes written with ones, by 1" fill 1 ones
	ktap_test "$CARD, by hand: ids are those that dom0 knows" by_hand ids
	ktap_test "$CARD, by hand: BARs and ROM have dom0's sizes and places" by_hand bars
	ktap_test "$CARD, by hand: COMMAND is the guest's, decode and SERR# are the host's" by_hand command
	stock_on "e1000e igb" "shows and keeps what the host set up" \
		"$CARD, by hand: MSI's address and data are the host's and not shown" by_hand msi
	ktap_test "$CARD, by hand: MSI-X is switched by nobody's writes" by_hand msix
	ktap_test "$CARD, by hand: power states work, wake-up does not" by_hand power
	stock_on "nvme igb vf" "drops the request, as all of PCI Express" \
		"$CARD, by hand: a reset by the guest's kernel is done by the host" by_hand flr
	stock_on "igb vf" "hides nothing" \
		"$CARD, by hand: what is hidden is out of the capability lists" hidden
	ktap_test "$CARD: its driver works again after all that" works_again
}

ktap_plan 72
kernel_log_start
ktap_need "a guest has an e1000e, an NVMe and an igb" start
test_card e1000e "$NIC_A" e1000e
test_card nvme "$DISK" nvme
test_card igb "$SRIOV" igb
ktap_need "a guest has a VF of the igb" start_vf
test_card vf "$(vf_of "$SRIOV")" igbvf
ktap_test "the kernel log is clean" kernel_log_clean
ktap_test "Xen's log is clean" xen_log_clean
ktap_finish
