# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2054  # shared with run.sh; commas are QEMU's
#
# What the test machines are made of: one function builds the QEMU command line,
# another the settings that tell the machine about its own hardware.
# To be sourced by run.sh.  Every odd option is here for a reason; the reasons cost
# days, so keep them.
#
#   01:00.0  igb (82576; SR-IOV)    04:00.0  e1000e  } one card with two
#   02:00.0  e1000e                 04:00.1  e1000e  } functions
#   03:00.0  NVMe, 64 MB            05:00.0  e1000e
#
# Each network card has a network of its own, on which 10.0.2.2 answers a ping.
# Native machines have two empty ports, rp6 and rp7, and a serial port that is QEMU's
# own monitor: a suite plugs cards there (selftests/passthrough-lib/monitor.sh).

# Port with a device behind it.  x-speed: with the default speed QEMU's link never
# comes back after a secondary bus reset ("Link Active not set in 1000 msec").
# romfile=: the firmware package is not needed to boot from a card nobody boots from.
# qemu_port NUMBER [ADDRESS]
qemu_port() {
	QEMU+=(-device "pcie-root-port,id=rp$1,slot=$1,chassis=$1,x-speed=2_5${2:+,addr=$2}")
}

# qemu_nic PORT MODEL [,OPTION=VALUE...]
qemu_nic() {
	QEMU_NETS=$((QEMU_NETS + 1))
	QEMU+=(-netdev "user,id=net$QEMU_NETS"
	       -device "$2,bus=rp$1,netdev=net$QEMU_NETS,romfile=${3-}")
}

# 7.2, see qemu_program.
old_qemu() {
	[ "$MACHINE" = hvm ] || [ "$MACHINE" = pvh ]
}

# Where a suite wants no FLR, the card with two functions is an 82576, too, as it is when
# it is real.  x-pcie-ari-nextfn-1: else Linux, which believes in ARI, sees only the first.
#
# The NVMe disk is not in QEMU but in QEMU_NVME: QEMU cannot save it, so a machine that
# goes on from a saved one gets it plugged in afterwards (snapshot.sh).
qemu_devices() {
	local no_flr='' two=e1000e

	QEMU_NETS=0 QEMU_NVME=''
	if [ -n "$NO_FLR" ]; then
		no_flr=,x-pcie-flr-init=off,x-pcie-ari-nextfn-1=on two=igb
	fi
	qemu_port 1
	# 7.2 has no igb; an e1000e keeps the bus numbers.
	if old_qemu; then qemu_nic 1 e1000e; else qemu_nic 1 igb "$no_flr"; fi
	qemu_port 2
	qemu_nic 2 e1000e
	qemu_port 3
	QEMU+=(-drive "file=$RUN/nvme.img,if=none,id=nvme,format=raw")
	if [ -n "$NVME_VFS" ]; then qemu_nvme_vfs; else
		QEMU_NVME=nvme,drive=nvme,serial=pciback-ng-1,bus=rp3
	fi
	qemu_port 4
	qemu_nic 4 "$two" "$no_flr,multifunction=on,addr=0.0"
	qemu_nic 4 "$two" "$no_flr,multifunction=on,addr=0.1"
	qemu_port 5
	qemu_nic 5 e1000e
	[ "$MACHINE" != native ] || qemu_hotplug
	[ -z "$FIRMWARE" ] || "firmware_devices_$FIRMWARE"
	[ -z "$BRIDGE" ] || qemu_bridge
	[ -z "$ZOO" ] || qemu_zoo
}

# With VFs it wants a subsystem, and then the disk has a device of its own. Each VF needs
# two of the flexible queues and one of the interrupts.
qemu_nvme_vfs() {
	local nvme='nvme,id=nvme0,serial=pciback-ng-1,bus=rp3,subsys=nvmes'

	nvme="$nvme,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=8"
	QEMU+=(-device nvme-subsys,id=nvmes
	       -device "$nvme,max_ioqpairs=10,msix_qsize=11"
	       -device nvme-ns,drive=nvme,bus=nvme0,nsid=1)
}

