#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The VF manager: numbers of VFs are set with those who use them being asked, refused,
# forced, taken back; one VF is disabled, quarantined, reset, moved.  igb with seven VFs,
# and NVMe.  Runs in a test machine (tools/testing/vm/run.sh native) or on a real one with
# SRIOV (an igb that does no work) and YNL set, and NVME_VFS where DISK can have VFs.
#
# vm: the YNL client
# vm: NVMe with VFs
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/inject.sh
. ../passthrough-lib/inject.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/genl.sh
. ../passthrough-lib/genl.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree drivers have no VF manager"
# shellcheck source=tools/testing/selftests/passthrough-lib/vfm.sh
. ../passthrough-lib/vfm.sh
ktap_require_commands setpriv
ktap_require_programs vfio
ktap_require_modules sriov-mbox retinject ptguard vfio-pci igb

GUARD=/sys/module/ptguard/parameters
MODULE=sriov-mbox

setup() {
	show modprobe igb
	inject_load
	show modprobe sriov-mbox
	show modprobe ptguard
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	vfm_start
}

shown() {
	vfm pfs
	said "^pf=$SRIOV total=7 num=0 driver=igb"
	have 2
	vfm vfs "$SRIOV"
	said "^pf=$SRIOV vf-index=0 vf=$(vf_bdf 0) .*state=closed"
	said "^pf=$SRIOV vf-index=1 vf=$(vf_bdf 1) .*state=closed"
	vf_user 1 yes
	vfm vfs
	said "vf-index=1 .*state=open "
}

wrong() {
	not vfm begin set-num "$SRIOV" num=8
	said 'Numerical result out of range'
	not vfm begin set-num 0000:02:00.0 num=1
	said 'No such device'
	not vfm begin disable "$SRIOV"
	said 'Invalid argument'
	not vfm begin disable "$SRIOV" vf-index=77
	said 'No such device'
	not vfm begin set-num "$SRIOV" num=1 deadline-ms=60001
	not vfm begin set-num "$SRIOV"
}

root_only() {
	not setpriv --reuid=65534 --clear-groups python3 ../passthrough-lib/vf_manager.py "$YNL" pfs \
		>"$KTAP_DIR/said" 2>&1
	cat "$KTAP_DIR/said"
	said 'Operation not permitted'
}

# denied PF OP...: what CAP_NET_ADMIN does not let one do.
denied() {
	joins "$*" EPERM with net_admin python3 ../passthrough-lib/genl.py change "$@"
}

# Which driver has a VF is root's to say in sysfs, and a disk is no network matter.
capabilities() {
	have 2
	with net_admin python3 ../passthrough-lib/genl.py change "$SRIOV" quarantine vf-index=0
	wait_for 5 genl change "$SRIOV" clear vf-index=0
	wait_for 5 with net_admin python3 ../passthrough-lib/genl.py change "$SRIOV" set-num num=1
	wait_for 10 sh -c "[ \$(cat $DEVICES/$SRIOV/sriov_numvfs) = 1 ]"
	denied "$SRIOV" move vf-index=0 driver=vfio-pci
	denied "$SRIOV" disable vf-index=0
	denied "$SRIOV" enable vf-index=0
	denied "$SRIOV" set-num num=0 force
	not with sys_admin python3 ../passthrough-lib/genl.py change "$SRIOV" clear vf-index=0
	[ "$(number)" = 1 ]
	[ "$(contents "$DEVICES/$(vf_bdf 0)/driver_override")" = '(null)' ]
	[ -e "$DEVICES/${DISK-none}/sriov_totalvfs" ] || return 0
	denied "$DISK" set-num num=1
	denied "$DISK" quiesce
}

