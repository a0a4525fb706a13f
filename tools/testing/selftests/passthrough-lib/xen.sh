# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What Xen suites share: guests that take orders, devices by BDF, deadlines.
# To be sourced after ktap.sh.
#
# A guest is a kernel and an initramfs whose init is tools/testing/vm/machine/
# guest-init: it does what dom0 writes to its xenstore node data/order.  Nothing in
# here waits without a deadline.

# Gives guests their orders, and stands in for xenstore's own programs (xs.c).
XS=$PWD/xs

xenstore-read() {
	case $1 in
	-*) command xenstore-read "$@" ;;
	*) "$XS" read "$@" ;;
	esac
}

xenstore-write() {
	"$XS" write "$@"
}

# wait_for_node SECONDS NODE PATTERN: without a look in between.
wait_for_node() {
	"$XS" wait $(($1 * ${TIME_FACTOR:-1})) "$2" "$3" || {
		echo "gave up waiting for: $2 to be $3"
		return 1
	}
}

# nap SECONDS: sleep without a process, of which a suite would start thousands.
mkfifo "$KTAP_DIR/.nap"
exec {NAP_FD}<>"$KTAP_DIR/.nap"
nap() {
	read -r -t "$1" -u "$NAP_FD" _ || :
}

# quote_output: what a command left in $KTAP_DIR/.out, marked as such.
quote_output() {
	local lines

	mapfile -t lines <"$KTAP_DIR/.out"
	[ ${#lines[@]} -eq 0 ] || printf '> %s\n' "${lines[@]}"
}

# show COMMAND...: run it, with what was typed and what came back in the log.
# `make demo` shows these lines.
show() {
	local status=0

	echo "\$ $*"
	timeout $((60 * ${TIME_FACTOR:-1})) "$@" >"$KTAP_DIR/.out" 2>&1 || status=$?
	quote_output
	return $status
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local end=$((SECONDS + $1 * ${TIME_FACTOR:-1}))

	shift
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $end ]; then
			echo "gave up waiting for: $*"
			return 1
		fi
		nap 0.2
	done
}

# short BDF: without the domain, as people type it.
short() {
	echo "${1#0000:}"
}

driver_of() {
	local link

	link=$(readlink "/sys/bus/pci/devices/$1/driver") || return 1
	echo "${link##*/}"
}

# By the test for the same file, which takes no process.
driver_is() {
	[ "/sys/bus/pci/devices/$1/driver" -ef "/sys/bus/pci/drivers/$2" ]
}

no_driver() {
	[ ! -e "/sys/bus/pci/devices/$1/driver" ]
}

# disk_of BDF: the name of the NVMe disk on that card.  By serial number, because
# below the card only a hidden path device (nvme0c0n1) shows.
disk_of() {
	local serial b

	serial=$(cat "/sys/bus/pci/devices/$1"/nvme/nvme*/serial) || return 1
	for b in /sys/class/block/nvme*n1; do
		[ "$(<"$b/device/serial")" = "$serial" ] || continue
		case ${b##*/} in
		*c*) ;;
		*) echo "${b##*/}" && return ;;
		esac
	done
	return 1
}

net_of() {
	ls "/sys/bus/pci/devices/$1/net"
}

# dom0_net BDF: bring its network card up here, wait until packets come through.
dom0_net() {
	local net

	net=$(net_of "$1")
	ip link set "$net" up
	ip addr replace 10.0.2.15/24 dev "$net"
	wait_for 20 ping -c 1 -W 2 -I "$net" "$PING"
}

# guest_start NAME [-o LINE]... BDF...: create a PV guest with these devices.
# GUEST_MODULES, a comma list, says what it loads.
guest_start() {
	local name=$1 cfg=$KTAP_DIR/$1.cfg extra='' pci=''

	shift
	while [ "${1-}" = -o ]; do
		extra="$extra$2"$'\n'
		shift 2
	done
	for bdf in "$@"; do
		pci="$pci\"$(short "$bdf")\", "
	done
	# swiotlb=force: a PV guest's memory is not contiguous for a device.  16 MB of it: each
	# page is exchanged with Xen's for one that is.
	cat >"$cfg" <<-EOF
	name = "$name"
	kernel = "$GUEST_KERNEL"
	ramdisk = "$GUEST_INITRD"
	memory = ${GUEST_MEMORY:-192}
	vcpus = 1
	extra = "console=hvc0 panic=-1 loglevel=5 swiotlb=8192,force mitigations=off init_on_alloc=0 guest.modules=${GUEST_MODULES:-xen-pcifront,e1000e,nvme}"
	pci = [ ${pci%, } ]
	on_poweroff = "destroy"
	on_crash = "destroy"
	$extra
	EOF
	cd "$KTAP_DIR" || return
	show xl create "$name.cfg"
}