# Conventional PCI behind a bridge: two network cards, and for suites about bridges an `edu`,
# which does DMA wherever it is told to.  A bus named like that of a port, for qemu_nic.
qemu_bridge() {
	qemu_port 19 13.0
	QEMU+=(-device "pcie-pci-bridge,id=rp22,bus=rp19")
	qemu_nic 22 e1000 ,addr=1.0
	qemu_nic 22 e1000 ,addr=2.0
	[ -z "$BRIDGE" ] || QEMU+=(-device edu,bus=rp22,addr=3.0,dma_mask=0xffffffffffffffff)
}

# QEMU connects to its own monitor.  A port on the PCI bus, for the two on the ISA bus
# are in use and others would share their interrupts.  With an address of its own, so
# that those of the root ports stay.
qemu_hotplug() {
	qemu_port 6
	qemu_port 7
	QEMU+=(-chardev "socket,id=monitor,path=$RUN/monitor,server=on,wait=off"
	       -mon chardev=monitor,mode=control
	       -chardev "socket,id=to-monitor,path=$RUN/monitor"
	       -device pci-serial,chardev=to-monitor,addr=1d.0)
}

# QEMU 10 runs everything but HVM and PVH: it has a bug with intercepted control-register
# reads under TCG (the guest's CR0 turns up as its CR3, and Linux dies in its first
# page fault).  Bookworm's 7.2 has not; it sits in the image's root with all its
# libraries and runs from there on any host.
qemu_program() {
	local root version

	if old_qemu; then
		root=$OLD_QEMU_ROOT
		# Its accelerator is a module, looked for where the package puts it.
		export QEMU_MODULE_DIR=$root/usr/lib/x86_64-linux-gnu/qemu
		QEMU=("$(debs_loader "$root")"
		      --library-path "$root/usr/lib/x86_64-linux-gnu"
		      "$root/usr/bin/qemu-system-x86_64"
		      -L "$root/usr/share/qemu" -L "$root/usr/share/seabios")
		return
	fi
	version=$(qemu-system-x86_64 --version 2>/dev/null |
		  sed -n 's/.*version \([0-9]*\).*/\1/p')
	[ "${version:-0}" -ge 8 ] ||
		die "qemu-system-x86_64 is ${version:-missing}, 8 or newer is needed; cure: tools/deps.sh vm"
	QEMU=(qemu-system-x86_64)
}

# tcg always: /dev/kvm may be there and not work, and a test bed must not depend on it.
# thread=single: with a thread a CPU, one Xen run in ten had a dom0 program crash at
# random.  HVM is several times slower that way, and 7.2 does not show it.
# -smp 3 for HVM: each access to an emulated register goes from the guest to QEMU in
# dom0 and back, and a switch of domains on the way costs more than the access.  So
# dom0 keeps one CPU to itself (qemu_boot) and the suite gives each guest one.
# -xsave: with it, runs of `xl create` in dom0 died of memory corruption (in malloc or
# the unwinder), with one CPU as well as with two; without, none of 107.  See eager-fpu.
# -rdtscp and -smap: 7.2 alone; a PV dom0 dies with SMAP, PVH with RDTSCP.
qemu_cpu() {
	case $MACHINE in
	hvm) QEMU+=(-accel tcg,thread=multi -cpu "max,-xsave,-rdtscp,-smap,$QEMU_CHEAP" -smp 3) ;;
	pvh) QEMU+=(-accel tcg,thread=multi -cpu "max,-xsave,-rdtscp,-smap,$QEMU_CHEAP"
		    -smp "$([ -n "$HVM_GUESTS" ] && echo 3 || echo 2)") ;;
	xen) QEMU+=(-accel tcg,thread=single -cpu "max,-xsave,$QEMU_CHEAP" -smp 2) ;;
	*) qemu_cpu_native ;;
	esac
}

# What emulation makes dear: a string instruction is a loop over bytes to TCG, which Linux
# prefers with erms and fsrm; la57 is one more level in each walk through page tables.
QEMU_CHEAP=-erms,-fsrm,-la57

