# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# An unmodified libvirt, without the rest of a distribution around it.  To be sourced after
# ktap.sh, xen.sh and kvm.sh.

# libvirt_need: the suite is over where it is missing.
libvirt_need() {
	local program

	for program in libvirtd virsh; do
		command -v "$program" >/dev/null || ktap_skip_all "no $program here"
	done
}

# libvirt_start: nothing confines a QEMU here.  The user that it looks for is not needed.
libvirt_start() {
	grep -q ^libvirt-qemu: /etc/passwd ||
		echo 'libvirt-qemu:x:64055:64055::/:/bin/false' >>/etc/passwd
	grep -q ^libvirt-qemu: /etc/group ||
		printf 'kvm:x:64056:\nlibvirt:x:64057:\nlibvirt-qemu:x:64055:\n' >>/etc/group
	mkdir -p /run/libvirt /var/log/libvirt/qemu /var/lib/libvirt/qemu /var/cache/libvirt/qemu
	cat >/etc/libvirt/qemu.conf <<-EOF
	user = "root"
	group = "root"
	dynamic_ownership = 0
	security_driver = "none"
	stdio_handler = "file"
	cgroup_controllers = []
	namespaces = []
	EOF
	[ -s /etc/machine-id ] || echo 0123456789abcdef0123456789abcdef >/etc/machine-id
	libvirtd --timeout 0 >"$KVM_LOG/libvirtd.log" 2>&1 </dev/null &
	echo $! >"$KTAP_DIR/libvirtd.pid"
	wait_for 60 virsh list
}

libvirt_stop() {
	kill "$(<"$KTAP_DIR/libvirtd.pid")"
}

# node_of BDF: its name as a node device.
node_of() {
	echo "pci_$1" | tr :. __
}

# libvirt_domain NAME BDF: a guest that takes orders (kvm.sh) and has that device, managed.
libvirt_domain() {
	local bdf=$2

	rm -f "$KTAP_DIR"/orders.*
	mkfifo "$KTAP_DIR/orders.in" "$KTAP_DIR/orders.out"
	cat >"$KTAP_DIR/$1.xml" <<-EOF
	<domain type='kvm'>
	  <name>$1</name>
	  <memory unit='MiB'>384</memory>
	  <vcpu>1</vcpu>
	  <os>
	    <type arch='x86_64' machine='q35'>hvm</type>
	    <kernel>$GUEST_KERNEL</kernel>
	    <initrd>$GUEST_INITRD</initrd>
	    <cmdline>console=ttyS0 panic=-1 quiet guest.port=ttyS1 guest.modules=e1000e</cmdline>
	  </os>
	  <cpu mode='host-passthrough'/>
	  <on_reboot>destroy</on_reboot>
	  <devices>
	    <emulator>$(command -v qemu-system-x86_64)</emulator>
	    <controller type='usb' model='none'/>
	    <memballoon model='none'/>
	    <serial type='file'><source path='$KVM_LOG/guest-$1.log'/><target port='0'/></serial>
	    <serial type='pipe'><source path='$KTAP_DIR/orders'/><target port='1'/></serial>
	    <hostdev mode='subsystem' type='pci' managed='yes'>
	      <source>
	        <address domain='0x${bdf%%:*}' bus='0x$(echo "$bdf" | cut -d: -f2)'
	                 slot='0x$(echo "${bdf##*:}" | cut -d. -f1)' function='0x${bdf##*.}'/>
	      </source>
	    </hostdev>
	  </devices>
	</domain>
	EOF
	show virsh create "$KTAP_DIR/$1.xml"
	cp "/run/libvirt/qemu/$1.pid" "$KTAP_DIR/qemu.pid"
	: >"$KTAP_DIR/qemu"
}