guest_id() {
	"$XS" id "$1"
}

# guest_place GUEST BDF: its address on the guest's bus; the last that it was given counts.
guest_place() {
	local back at='' n

	back=/local/domain/0/backend/pci/$(guest_id "$1")/0
	for n in 0 1 2 3 4 5; do
		[ "$(xenstore-read "$back/dev-$n" 2>/dev/null)" != "$2" ] ||
			at=$(xenstore-read "$back/vdev-$n")
	done
	[ -n "$at" ] || return 1
	# It says two digits for the function, sysfs has one.
	echo "${at%.*}.$((16#${at##*.}))"
}

# guest_up NAME [SECONDS]: until its init has started.
guest_up() {
	"$XS" up "$1" $((${2:-90} * ${TIME_FACTOR:-1})) || {
		echo "gave up waiting for: $1 is up"
		return 1
	}
}

# next_order: its number, in ORDER.  In a file, for each test is a shell of its own.
next_order() {
	ORDER=0
	[ ! -e "$KTAP_DIR/order" ] || read -r ORDER <"$KTAP_DIR/order"
	ORDER=$((ORDER + 1))
	echo $ORDER >"$KTAP_DIR/order"
}

# answer_came ID NUMBER
answer_came() {
	local answer

	answer=$(xenstore-read "/local/domain/$1/data/answer" 2>/dev/null) || return 1
	[ "${answer%% *}" = "$2" ]
}

# guest_order NAME COMMAND: give it, do not wait.  Its number goes to stdout.
guest_order() {
	next_order
	"$XS" give "$1" $ORDER "$2" || return 1
	echo $ORDER
}

# guest_answer ID: the output of its last order, its status.
guest_answer() {
	local answer status

	# -R: else line feeds come as \n.
	answer=$(xenstore-read -R "/local/domain/$1/data/answer")
	answer=${answer#* }
	status=${answer%%[!0-9]*}
	answer=${answer#"$status"}
	[ -z "${answer# }" ] || printf '%s\n' "${answer# }"
	return "$status"
}

# guest_run NAME SECONDS COMMAND: run COMMAND in the guest; its output, its status.  dom0
# sleeps meanwhile.
guest_run() {
	local status=0

	next_order
	"$XS" run "$1" $(($2 * ${TIME_FACTOR:-1})) $ORDER "$3" || status=$?
	[ $status -ne 124 ] || echo "guest $1 did not answer within $2 s: $3"
	return $status
}

# guest_show NAME SECONDS COMMAND: the same for the transcript.
guest_show() {
	local status=0

	echo "$1\$ $3"
	guest_run "$@" >"$KTAP_DIR/.out" 2>&1 || status=$?
	quote_output
	return $status
}

# guest_wait NAME CONDITION: ten seconds at most, polled inside the guest.
guest_wait() {
	guest_run "$1" 20 "i=0; until $2 >/dev/null 2>&1; do i=\$((i + 1)); [ \$i -lt 50 ] || exit 1; sleep 0.2; done"
}

# guest_net NAME: bring its first network card up and wait for the link to carry
# packets, which takes the card some seconds.
guest_net() {
	guest_run "$1" 40 "i=0; until n=\$(ls -d /sys/bus/pci/devices/*/net/*) || [ \$i -ge 50 ]; do i=\$((i + 1)); sleep 0.2; done
		n=\${n%%[[:space:]]*}
		n=\${n##*/}
		ip link set \$n up && ip addr replace 10.0.2.20/24 dev \$n || exit 1
		for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 2 $PING >/dev/null && exit; done; exit 1"
}

# no_backends: no guest has a device any more.  Empty folders stay behind in xenstore,
# in /libxl/pci as well; that is libxl's doing.
no_backends() {
	not sh -c 'xenstore-ls -f /local/domain/0/backend/pci 2>/dev/null | grep /dev-'
	not sh -c 'xenstore-ls -f /libxl/pci 2>/dev/null | grep /domid'
}

domain_gone() {
	not xl list "$1"
}

# guest_destroy NAME: by xl, and until Xen has let go of the last of it.  A domain
# that lives on without a name still holds its devices.
guest_destroy() {
	local id

	id=$(guest_id "$1")
	show xl destroy "$1"
	wait_for 20 domain_gone "$id"
}