# A suite that measures may wish for -icount: then the machine's time follows from the
# instructions that it executes, and a busy host makes no difference. This works with
# one CPU and without HPET, and not with Xen ("Bad icount read").
# One thread for all CPUs: with one each, a CPU lost its timer for good, and with it
# whatever slept there (5 of 9 runs of the suite rdm, one of hotplug, one of rdm-guest), and
# QEMU died of an assertion about its memory map. With KVM in it that takes four times as
# long and guests do not come up in time, so such a machine has one CPU: 36 s, not 44.
qemu_cpu_native() {
	if [ -n "$COUNTED" ]; then
		QEMU+=(-accel tcg -cpu "max,$QEMU_CHEAP" -smp 1 -machine hpet=off -icount "shift=1,sleep=off")
		return
	fi
	case $MACHINE in
	kvm) QEMU+=(-accel tcg -cpu "max,$QEMU_CHEAP" -smp 1) ;;
	*) QEMU+=(-accel tcg,thread=single -cpu "max,$QEMU_CHEAP" -smp 2) ;;
	esac
}

# What the machine "debian" boots with.  panic=1: for its initramfs, which else opens a
# shell when something is wrong and does not know -1.  The probes are there before the module is, so
# that no early call is missed: "e1000e:" makes the kernel wait for it.  The first
# argument is the pci_dev: +56 is its devfn, +16 its bus, whose number is at +216.
debian_options() {
	[ "$MACHINE" != debian ] || echo "root=LABEL=pciback-root rw init=/run/machine/init panic=1" \
		"kprobe_event=p:early/e1000_probe,e1000e:e1000_probe,devfn=+56(%di):x32,bus=+216(+16(%di)):x8"
}

# What a machine boots with whose initramfs is dracut's.
dracut_options() {
	[ -z "$DRACUT" ] || echo "root=LABEL=pciback-root rw init=/run/machine/init panic=1" \
		"rd.retry=20 rd.shell=0 xen-pciback.hide=(0000:02:00.0) rd.qubes.hide_pci=03:00.0"
}

# slub_debug: for kmalloc's caches, from which all memory of ours comes; with those of the
# rest of the kernel a fork took half as long again.  mitigations=off: nothing speculates
# here.  init_on_alloc=0: Debian's kernels clear each page once more; what is not cleared
# shows more easily.  no_timer_check: Linux else counts some ticks early on, and panics if
# the host is busy in that moment ("timer doesn't work through Interrupt-remapped IO-APIC").
kernel_options() {
	local cheap='mitigations=off init_on_alloc=0 no_timer_check'

	# HVM tests are slow enough; the same code runs with SLUB's checks elsewhere.
	[ "$MACHINE" != hvm ] || SLUB_DEBUG=${SLUB_DEBUG-}
	# What is measured shall be what a user has.
	case $SUITE in scale | bench*) SLUB_DEBUG=${SLUB_DEBUG-} cheap=no_timer_check ;; esac
	# A machine that has gone wrong must end, not hang: OOPS, see run.sh.
	# watchdog_thresh: one hypercall of xl took 26 s when the host was busy, which the
	# kernel calls a soft lockup.  At 120 s it is one; the suites' deadlines are shorter.
	echo "panic=-1 $OOPS log_buf_len=4M watchdog_thresh=60 $cheap \
${SLUB_DEBUG-slub_debug=FZPU,,kmalloc-*} $(debug_options)${LINUX_OPTIONS:+ $LINUX_OPTIONS}"
}

# Memory for the BARs of mock functions (tools/testing/mockpci). no_e820: else the
# kernel takes what memmap= reserves out of every PCI host bridge again.
MOCK_MEMORY="memmap=16M\$0x30000000 pci=no_e820"

# iommu=no-intremap: else MSIs arrive at the wrong CPU and disks and cards time out.
# spec-ctrl=eager-fpu: TCG's XSAVE and XRSTOR do not trap when CR0.TS is set, on which
# Xen's lazy switching of FPU registers depends.  A domain's registers end up in another
# domain's programs, and xl dies or hangs in places that make no sense.
# no-sharept: QEMU's VT-d cannot read the page tables of the AMD processor that it plays;
# Xen then says "setup 0000:00:1f.2 for d0 failed (-12)", and dom0 finds no disk.
# bootscrub=0: it writes to all memory that nobody has asked for, which QEMU then has to have.
# conring_size: Xen's log must hold a whole run, a test reads it.
xen_options() {
	local xen='console=com1 com1=115200,8n1 dom0_mem=1536M,max:1536M'

	xen="$xen loglvl=all guest_loglvl=all conring_size=1M console_timestamps=boot"
	xen="$xen iommu=verbose,no-intremap spec-ctrl=no,eager-fpu bootscrub=0 $XEN_OPTIONS"

	[ "$MACHINE" != pvh ] || xen="$xen iommu=no-sharept dom0=pvh"
	[ -z "$HVM_GUESTS" ] || xen="$xen dom0_max_vcpus=1 dom0_vcpus_pin"
	echo "$xen"
}

