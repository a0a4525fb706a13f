#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# VFs that guests have, when the VF manager wants them back: a Xen guest that agrees, one
# that refuses, one that does not answer; or a QEMU.
#
# Runs in a test machine (tools/testing/vm/run.sh xen, or kvm) or on a real dom0 or KVM host
# with SRIOV (a PF of igb that does no work), GUEST_KERNEL, GUEST_INITRD and YNL set.
#
# vm: the YNL client
# vm: guests have sriov-mbox-vf
# shellcheck disable=SC2119,SC2317  # number() of this PF; tests are called by name
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
# shellcheck source=tools/testing/selftests/passthrough-lib/kvm.sh
. ../passthrough-lib/kvm.sh

for name in SRIOV GUEST_KERNEL GUEST_INITRD; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree drivers have no VF manager"
# shellcheck source=tools/testing/selftests/passthrough-lib/vfm.sh
. ../passthrough-lib/vfm.sh

XEN=
if xl info >/dev/null 2>&1; then XEN=yes; else kvm_need; fi
ktap_require_modules sriov-mbox igb

GUEST_MODULES=xen-pcifront,sriov-mbox-vf
MAC=52:54:00:00:15:00

host() {
	show modprobe igb
	[ -z "$XEN" ] || show modprobe pciback-ng
	show modprobe sriov-mbox
	[ -z "$XEN" ] || show modprobe sriov-mbox-xen
	wait_for 10 driver_is "$SRIOV" igb
	echo 0 >"$DEVICES/$SRIOV/sriov_drivers_autoprobe"
	vfm_start
	have 2
}

# A Xen guest ***************************************************************************

state_is() {
	[ "$(contents "$DEVICES/$(vf_bdf 0)/sriov_mbox/state")" = "$1" ]
}

# start NAME: a guest that is at the mailbox of its VF.
start() {
	no_driver "$(vf_bdf 0)" && claim "$(vf_bdf 0)"
	guest_start "$1" "$(vf_bdf 0)"
	guest_up "$1"
	wait_for 20 state_is open
}

# answers NAME HOW...: what the guest's user space says when it is asked.
answers() {
	local guest=$1

	shift
	guest_run "$guest" 30 "killall vmbox_guest 2>/dev/null; rm -f /tmp/vmbox; \
vmbox_guest $(guest_place "$guest" "$(vf_bdf 0)") $* >/tmp/vmbox 2>&1 & \
until grep -q 'serving\\|holding' /tmp/vmbox; do sleep 0.1; done"
}

has_vf() {
	guest_run "$1" 20 "ls /sys/bus/pci/devices | grep ."
}

owner_is() {
	[ "$(contents "$DEVICES/$(vf_bdf 0)/pciback/owner")" = "$1" ]
}

xen_start() {
	start a
	ip link set "$(net_of "$SRIOV")" vf 0 mac "$MAC"
}

xen_shown() {
	vfm vfs "$SRIOV"
	said "driver=pciback vf-index=0 .*frontend=xen owner=$(guest_id a)"
	not grep -q 'vf-index=1 .*\(frontend\|owner\)=' "$KTAP_DIR/said"
}

xen_refuses() {
	answers a serve 100 16
	events_anew
	not vfm change set-num "$SRIOV" num=1 deadline-ms=20000
	said "^EBUSY VF 0: xen $(guest_id a) has it and has refused \(-16\)$"
	heard '^asked .*vf-index=0'
	heard '^answered .*vf-index=0 .*result=-16'
	heard '^step' 0
	[ "$(number)" = 2 ]
	guest_run a 20 "grep 'request 42' /tmp/vmbox"
	has_vf a
	not vfm change disable "$SRIOV" vf-index=0 deadline-ms=20000
	said '^EBUSY VF 0: xen .* has refused'
	state_is open
}

xen_silent() {
	answers a hold 100
	not vfm change set-num "$SRIOV" num=1 deadline-ms=1500
	said "^EBUSY VF 0: xen $(guest_id a) has it and did not answer in time \(-110\)$"
	[ "$(number)" = 2 ]
	has_vf a
}

# Nobody has it open, and no driver uses the VF: the guest's module says 0.
xen_agrees() {
	guest_run a 20 "killall vmbox_guest; sleep 0.2; true"
	events_anew
	vfm change set-num "$SRIOV" num=3 deadline-ms=20000
	heard '^answered .*vf-index=0 .*result=0'
	[ "$(number)" = 3 ]
	wait_for 20 not has_vf a
	wait_for 20 owner_is none
	# The new one is as the old one was.
	driver_is "$(vf_bdf 0)" pciback
	ip link show "$(net_of "$SRIOV")" | grep "vf 0 .*$MAC"
	guest_destroy a
}

