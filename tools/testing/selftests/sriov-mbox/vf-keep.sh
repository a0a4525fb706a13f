#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What VFs keep when the VF manager changes their number: settings (ip link set ... vf N
# ...) and drivers; that a disabled VF is kept from VFIO; programs that have a VF are shown
# and asked.  igb with seven VFs.  Runs in a test machine (tools/testing/vm/run.sh native)
# or on a real one with an IOMMU, SRIOV (an igb with a link that does no work) and YNL set.
#
# vm: the YNL client
# shellcheck disable=SC2119,SC2317  # number() of this PF; tests are called by name
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
# shellcheck source=tools/testing/selftests/passthrough-lib/mock.sh
. ../passthrough-lib/mock.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/genl.sh
. ../passthrough-lib/genl.sh

[ -n "${SRIOV-}" ] || ktap_skip_all "SRIOV is not set"
[ "${DRIVER-ng}" = ng ] || ktap_skip_all "the in-tree drivers have no VF manager"
# shellcheck source=tools/testing/selftests/passthrough-lib/vfm.sh
. ../passthrough-lib/vfm.sh
ktap_require_programs vfio
ktap_require_modules sriov-mbox retinject vfio-pci igb igbvf

MODULE=sriov-mbox
MAC=52:54:00:00:13:0
BIG=1000:01:00.0	# the mock PF

setup() {
	show modprobe igb
	show modprobe igbvf
	show modprobe vfio-pci
	inject_load
	show modprobe sriov-mbox
	wait_for 10 driver_is "$SRIOV" igb
	ip link set "$(net_of "$SRIOV")" up
	wait_for 20 linked
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	vfm_start
}

linked() {
	[ "$(<"/sys/class/net/$(net_of "$SRIOV")/carrier")" = 1 ]
}

# set_vf INDEX WORD...: as an administrator does.
set_vf() {
	local index=$1

	shift
	show ip link set "$(net_of "$SRIOV")" vf "$index" "$@"
}

# settings INDEX: as ip shows them, without what the VF itself has to say.
settings() {
	ip link show "$(net_of "$SRIOV")" | sed -n "s/^ *vf $1 *//p"
}

# has INDEX PATTERN...
has() {
	local index=$1 pattern

	shift
	settings "$index"
	for pattern; do settings "$index" | grep -q -e "$pattern" || { echo "no $pattern"; return 1; }; done
}

# mac_first INDEX: in the kernel log since events_anew the address of a VF comes before igbvf.
# Whether igbvf then gets it is the PF's matter, which may not answer so early.
mac_first() {
	local bdf

	bdf=$(vf_bdf "$1")
	kernel_log_since | tail -n "+$(($(<"$KTAP_DIR/log_from") + 1))" |
		grep -E "setting MAC .* on VF $1\$|igbvf $bdf: (enabling|Intel)" | tee "$KTAP_DIR/first"
	head -n 1 "$KTAP_DIR/first" | grep -q 'setting MAC'
	grep -q igbvf "$KTAP_DIR/first"
}

override_of() {
	contents "$DEVICES/$(vf_bdf "$1")/driver_override"
}

# give INDEX DRIVER: by driver_override, as driverctl does.
give() {
	local bdf

	bdf=$(vf_bdf "$1")
	echo "$2" >"$DEVICES/$bdf/driver_override"
	no_driver "$bdf" || echo "$bdf" >"$DEVICES/$bdf/driver/unbind"
	echo "$bdf" >/sys/bus/pci/drivers_probe
	driver_is "$bdf" "$2"
}

# Three with something each: the number goes up, then down.
three() {
	have 0
	have 3
	wait_for 20 linked
	set_vf 0 mac "${MAC}0"
	set_vf 0 vlan 5 qos 3
	set_vf 1 trust on
	set_vf 1 spoofchk off
	set_vf 1 max_tx_rate 100
	set_vf 2 mac "${MAC}2"
	set_vf 2 trust on
	give 1 vfio-pci
	kernel_log_since | wc -l >"$KTAP_DIR/log_from"
	events_anew
}

as_before() {
	has 0 "${MAC}0" 'vlan 5, qos 3' 'spoof checking on' 'trust off'
	has 1 'trust on' 'spoof checking off' 'max_tx_rate 100Mbps\|tx rate 100 (Mbps)' '00:00:00:00:00:00'
	driver_is "$(vf_bdf 0)" igbvf
	[ "$(override_of 0)" = '(null)' ]
	driver_is "$(vf_bdf 1)" vfio-pci
	[ "$(override_of 1)" = vfio-pci ]
}

keeps() {
	three
	vfm change set-num "$SRIOV" num=5
	as_before
	has 2 "${MAC}2" 'trust on'
	# Its driver was not there before the address was.
	mac_first 0
	mac_first 2
	wait_for 5 driver_is "$(vf_bdf 4)" igbvf
	heard '^restored .*vf-index=0 .*result=0 reason=set again: MAC, VLAN$'
	heard '^restored .*vf-index=1 .*result=0 reason=set again: trust, spoof check, rates$'
	heard '^restored .*vf-index=2 .*result=0 reason=set again: trust, MAC$'
	heard '^restored ' 3
	events_anew
	vfm change set-num "$SRIOV" num=2
	as_before
	said '^ok VF 2: has gone, and with it: trust, MAC$'
	heard '^restored .*vf-index=2 .*result=-19 reason=has gone, and with it: trust, MAC$'
	heard '^restored ' 3
	[ "$(contents "$DEVICES/$SRIOV/sriov_drivers_autoprobe")" = 1 ]
}