# All seven let go, and two come: asked and answered once each.
set_number() {
	have 0
	vfm change set-num "$SRIOV" num=7
	[ "$(number)" = 7 ]
	heard 'vf-added' 7
	vf_users 7 yes
	events_anew
	vfm change set-num "$SRIOV" num=2
	[ "$(number)" = 2 ]
	heard '^asked .*op=set-num' 7
	heard '^answered .*op=set-num result=0' 7
	heard 'vf-removed' 7
	heard 'vf-added' 2
	heard '^step .*num=0 .*result=0'
	heard '^step .*num=2 .*result=0'
	heard '^done .*num=2 .*op=set-num .*result=0'
	vf_heard 3 '^request 0x42 '
	vf_heard 3 '^gone'
}

# One does not answer: nothing changes, and all learn that.
refuse() {
	local before

	have 7
	before=$(vf_bdf 3)
	vf_users 7 yes 3 silent
	not vfm change set-num "$SRIOV" num=0 deadline-ms=400
	said '^ETIMEDOUT VF 3 has not let go'
	[ "$(number)" = 7 ]
	[ "$(vf_bdf 3)" = "$before" ]
	heard '^answered .*result=0' 6
	heard '^answered .*vf-index=3 .*result=-110'
	heard '^step' 0
	heard 'vf-removed' 0
	vf_heard 0 '^event 0x40 '
	vf_heard 3 '^event 0x40 '
	vfm pfs
	said "^pf=$SRIOV .*num=7 .*op=set-num result=-110 reason=VF 3"
}

# It says no, which needs no waiting.
says_no() {
	have 2
	vf_users 2 yes 1 no
	not vfm change set-num "$SRIOV" num=0 deadline-ms=20000
	said '^EBUSY VF 1 has not let go'
	[ "$(number)" = 2 ]
}

# An answer that comes when nobody waits for it any more counts for nothing, and does not
# count for the next question either.
late() {
	local pid

	have 2
	vf_users 2 yes
	pid=$(<"$KTAP_DIR/vf1.pid")
	kill -STOP "$pid"
	not vfm change set-num "$SRIOV" num=0 deadline-ms=300
	said '^ETIMEDOUT VF 1'
	kill -CONT "$pid"
	vf_heard 1 '^request 0x42 '
	vf_heard 1 '^event 0x40 '
	kill -STOP "$pid"
	not vfm change set-num "$SRIOV" num=0 deadline-ms=300
	kill -CONT "$pid"
	vf_heard 1 '^event 0x40 '
	[ "$(number)" = 2 ]
	vfm change set-num "$SRIOV" num=0
	[ "$(number)" = 0 ]
}

force() {
	have 7
	vf_users 7 yes 3 silent
	vfm change set-num "$SRIOV" num=1 deadline-ms=400 force
	[ "$(number)" = 1 ]
	heard '^answered .*vf-index=3 .*result=-110'
	vf_heard 3 '^gone'
}

# The first step fails: the VFs are there as before. The second does: there are as many
# again, with the drivers that they had.
rollback() {
	have 3
	modprobe vfio-pci
	echo vfio-pci >"$DEVICES/$(vf_bdf 1)/driver_override"
	vf_bdf 1 >/sys/bus/pci/drivers_probe
	vf_users 1 yes
	inject sriov_numvfs_store -1
	not vfm change set-num "$SRIOV" num=7
	inject_end
	said '^EPERM '
	[ "$(number)" = 3 ]
	vf_heard 0 '^event 0x40 '
	heard 'vf-removed' 0
	vf_users_end
	events_anew
	inject sriov_numvfs_store -12 2
	not vfm change set-num "$SRIOV" num=7
	inject_end
	said '^ENOMEM .*there are 3 VFs again'
	[ "$(number)" = 3 ]
	heard '^step' 3
	[ "$(basename "$(readlink "$DEVICES/$(vf_bdf 1)/driver")")" = vfio-pci ]
	[ "$(cat "$DEVICES/$(vf_bdf 1)/driver_override")" = vfio-pci ]
}

