# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Guests of an unmodified QEMU with KVM, as the kvm machine runs them.  To be sourced
# after ktap.sh and xen.sh.  One at a time; init is the same as that of Xen guests
# (tools/testing/vm/machine/guest-init), but takes its orders at a serial port.

KVM_LOG=${KVM_LOG:-/run/logs}

# kvm_need: the suite is over where there is no KVM.
kvm_need() {
	modprobe kvm-amd 2>/dev/null || modprobe kvm-intel 2>/dev/null || :
	[ -w /dev/kvm ] || ktap_skip_all "no KVM here"
	command -v qemu-system-x86_64 >/dev/null || ktap_skip_all "no QEMU here"
}

# kvm_start NAME MACHINE MB BDF...: start it, with these devices; MACHINE is q35 or pc and its
# options, GUEST_OPTIONS are for its kernel.  A serial port writes to a pipe that kvm_run reads.
kvm_start() {
	local name=$1 machine=$2 memory=$3 bdf devices=()

	shift 3
	for bdf; do devices+=(-device "vfio-pci,host=$bdf"); done
	rm -f "$KTAP_DIR"/orders.*
	mkfifo "$KTAP_DIR/orders.in" "$KTAP_DIR/orders.out"
	echo "\$ qemu-system-x86_64 -accel kvm -M $machine -m $memory ${devices[*]} ..."
	qemu-system-x86_64 -accel kvm -M "$machine" -m "$memory" -cpu host -nodefaults \
		-display none -no-reboot "${devices[@]}" -kernel "$GUEST_KERNEL" \
		-initrd "$GUEST_INITRD" -append "console=ttyS0 panic=-1 quiet \
guest.port=ttyS1 guest.modules=e1000e ${GUEST_OPTIONS-}" -serial "file:$KVM_LOG/guest-$name.log" \
		-chardev "pipe,id=orders,path=$KTAP_DIR/orders" -serial chardev:orders \
		>"$KTAP_DIR/qemu" 2>&1 </dev/null &
	echo $! >"$KTAP_DIR/qemu.pid"
}

# kvm_fits MACHINE MB BDF: does QEMU come as far as to start such a guest?  It does not run.
kvm_fits() {
	local pid

	timeout 60 qemu-system-x86_64 -accel kvm -M "$1" -m "$2" -nodefaults -display none \
		-S -daemonize -pidfile "$KTAP_DIR/fits.pid" -device "vfio-pci,host=$3" \
		>"$KTAP_DIR/qemu" 2>&1 </dev/null || return 1
	pid=$(<"$KTAP_DIR/fits.pid")
	kill "$pid"
	wait_for 20 kvm_gone "$pid"
}

# kvm_gone PID: it has let go of everything; nobody may have asked for its status yet.
kvm_gone() {
	! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

kvm_runs() {
	kill -0 "$(<"$KTAP_DIR/qemu.pid")" 2>/dev/null
}

kvm_stopped() {
	not kvm_runs
}

# kvm_said: what QEMU had to say.
kvm_said() {
	sed 's/^/> /' "$KTAP_DIR/qemu"
}

# kvm_lines SECONDS UNTIL: what comes from the guest, until a line with this first word,
# the rest of which stays in $KTAP_DIR/last.
kvm_lines() {
	local end=$((SECONDS + $1)) line start=''

	while kvm_runs && [ $SECONDS -lt $end ]; do
		if ! read -r -t 2 line <>"$KTAP_DIR/orders.out"; then
			start=$start$line
			continue
		fi
		line=$start$line start=''
		case $line in
		"$2 "*) echo "${line#* }" >"$KTAP_DIR/last" && return ;;
		esac
		printf '> %s\n' "$line"
	done
	echo "the guest did not say \"$2\" within $1 s"
	kvm_said
	return 1
}

# kvm_up SECONDS: until its init has started.
kvm_up() {
	kvm_lines "$1" up
	echo "guest: up after $(<"$KTAP_DIR/last") s"
}

# kvm_run SECONDS COMMAND: in the guest; its output, its status.  COMMAND is one line.
kvm_run() {
	echo "guest\$ $2"
	printf '%s\n' "$2" >"$KTAP_DIR/orders.in"
	kvm_lines "$1" status
	return "$(<"$KTAP_DIR/last")"
}

# kvm_net: bring its network card up and wait for the link to carry packets.
kvm_net() {
	kvm_run 60 "n=\$(ls -d /sys/bus/pci/devices/*/net/* | head -n 1); n=\${n##*/}; \
ip link set \$n up && ip addr replace 10.0.2.20/24 dev \$n && \
for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 2 $PING && exit; done; exit 1"
}

# kvm_end: whether it was to run still or not.
kvm_end() {
	kvm_runs || return 0
	kill "$(<"$KTAP_DIR/qemu.pid")"
	wait_for 20 kvm_stopped
}