# Nothing was set: nothing is, and Linux gives drivers as ever. igbvf has an address of its
# own choice then, which it has told its PF.
plain() {
	have 0
	have 2
	wait_for 5 driver_is "$(vf_bdf 1)" igbvf
	inject igb_ndo_set_vf_mac -95 0
	vfm change set-num "$SRIOV" num=3
	inject_end
	[ "$(<"$INJECT/injected")" = 0 ]
	heard '^restored ' 0
	driver_is "$(vf_bdf 0)" igbvf
	driver_is "$(vf_bdf 2)" igbvf
}

# A VF without a driver has none afterwards, and new ones have one.
no_driver_kept() {
	local bdf

	have 0
	have 2
	bdf=$(vf_bdf 0)
	wait_for 5 driver_is "$bdf" igbvf
	echo "$bdf" >"$DEVICES/$bdf/driver/unbind"
	vfm change set-num "$SRIOV" num=3
	no_driver "$bdf"
	driver_is "$(vf_bdf 1)" igbvf
	driver_is "$(vf_bdf 2)" igbvf
}

not_set() {
	three
	inject igb_ndo_set_vf_vlan -28 0
	vfm change set-num "$SRIOV" num=4
	inject_end
	said '^ok VF 0: not set again \(-28\): VLAN$'
	heard '^restored .*vf-index=0 .*result=-28 reason=not set again .-28.: VLAN$'
	heard '^restored .*vf-index=1 .*result=0'
	has 0 "${MAC}0"
	kernel_log_since | grep "VF 0: not set again (-28): VLAN"
}

# The PF's driver fails: as many as before are there again, as they were.
rolled_back() {
	three
	inject sriov_numvfs_store -12 2
	not vfm change set-num "$SRIOV" num=6
	inject_end
	said '^ENOMEM .*there are 3 VFs again'
	as_before
	has 2 "${MAC}2" 'trust on'
}

# igbvf polls for two seconds each time that a VF comes and its PF is not ready: it goes when
# no test asks for it any more.
without_igbvf() {
	have 0
	modprobe -r igbvf
}

# vfio_fails BDF: a program does not get it.
vfio_fails() {
	local status=0

	timeout 20 ./vfio "$1" device </dev/null >"$KTAP_DIR/vfio" 2>&1 || status=$?
	cat "$KTAP_DIR/vfio"
	[ "$status" = 1 ]
}

# Whoever has root gives it to vfio-pci; VFIO does not open it.
disabled_for_vfio() {
	local vf

	have 0
	have 2
	vf=$(vf_bdf 1)
	vfm change disable "$SRIOV" vf-index=1
	give 1 vfio-pci
	vfio_fails "$vf"
	vfm vfs "$SRIOV"
	said "driver=vfio-pci vf-index=1 .*disabled=True"
	not said 'program=True'
	# The one that comes back is kept away as well.
	vfm change set-num "$SRIOV" num=0
	vfm change set-num "$SRIOV" num=2
	give 1 vfio-pci
	vfio_fails "$vf"
	vfm change enable "$SRIOV" vf-index=1
	give 1 vfio-pci
	timeout 20 ./vfio "$vf" device </dev/null
	vfm change disable "$SRIOV" vf-index=1
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
	vfm change set-num "$SRIOV" num=2
	vfm change enable "$SRIOV" vf-index=1
}

# The group cannot be claimed: the VF is as it was, and why is said.
not_disabled() {
	have 0
	have 2
	wait_for 5 driver_is "$(vf_bdf 1)" igbvf
	inject iommu_group_claim_dma_owner -1
	not vfm change disable "$SRIOV" vf-index=1
	inject_end
	said '^EBUSY VF 1: its IOMMU group cannot be claimed'
	driver_is "$(vf_bdf 1)" igbvf
	[ "$(override_of 1)" = '(null)' ]
	vfm vfs "$SRIOV"
	not said disabled
	not said quarantined
	vfm change disable "$SRIOV" vf-index=1
	vfm change enable "$SRIOV" vf-index=1
}

# program INDEX: has it through VFIO until file 6 is closed.
program() {
	give "$1" vfio-pci
	rm -f "$KTAP_DIR/hold"
	mkfifo "$KTAP_DIR/hold"
	# Emptied here: the program's own shell may come to it after the first look at it.
	: >"$KTAP_DIR/vfio"
	./vfio "$(vf_bdf "$1")" hold <"$KTAP_DIR/hold" >"$KTAP_DIR/vfio" 2>&1 6<&- 7<&- 8<&- 9<&- &
	exec 6>"$KTAP_DIR/hold"
	wait_for 10 grep -q '^hold' "$KTAP_DIR/vfio" || { cat "$KTAP_DIR/vfio"; return 1; }
}