two_at_once() {
	local first

	have 2
	vf_users 2 silent
	vfm begin set-num "$SRIOV" num=0 deadline-ms=1500
	first=$(tail -n 1 "$KTAP_DIR/said")
	not vfm begin set-num "$SRIOV" num=7
	said 'another change of this PF has not ended'
	not vfm begin disable "$SRIOV" vf-index=0
	vfm pfs
	said "^pf=$SRIOV .*running=True"
	# A guest does not get one meanwhile.
	not sh -c "echo $(vf_bdf 1) >'$GUARD/give'"
	not vfm wait "$first"
	said ETIMEDOUT
}

# Somebody has been given a VF: only force takes it.
given() {
	have 2
	vf_bdf 1 >"$GUARD/give"
	not vfm change set-num "$SRIOV" num=0
	said '^EBUSY VF 1: ptguard 7 has it'
	heard '^asked' 0
	[ "$(number)" = 2 ]
	not vfm change move "$SRIOV" vf-index=1 driver=vfio-pci
	said '^EBUSY VF 1'
	vfm change set-num "$SRIOV" num=1 force
	[ "$(number)" = 1 ]
}

# A program has one through VFIO: the kernel would wait for it, so force does not either.
held() {
	local bdf group

	have 2
	bdf=$(vf_bdf 1)
	modprobe vfio-pci
	echo vfio-pci >"$DEVICES/$bdf/driver_override"
	echo "$bdf" >/sys/bus/pci/drivers_probe
	group=$(basename "$(readlink "$DEVICES/$bdf/iommu_group")")
	mkfifo "$KTAP_DIR/hold"
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$KTAP_DIR/vfio"
	./vfio "$bdf" hold <"$KTAP_DIR/hold" >"$KTAP_DIR/vfio" 2>&1 7<&- 8<&- 9<&- &
	exec 6>"$KTAP_DIR/hold"
	wait_for 10 grep -q '^hold' "$KTAP_DIR/vfio" || { cat "$KTAP_DIR/vfio"; return 1; }
	not vfm change set-num "$SRIOV" num=0
	said "^EBUSY VF 1: a program \(IOMMU group $group, vfio-pci\) has it$"
	not vfm change set-num "$SRIOV" num=0 force
	said "^EBUSY VF 1: a program .* has it, and force does not take it$"
	not vfm change disable "$SRIOV" vf-index=1 force
	said '^EBUSY VF 1'
	[ "$(number)" = 2 ]
	exec 6>&-
	wait "$!"
	vfm change set-num "$SRIOV" num=0
	[ "$(number)" = 0 ]
}

disable() {
	local vf

	have 2
	vf=$(vf_bdf 1)
	vf_user 1 silent
	not vfm change disable "$SRIOV" vf-index=1 deadline-ms=300
	vf_users_end
	vfm change disable "$SRIOV" vf-index=1
	vfm vfs "$SRIOV"
	said "vf-index=1 .*state=quarantined disabled=True"
	not sh -c "echo $vf >'$GUARD/give'"
	not sh -c "echo $vf >/sys/bus/pci/drivers/igbvf/bind"
	not ./vmbox_tool call "$vf" nop
	not vfm change clear "$SRIOV" vf-index=1
	said '^EPERM'
	not vfm change move "$SRIOV" vf-index=1 driver=vfio-pci
	# It is one that comes back as it was.
	vfm change set-num "$SRIOV" num=0
	vfm change set-num "$SRIOV" num=3
	vfm vfs "$SRIOV"
	said "vf-index=1 .*disabled=True"
	[ ! -e "$DEVICES/$vf/driver" ]
	not sh -c "echo $vf >'$GUARD/give'"
	vfm change enable "$SRIOV" vf-index=1
	vfm vfs "$SRIOV"
	not said disabled
	echo "$vf" >"$GUARD"/give
	echo "$vf" >"$GUARD"/take
}

quarantine() {
	have 1
	vf_user 0 yes
	vfm change quarantine "$SRIOV" vf-index=0
	vfm vfs "$SRIOV"
	said 'vf-index=0 .*state=quarantined'
	heard 'vf-state .*state=quarantined'
	vfm change clear "$SRIOV" vf-index=0
	vf_heard 0 '^restart'
	wait_for 5 sh -c "[ \$(grep -c ^open $KTAP_DIR/vf0) = 2 ]"
}

reset() {
	have 1
	vf_user 0 silent
	not vfm change reset "$SRIOV" vf-index=0 deadline-ms=300
	vf_heard 0 '^event 0x20 '
	vf_users_end
	vf_user 0 yes
	vfm change reset "$SRIOV" vf-index=0
	vf_heard 0 '^request 0x41 '
	wait_for 5 sh -c "[ \$(grep -c ^open $KTAP_DIR/vf0) = 2 ]"
}

move() {
	local vf

	have 2
	vf=$(vf_bdf 0)
	vf_user 0 yes
	vfm change move "$SRIOV" vf-index=0 driver=vfio-pci
	[ "$(basename "$(readlink "$DEVICES/$vf/driver")")" = vfio-pci ]
	heard 'vf-bound .*driver=vfio-pci'
	vf_users_end
	not vfm change move "$SRIOV" vf-index=0 driver=no-such-driver
	said '^ENODEV driver no-such-driver does not take VF 0'
	[ "$(basename "$(readlink "$DEVICES/$vf/driver")")" = vfio-pci ]
}

quiesce() {
	have 3
	vf_users 3 yes
	vfm change quiesce "$SRIOV"
	vf_heard 2 '^request 0x41 '
	not grep -q '^event 0x20 ' "$KTAP_DIR/vf2"
	vfm change resume "$SRIOV"
	vf_heard 0 '^event 0x20 '
	vf_heard 2 '^event 0x20 '
	vf_users_end
	vf_users 3 yes 1 silent
	not vfm change quiesce "$SRIOV" deadline-ms=300
	said '^ETIMEDOUT VF 1'
	vf_heard 0 '^event 0x20 '
}

# Its VFs have no queues before an administrator gives them some, and no driver takes
# them: without probing, which waits for each of them in vain.
nvme() {
	[ -e "$DEVICES/${DISK-none}/sriov_totalvfs" ] ||
		ktap_skip_this "DISK is no NVMe controller that can have VFs"
	have 0
	echo 0 >"$DEVICES/$DISK/sriov_drivers_autoprobe"
	vfm change set-num "$DISK" num=4
	[ "$(number "$DISK")" = 4 ]
	vf_user 0 yes "$DISK"
	vf_user 2 silent "$DISK"
	not vfm change set-num "$DISK" num=1 deadline-ms=400
	said '^ETIMEDOUT VF 2'
	[ "$(number "$DISK")" = 4 ]
	inject sriov_numvfs_store -12 2
	not vfm change set-num "$DISK" num=1 deadline-ms=400 force
	inject_end
	said '^ENOMEM .*there are 4 VFs again'
	[ "$(number "$DISK")" = 4 ]
	vf_users_end
	vf_user 2 silent "$DISK"
	vfm change set-num "$DISK" num=0 deadline-ms=400 force
	[ "$(number "$DISK")" = 0 ]
}

# The same seven VFs go: by sriov_numvfs with nobody at their mailboxes, by the manager
# with all of them asked. The fastest of three each, for noise only adds. The goal is
# 110 %; what fails is a wait that should not be there: on a busy host that much is noise.
overhead() {
	local i ms bare='' managed=''

	for i in 1 2 3; do
		have 7
		sleep 0.5
		vfm bare "$SRIOV" 0
		ms=$(cut -d. -f1 "$KTAP_DIR/said")
		[ -n "$bare" ] && [ "$bare" -le "$ms" ] || bare=$ms
		have 7
		vf_users 7 yes
		sleep 0.5
		vfm time "$SRIOV" 0
		ms=$(cut -d. -f1 "$KTAP_DIR/said")
		[ -n "$managed" ] && [ "$managed" -le "$ms" ] || managed=$ms
	done
	echo "7 VFs go: sriov_numvfs $bare ms, VF manager $managed ms, $((100 * managed / bare)) %"
	[ $((100 * managed)) -le $((150 * bare)) ]
}