# Root on AHCI: virtio would have to go through the emulated IOMMU.
qemu_boot() {
	qemu_disk root "$IMAGE/root.img,snapshot=on"
	qemu_disk logs "$RUN/logs.img"
	qemu_disk payload "$RUN/payload.img"
	case $MACHINE in
	xen | hvm | pvh)
		QEMU+=(-kernel "$IMAGE/xen.elf" -append "$(xen_options)"
		       -initrd "$VMLINUX console=hvc0 $(kernel_options) $(dracut_options),$RUN/initrd") ;;
	*)
		QEMU+=(-kernel "$VMLINUZ" -initrd "$RUN/initrd"
		       -append "console=ttyS0 intel_iommu=on $MOCK_MEMORY $(kernel_options) $(debian_options)\
 $([ -z "$FIRMWARE" ] || firmware_options)") ;;
	esac
}

# qemu_disk NAME FILE: on AHCI; the machine knows it by its model name.
qemu_disk() {
	QEMU+=(-drive "if=none,id=$1,format=raw,file=$2"
	       -device "ide-hd,drive=$1,model=$1,bus=ide.$QEMU_DISKS")
	QEMU_DISKS=$((QEMU_DISKS + 1))
}

qemu_command() {
	QEMU_DISKS=0

	qemu_program
	qemu_cpu
	QEMU+=(-M "q35,kernel-irqchip=split" -m 3G -no-reboot -nic none)
	[ "$FIRMWARE" = amd ] || QEMU+=(-device "intel-iommu,intremap=on,caching-mode=on")
	qemu_devices
	qemu_boot
}

# What the machine has to know before its suite's settings come; part of a saved machine.
boot_settings() {
	cat <<-EOF
	MACHINE=$MACHINE
	DOM0_MODULES='e1000e nvme'
	EOF
	if snapshot_possible; then
		echo SNAPSHOT=yes
	fi
}

machine_settings() {
	local name

	cat <<-EOF
	export MACHINE=$MACHINE ALIAS=$PLAIN_ALIAS GUEST_ALIAS=$GUEST_ALIAS
	export SUITE=$SUITE DRIVER=$DRIVER MODULE=$MODULE
	SUITE_FOLDER=$(basename "$(dirname "${SUITE_FILE-}")")
	export NIC_A=0000:02:00.0 NIC_B=0000:05:00.0 DISK=0000:03:00.0 SRIOV=0000:01:00.0
	export MULTI=0000:04:00 PING=10.0.2.2
	export PORT_A=rp6 PLUG_A=0000:06:00.0 PORT_B=rp7 PLUG_B=0000:07:00.0
	export GUEST_KERNEL=$GUEST_KERNEL GUEST_INITRD=/run/payload/guest.cpio
	export GUEST_DISK=/run/payload/guest.img TIME_FACTOR=$TIME_FACTOR
	EOF
	[ -z "$FIRMWARE" ] || firmware_settings
	[ -z "$ZOO" ] || zoo_settings
	# Xen's machines have no other bus there.
	[ -z "$BRIDGE" ] ||
		echo "export BRIDGE=0000:06:00.0 BRIDGE_A=0000:07:01.0 BRIDGE_B=0000:07:02.0 BRIDGE_EDU=0000:07:03.0"
	# What a suite may be told to do, see there.
	for name in GUEST_MEMORY HAMMER MESSAGES ONE_VF ALL_VFS SECONDS_EACH CALLS SIEGE_SECONDS; do
		[ -z "${!name-}" ] || echo "export $name='${!name}'"
	done
	# Where the kernel was told to reserve it, see MOCK_MEMORY.
	case $MACHINE in
	native | kvm) echo "export MOCK_MMIO='mmio_base=0x30400000 mmio_size=0x800000'" ;;
	esac
}