xen_forced() {
	start b
	answers b serve 100 16
	events_anew
	vfm change disable "$SRIOV" vf-index=0 deadline-ms=20000 force
	said "^ok VF 0: xen $(guest_id b) has it and has refused \(-16\): forced$"
	heard '^answered .*vf-index=0 .*result=-16'
	vfm pfs
	said 'op=disable result=0 reason=VF 0: xen .* has refused .-16.: forced'
	wait_for 20 not has_vf b
	guest_destroy b
	vfm change enable "$SRIOV" vf-index=0
}

# It never was at the mailbox: there is nobody to ask.
xen_mute() {
	GUEST_MODULES=xen-pcifront
	no_driver "$(vf_bdf 0)" && claim "$(vf_bdf 0)"
	guest_start c "$(vf_bdf 0)"
	guest_up c
	events_anew
	not vfm change set-num "$SRIOV" num=0
	said "^EBUSY VF 0: xen $(guest_id c) has it$"
	heard '^asked' 0
	guest_destroy c
	wait_for 20 owner_is none
	vfm change set-num "$SRIOV" num=0
}

# A QEMU ********************************************************************************

# to_vfio INDEX
to_vfio() {
	local bdf

	bdf=$(vf_bdf "$1")
	modprobe vfio-pci
	echo vfio-pci >"$DEVICES/$bdf/driver_override"
	echo "$bdf" >/sys/bus/pci/drivers_probe
	driver_is "$bdf" vfio-pci
}

kvm_begin() {
	to_vfio 1
	kvm_start owner q35 192 "$(vf_bdf 1)"
	kvm_up 120
	kvm_run 20 "grep -l 0x10ca /sys/bus/pci/devices/*/device"
}

kvm_shown() {
	vfm vfs "$SRIOV"
	said "driver=vfio-pci vf-index=1 .*frontend=vfio .*iommu-group=[0-9]+ program=True"
}

kvm_kept() {
	not vfm change set-num "$SRIOV" num=0
	said '^EBUSY VF 1: a program .* has it$'
	not vfm change set-num "$SRIOV" num=0 force
	said '^EBUSY VF 1: a program .* has it, and force does not take it$'
	vf_user 1 no
	not vfm change disable "$SRIOV" vf-index=1
	said '^EBUSY VF 1: a program .* has it and has refused \(-16\)$'
	vf_users_end
	kvm_run 20 "grep -l 0x10ca /sys/bus/pci/devices/*/device"
}

# At its mailbox it agrees, and ends: the change goes on.
kvm_agrees() {
	vf_user 1 yes
	vfm begin set-num "$SRIOV" num=1 deadline-ms=30000
	vf_heard 1 '^request 0x42 '
	kvm_end
	wait_for 20 sh -c "[ \$(cat $DEVICES/$SRIOV/sriov_numvfs) = 1 ]"
}

# A disabled VF with vfio-pci bound to it by hand.
kvm_disabled() {
	have 2
	vfm change disable "$SRIOV" vf-index=1
	to_vfio 1
	kvm_start disabled q35 192 "$(vf_bdf 1)"
	wait_for 30 kvm_stopped
	kvm_said
	grep -q "vfio $(vf_bdf 1)" "$KTAP_DIR/qemu"
	vfm change enable "$SRIOV" vf-index=1
	to_vfio 1
	kvm_fits q35 192 "$(vf_bdf 1)"
	vfm change set-num "$SRIOV" num=0
}

end() {
	[ -z "$XEN" ] || show modprobe -r sriov-mbox-xen
	show modprobe -r sriov-mbox
	[ -z "$XEN" ] || show modprobe -r pciback-ng
}

if [ -n "$XEN" ]; then ktap_plan 10; else ktap_plan 8; fi
kernel_log_start
ktap_need "PF driver, mailbox and client are there" host
if [ -n "$XEN" ]; then
	ktap_need "a Xen guest is at the mailbox of its VF" xen_start
	ktap_test "front-end and domain of the VF are shown (case M14)" xen_shown
	ktap_test "the guest refuses: it keeps its VF (case M15)" xen_refuses
	ktap_test "the guest does not answer: it keeps its VF (case M15)" xen_silent
	ktap_test "the guest agrees: its VF is detached, and kept as it was (case M15)" xen_agrees
	ktap_test "the guest refuses and is forced: its answer is recorded (case M15)" xen_forced
	ktap_test "a guest without mailbox is not asked (case M15)" xen_mute
else
	ktap_need "a QEMU guest has a VF" kvm_begin
	ktap_test "the QEMU is shown (case M14)" kvm_shown
	ktap_test "the VF of a QEMU stays, also with force (case M15)" kvm_kept
	ktap_test "a QEMU that agrees and ends: the change goes on (case M15)" kvm_agrees
	ktap_test "a disabled VF is not for a QEMU (case M12)" kvm_disabled
fi
ktap_test "the modules unload" end
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