# driver_override is as before: what there was, nothing, or what somebody has written
# meanwhile. From here on the client knows a family that there is no more.
unload_disabled() {
	local i

	have 3
	echo vfio-pci >"$DEVICES/$(vf_bdf 0)/driver_override"
	for i in 0 1 2; do
		vfm change disable "$SRIOV" "vf-index=$i"
		[ "$(cat "$DEVICES/$(vf_bdf "$i")/driver_override")" = vf-disabled ]
	done
	echo mine >"$DEVICES/$(vf_bdf 2)/driver_override"
	show modprobe -r sriov-mbox
	for i in 0 1 2; do
		cat "$DEVICES/$(vf_bdf "$i")/driver_override"
	done | tee "$KTAP_DIR/overrides"
	[ "$(tr '\n' ' ' <"$KTAP_DIR/overrides")" = 'vfio-pci (null) mine ' ]
	echo >"$DEVICES/$(vf_bdf 2)/driver_override"
}

# Programs begin changes all the time: each is refused or has ended when the module is gone.
# The VFs are enabled again, whatever came last.
unload_busy() {
	local i

	for i in 0 1 2; do
		echo >"$DEVICES/$(vf_bdf "$i")/driver_override"
		genl storm 20 "$SRIOV" disable "vf-index=$i" >"$KTAP_DIR/storm$i" 7<&- 8<&- 9<&- &
	done
	while [ -n "$(jobs -pr)" ]; do
		modprobe sriov-mbox
		sleep 0.3
		wait_for 10 rmmod sriov_mbox
	done
	wait
	cat "$KTAP_DIR"/storm?
	grep -q 'change [1-9]' "$KTAP_DIR/storm0"
	for i in 0 1 2; do
		[ "$(cat "$DEVICES/$(vf_bdf "$i")/driver_override")" = '(null)' ]
	done
}

unload() {
	show modprobe -r ptguard
	show modprobe sriov-mbox
	[ -e "/dev/vmbox/vf-$(vf_bdf 2)" ]
	show modprobe -r sriov-mbox
}

ktap_plan 26
kernel_log_start
ktap_need "PF drivers, mailbox and client are there" setup
ktap_test "PFs and VFs are shown" shown
ktap_test "what makes no sense is refused at once" wrong
ktap_test "somebody who is not root is refused" root_only
ktap_test "events are for CAP_NET_ADMIN, as the dumps are (case M10)" events_of_admins sriov_mbox
ktap_test "what is no network matter needs CAP_SYS_ADMIN (case M11)" capabilities
ktap_test "another number: all VFs are asked, answer, go" set_number
ktap_test "one does not answer: refused, nothing has changed" refuse
ktap_test "one says no: refused" says_no
ktap_test "an answer that comes too late counts for nothing" late
ktap_test "one does not answer: forced" force
ktap_test "the driver fails: rolled back, VFs have their drivers again" rollback
ktap_test "two administrators at once" two_at_once
ktap_test "a VF that somebody was given" given
ktap_test "a VF that a program has through VFIO: force does not take it" held
ktap_test "a VF is disabled: no driver, no mailbox, no guest, until it is enabled" disable
ktap_test "a mailbox is quarantined and cleared" quarantine
ktap_test "a VF is reset" reset
ktap_test "a VF is moved to another driver, and back where that does not take it" move
ktap_test "all VFs come to rest, and go on" quiesce
ktap_test "NVMe: refused, rolled back, forced" nvme
ktap_test "7 VFs that are asked go without waiting for nothing" overhead
ktap_test "unloaded while VFs are disabled: driver_override is as before" unload_disabled
ktap_test "changes begin while the module goes (case M22)" unload_busy
ktap_test "the modules unload" unload
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