group_of() {
	basename "$(readlink "$DEVICES/$(vf_bdf "$1")/iommu_group")"
}

shown() {
	have 0
	have 2
	program 1
	vfm vfs "$SRIOV"
	said "driver=vfio-pci vf-index=1 .*frontend=vfio .*iommu-group=$(group_of 1) program=True"
	said "driver=igbvf vf-index=0 .*iommu-group=$(group_of 0)"
	not grep -q 'vf-index=0 .*\(program\|frontend\)=' "$KTAP_DIR/said"
	exec 6>&-
	wait "$!"
	vfm vfs "$SRIOV"
	not said 'program=True'
	said "vf-index=1 .*iommu-group=$(group_of 1)"
}

# At its mailbox it agrees; it keeps the VF, or lets go of it before the deadline.
program_asked() {
	have 0
	have 2
	program 1
	not vfm change set-num "$SRIOV" num=0
	said '^EBUSY VF 1: a program .*has it$'
	heard '^asked' 0
	vf_user 1 no
	not vfm change set-num "$SRIOV" num=0
	said '^EBUSY VF 1: a program .*has it and has refused \(-16\)$'
	vf_users_end
	vf_user 1 yes
	not vfm change set-num "$SRIOV" num=0 deadline-ms=400 force
	said '^EBUSY VF 1: a program .*has it and has agreed and not let go \(0\)$'
	heard '^answered .*vf-index=1 .*result=0'
	[ "$(number)" = 2 ]
	vfm begin set-num "$SRIOV" num=0 deadline-ms=20000
	vf_heard 1 '^request 0x42 '
	exec 6>&-
	wait_for 10 sh -c "[ \$(cat $DEVICES/$SRIOV/sriov_numvfs) = 0 ]"
}

big_driver() {
	driver_is "$(vf_bdf 298 "$BIG")" mocknet
}

refused() {
	kernel_log_since | grep "failed: -16: $1"
}

# They have no mailbox; that somebody has one is seen, and so is its driver.
many() {
	mock_need mockpci mockpf ptguard
	show modprobe sriov-mbox
	show modprobe ptguard
	mock_bus vfs=300
	show modprobe mockpf
	echo 0 >"$DEVICES/$BIG/sriov_drivers_autoprobe"
	echo 300 >"$DEVICES/$BIG/sriov_numvfs"
	[ "$(number "$BIG")" = 300 ]
	vf_bdf 299 "$BIG" >/sys/module/ptguard/parameters/give
	genl change "$BIG" set-num num=299
	wait_for 20 refused 'VF 299: ptguard 7 has it'
	[ "$(number "$BIG")" = 300 ]
	vf_bdf 299 "$BIG" >/sys/module/ptguard/parameters/take
	echo mocknet >"$DEVICES/$(vf_bdf 298 "$BIG")/driver_override"
	vf_bdf 298 "$BIG" >/sys/bus/pci/drivers_probe
	big_driver
	wait_for 20 genl change "$BIG" set-num num=299
	wait_for 60 not test -e "$DEVICES/$BIG/virtfn299"
	wait_for 60 big_driver
	[ "$(contents "$DEVICES/$(vf_bdf 298 "$BIG")/driver_override")" = mocknet ]
	# One change at a time: this one has ended.
	wait_for 20 genl change "$BIG" quiesce
	echo 0 >"$DEVICES/$BIG/sriov_numvfs"
	show modprobe -r mockpf
	show modprobe -r mockpci
	show modprobe -r ptguard
	show modprobe -r sriov-mbox
}

# Disabled ones are no obstacle, and their groups are released.
unload() {
	have 0
	have 2
	vfm change disable "$SRIOV" vf-index=1
	show modprobe -r sriov-mbox
	give 1 vfio-pci
	timeout 20 ./vfio "$(vf_bdf 1)" device </dev/null
	echo 0 >"$DEVICES/$SRIOV/sriov_numvfs"
}

ktap_plan 13
kernel_log_start
ktap_need "PF driver, mailbox and client are there" setup
ktap_test "3, 5, 2 VFs: settings and drivers are kept, the rest is said (case M13)" keeps
ktap_test "VFs that had nothing special: nothing is set (case M13)" plain
ktap_test "a VF without a driver has none afterwards (case M13)" no_driver_kept
ktap_test "rolled back: settings and drivers as they were (case M13)" rolled_back
ktap_test "its IOMMU group cannot be claimed: not disabled (case M12)" not_disabled
ktap_test "IOMMU group and program of a VF are shown (case M14)" shown
without_igbvf
ktap_test "what cannot be set again is said (case M13)" not_set
ktap_test "a disabled VF is not for VFIO, whatever driver it gets (case M12)" disabled_for_vfio
ktap_test "a program at its mailbox is asked, and waited for (case M15)" program_asked
ktap_test "unloaded while a VF is disabled: VFIO opens it (case M12)" unload
ktap_test "VFs from 256 on are looked at, and keep drivers (case M23)" many
ktap_resume
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish
